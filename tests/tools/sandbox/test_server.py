"""The sandbox and callers that mean no good: its limits, its answers, its log, its end."""

from __future__ import annotations

import random
import re
import select
import socket
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from threading import Timer
from typing import Any

import pytest

from kmcrypto.testing import FakeClock, environment
from kmcrypto.tools.sandbox import server as server_module
from kmcrypto.tools.sandbox.sandbox import TOKEN_PATH, Sandbox
from kmcrypto.tools.sandbox.server import MAX_CONNECTIONS, MAX_HEADER_BYTES, serve
from tests.support.processes import PATIENCE
from tests.support.sandboxes import Caller, read_all, sandbox_caller

CARD = "9410000000001234"
MIB = 1 << 20
LINE = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ (.*)")


@pytest.fixture
def caller() -> Iterator[Caller]:
    with sandbox_caller() as caller:
        yield caller


def logged(caller: Caller) -> list[str]:
    """The lines of the log without their times."""
    matches = [LINE.fullmatch(line) for line in caller.log]
    assert None not in matches, caller.log
    return [match[1] for match in matches if match is not None]


# --- What is no request of the API ----------------------------------------------------------------

POST = f"POST {TOKEN_PATH} HTTP/1.1\r\n"
REFUSED_HTTP = {
    "no HTTP": ("one two three four\r\n\r\n", 400),
    "another version": ("GET / HTTP/3.7\r\n\r\n", 505),
    "another method": ("DELETE / HTTP/1.1\r\n\r\n", 501),
    "a secret for a method": (f"{CARD} / HTTP/1.1\r\n\r\n", 501),
    "another path": ("POST /x HTTP/1.1\r\nContent-Length: 0\r\n\r\n", 404),
    "the path without its base": (POST.replace("/open-api", "") + "Content-Length: 0\r\n\r\n", 404),
    "GET": (f"GET {TOKEN_PATH} HTTP/1.1\r\n\r\n", 405),
    "no length": (f"{POST}\r\n{{}}", 411),
    "chunks": (f"{POST}Transfer-Encoding: chunked\r\n\r\n2\r\n{{}}\r\n0\r\n\r\n", 411),
    "chunks and a length": (
        f"{POST}Transfer-Encoding: chunked\r\nContent-Length: 2\r\n\r\n{{}}",
        411,
    ),
    "two lengths": (f"{POST}Content-Length: 2\r\nContent-Length: 2\r\n\r\n{{}}", 400),
    "a negative length": (f"{POST}Content-Length: -2\r\n\r\n{{}}", 400),
    "a length of other digits": (f"{POST}Content-Length: \xb2\r\n\r\n{{}}", 400),
    "a length that is too long": (f"{POST}Content-Length: {MIB + 1}\r\n\r\n{{}}", 413),
    "a length of many digits": (f"{POST}Content-Length: {'9' * 5000}\r\n\r\n{{}}", 413),
    "a page's request": (f"{POST}Origin: http://evil.invalid\r\nContent-Length: 0\r\n\r\n", 403),
    "too many headers": (POST + "X-A: b\r\n" * 101 + "\r\n", 431),
    "headers that are too long": (POST + f"X-A: {'b' * MAX_HEADER_BYTES}\r\n\r\n", 431),
    "a path that is too long": (f"GET /{'b' * MAX_HEADER_BYTES} HTTP/1.1\r\n\r\n", 431),
    "many long headers": (POST + f"X-A: {'b' * 1000}\r\n" * 20 + "\r\n", 431),
}


@pytest.mark.parametrize("name", REFUSED_HTTP)
def test_what_is_no_request_is_answered_and_logged_without_a_word_of_it(
    caller: Caller, name: str
) -> None:
    request, status = REFUSED_HTTP[name]
    answer = caller.exchange(request.encode("latin-1"))
    assert answer.startswith(f"HTTP/1.1 {status} ".encode())
    assert b"not the platform's" in answer
    assert b"Python" not in answer
    (line,) = logged(caller)
    assert f" {status} " in line
    for text in (CARD, "evil", "bbbb", "one two"):
        assert text not in line
        assert text.encode() not in answer


def test_a_body_at_the_limit_is_read_and_one_that_is_sent_in_full_beyond_it_is_answered(
    caller: Caller,
) -> None:
    assert caller.send(TOKEN_PATH, bytes(MIB)).status == 401
    assert caller.send(TOKEN_PATH, bytes(MIB + 1)).status == 413
    assert caller.send(TOKEN_PATH, bytes(3 * MIB)).status == 413


def test_a_request_that_ends_early_is_not_answered(caller: Caller) -> None:
    assert caller.exchange(f"{POST}Content-Length: 9\r\n\r\n{{}}".encode()) == b""
    assert caller.exchange(b"") == b""
    assert caller.call(CARD).status == 200


def test_a_failure_of_the_sandbox_is_answered_without_its_reason() -> None:
    """A clock that fails stands for any fault of ours; its text has a secret."""

    class FailingClock(FakeClock):
        fails = False

        def __call__(self) -> int:
            if self.fails:
                raise OSError(f"the card {CARD} was read")
            return super().__call__()

    clock = FailingClock()
    log: list[str] = []
    with serve(Sandbox(clock=clock), log=log.append) as server:
        caller = Caller(server, clock, log)
        request = caller.seal(CARD)
        clock.fails = True
        answer = caller.send(TOKEN_PATH, request.body, request.headers)
    assert answer.status == 500
    assert answer.document()["error"] == "the sandbox failed"
    assert [line.split(" ", 1)[1] for line in log] == [
        f"POST {TOKEN_PATH} 500 the sandbox failed: OSError"
    ]


# --- Limits on connections ------------------------------------------------------------------------


def test_so_many_connections_are_open_at_a_time_and_the_next_one_is_closed(caller: Caller) -> None:
    connections = [caller.connect() for _ in range(MAX_CONNECTIONS)]
    try:
        with caller.connect() as refused:
            assert read_all(refused) == b""
        assert logged(caller) == [f"a connection was closed: {MAX_CONNECTIONS} are open"]
    finally:
        for connection in connections:
            connection.close()


def test_a_slow_connection_is_ended_however_often_it_sends(
    caller: Caller, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The limit is set to nothing, so that no test waits for it."""
    with caller.connect() as slow:
        monkeypatch.setattr(server_module, "MAX_CONNECTION_S", 0)
        while not select.select([slow], [], [], 0.01)[0]:
            slow.sendall(b"a")
        assert read_all(slow) == b""
    monkeypatch.undo()
    assert caller.call(CARD).status == 200


def test_the_end_of_the_sandbox_waits_for_no_silent_connection(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Silence is allowed for ever here, and the timer ends a test that would hang."""
    monkeypatch.setattr(server_module._Handler, "timeout", None)
    with sandbox_caller() as caller:
        silent = caller.connect()
        assert caller.call(CARD).status == 200
        timer = Timer(PATIENCE, silent.close)
        timer.start()
    assert timer.is_alive()
    timer.cancel()
    with silent:
        assert read_all(silent) == b""
    with pytest.raises(OSError, match="refused"):
        socket.create_connection(("127.0.0.1", caller.server.server_port))


def test_a_flood_of_bad_requests_leaves_the_sandbox_as_it_was(caller: Caller) -> None:
    """Damaged copies of right requests, and bytes that are nothing, from eight threads."""
    draw = random.Random(21)
    request = caller.seal(CARD)
    head = "".join(f"{name}: {value}\r\n" for name, value in request.headers.items())
    right = f"{POST}Content-Length: {len(request.body)}\r\n{head}\r\n".encode() + request.body

    def damage() -> bytes:
        data = bytearray(right)
        for _ in range(draw.randint(1, 8)):
            data[draw.randrange(len(data))] = draw.randrange(256)
        return bytes(data)

    floods = [
        data
        for _ in range(150)
        for data in (damage(), right[: draw.randrange(len(right))], draw.randbytes(300))
    ]
    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(caller.exchange, floods))
    assert sum(answer.startswith(b"HTTP/1.1 4") for answer in answers) > 100
    assert not any(answer.startswith(b"HTTP/1.1 500") for answer in answers)
    assert caller.call(CARD).status == 200
    assert all(LINE.fullmatch(line) for line in caller.log)
    assert not any("failed" in line for line in caller.log)


# --- The log --------------------------------------------------------------------------------------


def test_no_line_of_the_log_has_a_secret_or_a_card_number(caller: Caller) -> None:
    secrets: list[Any] = [environment()["KONAPLATE_SECRET_KEY"]]
    for card in (CARD, "9410000000006001", "4111111111111111"):
        request = caller.seal(card)
        mac = request.headers["X-KM-Tran-Token"][-44:]
        secrets += [card, mac, request.body[12:40].decode(), request.headers["X-KM-Access-Key"][4:]]
        for _ in range(2):
            caller.send(TOKEN_PATH, request.body, request.headers)
        caller.send(f"/cards/{card}", request.body, request.headers)
        caller.send(TOKEN_PATH, request.body + b" ", request.headers)
        odd = {**request.headers, "X-KM-Time-Zone": card, "X-KM-Correlation-Id": card}
        caller.send(TOKEN_PATH, request.body, odd)
    token = caller.call(CARD)["oneTimeToken"]
    secrets.append(token)
    for _ in range(2):
        caller.spend(token)
    lines = logged(caller)
    assert len(lines) == 3 * 5 + 3
    assert [secret for secret in secrets if secret in "\n".join(lines)] == []


def test_a_line_names_the_correlation_id_and_the_result(caller: Caller) -> None:
    request = caller.seal(CARD)
    caller.send(TOKEN_PATH, request.body, request.headers)
    assert logged(caller) == [
        f"POST {TOKEN_PATH} 200 {request.correlation_id}, 000_000 Success",
    ]

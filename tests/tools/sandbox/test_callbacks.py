"""Callbacks on demand: a provider's CallbackReceiver on a second loopback socket."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler
from typing import Any

import pytest

from kmcrypto import CallbackReceiver, MemoryReplayGuard, errors
from kmcrypto.testing import FakeClock, projects
from kmcrypto.tools.common.failure import Failure
from kmcrypto.tools.sandbox.loopback import LoopbackUrl, parse_loopback_url
from kmcrypto.tools.sandbox.sandbox import CALLBACK_PATH
from tests.support.processes import PATIENCE
from tests.support.sandboxes import Caller, Wire, sandbox_caller
from tests.support.servers import serve_handler

PAYLOAD = {"cardNo": "9410000000001234", "amount": 1000}
SUCCESS = {"response": {"code": "000_000", "description": "Success"}}


class Provider:
    """The provider's side of callbacks. It answers what `answer` makes of its right answer."""

    def __init__(self, encrypted: bool) -> None:
        clock = FakeClock()
        self.receiver = CallbackReceiver(
            projects().client, replay_guard=MemoryReplayGuard(clock=clock), clock=clock
        )
        self.encrypted = encrypted
        self.payload: dict[str, Any] = SUCCESS
        self.answer: Callable[[Wire], Wire] = lambda answer: answer
        self.accepted: list[dict[str, Any]] = []

    def receive(self, headers: list[tuple[str, str]], body: bytes) -> Wire:
        try:
            accepted = self.receiver.accept(headers, body, encrypted=self.encrypted)
        except errors.KmCryptoError as error:
            sealed = self.receiver.refuse(error, headers)
        else:
            self.accepted.append(accepted.payload)
            sealed = self.receiver.answer(accepted, self.payload)
        return self.answer(Wire(sealed.status, list(sealed.headers.items()), sealed.body))


@contextmanager
def served(provider: Provider) -> Iterator[LoopbackUrl]:
    class Handler(BaseHTTPRequestHandler):
        timeout = PATIENCE

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            answer = provider.receive(self.headers.items(), body)
            self.send_response(answer.status)
            for name, value in [*answer.headers, ("Content-Length", str(len(answer.body)))]:
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(answer.body)

        def log_message(self, format: str, *args: Any) -> None:
            """Nothing is logged."""

    with serve_handler(Handler) as address:
        yield parse_loopback_url(f"{address}/callback?from=sandbox")


def demand(caller: Caller, document: object) -> tuple[int, dict[str, Any]]:
    """Demand a callback: the status, and the members of the answer."""
    answer = caller.send(CALLBACK_PATH, json.dumps(document).encode())
    members = answer.document()
    assert "not the platform's" in members.pop("sandbox")
    return answer.status, members


@pytest.mark.parametrize("encrypted", [True, False])
def test_a_callback_arrives_and_its_answer_is_opened(encrypted: bool) -> None:
    provider = Provider(encrypted)
    with served(provider) as url, sandbox_caller(callback_url=url) as caller:
        status, members = demand(caller, {"encrypted": encrypted, "payload": PAYLOAD})
        assert (status, members) == (200, {"result": "000_000"})
        assert provider.accepted == [PAYLOAD]
        assert caller.log[0].endswith(f"POST {CALLBACK_PATH} 200 callback: 000_000")


def test_a_callback_that_is_refused_is_a_bad_gateway() -> None:
    provider = Provider(encrypted=True)
    with served(provider) as url, sandbox_caller(callback_url=url) as caller:
        status, members = demand(caller, {"encrypted": False, "payload": PAYLOAD})
        assert status == 502
        assert members == {"result": "result-error: HTTP 400 with result 990_006 (S6)"}
        assert provider.accepted == []


@pytest.mark.parametrize(
    ("change", "result"),
    [
        (lambda answer: answer._replace(body=b"OK"), "unexpected-answer"),
        (lambda answer: answer._replace(body=b"0" * 3_000_000), "body-too-large"),
        (lambda answer: answer._replace(body=json.dumps(SUCCESS).encode()), "wrong-protection"),
        (lambda answer: answer._replace(status=302, body=b""), "unexpected-answer"),
    ],
)
def test_an_answer_that_cannot_be_opened_is_a_bad_gateway(
    change: Callable[[Wire], Wire], result: str
) -> None:
    provider = Provider(encrypted=True)
    provider.answer = change
    with served(provider) as url, sandbox_caller(callback_url=url) as caller:
        status, members = demand(caller, {"encrypted": True, "payload": PAYLOAD})
    assert status == 502
    assert members["result"].startswith(f"{result}: ")


def test_a_url_that_nobody_serves_is_a_bad_gateway() -> None:
    with served(Provider(encrypted=True)) as url:
        pass
    with sandbox_caller(callback_url=url) as caller:
        status, members = demand(caller, {"encrypted": True, "payload": PAYLOAD})
    assert (status, members) == (502, {"result": "no answer: ConnectionRefusedError"})


@pytest.mark.parametrize(
    ("document", "error"),
    [
        ({"payload": PAYLOAD}, "the body must have encrypted, true or false"),
        ({"encrypted": 1, "payload": PAYLOAD}, "the body must have encrypted, true or false"),
        ({"encrypted": True}, "the body must have payload, an object"),
        ({"encrypted": True, "payload": [1]}, "the body must have payload, an object"),
    ],
)
def test_what_is_to_be_sent_must_be_said(document: object, error: str) -> None:
    with sandbox_caller(callback_url=LoopbackUrl("127.0.0.1", 9, "/")) as caller:
        assert demand(caller, document) == (400, {"error": error})


def test_without_a_url_no_callback_is_sent() -> None:
    with sandbox_caller() as caller:
        status, members = demand(caller, {"encrypted": True, "payload": PAYLOAD})
    assert status == 409
    assert members == {"error": "the sandbox was started without --callback URL"}


@pytest.mark.parametrize(
    ("url", "parts"),
    [
        ("http://127.0.0.1:9000/a?b=c", ("127.0.0.1", 9000, "/a?b=c")),
        ("http://localhost", ("localhost", 80, "/")),
        ("http://[::1]:9/x", ("::1", 9, "/x")),
        ("http://127.8.9.1/", ("127.8.9.1", 80, "/")),
    ],
)
def test_a_url_on_loopback_is_taken(url: str, parts: tuple[str, int, str]) -> None:
    assert parse_loopback_url(url) == parts


@pytest.mark.parametrize(
    "url",
    [
        "",
        "9000",
        "https://127.0.0.1/",  # the sandbox would have to trust a certificate
        "ftp://127.0.0.1/",
        "http://192.0.2.1/",
        "http://169.254.169.254/latest",
        "http://example.invalid/",
        "http://localhost.example.invalid/",
        "http://127.0.0.1@192.0.2.1/",
        "http://user@127.0.0.1/",
        "http://127.0.0.1:99999/",
        "http://[::1/",
        "http://[::ffff:192.0.2.1]/",
        "http://0.0.0.0/",
        "http://127.0.0.1/#part",
        "http://127.0.0.1/a b",
        "http://127.0.0.1/\u00e4",
        "http://2130706433/",  # 127.0.0.1 as one number
    ],
)
def test_another_url_is_refused(url: str) -> None:
    with pytest.raises(Failure, match="--callback must be "):
        parse_loopback_url(url)

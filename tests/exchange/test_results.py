"""The results of both sides as values: read-only objects, copied and pickled where no key is in.

What they show is in tests/test_sinks.py.
"""

from __future__ import annotations

import copy
import http.client
import pickle
import threading
import urllib.request
from collections.abc import Callable, Mapping
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any

import pytest

from kmcrypto import Client, CorrelationId, FieldCipher, Gateway, MemoryReplayGuard, errors
from kmcrypto.encryption.fields import FieldResult
from kmcrypto.exchange.client import Answer, SealedRequest
from kmcrypto.exchange.responding_receiver import SealedAnswer
from kmcrypto.exchange.wire_headers import WireHeaders
from tests.support import ACCESS_KEY, ASP_ID, clock
from tests.support.parties import Parties, asking

PAYLOAD = {"cardNo": "9410777788881234"}
SUCCESS = {"response": {"code": "000_000", "description": "Success"}, "dcvv": "987", "a": [1]}
ID = CorrelationId("261123091509-abcdef0")


class Call:
    """A call from both sides, with all its results."""

    def __init__(self, parties: Parties) -> None:
        client = Client(parties.provider, clock=clock)
        projects = {ACCESS_KEY: parties.platform}
        gateway = Gateway(projects.get, replay_guard=MemoryReplayGuard(), clock=clock)
        self.request = client.seal(PAYLOAD, encrypted=True)
        headers, body = self.request.headers, self.request.body
        self.pending = gateway.verify(headers, body, encrypted=True)
        self.accepted = gateway.accept(headers, body, encrypted=True)
        self.sealed_answer = gateway.answer(self.accepted, SUCCESS)
        self.refusal = gateway.refuse(errors.Replayed("x"), headers)
        self.answer = client.open(
            200,
            self.sealed_answer.headers,
            self.sealed_answer.body,
            request=asking(self.request, encrypted=True),
        )
        ring = parties.provider.ring
        assert ring is not None
        self.fields = FieldCipher.for_client(ring, ["$.cardNo"]).encrypt(PAYLOAD)


@pytest.fixture(scope="module")
def call(parties: Parties) -> Call:
    return Call(parties)


# The parts of each result, by its attribute in Call.
PARTS: dict[str, tuple[str, ...]] = {
    "request": ("headers", "body", "correlation_id", "answer_encrypted"),
    "sealed_answer": ("status", "headers", "body"),
    "refusal": ("status", "headers", "body"),
    "answer": ("status", "correlation_id", "crypto_key_id"),
    "fields": ("document", "report"),
    "accepted": (
        *("payload", "project", "asp_id", "correlation_id", "crypto_key_id", "instant"),
        "replay_protected",
    ),
}
WITHOUT_KEYS = [name for name in PARTS if name != "accepted"]

COPIES: dict[str, Callable[[Any], Any]] = {
    "copy": copy.copy,
    "deepcopy": copy.deepcopy,
    **{
        f"pickle {protocol}": lambda value, protocol=protocol: pickle.loads(  # type: ignore[misc]
            pickle.dumps(value, protocol)
        )
        for protocol in range(pickle.HIGHEST_PROTOCOL + 1)
    },
}


# --- Objects with read-only attributes ------------------------------------------------------------


@pytest.mark.parametrize("name", PARTS)
def test_a_result_does_not_change(call: Call, name: str) -> None:
    result = getattr(call, name)
    for part in (*PARTS[name], "other"):
        with pytest.raises(AttributeError):
            setattr(result, part, None)
        with pytest.raises(AttributeError):
            delattr(result, part)


@pytest.mark.parametrize("name", [name for name in PARTS if name != "answer"])
def test_a_result_is_no_sequence(call: Call, name: str) -> None:
    """D7: whatever is one is walked by those who serialise it."""
    result = getattr(call, name)
    assert not isinstance(result, tuple)
    operations: list[Callable[[Any], object]] = [len, iter, list, lambda value: value[0]]
    for operation in operations:
        with pytest.raises(TypeError):
            operation(result)
    assert str(result) == "%s" % result  # noqa: UP031


def test_a_result_shows_what_it_is_of_and_no_part(call: Call) -> None:
    id_ = call.request.correlation_id
    assert repr(call.accepted) == f"<AcceptedRequest {id_}>"
    assert repr(call.request) == f"<SealedRequest {id_}, {len(call.request.body)} bytes>"
    assert repr(call.answer) == f"<Answer 200 {id_}>"
    assert repr(call.sealed_answer) == f"<SealedAnswer 200, {len(call.sealed_answer.body)} bytes>"
    assert repr(call.fields) == "<FieldResult {'$.cardNo': 1}>"


def test_results_are_equal_if_their_parts_are(call: Call) -> None:
    request, answer = call.request, call.sealed_answer
    same = SealedRequest(dict(request.headers), request.body, request.correlation_id, True)
    assert same == request
    assert hash(same) == hash(request)
    assert same != SealedRequest(request.headers, b"", request.correlation_id, True)
    assert same != SealedRequest({}, request.body, request.correlation_id, True)
    assert SealedAnswer(200, dict(answer.headers), answer.body) == answer
    assert len({SealedAnswer(200, answer.headers, answer.body), answer}) == 1
    assert SealedAnswer(400, answer.headers, answer.body) != answer
    assert FieldResult({"a": 1}, {"$.a": 1}) == FieldResult({"a": 1}, {"$.a": 1})
    assert FieldResult({"a": 1}, {"$.a": 1}) != FieldResult({"a": 2}, {"$.a": 1})


def test_an_answer_equals_the_mappings_with_its_members(call: Call) -> None:
    """And other answers with them: or equality would depend on which is asked first."""
    other = Answer(SUCCESS, 200, CorrelationId("261123091509-fffffff"), None)
    for equal in (SUCCESS, other, WireHeaders(SUCCESS)):  # type: ignore[arg-type]
        assert call.answer == equal
        assert equal == call.answer
    assert call.answer != {**SUCCESS, "a": [2]}
    assert call.answer != list(SUCCESS.items())  # type: ignore[comparison-overlap]
    with pytest.raises(TypeError, match="unhashable"):
        hash(call.answer)


def test_an_accepted_request_is_equal_to_itself_alone(parties: Parties, call: Call) -> None:
    assert call.accepted == call.accepted
    assert call.accepted != Call(parties).accepted
    assert len({call.accepted, call.accepted}) == 1


WRONG_PARTS: list[tuple[Callable[[], object], str]] = [
    (lambda: SealedRequest([], b"", ID, False), "headers must be Mapping, not list"),  # type: ignore[arg-type]
    (lambda: SealedRequest({}, "", ID, False), "body must be bytes, not str"),  # type: ignore[arg-type]
    (lambda: SealedRequest({}, b"", "x", False), "correlation_id must be CorrelationId, not str"),  # type: ignore[arg-type]
    (lambda: SealedAnswer("200", {}, b""), "status must be int, not str"),  # type: ignore[arg-type]
    (lambda: SealedAnswer(200, None, b""), "headers must be Mapping, not NoneType"),  # type: ignore[arg-type]
    (lambda: SealedAnswer(200, {}, None), "body must be bytes, not NoneType"),  # type: ignore[arg-type]
    (lambda: Answer([], 200, ID, None), "payload must be Mapping, not list"),  # type: ignore[arg-type]
    (lambda: Answer({}, 200.0, ID, None), "status must be int, not float"),  # type: ignore[arg-type]
    (lambda: Answer({}, 200, "x", None), "correlation_id must be CorrelationId or None, not str"),  # type: ignore[arg-type]
    (lambda: Answer({}, 200, ID, b"x"), "crypto_key_id must be str or None, not bytes"),  # type: ignore[arg-type]
    (lambda: FieldResult({}, None), "report must be dict, not NoneType"),  # type: ignore[arg-type]
]


@pytest.mark.parametrize(("make", "text"), WRONG_PARTS, ids=[text for _, text in WRONG_PARTS])
def test_a_part_of_another_type_is_a_type_error(make: Callable[[], object], text: str) -> None:
    with pytest.raises(TypeError, match=f"^{text}$"):
        make()


# --- Copies and pickles ---------------------------------------------------------------------------


@pytest.mark.parametrize("again", COPIES.values(), ids=COPIES)
@pytest.mark.parametrize("name", WITHOUT_KEYS)
def test_a_result_without_keys_is_copied_and_pickled(
    call: Call, name: str, again: Callable[[Any], Any]
) -> None:
    result = getattr(call, name)
    other = again(result)
    assert type(other) is type(result)
    assert other == result
    assert repr(other) == repr(result)
    for part in PARTS[name]:
        assert getattr(other, part) == getattr(result, part)
        with pytest.raises(AttributeError):
            setattr(other, part, None)


@pytest.mark.parametrize("again", COPIES.values(), ids=COPIES)
def test_copied_headers_are_the_same_and_read_only(call: Call, again: Callable[[Any], Any]) -> None:
    headers = again(call.request.headers)
    assert type(headers) is WireHeaders
    assert (headers, hash(headers)) == (call.request.headers, hash(call.request.headers))
    with pytest.raises(TypeError):
        headers["X-KM-User-AspId"] = "x"  # type: ignore[index]


def test_a_deep_copy_shares_nothing_that_can_change(call: Call) -> None:
    other = copy.deepcopy(call.answer)
    other["a"].append(2)
    assert call.answer["a"] == [1]
    fields = copy.deepcopy(call.fields)
    fields.document["cardNo"] = "x"
    assert call.fields != fields


def test_a_request_that_was_pickled_is_answered_in_another_process(
    parties: Parties, call: Call
) -> None:
    """It is kept while its answer is awaited: in a queue, say."""
    request = pickle.loads(pickle.dumps(call.request))
    sealed = call.sealed_answer
    client = Client(parties.provider, clock=clock)
    answer = client.open(200, sealed.headers, sealed.body, request=request)
    assert answer == SUCCESS


def test_a_pickle_with_parts_of_wrong_types_is_refused(call: Call) -> None:
    """It is made anew by its constructor, which checks them."""
    forged = copy.copy(call.sealed_answer)
    object.__setattr__(forged, "_body", "text")
    with pytest.raises(TypeError, match="body must be bytes, not str"):
        pickle.loads(pickle.dumps(forged))


@pytest.mark.parametrize("again", COPIES.values(), ids=COPIES)
@pytest.mark.parametrize("name", ["accepted", "pending"])
def test_what_holds_keys_is_neither_copied_nor_pickled(
    call: Call, name: str, again: Callable[[Any], Any]
) -> None:
    result = getattr(call, name)
    text = f"{type(result).__name__} holds keys: it cannot be pickled or copied"
    for value in (result, [result]):
        if again is copy.copy and value is not result:
            continue  # a copy of the list has the same request
        with pytest.raises(TypeError) as caught:
            again(value)
        assert str(caught.value) == text  # from Python 3.14 on pickle adds notes


# --- The headers to send --------------------------------------------------------------------------


def test_headers_show_themselves_masked(call: Call) -> None:
    """S8: the access key's first four characters, and the token without its MAC."""
    headers = call.request.headers
    token = headers["X-KM-Tran-Token"]
    shown = {
        **headers,
        "X-KM-Access-Key": ACCESS_KEY[:4] + "***",
        "X-KM-Tran-Token": token[:19] + "***",
    }
    for text in (repr(headers), str(headers), f"{headers}", headers.__sentry_repr__()):  # type: ignore[attr-defined]
        assert text == f"<WireHeaders {shown}>"
    assert repr(headers.items()) == f"ItemsView(<WireHeaders {shown}>)"


def test_headers_of_any_case_are_masked() -> None:
    """Those that a caller gave, for a request of a test."""
    request = SealedRequest(
        {"x-km-access-key": ACCESS_KEY, "X-KM-TRAN-TOKEN": "x" * 67}, b"", ID, False
    )
    assert repr(request.headers) == (
        "<WireHeaders {'x-km-access-key': '1a2b***', 'X-KM-TRAN-TOKEN': '%s***'}>" % ("x" * 19)
    )


def test_headers_are_a_mapping(call: Call) -> None:
    headers = call.request.headers
    assert isinstance(headers, Mapping)
    assert {**headers} == dict(headers.items()) == headers
    assert headers["X-KM-User-AspId"] == headers.get("X-KM-User-AspId") == ASP_ID
    assert "X-KM-None" not in headers
    with pytest.raises(KeyError):
        headers["X-KM-None"]
    with pytest.raises(AttributeError):
        headers.other = 1  # type: ignore[attr-defined]


def test_headers_of_a_caller_are_copied() -> None:
    mine = {"a": "b"}
    request = SealedRequest(mine, b"", ID, False)
    mine["a"] = "c"
    assert request.headers == {"a": "b"}


class Echo(BaseHTTPRequestHandler):
    """Answers with the correlation id of the request."""

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers["Content-Length"]))
        text = self.headers["X-KM-Correlation-Id"].encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(text)))
        self.end_headers()
        self.wfile.write(text)

    def log_message(self, *args: object) -> None:
        """Stay silent."""


def test_the_clients_of_the_standard_library_send_them(call: Call) -> None:
    request, expected = call.request, str(call.request.correlation_id).encode()
    with HTTPServer(("127.0.0.1", 0), Echo) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        url = f"http://127.0.0.1:{server.server_port}/"
        opened = urllib.request.Request(url, data=request.body, headers=request.headers)
        with urllib.request.urlopen(opened) as answer:
            assert answer.read() == expected
        connection = http.client.HTTPConnection("127.0.0.1", server.server_port)
        connection.request("POST", "/", request.body, request.headers)
        assert connection.getresponse().read() == expected
        connection.close()
        server.shutdown()

"""The side that receives, in a function: an event of AWS Lambda comes in the place of a request.

The events have the members that API Gateway gives them, in the formats of its HTTP APIs (2.0) and
REST APIs (1.0), and in that of a load balancer.
"""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Callable
from typing import Any, NamedTuple

import pytest

from kmcrypto import Client, Gateway, MemoryReplayGuard, errors
from kmcrypto.exchange.client import SealedRequest
from kmcrypto.exchange.receiver import AcceptedRequest
from tests.support import ACCESS_KEY
from tests.support.parties import Parties

PAYLOAD = {"cardNo": "9410000000001234", "memo": "한글"}
Event = dict[str, Any]


def http_event(request: SealedRequest) -> Event:
    """Format 2.0: names in small letters, doubled headers joined by a comma."""
    headers = {name.lower(): value for name, value in request.headers.items()}
    return {
        "version": "2.0",
        "routeKey": "POST /pay",
        "headers": headers,
        "body": request.body.decode(),
        "isBase64Encoded": False,
    }


def binary_event(request: SealedRequest) -> Event:
    """The same, of an API with binary media types."""
    body = base64.b64encode(request.body).decode()
    return {**http_event(request), "body": body, "isBase64Encoded": True}


def joined_event(request: SealedRequest) -> Event:
    """The same, after a proxy that doubled a header."""
    event = http_event(request)
    headers = {**event["headers"], "x-km-time-zone": "KST,KST"}
    return {**event, "headers": headers}


def rest_event(request: SealedRequest) -> Event:
    """Format 1.0: names as they came, and all values of each."""
    return {
        "version": "1.0",
        "httpMethod": "POST",
        "headers": dict(request.headers),
        "multiValueHeaders": {name: [value] for name, value in request.headers.items()},
        "body": request.body.decode(),
        "isBase64Encoded": False,
    }


def bodiless_event(request: SealedRequest) -> Event:
    """Without a body, the member is null."""
    return {**rest_event(request), "body": None}


def body_bytes(event: Event) -> bytes:
    """The exact bytes that came."""
    if event["isBase64Encoded"]:
        return base64.b64decode(event["body"])
    return event["body"].encode()  # type: ignore[no-any-return]


class Situation(NamedTuple):
    """An event, what a function makes of it, and what comes of that."""

    name: str  # a sentence
    event: Callable[[SealedRequest], Event]
    headers: Callable[[Event], Any]
    body: Callable[[Event], Any]
    verdict: tuple[type[Exception], str] | None  # None: it is accepted


def headers_of(event: Event) -> Any:
    return event["headers"]


SITUATIONS = [
    # As it should be, in all formats.
    Situation("an event of an HTTP API is accepted", http_event, headers_of, body_bytes, None),
    Situation("a body in base64 is decoded", binary_event, headers_of, body_bytes, None),
    Situation("an event of a REST API is accepted", rest_event, headers_of, body_bytes, None),
    # JSON has no bytes, so an event has a text.
    Situation(
        "the text of a body is told to be encoded",
        http_event,
        headers_of,
        lambda event: event["body"],
        (TypeError, "encode that of a Lambda event, or decode its base64 if isBase64Encoded"),
    ),
    # Works until the API gets binary media types.
    Situation(
        "a text of base64 that was only encoded is another body",
        binary_event,
        headers_of,
        lambda event: event["body"].encode(),
        (errors.SignatureMismatch, "not the exact bytes that were signed"),
    ),
    # Some frameworks for functions parse the body.
    Situation(
        "a body that was parsed and written again is another body",
        http_event,
        headers_of,
        lambda event: json.dumps(json.loads(event["body"])).encode(),
        (errors.SignatureMismatch, "not the exact bytes that were signed"),
    ),
    Situation(
        "a body that is null is no body",
        bodiless_event,
        headers_of,
        lambda event: event["body"],
        (TypeError, "body must be bytes, not NoneType: pass the exact bytes"),
    ),
    # Format 2.0 has no multiValueHeaders.
    Situation(
        "a header that a proxy doubled comes joined by a comma",
        joined_event,
        headers_of,
        body_bytes,
        (errors.MalformedHeader, "X-KM-Time-Zone must be one value: .* joined several by commas"),
    ),
    # Each value is a list.
    Situation(
        "lists are not the values of headers",
        rest_event,
        lambda event: event["multiValueHeaders"],
        body_bytes,
        (TypeError, r"the values of X-KM-\* headers must be str or bytes, not list"),
    ),
    # No header has a dict as its value.
    Situation(
        "an event is not its headers",
        rest_event,
        lambda event: event,
        body_bytes,
        (TypeError, "not a dict that has them: pass its member 'headers'"),
    ),
]


@pytest.mark.parametrize("situation", SITUATIONS, ids=lambda situation: situation.name)
def test_an_event(parties: Parties, situation: Situation) -> None:
    gateway = Gateway({ACCESS_KEY: parties.platform}.get, replay_guard=MemoryReplayGuard())
    event = situation.event(Client(parties.provider).seal(PAYLOAD, encrypted=False))
    verdict = outcome_of(gateway, situation.headers(event), situation.body(event))
    if situation.verdict is None:
        assert isinstance(verdict, AcceptedRequest), verdict
        assert verdict.payload == PAYLOAD
        return
    kind, words = situation.verdict
    assert type(verdict) is kind, verdict
    assert re.search(words, str(verdict)), verdict


def outcome_of(gateway: Gateway, headers: Any, body: Any) -> AcceptedRequest | Exception:
    """The accepted request, or the error that ended it."""
    try:
        return gateway.accept(headers, body, encrypted=False)
    except (errors.KmCryptoError, TypeError) as error:
        return error

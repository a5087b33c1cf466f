"""FakePlatform behind the libraries that tests of HTTP clients use, each in a few lines of glue.

A test is skipped without its libraries, which are in the group `frameworks`; if CI is set, it
fails.
"""

from __future__ import annotations

import asyncio
import inspect
from collections.abc import Awaitable, Callable, Iterable, Mapping
from functools import partial
from importlib.util import find_spec
from types import SimpleNamespace
from typing import Any

import pytest

from kmcrypto import Client, errors
from kmcrypto.exchange.client import Answer, SealedRequest
from kmcrypto.testing import FakePlatform, Fault, projects
from tests.support.processes import missing

pytestmark = [pytest.mark.programs, pytest.mark.once]

URL = "https://platform.invalid/open-api/api/v2/payment/generate/onetimetoken"
PAYLOAD = {"cardNo": "9410000000001234"}
ANSWER = {"response": {"code": "000_000", "description": "Success"}, "oneTimeToken": "7" * 16}

# What came: the status, the headers and the body.
Came = tuple[int, Mapping[str, str], bytes]


def by_respx(platform: FakePlatform, sealed: SealedRequest) -> Came:
    """httpx, whose transport respx replaces."""
    import httpx
    import respx

    def answer(request: httpx.Request) -> httpx.Response:
        status, headers, body = platform(request.headers, request.content)
        return httpx.Response(status, headers=headers, content=body)

    with respx.mock:
        respx.post(URL).mock(side_effect=answer)
        response = httpx.post(URL, headers=dict(sealed.headers), content=sealed.body)
    return response.status_code, response.headers, response.content


def by_responses(platform: FakePlatform, sealed: SealedRequest) -> Came:
    """requests, whose adapter responses replaces."""
    import requests
    import responses

    def answer(request: Any) -> tuple[int, dict[str, str], bytes]:
        return platform(request.headers, request.body)

    with responses.RequestsMock() as mock:
        mock.add_callback(responses.POST, URL, callback=answer, content_type=None)
        response = requests.post(URL, headers=dict(sealed.headers), data=sealed.body, timeout=10)
    return response.status_code, response.headers, response.content


def by_aioresponses(platform: FakePlatform, sealed: SealedRequest) -> Came:
    """aiohttp, whose client aioresponses replaces.

    aiohttp 3.14 has a new parameter, which aioresponses 0.7.9 does not know.
    """
    import aiohttp
    from aioresponses import CallbackResult, aioresponses

    response: Any = aiohttp.ClientResponse
    if "stream_writer" in inspect.signature(response).parameters:
        response = partial(response, stream_writer=SimpleNamespace(output_size=0))

    def answer(url: object, *, headers: Any, data: bytes, **_: Any) -> CallbackResult:
        status, answer_headers, body = platform(headers, data)
        return CallbackResult(
            status=status, headers=answer_headers, body=body, response_class=response
        )

    async def send() -> Came:
        with aioresponses() as mock:
            mock.post(URL, callback=answer)
            async with (
                aiohttp.ClientSession() as session,
                session.post(URL, headers=sealed.headers, data=sealed.body) as response,
            ):
                return response.status, response.headers, await response.read()

    return asyncio.run(send())


def by_httpx_mock_transport(platform: FakePlatform, sealed: SealedRequest) -> Came:
    """httpx, with the transport that it has for tests."""
    import httpx

    def answer(request: httpx.Request) -> httpx.Response:
        status, headers, body = platform(request.headers, request.content)
        return httpx.Response(status, headers=headers, content=body)

    with httpx.Client(transport=httpx.MockTransport(answer)) as client:
        response = client.post(URL, headers=dict(sealed.headers), content=sealed.body)
    return response.status_code, response.headers, response.content


def by_wsgi(platform: FakePlatform, sealed: SealedRequest) -> Came:
    """httpx, which calls a WSGI application in the place of a server (PEP 3333)."""
    import httpx

    def app(environ: Mapping[str, Any], start_response: Callable[..., object]) -> Iterable[bytes]:
        names = [name for name in environ if name.startswith("HTTP_")]
        sent = {name.removeprefix("HTTP_").replace("_", "-"): environ[name] for name in names}
        status, headers, body = platform(sent, environ["wsgi.input"].read())
        start_response(f"{status} made up", list(headers.items()))
        return [body]

    with httpx.Client(transport=httpx.WSGITransport(app=app)) as client:
        response = client.post(URL, headers=dict(sealed.headers), content=sealed.body)
    return response.status_code, response.headers, response.content


def by_asgi(platform: FakePlatform, sealed: SealedRequest) -> Came:
    """httpx, which calls an ASGI application in the place of a server."""
    import httpx

    async def app(
        scope: Mapping[str, Any],
        receive: Callable[[], Awaitable[Mapping[str, Any]]],
        send: Callable[[dict[str, Any]], Awaitable[None]],
    ) -> None:
        message = await receive()
        status, headers, body = platform(scope["headers"], message["body"])
        pairs = [(name.encode(), value.encode()) for name, value in headers.items()]
        await send({"type": "http.response.start", "status": status, "headers": pairs})
        await send({"type": "http.response.body", "body": body})

    async def call() -> Came:
        async with httpx.AsyncClient(transport=httpx.ASGITransport(app=app)) as client:
            response = await client.post(URL, headers=dict(sealed.headers), content=sealed.body)
        return response.status_code, response.headers, response.content

    return asyncio.run(call())


Send = Callable[[FakePlatform, SealedRequest], Came]
WAYS: dict[str, tuple[Send, list[str]]] = {
    # name -> the way, and the packages that it needs
    "respx": (by_respx, ["httpx", "respx"]),
    "responses": (by_responses, ["requests", "responses"]),
    "aioresponses": (by_aioresponses, ["aiohttp", "aioresponses"]),
    "httpx.MockTransport": (by_httpx_mock_transport, ["httpx"]),
    "httpx.WSGITransport": (by_wsgi, ["httpx"]),
    "httpx.ASGITransport": (by_asgi, ["httpx"]),
}


@pytest.fixture(params=WAYS)
def send(request: pytest.FixtureRequest) -> Send:
    """A way to send a request, if its packages are installed."""
    way, packages = WAYS[request.param]
    for package in packages:
        if find_spec(package) is None:
            missing(f"{package} is not installed: it is in the group `frameworks`")
    return way


def call(platform: FakePlatform, send: Send) -> Answer:
    """Make a call that goes through a library, and open what came."""
    client = Client(projects().client)
    sealed = client.seal(PAYLOAD, encrypted=True)
    status, headers, body = send(platform, sealed)
    return client.open(status, headers, body, request=sealed, require_echo=True)


def test_a_call_goes_through_both_ways(send: Send) -> None:
    """Twice, as the second call of a program may differ from its first."""
    platform = FakePlatform(ANSWER, encrypted=True)
    assert [call(platform, send) for _ in range(2)] == [ANSWER, ANSWER]
    assert [request.payload for request in platform.seen] == [PAYLOAD, PAYLOAD]
    assert platform.refused == []


FAULTS: dict[Fault, type[errors.KmCryptoError]] = {
    "bad-tag": errors.DecryptionError,
    "wrong-key": errors.DecryptionError,
    "clear-answer": errors.WrongProtection,
    "unknown-key-id": errors.UnknownCryptoKey,
    "other-id": errors.EchoMismatch,
    "no-id": errors.EchoMismatch,
    "not-json": errors.UnexpectedAnswer,
    "empty": errors.UnexpectedAnswer,
    "html-502": errors.UnexpectedAnswer,
    "stale": errors.ResultError,
    "replayed": errors.ResultError,
    "006_001": errors.ResultError,
}


@pytest.mark.parametrize(("fault", "kind"), FAULTS.items(), ids=FAULTS.keys())
def test_a_fault_goes_through(send: Send, fault: Fault, kind: type[errors.KmCryptoError]) -> None:
    with pytest.raises(kind):
        call(FakePlatform(ANSWER, encrypted=True, fault=fault), send)

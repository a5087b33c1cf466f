"""One endpoint in each web framework: what it gives a receiver is for the situation to say.

`serve` runs a framework's application with a single view at "/pay". The view gives its request to
an Endpoint, which takes headers and body out of it, in the way of the situation.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler
from inspect import isawaitable, iscoroutine
from typing import Any
from uuid import uuid4

from kmcrypto import CallbackReceiver, Gateway, Project, errors
from kmcrypto.exchange.receiver import AcceptedRequest
from tests.support.processes import PATIENCE
from tests.support.servers import (
    django_application,
    package,
    serve_aiohttp,
    serve_asgi,
    serve_handler,
    serve_sanic,
    serve_tornado,
    serve_wsgi,
)

Wire = tuple[int, Mapping[str, str], bytes]
Take = Callable[[Any], Any]  # something out of a request of the framework
ANSWER = {"response": {"code": "000_000", "description": "Success"}, "memo": "됐다"}
FAILED: Wire = (500, {}, b"")  # what a server says when the view raises an error


class Endpoint:
    """A view without its framework.

    Args:
        receiver: Accepts, answers and refuses.
        headers: Takes the headers out of the framework's request.
        body: Takes the body; where that can be awaited, it is.
        encrypted: Whether requests and answers are encrypted.

    Attributes:
        verdicts: What came of each request: it was accepted, or an error.
    """

    def __init__(
        self,
        receiver: Gateway | CallbackReceiver,
        headers: Take,
        body: Take,
        *,
        encrypted: bool = False,
    ) -> None:
        self._receiver = receiver
        self._headers = headers
        self._body = body
        self._encrypted = encrypted
        self.verdicts: list[AcceptedRequest | Exception] = []

    def view(self, request: Any) -> Wire:
        """Answer a request, in a framework whose views are functions."""
        try:
            return self._answer(self._headers(request), self._body(request))
        except Exception as error:
            self.verdicts.append(error)
            return FAILED

    async def awaited_view(self, request: Any) -> Wire:
        """Answer a request, in a framework whose views are coroutines."""
        body = None
        try:
            body = self._body(request)
            if isawaitable(body):
                body = await body
            return self._answer(self._headers(request), body)
        except Exception as error:
            self.verdicts.append(error)
            return FAILED
        finally:
            if iscoroutine(body):  # the situation is that nobody awaited it
                body.close()

    def _answer(self, headers: Any, body: Any) -> Wire:
        try:
            accepted = self._receiver.accept(headers, body, encrypted=self._encrypted)
        except errors.KmCryptoError as error:
            self.verdicts.append(error)
            sealed = self._receiver.refuse(error, headers)
        else:
            self.verdicts.append(accepted)
            sealed = self._receiver.answer(accepted, ANSWER)
        return sealed.status, sealed.headers, sealed.body


class AwaitingEndpoint(Endpoint):
    """A view that awaits both: the look-up of the project, and the claim in a store.

    Args:
        gateway: A Gateway that finds no project itself, and has no guard.
        project: The one that the look-up finds.
        headers, body: As for Endpoint.
    """

    def __init__(self, gateway: Gateway, project: Project, headers: Take, body: Take) -> None:
        super().__init__(gateway, headers, body)
        self._gateway = gateway
        self._project = project
        self._claimed: set[bytes] = set()

    async def awaited_view(self, request: Any) -> Wire:
        body = self._body(request)
        if isawaitable(body):
            body = await body
        headers = self._headers(request)
        try:
            accepted = await self._accept(headers, body)
        except errors.KmCryptoError as error:
            sealed = self._gateway.refuse(error, headers)
        else:
            sealed = self._gateway.answer(accepted, ANSWER)
        return sealed.status, sealed.headers, sealed.body

    async def _accept(self, headers: Any, body: bytes) -> AcceptedRequest:
        project = await self._find(self._gateway.access_key(headers))
        pending = self._gateway.verify(
            headers, body, encrypted=True, find_project=lambda _: project
        )
        claimed = await self._set_if_absent(pending.claim.key)
        return self._gateway.open(pending, claimed=claimed)

    async def _find(self, access_key: str) -> Project | None:
        await asyncio.sleep(0)
        return self._project if access_key == self._project.key.access_key else None

    async def _set_if_absent(self, key: bytes) -> bool:
        await asyncio.sleep(0)
        is_absent = key not in self._claimed
        self._claimed.add(key)
        return is_absent


# --- One application for each framework ----------------------------------------------------------


@contextmanager
def _http_server(endpoint: Endpoint) -> Iterator[str]:
    class Handler(BaseHTTPRequestHandler):
        timeout = PATIENCE

        def do_POST(self) -> None:
            status, headers, body = endpoint.view(self)
            self.send_response(status)
            for name, value in headers.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: Any) -> None:
            """Nothing is logged."""

    with serve_handler(Handler) as address:
        yield address


@contextmanager
def _wsgiref(endpoint: Endpoint) -> Iterator[str]:
    def application(environ: dict[str, Any], start_response: Any) -> list[bytes]:
        status, headers, body = endpoint.view(environ)
        start_response(f"{status} -", list(headers.items()))
        return [body]

    with serve_wsgi(application) as address:
        yield address


@contextmanager
def _flask(endpoint: Endpoint) -> Iterator[str]:
    flask = package("flask")
    application = flask.Flask("situation")

    def pay() -> Any:
        status, headers, body = endpoint.view(flask.request)
        return flask.Response(body, status, dict(headers))

    application.add_url_rule("/pay", view_func=pay, methods=["POST"])
    with serve_wsgi(application) as address:
        yield address


@contextmanager
def _django(endpoint: Endpoint) -> Iterator[str]:
    http = package("django.http")

    def pay(request: Any) -> Any:
        status, headers, body = endpoint.view(request)
        return http.HttpResponse(body, status=status, headers=headers)

    with serve_wsgi(django_application(pay)) as address:
        yield address


@contextmanager
def _django_asgi(endpoint: Endpoint) -> Iterator[str]:
    http = package("django.http")

    async def pay(request: Any) -> Any:
        status, headers, body = await endpoint.awaited_view(request)
        return http.HttpResponse(body, status=status, headers=headers)

    with serve_asgi(django_application(pay, asynchronous=True)) as address:
        yield address


@contextmanager
def _bottle(endpoint: Endpoint) -> Iterator[str]:
    bottle = package("bottle")
    application = bottle.Bottle()

    def pay() -> Any:
        status, headers, body = endpoint.view(bottle.request)
        return bottle.HTTPResponse(body, status, dict(headers))

    application.route("/pay", "POST", pay)
    with serve_wsgi(application) as address:
        yield address


@contextmanager
def _fastapi(endpoint: Endpoint) -> Iterator[str]:
    fastapi = package("fastapi")
    application = fastapi.FastAPI()

    async def pay(request: Any) -> Any:
        status, headers, body = await endpoint.awaited_view(request)
        return fastapi.Response(body, status, dict(headers))

    # FastAPI reads the annotation, which must be the class and not its name.
    pay.__annotations__ = {"request": fastapi.Request}
    application.post("/pay", response_model=None)(pay)
    with serve_asgi(application) as address:
        yield address


@contextmanager
def _aiohttp(endpoint: Endpoint) -> Iterator[str]:
    web = package("aiohttp.web")
    application = web.Application()

    async def pay(request: Any) -> Any:
        status, headers, body = await endpoint.awaited_view(request)
        return web.Response(status=status, headers=headers, body=body)

    application.router.add_post("/pay", pay)
    with serve_aiohttp(application) as address:
        yield address


@contextmanager
def _tornado(endpoint: Endpoint) -> Iterator[str]:
    web = package("tornado.web")

    def post(handler: Any) -> None:
        status, headers, body = endpoint.view(handler)
        handler.set_status(status)
        for name, value in headers.items():
            handler.set_header(name, value)
        handler.finish(body)

    handler = type("Pay", (web.RequestHandler,), {"post": post})
    with serve_tornado(web.Application([("/pay", handler)])) as address:
        yield address


@contextmanager
def _sanic(endpoint: Endpoint, *, stream: bool = False) -> Iterator[str]:
    sanic = package("sanic")
    application = sanic.Sanic(f"situation-{uuid4()}", configure_logging=False)

    async def pay(request: Any) -> Any:
        status, headers, body = await endpoint.awaited_view(request)
        return sanic.response.raw(body, status, headers=dict(headers))

    application.add_route(pay, "/pay", methods=["POST"], stream=stream)
    with serve_sanic(application) as address:
        yield address


@contextmanager
def _sanic_stream(endpoint: Endpoint) -> Iterator[str]:
    with _sanic(endpoint, stream=True) as address:
        yield address


STANDARD = ("http.server", "wsgiref")  # of the standard library
_FRAMEWORKS: dict[str, Callable[[Endpoint], Any]] = {
    "http.server": _http_server,
    "wsgiref": _wsgiref,
    "flask": _flask,
    "django": _django,
    "django-asgi": _django_asgi,
    "bottle": _bottle,
    "fastapi": _fastapi,
    "aiohttp": _aiohttp,
    "tornado": _tornado,
    "sanic": _sanic,
    "sanic-stream": _sanic_stream,
}


@contextmanager
def serve(framework: str, endpoint: Endpoint) -> Iterator[str]:
    """Serve an endpoint in a framework; the address of the server."""
    with _FRAMEWORKS[framework](endpoint) as address:
        yield address


# --- What the documentation of each framework shows ----------------------------------------------


def _request_headers(request: Any) -> Any:
    return request.headers


def _request_body(request: Any) -> Any:
    return request.body


def environ_headers(environ: dict[str, Any]) -> list[tuple[str, str]]:
    """The headers in an environ, as the error has it that an environ itself brings about."""
    return [
        (name[5:].replace("_", "-"), value)
        for name, value in environ.items()
        if name.startswith("HTTP_")
    ]


DOCUMENTED: dict[str, tuple[Take, Take]] = {
    "http.server": (
        _request_headers,
        lambda handler: handler.rfile.read(int(handler.headers["Content-Length"])),
    ),
    "wsgiref": (
        environ_headers,
        lambda environ: environ["wsgi.input"].read(int(environ["CONTENT_LENGTH"])),
    ),
    "flask": (_request_headers, lambda request: request.get_data()),
    "django": (_request_headers, _request_body),
    "django-asgi": (_request_headers, _request_body),
    "bottle": (_request_headers, lambda request: request.body.read()),
    "fastapi": (_request_headers, lambda request: request.body()),
    "aiohttp": (_request_headers, lambda request: request.read()),
    "tornado": (
        lambda handler: handler.request.headers,
        lambda handler: handler.request.body,
    ),
    "sanic": (_request_headers, _request_body),
}

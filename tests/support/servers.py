"""HTTP servers on loopback, each in a thread of its own, closed with everything that they opened.

Every function is a context manager that gives the address of the server, "http://127.0.0.1:PORT",
where the system has chosen the port. The server takes connections from the first moment of the
block: nobody has to wait for it, or to try again. At the end of the block it stops taking them,
finishes the request that it is in, and closes its sockets, its event loop and its thread.

    serve_handler   a handler of http.server, by http.server of the standard library
    serve_wsgi      an application of Flask, Django or Bottle, by wsgiref of the standard library
    serve_asgi      an application of FastAPI, Starlette or Django, by uvicorn
    serve_aiohttp   an aiohttp.web.Application, by aiohttp
    serve_tornado   a tornado.web.Application, by Tornado
    serve_sanic     a Sanic, by Sanic

The first two need nothing but Python. The other servers are in the dependency group `frameworks`:
a test that calls one of them has the marker `programs`, imports no framework at the top of its
file, and gets its modules from `package`, which skips the test where they are missing.
"""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager, contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer, ThreadingHTTPServer
from importlib import import_module
from importlib.util import find_spec
from socketserver import ThreadingMixIn
from threading import Thread
from typing import Any
from wsgiref.simple_server import WSGIRequestHandler, WSGIServer, make_server

from tests.support.processes import PATIENCE, missing

LOOPBACK = "127.0.0.1"


def package(name: str) -> Any:
    """A module of a package that is in the dependency group `frameworks`, such as "flask".

    Where the package is missing, the test is skipped; if CI is set, it fails.
    """
    top = name.partition(".")[0]
    if find_spec(top) is None:
        missing(f"{top} is not installed: it is in the dependency group frameworks")
    return import_module(name)


# --- The standard library, and WSGI ---------------------------------------------------------------


class _HandlerServer(ThreadingHTTPServer):
    """A thread for each connection; closing the server waits for all of them."""

    daemon_threads = False


@contextmanager
def serve_handler(handler: type[BaseHTTPRequestHandler]) -> Iterator[str]:
    """Serve by a handler of http.server, with a thread for each connection.

    The handler should have a `timeout`, and a `log_message` that logs nothing.
    """
    with _HandlerServer((LOOPBACK, 0), handler) as server, _serving(server) as address:
        yield address


@contextmanager
def _serving(server: HTTPServer) -> Iterator[str]:
    """Run a server of the standard library in a thread."""
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.005})
    thread.start()
    try:
        yield f"http://{LOOPBACK}:{server.server_port}"
    finally:
        server.shutdown()
        thread.join()


class _WsgiServer(ThreadingMixIn, WSGIServer):
    """A thread for each request; closing the server waits for all of them."""

    daemon_threads = False


class _SilentHandler(WSGIRequestHandler):
    timeout = PATIENCE  # of a client that neither sends nor hangs up

    def log_message(self, format: str, *args: object) -> None:
        """Nothing is logged."""


@contextmanager
def serve_wsgi(application: Callable[..., Any]) -> Iterator[str]:
    """Serve a WSGI application (PEP 3333), with a thread for each request.

    wsgiref speaks HTTP/1.0 and closes each connection. It reads no chunked body: such a body has no
    CONTENT_LENGTH, so most frameworks find an empty one.
    """
    server = make_server(LOOPBACK, 0, application, _WsgiServer, _SilentHandler)
    with server, _serving(server) as address:
        yield address


def django_application(view: Callable[[Any], Any], *, asynchronous: bool = False) -> Any:
    """A Django application that has one view, for every path.

    Django has one set of settings in a process, so all tests share those that are made here: no
    middleware, no database, no templates.

    Args:
        view: Takes a request and returns a response.
        asynchronous: Whether the application is one of ASGI, and not of WSGI.
    """
    conf = package("django.conf")
    if not conf.settings.configured:
        conf.settings.configure(
            ALLOWED_HOSTS=[LOOPBACK],
            LOGGING_CONFIG=None,
            ROOT_URLCONF=(),  # each request has its own, below
            SECRET_KEY="made-up secret of the tests",
        )
    urls = package("django.urls")
    attributes = {"urlconf": (urls.re_path("", view),)}  # of a request, in place of ROOT_URLCONF
    module = package(f"django.core.handlers.{'asgi' if asynchronous else 'wsgi'}")
    application = (module.ASGIHandler if asynchronous else module.WSGIHandler)()
    base = module.ASGIRequest if asynchronous else module.WSGIRequest
    application.request_class = type("Request", (base,), attributes)
    return application


# --- Servers that run in an event loop -----------------------------------------------------------


@contextmanager
def serve_asgi(application: Any) -> Iterator[str]:
    """Serve an ASGI application by uvicorn, with its lifespan if it has one."""
    with _in_a_thread(_uvicorn, application) as address:
        yield address


@contextmanager
def serve_aiohttp(application: Any) -> Iterator[str]:
    """Serve an aiohttp.web.Application, once: it belongs to the event loop that serves it."""
    with _in_a_thread(_aiohttp, application) as address:
        yield address


@contextmanager
def serve_tornado(application: Any) -> Iterator[str]:
    """Serve a tornado.web.Application."""
    with _in_a_thread(_tornado, application) as address:
        yield address


@contextmanager
def serve_sanic(application: Any) -> Iterator[str]:
    """Serve a Sanic. Its name must be one that no other Sanic of the process has."""
    with _in_a_thread(_sanic, application) as address:
        yield address


_Serving = Callable[[Any, socket.socket], AbstractAsyncContextManager[None]]


@contextmanager
def _in_a_thread(serving: _Serving, application: Any) -> Iterator[str]:
    """Enter and leave an asynchronous context manager in the event loop of another thread.

    The socket listens before the server is started, so that no connection is refused.
    """
    from_thread = package("anyio.from_thread")
    with socket.create_server((LOOPBACK, 0)) as listening:
        listening.setblocking(False)
        with (
            from_thread.start_blocking_portal() as portal,
            portal.wrap_async_context_manager(serving(application, listening)),
        ):
            yield f"http://{LOOPBACK}:{listening.getsockname()[1]}"


@asynccontextmanager
async def _uvicorn(application: Any, listening: socket.socket) -> AsyncIterator[None]:
    uvicorn = package("uvicorn")
    config = uvicorn.Config(application, http="h11", ws="none", log_config=None, log_level="error")
    server = uvicorn.Server(config)
    serving = asyncio.create_task(server.serve(sockets=[listening]))
    try:
        yield
    finally:
        server.should_exit = True
        await serving


@asynccontextmanager
async def _aiohttp(application: Any, listening: socket.socket) -> AsyncIterator[None]:
    web = package("aiohttp.web")
    runner = web.AppRunner(application, access_log=None)
    await runner.setup()
    try:
        await web.SockSite(runner, listening).start()
        yield
    finally:
        await runner.cleanup()


@asynccontextmanager
async def _tornado(application: Any, listening: socket.socket) -> AsyncIterator[None]:
    server = package("tornado.httpserver").HTTPServer(application)
    server.add_socket(listening)
    try:
        yield
    finally:
        server.stop()
        await server.close_all_connections()


@asynccontextmanager
async def _sanic(application: Any, listening: socket.socket) -> AsyncIterator[None]:
    application.config.MOTD = False  # a banner in the log
    application.config.TOUCHUP = False  # it rewrites classes, which works once in a process
    server = await application.create_server(sock=listening, return_asyncio_server=True)
    await server.startup()
    try:
        await server.start_serving()
        yield
    finally:
        await server.close()

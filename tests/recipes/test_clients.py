"""The recipes of HTTP clients, each against a platform on loopback."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from threading import Thread
from typing import Any
from urllib.parse import urlsplit

import pytest

from kmcrypto import Client, errors, one_time_token
from kmcrypto.testing import FakePlatform, projects
from tests.support.recipes import run_recipe
from tests.support.servers import LOOPBACK, package, serve_wsgi

CARD = "9410000000001234"
TOKEN = one_time_token.TokenAnswer("7777666655554444", "123", one_time_token.ExpiryTime(30_000))

pytestmark = pytest.mark.programs


class NotSent(Exception):
    """What the recipe raises if nothing was sent."""


class Unknown(Exception):
    """What the recipe raises if the call may have been carried out."""


class FromEnv:
    """Stands for Project in the recipe's `Project.from_env()`: the test has no environment."""

    from_env = staticmethod(lambda: projects().client)


def platform_of(fault: Any = None) -> FakePlatform:
    return FakePlatform(TOKEN.payload(), encrypted=True, fault=fault)


def over_wsgi(platform: Callable[..., tuple[int, dict[str, str], bytes]]) -> Any:
    """A WSGI application that passes requests on to a platform."""

    def application(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        headers = {
            name[5:].replace("_", "-"): value
            for name, value in environ.items()
            if name.startswith("HTTP_")
        }
        body = environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0))
        status, answer_headers, answer_body = platform(headers, body)
        start_response(f"{status} Status", list(answer_headers.items()))
        return [answer_body]

    return application


@contextmanager
def hangs_up() -> Iterator[str]:
    """A server that reads the beginning of a request and closes the connection."""
    with socket.create_server((LOOPBACK, 0)) as listening:

        def serve() -> None:
            connection, _ = listening.accept()
            with connection:
                connection.recv(65_536)

        thread = Thread(target=serve)
        thread.start()
        yield f"http://{LOOPBACK}:{listening.getsockname()[1]}"
        thread.join()


@contextmanager
def nobody_listens() -> Iterator[str]:
    with socket.create_server((LOOPBACK, 0)) as listening:
        port = listening.getsockname()[1]
    yield f"http://{LOOPBACK}:{port}"


# --- The four ways --------------------------------------------------------------------------------


def scope_of(name: str, address: str) -> dict[str, Any]:
    """The names of a recipe that was run, with a client of the made-up project."""
    monkey = pytest.MonkeyPatch()
    with monkey.context() as patch:
        patch.setattr("kmcrypto.Project", FromEnv)
        return run_recipe(name, BASE_URL=address, NotSent=NotSent, Unknown=Unknown)


def by_requests(address: str) -> Any:
    package("requests")
    scope = scope_of("requests", address)
    with scope["session"]:
        return scope["token_for"](CARD)


def by_httpx(address: str) -> Any:
    package("httpx")
    scope = scope_of("httpx", address)
    with scope["session"]:
        return scope["token_for"](CARD)


def by_httpx_async(address: str) -> Any:
    """The asynchronous glue has no call of its own, so the test maps what it raises."""
    httpx = package("httpx")
    scope = scope_of("httpx", address)
    scope["session"].close()

    async def call() -> Any:
        asked = one_time_token.TokenRequest(CARD).payload()
        async with httpx.AsyncClient(base_url=address, timeout=scope["timeout"]) as session:
            return await scope["call_async"](
                session, one_time_token.METHOD, one_time_token.PATH, asked, encrypted=True
            )

    try:
        return one_time_token.TokenAnswer.read(asyncio.run(call()))
    except errors.ResultError as error:
        if error.outcome == errors.REFUSED:
            return None
        raise Unknown from error
    except httpx.ConnectError:
        raise NotSent from None
    except (errors.RemoteError, httpx.TransportError) as error:
        raise Unknown from error


def by_aiohttp(address: str) -> Any:
    aiohttp = package("aiohttp")
    scope = scope_of("aiohttp-client", address)

    async def call() -> Any:
        async with aiohttp.ClientSession(address, timeout=scope["timeout"]) as session:
            return await scope["token_for"](session, CARD)

    return asyncio.run(call())


WAYS = [by_requests, by_httpx, by_httpx_async, by_aiohttp]
every_way = pytest.mark.parametrize("token_for", WAYS, ids=lambda way: way.__name__)


@every_way
def test_a_token_comes_back(token_for: Callable[[str], Any]) -> None:
    platform = platform_of()
    with serve_wsgi(over_wsgi(platform)) as address:
        assert token_for(address) == TOKEN
    assert [request.payload for request in platform.seen] == [{"cardNo": CARD}]
    assert platform.refused == []


@every_way
def test_what_the_platform_refuses_is_told_from_what_is_unknown(
    token_for: Callable[[str], Any],
) -> None:
    with serve_wsgi(over_wsgi(platform_of("006_001"))) as address:
        assert token_for(address) is None


@every_way
@pytest.mark.parametrize("fault", ["html-502", "empty", "bad-tag", "replayed", "unknown-key-id"])
def test_an_answer_that_says_nothing_leaves_the_call_unknown(
    token_for: Callable[[str], Any], fault: str
) -> None:
    with serve_wsgi(over_wsgi(platform_of(fault))) as address, pytest.raises(Unknown):
        token_for(address)


@every_way
def test_a_connection_that_breaks_leaves_the_call_unknown(token_for: Callable[[str], Any]) -> None:
    with hangs_up() as address, pytest.raises(Unknown):
        token_for(address)


@pytest.mark.parametrize(
    ("token_for", "error"),
    [(by_requests, Unknown), (by_httpx, NotSent), (by_httpx_async, NotSent), (by_aiohttp, NotSent)],
)
def test_a_connection_that_was_never_made_sent_nothing(
    token_for: Callable[[str], Any], error: type[Exception]
) -> None:
    """requests has one exception for this and for a connection that broke."""
    with nobody_listens() as address, pytest.raises(error):
        token_for(address)


@every_way
def test_a_redirect_is_not_followed(token_for: Callable[[str], Any]) -> None:
    """The signed request goes to nobody else."""
    other = platform_of()
    with serve_wsgi(over_wsgi(other)) as elsewhere:

        def redirect(headers: Any, body: bytes) -> tuple[int, dict[str, str], bytes]:
            return 307, {"Location": elsewhere + one_time_token.PATH}, b""

        with serve_wsgi(over_wsgi(redirect)) as address, pytest.raises(Unknown):
            token_for(address)
    assert (other.seen, other.refused) == ([], [])


@every_way
def test_the_bytes_that_were_sealed_are_sent_with_their_headers_and_no_more_names_of_ours(
    token_for: Callable[[str], Any],
) -> None:
    """S3.2: nothing serialises the body again."""
    seen: list[tuple[dict[str, str], bytes]] = []
    platform = platform_of()

    def keep(headers: dict[str, str], body: bytes) -> tuple[int, dict[str, str], bytes]:
        seen.append((headers, body))
        return platform(headers, body)

    with serve_wsgi(over_wsgi(keep)) as address:
        assert urlsplit(address).hostname == LOOPBACK
        token_for(address)
    ((headers, body),) = seen
    assert body.startswith(b'{"encData":"')
    assert sum(name.startswith("X-KM-") for name in headers) == 7


def test_the_client_of_a_recipe_is_the_made_up_one() -> None:
    package("requests")
    scope = scope_of("requests", "http://platform.invalid")
    scope["session"].close()
    assert isinstance(scope["client"], Client)

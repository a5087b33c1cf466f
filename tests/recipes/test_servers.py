"""The recipes of gateways, each in its real server, with claims in a real Redis."""

from __future__ import annotations

import http.client
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, NamedTuple
from urllib.parse import urlsplit

import pytest

from kmcrypto import Client, Project, SealedRequest, errors, one_time_token
from kmcrypto.testing import projects
from tests.support.processes import PATIENCE
from tests.support.recipes import run_recipe
from tests.support.redis_server import RedisServer, redis_server
from tests.support.servers import (
    django_application,
    package,
    serve_aiohttp,
    serve_asgi,
    serve_wsgi,
)

CARD = "9410000000001234"
UNKNOWN_CARD = "9410000000009999"
TOKEN = one_time_token.TokenAnswer("7777666655554444", "123", one_time_token.ExpiryTime(30_000))
LIMIT = 1 << 20

pytestmark = [pytest.mark.programs, pytest.mark.once]


# --- What a reader of the recipes has to have -----------------------------------------------------


def find_project(access_key: str) -> Project | None:
    project = projects().platform
    return project if access_key == project.key.access_key else None


def issue(asked: one_time_token.TokenRequest) -> one_time_token.TokenAnswer | None:
    return None if asked.card_no == UNKNOWN_CARD else TOKEN


async def issue_later(
    asked: one_time_token.TokenRequest,
) -> one_time_token.TokenAnswer | None:
    return issue(asked)


def read_balance(payload: Any) -> dict[str, Any]:
    return {"response": {"code": "000_000", "description": "Success"}, "point": len(payload)}


# --- The servers ----------------------------------------------------------------------------------


class Server(NamedTuple):
    """How the application of a recipe is served."""

    recipe: str
    framework: str
    serve: Callable[[dict[str, Any]], Any]
    is_asynchronous: bool


SERVERS = [
    Server("fastapi", "fastapi", lambda scope: serve_asgi(scope["app"]), True),
    Server("starlette", "starlette", lambda scope: serve_asgi(scope["app"]), True),
    Server("aiohttp-server", "aiohttp", lambda scope: serve_aiohttp(scope["app"]), True),
    Server("flask", "flask", lambda scope: serve_wsgi(scope["app"]), False),
    Server(
        "django",
        "django",
        lambda scope: serve_wsgi(django_application(scope["issue_token"])),
        False,
    ),
]


@pytest.fixture(scope="module")
def store() -> Iterator[RedisServer]:
    with redis_server() as server:
        yield server


@contextmanager
def served(server: Server, redis_url: str) -> Iterator[str]:
    """The address of a recipe's gateway, whose claims are in a Redis."""
    package(server.framework)
    scope = run_recipe(
        server.recipe,
        REDIS_URL=redis_url,
        find_project=find_project,
        issue=issue_later if server.is_asynchronous else issue,
        read_balance=read_balance,
    )
    with server.serve(scope) as address:
        yield address
    if not server.is_asynchronous:
        scope["store"].close()


@pytest.fixture(params=SERVERS, ids=lambda server: server.recipe)
def address(request: pytest.FixtureRequest, store: RedisServer) -> Iterator[str]:
    with served(request.param, f"unix://{store.address['unix_socket_path']}") as address:
        yield address


# --- Calls ----------------------------------------------------------------------------------------


class Answer(NamedTuple):
    status: int
    headers: dict[str, str]
    body: bytes


def post(address: str, headers: dict[str, str], body: bytes, path: str = "") -> Answer:
    parts = urlsplit(address)
    assert parts.hostname is not None
    connection = http.client.HTTPConnection(parts.hostname, parts.port, timeout=PATIENCE)
    try:
        connection.request("POST", path or one_time_token.PATH, body, headers)
        answer = connection.getresponse()
        names = {name.lower(): value for name, value in answer.getheaders()}
        return Answer(answer.status, names, answer.read())
    finally:
        connection.close()


def sealed(payload: dict[str, Any], *, encrypted: bool = True) -> SealedRequest:
    return Client(projects().client).seal(payload, encrypted=encrypted)


def opened(answer: Answer, request: SealedRequest) -> Any:
    return Client(projects().client).open(*answer, request=request)


def send(address: str, request: SealedRequest) -> Answer:
    return post(address, dict(request.headers), request.body)


def test_a_call_is_answered(address: str) -> None:
    request = sealed({"cardNo": CARD})
    answer = opened(send(address, request), request)
    assert one_time_token.TokenAnswer.read(answer) == TOKEN


@pytest.mark.parametrize(
    ("payload", "code"),
    [
        ({"cardNo": UNKNOWN_CARD}, "006_001"),  # the business says no: an encrypted answer
        ({"cardNo": "941000000000123"}, "990_006"),  # a field of a wrong form
        ({}, "990_006"),
    ],
)
def test_a_call_is_refused_with_http_400(address: str, payload: dict[str, Any], code: str) -> None:
    request = sealed(payload)
    answer = send(address, request)
    assert answer.status == 400
    with pytest.raises(errors.ResultError) as caught:
        opened(answer, request)
    assert caught.value.result_code == code
    assert caught.value.outcome == errors.REFUSED


def test_a_copy_is_refused(address: str) -> None:
    request = sealed({"cardNo": CARD})
    assert [send(address, request).status for _ in range(3)] == [200, 409, 409]


def test_a_changed_body_is_refused(address: str) -> None:
    request = sealed({"cardNo": CARD})
    answer = post(address, dict(request.headers), request.body.replace(b"encData", b"encdata"))
    assert answer.status == 401


def test_a_plain_body_is_refused_where_an_encrypted_one_is_due(address: str) -> None:
    assert send(address, sealed({"cardNo": CARD}, encrypted=False)).status == 400


def test_a_stranger_is_refused(address: str) -> None:
    answer = post(address, {"Content-Type": "application/json"}, b'{"cardNo":"1"}')
    assert answer.status == 401
    assert answer.headers["content-type"] == "application/json"


@pytest.mark.parametrize("length", [LIMIT + 1, 3 * LIMIT])
def test_a_body_over_the_limit_is_refused(address: str, length: int) -> None:
    """By the framework, or by the gateway, which tells a stranger no reason (S6.3)."""
    request = sealed({"cardNo": CARD})
    try:
        answer = post(address, dict(request.headers), b"x" * length)
    except (BrokenPipeError, ConnectionResetError):  # the server did not wait for the rest of it
        return
    assert answer.status in (400, 401, 413)


def test_a_wrong_content_type_and_a_form_are_no_obstacle(address: str) -> None:
    """The bytes count, whatever a header says of them."""
    request = sealed({"cardNo": CARD})
    headers = {**request.headers, "Content-Type": "application/x-www-form-urlencoded"}
    assert post(address, headers, request.body).status == 200


@pytest.mark.parametrize("server", SERVERS, ids=lambda server: server.recipe)
def test_nothing_is_taken_while_the_store_is_away(server: Server) -> None:
    with redis_server() as store:
        url = f"unix://{store.address['unix_socket_path']}"
        with served(server, url) as address:
            assert send(address, sealed({"cardNo": CARD})).status == 200
            store.kill()
            lost = sealed({"cardNo": CARD})
            assert [send(address, lost).status for _ in range(2)] == [503, 503]
            store.start()
            assert send(address, lost).status == 200


def test_a_plain_call_of_fastapi_comes_through_a_dependency(store: RedisServer) -> None:
    with served(SERVERS[0], f"unix://{store.address['unix_socket_path']}") as address:
        request = sealed({"cardNo": CARD}, encrypted=False)
        answer = post(address, dict(request.headers), request.body, "/api/v2/balance")
        assert opened(answer, request)["point"] == 1

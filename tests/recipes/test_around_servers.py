"""The recipes around a server: workers, rotation, settings, metrics and AWS Lambda."""

from __future__ import annotations

import base64
import json
import os
import signal
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from kmcrypto import Client, CryptoKey, KeyRing, MemoryReplayGuard, Project, errors, one_time_token
from kmcrypto.keys.sealed import Contents, seal
from kmcrypto.testing import projects
from tests.support import ROOT
from tests.support.keys import private_pem, public_pem, rsa_key
from tests.support.processes import PATIENCE, child
from tests.support.recipes import blocks_of, run_recipe
from tests.support.redis_server import redis_server
from tests.support.servers import LOOPBACK, package

CARD = "9410000000001234"
UNKNOWN_CARD = "9410000000009999"
TOKEN = one_time_token.TokenAnswer("7777666655554444", "123", one_time_token.ExpiryTime(30_000))


def find_project(access_key: str) -> Project | None:
    project = projects().platform
    return project if access_key == project.key.access_key else None


def issue(asked: one_time_token.TokenRequest) -> one_time_token.TokenAnswer | None:
    return None if asked.card_no == UNKNOWN_CARD else TOKEN


# --- AWS Lambda -----------------------------------------------------------------------------------


@pytest.fixture
def handler(monkeypatch: pytest.MonkeyPatch) -> Any:
    """The handler of the recipe, whose guard of Redis is one of memory here."""
    package("redis")
    guards = package("kmcrypto.adapters.redis")
    monkeypatch.setattr(guards, "RedisReplayGuard", lambda store: MemoryReplayGuard())
    scope = run_recipe(
        "lambda", find_project=find_project, issue=issue, REDIS_URL="redis://localhost:1"
    )
    yield scope["handler"]
    scope["store"].close()


def event_of(headers: dict[str, str], body: bytes, *, in_base64: bool) -> dict[str, Any]:
    """An event of API Gateway's format 2.0, as AWS documents it: names of headers in lower case."""
    text = base64.b64encode(body).decode() if in_base64 else body.decode()
    return {
        "version": "2.0",
        "routeKey": "$default",
        "rawPath": one_time_token.PATH,
        "headers": {name.lower(): value for name, value in headers.items()},
        "isBase64Encoded": in_base64,
        "body": text,
    }


@pytest.mark.programs
@pytest.mark.parametrize("in_base64", [False, True])
def test_a_lambda_function_answers(handler: Any, in_base64: bool) -> None:
    client = Client(projects().client)
    request = client.seal({"cardNo": CARD}, encrypted=True)
    event = event_of(dict(request.headers), request.body, in_base64=in_base64)
    answer = handler(event, None)
    json.dumps(answer)  # as AWS does
    opened = client.open(
        answer["statusCode"], answer["headers"], answer["body"].encode(), request=request
    )
    assert one_time_token.TokenAnswer.read(opened) == TOKEN
    assert handler(event, None)["statusCode"] == 409


@pytest.mark.programs
@pytest.mark.parametrize(
    ("payload", "code"), [({"cardNo": UNKNOWN_CARD}, "006_001"), ({"cardNo": "1"}, "990_006")]
)
def test_a_lambda_function_refuses(handler: Any, payload: dict[str, str], code: str) -> None:
    client = Client(projects().client)
    request = client.seal(payload, encrypted=True)
    answer = handler(event_of(dict(request.headers), request.body, in_base64=False), None)
    assert answer["statusCode"] == 400
    with pytest.raises(errors.ResultError) as caught:
        client.open(
            answer["statusCode"], answer["headers"], answer["body"].encode(), request=request
        )
    assert caught.value.result_code == code


@pytest.mark.programs
def test_a_lambda_event_without_a_body_is_refused(handler: Any) -> None:
    answer = handler({"version": "2.0", "headers": {}, "isBase64Encoded": False}, None)
    assert answer["statusCode"] == 401


# --- gunicorn -------------------------------------------------------------------------------------

# Each worker answers with the suffixes of some ids of the client that was made before the fork.
WORKER_APPLICATION = """
from kmcrypto import Client
from kmcrypto.testing import projects
import kmcrypto

class FromEnv:
    from_env = staticmethod(lambda: projects().client)

kmcrypto.Project = FromEnv
scope = {}
exec(SETTINGS, scope)

def application(environ, start_response):
    ids = [str(scope["client"].seal({}, encrypted=False).correlation_id) for _ in range(20)]
    start_response("200 OK", [("Content-Type", "text/plain")])
    return [" ".join(ids).encode()]
"""


@pytest.mark.programs
@pytest.mark.once
def test_the_workers_of_gunicorn_have_lanes_of_their_own_however_they_end(
    tmp_path: Path,
) -> None:
    package("gunicorn")
    settings, configuration, _ = [block for _, block in blocks_of("gunicorn")]
    (tmp_path / "workers.py").write_text(f"SETTINGS = {settings!r}\n{WORKER_APPLICATION}")
    address = tmp_path / "gunicorn.sock"
    (tmp_path / "gunicorn.conf.py").write_text(
        f"bind = 'unix:{address}'\nworkers = 3\npreload_app = True\n{configuration}"
        # Tells the test that a worker is there, in one step among all workers.
        "\ndef post_worker_init(worker):\n"
        "    os.write(1, f'{worker.pid} {worker.age}\\n'.encode())\n"
    )
    command = (sys.executable, "-m", "gunicorn", "--log-level", "critical", "workers:application")
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    with child(*command, cwd=tmp_path, env=environment, stdout=-1) as process:
        assert process.stdout is not None
        started = [process.stdout.readline().split() for _ in range(3)]
        ages = {int(age): int(pid) for pid, age in started}
        before = list(answers_of(address))
        os.kill(ages.pop(2), signal.SIGKILL)
        _, age = process.stdout.readline().split()
        after = list(answers_of(address))
        process.send_signal(signal.SIGTERM)
        assert process.wait(PATIENCE) == 0
    assert age == b"4"
    assert all(len(lanes_of(answer)) == 1 for answer in before + after)
    assert set().union(*map(lanes_of, before)) <= {1, 2, 3}
    assert set().union(*map(lanes_of, after)) <= {1, 3, 4}
    ids = " ".join(before + after).split()
    assert len(set(ids)) == len(ids)


def answers_of(address: Path) -> Iterator[str]:
    """The answers to some requests, whichever workers take them."""
    httpx = package("httpx")
    for _ in range(10):
        with httpx.Client(transport=httpx.HTTPTransport(uds=str(address))) as session:
            yield session.get(f"http://{LOOPBACK}/").text


def lanes_of(answer: str) -> set[int]:
    """The lanes of correlation ids: with 65,536 lanes, the first 16 of a suffix's 28 bits."""
    return {int(text.partition("-")[2], 16) >> 12 for text in answer.split()}


# --- Redis ----------------------------------------------------------------------------------------


@pytest.mark.programs
def test_the_recipe_of_redis_makes_a_gateway_and_a_client(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    class FromEnv:
        from_env = staticmethod(lambda: projects().client)

    monkeypatch.setattr("kmcrypto.Project", FromEnv)
    with redis_server() as server:
        url = f"unix://{server.address['unix_socket_path']}"
        scope = run_recipe("redis", REDIS_URL=url, find_project=find_project)
        with scope["store"]:
            request = scope["client"].seal({"cardNo": CARD}, encrypted=True)
            call = (request.headers, request.body)
            assert scope["gateway"].accept(*call, encrypted=True).replay_protected
            with pytest.raises(errors.Replayed):
                scope["gateway"].accept(*call, encrypted=True)
            assert scope["store"].get("km:lane") == b"1"


# --- Rotation -------------------------------------------------------------------------------------


def contents_of(*key_ids: str) -> Contents:
    """The platform's side of the made-up project, with crypto keys of these ids."""
    key = projects().platform.key
    return Contents(
        {
            "zone": "KST",
            "project_keys": [
                {
                    "asp_id": key.asp_id,
                    "access_key": key.access_key,
                    "secret_key": "the made-up secret key of kmcrypto.testing",
                    "kind": "sandbox",
                    "state": "active",
                }
            ],
            "crypto_keys": [
                {
                    "id": key_id,
                    "state": "active",
                    "platform_public": None,
                    "platform_private": private_pem(rsa_key(name=f"platform {key_id}")).decode(),
                    "client_public": public_pem(rsa_key(name=f"client {key_id}")).decode(),
                    "client_private": None,
                }
                for key_id in key_ids
            ],
            "primary": key_ids[0],
        }
    )


def client_of(key_id: str) -> Client:
    crypto_key = CryptoKey.load(
        id=key_id,
        platform_public=public_pem(rsa_key(name=f"platform {key_id}")),
        client_private=private_pem(rsa_key(name=f"client {key_id}")),
    )
    provider = projects().client
    return Client(Project(provider.key, KeyRing([crypto_key]), provider.zone))


def test_a_rotation_counts_from_the_next_request_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    old_id, new_id, sealing_key = "a" * 32, "b" * 32, bytes(range(32))
    path = Path("project.kmsp")
    path.write_bytes(seal(contents_of(old_id), key=sealing_key))
    before = signal.getsignal(signal.SIGHUP)
    try:
        scope = run_recipe("rotation", read_sealing_key=lambda: sealing_key)
        gateway = scope["gateway"]

        def accept(key_id: str) -> str | None:
            request = client_of(key_id).seal({"cardNo": CARD}, encrypted=True)
            accepted = gateway.accept(request.headers, request.body, encrypted=True)
            return accepted.crypto_key_id  # type: ignore[no-any-return]

        assert accept(old_id) == old_id
        with pytest.raises(errors.UnknownCryptoKey):
            accept(new_id)
        path.write_bytes(seal(contents_of(old_id, new_id), key=sealing_key))
        signal.raise_signal(signal.SIGHUP)
        assert (accept(old_id), accept(new_id)) == (old_id, new_id)
        path.write_bytes(b"damaged")
        with pytest.raises(errors.UnsealingFailed):
            scope["projects"].reload()
        assert accept(new_id) == new_id
    finally:
        signal.signal(signal.SIGHUP, before)


# --- Settings and metrics -------------------------------------------------------------------------


def test_a_project_comes_out_of_a_secret() -> None:
    secret = {
        "KONAPLATE_ASP_ID": "KMCRYPTODEMO001",
        "KONAPLATE_ACCESS_KEY": "1a2b3c4-00112233445566778899aabbccddeeff",
        "KONAPLATE_SECRET_KEY": "the secret key, as it was issued",
        "KONAPLATE_CRYPTO_KEY_ID": "5eedc0de5eedc0de5eedc0de5eedc0de",
        "KONAPLATE_PLATFORM_PUBLIC_KEY": public_pem(rsa_key(name="platform")).decode(),
        "KONAPLATE_CLIENT_PRIVATE_KEY": private_pem(rsa_key(name="client")).decode(),
    }
    asked: list[str] = []

    def read_secret(name: str) -> str:
        asked.append(name)
        return json.dumps(secret)

    scope = run_recipe("secret-manager", read_secret=read_secret)
    sealed = scope["client"].seal({"cardNo": CARD}, encrypted=True)
    assert sealed.headers["X-KM-Crypto-Key-Id"] == secret["KONAPLATE_CRYPTO_KEY_ID"]
    assert asked == ["konaplate/production"]


def test_the_secret_that_the_recipe_shows_has_the_names_that_are_read() -> None:
    from tests.support.recipes import text_of

    shown = json.loads(text_of("secret-manager").partition("```json\n")[2].partition("```")[0])
    with pytest.raises(errors.InvalidKey) as caught:  # its keys are cut short
        Project.from_env(environ=shown)
    assert "KONAPLATE_PLATFORM_PUBLIC_KEY" in str(caught.value)


@pytest.mark.programs
def test_metrics_have_the_stage_and_the_code_and_nothing_of_the_message() -> None:
    client = package("prometheus_client")
    scope = run_recipe("metrics")
    try:
        scope["count_received"]()
        scope["count_received"](errors.Replayed("this request was claimed before"))
        scope["count_called"]()
        failed = errors.ResultError("006_001", http_status=400)
        failed.outcome = errors.REFUSED
        scope["count_called"](failed)
        text = client.generate_latest().decode()
    finally:
        client.REGISTRY.unregister(scope["received"])
        client.REGISTRY.unregister(scope["called"])
    for line in (
        'km_requests_total{code="accepted",stage=""} 1.0',
        'km_requests_total{code="replayed",stage="replay"} 1.0',
        'km_calls_total{code="answered",outcome="done"} 1.0',
        'km_calls_total{code="result-error",outcome="refused"} 1.0',
    ):
        assert line in text
    assert "claimed" not in text

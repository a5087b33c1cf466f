"""What the log says of a refused request: the error's code, what was seen, and what to do."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timezone

import pytest

from kmcrypto import Client, CryptoKey, KeyRing, Project, errors
from kmcrypto.testing import projects
from kmcrypto.tools.sandbox.first_finding import _ADVICE, RefusedRequest, first_finding
from kmcrypto.tools.sandbox.sandbox import TOKEN_PATH
from tests.support.keys import rsa_key
from tests.support.sandboxes import Caller, sandbox_caller

CARD = "9410000000001234"


@pytest.fixture
def caller() -> Iterator[Caller]:
    with sandbox_caller() as caller:
        yield caller


def remote_errors() -> list[errors.RemoteError]:
    """An error of each class that a receiver raises, with its own text or a made-up one."""
    classes = [kind for kind in vars(errors).values() if isinstance(kind, type)]
    return [
        kind(kind.text or "made up")
        for kind in classes
        if issubclass(kind, errors.RemoteError) and kind is not errors.RemoteError
    ]


@pytest.mark.parametrize("error", remote_errors(), ids=lambda error: error.code)
def test_it_begins_with_the_code_and_shows_nothing_of_the_request(
    error: errors.RemoteError,
) -> None:
    request = RefusedRequest(
        TOKEN_PATH,
        [("X-KM-Access-Key", CARD)],
        CARD.encode(),
        error,
        project=projects().platform,
        at=datetime.now(timezone.utc),
    )
    text = first_finding(request)
    assert text.startswith(f"{error.code}: header-missing: ")
    assert CARD not in text
    assert CARD not in repr(request)
    assert text.isprintable()


def test_the_advice_is_on_codes_that_there_are() -> None:
    assert _ADVICE.keys() <= {error.code for error in remote_errors()}


def with_ring(ring: KeyRing) -> Project:
    client = projects().client
    return Project(client.key, ring, zone=client.zone)


def test_a_wrong_platform_key_is_told(caller: Caller) -> None:
    ring = projects().client.ring
    assert ring is not None
    mistaken = CryptoKey.load(
        id=ring.primary.id,
        platform_public=rsa_key(name="platform").public_key(),
        client_private=ring.primary.client_private,
    )
    client = Client(with_ring(KeyRing([mistaken])), clock=caller.clock)
    request = client.seal({"cardNo": CARD}, encrypted=True)
    assert caller.send(TOKEN_PATH, request.body, request.headers).status == 400
    assert "decryption-failed: " in caller.log[0]
    assert "take the public key under the id that X-KM-Crypto-Key-Id names" in caller.log[0]


def test_a_plain_request_is_told(caller: Caller) -> None:
    request = caller.client.seal({"cardNo": CARD}, encrypted=False)
    assert caller.send(TOKEN_PATH, request.body, request.headers).status == 400
    assert "wrong-protection: " in caller.log[0]


def test_a_key_id_that_is_missing_is_told(caller: Caller) -> None:
    request = caller.seal(CARD)
    headers = {name: value for name, value in request.headers.items() if "Crypto" not in name}
    assert caller.send(TOKEN_PATH, request.body, headers).status == 400
    assert "unknown-crypto-key: " in caller.log[0]

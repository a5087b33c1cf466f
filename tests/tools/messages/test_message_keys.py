"""The bodies of messages, byte for byte, and what is no message."""

from __future__ import annotations

from pathlib import Path

import pytest

from kmcrypto.encryption import jwe
from kmcrypto.errors import DecryptionError, MalformedPayload
from kmcrypto.keys.crypto_key import CryptoKey, Side
from kmcrypto.tools.messages.message_keys import decrypt_token
from tests.support.processes import run
from tests.support.records import ID
from tests.support.sealed_projects import key_text, write_sealed_project


@pytest.fixture(scope="module")
def key() -> CryptoKey:
    return CryptoKey.load(
        id=ID, platform_public=key_text("platform.pub"), client_private=key_text("client")
    )


@pytest.mark.parametrize("plaintext", [b"text", b"[1]", b'{"a":1,"a":2}', b'{"a":NaN}', b"\xff"])
def test_a_plaintext_that_is_no_strict_object_is_not_given_out(
    key: CryptoKey, plaintext: bytes
) -> None:
    token = jwe.encrypt(plaintext, key.private_half(Side.CLIENT).public_key())
    with pytest.raises(MalformedPayload):
        decrypt_token(token, key, Side.CLIENT)


def test_a_kid_of_another_key_is_refused(key: CryptoKey) -> None:
    token = jwe.encrypt(b"{}", key.private_half(Side.CLIENT).public_key(), kid="c" * 32)
    with pytest.raises(DecryptionError):
        decrypt_token(token, key, Side.CLIENT)


def test_a_payload_whose_body_would_be_too_long_is_not_signed(tmp_path: Path) -> None:
    """Encryption makes a third more of it."""
    write_sealed_project(tmp_path, "provider")
    payload = b'{"a":"%s"}' % (b"1" * 900_000)
    keys = ["--keys", "provider.kmsp", "--key-file", "sealing.key"]
    status, out, err = run("kmcrypto", "sign", "--encrypt", *keys, stdin=payload, cwd=tmp_path)
    assert (status, out) == (1, b"")
    assert (
        err == b"kmcrypto: body-too-large: the body must not be longer than 1,048,576 bytes (S13)\n"
    )

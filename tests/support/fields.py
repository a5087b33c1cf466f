"""Encrypted fields, built and opened by hand (RFC 7516) from `cryptography` alone.

Below them: the ciphers of the two parties, and the exact form of a refusal.
"""

from __future__ import annotations

import json
import os
import re
from collections.abc import Callable, Iterable
from typing import Any, NamedTuple

import pytest
from cryptography.hazmat.primitives.asymmetric.padding import MGF1, OAEP
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, RSAPublicKey
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256

from kmcrypto import CryptoKey, FieldCipher, KeyRing, errors
from tests.support import KEY_ID, OTHER_KEY_ID
from tests.support.encodings import b64, unb64
from tests.support.hsm import Hsm
from tests.support.leaks import assert_is_decryption_error, assert_nothing_left, texts_of
from tests.support.parties import Parties

CARD = "9410000000001234"
PLAINTEXT = json.dumps(CARD).encode()
DOCUMENT: dict[str, Any] = {
    "cardNo": CARD,
    "이름": "김비밀",
    "members": [{"name": "a", "cvc": "123"}, {"name": "b", "cvc": "456"}],
    "amount": 10,
    "none": None,
}
SECRETS = (CARD, "김비밀", "hidden")

ALG = "RSA-OAEP-256"
CEK_BYTES = {"A128GCM": 16, "A256GCM": 32}
OAEP_256 = OAEP(MGF1(SHA256()), SHA256(), None)
COMPACT = re.compile(r"[A-Za-z0-9_-]+(?:\.[A-Za-z0-9_-]+){4}")


# --- By hand --------------------------------------------------------------------------------------


def head(
    path: object = "$['cardNo']", kid: object = KEY_ID, enc: object = "A128GCM", **members: object
) -> dict[str, Any]:
    """A field's header; a member that is `...` is left out."""
    named = {"enc": enc, "alg": ALG, "kid": kid, "km-path": path, **members}
    return {name: value for name, value in named.items() if value is not ...}


def field(
    public: RSAPublicKey,
    plaintext: bytes,
    header: dict[str, Any] | bytes | None = None,
    **own: Any,
) -> str:
    """A genuine field (RFC 7516, 5.1); `cek`, `ek`, `iv` and the CEK's `size` can be given."""
    header = head() if header is None else header
    enc = ""
    if isinstance(header, dict):
        enc = str(header.get("enc"))
        header = json.dumps(header, separators=(",", ":")).encode()
    text = b64(header)
    cek = own.get("cek") or os.urandom(own.get("size") or CEK_BYTES.get(enc, 16))
    iv = own.get("iv") or os.urandom(12)
    ek = own.get("ek") or public.encrypt(cek, OAEP_256)
    sealed = AESGCM(cek).encrypt(iv, plaintext, text.encode())
    return ".".join([text, *map(b64, (ek, iv, sealed[:-16], sealed[-16:]))])


class Opened(NamedTuple):
    """The contents of a field: the text of its header, its parts and its plaintext."""

    header: str
    ek: bytes
    iv: bytes
    cek: bytes
    plaintext: bytes


def opened(token: str, private: RSAPrivateKey) -> Opened:
    """Open a field (RFC 7516, 5.2)."""
    assert COMPACT.fullmatch(token)
    text, *rest = token.split(".")
    ek, iv, ciphertext, tag = map(unb64, rest)
    assert (len(iv), len(tag), len(ek)) == (12, 16, private.key_size // 8)
    cek = private.decrypt(ek, OAEP_256)
    plaintext = AESGCM(cek).decrypt(iv, ciphertext + tag, text.encode())
    return Opened(unb64(text).decode(), ek, iv, cek, plaintext)


# --- Ciphers --------------------------------------------------------------------------------------


def ring(*keys: CryptoKey, primary: str | None = None) -> KeyRing:
    """A ring whose primary is the last key, unless another one is named."""
    return KeyRing(keys, primary=primary or keys[-1].id)


def provider(parties: Parties) -> KeyRing:
    """The provider's ring of one key, KEY_ID."""
    return ring(parties.first.provider_half)


def platform(parties: Parties) -> KeyRing:
    """The platform's ring of one key, KEY_ID."""
    return ring(parties.first.platform_half)


def encrypted(
    parties: Parties, *selectors: str, document: Any = DOCUMENT, context: str | None = None
) -> Any:
    """A document from the provider."""
    cipher = FieldCipher.for_client(provider(parties), selectors or ["$.cardNo"])
    return cipher.encrypt(document, context).document


def watched(
    parties: Parties, selectors: Iterable[str] = ("$.cardNo",), **options: Any
) -> tuple[FieldCipher, list[str]]:
    """The platform's cipher for two crypto keys, and the log of their RSA operations."""
    log: list[str] = []
    keys = [
        CryptoKey.load(
            id=key_id,
            platform_private=Hsm(pair.platform, log=log),
            client_public=pair.client.public_key(),
        )
        for key_id, pair in ((KEY_ID, parties.first), (OTHER_KEY_ID, parties.second))
    ]
    log.clear()
    return FieldCipher.for_gateway(ring(*keys), selectors, **options), log


# --- Refusals -------------------------------------------------------------------------------------

KINDS: dict[type[errors.KmCryptoError], tuple[str, str]] = {
    errors.InvalidSetting: ("invalid-setting", "headers"),
    errors.InvalidPayload: ("invalid-payload", "payload"),
    errors.MalformedPayload: ("malformed-payload", "payload"),
    errors.WrongProtection: ("wrong-protection", "payload"),
    errors.DecryptionError: ("decryption-failed", "decrypt"),
    errors.UnknownCryptoKey: ("unknown-crypto-key", "key"),
    errors.InactiveKey: ("inactive-key", "key"),
    errors.KeyUnavailable: ("key-unavailable", "key"),
}


def silent(error: BaseException) -> None:
    """No secret goes with an error (D7): none in its texts, and nothing at all in our frames."""
    assert_nothing_left(error)
    shown = texts_of(error)
    assert [secret for secret in SECRETS if secret in shown] == []


def refused(
    kind: type[errors.KmCryptoError],
    call: Callable[..., object],
    *arguments: Any,
    at_fault: str | None = None,
) -> errors.KmCryptoError:
    """Exactly that error, silent; `at_fault` is the selector that it names."""
    with pytest.raises(kind) as caught:
        call(*arguments)
    error = caught.value
    assert type(error) is kind
    assert (error.code, error.stage) == KINDS[kind]
    if at_fault is not None:
        assert vars(error).keys() <= {"field", "reason"}
        assert vars(error)["field"] == at_fault
    if kind is errors.DecryptionError:
        assert_is_decryption_error(error)
    silent(error)
    return error


def refuses(
    parties: Parties,
    token: Any,
    kind: type[errors.KmCryptoError] = errors.DecryptionError,
    *,
    rsa_calls: int,
) -> None:
    """A value in the place of $.cardNo is refused, after so many RSA operations."""
    gateway, log = watched(parties)
    refused(kind, gateway.decrypt, {"cardNo": token})
    assert len(log) == rsa_calls

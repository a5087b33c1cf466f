"""Encryption and decryption of bodies byte for byte: what is written is what was read.

`encrypt_message` and `decrypt_message` take and give the members of a JSON object, so that the text
around them is lost. A command keeps it, and its numbers digit for digit.
"""

from ..._core.strict_json import write_json
from ...encryption import jwe
from ...encryption.message import ENC_DATA, KM_PATH, read_envelope, read_payload
from ...errors import (
    DecryptionError,
    KeyUnavailable,
    UnknownCryptoKey,
    WrongProtection,
)
from ...keys.crypto_key import CryptoKey, Side
from ...keys.ring import KeyRing, require_usable
from ...keys.state import KeyState


def encrypt_body(payload: bytes, key: CryptoKey, side: Side, enc: str, *, kid: bool) -> bytes:
    """Return the body of an encrypted message (S4.1).

    Args:
        payload: One strict JSON object, which is no encrypted body.
        key: The crypto key.
        side: The pair whose public key encrypts.
        enc: "A128GCM" or "A256GCM".
        kid: Whether the JWE names the key.

    Raises:
        MalformedPayload: The payload is not one strict JSON object.
        WrongProtection: It is an encrypted body.
        KeyUnavailable: The key is not active, or has no such public key.
    """
    if is_encrypted(read_payload(payload, "the payload")):
        raise WrongProtection("the payload is an encrypted body already (S4.1)")
    if key.state is not KeyState.ACTIVE:
        raise KeyUnavailable(f"the crypto key must be active to encrypt, not {key.state.value}")
    token = jwe.encrypt(payload, key.public_half(side), enc, key.id if kid else None)
    return write_json({ENC_DATA: token})


def decrypt_token(token: str, key: CryptoKey, side: Side) -> bytes:
    """Return the exact payload of the JWE of a message. Raises the errors of `decrypt_message`."""
    parts = jwe.read_parts(token)
    if KM_PATH in parts.header:
        raise DecryptionError()
    payload = jwe.decrypt_parts(parts, key.private_half(side), key.id)
    read_payload(payload, "the plaintext")
    return payload


def is_encrypted(payload: dict[str, object]) -> bool:
    """Tell whether a body is of the form of an encrypted one. Raises MalformedPayload."""
    return read_envelope(payload) is not None


def read_token(data: bytes) -> str:
    """Return the JWE in an encrypted body, or in a text that is nothing else.

    Raises MalformedPayload and WrongProtection.
    """
    text = data.strip()
    if text[:1] not in (b"{", b"[", b'"', b"") and text.isascii():
        return text.decode()
    token = read_envelope(read_payload(data))
    if token is None:
        raise WrongProtection("the body must be encrypted: encData must be its only member (S4.1)")
    return token


def find_by_id(ring: KeyRing, key_id: str) -> CryptoKey:
    """Return the crypto key of an id. Raises UnknownCryptoKey."""
    key = ring.get(key_id)
    if key is None:
        raise UnknownCryptoKey("the project has no crypto key of that id (S5.2)")
    return key


def find_for_token(
    ring: KeyRing, token: str, key_id: str | None, *, accept_inactive: bool
) -> CryptoKey:
    """Return the crypto key of a JWE: that of an id, or that of its kid, or the only one.

    No key is found by trying it (D4). Raises UnknownCryptoKey and InactiveKey.
    """
    if key_id is None:
        header = jwe.inspect(token).header
        kid = None if header is None else header.get("kid")
        key_id = kid if isinstance(kid, str) else None
    key = _find_only_key(ring) if key_id is None else ring.get(key_id)
    return require_usable(
        key,
        accept_inactive=accept_inactive,
        name="the crypto key",
        unknown="the project has no such crypto key, or it is discarded (S5.2)",
    )


def _find_only_key(ring: KeyRing) -> CryptoKey | None:
    ids = [info["id"] for info in ring.info() if info["state"] != KeyState.DISCARDED.value]
    if len(ids) > 1:
        raise UnknownCryptoKey("the project has two crypto keys: name one with --crypto-key")
    return ring.get(ids[0]) if ids else None

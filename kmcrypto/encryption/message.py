"""Message encryption: the whole JSON body as one JWE in `{"encData": "..."}` (S4.1).

`read_envelope` tells encrypted and plain bodies apart. Which of them a call needs is never guessed
from its body (S4.6, S4.8): the caller says it, and the exchange refuses the other kind.
"""

from collections.abc import Mapping
from typing import Any

from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey

from .._core.forms import MAX_BODY, NotStrict
from .._core.scrub import scrubbed
from .._core.strict_json import read_json, write_json
from .._core.unwritable import describe_unwritable
from .._core.values import require_types
from ..errors import (
    BodyTooLarge,
    DecryptionError,
    InvalidPayload,
    JsonFault,
    MalformedPayload,
    WrongProtection,
)
from ..keys.loading import PrivateKey
from . import jwe

ENC_DATA = "encData"
KM_PATH = "km-path"  # the mark of an encrypted field (S9.1), which is not a message

# A body as `encrypt_message` writes it is _START, the token, _END.
_START = f'{{"{ENC_DATA}":"'.encode()
_END = b'"}'
_TOKEN_CHARACTERS = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz-_."


@scrubbed
def encrypt_message(
    payload: Mapping[str, Any],
    public_key: RSAPublicKey,
    enc: str = "A128GCM",
    kid: str | None = None,
) -> bytes:
    """Encrypt a payload as the wire body of an encrypted call (S4.1).

    Args:
        payload: The members of the JSON object that is encrypted.
        public_key, enc, kid: As for `jwe.encrypt`.

    Returns:
        The body: `{"encData":"<JWE>"}` in UTF-8.

    Raises:
        InvalidPayload: The payload holds a value that strict JSON does not have. `field` is its
            place, such as "orders[1].amount".

    The errors of `jwe.encrypt` are raised, too.
    """
    token = jwe.encrypt(write_payload(payload), public_key, enc, kid)
    return _START + token.encode() + _END  # no character of a token needs an escape


@scrubbed
def decrypt_message(
    body: bytes, private_key: PrivateKey, *, kid: str | None = None, max_body: int = MAX_BODY
) -> dict[str, Any]:
    """Decrypt the wire body of an encrypted call: the inverse of `encrypt_message`.

    Args:
        body: The body as it came.
        private_key, kid: As for `jwe.decrypt`.
        max_body: The longest body that is read, in bytes.

    Returns:
        The payload.

    Raises:
        BodyTooLarge: The body is longer than `max_body`.
        MalformedPayload: The body, or the plaintext, is not one strict JSON object; `reason` says
            why.
        WrongProtection: The body is plain (S4.8).
        DecryptionError: The JWE cannot be decrypted, or is an encrypted field.

    The other errors of `jwe.decrypt` are raised, too.
    """
    require_types(body=(body, bytes), max_body=(max_body, int))
    jwe.check_private_key(private_key, kid)
    if len(body) > max_body:
        raise BodyTooLarge(f"the body must not be longer than max_body, {max_body:,} bytes")
    payload = read_payload(body)
    token = read_envelope(payload)
    if token is None:
        raise not_encrypted("the body", payload)
    return decrypt_token(token, private_key, kid)


def decrypt_token(token: str, private_key: PrivateKey, kid: str | None) -> dict[str, Any]:
    """Decrypt the JWE of a message and read the payload.

    The body around it was measured, so its length has no limit here. Raises DecryptionError, also
    for an encrypted field in the place of a message (S9.4), and MalformedPayload.
    """
    parts = jwe.read_parts(token)
    if KM_PATH in parts.header:
        raise DecryptionError()
    return read_payload(jwe.decrypt_parts(parts, private_key, kid), "the plaintext")


def read_envelope(payload: dict[str, Any]) -> str | None:
    """Return the JWE of a body of the S4.1 shape, or None for a plain body.

    A body whose only member is an `encData` that is not a string is neither: MalformedPayload.
    """
    if len(payload) != 1 or ENC_DATA not in payload:
        return None
    token = payload[ENC_DATA]
    if not isinstance(token, str):
        raise MalformedPayload("encData must be a string (S4.1)", field=ENC_DATA)
    return token


def not_encrypted(name: str, payload: dict[str, Any]) -> WrongProtection:
    """Return the error for a plain body where an encrypted one must be.

    The text names what nearly is an envelope, and none of the members.
    """
    near_miss = ""
    if ENC_DATA in payload:
        near_miss = f"; {ENC_DATA} must be its only member (S4.1)"
    elif any(member.lower() == ENC_DATA.lower() for member in payload):
        near_miss = f"; its member is not spelled {ENC_DATA} (S4.1)"
    return WrongProtection(f"{name} must be encrypted, not plain (S4.8){near_miss}")


def read_payload(data: bytes, name: str = "the body") -> dict[str, Any]:
    """Read a body, or a plaintext, as one strict JSON object.

    Raises MalformedPayload with the reason; its text calls the data by the name.
    """
    if data.startswith(_START):
        token = _read_compact_envelope(data)
        if token is not None:
            return {ENC_DATA: token}
    reason: JsonFault = "not-an-object"
    try:
        payload = read_json(data)
    except NotStrict as error:
        payload = None
        reason = error.reason
    if not isinstance(payload, dict):
        raise MalformedPayload(
            f"{name} must be one strict JSON object (S4.1): {reason}", reason=reason
        )
    return payload


def _read_compact_envelope(body: bytes) -> str | None:
    """Return the token of a body that has the very form of `encrypt_message`, else None.

    The body begins as that form does. `read_json` gives the same, more slowly: no character of a
    token ends a string or escapes.
    """
    if not body.endswith(_END):
        return None
    token = body[len(_START) : -len(_END)]
    if not token or token.translate(None, _TOKEN_CHARACTERS):
        return None
    return token.decode()


def write_payload(payload: Mapping[str, Any]) -> bytes:
    """Write a payload as compact UTF-8 JSON.

    Raises InvalidPayload with the place of a value that JSON does not have, and its type.
    """
    require_types(payload=(payload, Mapping))
    members = dict(payload)
    try:
        return write_json(members)
    except NotStrict:
        place, text = describe_unwritable(members, "the payload")
    raise InvalidPayload(f"{text} (S4.10)", field=place)

"""Message encryption: the whole JSON body as one JWE in `{"encData": "..."}` (S4.1).

`read_envelope` tells the two kinds of body apart, because which one is due is never guessed (S4.6, S4.8): the caller
says it, and the exchange refuses the other kind.
"""

from collections.abc import Mapping
from typing import Any

from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey

from .._core.forms import MAX_BODY, NotStrict
from .._core.scrub import scrubbed
from .._core.strict_json import read_json, write_json
from .._core.values import expect
from ..errors import (
    BodyTooLarge,
    DecryptionError,
    InvalidPayload,
    MalformedPayload,
    WrongProtection,
)
from ..keys.loading import PrivateKey
from . import jwe

ENC_DATA = "encData"
KM_PATH = "km-path"  # the mark of an encrypted field (S9.1), which is not a message
_START, _END = (
    f'{{"{ENC_DATA}":"'.encode(),
    b'"}',
)  # a body as compact JSON: 12 bytes, the token, 2 bytes
_OF_TOKENS = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz-_."


@scrubbed
def encrypt_message(
    payload: Mapping[str, Any],
    public_key: RSAPublicKey,
    enc: str = "A128GCM",
    kid: str | None = None,
) -> bytes:
    """The wire body of an encrypted call: the payload as compact UTF-8 JSON, in a JWE, in an object of one member.

    `enc` and `kid` are those of `jwe.encrypt`. Raises InvalidPayload for what strict JSON can't write.
    """
    # What stands in a token needs no escape.
    return (
        f'{{"{ENC_DATA}":"{jwe.encrypt(write_payload(payload), public_key, enc, kid)}"}}'.encode()
    )


@scrubbed
def decrypt_message(
    body: bytes, private_key: PrivateKey, *, kid: str | None = None, max_body: int = MAX_BODY
) -> dict[str, Any]:
    """The payload of an encrypted body: the inverse of `encrypt_message`.

    `kid` is that of `jwe.decrypt`, `max_body` the longest body that is read, in bytes. Raises BodyTooLarge;
    MalformedPayload for what is not a JSON object, inside or outside; WrongProtection for a plain one;
    DecryptionError.
    """
    expect("a body is bytes", (body, bytes))
    jwe.check_private_key(private_key, kid)
    if len(body) > max_body:
        raise BodyTooLarge("the body is longer than max_body")
    if (token := read_envelope(read_payload(body))) is None:
        raise WrongProtection("the body is plain where an encrypted one is due (S4.8)")
    return open_token(token, private_key, kid)


def open_token(token: str, private_key: PrivateKey, kid: str | None) -> dict[str, Any]:
    """The payload in a message's JWE. The body around it was measured, so its length needs no other limit."""
    if KM_PATH in (parts := jwe.read_parts(token)).header:
        raise DecryptionError()  # an encrypted field in a message's place (S9.4)
    return read_payload(jwe.decrypt_parts(parts, private_key, kid))


def read_envelope(payload: dict[str, Any]) -> str | None:
    """The JWE of a body of the S4.1 shape, or None for a plain body. An `encData` that is no text is neither."""
    if len(payload) != 1 or ENC_DATA not in payload:
        return None
    if not isinstance(token := payload[ENC_DATA], str):
        raise MalformedPayload("encData is not a string (S4.1)", field=ENC_DATA)
    return token


def read_payload(text: bytes) -> dict[str, Any]:
    """A JSON object from strict JSON text, or MalformedPayload."""
    # A token in compact JSON, as encrypt_message writes it: to parse that would take three times as long.
    if (
        text[:12] == _START
        and text[-2:] == _END
        and (token := text[12:-2])
        and not token.translate(None, _OF_TOKENS)
    ):
        return {ENC_DATA: token.decode()}
    try:
        if isinstance(value := read_json(text), dict):
            return value
    except NotStrict:
        pass
    raise MalformedPayload("the text is not one strict JSON object (S4.1)")


def write_payload(payload: Mapping[str, Any]) -> bytes:
    """Compact UTF-8 JSON of an object, or InvalidPayload."""
    expect(
        "a payload is a mapping: it becomes the JSON object of the body (S4.1)", (payload, Mapping)
    )
    try:
        return write_json(dict(payload))
    except NotStrict:
        raise InvalidPayload(
            "the payload has something that strict JSON can't say (S4.1)"
        ) from None

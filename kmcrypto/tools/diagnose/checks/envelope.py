"""The shape of a body: plain, encrypted, or nearly encrypted (S4.1, S4.8)."""

from ...._core.forms import NotStrict
from ...._core.strict_json import read_json
from ....encryption.message import ENC_DATA

_BYTE_ORDER_MARK = b"\xef\xbb\xbf"


def read_object(body: bytes) -> dict[str, object] | None:
    """Return the JSON object of a body, without a byte order mark; None if it is none."""
    try:
        value = read_json(body.removeprefix(_BYTE_ORDER_MARK))
    except NotStrict:
        return None
    return value if isinstance(value, dict) else None


def has_envelope(body: bytes) -> bool:
    """Tell whether a body has the very shape of S4.1: encData alone."""
    members = read_object(body)
    return members is not None and list(members) == [ENC_DATA]


def jwe_of(body: bytes) -> str | None:
    """Return the JWE of an encrypted body, also where the envelope is nearly right."""
    members = read_object(body)
    if members is None:
        return None
    for name, value in members.items():
        if name.lower() == ENC_DATA.lower() and isinstance(value, str):
            return value
    return None


def is_encrypted(body: bytes) -> bool:
    """Tell whether a body is meant as an encrypted one."""
    return jwe_of(body) is not None

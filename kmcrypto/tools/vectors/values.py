"""The values in vectors: bytes, headers, zones, and JSON whose numbers keep their digits.

JSON values are compared in a canonical text. Its members are sorted by name, and its numbers are
written with their digits: 1.10 is not 1.1 and 1.0 is not 1, but 1.10E+0 is 1.10.
"""

import json
from collections.abc import Callable, Iterable, Mapping
from decimal import Decimal
from typing import Any

from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from ... import TimeZone
from ..._core.base64url import from_base64url, to_base64url
from ...clock.time_zone import BUILT_IN_ZONES

MAX_BYTES = 64 << 20


def read_member(members: Mapping[str, Any], name: str, *types: type) -> Any:
    """Return a member that is of exactly one of some types: True is no int.

    Raises KeyError without it, and TypeError where it is of another type.
    """
    value = members[name]
    if type(value) not in types:
        raise TypeError(f"{name} must be {' or '.join(type.__name__ for type in types)}")
    return value


def decode_texts(value: Any) -> list[str]:
    """Return a list of texts. Raises TypeError for anything else."""
    if not isinstance(value, list) or not all(isinstance(text, str) for text in value):
        raise TypeError("must be a list of texts")
    return value


def decode_bytes(value: Any) -> bytes:
    """Return the bytes of a BYTES: text, hexadecimal digits, repeated bytes, joined ones, a JWE.

    Raises ValueError for anything else.
    """
    if not isinstance(value, dict) or len(value) != 1:
        raise ValueError(_BYTES_FORM)
    ((form, content),) = value.items()
    if form not in _BYTES_DECODERS:
        raise ValueError(_BYTES_FORM)
    return _BYTES_DECODERS[form](content)


def decode_token(value: Any) -> str:
    """Return a compact JWE from its text, or from the BYTES of a large one. Raises ValueError."""
    return value if isinstance(value, str) else decode_bytes(value).decode("ascii")


def decode_headers(value: Any) -> list[tuple[str, str]]:
    """Return the headers of a PAIRS, in their order. Raises ValueError."""
    headers = [(name, text) for name, text in value]
    if not all(isinstance(part, str) for header in headers for part in header):
        raise ValueError("the name and the value of a header must be text")
    return headers


def decode_zone(value: Any) -> TimeZone:
    """Return the time zone of a ZONE, which has a name and an offset in minutes."""
    offset = value["offsetMinutes"]
    sign = -1 if offset < 0 else 1
    hours, minutes = divmod(abs(offset), 60)
    return TimeZone(value["name"], hours=sign * hours, minutes=sign * minutes)


def decode_zones(values: Any) -> dict[str, TimeZone]:
    """Return the time zones of ZONEs by name, with the two that are built in."""
    zones = [*BUILT_IN_ZONES.values(), *map(decode_zone, values)]
    return {zone.name: zone for zone in zones}


def parse_document(text: str) -> Any:
    """Return the value of a JSON text. A number that a float would change is a Decimal."""
    return json.loads(text, parse_float=_parse_fraction, object_pairs_hook=_make_object)


def canonicalize(value: Any, *, exact: bool = True, ordered: bool = False) -> str:
    """Return the canonical text of a JSON value.

    Args:
        value: The value. TypeError is raised if it is no JSON value.
        exact: Whether a Decimal keeps its digits. If not, it counts as the float nearest to it.
        ordered: Whether members keep their order, so that another order is another text.
    """
    if isinstance(value, str):
        return json.dumps(value, ensure_ascii=False)
    if value is None or isinstance(value, bool):
        return json.dumps(value)
    if isinstance(value, (int, float, Decimal)):
        return _format_number(value, exact)
    if isinstance(value, (list, tuple)):
        items = [canonicalize(item, exact=exact, ordered=ordered) for item in value]
        return f"[{', '.join(items)}]"
    if isinstance(value, Mapping):
        members = value.items() if ordered else _sort_by_name(value)
        texts = [
            f"{canonicalize(name)}: {canonicalize(member, exact=exact, ordered=ordered)}"
            for name, member in members
        ]
        return f"{{{', '.join(texts)}}}"
    raise TypeError(f"{type(value).__name__} is not a JSON value")


def canonicalize_text(text: str, *, exact: bool = True, ordered: bool = False) -> str:
    """Return the canonical text of a JSON text."""
    return canonicalize(parse_document(text), exact=exact, ordered=ordered)


def _repeat_bytes(content: Any) -> bytes:
    unit = bytes.fromhex(content["hex"])
    times = content["times"]
    if type(times) is not int or not 0 <= times * len(unit) <= MAX_BYTES:
        raise ValueError(f"times must be an integer, and all bytes at most {MAX_BYTES}")
    return unit * times


def _join_bytes(parts: Any) -> bytes:
    joined = bytearray()
    for part in parts:
        joined += decode_bytes(part)
        if len(joined) > MAX_BYTES:
            raise ValueError(f"all bytes must be at most {MAX_BYTES}")
    return bytes(joined)


def _assemble_jwe(parts: Any) -> bytes:
    """Return a compact JWE whose ciphertext the vectors do not hold, as it is large."""
    header = str.encode(parts["header"])
    iv = from_base64url(parts["iv"])
    encrypted = AESGCM(bytes.fromhex(parts["cek"])).encrypt(
        iv, decode_bytes(parts["plaintext"]), header
    )
    segments = [parts["header"], parts["encryptedKey"], parts["iv"]]
    segments += [to_base64url(encrypted[:-16]), to_base64url(encrypted[-16:])]
    return ".".join(segments).encode("ascii")


_BYTES_FORM = "BYTES must have one member: text, hex, repeat, join or jwe"
_BYTES_DECODERS: dict[str, Callable[[Any], bytes]] = {
    "text": str.encode,
    "hex": bytes.fromhex,
    "repeat": _repeat_bytes,
    "join": _join_bytes,
    "jwe": _assemble_jwe,
}


def _format_number(number: int | float | Decimal, exact: bool) -> str:
    if isinstance(number, int) or (isinstance(number, Decimal) and exact):
        return str(number)
    return str(Decimal(repr(float(number))))


def _sort_by_name(members: Mapping[str, Any]) -> Iterable[tuple[str, Any]]:
    return [(name, members[name]) for name in sorted(members)]


def _make_object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    members = dict(pairs)
    if len(members) != len(pairs):
        raise ValueError("a member occurs twice")
    return members


def _parse_fraction(text: str) -> float | Decimal:
    number = float(text)
    return number if repr(number) == text else Decimal(text)

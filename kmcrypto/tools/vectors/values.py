"""The values in vectors, read and written: bytes, headers, zones, and JSON whose numbers keep their digits.

A JSON text is compared in one spelling, `spelled`: members by name, and each number as its digits, so that 1.10 is not
1.1 and 1.0 is not 1, while 1.10E+0 is 1.10.
"""

import json
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from ... import KST, UTC, TimeZone

MAX_BYTES = 64 << 20


def bytes_of(value: Any) -> bytes:
    """BYTES: UTF-8 text, hexadecimal digits, or some bytes so many times over. ValueError for anything else."""
    if not isinstance(value, dict) or len(value) != 1:
        raise ValueError("bytes are text, hex or repeat")
    ((kind, said),) = value.items()
    if kind == "repeat":
        unit, times = bytes.fromhex(said["hex"]), said["times"]
        if type(times) is not int or not 0 <= times * len(unit) <= MAX_BYTES:
            raise ValueError("that many bytes are too many")
        return unit * times
    return {"text": str.encode, "hex": bytes.fromhex}[kind](said)


def pairs_of(value: Any) -> list[tuple[str, str]]:
    """PAIRS: headers in their order."""
    pairs = [(name, text) for name, text in value]
    if not all(isinstance(part, str) for pair in pairs for part in pair):
        raise ValueError("a header's name and value are text")
    return pairs


def zone_of(value: Any) -> TimeZone:
    """ZONE: a name and its offset in minutes."""
    name, offset = value["name"], value["offsetMinutes"]
    hours = abs(offset) // 60 * (-1 if offset < 0 else 1)
    return TimeZone(name, hours=hours, minutes=offset - hours * 60)


def zones_of(values: Any) -> dict[str, TimeZone]:
    """ZONEs by name, with the two that are built in."""
    return {zone.name: zone for zone in (UTC, KST, *map(zone_of, values))}


def document_of(text: str) -> Any:
    """The value of a JSON text; a number that a float would spell otherwise is a Decimal."""
    return json.loads(text, parse_float=_fraction, object_pairs_hook=_members)


def spelled(value: Any, *, exact: bool = True) -> str:
    """The one spelling of a JSON value; without `exact`, a Decimal is spelled as the float that it is read as."""
    if isinstance(value, str):
        return json.dumps(value, ensure_ascii=False)
    if value is None or isinstance(value, bool):
        return json.dumps(value)
    if isinstance(value, int):
        return str(value)
    if isinstance(value, Decimal) and exact:
        return str(value)
    if isinstance(value, (float, Decimal)):
        return str(Decimal(repr(float(value))))
    if isinstance(value, (list, tuple)):
        return f"[{', '.join(spelled(member, exact=exact) for member in value)}]"
    if isinstance(value, Mapping):
        members = sorted((name, spelled(member, exact=exact)) for name, member in value.items())
        return f"{{{', '.join(f'{json.dumps(name, ensure_ascii=False)}: {member}' for name, member in members)}}}"
    raise TypeError(f"{type(value).__name__} is no JSON value")


def spelled_text(text: str, *, exact: bool = True) -> str:
    """The one spelling of a JSON text."""
    return spelled(document_of(text), exact=exact)


def _members(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    members = dict(pairs)
    if len(members) != len(pairs):
        raise ValueError("a member stands twice")
    return members


def _fraction(text: str) -> Any:
    return float(text) if repr(float(text)) == text else Decimal(text)

"""What people may see of a payload: everything but the members that SPEC S8 lists."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

# fmt: off
_HIDDEN = frozenset((
    "authnumber", "bankaccount", "birthdate", "ci", "cvc", "dcvv", "email", "encdata", "loginpassword", "mobilenumber",
    "onetimetoken", "par", "secretkey", "username",
))
# fmt: on


def masked(value: Any, name: str = "") -> Any:
    """A copy of a JSON value in which every member that S8 lists is `***`; of a cardNo, 6 + 4 digits are kept."""
    lowered = name.lower()
    if lowered in _HIDDEN or "address" in lowered:
        return "***"
    if lowered == "cardno":
        return f"{value[:6]}***{value[-4:]}" if isinstance(value, str) and len(value) == 16 else "***"
    if isinstance(value, Mapping):
        return {member: masked(inner, member) for member, inner in value.items()}
    if isinstance(value, (list, tuple)):
        return [masked(inner) for inner in value]
    return value

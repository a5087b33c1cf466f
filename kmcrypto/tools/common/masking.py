"""What people may see of a payload and of headers: everything but what SPEC S8 lists."""

from collections.abc import Mapping
from typing import Any

from ...signing.headers import ACCESS_KEY, TRAN_TOKEN

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
        return (
            f"{value[:6]}***{value[-4:]}" if isinstance(value, str) and len(value) == 16 else "***"
        )
    if isinstance(value, Mapping):
        return {member: masked(inner, member) for member, inner in value.items()}
    if isinstance(value, (list, tuple)):
        return [masked(inner) for inner in value]
    return value


def masked_headers(headers: Mapping[str, str]) -> dict[str, str]:
    """A copy that may be shown: the access key's first 4 characters, the token's date and time without its MAC (S8)."""
    kept = {ACCESS_KEY: 4, TRAN_TOKEN: 19}
    return {
        name: f"{value[: kept[name]]}***" if name in kept else value
        for name, value in headers.items()
    }

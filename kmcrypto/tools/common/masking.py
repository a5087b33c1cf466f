"""Payloads as people may see them: without the values that S8 lists."""

from collections.abc import Mapping
from typing import Any

# In lower case, as names are compared.
_HIDDEN_MEMBERS = frozenset(
    (
        "authnumber",
        "bankaccount",
        "birthdate",
        "ci",
        "cvc",
        "dcvv",
        "email",
        "encdata",
        "loginpassword",
        "mobilenumber",
        "onetimetoken",
        "par",
        "secretkey",
        "username",
    )
)
_MASK = "***"


def mask(value: Any, name: str = "") -> Any:
    """Return a copy of a JSON value in which every member that S8 lists is `***`.

    `name` is the name of the member that holds the value. Of a cardNo the first 6 and the last 4
    digits stay.
    """
    name = name.lower()
    if name in _HIDDEN_MEMBERS or "address" in name:
        return _MASK
    if name == "cardno":
        return _mask_card_number(value)
    if isinstance(value, Mapping):
        return {member_name: mask(member, member_name) for member_name, member in value.items()}
    if isinstance(value, (list, tuple)):
        return [mask(item) for item in value]
    return value


def _mask_card_number(value: Any) -> str:
    if not isinstance(value, str) or len(value) != 16:
        return _MASK
    return f"{value[:6]}{_MASK}{value[-4:]}"

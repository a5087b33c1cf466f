"""Payloads and headers as people may see them: without the values that S8 lists."""

from collections.abc import Mapping
from typing import Any

from ...signing.headers import ACCESS_KEY, TRAN_TOKEN

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
# How many characters of a header may be seen. Of the tran token it is the prefix, date and time.
_VISIBLE_CHARACTERS = {ACCESS_KEY: 4, TRAN_TOKEN: 19}


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


def mask_headers(headers: Mapping[str, str]) -> dict[str, str]:
    """Return a copy with 4 characters of the access key and the tran token without its MAC (S8)."""
    return {name: _mask_header(name, value) for name, value in headers.items()}


def _mask_card_number(value: Any) -> str:
    if not isinstance(value, str) or len(value) != 16:
        return _MASK
    return f"{value[:6]}{_MASK}{value[-4:]}"


def _mask_header(name: str, value: str) -> str:
    if name not in _VISIBLE_CHARACTERS:
        return value
    return value[: _VISIBLE_CHARACTERS[name]] + _MASK

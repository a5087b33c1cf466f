"""Members of JSON payloads that several APIs have in common.

A member is checked both when we make it and when it comes in. The error says whose fault a bad
value is: InvalidPayload for our own caller's, MalformedPayload for a stranger's. Either names the
member and never shows its value.
"""

from collections.abc import Mapping
from typing import Any, NamedTuple, Union

from .._core.forms import is_digits
from .._core.result import SUCCESS_CODE, SUCCESS_DESCRIPTION, result_payload
from ..errors import InvalidPayload, MalformedPayload

PayloadError = Union[type[InvalidPayload], type[MalformedPayload]]


class Digits(NamedTuple):
    """A member whose value is a string of ASCII digits.

    Attributes:
        name: The member's name.
        length: The number of its digits.
        rule: The rule that an error cites.
    """

    name: str
    length: int
    rule: str

    def check(self, value: str) -> str:
        """Return a value of our own if it is of the form, or raise InvalidPayload."""
        return self._require(value, InvalidPayload)

    def read(self, payload: Mapping[str, Any]) -> str:
        """Return the member's value in a payload that came in, or raise MalformedPayload."""
        return self._require(payload.get(self.name), MalformedPayload)

    def _require(self, value: object, error_type: PayloadError) -> str:
        if not isinstance(value, str) or len(value) != self.length or not is_digits(value):
            raise error_type(
                f"{self.name} must be a string of {self.length} ASCII digits ({self.rule})",
                field=self.name,
            )
        return value


class VisibleText(NamedTuple):
    """A member that comes in as a string of visible characters, in whatever script.

    Attributes:
        name: The member's name.
        length: The number of its characters.
        rule: The rule that an error cites.
    """

    name: str
    length: int
    rule: str

    def read(self, payload: Mapping[str, Any]) -> str:
        """Return the member's value in a payload that came in, or raise MalformedPayload."""
        value = payload.get(self.name)
        if not isinstance(value, str) or len(value) != self.length or not _is_visible(value):
            raise MalformedPayload(
                f"{self.name} must be a string of {self.length} visible characters ({self.rule})",
                field=self.name,
            )
        return value


def _is_visible(text: str) -> bool:
    """Tell whether a text has no blanks, control characters or half surrogates."""
    return text.isprintable() and " " not in text


def success_payload(members: Mapping[str, Any]) -> dict[str, Any]:
    """Make the payload of a successful answer: 000_000 beside the API's own members (S6.1)."""
    return {**result_payload(SUCCESS_CODE, SUCCESS_DESCRIPTION), **members}

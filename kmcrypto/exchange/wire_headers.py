"""The headers of sealed requests and answers: a read-only mapping that shows itself masked (S8)."""

from collections.abc import Iterator, Mapping

from .._core.scrub import Scrubbed, scrubs_itself
from ..signing.headers import ACCESS_KEY, TRAN_TOKEN

# How many characters of a header may be seen. Of the tran token it is the prefix, date and time.
_VISIBLE_CHARACTERS = {ACCESS_KEY.lower(): 4, TRAN_TOKEN.lower(): 19}


class WireHeaders(Mapping[str, str], Scrubbed):
    """Headers to send. They equal every mapping with the same members.

    Args:
        values: The headers, in a dict that nobody else changes.
    """

    __slots__ = ("_values",)

    @scrubs_itself  # nothing in it raises
    def __init__(self, values: dict[str, str]) -> None:
        self._values = values

    def __getitem__(self, name: str) -> str:
        return self._values[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._values)

    def __len__(self) -> int:
        return len(self._values)

    def __hash__(self) -> int:
        return hash(frozenset(self._values.items()))

    def __repr__(self) -> str:
        return f"<WireHeaders {mask_headers(self._values)}>"

    def __sentry_repr__(self) -> str:
        # Sentry walks mappings unless their class says how it is to be shown.
        return repr(self)

    def __reduce__(self) -> tuple[type["WireHeaders"], tuple[object, ...]]:
        return type(self), (self._values,)


def mask_headers(headers: Mapping[str, str]) -> dict[str, str]:
    """Return a copy with 4 characters of the access key and the tran token without its MAC (S8)."""
    return {name: _mask_header(name, value) for name, value in headers.items()}


def _mask_header(name: str, value: str) -> str:
    visible = _VISIBLE_CHARACTERS.get(name.lower())
    if visible is None:
        return value
    return f"{value[:visible]}***"

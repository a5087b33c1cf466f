"""The limits of input, and the error for input that cannot be read.

The errors name a place and a form, and repeat nothing of the input.
"""

from ...common.failure import Unreadable

MAX_INPUT = 16 << 20  # bytes of a file
MAX_HEADERS = 500  # of one message
MAX_ENTRIES = 2000  # of a HAR


def unreadable(form: str, problem: str) -> Unreadable:
    """Return the error for input that is not of the form that it seems to have."""
    return Unreadable(f"the input cannot be read as {form}: {problem}")


def check_header_count(form: str, count: int) -> None:
    """Raise Unreadable for a message of too many headers."""
    if count > MAX_HEADERS:
        raise unreadable(form, f"a message must not have more than {MAX_HEADERS} headers")

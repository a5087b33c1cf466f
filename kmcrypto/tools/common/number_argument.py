"""Numbers on the command line."""

from argparse import ArgumentTypeError
from collections.abc import Callable


def integer_between(low: int, high: int) -> Callable[[str], int]:
    """Return an argparse type that takes the integers from `low` to `high`."""

    def parse(text: str) -> int:
        """Return the integer, or say which ones are taken."""
        try:
            number = int(text)
        except ValueError:
            number = low - 1
        if not low <= number <= high:
            raise ArgumentTypeError(f"must be an integer from {low} to {high}")
        return number

    return parse

"""Figures and tables as people read them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence


def format_seconds(seconds: float) -> str:
    """A time with three digits and its unit, such as "34.5 ms"."""
    for unit, name in ((1, "s"), (1e-3, "ms"), (1e-6, "µs")):
        if seconds >= unit:
            number = seconds / unit
            return f"{number:.{_decimals(number)}f} {name}"
    return f"{seconds / 1e-9:.0f} ns"


def format_size(number: int) -> str:
    """A number, in Ki or Mi where it is a whole number of them."""
    for unit, name in ((1 << 20, "Mi"), (1 << 10, "Ki")):
        if number >= unit and number % unit == 0:
            return f"{number // unit} {name}"
    return str(number)


def align(rows: Sequence[Sequence[str]]) -> str:
    """Rows of text as lines, each column as wide as its widest cell."""
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    return "\n".join("  ".join(map(str.ljust, row, widths)).rstrip() for row in rows)


def markdown_table(head: Sequence[str], rows: Iterable[Sequence[str]], figures: bool = True) -> str:
    """A table in Markdown: a column of text, then columns of `figures`, or of more text."""
    other = "---:" if figures else "---"
    rule = ["---", *[other] * (len(head) - 1)]
    return "\n".join(f"| {' | '.join(row)} |" for row in (head, rule, *rows))


def _decimals(number: float) -> int:
    """The decimals that make three digits of a number."""
    if number < 10:
        return 2
    if number < 100:
        return 1
    return 0

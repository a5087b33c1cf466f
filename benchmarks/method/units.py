"""Figures and tables as people read them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence


def times(seconds: float) -> str:
    """A time with three digits and its unit."""
    for unit, name in ((1, "s"), (1e-3, "ms"), (1e-6, "µs")):
        if seconds >= unit:
            number = seconds / unit
            return f"{number:.{2 if number < 10 else 1 if number < 100 else 0}f} {name}"
    return f"{seconds / 1e-9:.0f} ns"


def sizes(number: int) -> str:
    """A number, in KiB or MiB where it is a whole number of them."""
    for unit, name in ((1 << 20, "Mi"), (1 << 10, "Ki")):
        if number >= unit and number % unit == 0:
            return f"{number // unit} {name}"
    return str(number)


def columns(rows: Sequence[Sequence[str]]) -> str:
    """Rows of text as lines, each column as wide as its widest cell."""
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    return "\n".join("  ".join(map(str.ljust, row, widths)).rstrip() for row in rows)


def table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A table in Markdown; the first column is text, the others are figures."""
    rule = ["---", *["---:"] * (len(head) - 1)]
    return "\n".join("| " + " | ".join(row) + " |" for row in (head, rule, *rows))

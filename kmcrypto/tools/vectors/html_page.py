"""The elements of the page: tables whose rows become cards on a narrow screen, links, and text.

All text that is not the page's own, that of the vectors included, goes through `escape_value`. Long
values are cut in the middle.
"""

from collections.abc import Iterable, Iterator
from html import escape
from typing import Any, NamedTuple

from .values import canonicalize

# A value of more characters is cut: so many of its first and last ones stay.
_MAX_CHARACTERS = 240
_FIRST_CHARACTERS = 120
_LAST_CHARACTERS = 60


class Link(NamedTuple):
    """A link to an element of the page, by its id."""

    target: str
    text: str


class Folded(NamedTuple):
    """Links that are folded away under a summary. Those that need attention stand before it."""

    attention: list[Link]
    summary: str
    links: list[Link]


Row = tuple[object, ...]


def render_table(kind: str, heads: tuple[str, ...], rows: Iterable[Row]) -> Iterator[str]:
    """Give a table of a kind that the style knows. The first cell of each row is its head.

    Each cell has the head of its column as `data-label`, which stands before it in a card.
    """
    head_cells = "".join(f'<th scope="col">{escape_value(head)}</th>' for head in heads)
    yield f'<table class="{kind}"><thead><tr>{head_cells}</tr></thead><tbody>'
    for first, *others in rows:
        cells = "".join(map(render_cell, heads[1:], others))
        yield f'<tr><th scope="row">{render_value(first)}</th>{cells}</tr>'
    yield "</tbody></table>"


def render_cell(label: str, value: object, mark: str | None = None) -> str:
    """Return a cell. `mark` is "good" or "bad", a colour for what the text says already."""
    css_class = "" if mark is None else f' class="{mark}"'
    return f'<td data-label="{escape_value(label)}"{css_class}>{render_value(value)}</td>'


def render_value(value: object) -> str:
    """Return a link, folded links, or any other value as text."""
    if isinstance(value, Link):
        return f'<a href="#{escape_value(value.target)}">{escape_value(value.text)}</a>'
    if isinstance(value, Folded):
        return _render_folded(value)
    return escape_value(value)


def _render_folded(folded: Folded) -> str:
    links = _render_links(folded.links)
    summary = f"<summary>{escape_value(folded.summary)}</summary>"
    details = f"<details>{summary}{links}</details>"
    if not folded.attention:
        return details
    return f'<span class="bad">disagree:</span> {_render_links(folded.attention)}{details}'


def _render_links(links: list[Link]) -> str:
    return " ".join(f'<span class="id">{render_value(link)}</span>' for link in links)


def escape_value(value: Any) -> str:
    """Return any value as text of the page.

    A long value is cut in the middle, an unprintable character becomes its Python escape, and
    characters that mean something in HTML are escaped.
    """
    if isinstance(value, bytes):
        text = f"hex {value.hex()}"
    elif isinstance(value, str):
        text = value
    else:
        text = canonicalize(value)
    if len(text) > _MAX_CHARACTERS:
        cut = f" [... {len(text)} characters ...] "
        text = text[:_FIRST_CHARACTERS] + cut + text[-_LAST_CHARACTERS:]
    return escape("".join(map(_escape_unprintable, text)))


def _escape_unprintable(character: str) -> str:
    if character.isprintable():
        return character
    return character.encode("unicode_escape").decode()

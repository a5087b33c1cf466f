"""The READMEs and the pages of docs/: their blocks of code, their headings and their links."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

from tests.support import ROOT
from tests.support.keys import private_pem, public_pem, rsa_key

_FENCE = re.compile(r"^```(\S*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
_HEADING = re.compile(r"^#+ (.*)$", re.MULTILINE)
_LINK = re.compile(r"\]\(([^)\s]+)\)")
_COMMAND = re.compile(r"^\$ (.*)$", re.MULTILINE)


class Block(NamedTuple):
    """A block of code of a page: its language, and its text."""

    language: str
    text: str


def name_of(path: Path) -> str:
    """A page's name from the root, for the ids of tests."""
    return path.relative_to(ROOT).as_posix()


def pages() -> list[Path]:
    """Both READMEs and every page of docs/, those that a build wrote left out."""
    found = (ROOT / "docs").rglob("*.md")
    readmes = [ROOT / "README.md", ROOT / "README.ko.md"]
    return [*readmes, *sorted(path for path in found if "_build" not in path.parts)]


def blocks_of(path: Path) -> list[Block]:
    """All blocks of a page, in order."""
    return [Block(*parts) for parts in _FENCE.findall(path.read_text(encoding="utf-8"))]


def python_of(path: Path) -> list[str]:
    """The Python blocks of a page, in order."""
    return [block.text for block in blocks_of(path) if block.language == "python"]


def commands_of(path: Path) -> list[str]:
    """The commands of a page's `console` blocks, in order, without their prompts."""
    texts = [block.text for block in blocks_of(path) if block.language == "console"]
    return _COMMAND.findall("\n".join(texts))


def write_keys(folder: Path) -> None:
    """Write the key files that the pages name."""
    for name in ("platform", "client", "next-platform", "next-client"):
        key = rsa_key(name=name)
        (folder / f"{name}-private.pem").write_bytes(private_pem(key))
        (folder / f"{name}-public.pem").write_bytes(public_pem(key))


def run_blocks(path: Path, scope: dict[str, Any]) -> None:
    """Run the Python blocks of a page one after the other, in one scope."""
    for text in python_of(path):
        exec(compile(text, name_of(path), "exec"), scope)


def prose_of(path: Path) -> str:
    """The text of a page without its blocks of code."""
    return _FENCE.sub("", path.read_text(encoding="utf-8"))


def links_of(path: Path) -> list[str]:
    """The targets of a page's links, those to other hosts left out."""
    targets = _LINK.findall(prose_of(path))
    return [target for target in targets if not target.startswith(("https:", "http:", "mailto:"))]


def anchors_of(path: Path) -> set[str]:
    """The anchors of a page's headings, as code hosts make them."""
    return set(_anchors(_HEADING.findall(prose_of(path))))


def _anchors(headings: list[str]) -> Iterator[str]:
    seen: dict[str, int] = {}
    for heading in headings:
        words = re.sub(r"[^\w\- ]", "", heading.strip().lower())
        anchor = words.replace(" ", "-")
        count = seen.get(anchor, 0)
        seen[anchor] = count + 1
        yield f"{anchor}-{count}" if count else anchor

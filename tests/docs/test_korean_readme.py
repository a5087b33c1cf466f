"""README.ko.md says what README.md says, block for block.

The words are translated, and so are the comments of code and the picture of a call. Everything else
is the same: the kinds of blocks in their order, the code, the figures, and the targets of links,
which lead to the Korean page of a subject where there is one.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pytest

from tests.support import ROOT
from tests.support.pages import blocks_of, links_of

pytestmark = pytest.mark.once

ENGLISH = ROOT / "README.md"
KOREAN = ROOT / "README.ko.md"
KOREAN_PAGES = {
    "docs/concepts/keys.md": "docs/ko/keys.md",
    "docs/concepts/protection.md": "docs/ko/protection.md",
    "docs/guides/client.md": "docs/ko/getting-started.md",
    "docs/guides/diagnosing.md": "docs/ko/mistakes.md",
    "docs/guides/environment.md": "docs/ko/keys.md",
    "docs/guides/errors.md": "docs/ko/errors.md",
    "docs/guides/fields.md": "docs/ko/fields.md",
    "docs/guides/keys.md": "docs/ko/keys.md",
    "docs/guides/rotation.md": "docs/ko/rotation.md",
    "docs/positions/kcmvp.md": "docs/ko/compliance.md#kcmvp",
    "docs/positions/pci-dss.md": "docs/ko/compliance.md#pci-dss",
    "docs/positions/platform-or-ours.md": "docs/ko/evidence.md",
    "docs/recipes/logs.md": "docs/ko/logs.md",
    "docs/index.md": "docs/ko/index.md",
    "README.ko.md": "README.md",
}


class Part(NamedTuple):
    """A heading, a paragraph, a list, a table or a block of code: its kind, and how long it is."""

    kind: str
    length: int


def parts_of(page: Path) -> Iterator[Part]:
    """The parts of a page in order; the rows of tables and the items of lists are counted."""
    languages = iter([block.language for block in blocks_of(page)])
    text = re.sub(r"^```.*?^```$", "```", page.read_text(encoding="utf-8"), flags=re.M | re.S)
    for part in re.split(r"\n{2,}", text.strip()):
        if part.startswith("#"):
            yield Part("heading", len(part.split(" ")[0]))
        elif part == "```":
            yield Part(f"code: {next(languages)}", 1)
        elif part.startswith("|"):
            yield Part("table", len(part.splitlines()))
        elif re.match(r"- |1\. ", part):
            yield Part("list", len(re.findall(r"^(?:- |[0-9]+\. )", part, re.MULTILINE)))
        else:
            yield Part("paragraph", 1)


def code_of(page: Path) -> list[str]:
    """The blocks of code of a page without their comments and without pictures."""
    texts = [block.text for block in blocks_of(page) if block.language != "text"]
    return [re.sub(r" *# .*$", "", text, flags=re.MULTILINE) for text in texts]


def figures_of(page: Path) -> list[str]:
    """The figures of a page's tables."""
    return re.findall(r"\| ([0-9.]+ [µm]s) ", page.read_text(encoding="utf-8"))


def names_in_code(page: Path) -> list[str]:
    """What stands in single backquotes on a page, sorted: Korean has another order of words."""
    prose = re.sub(r"^```.*?^```$", "", page.read_text(encoding="utf-8"), flags=re.M | re.S)
    return sorted(set(re.findall(r"`([^`]+)`", prose)))


def test_the_parts_are_the_same_in_the_same_order() -> None:
    parts = list(parts_of(ENGLISH))
    assert {"heading", "table", "list", "paragraph"} < {part.kind for part in parts}
    assert list(parts_of(KOREAN)) == parts


def test_the_code_is_the_same_but_for_comments() -> None:
    assert len(code_of(ENGLISH)) == 5
    assert code_of(KOREAN) == code_of(ENGLISH)


def test_the_figures_are_the_same() -> None:
    assert len(figures_of(ENGLISH)) > 5
    assert figures_of(KOREAN) == figures_of(ENGLISH)


def test_the_names_in_code_are_the_same() -> None:
    assert names_in_code(KOREAN) == names_in_code(ENGLISH)


def test_links_lead_to_the_same_pages_or_to_their_korean_ones() -> None:
    expected = [KOREAN_PAGES.get(link, link) for link in links_of(ENGLISH)]
    assert links_of(KOREAN) == expected


def test_the_korean_readme_leads_to_every_korean_page() -> None:
    pages = {f"docs/ko/{path.name}" for path in (ROOT / "docs" / "ko").glob("*.md")}
    assert pages == {link.partition("#")[0] for link in links_of(KOREAN)} & pages


def test_the_picture_names_the_same_keys_and_steps() -> None:
    """The picture is drawn from top to bottom: Hangul is not of one width in every font."""
    (picture,) = [block.text for block in blocks_of(KOREAN) if block.language == "text"]
    (original,) = [block.text for block in blocks_of(ENGLISH) if block.language == "text"]
    for name in ("Client", "Gateway", "encData", "X-KM-Tran-Token", "POST, TLS"):
        assert name in original
        assert name in picture
    assert original.count("key") == picture.count("키")

"""Every link of a page of Markdown leads to a file that is there, and to a heading of it."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.support import ROOT
from tests.support.pages import anchors_of, links_of, name_of, pages

pytestmark = pytest.mark.once

OTHERS = [
    *("CHANGELOG.md", "CONTRIBUTING.md", "SECURITY.md", "benchmarks/README.md"),
    *("tests/tools/transcripts/README.md", "vectors/README.md", "vectors/keys/README.md"),
]
PAGES = [*pages(), *(ROOT / name for name in OTHERS)]


def is_dead(page: Path, link: str) -> bool:
    """Whether a link of a page leads nowhere: to no file, or to no heading of a Markdown file."""
    target, _, anchor = link.partition("#")
    path = page if not target else page.parent / target
    if not path.exists():
        return True
    return bool(anchor) and anchor not in anchors_of(path)


@pytest.mark.parametrize("page", PAGES, ids=name_of)
def test_no_link_is_dead(page: Path) -> None:
    assert [link for link in links_of(page) if is_dead(page, link)] == []


def test_every_page_is_looked_at() -> None:
    found = set(ROOT.glob("*.md"))
    for folder in ("benchmarks", "kmcrypto", "tests", "vectors"):
        found.update((ROOT / folder).rglob("*.md"))
    assert found - set(PAGES) == set()


def test_a_dead_link_would_be_found() -> None:
    page = pages()[0]
    assert is_dead(page, "docs/no-such-page.md")
    assert is_dead(page, "docs/protocol.md#no-such-rule")
    assert not is_dead(page, "docs/protocol.md#s13-limits")

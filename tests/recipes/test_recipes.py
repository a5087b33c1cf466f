"""What all recipes have in common: short glue, live links, and a test that runs them."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.support import ROOT
from tests.support.recipes import FOLDER, NAMES, glue_of, text_of

SERVERS = ["aiohttp-server", "django", "fastapi", "flask", "lambda", "starlette"]
CLIENTS = ["aiohttp-client", "httpx", "requests"]
MOST_LINES = {**dict.fromkeys(SERVERS, 12), **dict.fromkeys(CLIENTS, 8)}

_TESTS = "\n".join(path.read_text(encoding="utf-8") for path in Path(__file__).parent.glob("*.py"))


@pytest.mark.parametrize("name", MOST_LINES)
def test_the_glue_is_short(name: str) -> None:
    """At most 12 lines for a server and 8 for a client: what is more belongs into the package."""
    sections = glue_of(name)
    assert sections
    for title, lines in sections.items():
        assert len(lines) <= MOST_LINES[name], (title, len(lines))


@pytest.mark.parametrize("name", NAMES)
def test_a_recipe_is_run_by_a_test(name: str) -> None:
    assert f'"{name}"' in _TESTS.replace(f'MOST_LINES["{name}"]', "")


@pytest.mark.parametrize("name", NAMES)
def test_the_links_of_a_recipe_lead_somewhere(name: str) -> None:
    links = re.findall(r"\]\((?!https?:|#)([^)#]+)\)", text_of(name))
    assert [link for link in links if not (FOLDER / link).exists()] == []


@pytest.mark.parametrize("name", NAMES)
def test_the_readme_names_every_recipe(name: str) -> None:
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    assert f"(docs/recipes/{name}.md)" in readme

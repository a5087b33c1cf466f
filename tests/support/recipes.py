"""The recipes of docs/recipes: their Python blocks, by section, to be run and counted."""

from __future__ import annotations

import re
from typing import Any

from tests.support import ROOT

FOLDER = ROOT / "docs" / "recipes"
NAMES = sorted(path.stem for path in FOLDER.glob("*.md"))

_SECTION = re.compile(r"^## (.*?)\n(.*?)(?=^## |\Z)", re.MULTILINE | re.DOTALL)
_BLOCK = re.compile(r"^```python\n(.*?)^```$", re.MULTILINE | re.DOTALL)


def text_of(name: str) -> str:
    return (FOLDER / f"{name}.md").read_text(encoding="utf-8")


def blocks_of(name: str) -> list[tuple[str, str]]:
    """The Python blocks of a recipe, in order, each with the title of its section."""
    return [
        (title, block)
        for title, section in _SECTION.findall(text_of(name))
        for block in _BLOCK.findall(section)
    ]


def glue_of(name: str) -> dict[str, list[str]]:
    """The lines of each section whose title begins with "Glue", blank lines left out."""
    return {
        title: [line for line in block.splitlines() if line.strip()]
        for title, block in blocks_of(name)
        if title.startswith("Glue")
    }


def run_recipe(name: str, **given: Any) -> dict[str, Any]:
    """Run the blocks of a recipe one after the other, and return the names that they define.

    Args:
        name: The recipe.
        given: What its reader has to have: their own functions and settings.
    """
    scope = {"__name__": f"recipe_{name}", **given}
    for title, block in blocks_of(name):
        exec(compile(block, f"docs/recipes/{name}.md, {title}", "exec"), scope)
    return scope

"""The `raise` statements of the package, and which of them some code executes."""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import FrameType
from typing import Any, NamedTuple

import kmcrypto

PACKAGE = Path(kmcrypto.__file__).parent


class RaiseSite(NamedTuple):
    """One `raise` statement: the lines that it is on, and the function that it is in."""

    path: Path
    first_line: int
    last_line: int
    function: str
    text: str

    def __str__(self) -> str:
        return f"{self.path.relative_to(PACKAGE).as_posix()} {self.function}: {self.text}"


def raise_sites() -> list[RaiseSite]:
    """All `raise` statements of the package; the commands are left out, which end in a message."""
    paths = [
        path
        for path in sorted(PACKAGE.rglob("*.py"))
        if "tools" not in path.parts and path.name != "__main__.py"
    ]
    return [site for path in paths for site in _sites_in(path)]


def _sites_in(path: Path) -> Iterator[RaiseSite]:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    yield from _sites_below(tree, path, function="")


def _sites_below(node: ast.AST, path: Path, function: str) -> Iterator[RaiseSite]:
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.Raise):
            last_line = child.end_lineno or child.lineno
            yield RaiseSite(path, child.lineno, last_line, function, ast.unparse(child))
        elif isinstance(child, (ast.FunctionDef, ast.ClassDef)):
            yield from _sites_below(child, path, f"{function}.{child.name}".lstrip("."))
        else:
            yield from _sites_below(child, path, function)


@contextmanager
def executed_lines() -> Iterator[set[tuple[str, int]]]:
    """Collect the lines of the package that are executed, each with its file."""
    lines: set[tuple[str, int]] = set()
    root = str(PACKAGE)

    def enter(frame: FrameType, event: str, argument: Any) -> Any:
        if not frame.f_code.co_filename.startswith(root):
            return None
        return note

    def note(frame: FrameType, event: str, argument: Any) -> Any:
        if event == "line":
            lines.add((frame.f_code.co_filename, frame.f_lineno))
        return note

    before = sys.gettrace()
    sys.settrace(enter)
    try:
        yield lines
    finally:
        sys.settrace(before)


def reached(sites: list[RaiseSite], lines: set[tuple[str, int]]) -> set[RaiseSite]:
    """The statements that are on one of the lines."""
    return {
        site
        for site in sites
        if any(
            (str(site.path), line) in lines for line in range(site.first_line, site.last_line + 1)
        )
    }

"""The package's `__init__.py`, with the public names that a copy has and no others.

A name that is left out is left out everywhere: in the table of lazy names, from which `__all__`,
`dir()` and `hasattr` follow, and in the imports that type checkers read. The rest of the file is
unchanged, byte for byte.
"""

import ast
from collections.abc import Collection, Iterator
from typing import NamedTuple

_TABLE = "_HOMES"
_CONDITION_OF_IMPORTS = "TYPE_CHECKING"


class _Row(NamedTuple):
    """A row of the table of lazy names."""

    name: str
    home: str  # the name of the module that has it
    lines: range


def keep_public_names(source: str, modules: Collection[str]) -> str:
    """Return the text of `__init__.py` without the names of modules that are not in a copy.

    Args:
        source: The text of the package's `__init__.py`.
        modules: The names of the modules in the copy.
    """
    tree = ast.parse(source)
    rows = [row for node in tree.body for row in _list_rows(node)]
    kept = {row.name for row in rows if row.home in modules}
    dropped: set[int] = set()
    for row in rows:
        if row.name not in kept:
            dropped.update(row.lines)
    for statement in _list_imports(tree):
        if not kept.issuperset(alias.name for alias in statement.names):
            dropped.update(_lines_between(statement, statement))
    lines = source.splitlines(keepends=True)
    return "".join(line for number, line in enumerate(lines, start=1) if number not in dropped)


def _list_rows(node: ast.stmt) -> Iterator[_Row]:
    """Give the rows of the table, if the statement is the table. Each row has its own lines."""
    if not isinstance(node, ast.Assign) or ast.unparse(node.targets[0]) != _TABLE:
        return
    if not isinstance(node.value, ast.Dict):
        return
    for key, value in zip(node.value.keys, node.value.values, strict=True):
        if isinstance(key, ast.Constant) and isinstance(value, ast.Constant):
            yield _Row(str(key.value), str(value.value), _lines_between(key, value))


def _list_imports(tree: ast.Module) -> Iterator[ast.ImportFrom]:
    """Give the imports that type checkers read."""
    for node in tree.body:
        if isinstance(node, ast.If) and ast.unparse(node.test) == _CONDITION_OF_IMPORTS:
            for statement in node.body:
                if isinstance(statement, ast.ImportFrom):
                    yield statement


def _lines_between(first: ast.expr | ast.stmt, last: ast.expr | ast.stmt) -> range:
    """Return the numbers of the lines from the first node to the last."""
    end = last.end_lineno or last.lineno
    return range(first.lineno, end + 1)

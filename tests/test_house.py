"""The rules of the house that import-linter does not check (docs/design.md, The house)."""

from __future__ import annotations

import ast
import inspect
import typing
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path

import pytest

import kmcrypto
from tests.support import ROOT
from tests.support.public_names import public_callables

PACKAGE = ROOT / "kmcrypto"
MODULES = sorted(PACKAGE.rglob("*.py"))
# Names that are shared although they begin with an underscore: those of NamedTuple, and those that
# `_core/values.py` has for the classes that derive from its bases.
SHARED_NAMES = {"_asdict", "_fields", "_make", "_replace", "_from_parts", "_set_attributes"}


def name_of(path: Path) -> str:
    """A file's name from the root, for the ids of tests."""
    return str(path.relative_to(ROOT))


def tree_of(path: Path) -> ast.Module:
    """The syntax tree of a file."""
    return ast.parse(path.read_text(encoding="utf-8"))


def is_private(name: str) -> bool:
    return name.startswith("_") and not name.startswith("__") and name not in SHARED_NAMES


def module_of(path: Path) -> str:
    """The dotted name of the module in a file."""
    return ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")


# --- Private names -------------------------------------------------------------------------------


@pytest.mark.parametrize("path", MODULES, ids=name_of)
def test_no_module_imports_a_private_name(path: Path) -> None:
    for node in ast.walk(tree_of(path)):
        if not isinstance(node, ast.ImportFrom):
            continue
        names = [alias.name for alias in node.names]
        assert [name for name in names if is_private(name) and name != "_core"] == []


@pytest.mark.parametrize("path", MODULES, ids=name_of)
def test_no_module_reaches_into_an_imported_module(path: Path) -> None:
    """`jwe._from_parts` of another file is as private as an import of it."""
    tree = tree_of(path)
    imported = {
        alias.asname or alias.name
        for node in ast.walk(tree)
        if isinstance(node, (ast.Import, ast.ImportFrom))
        for alias in node.names
    }
    taken = [
        f"{node.value.id}.{node.attr}"
        for node in ast.walk(tree)
        if isinstance(node, ast.Attribute)
        and isinstance(node.value, ast.Name)
        and node.value.id in imported
        and is_private(node.attr)
        and node.value.id not in defined_in(tree)
    ]
    assert taken == []


def defined_in(tree: ast.Module) -> set[str]:
    return {node.name for node in tree.body if isinstance(node, (ast.ClassDef, ast.FunctionDef))}


def test_a_private_name_is_private_to_its_module() -> None:
    """An attribute that begins with an underscore is used only where it is set or declared."""
    for path in MODULES:
        tree = tree_of(path)
        own = set(private_names_defined(tree))
        for node in ast.walk(tree):
            if not isinstance(node, ast.Attribute) or not is_private(node.attr):
                continue
            if isinstance(node.value, ast.Name) and node.value.id in ("self", "cls"):
                continue  # inherited attributes are the class's own
            assert node.attr in own, (
                f"{name_of(path)}:{node.lineno} uses {node.attr} of another module"
            )


def private_names_defined(tree: ast.Module) -> Iterator[str]:
    """The names that a module defines: functions, classes, variables, attributes and slots."""
    for node in ast.walk(tree):
        if isinstance(node, (ast.FunctionDef, ast.ClassDef)):
            yield node.name
        elif isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            yield node.id
        elif isinstance(node, ast.Attribute) and isinstance(node.ctx, ast.Store):
            yield node.attr
        elif isinstance(node, ast.keyword) and node.arg is not None:
            yield node.arg
        elif isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "__slots__":
            yield from ast.literal_eval(node.value)


# --- Docstrings and types ------------------------------------------------------------------------


def public_definitions(tree: ast.Module) -> Iterator[ast.ClassDef | ast.FunctionDef]:
    """The public functions and classes of a module, and the public methods of its classes."""
    for node in tree.body:
        if isinstance(node, (ast.ClassDef, ast.FunctionDef)) and not node.name.startswith("_"):
            yield node
            for member in node.body if isinstance(node, ast.ClassDef) else []:
                if isinstance(member, ast.FunctionDef) and not member.name.startswith("_"):
                    yield member


@pytest.mark.parametrize("path", MODULES, ids=name_of)
def test_every_public_definition_has_a_docstring(path: Path) -> None:
    tree = tree_of(path)
    assert ast.get_docstring(tree) is not None or not tree.body
    bare = [node.name for node in public_definitions(tree) if ast.get_docstring(node) is None]
    assert bare == []


PUBLIC_CALLABLES = public_callables()


@pytest.mark.parametrize("name", sorted(PUBLIC_CALLABLES))
def test_every_parameter_is_written_out_with_its_type(name: str) -> None:
    function = PUBLIC_CALLABLES[name]
    hints = typing.get_type_hints(function)
    for parameter in inspect.signature(function).parameters.values():
        is_error = function.__module__ == "kmcrypto.errors"  # its class names its attributes
        assert is_error or parameter.kind is not parameter.VAR_KEYWORD, parameter
        assert parameter.name == "self" or parameter.name in hints, parameter


# --- The lazy names ------------------------------------------------------------------------------


def test_the_imports_for_type_checkers_are_the_lazy_ones() -> None:
    """`_HOMES` and the imports under TYPE_CHECKING name the same things of the same modules."""
    literal: dict[str, str] = {}
    block = next(node for node in tree_of(PACKAGE / "__init__.py").body if isinstance(node, ast.If))
    for node in block.body:
        assert isinstance(node, ast.ImportFrom)
        assert node.level == 1
        for alias in node.names:
            assert alias.asname == alias.name  # a re-export, as type checkers want it
            literal[alias.name] = node.module or ""
    assert literal.keys() == set(kmcrypto.__all__) - {"__version__"}
    for name, module in literal.items():
        home = import_module(f"kmcrypto.{module}" if module else "kmcrypto")
        assert getattr(kmcrypto, name) is getattr(home, name)


def test_what_a_contributor_must_read_is_short() -> None:
    assert len((ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8").splitlines()) <= 60

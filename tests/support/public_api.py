"""The public API as text: every public name, with its parameters, their types and their defaults.

griffe reads the source, so nothing is imported. After a change that is meant,
`python -m tests.support.public_api` writes tests/typing/public_api.txt again. docs/release.md says
which changes a release may make.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from tests.support import ROOT

Item = Any  # griffe's Object of some kind, or an Alias that stands for one
LISTING = ROOT / "tests" / "typing" / "public_api.txt"
# The modules that users import by their own names.
MODULES = ("adapters.redis", "redact", "testing")
SHOWN_SPECIAL_METHODS = ("__init__", "__call__", "__getitem__", "__iter__", "__len__")


def describe(project: Path = ROOT) -> str:
    """The public API of the package in a folder, a line for each name."""
    import griffe

    loader = griffe.GriffeLoader(search_paths=[project])
    package = loader.load("kmcrypto", try_relative_path=False)
    loader.resolve_aliases()
    lines = list(_describe_package(package))
    for name in MODULES:
        lines += _describe_module(package[name], f"kmcrypto.{name}")
    return "".join(f"{line}\n" for line in lines)


def _describe_package(package: Item) -> Iterator[str]:
    """The names of the package: those that it gives on from its modules."""
    for name, member in sorted(package.members.items()):
        is_given_on = member.is_alias and member.target_path.startswith("kmcrypto.")
        if is_given_on or name in ("errors", "__version__"):
            yield from _describe(member, f"kmcrypto.{name}")


def _describe_module(module: Item, path: str) -> Iterator[str]:
    """The names that a module defines: those of its `__all__`, if it has one."""
    for name, member in sorted(module.members.items()):
        is_listed = module.exports is None or name in module.exports
        if is_listed and not name.startswith("_") and not member.is_alias:
            yield from _describe(member, f"{path}.{name}")


def _describe(item: Item, path: str) -> Iterator[str]:
    """A name, and below a class or a module the names in it."""
    if item.is_module:
        yield f"module {path}"
        yield from _describe_module(item, path)
    elif item.is_class:
        yield f"class {path}({', '.join(map(str, item.bases))})"
        yield from _describe_members(item, path)
    elif item.is_function:
        yield f"{path}{item.signature(return_type=True).removeprefix(item.name)}"
    elif item.annotation is not None:
        yield f"{path}: {item.annotation}"
    else:
        yield f"{path} = {item.value}"


def _describe_members(item: Item, path: str) -> Iterator[str]:
    """The public members of a class, inherited ones included."""
    for name, member in sorted(item.all_members.items()):
        if not name.startswith("_") or name in SHOWN_SPECIAL_METHODS:
            yield from _describe(member, f"{path}.{name}")


if __name__ == "__main__":
    LISTING.write_text(describe(), encoding="utf-8")

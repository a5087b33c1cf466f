"""The sets of modules that can be copied, and what each of them needs.

A set is its roots and everything that they import, directly or not. The imports are read from the
syntax trees of the files, so no list has to follow a change of the code. An import counts wherever
it stands: inside a function and below TYPE_CHECKING, too. All imports inside the package are
relative.

A module is named by its dotted name below the package: "keys.state". The package is "".
"""

import ast
from collections.abc import Iterator
from enum import Enum
from pathlib import Path

PACKAGE = Path(__file__).parents[2]


class ModuleSet(Enum):
    """A set of modules, by the name of its option."""

    SIGNING = "signing"
    CLIENT = "client"
    ALL = "all"


_ROOTS = {
    ModuleSet.SIGNING: ["signing.signer", "signing.tran_token"],
    ModuleSet.CLIENT: ["exchange.client", "apis.one_time_token"],
}
_COMMAND_LINE = ("tools", "__main__")


def list_modules(module_set: ModuleSet) -> list[str]:
    """Return the names of the modules of a set, and of the packages that they are in, sorted."""
    if module_set is ModuleSet.ALL:
        return sorted(_list_all())
    modules: set[str] = set()
    waiting = ["", *_ROOTS[module_set]]
    while waiting:
        module = waiting.pop()
        if module in modules:
            continue
        modules.add(module)
        waiting.append(_parent_of(module))
        # The package imports all of its public names, of which a copy keeps those of its modules.
        if module:
            waiting.extend(_list_imports(module))
    return sorted(modules)


def source_path(module: str) -> Path:
    """Return the path of a module's file below the package."""
    path = Path(*module.split(".")) if module else Path()
    if (PACKAGE / path).is_dir():
        return path / "__init__.py"
    return path.with_suffix(".py")


def _list_all() -> Iterator[str]:
    """Give the names of all modules but those of the command line."""
    for path in PACKAGE.rglob("*.py"):
        parts = path.relative_to(PACKAGE).with_suffix("").parts
        if parts[0] in _COMMAND_LINE:
            continue
        yield ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def _list_imports(module: str) -> Iterator[str]:
    """Give the names of the modules that a module imports from the package."""
    path = PACKAGE / source_path(module)
    package = module if path.name == "__init__.py" else _parent_of(module)
    for node in ast.walk(ast.parse(path.read_bytes())):
        if not isinstance(node, ast.ImportFrom) or node.level == 0:
            continue
        base = package.split(".") if package else []
        base = base[: len(base) - (node.level - 1)]
        if node.module:
            base.append(node.module)
        for alias in node.names:
            # The name is that of a module in a package, or of something in a module.
            submodule = ".".join([*base, alias.name])
            yield submodule if _is_module(submodule) else ".".join(base)


def _is_module(name: str) -> bool:
    return (PACKAGE / source_path(name)).is_file()


def _parent_of(module: str) -> str:
    return module.rpartition(".")[0]

"""What the sets of modules hold, and that a copy of each stands alone."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

from kmcrypto.tools.vendor.contents import make_contents
from kmcrypto.tools.vendor.module_set import ModuleSet, list_modules, source_path
from tests.support import ROOT
from tests.support.copies import write_copy
from tests.support.processes import python

pytestmark = pytest.mark.slow
SETS = list(ModuleSet)
# What each set is for, and names that it must not bring.
NAMES = {
    ModuleSet.SIGNING: (
        "Signer ProjectKey KeyState TranToken CorrelationId CorrelationIdSource Instant TimeZone"
        " UTC KST errors",
        "Client Gateway FieldCipher jwe CryptoKey one_time_token",
    ),
    ModuleSet.CLIENT: (
        "Client Answer SealedRequest Project ProjectKey CryptoKey KeyRing jwe one_time_token"
        " errors",
        "Gateway FieldCipher CallbackReceiver",
    ),
    ModuleSet.ALL: ("Client Gateway FieldCipher CallbackReceiver Signer jwe errors", ""),
}


def test_the_sets_grow() -> None:
    signing, client, whole = (set(list_modules(module_set)) for module_set in SETS)
    assert signing < client < whole


def test_the_whole_is_everything_but_the_command_line() -> None:
    """Counted from the files, not from the imports."""
    files = {path.relative_to(ROOT / "kmcrypto") for path in (ROOT / "kmcrypto").rglob("*.py")}
    copied = {source_path(module) for module in list_modules(ModuleSet.ALL)}
    assert {path.parts[0] for path in files - copied} == {"tools", "__main__.py"}
    assert {path for path in copied if path.parts[0] == "tools"} == set()


@pytest.mark.parametrize("module_set", SETS)
def test_no_file_imports_one_that_is_not_there(module_set: ModuleSet, tmp_path: Path) -> None:
    """By Python's own import of each module, in a process that has no other kmcrypto."""
    make_tree(tmp_path, module_set)
    modules = [module for module in list_modules(module_set) if module != "adapters.redis"]
    assert (
        imported(
            tmp_path,
            f"""
from importlib import import_module
for name in {modules!r}:
    import_module(f"any.sdk.kmcrypto.{{name}}".removesuffix("."))
print("kmcrypto" in sys.modules)
""",
        )
        == "False\n"
    )


def make_tree(folder: Path, module_set: ModuleSet) -> None:
    """Write the copy as any.sdk.kmcrypto."""
    write_copy(folder / "any" / "sdk" / "kmcrypto", module_set)


def imported(folder: Path, code: str) -> str:
    """The output of code in a process that finds the copy, and no other kmcrypto."""
    paths = f"[{str(folder)!r}] + [p for p in sys.path if p not in ('', {str(ROOT)!r})]"
    return python("-I", "-c", f"import sys; sys.path[:] = {paths}\n{code}", cwd=folder)


@pytest.mark.parametrize("module_set", SETS)
def test_a_copy_has_the_names_of_its_modules_and_no_others(
    module_set: ModuleSet, tmp_path: Path
) -> None:
    """For hasattr, dir, import * and help alike."""
    make_tree(tmp_path, module_set)
    present, absent = (names.split() for names in NAMES[module_set])
    assert (
        imported(
            tmp_path,
            f"""
import pydoc
from any.sdk import kmcrypto
present, absent = {present!r}, {absent!r}
assert all(hasattr(kmcrypto, name) for name in present)
assert not any(hasattr(kmcrypto, name) for name in absent)
assert set(present) <= set(dir(kmcrypto)) and not set(absent) & set(dir(kmcrypto))
assert all(getattr(kmcrypto, name) is not None for name in kmcrypto.__all__)
scope = {{}}
exec("from any.sdk.kmcrypto import *", scope)
assert scope.keys() - {{"__builtins__"}} == set(kmcrypto.__all__)
page = pydoc.render_doc(kmcrypto, renderer=pydoc.plaintext)
words = set(page.replace("(", " ").replace(",", " ").split())
assert set(present) - {{"errors", "jwe", "one_time_token"}} <= words
assert not set(absent) & words, set(absent) & words
try:
    kmcrypto.Nonsense
except AttributeError as error:
    print(error)
""",
        )
        == "module 'any.sdk.kmcrypto' has no attribute 'Nonsense'\n"
    )


@pytest.mark.parametrize("module_set", SETS)
def test_type_checkers_see_the_lazy_names(module_set: ModuleSet) -> None:
    """The imports below TYPE_CHECKING bring exactly the names of `__all__`."""
    tree = ast.parse(make_contents(module_set)["__init__.py"])
    block = next(node for node in tree.body if isinstance(node, ast.If))
    seen = [
        alias.asname
        for node in block.body
        if isinstance(node, ast.ImportFrom)
        for alias in node.names
    ]
    [table] = [
        ast.literal_eval(node.value)
        for node in tree.body
        if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "_HOMES"
    ]
    assert sorted(map(str, seen)) == sorted(table)


def test_signing_alone_needs_neither_rsa_nor_json_nor_pynacl() -> None:
    """docs/design.md, The house: here no file of the set names them at all."""
    named: set[str] = set()
    for name, data in make_contents(ModuleSet.SIGNING).items():
        if name.endswith(".py"):
            for node in ast.walk(ast.parse(data)):
                if isinstance(node, ast.Import):
                    named.update(alias.name for alias in node.names)
                elif isinstance(node, ast.ImportFrom) and node.level == 0:
                    named.add(str(node.module))
    assert [name for name in named if name.startswith(("json", "nacl"))] == []
    assert [name for name in named if "rsa" in name or "x509" in name] == []

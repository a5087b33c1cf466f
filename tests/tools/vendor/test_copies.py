"""Copies at work: the core's own tests run against each set, in a tree with no other kmcrypto.

A test file runs on the smallest set that has every module that it imports, directly or through the
helpers of tests/support. tests/ mirrors kmcrypto/, so the tests of a set are those of its folders
and modules.
"""

from __future__ import annotations

import ast
import json
import os
import re
import shutil
import sys
import zipfile
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path

import pytest

from kmcrypto.tools.vendor.module_set import ModuleSet, list_modules
from tests.support import ACCESS_KEY, ASP_ID, ROOT
from tests.support.copies import write_copy
from tests.support.processes import missing, output_of, python, run

SETS = list(ModuleSet)  # the smallest first
# A test file that must be among those of each set, and how many tests must pass at least. Without
# them, helpers that import more than they need could empty the selection unnoticed.
EXPECTED = {
    ModuleSet.SIGNING: ("tests/signing/test_signer.py", 1_900),
    ModuleSet.CLIENT: ("tests/exchange/test_client.py", 4_500),
    ModuleSet.ALL: ("tests/exchange/test_gateway.py", 3_900),
}
# Without the tests that say nothing of a copy, since it is the same code on the same Python.
ONE_RUN_IS_ENOUGH = "not mutation and not programs and not bench and not slow and not once"
# Runs pytest where the copy is the only kmcrypto, with the arguments of the command line.
RUN_TESTS = """
import sys
tree, root, *arguments = sys.argv[1:]
sys.path[:] = [tree, *(path for path in sys.path if path not in ("", root))]
import kmcrypto
assert kmcrypto.__file__.startswith(tree), kmcrypto.__file__
import pytest
sys.exit(pytest.main(arguments))
"""


def make_tree(folder: Path, module_set: ModuleSet) -> None:
    """Write a project whose package is the copy: with the tests, and what they read."""
    write_copy(folder / "kmcrypto", module_set)
    shutil.copytree(ROOT / "tests", folder / "tests", ignore=shutil.ignore_patterns("__pycache__"))
    for name in ("vectors", "docs", "README.md", "pyproject.toml"):
        (folder / name).symlink_to(ROOT / name)


def files_to_run(module_set: ModuleSet) -> list[str]:
    """The test files of a set that no smaller one can run, relative to the project."""
    smaller = SETS[: SETS.index(module_set)]
    done = {file for one in smaller for file in runnable_files(one)}
    return sorted(runnable_files(module_set) - done)


def runnable_files(module_set: ModuleSet) -> set[str]:
    """The test files that import nothing that the set lacks, relative to the project."""
    modules = set(list_modules(module_set))
    rooms = {module.partition(".")[0] for module in modules} - {""}
    files = [ROOT / "tests" / f"test_{room}.py" for room in rooms]
    for room in rooms:
        files += (ROOT / "tests" / room).glob("test_*.py")
    return {
        str(file.relative_to(ROOT))
        for file in files
        if file.exists() and needed_modules(file) <= modules
    }


def needed_modules(file: Path) -> set[str]:
    """The modules of the package that a test file imports at its top, helpers included."""
    needed: set[str] = set()
    seen: set[Path] = set()
    waiting = [file]
    while waiting:
        path = waiting.pop()
        if path in seen:
            continue
        seen.add(path)
        for name in imported_names(path):
            module = defining_module(name)
            if module.startswith("tests."):
                waiting.append(file_of(module))
            elif module.startswith("kmcrypto."):
                needed.add(module.removeprefix("kmcrypto."))
    return needed


def imported_names(path: Path) -> Iterator[str]:
    """The dotted names that a file imports at its top."""
    for node in ast.parse(path.read_text(encoding="utf-8")).body:
        if isinstance(node, ast.ImportFrom):
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def defining_module(name: str) -> str:
    """The module that a dotted name is, or is in. A public name is in the module of its table."""
    package, _, public = name.rpartition(".")
    if package == "kmcrypto" and public in homes():
        return f"kmcrypto.{homes()[public]}"
    return name if file_of(name).exists() else package


def homes() -> dict[str, str]:
    """The modules of the public names."""
    source = (ROOT / "kmcrypto" / "__init__.py").read_text(encoding="utf-8")
    [table] = re.findall(r"^_HOMES = (\{.*?^\})", source, re.MULTILINE | re.DOTALL)
    return dict(ast.literal_eval(table))


def file_of(module: str) -> Path:
    path = ROOT.joinpath(*module.split("."))
    return path / "__init__.py" if path.is_dir() else path.with_suffix(".py")


@pytest.mark.slow
@pytest.mark.parametrize("module_set", SETS)
def test_the_cores_tests_pass_on_a_copy(module_set: ModuleSet, tmp_path: Path) -> None:
    make_tree(tmp_path, module_set)
    files = files_to_run(module_set)
    options = ["-q", "-n", "0", "-p", "no:cacheprovider", "-m", ONE_RUN_IS_ENOUGH]
    status, out, err = run(
        *(sys.executable, "-I", "-c", RUN_TESTS, tmp_path, ROOT, *options, *files),
        cwd=tmp_path,
        env={**os.environ, "HYPOTHESIS_PROFILE": "dev"},  # a copy is the same code
    )
    text = out.decode()
    assert status == 0, text[-5000:] + err.decode()
    file, least = EXPECTED[module_set]
    assert file in files
    [passed] = re.findall(r"(\d+) passed", text)
    assert int(passed) >= least


# --- The SDKs that use them ---------------------------------------------------------------------

# A module beside the copy, as an author of an SDK writes it.
PROGRAMS = {
    ModuleSet.SIGNING: """
from ._vendor.kmcrypto import KST, ProjectKey, Signer, TranToken, errors


def headers(asp_id: str, access_key: str, secret_key: str, body: bytes) -> dict[str, str]:
    key = ProjectKey(asp_id=asp_id, access_key=access_key, secret_key=secret_key)
    return Signer(key, zone=KST).headers(body)


def is_signed(token: str, key: ProjectKey, body: bytes) -> bool:
    try:
        TranToken.parse(token).verify(key, body)
    except errors.RemoteError as error:
        print(error.code)
        return False
    return True
""",
    ModuleSet.CLIENT: """
from collections.abc import Callable, Mapping

from ._vendor.kmcrypto import Client, Project, errors, one_time_token

Send = Callable[[str, Mapping[str, str], bytes], tuple[int, Mapping[str, str], bytes]]


def issue(send: Send, card_no: str) -> str | None:
    client = Client(Project.from_env())
    payload = one_time_token.TokenRequest(card_no).payload()
    request = client.seal(payload, encrypted=one_time_token.ENCRYPTED)
    status, headers, body = send(one_time_token.PATH, request.headers, request.body)
    try:
        answer = client.open(status, headers, body, request=request)
    except errors.ResultError as error:
        print(error.result_code, error.outcome)
        return None
    return one_time_token.TokenAnswer.read(answer).one_time_token
""",
    ModuleSet.ALL: """
from collections.abc import Iterable

from ._vendor.kmcrypto import FieldCipher, Gateway, MemoryReplayGuard, Project, SealedAnswer, errors
from ._vendor.kmcrypto.redact import redact_headers


def serve(project: Project, headers: Iterable[tuple[str, str]], body: bytes) -> SealedAnswer:
    gateway = Gateway(lambda access_key: project, replay_guard=MemoryReplayGuard())
    headers = list(headers)
    try:
        accepted = gateway.accept(headers, body, encrypted=True)
    except errors.KmCryptoError as error:
        print(redact_headers(headers), error.stage)
        return gateway.refuse(error, headers)
    if project.ring is not None:
        FieldCipher.for_storage(project.ring, ["$.cardNo"]).encrypt(dict(accepted.payload))
    return gateway.answer(accepted, {"response": {"code": "000_000"}})
""",
}
# A name that each set lacks.
ABSENT = {ModuleSet.SIGNING: "Client", ModuleSet.CLIENT: "Gateway", ModuleSet.ALL: "Gatway"}
# pyright's strict mode for the SDK. The copy's own code satisfies mypy's, and is not the author's.
PYRIGHT_SETTINGS = {"include": ["sdk"], "strict": ["sdk"], "ignore": ["sdk/_vendor"]}
CHECKERS = {
    "mypy": ["mypy", "--strict", "--python-version", "3.10", "-p", "sdk"],
    "pyright": ["pyright", "--pythonpath", sys.executable],
}


def make_sdk(folder: Path, module_set: ModuleSet, program: str) -> None:
    """Write an SDK with a copy in sdk/_vendor and one module."""
    write_copy(folder / "sdk" / "_vendor" / "kmcrypto", module_set)
    for name in ("__init__.py", "_vendor/__init__.py"):
        (folder / "sdk" / name).write_bytes(b"")
    (folder / "sdk" / "calls.py").write_text(program)
    (folder / "pyrightconfig.json").write_text(json.dumps(PYRIGHT_SETTINGS))


def check_types(folder: Path, checker: str) -> tuple[int, str]:
    """Run a type checker on the SDK: its exit status, and what it wrote."""
    if find_spec(checker) is None:
        missing(f"{checker} is not installed: it is in the group `dev`")
    status, out, _ = run(sys.executable, "-m", *CHECKERS[checker], cwd=folder)
    return status, out.decode()


@pytest.mark.programs
@pytest.mark.once
@pytest.mark.parametrize("checker", CHECKERS)
@pytest.mark.parametrize("module_set", SETS)
def test_type_checkers_know_what_a_copy_has_and_what_it_lacks(
    module_set: ModuleSet, checker: str, tmp_path: Path
) -> None:
    """In an SDK that is right but for one import, that import is the only error."""
    make_sdk(tmp_path, module_set, PROGRAMS[module_set])
    name = ABSENT[module_set]
    wrong = f"from ._vendor.kmcrypto import {name} as {name}\n"
    (tmp_path / "sdk" / "wrong.py").write_text(wrong)
    status, out = check_types(tmp_path, checker)
    assert status == 1, out
    faults = [line for line in out.splitlines() if " error: " in line]
    assert all("wrong.py" in fault for fault in faults), out
    assert any(name in fault for fault in faults), out


SDK_SETTINGS = """
[build-system]
requires = ["hatchling"]
build-backend = "hatchling.build"

[project]
name = "sdk"
version = "1"

[tool.hatch.build.targets.wheel]
sbom-files = ["sdk/_vendor/kmcrypto/kmcrypto.cdx.json"]
"""


@pytest.mark.programs
@pytest.mark.once
def test_the_wheel_of_an_sdk_carries_the_bill_of_materials(tmp_path: Path) -> None:
    """Where PEP 770 has it, as docs/vendoring.md says."""
    if find_spec("hatchling") is None:
        missing("hatchling is not installed: it is in the group `release`")
    make_sdk(tmp_path, ModuleSet.SIGNING, PROGRAMS[ModuleSet.SIGNING])
    (tmp_path / "pyproject.toml").write_text(SDK_SETTINGS)
    output_of(sys.executable, "-m", "hatchling", "build", "-t", "wheel", cwd=tmp_path)
    [path] = (tmp_path / "dist").glob("*.whl")
    with zipfile.ZipFile(path) as wheel:
        data = wheel.read("sdk-1.dist-info/sboms/kmcrypto.cdx.json")
    assert data == (tmp_path / "sdk/_vendor/kmcrypto/kmcrypto.cdx.json").read_bytes()


@pytest.mark.once
def test_the_settings_of_the_page_are_those_that_are_tested() -> None:
    """docs/vendoring.md: pyright, the bill of materials, and what the tool `vendoring` drops."""
    tomllib = pytest.importorskip("tomllib")  # Python 3.10 has none
    page = (ROOT / "docs" / "vendoring.md").read_text(encoding="utf-8")
    blocks = re.findall(r"```toml\n(.*?)```", page, re.DOTALL)
    pyright, wheel, vendoring = (tomllib.loads(block)["tool"] for block in blocks)
    assert pyright["pyright"] == {"strict": ["src/your_sdk"], "ignore": ["src/your_sdk/_vendor"]}
    tested = tomllib.loads(SDK_SETTINGS)["tool"]["hatch"]["build"]["targets"]["wheel"]
    told = wheel["hatch"]["build"]["targets"]["wheel"]
    assert [path.replace("src/your_sdk", "sdk") for path in told["sbom-files"]] == [
        *tested["sbom-files"]
    ]
    dropped = vendoring["vendoring"]["transformations"]["drop"]
    assert {name for name in dropped if name.startswith("kmcrypto/")} == {
        "kmcrypto/__main__.py",
        "kmcrypto/tools/",
    }


def test_a_copy_signs(tmp_path: Path) -> None:
    """The program of the set for signing runs where no other kmcrypto is."""
    make_sdk(tmp_path, ModuleSet.SIGNING, PROGRAMS[ModuleSet.SIGNING])
    code = f"""
import sys
sys.path[:] = [{str(tmp_path)!r}, *(path for path in sys.path if path not in ("", {str(ROOT)!r}))]
from sdk import calls
headers = calls.headers({ASP_ID!r}, {ACCESS_KEY!r}, "made up", b"{{}}")
key = calls.ProjectKey(asp_id={ASP_ID!r}, access_key={ACCESS_KEY!r}, secret_key="made up")
print(calls.is_signed(headers["X-KM-Tran-Token"], key, b"{{}}"), "kmcrypto" in sys.modules)
"""
    assert python("-I", "-c", code, cwd=tmp_path) == "True False\n"

"""The package as its users get it: names, weight, and a copy under another name."""

from __future__ import annotations

import ast
import re
import shutil
import sys
from pathlib import Path

import pytest

import kmcrypto
from kmcrypto import redact, testing
from tests.support import ROOT
from tests.support.processes import python, run

PACKAGE = Path(kmcrypto.__file__).parent

# docs/design.md, The names callers see.
NAMES = re.findall(
    r"\w+",
    """
    UTC KST TimeZone Instant CorrelationId CorrelationIdSource TranToken Signer
    ProjectKey Project CryptoKey KeyRing KeyState Side PrivateKey FieldCipher FieldResult
    Client SealedRequest Answer Gateway CallbackSender CallbackReceiver
    AcceptedRequest PendingRequest SealedAnswer Refusal REFUSALS ReplayGuard Claim MemoryReplayGuard
    encrypt_message decrypt_message jwe one_time_token errors
    """,
)


# The names of modules that no other module of the package loads.
NAMES_FOR_TESTS = ["FakeClock", "FakePlatform", "environment", "projects"]


def test_the_public_names_are_those_and_no_others() -> None:
    assert sorted(kmcrypto.__all__) == sorted([*NAMES, "__version__"])
    assert [name for name in NAMES if getattr(kmcrypto, name) is None] == []
    assert set(NAMES) <= set(dir(kmcrypto))
    with pytest.raises(AttributeError, match="nonsense"):
        kmcrypto.nonsense  # type: ignore[attr-defined]  # noqa: B018
    assert (PACKAGE / "py.typed").exists()


def test_the_names_for_tests_are_in_a_module_of_their_own() -> None:
    """Which no program loads that makes or serves calls."""
    assert [name for name in NAMES_FOR_TESTS if not hasattr(testing, name)] == []
    assert set(NAMES_FOR_TESTS) & set(kmcrypto.__all__) == set()
    code = "import sys, kmcrypto; [getattr(kmcrypto, name) for name in kmcrypto.__all__]; print({})"
    assert python("-c", code.format("'kmcrypto.testing' in sys.modules")) == "False\n"


def test_masking_is_imported_from_its_own_module() -> None:
    assert sorted(redact.__all__) == [
        "RedactingFilter",
        "redact",
        "redact_event",
        "redact_headers",
        "redact_sentry_event",
    ]


def test_masking_loads_no_cryptography() -> None:
    """It needs the standard library alone, so a program that writes logs may import it first."""
    code = "import sys, kmcrypto.redact; print('cryptography' in sys.modules)"
    assert python("-c", code) == "False\n"


def test_importing_the_package_loads_nothing_else() -> None:
    assert (
        python("-c", "import sys, kmcrypto; print(sorted(m for m in sys.modules if 'crypto' in m))")
        == "['kmcrypto']\n"
    )


def test_signing_alone_loads_no_rsa_x509_json_or_pynacl() -> None:
    """docs/design.md, The house. It signs and verifies, so nothing is put off until it is used."""
    code = """
import sys
from kmcrypto import Instant, ProjectKey, Signer, TranToken, UTC
key = ProjectKey(asp_id="TESTPROVIDER001", access_key="0" * 40, secret_key="made up")
token = Signer(key, zone=UTC).headers(b"{}")["X-KM-Tran-Token"]
TranToken.parse(token).verify(key, b"{}")
rsa = "cryptography.hazmat.primitives.asymmetric.rsa"
heavy = ("json", "nacl", "dataclasses", "cryptography.x509", rsa)
print([name for name in heavy if name in sys.modules])
"""
    assert python("-c", code) == "[]\n"


def test_a_copy_under_another_name_works_untouched(tmp_path: Path) -> None:
    """An SDK vendors it as any.sdk._vendor.kmcrypto, and the real one is not there."""
    home = tmp_path / "any" / "sdk" / "_vendor" / "kmcrypto"
    shutil.copytree(PACKAGE, home, ignore=shutil.ignore_patterns("__pycache__"))
    code = f"""
import sys
sys.path[:] = [{str(tmp_path)!r}] + [p for p in sys.path if p not in ("", {str(PACKAGE.parent)!r})]
from any.sdk._vendor import kmcrypto as k
from any.sdk._vendor.kmcrypto.tools.demo import run
assert run(lambda line: None) == 0
from any.sdk._vendor.kmcrypto.testing import FakePlatform, projects
answer = {{"response": {{"code": "000_000"}}, "point": 7}}
request = k.Client(projects().client).seal({{}}, encrypted=True)
status, headers, body = FakePlatform(answer, encrypted=True)(request.headers, request.body)
opened = k.Client(projects().client).open(status, headers, body, request=request)
assert opened == answer
try:
    k.TranToken.sign("a secret that leaks ", b"{{}}", at=k.Instant.now(k.UTC))
except k.errors.InvalidKey as error:
    step, shown = error.__traceback__, ""
    while step:
        if step.tb_frame.f_globals["__name__"] != "__main__":
            shown += repr(step.tb_frame.f_locals)
        step = step.tb_next
    assert "leaks" not in shown
print("kmcrypto" in sys.modules)
"""
    assert python("-I", "-c", code, cwd=tmp_path) == "False\n"


BROKEN = {
    # what a module of cryptography does when it is loaded -> the error that is shown
    "an old OpenSSL": (
        "raise AttributeError(\"module 'lib' has no attribute 'X509_V_FLAG_NOTIFY_POLICY'\")",
        "ImportError: kmcrypto.Signer cannot be loaded: "
        "module 'lib' has no attribute 'X509_V_FLAG_NOTIFY_POLICY'",
    ),
    "a missing library": (
        "raise ImportError('libssl.so.3: cannot open shared object file')",
        "ImportError: libssl.so.3: cannot open shared object file",
    ),
    "a module that is missing": (
        "import _cffi_backend_that_is_not_there",
        "ModuleNotFoundError: No module named '_cffi_backend_that_is_not_there'",
    ),
}


def error_beside(folder: Path, version: str, hazmat: str, statement: str) -> str:
    """The last line that a statement writes beside a `cryptography` that was made for it."""
    home = folder / "cryptography"
    (home / "hazmat").mkdir(parents=True)
    (home / "__init__.py").write_text(f"__version__ = {version!r}")
    (home / "hazmat" / "__init__.py").write_text(hazmat)
    code = f"import sys; sys.path[:0] = [{str(folder)!r}, {str(PACKAGE.parent)!r}]; {statement}"
    status, _, err = run(sys.executable, "-I", "-c", code)
    assert status == 1
    return err.decode().splitlines()[-1]


@pytest.mark.parametrize(("hazmat", "shown"), BROKEN.values(), ids=BROKEN.keys())
@pytest.mark.parametrize(
    "statement", ["from kmcrypto import Signer", "import kmcrypto as k; k.Signer"]
)
def test_a_damaged_dependency_shows_its_own_error(
    tmp_path: Path, hazmat: str, shown: str, statement: str
) -> None:
    """Not "cannot import name 'Signer' from 'kmcrypto'"."""
    assert error_beside(tmp_path, "43.0.0", hazmat, statement) == shown


@pytest.mark.parametrize("version", ["3.4.8", "42.0.8"])
def test_a_copy_beside_an_old_cryptography_says_so(tmp_path: Path, version: str) -> None:
    """No installer looked after it."""
    shown = error_beside(tmp_path, version, "", "from kmcrypto import CryptoKey")
    assert shown == f"ImportError: kmcrypto needs cryptography 43 or newer, not {version}"


def test_the_oldest_cryptography_is_that_of_the_installer() -> None:
    """pyproject.toml and the package name the same version."""
    settings = (ROOT / "pyproject.toml").read_text(encoding="utf-8")
    source = (PACKAGE / "__init__.py").read_text(encoding="utf-8")
    installed = re.findall(r'"cryptography>=(\d+)\.0\.0"', settings)
    assert installed == re.findall(r"_OLDEST_CRYPTOGRAPHY = (\d+)", source)


@pytest.mark.parametrize("option", ["-O", "-OO"])
def test_it_works_without_asserts_and_docstrings(option: str) -> None:
    assert (
        python(option, "-c", "from kmcrypto.tools.demo import run; print(run(lambda line: None))")
        == "0\n"
    )


def test_the_code_keeps_the_rules_of_a_package_that_can_be_copied() -> None:
    for path in PACKAGE.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            assert not isinstance(node, ast.Assert), path
            names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            if isinstance(node, ast.ImportFrom) and not node.level:
                names = [node.module or ""]
            assert not [
                name for name in names if name.startswith(("kmcrypto", "importlib.metadata"))
            ], path

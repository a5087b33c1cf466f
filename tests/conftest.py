"""The fixtures that all tests share, and the profiles of hypothesis.

A fixture imports what it needs itself, so that tests of a smaller copy of the package
(tests/tools/vendor/test_copies.py) do not need all of it.
"""

from __future__ import annotations

import gc
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, settings

if TYPE_CHECKING:
    from tests.support.parties import Parties
    from tests.support.published import Published

# The commands of this environment, `kmcrypto` among them, are found whether it is activated or not.
os.environ["PATH"] = os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])

# Settings of the developer's own, those of a sandbox that was tried say, must not reach a test.
for name in [name for name in os.environ if name.startswith(("KONAPLATE_", "KMCRYPTO_PASSPHRASE"))]:
    del os.environ[name]

# The tests make much garbage, beside all that pytest keeps. To collect it after every 700 objects
# takes a tenth of their time.
gc.set_threshold(20_000, 10, 10)

# At a desk few examples, the same at every run; in the gate many, other ones each time. A slow
# machine fails no test, and nothing is remembered from one run to the next.
QUIET = settings(deadline=None, database=None, suppress_health_check=[HealthCheck.too_slow])
settings.register_profile("dev", QUIET, max_examples=10, derandomize=True)
settings.register_profile("ci", QUIET, max_examples=100, derandomize=False, print_blob=True)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "dev"))


# What runs without the tracer of coverage, which slows Python down by up to a half: the tests of
# what is not counted (tool.coverage.run), and those that do the same work many times.
UNTRACED_FOLDERS = [Path(__file__).parent / name for name in ("docs", "tools", "vectors")]
UNTRACED_MARKERS = ("bench", "mutation", "slow")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Mark the tests that run without the tracer, where there is one."""
    if not config.pluginmanager.hasplugin("_cov"):
        return
    for item in items:
        in_folder = any(folder in item.path.parents for folder in UNTRACED_FOLDERS)
        if in_folder or any(map(item.get_closest_marker, UNTRACED_MARKERS)):
            item.add_marker("no_cover")


def pytest_xdist_auto_num_workers(config: pytest.Config) -> int:
    """Run the whole suite on two cores, and a selection of files in this process, without delay."""
    if config.args_source is pytest.Config.ArgsSource.ARGS:
        return 0
    return min(2, os.cpu_count() or 1)


@pytest.fixture(scope="session")
def parties() -> Parties:
    """The provider's and the platform's view of one project with two crypto keys."""
    from tests.support.parties import make_parties

    return make_parties()


@pytest.fixture
def keys_checked_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Check each private key only once, where loading is not what is tested: it takes 36 ms.

    `cryptography` checks that of a PKCS#12 file itself, so each file is opened once.
    """
    from cryptography.hazmat.primitives.serialization import pkcs12

    from kmcrypto.keys import jwk, loading
    from tests.support.keys import make_once, open_once

    monkeypatch.setattr(loading, "make_private_key", make_once)
    monkeypatch.setattr(jwk, "make_private_key", make_once)
    monkeypatch.setattr(pkcs12, "load_pkcs12", open_once)


@pytest.fixture(scope="session")
def published() -> Published:
    """The published vectors; without them, a test that asks for them is skipped, and says so."""
    from tests.support.published import Published

    found = Published.find()
    if found is None:
        pytest.skip(
            "no published vectors: set KMCRYPTO_PUBLISHED to their folder (docs/auditors.md)"
        )
    return found

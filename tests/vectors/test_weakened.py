"""Weakened copies of the package: the vectors must catch each of them by a wrong verdict.

The weaknesses are in tests/vectors/weaknesses. Each takes the place of a named function in a fresh
copy of the package, whose own runner then runs the vectors of the subjects that should notice.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from typing import Any

import pytest
from nacl.pwhash import argon2id

from kmcrypto.signing import headers
from kmcrypto.tools.vectors.files import SUBJECTS
from kmcrypto.tools.vectors.parties import Keys
from tests.support import ROOT
from tests.support.weakening import Copy, Weakness, fresh_copy
from tests.vectors.weaknesses.claims import CLAIMS
from tests.vectors.weaknesses.core import CORE
from tests.vectors.weaknesses.encryption import ENCRYPTION
from tests.vectors.weaknesses.exchange import EXCHANGE
from tests.vectors.weaknesses.fields import FIELDS
from tests.vectors.weaknesses.keys import KEYS
from tests.vectors.weaknesses.order import ORDER
from tests.vectors.weaknesses.sealed import SEALED
from tests.vectors.weaknesses.second_reader import SECOND_READER
from tests.vectors.weaknesses.signing import CORRELATION_IDS, HEADERS, TOKENS
from tests.vectors.weaknesses.told_apart import TOLD_APART

pytestmark = pytest.mark.mutation
VECTORS = ROOT / "vectors"
WEAKNESSES: list[Weakness] = [
    *TOKENS,
    *CORRELATION_IDS,
    *HEADERS,
    *KEYS,
    *EXCHANGE,
    *ORDER,
    *CLAIMS,
    *CORE,
    *ENCRYPTION,
    *FIELDS,
    *SEALED,
    *TOLD_APART,
    *SECOND_READER,
]


@pytest.fixture(scope="module")
def keys() -> Iterator[Keys]:
    """The key files and the results of Argon2id, shared by all copies: they are not weakened."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(argon2id, "kdf", cache(argon2id.kdf))
        yield Keys(VECTORS)


def is_refused_key(name: str) -> bool:
    """Whether a key file is one that S4.2 refuses: each copy must refuse it itself."""
    return any(part in name for part in ("2047", "8193", "small_exponent"))


def disagreements(copy: Copy, subjects: str, keys: Keys) -> Iterator[Any]:
    """The tests of some subjects that come out otherwise than the vectors say."""
    runner = copy.module("tools.vectors.runner")
    own_keys = copy.module("tools.vectors.parties").Keys(VECTORS)
    load = own_keys.private
    own_keys.private = lambda name: (load if is_refused_key(name) else keys.private)(name)
    own_keys.public = keys.public
    for subject in subjects.split():
        file = runner.read_file(VECTORS, runner.name_file(subject))
        for verdict in runner.run_file(own_keys, file):
            if not verdict.agreed:
                yield verdict


def is_caught(copy: Copy, weakness: Weakness, keys: Keys) -> bool:
    """Whether a wrong verdict shows the weakness. A crash does not, unless the weakness is one."""
    for verdict in disagreements(copy, weakness.subjects, keys):
        crashed = verdict.actual.result == "failed"
        if crashed is weakness.raises:
            return True
    return False


def test_a_copy_that_is_not_weakened_agrees(keys: Keys) -> None:
    subjects = sorted({subject for weakness in WEAKNESSES for subject in weakness.subjects.split()})
    with fresh_copy() as copy:
        assert list(disagreements(copy, " ".join(subjects), keys)) == []


@pytest.mark.parametrize("weakness", WEAKNESSES, ids=lambda weakness: weakness.name)
def test_a_weakened_copy_is_caught_by_a_wrong_verdict(weakness: Weakness, keys: Keys) -> None:
    with fresh_copy() as copy:
        weakness.weaken(copy)
        assert is_caught(copy, weakness, keys), f"no vector catches: {weakness.name}"


def test_a_crash_is_not_taken_for_a_catch(keys: Keys) -> None:
    def crash(original: object) -> object:
        def read(*args: object, **kwargs: object) -> object:
            raise NameError

        return read

    weakness = Weakness(
        "a crash",
        "correlation_id",
        lambda copy: copy.replace("signing.correlation:CorrelationId.parse", crash),
    )
    with fresh_copy() as copy:
        weakness.weaken(copy)
        assert list(disagreements(copy, weakness.subjects, keys)) != []
        assert not is_caught(copy, weakness, keys)


def test_every_subject_of_the_vectors_has_weaknesses() -> None:
    subjects = {subject for weakness in WEAKNESSES for subject in weakness.subjects.split()}
    assert subjects == set(SUBJECTS)


def test_every_weakness_has_a_name_of_its_own() -> None:
    names = [weakness.name for weakness in WEAKNESSES]
    assert len(set(names)) == len(names)


# --- Places ---------------------------------------------------------------------------------------


def replacement(original: object) -> str:
    return "a replacement"


def test_a_function_is_replaced_in_every_module_that_imported_it() -> None:
    with fresh_copy() as copy:
        copy.replace("signing.headers:read_correlation_id", replacement)
        for module in ("signing.headers", "exchange.responding_receiver"):
            assert copy.module(module).read_correlation_id == "a replacement"
    assert callable(headers.read_correlation_id)


def test_a_function_named_with_a_module_that_imported_it_is_replaced_there_alone() -> None:
    with fresh_copy() as copy:
        copy.replace("exchange.responding_receiver:read_correlation_id", replacement)
        assert copy.module("exchange.responding_receiver").read_correlation_id == "a replacement"
        assert callable(copy.module("signing.headers").read_correlation_id)


def test_an_inherited_method_is_replaced_for_the_subclass_alone() -> None:
    with fresh_copy() as copy:
        copy.replace("exchange.callback:CallbackReceiver.accept", replacement)
        package = copy.module("")
        assert package.CallbackReceiver.accept == "a replacement"
        assert callable(package.Gateway.accept)


@pytest.mark.parametrize(
    "place",
    [
        "signing.header:read_correlation_id",
        "signing.headers:read",
        "exchange.client:Client.encrypt",
    ],
)
def test_a_place_that_does_not_exist_is_an_error(place: str) -> None:
    """So a weakness fails when the function that it replaces is renamed or moved."""
    with fresh_copy() as copy, pytest.raises((ImportError, AttributeError)):
        copy.replace(place, replacement)

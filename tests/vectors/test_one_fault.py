"""Each invalid test has one fault: its twin is valid, and differs from it in one place.

The comparison is the generator's (vectors/make/common/one_fault.py). Here it looks at the published
files, and at tests to which a second fault was added: it must see every one of them.
"""

from __future__ import annotations

import base64
import copy
import json
from collections.abc import Callable
from fnmatch import fnmatchcase
from functools import lru_cache
from types import ModuleType

import pytest

from tests.support.vector_files import SUBJECTS, Json, load, load_module

pytestmark = pytest.mark.slow
# order has two faults on purpose; claims has no invalid tests.
PROVED = [subject for subject in SUBJECTS if subject not in ("order", "claims")]


@pytest.fixture(scope="module")
def one_fault() -> ModuleType:
    """The module of the generator that compares tests with their twins."""
    return load_module("one_fault")


@lru_cache
def published_faults(subject: str) -> dict[str, list[str]]:
    """The places in which the tests of a published file differ from their twins."""
    faults: dict[str, list[str]] = load_module("one_fault").list_faults(load(subject))
    return faults


def with_one_test(test_id: str) -> tuple[Json, Json]:
    """A copy of a file with its valid tests and one invalid test, and that test."""
    file = copy.deepcopy(load(test_id.split("/")[0].replace("-", "_")))
    for group in file["testGroups"]:
        group["tests"] = [
            test for test in group["tests"] if test["result"] == "valid" or test["id"] == test_id
        ]
    tests = [test for group in file["testGroups"] for test in group["tests"]]
    return file, next(test for test in tests if test["id"] == test_id)


@pytest.mark.parametrize("subject", PROVED)
def test_every_invalid_test_has_one_fault(subject: str, one_fault: ModuleType) -> None:
    faults = published_faults(subject)
    invalid = [
        test["id"]
        for group in load(subject)["testGroups"]
        for test in group["tests"]
        if test["result"] == "invalid"
    ]
    assert sorted(faults) == sorted(invalid)
    several = {test_id: found for test_id, found in faults.items() if len(found) != 1}
    assert [test_id for test_id in several if not one_fault.is_exception(test_id)] == []


def test_every_exception_is_one_and_has_a_reason(one_fault: ModuleType) -> None:
    """A pattern matches tests, and each of them differs from its twin in several places."""
    faults: dict[str, list[str]] = {}
    for subject in PROVED:
        faults |= published_faults(subject)
    for pattern, reason in one_fault.EXCEPTIONS.items():
        found = [places for test_id, places in faults.items() if fnmatchcase(test_id, pattern)]
        assert found != [], pattern
        assert all(len(places) > 1 for places in found), pattern
        assert reason.endswith("."), pattern


def with_short_tag(text: str) -> str:
    """A JWE whose tag has lost its last bytes."""
    start, dot, tag = text.rpartition(".")
    return start + dot + tag[:16]


def with_other_iv(text: str) -> str:
    """A JWE under another IV."""
    segments = text.split(".")
    segments[2] = base64.urlsafe_b64encode(bytes(12)).decode().rstrip("=")
    return ".".join(segments)


@pytest.mark.parametrize("change", [with_short_tag, with_other_iv])
@pytest.mark.parametrize(
    "test_id",
    [
        "jwe/critical/header-crit-is-exp-list",
        "jwe/cek-length/cek-of-15-bytes-for-a128gcm",
        "jwe/kid/empty-kid",
        "jwe/oaep-hash/oaep-sha-1-for-both",
    ],
)
def test_a_second_fault_of_a_jwe_is_seen(
    test_id: str, change: Callable[[str], str], one_fault: ModuleType
) -> None:
    file, test = with_one_test(test_id)
    test["jwe"] = change(test["jwe"])
    assert len(one_fault.list_faults(file)[test_id]) > 1
    with pytest.raises(ValueError, match="tests without just one fault"):
        one_fault.require_one_fault(file)


def test_the_header_of_another_enc_is_two_faults(one_fault: ModuleType) -> None:
    """The CEK has another length than it says, and the content was authenticated otherwise."""
    test_id = "jwe/aad/header-of-a128gcm-on-token-of-a256gcm"
    file, test = with_one_test(test_id)
    assert one_fault.list_faults(file)[test_id] == ["AAD"]
    tokens = {other["id"]: other["jwe"] for group in file["testGroups"] for other in group["tests"]}
    head = tokens["jwe/normal/token-of-a128gcm"].partition(".")[0]
    rest = tokens["jwe/normal/token-of-a256gcm"].partition(".")[2]
    test["jwe"] = f"{head}.{rest}"
    assert one_fault.list_faults(file)[test_id] == ["AAD", "CEK length"]


def test_a_second_fault_of_a_request_is_seen(one_fault: ModuleType) -> None:
    test_id = "exchange/sender/another-asp-id"
    file, test = with_one_test(test_id)
    assert one_fault.list_faults(file)[test_id] == ["x-km-user-aspid"]
    test["headers"] = [
        [name, value[:-1] + "=" if name == "X-KM-Access-Key" else value]
        for name, value in test["headers"]
    ]
    assert one_fault.list_faults(file)[test_id] == ["x-km-access-key", "x-km-user-aspid"]


def test_a_body_that_was_not_signed_again_is_a_second_fault(one_fault: ModuleType) -> None:
    test_id = "exchange/payload-json/plain-body-list"
    file, test = with_one_test(test_id)
    assert one_fault.list_faults(file)[test_id] == ["body"]
    test["body"] = {"text": "[2]"}
    assert one_fault.list_faults(file)[test_id] == ["body", "x-km-tran-token"]


def test_a_second_fault_of_a_field_is_seen(one_fault: ModuleType) -> None:
    test_id = "fields/moved/km-path-another-name"
    file, test = with_one_test(test_id)
    assert one_fault.list_faults(file)[test_id] == ["km-path"]
    document = json.loads(test["document"])
    document["cardNo"] = with_short_tag(document["cardNo"])
    test["document"] = json.dumps(document)
    assert len(one_fault.list_faults(file)[test_id]) > 1


def test_a_second_fault_of_a_tran_token_is_seen(one_fault: ModuleType) -> None:
    test_id = "tran-token/impossible-time/time-month-13"
    file, test = with_one_test(test_id)
    assert one_fault.list_faults(file)[test_id] == ["what stands before the MAC"]
    test["token"] = test["token"][:-4] + "AAA="
    assert len(one_fault.list_faults(file)[test_id]) == 2


def test_a_test_that_is_its_twin_is_seen(one_fault: ModuleType) -> None:
    test_id = "tran-token/impossible-time/time-month-13"
    file, test = with_one_test(test_id)
    tests = [test for group in file["testGroups"] for test in group["tests"]]
    test["token"] = next(other for other in tests if other["tcId"] == test["twin"])["token"]
    assert one_fault.list_faults(file)[test_id] == []
    with pytest.raises(ValueError, match="tests without just one fault"):
        one_fault.require_one_fault(file)

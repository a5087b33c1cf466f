"""The confusion matrix: of each mistake, in many random messages, what diagnose tells first.

The messages come from tests/support/mistakes, which forms all bytes, MACs and tokens by hand. They
have decoys, and are written in every form that can carry them. At least 95 % of each mistake must
be told first, all of them among the first three, and nothing may be found in what is right.
"""

from __future__ import annotations

import random
from collections import Counter

import pytest

from kmcrypto.tools.diagnose import diagnose
from kmcrypto.tools.diagnose.catalog import MISTAKES as CATALOG
from tests.support.mistakes import MISTAKES, Mistake, make
from tests.support.mistakes.forms import write

FEW = 2  # messages of each mistake in the quick suite
MANY = 40
FEW_RIGHT = 40
MANY_RIGHT = 1000
LONG = {"body-too-large", "jwe-size"}  # messages of over 1 MiB, which take longer

# No message is known that the receiver refuses and no other check has words for.
ONLY_A_NET = {"refused"}


def told(code: str | None, number: int) -> list[str]:
    """The codes that diagnose tells of one random message with a mistake, or of a right one."""
    rng = random.Random(f"{code} {number}")
    draft = make(rng, code)
    diagnosis = diagnose(write(draft), **draft.facts())
    return [finding.code for finding in diagnosis.findings]


def matrix(messages: int) -> dict[str, Counter[str]]:
    """What is told first, by mistake; "late" where the mistake is not among the first three."""
    rows: dict[str, Counter[str]] = {}
    for code in MISTAKES:
        row: Counter[str] = Counter()
        for number in range(min(messages, 3) if code in LONG else messages):
            codes = told(code, number)
            row[codes[0] if code in codes[:3] else "late"] += 1
        rows[code] = row
    return rows


def test_every_mistake_of_the_catalog_is_made() -> None:
    assert set(CATALOG) - set(MISTAKES) == ONLY_A_NET
    assert set(MISTAKES) - set(CATALOG) == set()
    assert all(isinstance(each, Mistake) for group in MISTAKES.values() for each in group)


@pytest.mark.parametrize("code", sorted(MISTAKES))
def test_a_mistake_is_among_the_first_three(code: str) -> None:
    for number in range(1 if code in LONG else FEW):
        assert code in told(code, number)[:3]


def test_nothing_is_found_in_a_few_right_messages() -> None:
    assert [told(None, number) for number in range(FEW_RIGHT)] == [[]] * FEW_RIGHT


@pytest.mark.slow
def test_the_confusion_matrix() -> None:
    rows = matrix(MANY)
    for code, row in rows.items():
        first = 100 * row[code] / row.total()
        print(f"{code:30} {first:5.1f} %  {dict(row)}")
    assert {code: row for code, row in rows.items() if row["late"]} == {}
    assert {code: row for code, row in rows.items() if row[code] < 0.95 * row.total()} == {}


@pytest.mark.slow
def test_nothing_is_found_in_many_right_messages() -> None:
    found = {number: told(None, number) for number in range(MANY_RIGHT)}
    assert {number: codes for number, codes in found.items() if codes} == {}

"""No input costs a reader more than a small multiple of json.loads, or of one RSA operation (D11).

The inputs are drawn from tables of hostile parts; tests/support/hostile.py can try many more.
"""

from __future__ import annotations

import pytest

from tests.support.hostile import READERS, costliest, drawn
from tests.support.speed import MEBI

# Times the unit of a reader. What was measured is half of it, or less: the rest is room for other
# machines and Pythons.
MOST = 25
MOST_EXACT = 45  # of an exact JSON text, see tests/support/json_texts.py


def most_of(name: str) -> int:
    return MOST_EXACT if name == "read_json, exact" else MOST


@pytest.mark.parametrize("name", READERS)
def test_no_input_of_a_sample_costs_too_much(name: str) -> None:
    reader = READERS[name]
    size = MEBI // 64
    worst = costliest(reader, drawn(reader, 30, size), size, most_of(name))
    assert worst.multiple <= most_of(name), worst.start


@pytest.mark.slow
@pytest.mark.parametrize("name", READERS)
def test_no_input_of_a_mebibyte_costs_too_much(name: str) -> None:
    reader = READERS[name]
    worst = costliest(reader, drawn(reader, 30, MEBI, seed=1), MEBI, most_of(name))
    assert worst.multiple <= most_of(name), worst.start

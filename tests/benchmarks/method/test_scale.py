"""Claims spread over the shards of a cluster as computed."""

from __future__ import annotations

import pytest

from benchmarks.method import scale

pytestmark = pytest.mark.once


def test_hash_slots_are_those_of_redis_cluster() -> None:
    assert scale.slot_of(b"123456789") == 0x31C3  # the specification's own example


def test_claims_spread_as_computed() -> None:
    keys = 20_000
    for spread in scale.spreads((2, 3, 24), keys):
        assert spread.deviation == pytest.approx(((spread.shards - 1) / keys) ** 0.5)
        assert 0 <= spread.slots < 0.001
        assert spread.busiest < 5 * spread.deviation

"""The limits are complete, and the verdicts follow from them."""

from __future__ import annotations

import pytest

from benchmarks.method import budget
from benchmarks.method.budget import Limit
from benchmarks.method.measure import Case
from tests.benchmarks.helpers import HASH, hash_case, idle

pytestmark = pytest.mark.once


@pytest.mark.bench
def test_every_ratio_has_a_limit_and_every_limit_a_ratio() -> None:
    assert [case.name for case in budget.cases()] == list(budget.read_limits())


def test_limits_and_aims_are_in_order() -> None:
    for name, limit in budget.read_limits().items():
        assert limit.is_minimum is name.startswith("peers.")
        assert min(limit.limit, limit.aim) >= 1
        # An aim is at least as good as its limit.
        assert limit.allows(limit.aim, limit.limit)


def test_a_concern_or_a_ratio_can_be_named() -> None:
    names = [case.name for case in budget.cases(["verify", "sign.headers"])]
    assert names == ["sign.headers", "verify.token", "verify.function", "verify.mebibyte"]


@pytest.mark.parametrize("name", ["sign.nonsense", "nonsense", "counts"])
def test_another_name_is_refused(name: str) -> None:
    with pytest.raises(LookupError, match=name.replace(".", r"\.")):
        budget.cases(["sign.headers", name])


@pytest.mark.parametrize(
    ("limit", "first", "second", "passes"),
    [
        (Limit(2, 1), 3, 1.5, True),
        (Limit(2, 1), 3, 2.5, False),
        (Limit(2, 3, is_minimum=True), 1, 2.5, True),
        (Limit(2, 3, is_minimum=True), 1, 1.5, False),
    ],
)
def test_a_failed_ratio_is_measured_once_more_for_longer(
    limit: Limit, first: float, second: float, passes: bool
) -> None:
    requests: list[float] = []

    def measure(_: Case, seconds: float) -> float:
        requests.append(seconds)
        return first if len(requests) == 1 else second

    limits = {"sign.headers": limit}
    (verdict,) = budget.judge([hash_case(HASH)], limits, 1, retry=True, measure=measure)
    assert requests == [1, 2]
    assert (verdict.passes, verdict.ratio) == (passes, second)


def test_the_better_of_two_measurements_counts() -> None:
    ratios = iter([3.0, 4.0])
    case = Case("sign.headers", idle, idle, "nothing")
    limits = {case.name: Limit(2, 1)}
    (verdict,) = budget.judge([case], limits, 1, retry=True, measure=lambda *_: next(ratios))
    assert verdict.ratio == 3


def test_a_peer_that_is_not_installed_is_named_and_fails_nothing() -> None:
    missing = Case("peers.joserfc", None, idle, "nothing")
    (verdict,) = budget.judge([missing], {missing.name: Limit(1, 1)}, 0, retry=True)
    assert (verdict.ratio, verdict.passes) == (None, True)
    assert "not installed" in budget.table([verdict])


def test_an_installed_candidate_without_a_ratio_is_not_measured() -> None:
    case = Case("verify.token", idle, idle, "nothing")
    (verdict,) = budget.judge_ratios({}, [case], {case.name: Limit(1, 1)})
    assert verdict.passes
    assert "not measured" in budget.table([verdict])

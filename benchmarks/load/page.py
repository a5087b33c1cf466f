"""What the command prints."""

from __future__ import annotations

from typing import Any

from ..method.units import align, format_seconds
from .costs import RSA, Costs
from .counting import Counted, Kills, Outage

MEBIBYTE = 1 << 20

PLAIN_AIM = 1.25
BEYOND_RSA_AIM = 1.05  # 350 us where the bare call takes 333 us
CLAIM_AIM = 1.2
BACK_AIM_S = 1.0


def table(counted: Counted, one_at_a_time: Costs, several_at_once: Costs) -> str:
    """The figures of a run as tables, and the verdict."""
    parts = [_counts(counted), _outages(counted), _workers(counted.workers), _kinds(counted)]
    parts += [_costs(one_at_a_time, several_at_once), _ratios(one_at_a_time, several_at_once)]
    parts += [f"wrong: {number} x {text}" for text, number in counted.tally.wrong.items()]
    parts.append("All calls behaved as they must." if counted.passes else "Not all is right.")
    return "\n\n".join(parts)


def as_json(counted: Counted, one_at_a_time: Costs, several_at_once: Costs) -> dict[str, Any]:
    """The same figures, in seconds and bytes."""
    tally = counted.tally
    return {
        "calls": tally.calls,
        "hostile": tally.hostile,
        "wrong": dict(tally.wrong),
        "accepted_twice": counted.accepted_twice,
        "unanswered": counted.unanswered,
        "burst_taken": counted.burst_taken,
        "errors_500": tally.errors_500,
        "refusals_503": tally.refusals_503,
        "too_slow": tally.too_slow,
        "kinds": dict(tally.kinds),
        "mixed": counted.mixed._asdict(),
        "halted": counted.halted._asdict(),
        "killed": counted.killed._asdict(),
        "workers": counted.workers._asdict(),
        "growth": counted.growth._asdict(),
        "one_at_a_time": one_at_a_time._asdict(),
        "several_at_once": several_at_once._asdict(),
        "passes": counted.passes,
    }


def _counts(counted: Counted) -> str:
    tally = counted.tally
    growth = counted.growth
    return align(
        [
            ("calls, copies sent again included", f"{tally.calls:,}"),
            ("hostile ones in the mixed part", f"{tally.hostile:,}"),
            ("wrong decisions", f"{tally.wrong.total():,}"),
            ("accepted twice", f"{counted.accepted_twice:,}"),
            ("taken, and not answered so", f"{counted.unanswered:,}"),
            ("accepted of one capture sent 200 times", f"{counted.burst_taken:,}"),
            ("HTTP 500", f"{tally.errors_500:,}"),
            ("HTTP 503 while Redis was away", f"{tally.refusals_503 - tally.too_slow:,}"),
            ("HTTP 503 at other times", f"{tally.too_slow:,}"),
            ("requests a second", f"{counted.mixed.requests_per_s:,.0f}"),
            ("latency, p50", format_seconds(counted.mixed.p50)),
            ("latency, p99", format_seconds(counted.mixed.p99)),
            ("memory of the workers before", f"{growth.memory_before / MEBIBYTE:.1f} MiB"),
            ("memory of the workers after", f"{growth.memory_after / MEBIBYTE:.1f} MiB"),
            ("their descriptors before", str(growth.descriptors_before)),
            ("their descriptors after", str(growth.descriptors_after)),
        ]
    )


def _outages(counted: Counted) -> str:
    head = ("Redis", "refused", "first refusal", "first accepted again", f"within {BACK_AIM_S} s")
    rows = [_outage("halted", counted.halted), _outage("killed", counted.killed)]
    return align([head, *rows])


def _outage(name: str, outage: Outage) -> tuple[str, ...]:
    is_back = outage.first_taken <= BACK_AIM_S and outage.last_refusal <= BACK_AIM_S
    return (
        name,
        f"{outage.refused:,}",
        f"after {format_seconds(outage.first_refusal)}",
        f"after {format_seconds(outage.first_taken)}",
        "yes" if is_back else "no",
    )


def _workers(kills: Kills) -> str:
    return align(
        [
            ("workers killed", f"{kills.workers:,}"),
            ("calls whose connection broke", f"{kills.broken:,}"),
            ("taken when they were sent again", f"{kills.then_taken:,}"),
            ("refused as replays then", f"{kills.then_replayed:,}"),
        ]
    )


def _kinds(counted: Counted) -> str:
    kinds = counted.tally.kinds
    return align([("kind of call", "sent"), *((kind, f"{kinds[kind]:,}") for kind in kinds)])


def _costs(one_at_a_time: Costs, several_at_once: Costs) -> str:
    rows: list[tuple[str, ...]] = [("CPU time of one", "one at a time", "several at once")]
    for name in one_at_a_time.seconds:
        seconds = (one_at_a_time.seconds[name], several_at_once.seconds[name])
        rows.append((name, *map(format_seconds, seconds)))
    shares = (_share_of_rsa(one_at_a_time), _share_of_rsa(several_at_once))
    return align([*rows, ("share of RSA in an encrypted call", *shares)])


def _share_of_rsa(costs: Costs) -> str:
    return f"{costs.seconds[RSA] / costs.seconds['encrypted']:.0%}"


def _ratios(one_at_a_time: Costs, several_at_once: Costs) -> str:
    one = one_at_a_time
    several = several_at_once
    return align(
        [
            ("ratio", "one at a time", "several at once", "aim"),
            _ratio("plain call / bare call", one.plain, several.plain, PLAIN_AIM),
            _ratio("(encrypted - RSA) / bare", one.beyond_rsa, several.beyond_rsa, BEYOND_RSA_AIM),
            _ratio("claim / SET NX EX", one.claim, several.claim, CLAIM_AIM),
        ]
    )


def _ratio(name: str, one: float, several: float, aim: float) -> tuple[str, ...]:
    return (name, *(_beside_aim(measured, aim) for measured in (one, several)), f"{aim:.2f}")


def _beside_aim(measured: float, aim: float) -> str:
    return f"{measured:.2f}, {'reached' if measured <= aim else 'beyond'}"

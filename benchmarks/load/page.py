"""What the command prints."""

from __future__ import annotations

from typing import Any

from ..method.units import align, format_seconds
from .costs import RSA, Costs
from .counting import Counted, Outage

MEBIBYTE = 1 << 20

PLAIN_AIM = 1.25
BEYOND_RSA_AIM = 1.05  # 350 us where the bare call takes 333 us
CLAIM_AIM = 1.2
BACK_AIM_S = 1.0


def table(counted: Counted, costs: Costs) -> str:
    """The figures of a run as tables, and the verdict."""
    parts = [_counts(counted), _outages(counted), _kinds(counted), _costs(costs), _ratios(costs)]
    parts += [f"wrong: {number} x {text}" for text, number in counted.tally.wrong.items()]
    parts.append("All calls behaved as they must." if counted.passes else "Not all is right.")
    return "\n\n".join(parts)


def as_json(counted: Counted, costs: Costs) -> dict[str, Any]:
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
        "kinds": dict(tally.kinds),
        "mixed": counted.mixed._asdict(),
        "halted": counted.halted._asdict(),
        "killed": counted.killed._asdict(),
        "growth": counted.growth._asdict(),
        "costs": costs._asdict(),
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
            ("HTTP 503, all while Redis was away", f"{tally.refusals_503:,}"),
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


def _kinds(counted: Counted) -> str:
    kinds = counted.tally.kinds
    return align([("kind of call", "sent"), *((kind, f"{kinds[kind]:,}") for kind in kinds)])


def _costs(costs: Costs) -> str:
    rows = [("CPU time of one", "")]
    rows += [(name, format_seconds(seconds)) for name, seconds in costs.seconds.items()]
    share = costs.seconds[RSA] / costs.seconds["encrypted"]
    rows.append(("share of RSA in an encrypted call", f"{share:.0%}"))
    return align(rows)


def _ratios(costs: Costs) -> str:
    rows = [
        ("plain call / bare call", costs.plain, PLAIN_AIM),
        ("(encrypted call - RSA) / bare call", costs.beyond_rsa, BEYOND_RSA_AIM),
        ("claim / SET NX EX", costs.claim, CLAIM_AIM),
    ]
    head = ("ratio", "measured", "aim", "")
    return align([head, *(_ratio(*row) for row in rows)])


def _ratio(name: str, measured: float, aim: float) -> tuple[str, ...]:
    verdict = "aim reached" if measured <= aim else "beyond the aim"
    return (name, f"{measured:.2f}", f"{aim:.2f}", verdict)

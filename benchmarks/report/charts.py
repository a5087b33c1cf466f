"""The charts of the report: cost against size, ratios against limits, peers, and workers."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import groupby

from ..method import budget, parallel
from ..method.points import BARE, ENCODED, OURS
from .measurements import MeasuredPoint, Measurements
from .svg import Bar, bars, lines

COMPARED_SIZE = 256  # bytes
OURS_COLOUR = "#e69f00"

# The charts that have peers, at their usual key and algorithm, and the ratio whose limit is ours.
COMPARED = {
    "All seven headers of a request": "sign.headers",
    "A token read and verified": "verify.token",
    "A message encrypted, RSA 2048, A128GCM": "jwe.encrypt",
    "A message decrypted, RSA 2048, A128GCM": "jwe.decrypt",
}


def draw_all(measurements: Measurements) -> dict[str, str]:
    """The text of every chart by the name of its file."""
    charts = {}
    for title, points in by_chart(measurements.points).items():
        if len(points) > 1:
            charts[file_of(title)] = _cost_against_size(title, points)
    charts["ratios"] = _ratios(measurements.verdicts)
    peers = list(_peers(measurements))
    if peers:
        title = f"{COMPARED_SIZE} bytes: ours, its limit, and the peers"
        charts["peers"] = bars(title, "times the bare primitive", peers)
    charts["workers"] = draw_workers(measurements.workers)
    return charts


def by_chart(points: Sequence[MeasuredPoint]) -> dict[str, list[MeasuredPoint]]:
    """The points by the titles of their charts; those of a chart follow each other."""
    return {title: list(group) for title, group in groupby(points, key=_title)}


def file_of(title: str) -> str:
    """The name of a chart's file, without its suffix."""
    words = "".join(letter if letter.isalnum() else " " for letter in title.lower())
    return "-".join(words.split())


def draw_workers(rows: Sequence[parallel.Row]) -> str:
    """The multiples of several workers as bars: ours, with a mark where the bare primitive is."""
    bare = {row.work.kind: row for row in rows if row.work.contestant == BARE}
    drawn: list[Bar] = []
    for row in rows:
        kind = row.work.kind
        if row.work.contestant == OURS:
            drawn += _team_bars(kind, "threads", row.threads, bare[kind].threads)
            drawn += _team_bars(kind, "processes", row.processes, bare[kind].processes)
    return bars("Several workers together", "times the calls a second of one", drawn, linear=True)


def _title(measured: MeasuredPoint) -> str:
    return measured.point.chart


def _cost_against_size(title: str, points: Sequence[MeasuredPoint]) -> str:
    series = {
        name: [(point.size, figures[name].seconds * 1e6) for point, figures in points]
        for name in points[0].figures
    }
    return lines(title, points[0].point.unit, "µs for one call", series)


def _ratios(verdicts: Sequence[budget.Verdict]) -> str:
    drawn = []
    for verdict in verdicts:
        limit = verdict.limit
        if verdict.ratio is not None and not limit.is_minimum:
            marks = {"limit": limit.limit, "aim": limit.aim}
            drawn.append(Bar(verdict.case.name, verdict.ratio, marks))
    return bars("Ours against the limit and the aim", "times its primitive", drawn)


def _peers(measurements: Measurements) -> Iterator[Bar]:
    limits = {verdict.case.name: verdict.limit.limit for verdict in measurements.verdicts}
    for point, figures in measurements.points:
        if point.chart not in COMPARED or point.size != COMPARED_SIZE:
            continue
        ratio_name = COMPARED[point.chart]
        concern, _, what = ratio_name.partition(".")
        label = what if concern == "jwe" else concern
        for contestant, measured in figures.items():
            if contestant == OURS:
                marks = {"limit": limits[ratio_name]}
                yield Bar(f"{label}: {contestant}", measured.ratio, marks, OURS_COLOUR)
            elif contestant not in (BARE, ENCODED):
                yield Bar(f"{label}: {contestant}", measured.ratio)


def _team_bars(
    kind: str, workers: str, ours: parallel.Scaled, bare: parallel.Scaled
) -> Iterator[Bar]:
    for number, multiple in ours.multiples.items():
        if number > 1:
            label = f"{kind}, {number} {workers}"
            yield Bar(label, multiple, {BARE: bare.multiples[number]})

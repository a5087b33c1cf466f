"""Two kinds of chart as SVG text: lines on logarithmic axes, and bars with marks. They need nothing from outside."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from math import ceil, floor, log10
from typing import NamedTuple
from xml.sax.saxutils import escape, quoteattr

# Told apart by people who see few colours, too (Okabe and Ito), and by the shape of the legend's order.
COLOURS = ("#000000", "#d55e00", "#0072b2", "#009e73", "#cc79a7", "#e69f00", "#56b4e9")
WIDTH, HEIGHT = 720, 400
LEFT, RIGHT, TOP, BOTTOM = 70, 170, 40, 50
ROW = 22


class Bar(NamedTuple):
    """A bar, and the values where marks stand across it."""

    label: str
    value: float
    marks: Mapping[str, float] = {}
    colour: str = "#56b4e9"


def lines(
    title: str, across: str, up: str, series: Mapping[str, Sequence[tuple[float, float]]]
) -> str:
    """A line for each series of positive points, both axes logarithmic."""
    every = [point for points in series.values() for point in points]
    (left, right), (low, high) = (_decades([point[axis] for point in every]) for axis in (0, 1))

    def place(point: tuple[float, float]) -> tuple[float, float]:
        x = LEFT + (log10(point[0]) - left) / (right - left) * (WIDTH - LEFT - RIGHT)
        return x, HEIGHT - BOTTOM - (log10(point[1]) - low) / (high - low) * (HEIGHT - TOP - BOTTOM)

    drawn = [_text(WIDTH / 2, 22, title, "middle", 15)]
    for decade in range(left, right + 1):
        x, _ = place((10.0**decade, 10.0**low))
        drawn += [
            _line(x, TOP, x, HEIGHT - BOTTOM, "#ddd"),
            _text(x, HEIGHT - BOTTOM + 16, amount(10.0**decade), "middle"),
        ]
    for decade in range(low, high + 1):
        _, y = place((10.0**left, 10.0**decade))
        drawn += [
            _line(LEFT, y, WIDTH - RIGHT, y, "#ddd"),
            _text(LEFT - 6, y + 4, amount(10.0**decade), "end"),
        ]
    drawn.append(_text((LEFT + WIDTH - RIGHT) / 2, HEIGHT - 10, across, "middle"))
    drawn.append(_text(8, TOP - 8, up, "start"))
    for number, (name, points) in enumerate(series.items()):
        colour = COLOURS[number % len(COLOURS)]
        path = " ".join(f"{x:.1f},{y:.1f}" for x, y in map(place, points))
        drawn.append(f'<polyline points="{path}" fill="none" stroke="{colour}" stroke-width="2"/>')
        drawn += [
            f'<circle cx="{x:.1f}" cy="{y:.1f}" r="3" fill="{colour}"/>'
            for x, y in map(place, points)
        ]
        y = TOP + 10 + ROW * number
        drawn += [
            _line(WIDTH - RIGHT + 14, y, WIDTH - RIGHT + 34, y, colour, 3),
            _text(WIDTH - RIGHT + 40, y + 4, name),
        ]
    return _page(title, WIDTH, HEIGHT, drawn)


def bars(title: str, across: str, rows: Sequence[Bar], linear: bool = False) -> str:
    """A bar for each row, each with its marks, on an axis that begins at 0, or a logarithmic one from 1 or below."""
    values = [1.0, *(value for row in rows for value in (row.value, *row.marks.values()))]
    low, high = (0, ceil(max(values))) if linear else _decades(values)
    start, end, height = 190, WIDTH - 70, TOP + ROW * len(rows) + BOTTOM

    def place(value: float) -> float:
        return start + ((value if linear else log10(value)) - low) / (high - low) * (end - start)

    drawn = [_text(WIDTH / 2, 22, title, "middle", 15)]
    for tick in range(low, high + 1):
        value = float(tick) if linear else 10.0**tick
        x = place(value)
        drawn += [
            _line(x, TOP, x, height - BOTTOM, "#ddd"),
            _text(x, height - BOTTOM + 16, amount(value), "middle"),
        ]
    names = list(dict.fromkeys(name for row in rows for name in row.marks))
    for number, row in enumerate(rows):
        y = TOP + ROW * number
        drawn.append(_text(start - 8, y + 15, row.label, "end"))
        long = max(place(row.value) - start, 1)
        drawn.append(
            f'<rect x="{start}" y="{y + 4}" width="{long:.1f}" height="14" fill="{row.colour}"/>'
        )
        drawn.append(
            _text(place(max(row.value, *row.marks.values(), 0)) + 6, y + 15, f"{row.value:.2f}")
        )
        for name, value in row.marks.items():
            colour = COLOURS[1 + names.index(name)]
            drawn.append(_line(place(value), y + 1, place(value), y + 21, colour, 3))
    for number, name in enumerate(names):
        drawn.append(
            _text(start + 110 * number, height - 8, f"| {name}", colour=COLOURS[1 + number])
        )
    drawn.append(_text(end, height - 8, across, "end"))
    return _page(title, WIDTH, height, drawn)


def amount(value: float) -> str:
    """A number for an axis, in few characters."""
    for factor, letter in ((1e6, "M"), (1e3, "k")):
        if value >= factor:
            return f"{value / factor:g}{letter}"
    return f"{value:g}"


def _decades(values: Sequence[float]) -> tuple[int, int]:
    low, high = floor(log10(min(values))), ceil(log10(max(values)))
    return low, max(high, low + 1)


def _text(
    x: float, y: float, text: str, anchor: str = "start", size: int = 12, colour: str = "#222"
) -> str:
    style = f'font-size="{size}" text-anchor="{anchor}" fill="{colour}"'
    return f'<text x="{x:.1f}" y="{y:.1f}" {style}>{escape(text)}</text>'


def _line(x1: float, y1: float, x2: float, y2: float, colour: str, width: int = 1) -> str:
    ends = f'x1="{x1:.1f}" y1="{y1:.1f}" x2="{x2:.1f}" y2="{y2:.1f}"'
    return f'<line {ends} stroke="{colour}" stroke-width="{width}"/>'


def _page(title: str, width: int, height: int, drawn: Sequence[str]) -> str:
    head = f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" font-family="sans-serif" role="img"'
    background = f'<rect width="{width}" height="{height}" fill="#fff"/>'
    return "\n".join((f"{head} aria-label={quoteattr(title)}>", background, *drawn, "</svg>", ""))

"""Two kinds of chart as SVG text, without anything from outside.

Lines have two logarithmic axes. Bars have marks, and one axis that is linear or logarithmic.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from math import ceil, floor, log10
from typing import NamedTuple
from xml.sax.saxutils import escape, quoteattr

# Distinct for people who see few colours, too (Okabe and Ito), in the order of the legend.
COLOURS = ("#000000", "#d55e00", "#0072b2", "#009e73", "#cc79a7", "#e69f00", "#56b4e9")
GRID = "#ddd"
TEXT = "#222"

WIDTH = 720
HEIGHT = 400
LEFT = 70
RIGHT = 170
TOP = 40
BOTTOM = 50
ROW = 22
BARS_START = 190
BARS_END = WIDTH - 70


class Bar(NamedTuple):
    """A bar, and the values at which marks cross it."""

    label: str
    value: float
    marks: Mapping[str, float] = {}
    colour: str = "#56b4e9"


class Decades(NamedTuple):
    """The powers of ten between which all values lie."""

    low: int
    high: int

    def part(self, value: float) -> float:
        """The place of a value between the two: 0 to 1."""
        return (log10(value) - self.low) / (self.high - self.low)


def lines(
    title: str, across: str, up: str, series: Mapping[str, Sequence[tuple[float, float]]]
) -> str:
    """A line for each series of positive points, both axes logarithmic."""
    every = [point for points in series.values() for point in points]
    columns = _decades([x for x, _ in every])
    rows = _decades([y for _, y in every])

    def x_of(value: float) -> float:
        return LEFT + columns.part(value) * (WIDTH - LEFT - RIGHT)

    def y_of(value: float) -> float:
        return HEIGHT - BOTTOM - rows.part(value) * (HEIGHT - TOP - BOTTOM)

    drawn = [_text(WIDTH / 2, 22, title, "middle", 15)]
    drawn += _columns_of_grid(columns, x_of)
    drawn += _rows_of_grid(rows, y_of)
    drawn.append(_text((LEFT + WIDTH - RIGHT) / 2, HEIGHT - 10, across, "middle"))
    drawn.append(_text(8, TOP - 8, up, "start"))
    for number, (name, points) in enumerate(series.items()):
        colour = COLOURS[number % len(COLOURS)]
        drawn += _polyline([(x_of(x), y_of(y)) for x, y in points], colour)
        drawn += _legend(number, name, colour)
    return _page(title, WIDTH, HEIGHT, drawn)


def bars(title: str, across: str, rows: Sequence[Bar], linear: bool = False) -> str:
    """A bar for each row, each with its marks.

    The axis begins at 0 if it is linear. A logarithmic one begins at 1, or at a power of ten below.
    """
    values = [1.0]
    for row in rows:
        values += [row.value, *row.marks.values()]
    height = TOP + ROW * len(rows) + BOTTOM
    scale = _linear_scale(values) if linear else _logarithmic_scale(values)
    drawn = [_text(WIDTH / 2, 22, title, "middle", 15)]
    for tick in scale.ticks:
        x = scale.x_of(tick)
        drawn.append(_line(x, TOP, x, height - BOTTOM, GRID))
        drawn.append(_text(x, height - BOTTOM + 16, amount(tick), "middle"))
    colours = _colours_of_marks(rows)
    for number, row in enumerate(rows):
        drawn += _bar(row, TOP + ROW * number, scale.x_of, colours)
    for number, (name, colour) in enumerate(colours.items()):
        drawn.append(_text(BARS_START + 110 * number, height - 8, f"| {name}", colour=colour))
    drawn.append(_text(BARS_END, height - 8, across, "end"))
    return _page(title, WIDTH, height, drawn)


def amount(value: float) -> str:
    """A number for an axis, in few characters: such as "16k"."""
    for factor, letter in ((1e6, "M"), (1e3, "k")):
        if value >= factor:
            return f"{value / factor:g}{letter}"
    return f"{value:g}"


class _Scale(NamedTuple):
    """The axis under bars: the x of a value, and the values that are written below."""

    x_of: Callable[[float], float]
    ticks: Sequence[float]


def _linear_scale(values: Sequence[float]) -> _Scale:
    highest = ceil(max(values))

    def x_of(value: float) -> float:
        return BARS_START + value / highest * (BARS_END - BARS_START)

    return _Scale(x_of, [float(tick) for tick in range(highest + 1)])


def _logarithmic_scale(values: Sequence[float]) -> _Scale:
    decades = _decades(values)

    def x_of(value: float) -> float:
        return BARS_START + decades.part(value) * (BARS_END - BARS_START)

    return _Scale(x_of, _powers_of_ten(decades))


def _decades(values: Sequence[float]) -> Decades:
    low = floor(log10(min(values)))
    high = ceil(log10(max(values)))
    return Decades(low, max(high, low + 1))


def _powers_of_ten(decades: Decades) -> list[float]:
    return [10.0**exponent for exponent in range(decades.low, decades.high + 1)]


def _columns_of_grid(decades: Decades, x_of: Callable[[float], float]) -> list[str]:
    drawn = []
    for value in _powers_of_ten(decades):
        x = x_of(value)
        drawn.append(_line(x, TOP, x, HEIGHT - BOTTOM, GRID))
        drawn.append(_text(x, HEIGHT - BOTTOM + 16, amount(value), "middle"))
    return drawn


def _rows_of_grid(decades: Decades, y_of: Callable[[float], float]) -> list[str]:
    drawn = []
    for value in _powers_of_ten(decades):
        y = y_of(value)
        drawn.append(_line(LEFT, y, WIDTH - RIGHT, y, GRID))
        drawn.append(_text(LEFT - 6, y + 4, amount(value), "end"))
    return drawn


def _polyline(points: Sequence[tuple[float, float]], colour: str) -> list[str]:
    path = " ".join(f"{x:.1f},{y:.1f}" for x, y in points)
    circles = [f'<circle cx="{x:.1f}" cy="{y:.1f}" r="3" fill="{colour}"/>' for x, y in points]
    return [
        f'<polyline points="{path}" fill="none" stroke="{colour}" stroke-width="2"/>',
        *circles,
    ]


def _legend(number: int, name: str, colour: str) -> list[str]:
    y = TOP + 10 + ROW * number
    start = WIDTH - RIGHT + 14
    return [
        _line(start, y, start + 20, y, colour, 3),
        _text(start + 26, y + 4, name),
    ]


def _colours_of_marks(rows: Sequence[Bar]) -> dict[str, str]:
    names = dict.fromkeys(name for row in rows for name in row.marks)
    return dict(zip(names, COLOURS[1:], strict=False))


def _bar(
    row: Bar, y: float, x_of: Callable[[float], float], colours: Mapping[str, str]
) -> list[str]:
    width = max(x_of(row.value) - BARS_START, 1)
    end = x_of(max(row.value, *row.marks.values(), 0))
    box = f'x="{BARS_START}" y="{y + 4}" width="{width:.1f}" height="14"'
    return [
        _text(BARS_START - 8, y + 15, row.label, "end"),
        f'<rect {box} fill="{row.colour}"/>',
        _text(end + 6, y + 15, f"{row.value:.2f}"),
        *(
            _line(x_of(value), y + 1, x_of(value), y + 21, colours[name], 3)
            for name, value in row.marks.items()
        ),
    ]


def _text(
    x: float, y: float, text: str, anchor: str = "start", size: int = 12, colour: str = TEXT
) -> str:
    style = f'font-size="{size}" text-anchor="{anchor}" fill="{colour}"'
    return f'<text x="{x:.1f}" y="{y:.1f}" {style}>{escape(text)}</text>'


def _line(x1: float, y1: float, x2: float, y2: float, colour: str, width: int = 1) -> str:
    ends = f'x1="{x1:.1f}" y1="{y1:.1f}" x2="{x2:.1f}" y2="{y2:.1f}"'
    return f'<line {ends} stroke="{colour}" stroke-width="{width}"/>'


def _page(title: str, width: int, height: int, drawn: Sequence[str]) -> str:
    size = f'viewBox="0 0 {width} {height}" font-family="sans-serif" role="img"'
    head = f'<svg xmlns="http://www.w3.org/2000/svg" {size} aria-label={quoteattr(title)}>'
    background = f'<rect width="{width}" height="{height}" fill="#fff"/>'
    return "\n".join((head, background, *drawn, "</svg>", ""))

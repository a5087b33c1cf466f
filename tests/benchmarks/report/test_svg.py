"""Charts are well-formed SVG, and their lengths are the figures."""

from __future__ import annotations

from xml.etree import ElementTree

import pytest

from benchmarks.report import svg

pytestmark = pytest.mark.once

SVG = "{http://www.w3.org/2000/svg}"


def test_lines_are_well_formed_whatever_their_names_are() -> None:
    series: dict[str, list[tuple[float, float]]] = {
        "<ours>": [(64, 1.5), (1 << 20, 900)],
        "&": [(64, 3)],
    }
    root = ElementTree.fromstring(svg.lines('a <b> & "c"', "bytes", "µs", series))
    assert root.tag == f"{SVG}svg"
    points = [line.attrib["points"].split() for line in root.iter(f"{SVG}polyline")]
    assert [len(of_line) for of_line in points] == [2, 1]
    assert {"<ours>", "&", 'a <b> & "c"'} <= {element.text for element in root}


@pytest.mark.parametrize(("linear", "times_as_long"), [(False, 2), (True, 5)])
def test_a_longer_bar_is_a_greater_ratio(linear: bool, times_as_long: float) -> None:
    rows = [svg.Bar("less", 5), svg.Bar("more", 25, {"limit": 100})]
    root = ElementTree.fromstring(svg.bars("title", "times", rows, linear))
    background, less, more = (float(box.attrib["width"]) for box in root.findall(f"{SVG}rect"))
    assert more / less == pytest.approx(times_as_long, rel=0.01)
    assert more < background


def test_a_mark_stands_at_its_value() -> None:
    """On an axis from 0 to 4, a mark at 3 crosses where a bar of 3 ends."""
    rows = [svg.Bar("three", 3), svg.Bar("one", 1, {"limit": 3, "aim": 4})]
    root = ElementTree.fromstring(svg.bars("title", "times", rows, linear=True))
    _, three, _ = root.findall(f"{SVG}rect")
    end = float(three.attrib["x"]) + float(three.attrib["width"])
    marks = [line for line in root.findall(f"{SVG}line") if line.attrib["stroke-width"] == "3"]
    assert float(marks[0].attrib["x1"]) == pytest.approx(end, abs=0.1)

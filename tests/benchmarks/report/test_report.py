"""The report shows all figures, names nobody's machine, and README.md is what it writes."""

from __future__ import annotations

import re
import sys
from pathlib import Path
from xml.etree import ElementTree

import pytest

from benchmarks.report import measurements, pages, report
from benchmarks.report.charts import draw_all, draw_workers
from benchmarks.report.measurements import Measurements
from tests.benchmarks.helpers import made_up_measurements
from tests.support import ROOT

pytestmark = pytest.mark.once


@pytest.fixture(scope="module")
def made_up() -> Measurements:
    """Measurements of every point and ratio, with figures that nobody measured."""
    return made_up_measurements()


@pytest.fixture(scope="module")
def page(made_up: Measurements) -> str:
    """The page that shows them."""
    return pages.page(made_up)


def charts_in(page: str) -> set[str]:
    """The files of the charts that a page shows."""
    return set(re.findall(r"\((charts/[^)]+)\)", page))


def files_in(folder: Path) -> set[str]:
    """The files of the charts in a folder."""
    return {f"charts/{path.name}" for path in (folder / "charts").iterdir()}


def prose_of(page: str) -> list[str]:
    """The words of a page in their order, without tables; each figure is an N."""
    lines = [line for line in page.splitlines() if not line.startswith("|")]
    return re.sub(r"\d[\d,.]*\d|\d", "N", " ".join(lines)).split()


def test_the_page_shows_every_chart_and_every_chart_is_well_formed(
    made_up: Measurements, tmp_path: Path
) -> None:
    report.write(made_up, tmp_path)
    page = (tmp_path / "README.md").read_text(encoding="utf-8")
    assert charts_in(page) == files_in(tmp_path)
    for path in charts_in(page):
        ElementTree.fromstring((tmp_path / path).read_text(encoding="utf-8"))


def test_readme_is_a_page_of_this_program(page: str) -> None:
    """Its figures are of another day; its words and its charts are those of today."""
    readme = (ROOT / "benchmarks" / "README.md").read_text(encoding="utf-8")
    assert prose_of(readme) == prose_of(page)
    assert charts_in(readme) == files_in(ROOT / "benchmarks")


def test_every_figure_has_its_place(page: str) -> None:
    assert "| sign.headers | its primitive | 3.20 | 3.20 | 2.30 |" in page
    assert "| peers.joserfc | its primitive | 1.40 | >= 1.40 | >= 1.40 |" in page
    assert "| CPython 3.11.7 | 50.0.2 | 4.0.3 |" in page
    assert "| signing | kmcrypto | 1,000 | 1.50 | 1.60 | 1,000 | 1.90 |" in page
    assert "| a call | 1 Ki | 2,048 | 2.00 |" in page
    assert "**Nothing grows**" in page
    assert "keeps 206 bytes for each live claim" in page


def test_a_ratio_that_a_python_lacks_is_a_hyphen(made_up: Measurements) -> None:
    (python,) = made_up.ratios_by_python
    text = pages.ratios_by_python({python: {"sign.headers": 2.0}}, made_up.verdicts)
    assert "| sign.headers | 2.00 | 3.20 |" in text
    assert text.rstrip().endswith("| peers.joserfc | - | >= 1.40 |")


def test_something_that_grows_is_said_to_grow(made_up: Measurements) -> None:
    growing = made_up.growths[0]._replace(blocks=1_000_000)
    page = pages.page(made_up._replace(growths=[*made_up.growths, growing]))
    assert "**Something grows**" in page
    assert "| a call | 1,000,000 | 1000000 | 0 | yes |" in page


def test_bars_of_workers_are_those_of_more_than_one(made_up: Measurements) -> None:
    root = ElementTree.fromstring(draw_workers(made_up.workers))
    labels = {element.text for element in root}
    assert {"signing, 4 threads", "signing, 2 processes"} <= labels
    assert "signing, 1 threads" not in labels


def test_peers_are_drawn_beside_ours(made_up: Measurements) -> None:
    labels = {element.text for element in ElementTree.fromstring(draw_all(made_up)["peers"])}
    assert {"sign: kmcrypto", "sign: by hand", "verify: by hand", "decrypt: kmcrypto"} <= labels
    assert "sign: bare" not in labels


@pytest.mark.bench
def test_a_measured_report_names_neither_home_nor_folders(tmp_path: Path) -> None:
    figures = measurements.measure(0, 100, concerns=["verify"], names=["verify.token"])
    report.write(figures, tmp_path)
    page = (tmp_path / "README.md").read_text(encoding="utf-8")
    assert "A token read and verified" in page.partition("## A million requests a second")[2]
    for folder in (Path.home(), ROOT, sys.prefix):
        assert len(str(folder)) < 4 or str(folder) not in page

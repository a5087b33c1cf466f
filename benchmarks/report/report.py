"""Writes README.md and charts/ in benchmarks/ from measurements of one run."""

from __future__ import annotations

from pathlib import Path

from .charts import draw_all
from .measurements import Measurements
from .pages import page

FOLDER = Path(__file__).parents[1]


def write(measurements: Measurements, folder: Path = FOLDER) -> None:
    """Write the page and its charts into a folder."""
    charts = folder / "charts"
    charts.mkdir(parents=True, exist_ok=True)
    for name, text in draw_all(measurements).items():
        (charts / f"{name}.svg").write_text(text, encoding="utf-8")
    (folder / "README.md").write_text(page(measurements), encoding="utf-8")

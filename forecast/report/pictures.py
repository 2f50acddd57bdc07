"""An issue as pictures: the map, the first regions and the months, each with its citation."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from data.files import write_bytes
from forecast.report.canvas import picture_bytes, steady
from forecast.report.issue_view import IssueView

__all__ = ["write_png", "write_svg"]


def write_svg(record: IssueView, folder: Path, stem: str) -> list[Path]:
    """Write map and charts as SVG; see ``write_png``."""
    return _write(record, folder, stem, "svg")


def write_png(record: IssueView, folder: Path, stem: str) -> list[Path]:
    """Write map and charts as PNG.

    Args:
        record: The issue.
        folder: Where to.
        stem: How the names begin.
    """
    return _write(record, folder, stem, "png")


def _write(record: IssueView, folder: Path, stem: str, kind: str) -> list[Path]:
    paths = []
    with steady():
        for name, figure in _drawings(record):
            paths.append(folder / f"{stem}-{name}.{kind}")
            write_bytes(paths[-1], picture_bytes(figure, kind))
    return paths


def _drawings(record: IssueView) -> Iterator[tuple[str, Any]]:
    """Yield each drawing with its name; months ahead stand in it where there are several."""
    from forecast.report.chart_drawings import draw_months, draw_ranking
    from forecast.report.map_drawing import draw_map

    for horizon in record.horizons:
        part, ahead = record.at(horizon), f"-h{horizon}" if len(record.horizons) > 1 else ""
        yield f"map{ahead}", draw_map(part)
        ranking = draw_ranking(part)
        if ranking is not None:
            yield f"ranking{ahead}", ranking
    months = draw_months(record)
    if months is not None:
        yield "months", months

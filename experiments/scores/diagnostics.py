"""Diagnostic plots of a backtest: reliability, PIT and skill by phase, a small panel a model.

A ``Frame`` adds a title and a source to a figure that is shown by itself; those in the folder of a
backtest have none.
"""

from __future__ import annotations

import io
import math
from collections.abc import Callable, Hashable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple

import pandas as pd

from experiments.scores.bootstrap import Bootstrap
from experiments.scores.breakdowns import UNCLEAR_ONSET, break_down
from experiments.scores.paired_rows import pair_rows
from experiments.scores.reliability import reliability_table

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

__all__ = ["Frame", "phase_plot", "pit_plot", "png_bytes", "reliability_plot"]

_ACROSS = 4
_WIDEST = 60.0
# Palette of Okabe and Ito, which colour-blind readers can distinguish.
_COLOURS = ("#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00", "#56b4e9")


@dataclass(frozen=True)
class Frame:
    """Title and source of a figure.

    Attributes:
        title: What the figure shows.
        source: Data and models that it was made from.
    """

    title: str
    source: str


def reliability_plot(forecasts: pd.DataFrame, frame: Frame | None = None) -> Figure:
    """Draw a reliability diagram of the rows with a probability of an attack of .05 or more.

    Args:
        forecasts: Rows of ``forecasts.parquet``.
        frame: Title and source; None for neither.

    Returns:
        A panel a model. Points on the diagonal are calibrated; their area grows with their number
        of rows, vertical lines are 90 % intervals of a block bootstrap over target months, each
        horizon has its colour.
    """
    tables = [reliability_table(rows, Bootstrap()) for rows in pair_rows(forecasts).values()]
    bins = pd.concat(tables).query("floor > 0")

    def draw(axes: Axes, rows: pd.DataFrame) -> None:
        axes.plot([0, 1], [0, 1], color="0.7", linewidth=1)
        mine = bins[bins["model"] == rows["model"].iloc[0]]
        for place, (horizon, some) in enumerate(mine.groupby("horizon")):
            colour = _COLOURS[place % len(_COLOURS)]
            axes.vlines(
                some["mean_p"], some["observed_rate_lo"], some["observed_rate_hi"], color=colour
            )
            sizes = 6 + 34 * some["rows"] / some["rows"].max()
            label = f"{horizon} ahead"
            axes.scatter(
                some["mean_p"],
                some["observed_rate"],
                s=sizes,
                color=colour,
                alpha=0.8,
                label=label,
            )
        if mine["horizon"].nunique() > 1:
            axes.legend(fontsize=6)
        axes.set_xlim(0, 1)
        axes.set_ylim(0, 1)

    labels = _Labels("P(attack), rows with p >= .05", "observed rate")
    return _grid(forecasts, draw, labels, frame)


def pit_plot(forecasts: pd.DataFrame, frame: Frame | None = None) -> Figure:
    """Draw the randomised PIT of rows with p >= .2, a panel a model.

    Args:
        forecasts: Rows of ``forecasts.parquet``.
        frame: Title and source; None for neither.

    Returns:
        A panel a model. Flat at 1 is calibrated, a hump means too wide, a valley too narrow.
    """

    def draw(axes: Axes, rows: pd.DataFrame) -> None:
        values = rows.loc[rows["p_attack"] >= 0.2, "pit"]
        if len(values):
            axes.hist(values, bins=10, range=(0, 1), density=True, color="#0072b2", alpha=0.8)
        axes.axhline(1.0, color="0.3", linewidth=1)
        axes.set_xlim(0, 1)

    return _grid(forecasts, draw, _Labels("PIT, rows with p >= .2", "density"), frame)


def phase_plot(forecasts: pd.DataFrame, frame: Frame | None = None) -> Figure:
    """Draw each model's skill on CRPS against no-change by phase, a panel a model.

    Args:
        forecasts: Rows of ``forecasts.parquet``, all models on the same rows.
        frame: Title and source; None for neither.

    Returns:
        A panel a model. Right of 0 is better than no-change; the line is the 90 % interval of a
        block bootstrap over target months, each horizon has its colour. An arrow marks a skill
        beyond the edge of the panel.
    """
    horizons = list(pair_rows(forecasts).values())
    parts = pd.concat([break_down(rows, Bootstrap(), by="phase") for rows in horizons])

    def draw(axes: Axes, rows: pd.DataFrame) -> None:
        axes.axvline(0, color="0.3", linewidth=1)
        axes.set_xlim(-_WIDEST, _WIDEST)
        if not len(parts) or parts["against"].isna().all():
            axes.text(0, 0.5, "not recorded", ha="center", fontsize=8)
            axes.set_yticks([])
            return
        mine = parts[parts["model"] == rows["model"].iloc[0]]
        names = [name for name in dict.fromkeys(parts["part"]) if name != UNCLEAR_ONSET]
        for place, (horizon, some) in enumerate(mine.groupby("horizon")):
            axes.plot([], [], color=_COLOURS[place % len(_COLOURS)], label=f"{horizon} ahead")
            skills = {str(row["part"]): row for row in some.to_dict("records")}
            _draw_skills(axes, skills, names, place=place, horizons=parts["horizon"].nunique())
        if mine["horizon"].nunique() > 1:
            axes.legend(fontsize=6)
        axes.set_yticks(range(len(names)), names)
        axes.set_ylim(len(names) - 0.5, -0.5)

    labels = _Labels("skill on CRPS against no-change, %", "phase", names=0.55)
    return _grid(forecasts, draw, labels, frame)


def png_bytes(figure: Figure) -> bytes:
    """Return a figure as PNG, without a date."""
    content = io.BytesIO()
    figure.savefig(content, format="png", dpi=100, metadata={"Software": None})
    return content.getvalue()


def _draw_skills(
    axes: Axes,
    skills: Mapping[str, Mapping[Hashable, Any]],
    names: list[str],
    *,
    place: int,
    horizons: int,
) -> None:
    """Draw one horizon's skills, a mark a phase."""
    colour = _COLOURS[place % len(_COLOURS)]
    for row, name in enumerate(names):
        if name not in skills or math.isnan(skills[name]["skill"]):
            continue
        middle, low, high = (100 * skills[name][f"skill{end}"] for end in ("", "_lo", "_hi"))
        up = row + (place - (horizons - 1) / 2) * 0.6 / horizons
        axes.plot([low, high], [up, up], color=colour, linewidth=1.5)
        if abs(middle) <= _WIDEST:
            axes.plot([middle], [up], "o", color=colour, markersize=4)
        else:
            edge = _WIDEST if middle > 0 else -_WIDEST
            axes.plot([edge], [up], ">" if middle > 0 else "<", color=colour, clip_on=False)


class _Labels(NamedTuple):
    """Labels of the axes of all panels, and the inches for names of rows on the left."""

    across: str
    up: str
    names: float = 0.0


class _Margins(NamedTuple):
    """Inches around and between the panels; ``gap`` is a share of a panel's width."""

    left: float
    head: float
    foot: float
    across: float
    up: float
    gap: float


def _grid(
    forecasts: pd.DataFrame,
    draw: Callable[[Axes, pd.DataFrame], None],
    labels: _Labels,
    frame: Frame | None,
) -> Figure:
    """Draw one small panel a model, in the order of the frame."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    models = list(dict.fromkeys(forecasts["model"]))
    wide = _ACROSS if frame is None else max(min(_ACROSS, len(models)), 2)
    high = math.ceil(len(models) / wide)
    if frame is None:
        around = _Margins(1.32, 0.675, 0.45 + 0.135 * high, 0.027 * high, 0.24, 0.08)
        height = 2.7 * high
    else:
        around = _Margins(0.75 + labels.names, 0.85, 0.85, 0.3, 0.2, 0.14)
        height = 2.4 * high + around.head + around.foot
    width = 3.0 * wide
    figure = Figure(figsize=(width, height), facecolor="white")
    FigureCanvasAgg(figure)
    panels = figure.subplots(high, wide, squeeze=False, sharex=True, sharey=True).ravel()
    # Fixed margins: measuring every label takes matplotlib seconds for each figure.
    figure.subplots_adjust(
        left=around.left / width,
        right=1 - 0.24 / width,
        top=1 - around.head / height,
        bottom=around.foot / height,
        wspace=around.gap,
    )
    for axes, model in zip(panels, models, strict=False):
        draw(axes, forecasts[forecasts["model"] == model])
        axes.set_title(str(model), fontsize=9, y=1.0)
        axes.tick_params(labelsize=7)
    for axes in panels[len(models) :]:
        axes.set_axis_off()
    figure.supxlabel(labels.across, fontsize=9, y=around.across / height)
    figure.supylabel(labels.up, fontsize=9, x=around.up / width)
    if frame is not None:
        figure.text(0.15 / width, 1 - 0.32 / height, frame.title, fontsize=12, weight="bold")
        figure.text(0.15 / width, 0.1 / height, frame.source, fontsize=6.5, color="0.35")
    return figure

"""Pictures of how well a backtest's probabilities and distributions were calibrated."""

from __future__ import annotations

import io
import math
from collections.abc import Callable
from typing import TYPE_CHECKING

import pandas as pd

from experiments.probability_scores import reliability

if TYPE_CHECKING:
    from matplotlib.axes import Axes

__all__ = ["pit_plot", "reliability_plot"]

_ACROSS = 4
_BINS = 20


def reliability_plot(forecasts: pd.DataFrame) -> bytes:
    """Draw forecast probability of an attack against how often it came true, a panel a model.

    Args:
        forecasts: Rows of ``forecasts.parquet``.

    Returns:
        PNG. Points on the diagonal are right; their area grows with their rows.
    """

    def draw(axes: Axes, rows: pd.DataFrame) -> None:
        bins = reliability(rows["observed"] >= 1, rows["p_attack"], bins=_BINS)
        axes.plot([0, 1], [0, 1], color="0.7", linewidth=1)
        sizes = 8 + 60 * bins[:, 2] / bins[:, 2].max()
        axes.scatter(bins[:, 0], bins[:, 1], s=sizes, color="#0072b2", alpha=0.8)
        axes.set_xlim(0, 1)
        axes.set_ylim(0, 1)

    return _grid(forecasts, draw, across="P(attack)", up="came true")


def pit_plot(forecasts: pd.DataFrame) -> bytes:
    """Draw the randomised PIT of rows with p >= .2, a panel a model.

    Args:
        forecasts: Rows of ``forecasts.parquet``.

    Returns:
        PNG. Flat at 1 is right, a hump too wide, a valley too narrow.
    """

    def draw(axes: Axes, rows: pd.DataFrame) -> None:
        values = rows.loc[rows["p_attack"] >= 0.2, "pit"]
        if len(values):
            axes.hist(values, bins=10, range=(0, 1), density=True, color="#0072b2", alpha=0.8)
        axes.axhline(1.0, color="0.3", linewidth=1)
        axes.set_xlim(0, 1)

    return _grid(forecasts, draw, across="PIT", up="density")


def _grid(
    forecasts: pd.DataFrame, draw: Callable[[Axes, pd.DataFrame], None], *, across: str, up: str
) -> bytes:
    """Draw one small panel a model, in the order of the frame."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    models = list(dict.fromkeys(forecasts["model"]))
    high = math.ceil(len(models) / _ACROSS)
    figure = Figure(figsize=(3 * _ACROSS, 2.7 * high), layout="constrained")
    FigureCanvasAgg(figure)
    panels = figure.subplots(high, _ACROSS, squeeze=False).ravel()
    for axes, model in zip(panels, models, strict=False):
        draw(axes, forecasts[forecasts["model"] == model])
        axes.set_title(str(model), fontsize=9)
        axes.tick_params(labelsize=7)
    for axes in panels[len(models) :]:
        axes.set_axis_off()
    figure.supxlabel(across, fontsize=9)
    figure.supylabel(up, fontsize=9)
    content = io.BytesIO()
    figure.savefig(content, format="png", dpi=100, metadata={"Software": None})
    return content.getvalue()

"""Recall and precision of the k regions ranked first, with intervals over target months."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from experiments.scores.bootstrap import Bootstrap, Resampled, Resampler, ratio
from experiments.scores.paired_rows import PairedRows

__all__ = ["TOP", "monthly_hits", "top_k_scores", "top_k_table"]

TOP = (10, 20, 30)

Floats = npt.NDArray[np.float64]


def top_k_scores(rows: PairedRows, model: int) -> dict[str, float]:
    """Return ``recall_topK`` and ``precision_topK`` of one model without intervals.

    Args:
        rows: The models of one horizon.
        model: Position of the model.
    """
    scores: dict[str, float] = {}
    for k in TOP:
        recall, precision = _monthly(rows, model, k=k)
        finite = recall[np.isfinite(recall)]
        scores[f"recall_top{k}"] = float(finite.mean()) if len(finite) else np.nan
        scores[f"precision_top{k}"] = float(precision.mean())
    return scores


def monthly_hits(rows: PairedRows, model: int, *, k: int) -> Floats:
    """Return how many of the k regions ranked first were attacked in each month.

    Regions rank as in the risk table: by probability, then expected count, then id.

    Args:
        rows: The models of one horizon.
        model: Position of the model.
        k: Number of regions.

    Returns:
        (months,), numbers of regions.
    """
    order = np.lexsort((-rows.values["mean"][model], -rows.values["p_attack"][model], rows.month))
    month = rows.month[order]
    rank = np.arange(len(order)) - np.searchsorted(month, month)
    return np.bincount(month, rows.attacked[order] & (rank < k), minlength=rows.months).astype(
        np.float64
    )


def top_k_table(
    rows: PairedRows, bootstrap: Bootstrap, *, sizes: tuple[int, ...] = TOP
) -> pd.DataFrame:
    """Return recall and precision of the regions ranked first, averaged over target months.

    A month without any attack has no recall and is left out of its mean.

    Args:
        rows: The models of one horizon.
        bootstrap: Settings of the bootstrap.
        sizes: Values of k.

    Returns:
        A row a model and k: ``model, horizon, k, recall, precision``, both with ``_lo`` and
        ``_hi``.
    """
    resampler = Resampler(rows, bootstrap)
    table: list[dict[str, Any]] = []
    for k in sizes:
        each = [_monthly(rows, line, k=k) for line in range(len(rows.models))]
        recall, precision = (
            _averaged(resampler, np.array(values)) for values in zip(*each, strict=True)
        )
        table += [
            {"model": model, "horizon": rows.horizon, "k": k}
            | recall.interval(line).columns("recall")
            | precision.interval(line).columns("precision")
            for line, model in enumerate(rows.models)
        ]
    return pd.DataFrame(table)


def _monthly(rows: PairedRows, model: int, *, k: int) -> tuple[Floats, Floats]:
    """Return recall (NaN in a month without an attack) and precision, (months,) each."""
    regions = np.bincount(rows.month, minlength=rows.months)
    attacked = np.bincount(rows.month, rows.attacked, minlength=rows.months)
    hits = monthly_hits(rows, model, k=k)
    with np.errstate(invalid="ignore"):
        return hits / np.where(attacked > 0, attacked, np.nan), hits / np.minimum(k, regions)


def _averaged(resampler: Resampler, monthly: Floats) -> Resampled:
    """Return means over the months with a value, from (models, months)."""
    finite = np.isfinite(monthly)
    sums = resampler.of_months(np.where(finite, monthly, 0.0))
    return ratio(sums, resampler.of_months(finite.astype(np.float64)))

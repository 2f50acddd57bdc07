"""What ``escalation evaluate`` reads, scores, writes and prints."""

from __future__ import annotations

import math
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from data.errors import ConfigError
from data.files import write_text, write_with
from data.sources.views.files import SharedRows, month_of, read_actuals, read_draws, shared_rows
from data.terminal import in_percent, text_table
from experiments.scores.evaluation import SIZE, Evaluation, evaluate_draws

__all__ = ["EvaluatedFiles", "evaluate_files", "evaluation_text", "rows_of", "write_rows"]


@dataclass(frozen=True)
class EvaluatedFiles:
    """A forecast file scored against the actuals.

    Attributes:
        forecast: File of the draws.
        actuals: File of what happened.
        shared: The rows that were scored.
        evaluation: Their scores.
    """

    forecast: Path
    actuals: Path
    shared: SharedRows
    evaluation: Evaluation

    def record(self) -> dict[str, Any]:
        """Return plain values for JSON; what does not exist is None."""
        shared = self.shared
        return {
            "forecast": str(self.forecast),
            "actuals": str(self.actuals),
            "unit": shared.unit,
            "units": len(set(shared.units.tolist())),
            "first_month": month_of(int(shared.months.min())),
            "last_month": month_of(int(shared.months.max())),
            "rows_missing": shared.missing,
            "rows_surplus": shared.surplus,
            **_plain(self.evaluation.summary()),
        }


def evaluate_files(forecast: Path, actuals: Path, *, common: bool) -> EvaluatedFiles:
    """Score a forecast file against the actuals.

    Raises:
        SourceError: A file is refused, or the two do not hold the same rows and ``common`` is
            not set.
    """
    shared = shared_rows(read_draws(forecast), read_actuals(actuals), common=common)
    evaluation = evaluate_draws(shared.observed, shared.draws)
    return EvaluatedFiles(forecast, actuals, shared, evaluation)


def rows_of(evaluated: EvaluatedFiles) -> pd.DataFrame:
    """Return the scores of every row with its month and country or cell."""
    keys = pd.DataFrame(
        {"month_id": evaluated.shared.months, evaluated.shared.unit: evaluated.shared.units}
    )
    return pd.concat([keys, evaluated.evaluation.rows], axis=1)


def write_rows(evaluated: EvaluatedFiles, path: Path) -> None:
    """Write the scores of every row as CSV or Parquet, by the file's ending.

    Raises:
        ConfigError: The ending is another.
        RuntimeEnvironmentError: The file cannot be written.
    """
    rows = rows_of(evaluated)
    if path.suffix == ".parquet":
        write_with(path, lambda temporary: rows.to_parquet(temporary, index=False))
    elif path.suffix == ".csv":
        write_text(path, rows.to_csv(index=False, lineterminator="\n"))
    else:
        raise ConfigError(f"{path}: expected a name that ends in .csv or .parquet")


def evaluation_text(evaluated: EvaluatedFiles) -> str:
    """Return the scores as published and honest, of all rows and of those with an attack."""
    record = evaluated.record()
    table = text_table(
        ["score", *(f"{kind:>12}" for kind in ("published", "honest"))],
        [
            [f"{score} {word}", *(_number(record[key][kind][score]) for kind in _KINDS)]
            for key, word in _LINES.items()
            for score in ("crps", "ign", "mis")
        ],
    )
    attack = text_table(
        ["P(attack)", f"{'score':>12}"],
        [[_ATTACK[name], _number(value)] for name, value in record["attack"].items()],
    )
    return "\n\n".join([_heading(evaluated, record), table, attack, _share(record), _NOTE])


_KINDS = ("published", "honest")
_LINES = {"mean": "mean", "median": "median", "mean_positive": "mean, y > 0"}
_ATTACK = {
    "brier": "Brier",
    "log_loss": "log loss",
    "ap": "average precision",
    "auroc": "AUROC",
    "ece": "ECE",
    "ece_active": "ECE, p >= .05",
}
_NOTE = (
    "published: CRPS and MIS of the draws as they are, IGN of the draws stretched to"
    f" {SIZE:,} by\nFourier resampling and cut at 0. honest: all of the draws repeated to {SIZE:,}."
    "\nLower is better but for average precision and AUROC."
)


def _heading(evaluated: EvaluatedFiles, record: dict[str, Any]) -> str:
    lines = [
        f"{evaluated.forecast} against {evaluated.actuals}",
        (
            f"{record['rows']:,} rows: {record['units']:,} of {record['unit']},"
            f" {record['first_month']} to {record['last_month']}; {record['rows_positive']:,} with"
            f" y > 0; {record['draws']:,} draws a row"
        ),
    ]
    if record["rows_missing"] or record["rows_surplus"]:
        lines.append(
            f"only rows that both files hold: {record['rows_missing']:,} of the actuals and"
            f" {record['rows_surplus']:,} of the forecast are left out"
        )
    return "\n".join(lines)


def _share(record: dict[str, Any]) -> str:
    share = record["crps_share_of_ten_worst"]
    text = "-" if share is None else in_percent(share, digits=1)
    return f"share of the CRPS in the ten worst rows: {text}"


def _number(value: float | None) -> str:
    return f"{'-' if value is None else format(value, ',.4f'):>12}"


def _plain(values: dict[str, Any]) -> dict[str, Any]:
    """Return values with None in place of NaN, tables within included."""
    return {
        name: _plain(value)
        if isinstance(value, dict)
        else None
        if isinstance(value, float) and math.isnan(value)
        else value
        for name, value in values.items()
    }

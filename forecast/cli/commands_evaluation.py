"""The command that scores a foreign forecast file: evaluate."""

from __future__ import annotations

import json
from pathlib import Path

import click

from data.terminal import example
from forecast.cli import options

__all__ = ["evaluate"]

_file = click.Path(dir_okay=False, path_type=Path)


@click.command(
    epilog=example(
        "escalation evaluate bm_conflictology_2018.parquet actuals_2018.parquet",
        "escalation evaluate mine.csv actuals_2018.parquet --common --rows rows.csv --json",
    )
)
@click.argument("forecast", type=_file)
@click.argument("actuals", type=_file)
@click.option("--common", is_flag=True, help="Score only the rows that both files hold.")
@click.option("--rows", "rows_file", type=_file, help="CSV or Parquet file for the rows' scores.")
@options.as_json
def evaluate(
    forecast: Path, actuals: Path, common: bool, rows_file: Path | None, as_json: bool
) -> None:
    """Score the draws of FORECAST against ACTUALS in the layout of the VIEWS challenge.

    Both are Parquet or CSV with month_id, country_id or priogrid_gid, and outcome; FORECAST also
    with draw. CRPS, IGN and MIS come twice: as the challenge published them, and honestly.
    """
    from experiments.runs.evaluating import evaluate_files, evaluation_text, write_rows

    found = evaluate_files(forecast, actuals, common=common)
    if rows_file is not None:
        write_rows(found, rows_file)
    click.echo(json.dumps(found.record(), indent=2) if as_json else evaluation_text(found))

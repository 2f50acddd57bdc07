"""Score models on made histories that no record has seen: wars beyond it, ends, breaks, restarts.

Needs the folder that ESCALATION_SHARED names (default ../shared). The six stresses of
``escalation backtest --stress`` (``experiments/backtest/stress.py``) are laid into four real panels
from January 2012 on: Sahel attacks and deaths one month ahead, deaths of country-months three
ahead, and the most active cells of the world's grid one ahead. Prints each model's CRPS against
conflictology's, with intervals over regions and over months, and without the worst row and region;
ends with one line of JSON. ``worst_loss`` is the largest relative loss of the blend over stresses
and panels, ``mean_gain`` its mean relative gain, in which wars that go on (``rises``, ``halves``)
and one that ends weigh the same.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
import world_grid
from sahel_admin1 import build_workspace

from data.months import add_months
from data.sources.views.history import read_challenge_history
from data.terminal import text_table
from experiments.backtest.specification import BacktestSpec
from experiments.backtest.stress import STRESSES, most_active, stress_rows
from experiments.runs.challenge import challenge_panel
from experiments.scores.stress_gains import mean_gain, worst_stress
from features.panel import Panel, read_panel

ROOT = Path(__file__).resolve().parent.parent
SHARED = Path(os.environ.get("ESCALATION_SHARED", ROOT.parent / "shared")) / "data"
MODEL, BASELINE = "blend", "conflictology"
MODELS = (BASELINE, "local_nb", "logit", "lgbm_hurdle", "lgbm_forest", MODEL)
START = "2012-01"
REGIONS, CELLS = 120, 150


@dataclass(frozen=True)
class Field:
    """A real panel that stresses are laid into."""

    name: str
    panel: Panel
    target: str
    horizon: int


def fields() -> list[Field]:
    """Build the real panels; of the Sahel the most active regions of the record before."""
    with tempfile.TemporaryDirectory() as folder:
        build_workspace(folder)
        whole = read_panel(Path(folder) / "panels" / "admin1")
    sahel = most_active(whole, "events", before=START, regions=REGIONS)
    countries = challenge_panel(read_challenge_history(SHARED), "views_country")
    return [
        Field("Sahel attacks", sahel, "events", 1),
        Field("Sahel deaths", sahel, "deaths", 1),
        Field("countries, deaths", countries, "deaths_state_based", 3),
    ]


def grid_field() -> Field:
    """Build the world's grid of the most active cells of the record before."""
    with tempfile.TemporaryDirectory() as folder:
        whole = world_grid.build_panel(folder, add_months(START, -1))
    cells = most_active(whole, "events", before=START, regions=CELLS)
    return Field("grid, attacks", cells, "events", 1)


def printed(field: Field, stress: str, table: pd.DataFrame) -> str:
    """Return the table of one stress: a line a model."""
    head = ["model", "CRPS", "gain %", "regions 90 %", "months 90 %", "w/o row", "w/o region"]
    lines = [
        [
            str(f["model"]),
            f"{f['crps']:,.3f}",
            f"{100 * f['gain']:+.1f}",
            f"{100 * f['regions_lo']:+.1f} to {100 * f['regions_hi']:+.1f}",
            f"{100 * f['months_lo']:+.1f} to {100 * f['months_hi']:+.1f}",
            f"{100 * f['without_row']:+.1f}",
            f"{100 * f['without_region']:+.1f}",
        ]
        for f in table.to_dict("records")
    ]
    return f"\n{field.name}, {stress}\n" + text_table(head, lines)


def scored(field: Field, stresses: list[str], *, draws: int) -> pd.DataFrame:
    """Run and print the stresses of one field."""
    spec = BacktestSpec(
        scale=field.panel.scale,
        target=field.target,
        horizons=(field.horizon,),
        models=MODELS,
        draws=draws,
    )
    tables = []
    for stress in stresses:
        table = stress_rows(
            field.panel, spec, start=START, stresses=(stress,), progress=lambda *_: None
        )
        print(printed(field, stress, table), flush=True)
        tables.append(table)
    return pd.concat(tables)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--stress", choices=list(STRESSES), action="append", help="only this one")
    parser.add_argument("--field", help="only fields whose name holds this, such as countries")
    parser.add_argument("--draws", type=int, default=200)
    asked = parser.parse_args()
    if not (SHARED / "natural_earth_admin1_sahel.geojson").exists():
        sys.exit(f"needs {SHARED}: set ESCALATION_SHARED")
    begun = time.perf_counter()
    losses, means = [], []
    for field in (*fields(), grid_field()):
        if asked.field and asked.field not in field.name:
            continue
        table = scored(field, asked.stress or list(STRESSES), draws=asked.draws)
        _, worst = worst_stress(table, MODEL, field.horizon) or ("", 0.0)
        losses.append(-worst)
        means.append(mean_gain(table, MODEL, field.horizon))
    line = {"worst_loss": round(max(0.0, *losses), 4), "mean_gain": round(float(np.mean(means)), 4)}
    print(json.dumps(line | {"seconds": round(time.perf_counter() - begun, 1)}))


if __name__ == "__main__":
    main()

"""Score the blend on the world's PRIO-GRID cells: events one month ahead, 24 origins.

Needs the folder that ESCALATION_SHARED names (default ../shared). Ingests UCDP's events of the
world, takes the cells with an event before December 2016 and forecasts the origins 2016-12 to
2018-11 with the settings that every other panel gets, refitted every twelve months, 1,000 draws,
seed fixed. Prints the comparison and ends with one line of JSON. ``grid_crps_skill`` is
1 - CRPS / conflictology's, ``grid_ap_skill`` average precision / conflictology's - 1, each with the
90 % interval of a block bootstrap over target months in ``_lo`` and ``_hi``; ``seconds`` is the
backtest, ``peak_mb`` the largest memory of this process plus that of its largest worker times the
number of workers (an upper bound).
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import tempfile
from pathlib import Path

from summary import BASELINE, peak_mb, side_by_side

from experiments.backtest.backtest import run_backtest
from experiments.backtest.specification import BacktestSpec
from experiments.scores.bootstrap import Bootstrap
from experiments.scores.compare import compare_models, comparison_figures
from experiments.scores.skill import yearly_skill
from features.panel import Panel, read_panel
from forecast.cli.comparison_text import comparison_text
from forecast.cli.main import escalation

ROOT = Path(__file__).resolve().parent.parent
SHARED = Path(os.environ.get("ESCALATION_SHARED", ROOT.parent / "shared")) / "data"
EVENTS = SHARED / "ucdp_ged211_precise_world_1989_2018.csv.gz"
RULES = ROOT / "data" / "samples" / "ucdp_precise.map.toml"
MODEL = "blend"
OWN = ("crps", "ign", "brier", "ap", "crps_positive", "coverage90")
ENDS = ("", "_lo", "_hi")


def build_panel(folder: str, until: str) -> Panel:
    """Ingest the world's events and count them by the cells hit up to a month."""
    for words in (
        ["ingest", "csv", str(EVENTS), "--map", str(RULES)],
        ["panel", "--scale", "priogrid", "--cells-until", until],
    ):
        escalation.main(["--workspace", folder, *words], standalone_mode=False)
    return read_panel(Path(folder) / "panels" / "priogrid")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--origins", default="2016-12:2018-11")
    parser.add_argument("--cells-until", default="2016-11", help="last month that makes a cell")
    asked = parser.parse_args()
    if not EVENTS.exists():
        sys.exit(f"needs {SHARED}: set ESCALATION_SHARED")
    with tempfile.TemporaryDirectory() as folder:
        panel = build_panel(folder, asked.cells_until)
    models = (BASELINE, "last", "zero", "logit", "lgbm_hurdle", "lgbm_forest", MODEL)
    spec = BacktestSpec(scale="priogrid", origins=asked.origins, models=models)
    backtest = run_backtest(
        panel, spec, progress=lambda done, all_, what: print(f"{done}/{all_} {what}", flush=True)
    )
    comparison = compare_models(backtest.forecasts, bootstrap=Bootstrap())
    print(comparison_text(comparison, [backtest]))
    print(side_by_side(backtest.forecasts, "grid, attacks"))
    for pool, members in backtest.manifest["pools"].items():
        print(f"{pool}: {members}")
    scores = comparison.scores.set_index("model")
    measures = comparison_figures(comparison, MODEL, 1)
    figures: dict[str, float] = {}
    for name in OWN:
        figures[f"grid_{name}"] = float(scores.loc[MODEL, name])
        figures[f"{BASELINE}_{name}"] = float(scores.loc[BASELINE, name])
    for end in ENDS:
        for score in ("crps", "ap", "ign", "brier", "crps_positive"):
            figures[f"grid_{score}_skill{end}"] = measures[f"{score}_skill_{BASELINE}{end}"]
        figures[f"ece{end}"] = measures[f"ece_active{end}"]
    figures["worst_year_skill"] = float(yearly_skill(backtest.forecasts, MODEL, BASELINE).min())
    figures |= {"cells": len(panel.regions), "seconds": backtest.manifest["seconds"]}
    rounded = {name: round(value, 5) for name, value in figures.items()}
    print(json.dumps(rounded | {"peak_mb": round(peak_mb())}))


if __name__ == "__main__":
    main()

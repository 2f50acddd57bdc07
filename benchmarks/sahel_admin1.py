"""Score every model on the Sahel: 308 first-level regions, 60 origins, one month ahead.

Needs the folder that ESCALATION_SHARED names (default ../shared). Ingests the two UCDP files,
builds the panel and runs the backtest of all twelve models at the origins 2015-12 to 2020-11,
refitted every twelve months, 1,000 draws, seed fixed; then conflictology and blend alone three and
six months ahead, which ``--quick`` leaves out. Prints leaderboard and comparison and ends with one
line of JSON: the figures of ``blend``, the model named beforehand, and conflictology's own.
``best_model`` is the one with the lowest CRPS. Skills are against conflictology, with the 90 %
interval of a block bootstrap over target months in ``_lo`` and ``_hi``: 1 - score / baseline's, for
``ap`` score / baseline's - 1. ``zero_share`` is the share of the CRPS gap from rows without an
attack; ``ece`` is over rows with p >= .05, ``ece_all`` over all. ``seconds`` is the
backtest one month ahead, ``seconds_all`` everything, ``peak_mb`` the largest memory of this process
plus that of its largest worker times the number of workers (an upper bound).
"""

from __future__ import annotations

import argparse
import json
import math
import os
import sys
import tempfile
import time
from pathlib import Path

from summary import BASELINE, peak_mb, side_by_side

from experiments.backtest.backtest import run_backtest
from experiments.backtest.catalogue import Backtest
from experiments.backtest.specification import BacktestSpec
from experiments.scores.bootstrap import Bootstrap
from experiments.scores.compare import Comparison, compare_models, comparison_figures
from experiments.scores.leaderboard import leaderboard_markdown
from experiments.scores.skill import yearly_skill
from features.panel import Panel, read_panel
from forecast.cli.comparison_text import comparison_text
from forecast.cli.main import escalation

ROOT = Path(__file__).resolve().parent.parent
SHARED = Path(os.environ.get("ESCALATION_SHARED", ROOT.parent / "shared")) / "data"
SAMPLES = ROOT / "data" / "samples"
INPUTS = (
    ("ucdp_ged211_precise_world_1989_2018.csv.gz", "ucdp_precise.map.toml"),
    ("ucdp_ged211_precise_sahel_2019_2020.csv.gz", "ucdp_precise_sahel.map.toml"),
)
BOUNDARIES = SHARED / "natural_earth_admin1_sahel.geojson"
ORIGINS = "2015-12:2020-11"
MODEL = "blend"
FAR = (3, 6)
SKILLS = ("crps", "ign", "brier", "ap")
OWN = ("crps", "ign", "brier", "ap", "crps_positive", "crps_median", "ece", "ece_active")
OWN += ("coverage90", "recall_top20")
ENDS = ("", "_lo", "_hi")


def build_workspace(folder: str) -> None:
    """Ingest both files and build the admin1 panel, as the command line does."""
    calls = [
        ["ingest", "csv", str(SHARED / file), "--map", str(SAMPLES / rules)]
        for file, rules in INPUTS
    ]
    for words in [*calls, ["panel", "--scale", "admin1", "--boundaries", str(BOUNDARIES)]]:
        escalation.main(["--workspace", folder, *words], standalone_mode=False)


def run(panel: Panel, spec: BacktestSpec) -> tuple[Backtest, Comparison]:
    """Run one backtest and compare its models; print both."""
    backtest = run_backtest(
        panel, spec, progress=lambda done, all_, what: print(f"{done}/{all_} {what}", flush=True)
    )
    comparison = compare_models(backtest.forecasts, bootstrap=Bootstrap())
    print(leaderboard_markdown(comparison.scores, backtest.manifest))
    print(comparison_text(comparison, [backtest]))
    for pool, members in backtest.manifest["pools"].items():
        if pool.startswith(MODEL):
            print(f"{pool}: {members}")
    return backtest, comparison


def near_figures(comparison: Comparison) -> dict[str, float]:
    """Return the figures one month ahead: both models' own, then skills and their make-up."""
    scores = comparison.scores.set_index("model")
    figures = {}
    for name in OWN:
        figures[name] = float(scores.loc[MODEL, name])
        figures[f"{BASELINE}_{name}"] = float(scores.loc[BASELINE, name])
    measures = comparison_figures(comparison, MODEL, 1)
    for score in SKILLS:
        for end in ENDS:
            figures[f"{score}_skill{end}"] = measures[f"{score}_skill_{BASELINE}{end}"]
    for end in ENDS:
        figures[f"crps_positive_skill{end}"] = measures[f"crps_positive_skill_{BASELINE}{end}"]
    for name in ("ece", "ece_active", "coverage90", "recall_top20"):
        for end in ENDS:
            figures[f"{name}{end}"] = measures[f"{name}{end}"]
    figures["zero_share"] = measures[f"zero_share_{BASELINE}"]
    # The names that the figures go by outside.
    for who in ("", f"{BASELINE}_"):
        figures[f"{who}ece_all"] = figures.pop(f"{who}ece")
        figures[f"{who}ece"] = figures.pop(f"{who}ece_active")
        figures[f"{who}top20_recall"] = figures.pop(f"{who}recall_top20")
    for end in ENDS[1:]:
        figures[f"ece_all{end}"] = figures.pop(f"ece{end}")
        figures[f"ece{end}"] = figures.pop(f"ece_active{end}")
        figures[f"top20_recall{end}"] = figures.pop(f"recall_top20{end}")
    return figures


def far_figures(comparison: Comparison) -> dict[str, float]:
    """Return the skill on CRPS at the longer horizons."""
    return {
        f"h{horizon}_crps_skill{end}": comparison_figures(comparison, MODEL, horizon)[
            f"crps_skill_{BASELINE}{end}"
        ]
        for horizon in FAR
        for end in ENDS
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--target", default="events")
    parser.add_argument("--origins", default=ORIGINS)
    parser.add_argument("--quick", action="store_true", help="one month ahead only")
    asked = parser.parse_args()
    if not BOUNDARIES.exists():
        sys.exit(f"needs {SHARED}: set ESCALATION_SHARED")
    begun = time.perf_counter()
    with tempfile.TemporaryDirectory() as folder:
        build_workspace(folder)
        panel = read_panel(Path(folder) / "panels" / "admin1")
    spec = BacktestSpec(target=asked.target, origins=asked.origins)
    started = time.perf_counter()
    backtest, near = run(panel, spec)
    seconds = float(backtest.manifest["seconds"])
    print(side_by_side(backtest.forecasts, f"Sahel, {asked.target}"))
    print(f"one month ahead: {time.perf_counter() - started:.0f} seconds", flush=True)
    figures = near_figures(near)
    figures["worst_year_skill"] = float(yearly_skill(backtest.forecasts, MODEL, BASELINE).min())
    if not asked.quick:
        _, far = run(panel, spec.changed(horizons=FAR, models=(BASELINE, MODEL)))
        figures |= far_figures(far)
    best = near.scores.sort_values("crps").iloc[0]
    shown = {n: round(v, 5) if math.isfinite(v) else None for n, v in figures.items()}
    shown |= {"seconds": round(seconds, 1), "seconds_all": round(time.perf_counter() - begun, 1)}
    line = {"best_model": str(best["model"]), "model": MODEL, **shown, "peak_mb": round(peak_mb())}
    print(json.dumps(line))


if __name__ == "__main__":
    main()

"""Score every model on the Sahel: 308 first-level regions, 60 origins, one month ahead.

Needs the folder that ESCALATION_SHARED names (default ../shared). Ingests the two UCDP files,
builds the panel and runs the backtest of all twelve models at the origins 2015-12 to 2020-11,
refitted every twelve months, 1,000 draws, seed fixed. Prints the leaderboard and ends with one
line of JSON. ``seconds`` is the backtest, ``peak_mb`` the largest memory of this process plus that
of its largest worker times the number of workers (an upper bound).
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import sys
import tempfile
import time
from pathlib import Path

from experiments.backtest import run_backtest
from experiments.leaderboard import leaderboard_markdown, scores_table
from experiments.specification import BacktestSpec
from features.panel import read_panel
from forecast.cli import escalation

ROOT = Path(__file__).resolve().parent.parent
SHARED = Path(os.environ.get("ESCALATION_SHARED", ROOT.parent / "shared")) / "data"
SAMPLES = ROOT / "data" / "samples"
INPUTS = (
    ("ucdp_ged211_precise_world_1989_2018.csv.gz", "ucdp_precise.map.toml"),
    ("ucdp_ged211_precise_sahel_2019_2020.csv.gz", "ucdp_precise_sahel.map.toml"),
)
BOUNDARIES = SHARED / "natural_earth_admin1_sahel.geojson"
ORIGINS = "2015-12:2020-11"


def build_workspace(folder: str) -> None:
    """Ingest both files and build the admin1 panel, as the command line does."""
    calls = [
        ["ingest", "csv", str(SHARED / file), "--map", str(SAMPLES / rules)]
        for file, rules in INPUTS
    ]
    for words in [*calls, ["panel", "--scale", "admin1", "--boundaries", str(BOUNDARIES)]]:
        escalation.main(["--workspace", folder, *words], standalone_mode=False)


def peak_mb() -> float:
    """Return an upper bound of the memory in use at one time, megabytes."""
    workers = len(os.sched_getaffinity(0))
    own = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    largest = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss
    return (own + workers * largest) / 1024


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--target", default="events")
    parser.add_argument("--origins", default=ORIGINS)
    asked = parser.parse_args()
    if not BOUNDARIES.exists():
        sys.exit(f"needs {SHARED}: set ESCALATION_SHARED")
    with tempfile.TemporaryDirectory() as folder:
        build_workspace(folder)
        panel = read_panel(Path(folder) / "panels" / "admin1")
    spec = BacktestSpec(target=asked.target, origins=asked.origins)
    started = time.perf_counter()
    backtest = run_backtest(
        panel, spec, progress=lambda done, all_, what: print(f"{done}/{all_} {what}", flush=True)
    )
    seconds = time.perf_counter() - started
    scores = scores_table(backtest.forecasts)
    print(leaderboard_markdown(scores, backtest.manifest))
    for pool, members in backtest.manifest["pools"].items():
        if pool.startswith("blend"):
            print(f"{pool}: {members}")
    best = scores.sort_values("crps").iloc[0]
    baseline = scores.set_index("model").loc["conflictology"]
    figures = {"best_model": str(best["model"])}
    for name in ("crps", "ign", "brier", "ap", "crps_positive", "ece_active", "coverage90"):
        figures[name] = round(float(best[name]), 5)
        figures[f"conflictology_{name}"] = round(float(baseline[name]), 5)
    figures |= {"seconds": round(seconds, 1), "peak_mb": round(peak_mb())}
    print(json.dumps(figures))


if __name__ == "__main__":
    main()

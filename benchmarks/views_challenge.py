"""Score models in the windows of the VIEWS 2023/24 Prediction Challenge: 191 countries.

Needs the folder that ESCALATION_SHARED names (default ../shared). Each calendar year whose actuals
are there is forecast from October of the year before, 3 to 14 months ahead, with the settings of
experiments/specs/views_challenge.toml. Prints the windows beside the published rows, each model
against conflictology with 90 % intervals (paired block bootstrap over target months), and ends
with one line of JSON. The headline model is the blend, or else the last one of --models.
``seconds`` is the backtest, ``peak_mb`` the largest memory of this process plus that of its largest
worker times the number of workers (an upper bound).
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
from summary import BASELINE, peak_mb, resampler_of, side_by_side

from data.errors import EscalationError
from data.sources.views.history import challenge_folder, read_challenge_history
from data.terminal import text_table
from experiments.backtest.backtest import run_backtest
from experiments.backtest.specification import read_spec
from experiments.models.catalogue import BLEND
from experiments.runs.challenge import (
    WindowDraws,
    challenge_panel,
    challenge_text,
    with_challenge,
)
from experiments.score_functions import average_precision, brier, coverage90, ece
from experiments.scores.bootstrap import Interval, Resampler
from experiments.scores.skill import skill, yearly_skill

ROOT = Path(__file__).resolve().parent.parent
SHARED = Path(os.environ.get("ESCALATION_SHARED", ROOT.parent / "shared")) / "data"
SPEC = ROOT / "experiments" / "specs" / "views_challenge.toml"
MODELS = f"{BASELINE},last,zero,logit,lgbm_hurdle,lgbm_forest,{BLEND}"


def sorted_rows(forecasts: pd.DataFrame, model: str) -> pd.DataFrame:
    """Return one model's rows in an order that all models share."""
    rows = forecasts[forecasts["model"] == model]
    return rows.sort_values(["origin", "horizon", "region_id"], ignore_index=True)


def skill_of(resampler: Resampler, model: str) -> Interval:
    """Return 1 - CRPS / CRPS of the baseline."""
    lines = (resampler.rows.line(name) for name in (model, BASELINE))
    return skill(resampler.score("crps"), *lines, larger_is_better=False)


def against_baseline(forecasts: pd.DataFrame, models: list[str]) -> str:
    """Return a table of every model against conflictology, with intervals."""
    resampler = resampler_of(forecasts)
    base = resampler.rows.line(BASELINE)
    lines = []
    for model in (name for name in models if name != BASELINE):
        line = resampler.rows.line(model)
        gaps = (resampler.difference(score, line, base) for score in ("ign", "mis", "brier"))
        cells = [shown(skill_of(resampler, model), "+.3f"), *(shown(gap, "+.4f") for gap in gaps)]
        lines.append([model, *cells])
    return text_table(["model", "CRPS skill", "IGN", "MIS", "Brier"], lines)


def shown(interval: Interval, form: str) -> str:
    return f"{interval.estimate:{form}} [{interval.low:{form}}, {interval.high:{form}}]"


def figures_of(rows: pd.DataFrame, windows: list[int]) -> dict[str, float]:
    """Return a model's scores by window and over all of them."""
    year = rows["target_month"].str[:4].astype(int)
    happened = rows["observed"].to_numpy() >= 1
    p = rows["p_attack"].to_numpy()
    found = {f"challenge_crps_{window}": rows["crps"][year == window].mean() for window in windows}
    return found | {
        "challenge_crps_mean": float(np.mean(list(found.values()))),
        "challenge_ign_mean": rows["ign"].groupby(year).mean().mean(),
        "challenge_mis_mean": rows["mis"].groupby(year).mean().mean(),
        "crps_positive": rows["crps"][happened].mean(),
        "brier": brier(happened, p),
        "ap": average_precision(happened, p),
        "ece": ece(happened, p),
        "ece_active": ece(happened, p, floor=0.05),
        "coverage90": coverage90(rows["pit"], p),
        "share_missed": missed_share(rows),
    }


def missed_share(rows: pd.DataFrame) -> float:
    """Return the share of rows with more than 10 deaths whose expected deaths were below 0.5."""
    high = rows[rows["observed"] > 10]
    return float((high["mean"] < 0.5).mean())


def headline(forecasts: pd.DataFrame, model: str, windows: list[int]) -> dict[str, object]:
    """Return the figures of the last line."""
    rows, base = sorted_rows(forecasts, model), sorted_rows(forecasts, BASELINE)
    gain = base["crps"] - rows["crps"]
    crps_skill = skill_of(resampler_of(forecasts), model)
    ours = figures_of(rows, windows)
    theirs = {f"{BASELINE}_{name}": value for name, value in figures_of(base, windows).items()}
    figures = {
        **ours,
        "ece": ours["ece_active"],
        "ece_all": ours["ece"],
        "challenge_crps_skill": crps_skill.estimate,
        "challenge_crps_skill_lo": crps_skill.low,
        "challenge_crps_skill_hi": crps_skill.high,
        "worst_year_skill": yearly_skill(forecasts, model, BASELINE).min(),
        "gain_share_zero_rows": gain[rows["observed"] == 0].sum() / gain.sum(),
        **theirs,
    }
    plain = {name: round(float(value), 5) for name, value in figures.items()}
    return {"model": model, **{n: None if np.isnan(v) else v for n, v in plain.items()}}


def told(quiet: bool) -> Callable[[int, int, str], None]:
    def progress(done: int, total: int, what: str) -> None:
        if not quiet:
            print(f"{done}/{total} {what}", file=sys.stderr, flush=True)

    return progress


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--models", default=MODELS, help="conflictology is always among them")
    parser.add_argument("--out", type=Path, help="folder for the draws, in the challenge's layout")
    parser.add_argument("--quiet", action="store_true", help="no progress on stderr")
    asked = parser.parse_args()
    try:
        history = read_challenge_history(challenge_folder(SHARED))
    except EscalationError as error:
        sys.exit(str(error))
    models = list(dict.fromkeys([BASELINE, *asked.models.split(",")]))
    first, last = history.windows[0], history.windows[-1]
    spec = read_spec(SPEC).changed(models=tuple(models), origins=f"{first - 1}-10:{last - 1}-10:12")
    kept = WindowDraws(history) if asked.out else None
    started = time.perf_counter()
    panel = challenge_panel(history, spec.scale)
    backtest = run_backtest(panel, spec, progress=told(asked.quiet), keep_draws=kept)
    seconds = time.perf_counter() - started
    if kept and asked.out:
        kept.write(asked.out)
    backtest = with_challenge(backtest, history)
    print(challenge_text(backtest.manifest))
    print("\nagainst conflictology, 90 % interval; CRPS as skill (higher is better), others as")
    print("difference (below 0 is better)")
    print(against_baseline(backtest.forecasts, models))
    print(side_by_side(backtest.forecasts, "countries, deaths, 3 to 14 ahead"))
    for pool, members in backtest.manifest["pools"].items():
        print(f"{pool}: {members}")
    best = BLEND if BLEND in models else models[-1]
    windows = list(backtest.manifest["challenge"]["windows"])
    figures = headline(backtest.forecasts, best, windows)
    print(json.dumps(figures | {"seconds": round(seconds, 1), "peak_mb": round(peak_mb())}))


if __name__ == "__main__":
    main()

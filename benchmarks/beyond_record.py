"""Choose how many known months carry a level in full, on months before all scored ones.

Needs the folder that ESCALATION_SHARED names (default ../shared). Runs the backtest of the stress
benchmark's three real fields, unchanged, at the origins 2010-12 to 2014-11, with several values of
``ENOUGH_MONTHS`` and ``NEAR`` (``experiments/models/beyond_record.py``). Prints the blend's skill
on CRPS against conflictology with its interval over months, on rows with an attack, in the worst
year and without the region that decides most; ends with a line of JSON: values to mean skill.
"""

from __future__ import annotations

import argparse
import itertools
import json
from unittest.mock import patch

import numpy as np
import pandas as pd
from stress import BASELINE, MODEL, Field, fields

from data.terminal import text_table
from experiments.backtest.backtest import run_backtest
from experiments.backtest.specification import BacktestSpec
from experiments.scores.skill import yearly_skill
from experiments.scores.stress_gains import gains

ORIGINS = "2010-12:2014-11"
MODULE = "experiments.models.beyond_record"


def scored(field: Field, months: int, near: float, *, draws: int) -> pd.DataFrame:
    """Run the backtest of one field in this process, where the setting is changed."""
    spec = BacktestSpec(
        scale=field.panel.scale,
        target=field.target,
        origins=ORIGINS,
        horizons=(field.horizon,),
        models=(BASELINE, MODEL),
        draws=draws,
    )
    with patch(f"{MODULE}.ENOUGH_MONTHS", months), patch(f"{MODULE}.NEAR", near):
        return run_backtest(field.panel, spec, progress=lambda *_: None, jobs=1).forecasts


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--months", type=int, nargs="+", default=[36, 120])
    parser.add_argument("--near", type=float, nargs="+", default=[1.0, 2.0])
    parser.add_argument("--draws", type=int, default=200)
    asked = parser.parse_args()
    choices = list(itertools.product(asked.months, asked.near))
    means: dict[str, list[float]] = {}
    for field in fields():
        lines = []
        for months, near in choices:
            rows = scored(field, months, near, draws=asked.draws)
            whole = gains(rows, MODEL, BASELINE)
            attacked = gains(rows[rows["observed"] > 0], MODEL, BASELINE)
            worst = float(yearly_skill(rows, MODEL, BASELINE).min())
            figures = (
                *(whole[name] for name in ("gain", "months_lo", "months_hi")),
                *(attacked["gain"], worst, whole["without_region"]),
            )
            means.setdefault(f"{months} {near:g}", []).append(whole["gain"])
            lines.append([f"{months} {near:g}", *(f"{100 * value:+.2f}" for value in figures)])
        head = ["months, near", "skill %", "from", "to", "y > 0", "worst year", "w/o region"]
        print(f"\n{field.name}, {field.horizon} ahead\n" + text_table(head, lines), flush=True)
    print(json.dumps({name: round(float(np.mean(found)), 5) for name, found in means.items()}))


if __name__ == "__main__":
    main()

"""Score what stands beside the risk table on earlier months of the bundled sample.

The chance of an attack in the next three months, and the countries' counts of the next month, are
made by quick models that no gate judged. Here they are scored on inner origins, whose target
months all lie before the months that the project scores its models on (from January 2016), fitted
anew each December, beside no change: the last twelve months (for three months: the last twelve
stretches of three) come again.

    python benchmarks/outlook.py
"""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from benchmarks.reasons_hold import sample_panel  # noqa: E402
from data.months import add_months, month_range  # noqa: E402
from data.schema import DEATHS, EVENTS  # noqa: E402
from experiments.distribution import Distribution  # noqa: E402
from experiments.models.catalogue import make_member  # noqa: E402
from experiments.score_functions import crps  # noqa: E402
from experiments.training_view import Forecasting, TrainingView, view_at  # noqa: E402
from features.panel import Panel  # noqa: E402
from features.table import FeatureTable, build_features  # noqa: E402
from forecast.sections import countries as country_sections  # noqa: E402
from forecast.sections import outlook  # noqa: E402
from forecast.sections.countries import country_panel  # noqa: E402

FIRST, LAST, REFIT = "2010-12", "2015-09", 12
SEED, DRAWS = 20260101, 1000
BASELINE = "conflictology"

Ask = Callable[[str], TrainingView]


def forecasts(ask: Ask, model: str, origins: list[str]) -> list[Distribution]:
    """Return a model's forecast at each origin, fitted anew every ``REFIT`` months."""
    found, fitted = [], None
    for place, origin in enumerate(origins):
        known = ask(origin)
        if place % REFIT == 0:
            fitted = make_member(model).fit(known)
        found.append(fitted.predict(known))
    return found


def next_three(panel: Panel, table: FeatureTable, models: tuple[str, ...]) -> dict[str, float]:
    """Return the Brier score of each model's chance of an attack in three months."""
    origins = list(month_range(FIRST, LAST))

    def ask(origin: str) -> TrainingView:
        return outlook.known_next_months(panel, table, origin=origin, seed=SEED, draws=DRAWS)

    events = panel.measure(EVENTS)
    came = []
    for origin in origins:
        start = panel.position(origin) + 1
        came.append(events[:, start : start + outlook.MONTHS].sum(axis=1) >= 1)
    hit = np.concatenate(came)
    scores = {}
    for model in models:
        p = np.concatenate([d.p_at_least(1) for d in forecasts(ask, model, origins)])
        scores[model] = float(np.mean((p - hit) ** 2))
    return scores


def countries(panel: Panel, target: str, models: tuple[str, ...]) -> dict[str, float]:
    """Return the CRPS of each model's count of the next month, country by country."""
    origins = list(month_range(FIRST, LAST))
    whole = country_panel(panel)
    table = build_features(whole, target=target)

    def ask(origin: str) -> TrainingView:
        return view_at(whole, table, Forecasting(target, 1, SEED, DRAWS), origin=origin)

    observed = whole.measure(target)
    scores = {}
    for model in models:
        found = [
            crps(observed[:, whole.position(add_months(origin, 1))].astype(float), d.draws)
            for origin, d in zip(origins, forecasts(ask, model, origins), strict=True)
        ]
        scores[model] = float(np.mean(found))
    return scores


def main() -> None:
    begun = time.perf_counter()
    panel = sample_panel().up_to(add_months(LAST, 3))
    table = build_features(panel, known_through=FIRST)
    quick = (outlook.MODEL, "lgbm_hurdle", BASELINE)
    near = (country_sections.MODEL, "local_nb", "lgbm_hurdle", "lgbm_forest", BASELINE)
    scores = {
        "next_3_months_brier": next_three(panel, table, tuple(dict.fromkeys(quick))),
        "countries_events_crps": countries(panel, EVENTS, tuple(dict.fromkeys(near))),
        "countries_deaths_crps": countries(panel, DEATHS, tuple(dict.fromkeys(near))),
    }
    line: dict[str, object] = {}
    for name, found in scores.items():
        for model, score in found.items():
            saved = 100 * (1 - score / found[BASELINE])
            print(f"{name} {model}: {score:.4f}, {saved:+.1f} % saved")
            line[f"{name}_{model}"] = round(score, 4)
    line["origins"] = f"{FIRST}:{LAST}"
    line["seconds"] = round(time.perf_counter() - begun, 1)
    print(json.dumps(line))


if __name__ == "__main__":
    main()

"""Score models on made histories that no record has seen: wars beyond it, ends, breaks, restarts.

Needs the folder that ESCALATION_SHARED names (default ../shared). Six stresses are laid into three
real panels (Sahel attacks and deaths one month ahead, deaths of country-months three ahead), each
from one month on, in three regions that the record before that month chooses by rank:

- ``rises``: up to ten times anything seen in any region before, and stays there;
- ``ends``: rises so for twelve months, then nothing more;
- ``halves``: rises so for twelve months, then half of it for two years;
- ``restarts``: ten years without an attack, then a war at the height of the record;
- ``break``: from the thirteenth month on, half of all events of all regions go unreported;
- ``appears``: not observed before, then a war at the height of the record.

A war has the months of the longest, heaviest one in the record before (three years of one region),
times a factor. Prints each model's CRPS against conflictology's, with intervals over regions and
over months, and without the worst row and region; ends with one line of JSON. ``worst_loss`` is the
largest relative loss of the blend over stresses and panels, ``mean_gain`` its mean relative gain,
in which wars that go on (``rises``, ``halves``) and one that ends weigh the same.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pandas as pd
from sahel_admin1 import build_workspace

from data.months import add_months
from data.schema import OBSERVED, STATUSES
from data.sources.views.history import read_challenge_history
from data.terminal import text_table
from experiments.backtest.backtest import run_backtest
from experiments.backtest.specification import BacktestSpec
from experiments.runs.challenge import challenge_panel
from features.panel import Panel, read_panel

ROOT = Path(__file__).resolve().parent.parent
SHARED = Path(os.environ.get("ESCALATION_SHARED", ROOT.parent / "shared")) / "data"
MODEL, BASELINE = "blend", "conflictology"
MODELS = (BASELINE, "local_nb", "logit", "lgbm_hurdle", "lgbm_forest", MODEL)
START = "2012-01"
MONTHS, YEAR, PEACE = 36, 12, 120
TIMES_RECORD = 10.0
STRESSED = 3
REGIONS = 120
SEED = 20260101
COUNTED = ("events", "deaths", "largest_event")

Floats = npt.NDArray[np.float64]
Measures = dict[str, npt.NDArray[np.float32]]


@dataclass(frozen=True)
class Field:
    """A real panel that stresses are laid into."""

    name: str
    panel: Panel
    target: str
    horizon: int


@dataclass(frozen=True)
class Ground:
    """What the record before the first made month says.

    Attributes:
        start: Position of that month.
        regions: Positions of the stressed regions, by rank of activity.
        war: Measure to the months of the heaviest war, (months,).
        record: Largest count of the target in any region and month.
    """

    start: int
    regions: list[int]
    war: dict[str, Floats]
    record: float


def ground_of(field: Field) -> Ground:
    """Choose regions and war from the record before ``START``."""
    start = field.panel.position(START)
    counts = np.nan_to_num(field.panel.measure(field.target)[:, :start].astype(np.float64))
    active = (counts > 0).sum(axis=1)
    ranked = np.argsort(-active, kind="stable")[: int((active >= YEAR).sum())]
    regions = [int(ranked[int(share * (len(ranked) - 1))]) for share in (0.25, 0.5, 0.75)]
    sums = np.lib.stride_tricks.sliding_window_view(counts, MONTHS, axis=1).sum(axis=2)
    donor, month = np.unravel_index(int(sums.argmax()), sums.shape)
    window = slice(int(month), int(month) + MONTHS)
    war = {
        name: np.nan_to_num(values[int(donor), window].astype(np.float64))
        for name, values in field.panel.measures.items()
    }
    return Ground(start, regions[:STRESSED], war, float(counts.max()))


def laid(
    measures: Measures, ground: Ground, region: int, shape: Floats, *, target: str, height: float
) -> None:
    """Put a war into one region from the start on: its months times a shape, up to a height."""
    counted = shape * height / ground.war[target].max()
    months = slice(ground.start, ground.start + MONTHS)
    for name, values in measures.items():
        # Who and where stays as it was in that war; counts and tolls are scaled.
        factor = counted if name.startswith(COUNTED) else shape > 0
        values[region, months] = np.round(ground.war[name] * factor)


def rising(shape: Floats) -> Callable[[Field, Ground], Panel]:
    """Return a stress: a war up to ten times the record, with a shape over its months."""

    def made(field: Field, ground: Ground) -> Panel:
        measures = {name: values.copy() for name, values in field.panel.measures.items()}
        for region in ground.regions:
            height = TIMES_RECORD * ground.record
            laid(measures, ground, region, shape, target=field.target, height=height)
        return replace(field.panel, measures=measures)

    return made


def restarts(field: Field, ground: Ground) -> Panel:
    """Ten years without an attack, then a war at the height of the record."""
    measures = {name: values.copy() for name, values in field.panel.measures.items()}
    for region in ground.regions:
        for values in measures.values():
            values[region, ground.start - PEACE : ground.start] = 0
        laid(measures, ground, region, ONES, target=field.target, height=ground.record)
    return replace(field.panel, measures=measures)


def breaks(field: Field, ground: Ground) -> Panel:
    """From the thirteenth month on each event is reported with a chance of one half."""
    rng = np.random.default_rng(SEED)
    measures = {name: values.copy() for name, values in field.panel.measures.items()}
    for name, values in measures.items():
        late = values[:, ground.start + YEAR :]
        seen = np.isfinite(late) & name.startswith(COUNTED)
        late[seen] = rng.binomial(np.round(late[seen]).astype(np.int64), 0.5)
    return replace(field.panel, measures=measures)


def appears(field: Field, ground: Ground) -> Panel:
    """Regions that were not observed before, then have a war at the height of the record."""
    measures = {name: values.copy() for name, values in field.panel.measures.items()}
    status = field.panel.status.copy()
    unknown = next(k for k, name in enumerate(STATUSES) if name != OBSERVED)
    for region in ground.regions:
        status[region, : ground.start] = unknown
        for values in measures.values():
            values[region, : ground.start] = np.nan
        laid(measures, ground, region, ONES, target=field.target, height=ground.record)
    return replace(field.panel, measures=measures, status=status)


ONES = np.ones(MONTHS)
_LATER = np.arange(MONTHS) >= YEAR
STRESSES: dict[str, Callable[[Field, Ground], Panel]] = {
    "rises": rising(ONES),
    "ends": rising(np.where(_LATER, 0.0, 1.0)),
    "halves": rising(np.where(_LATER, 0.5, 1.0)),
    "restarts": restarts,
    "break": breaks,
    "appears": appears,
}


def fields() -> list[Field]:
    """Build the real panels; of the Sahel the most active regions of the record before."""
    with tempfile.TemporaryDirectory() as folder:
        build_workspace(folder)
        sahel = smaller(read_panel(Path(folder) / "panels" / "admin1"))
    countries = challenge_panel(read_challenge_history(SHARED), "views_country")
    return [
        Field("Sahel attacks", sahel, "events", 1),
        Field("Sahel deaths", sahel, "deaths", 1),
        Field("countries, deaths", countries, "deaths_state_based", 3),
    ]


def smaller(panel: Panel) -> Panel:
    """Return the regions with the most months of attacks before ``START``, and their neighbours."""
    before = panel.measure("events")[:, : panel.position(START)]
    order = np.argsort(-(np.nan_to_num(before) > 0).sum(axis=1), kind="stable")
    chosen = np.sort(order[:REGIONS])
    ids = {panel.region_ids[k] for k in chosen}
    regions = panel.regions.iloc[chosen].reset_index(drop=True)
    regions["neighbours"] = [
        ";".join(n for n in str(text).split(";") if n in ids) for text in regions["neighbours"]
    ]
    return replace(
        panel,
        regions=regions,
        measures={name: values[chosen] for name, values in panel.measures.items()},
        status=panel.status[chosen],
    )


def scored(field: Field, panel: Panel, *, draws: int) -> pd.DataFrame:
    """Forecast the made months; return the scored rows."""
    last = add_months(START, MONTHS - 1 - field.horizon)
    spec = BacktestSpec(
        scale=panel.scale,
        target=field.target,
        origins=f"{add_months(START, -1)}:{last}",
        horizons=(field.horizon,),
        models=MODELS,
        draws=draws,
    )
    backtest = run_backtest(panel, spec, progress=lambda _done, _all, _what: None)
    return backtest.forecasts


def gains(rows: pd.DataFrame, model: str) -> dict[str, float]:
    """Return the relative gain on conflictology's CRPS, with what single rows do to it."""
    wide = rows.pivot_table(index=["region_id", "origin"], columns="model", values="crps")
    ours, theirs = wide[model].to_numpy(), wide[BASELINE].to_numpy()
    regions = wide.index.get_level_values("region_id").to_numpy()
    origins = wide.index.get_level_values("origin").to_numpy()
    worst_row = np.arange(len(ours)) != int(np.argmax(np.abs(ours - theirs)))
    gap = pd.Series(ours - theirs).groupby(regions).sum()
    figures = {"crps": float(ours.mean()), "gain": gain(ours, theirs)}
    figures["without_row"] = gain(ours[worst_row], theirs[worst_row])
    kept = regions != gap.abs().idxmax()
    figures["without_region"] = gain(ours[kept], theirs[kept])
    for name, groups in (("regions", regions), ("months", origins)):
        low, high = interval(ours, theirs, groups)
        figures |= {f"{name}_lo": low, f"{name}_hi": high}
    return figures


def gain(ours: Floats, theirs: Floats) -> float:
    return float(1.0 - ours.sum() / theirs.sum())


def interval(ours: Floats, theirs: Floats, groups: npt.NDArray[np.object_]) -> tuple[float, float]:
    """Return the 90 % interval of the gain when groups are drawn with replacement."""
    rng = np.random.default_rng(SEED)
    sums = pd.DataFrame({"ours": ours, "theirs": theirs}).groupby(groups).sum().to_numpy()
    chosen = rng.integers(0, len(sums), size=(1000, len(sums)))
    ours_sum, theirs_sum = sums[chosen].sum(axis=1).T
    low, high = np.quantile(1.0 - ours_sum / theirs_sum, [0.05, 0.95])
    return float(low), float(high)


def printed(field: Field, stress: str, table: dict[str, dict[str, float]]) -> str:
    """Return the table of one stress: a line a model."""
    head = ["model", "CRPS", "gain %", "regions 90 %", "months 90 %", "w/o row", "w/o region"]
    lines = [
        [
            model,
            f"{f['crps']:,.3f}",
            f"{100 * f['gain']:+.1f}",
            f"{100 * f['regions_lo']:+.1f} to {100 * f['regions_hi']:+.1f}",
            f"{100 * f['months_lo']:+.1f} to {100 * f['months_hi']:+.1f}",
            f"{100 * f['without_row']:+.1f}",
            f"{100 * f['without_region']:+.1f}",
        ]
        for model, f in table.items()
    ]
    return f"\n{field.name}, {stress}\n" + text_table(head, lines)


def mean_gain(gains_of: dict[str, float]) -> float:
    """Return the mean over stresses; wars that go on and one that ends weigh the same."""
    on = np.mean([gains_of[name] for name in ("rises", "halves") if name in gains_of] or [np.nan])
    rest = [value for name, value in gains_of.items() if name not in ("rises", "halves")]
    return float(np.nanmean([on, *rest]))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--stress", choices=list(STRESSES), action="append", help="only this one")
    parser.add_argument("--field", help="only fields whose name holds this, such as countries")
    parser.add_argument("--draws", type=int, default=200)
    asked = parser.parse_args()
    if not (SHARED / "natural_earth_admin1_sahel.geojson").exists():
        sys.exit(f"needs {SHARED}: set ESCALATION_SHARED")
    begun = time.perf_counter()
    worst, means = 0.0, []
    wanted = [field for field in fields() if not asked.field or asked.field in field.name]
    for field in wanted:
        ground, of_field = ground_of(field), {}
        for stress in asked.stress or STRESSES:
            rows = scored(field, STRESSES[stress](field, ground), draws=asked.draws)
            table = {model: gains(rows, model) for model in MODELS}
            print(printed(field, stress, table), flush=True)
            of_field[stress] = table[MODEL]["gain"]
        worst = max(worst, -min(of_field.values()))
        means.append(mean_gain(of_field))
    line = {"worst_loss": round(worst, 4), "mean_gain": round(float(np.mean(means)), 4)}
    print(json.dumps(line | {"seconds": round(time.perf_counter() - begun, 1)}))


if __name__ == "__main__":
    main()

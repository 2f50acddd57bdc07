"""``escalation backtest --vintage``: forecasts from the panel as it was known at each origin.

An origin's panel holds what was known at the end of the month after the origin, by which UCDP's
candidate of the origin's month is out; its later months are those of today, which are the targets.
Every origin is forecast twice in the same way, from its vintage and from the data of today, and
both are scored on the data of today: the difference is what revisions are worth.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from data.counting.panel_making import count_store
from data.counting.region_months import RegionMonths
from data.errors import ConfigError, EvidenceError
from data.files import write_text
from data.months import add_months, last_day, month_number, parse_origins
from data.schema import STATUSES
from data.store.store import Store
from data.terminal import counted, text_table
from data.workspace import PanelSettings, Workspace, folder_within
from experiments.backtest.backtest import run_backtest, write_backtest
from experiments.backtest.catalogue import Backtest
from experiments.backtest.specification import BacktestSpec
from experiments.backtest.workers import own_workers
from experiments.runs.running import BacktestResult, check_origins
from experiments.scores.leaderboard import scores_table
from experiments.tracking.tracker import Tracker
from features.freshness import fresh_panel
from features.panel import Panel, read_panel_manifest
from features.recipe import panel_settings

__all__ = [
    "Vintage",
    "known_by",
    "make_vintages",
    "vintage_backtest",
]

_SCORES = ("crps", "ign", "mis", "brier", "ap")
_LEAD = (
    "Forecasts from what was known at the end of the month after each origin, and the same from the"
    " data of today; both are scored on the data of today."
)
_KEYS = ["model", "horizon", "origin", "region_id"]

Values = npt.NDArray[Any]

# At these scales the regions come from the panel itself; others need their polygons again.
_TABLE_SCALES = ("country", "priogrid")


@dataclass(frozen=True)
class Vintage:
    """What was known at one origin.

    Attributes:
        origin: Text month.
        as_of: The day whose knowledge it is.
        releases: Releases that were known, in order of ingest.
        panel: Up to the origin as known then, later months as known now.
    """

    origin: str
    as_of: date
    releases: tuple[str, ...]
    panel: Panel

    def digest(self) -> str:
        """Return the digest of what was known."""
        return self.panel.up_to(self.origin).digest()

    def facts(self) -> dict[str, Any]:
        """Return plain data for a manifest."""
        return {
            "origin": self.origin,
            "as_of": str(self.as_of),
            "releases": list(self.releases),
            "digest": self.digest(),
        }


def known_by(origin: str) -> date:
    """Return the day by which an origin's month should be known: the end of the next month.

    Example:
        >>> known_by("2023-10")
        datetime.date(2023, 11, 30)
    """
    return last_day(add_months(origin, 1))


def _revised_panel(workspace: Workspace, scale: str) -> Panel:
    """Return the workspace's panel, which must hold what is known today."""
    panel = fresh_panel(workspace, scale)
    day = read_panel_manifest(workspace.panel(scale)).get("as_of")
    if day is not None:
        raise EvidenceError(
            f"the panel holds what was known on {day}, and targets are to be scored on what is"
            " known today: build it without --as-of first"
        )
    return panel


def make_vintages(
    workspace: Workspace, revised: Panel, origins: Sequence[str]
) -> tuple[list[Vintage], dict[str, str]]:
    """Return the vintage of each origin that was known in time, and why others were not.

    Args:
        workspace: Whose store and settings are read.
        revised: The panel as known today; its regions are those of every vintage.
        origins: Text months, ascending.

    Raises:
        ConfigError: The settings do not tell where the regions come from.
        EvidenceError: No origin was known in time.
    """
    known: dict[tuple[int, ...], RegionMonths | str] = {}
    vintages: list[Vintage] = []
    omitted: dict[str, str] = {}
    for origin in origins:
        store = Store(workspace.store, as_of=known_by(origin))
        manifests = store.manifests()
        key = tuple(m["number"] for m in manifests)
        if key not in known:
            known[key] = _counted(workspace, revised.scale, store)
        counts = known[key]
        if isinstance(counts, str):
            omitted[origin] = counts
            continue
        panel = _joined(_aligned(counts, revised), revised, origin)
        if panel.observed()[:, panel.position(origin)].any():
            releases = tuple(dict.fromkeys(m["release"] for m in manifests))
            vintages.append(Vintage(origin, known_by(origin), releases, panel))
        else:
            omitted[origin] = f"not released by {known_by(origin)}"
    if not vintages:
        reasons = "; ".join(dict.fromkeys(omitted.values()))
        raise EvidenceError(
            "no origin was known by the end of the month after it, so there is no vintage to learn"
            f" from ({reasons}): ingest the releases of that time, such as monthly candidates,"
            " with --published where their day is not the usual one"
        )
    return vintages, omitted


def _vintages_digest(vintages: Sequence[Vintage]) -> str:
    """Return the SHA-256 over what was known at every origin."""
    text = "\n".join(f"{vintage.origin} {vintage.digest()}" for vintage in vintages)
    return hashlib.sha256(text.encode()).hexdigest()


def vintage_backtest(workspace: Workspace, spec: BacktestSpec) -> BacktestResult:
    """Run a backtest on what was known at each origin, write it, then track it.

    Args:
        workspace: Where the store and the panel of today are.
        spec: Its specification; origins that were not known in time are left out and named.

    Returns:
        The backtest, with ``vintage.csv`` in its folder.

    Raises:
        EvidenceError: No origin was known in time, or the panel cannot answer.
        ConfigError: The history is not the store's.
    """
    if spec.history is not None:
        raise ConfigError("--vintage reads the store's own releases: leave out the history")
    revised = _revised_panel(workspace, spec.scale)
    check_origins(revised, spec)
    origins = [o for o in parse_origins(spec.origins).months() if _has_target(revised, spec, o)]
    vintages, omitted = make_vintages(workspace, revised, origins)
    then, now = _both(vintages, revised, spec)
    difference = _difference(then.forecasts, now.forecasts)
    digest = _vintages_digest(vintages)
    name = f"{spec.scale}-{spec.target}-{spec.digest(digest)}"
    facts = {
        "id": name,
        "data_digest": digest,
        "revised_digest": revised.digest(),
        "vintages": [vintage.facts() for vintage in vintages],
        "omitted_origins": omitted,
    }
    backtest = Backtest(then.forecasts, {**then.manifest, **facts})
    table = difference.to_csv(index=False, lineterminator="\n")
    write_text(folder_within(workspace.backtests, name) / "vintage.csv", table)
    folder = write_backtest(backtest, workspace.backtests)
    tracked = Tracker(workspace).log_backtest(folder)
    text = f"{_vintage_text(difference, omitted)}\n\nforecasts, scores and plots: {folder}"
    return BacktestResult(folder, tracked, text)


def _vintage_text(table: pd.DataFrame, omitted: Mapping[str, str]) -> str:
    """Return the difference of both ways, and which origins were left out."""
    rows = [
        [row["model"], row["horizon"], row["rows"], row["score"]]
        + [f"{row[name]:.4f}" for name in ("vintage", "revised")]
        + [f"{row['difference']:+.4f}"]
        for row in table.to_dict("records")
    ]
    columns = ["model", "horizon", "rows", "score", "as known then", "as known now", "difference"]
    parts = [_LEAD, "", text_table(columns, rows)]
    if omitted:
        origin, reason = next(iter(omitted.items()))
        parts += ["", f"origins left out: {len(omitted)}, such as {origin} ({reason})"]
    return "\n".join(parts)


def _has_target(panel: Panel, spec: BacktestSpec, origin: str) -> bool:
    """Say whether a target month of an origin is observed today."""
    panel.position(origin)
    targets = (add_months(origin, horizon) for horizon in spec.horizons)
    known = [panel.position(month) for month in targets if month <= panel.months[-1]]
    return bool(panel.observed()[:, known].any())


def _both(
    vintages: Sequence[Vintage], revised: Panel, spec: BacktestSpec
) -> tuple[Backtest, Backtest]:
    """Forecast every origin from its vintage, and from the data of today in the same way."""
    runs: list[list[Backtest]] = [[], []]
    steps = 2 * len(vintages)
    with counted("backtest") as progress, own_workers():
        for vintage in vintages:
            alone = spec.changed(origins=vintage.origin)
            for made, panel in zip(runs, (vintage.panel, revised), strict=True):
                made.append(run_backtest(panel, alone, progress=lambda *_: None))
                progress(len(runs[0]) + len(runs[1]), steps, vintage.origin)
    return _one_backtest(runs[0], spec), _one_backtest(runs[1], spec)


def _one_backtest(runs: Sequence[Backtest], spec: BacktestSpec) -> Backtest:
    """Join backtests of single origins, the models in the order of the specification."""
    frame = pd.concat([run.forecasts for run in runs], ignore_index=True)
    order = {name: place for place, name in enumerate(spec.models)}
    keys = pd.DataFrame({"horizon": frame["horizon"], "model": frame["model"].map(order)})
    places = np.lexsort((np.arange(len(frame)), keys["model"], keys["horizon"]))
    frame = frame.iloc[places].reset_index(drop=True)
    manifest = {
        **runs[-1].manifest,
        "origins": [origin for run in runs for origin in run.manifest["origins"]],
        "spec": spec.as_dict(),
        "pools": {k: v for run in runs for k, v in run.manifest["pools"].items()},
        "started_at": runs[0].manifest["started_at"],
        "seconds": round(sum(run.manifest["seconds"] for run in runs), 1),
        "rows": len(frame),
        "rows_without_target": sum(run.manifest["rows_without_target"] for run in runs),
    }
    return Backtest(frame, manifest)


def _difference(then: pd.DataFrame, now: pd.DataFrame) -> pd.DataFrame:
    """Return a row a model, horizon and score: both means over the same rows, and then - now."""
    shared = then[_KEYS].merge(now[_KEYS], on=_KEYS)
    if shared.empty:
        raise EvidenceError("no region-month is observed both in a vintage and today")
    tables = [scores_table(frame.merge(shared, on=_KEYS)) for frame in (then, now)]
    pairs = zip(*(table.to_dict("records") for table in tables), strict=True)
    return pd.DataFrame(
        {
            "model": old["model"],
            "horizon": old["horizon"],
            "rows": old["rows"],
            "score": score,
            "vintage": old[score],
            "revised": new[score],
            "difference": old[score] - new[score],
        }
        for old, new in pairs
        for score in _SCORES
    )


def _counted(workspace: Workspace, scale: str, store: Store) -> RegionMonths | str:
    """Count a store as it was known; the reason where it knew nothing."""
    settings = _settings(workspace, scale)
    if not store.manifests():
        return "nothing was known yet"
    try:
        return count_store(store, settings, root=workspace.root).counts
    except EvidenceError as error:
        return str(error)


def _settings(workspace: Workspace, scale: str) -> PanelSettings:
    settings = replace(panel_settings(workspace, scale), scale=scale)
    if settings.boundaries is None and settings.regions is None and scale in _TABLE_SCALES:
        table = Path("panels") / scale / "regions.parquet"
        return replace(settings, regions=str(table))
    return settings


def _aligned(counts: RegionMonths, revised: Panel) -> Panel:
    """Return counted region-months with the regions and months of the panel of today."""
    rows = _rows(counts, revised)
    shift = month_number(counts.months[0]) - month_number(revised.months[0])
    width = len(revised.months)
    start, stop = max(shift, 0), min(shift + len(counts.months), width)
    late = STATUSES.index("not_released")
    status = np.full(revised.status.shape, late, dtype=np.int8)
    status[:, : min(start, width)] = STATUSES.index("not_covered")
    measures = {name: np.full(status.shape, np.nan, dtype=np.float32) for name in revised.measures}
    if start < stop:
        taken = slice(start - shift, stop - shift)
        status[:, start:stop] = counts.status[rows][:, taken]
        for name, values in measures.items():
            if name in counts.measures:
                values[:, start:stop] = counts.measures[name][rows][:, taken]
    return replace(revised, measures=measures, status=status)


def _rows(counts: RegionMonths, revised: Panel) -> npt.NDArray[np.intp]:
    places: Mapping[str, int] = {
        region_id: row for row, region_id in enumerate(counts.regions["region_id"])
    }
    missing = [region_id for region_id in revised.region_ids if region_id not in places]
    if missing:
        raise EvidenceError(
            f"region {missing[0]} of the panel is not among those of the settings: name the"
            " panel's own boundaries or region table in [panel] of escalation.toml"
        )
    return np.array([places[region_id] for region_id in revised.region_ids], dtype=np.intp)


def _joined(then: Panel, now: Panel, origin: str) -> Panel:
    """Return a panel that is ``then`` up to the origin and ``now`` after it."""
    stop = now.position(origin) + 1

    def join(left: Values, right: Values) -> Values:
        return np.concatenate((left[:, :stop], right[:, stop:]), axis=1)

    measures = {name: join(then.measures[name], now.measures[name]) for name in now.measures}
    return replace(now, measures=measures, status=join(then.status, now.status))

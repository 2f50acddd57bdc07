"""Making an issue: from a panel and its models to a folder with risk table, sections, manifest.

Results are written first and tracked second; the issue's own id, made from its inputs, is what
the table calls ``run_id`` and what tracking finds the run by.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Sequence
from dataclasses import asdict
from datetime import datetime
from typing import Any

import numpy as np
import pandas as pd

from data.errors import ConfigError, EvidenceError
from data.months import month_number
from data.records import write_record
from data.schema import EVENTS, STATUSES
from data.store.store import Store
from data.terminal import warn
from data.workspace import Workspace
from experiments.backtest.catalogue import Backtest, known_backtests
from experiments.backtest.code_version import code_version
from experiments.bands import checked_cuts
from experiments.models.beyond_record import months_as_high
from experiments.runs.confidence import FEW_AS_HIGH, band_records, judge_confidence
from experiments.tracking.tracker import Tracked, Tracker
from features.panel import FEWEST_MONTHS, Panel, panel_provenance
from forecast.archive.catalogue import read_catalogue
from forecast.archive.issue_files import Issue, issue_folder, write_issue
from forecast.archive.ledger import enter
from forecast.model.completing import Completion
from forecast.model.predictions import IssueRequest, Prediction, predict_all
from forecast.model.reasons import reasons_for
from forecast.model.risk import Judgement, risk_table
from forecast.sections.change_sections import change_sections
from forecast.sections.context import IssueContext
from forecast.sections.outlook import outlook_sections
from forecast.sections.verification import verification_sections
from forecast.text.sections import Section
from forecast.text.wording import listed
from forecast.watch.watching import watch_of_issue

__all__ = ["make_issue", "past_at", "track_issue"]


def make_issue(
    workspace: Workspace,
    panel: Panel,
    request: IssueRequest,
    *,
    now: datetime,
    report_progress: Callable[[str], None],
    completion: Completion | None = None,
) -> Issue:
    """Make and write an issue; the caller holds the workspace's lock.

    Args:
        workspace: Where champions, backtests and earlier issues are.
        panel: The panel; months after the origin are not read.
        request: What the issue is asked for.
        now: When the work begins, for the manifest.
        report_progress: Called with what takes its time, in words.
        completion: How models see the newest months; None as they are known.

    Raises:
        EvidenceError: The origin is not a complete observed month, or too few months are known.
        ConfigError: The request asks for a target, horizon or model that does not exist.
    """
    _check(request)
    past = past_at(panel, request.origin)
    folder = issue_folder(workspace, request.origin, past.scale)
    seen = past if completion is None else completion.applied(past)
    completed = None if completion is None else completion.facts(past)
    predictions = predict_all(workspace, seen, request, report_progress=report_progress)
    backtests = known_backtests(workspace, scale=past.scale, target=EVENTS, through=request.origin)
    backtest = next(backtests, None)
    catalogue = read_catalogue(workspace)
    rows, previous = catalogue.previous_rows(past.scale, request.origin, request.horizons)
    issue_id = _issue_id(seen, request, predictions)
    table = risk_table(
        past,
        [prediction.forecast for prediction in predictions],
        judgements=_judgements(past, predictions, backtest, request),
        run_id=issue_id,
        previous=rows,
        cuts=request.levels,
    )
    manifest = {
        "id": issue_id,
        **{name: value for name, value in asdict(request).items() if name != "model"},
        "asked_model": request.model,
        "models": [_described(prediction) for prediction in predictions],
        "gate": "; ".join(dict.fromkeys(p.forecast.gate for p in predictions)),
        "backtest": None if backtest is None else backtest.id,
        "previous": {str(horizon): name for horizon, name in sorted(previous.items())},
        "model_changed": rows is not None and _other_model(rows, table),
        "completed_months": completed,
        **_known(workspace, panel, past),
        "code_version": code_version(),
        "started_at": now.isoformat(timespec="seconds"),
        "finished_at": datetime.now(now.tzinfo).isoformat(timespec="seconds"),
    }
    draws = [prediction.forecast for prediction in predictions] if request.keep_draws else []
    context = IssueContext(workspace, catalogue, past, seen, request, predictions, table, manifest)
    sections = _sections(context)
    issue = write_issue(folder, table, manifest, panel=past, sections=sections, draws=draws)
    enter(workspace, issue)
    return issue


def past_at(panel: Panel, origin: str) -> Panel:
    """Return the panel up to an origin that may be forecast from.

    Raises:
        EvidenceError: The month is not observed anywhere, or fewer than ``FEWEST_MONTHS`` are.
    """
    last = panel.last_complete_month()
    if origin not in panel.months or not panel.observed()[:, panel.position(origin)].any():
        raise EvidenceError(
            f"{origin} cannot be an origin: {_why_not(panel, origin)}; the last complete month"
            f" is {last}"
        )
    past = panel.up_to(origin)
    known = int(past.observed().any(axis=0).sum())
    if known < FEWEST_MONTHS:
        raise EvidenceError(
            f"only {known} months are observed up to {origin}: a forecast needs {FEWEST_MONTHS}"
        )
    return past


def track_issue(workspace: Workspace, issue: Issue, tracker: Tracker | None = None) -> Tracked:
    """Track a written issue and write its run beside it; a failure never fails the issue."""
    tracked = (tracker or Tracker(workspace)).log_issue(issue.folder)
    write_record(issue.folder / "tracking.json", asdict(tracked))
    return tracked


def _sections(context: IssueContext) -> tuple[Section, ...]:
    """Return the additional sections, in the order in which a reader meets them."""
    as_of = context.manifest["as_of"]
    return (
        *change_sections(context),
        *outlook_sections(context),
        *watch_of_issue(context.workspace, context.past, as_of=as_of, report_progress=warn),
        *verification_sections(context),
    )


def _known(workspace: Workspace, panel: Panel, past: Panel) -> dict[str, Any]:
    """Return what the manifest says of the data that were known at the origin."""
    return {
        "scale": past.scale,
        "regions": len(past.regions),
        "statuses": _statuses(past),
        "last_complete_month": panel.last_complete_month(),
        "data_digest": past.digest(),
        **_vintage(workspace, past),
        "sources": _sources(workspace, past.scale),
        "warnings": [*_warnings(panel, past), *_beyond_record(past)],
    }


def _check(request: IssueRequest) -> None:
    month_number(request.origin)
    checked_cuts(request.levels)
    if EVENTS not in request.targets:
        raise ConfigError(
            f"expected {EVENTS} among the targets, got {', '.join(request.targets)}: levels and"
            " ranks are cut from the probability of at least one attack"
        )
    if not request.horizons or min(request.horizons) < 1 or max(request.horizons) > 36:
        raise ConfigError(f"expected horizons of 1 to 36 months, got {list(request.horizons)}")


def _why_not(panel: Panel, origin: str) -> str:
    if origin not in panel.months:
        return f"the panel holds {panel.months[0]} to {panel.months[-1]}"
    codes = np.unique(panel.status[:, panel.position(origin)])
    return f"the month is {' or '.join(STATUSES[code].replace('_', ' ') for code in codes)}"


def _issue_id(past: Panel, request: IssueRequest, predictions: Sequence[Prediction]) -> str:
    """Return a name that the same inputs give again and no others."""
    versions = [[p.forecast.target, p.forecast.horizon, p.forecast.version] for p in predictions]
    content = json.dumps([past.digest(), asdict(request), versions], sort_keys=True)
    return f"{request.origin}-{past.scale}-{hashlib.sha256(content.encode()).hexdigest()[:12]}"


def _judgements(
    past: Panel, predictions: Sequence[Prediction], backtest: Backtest | None, request: IssueRequest
) -> dict[int, Judgement]:
    """Return reasons and confidence by horizon: those of attacks."""
    return {
        p.forecast.horizon: _judgement(past, p, backtest, request)
        for p in predictions
        if p.forecast.target == EVENTS
    }


def _judgement(
    past: Panel, prediction: Prediction, backtest: Backtest | None, request: IssueRequest
) -> Judgement:
    forecast = prediction.forecast
    records = None
    if backtest is not None:
        records = band_records(
            backtest.forecasts,
            model=prediction.model,
            horizon=forecast.horizon,
            cuts=request.levels,
        )
    return Judgement(
        reasons=reasons_for(past, horizon=forecast.horizon, contributions=prediction.contributions),
        confidence=judge_confidence(
            forecast.distribution.p_at_least(1),
            months_observed=past.observed().sum(axis=1),
            as_high=months_as_high(past.measure(EVENTS), horizon=forecast.horizon),
            records=records or None,
            members=prediction.members,
            cuts=request.levels,
        ),
    )


def _described(prediction: Prediction) -> dict[str, Any]:
    forecast = prediction.forecast
    return {
        "target": forecast.target,
        "horizon": forecast.horizon,
        "model": prediction.model,
        "model_used": forecast.model,
        "version": forecast.version,
        "recipe": prediction.recipe,
        "trained_through": prediction.trained_through,
        "gate": forecast.gate,
        "note": prediction.note,
    }


def _other_model(before: pd.DataFrame, table: pd.DataFrame) -> bool:
    """Return whether the issue before forecast attacks with another model."""
    return set(before["model_events"]) != set(table["model_events"])


def _statuses(past: Panel) -> dict[str, int]:
    counts = np.bincount(past.status[:, -1], minlength=len(STATUSES))
    return {name: int(count) for name, count in zip(STATUSES, counts, strict=True) if count}


def _warnings(panel: Panel, past: Panel) -> list[str]:
    """Return what should be checked about the newest months."""
    values, warnings = past.measure(EVENTS), []
    if len(past.months) > 1 and np.nansum(values[:, -1]) == 0 and np.nansum(values[:, -13:-1]) > 0:
        warnings = [f"No attack is recorded anywhere in {past.months[-1]}: is the month complete?"]
    partial = (panel.status == STATUSES.index("partial")).any(axis=0)
    months = [panel.months[int(place)] for place in np.flatnonzero(partial)]
    if months:
        warnings.append(f"{', '.join(months)} is only partly known and was not read.")
    return warnings


def _beyond_record(past: Panel) -> list[str]:
    """Say where attacks of late are more frequent than nearly all that is on record."""
    few = months_as_high(past.measure(EVENTS), horizon=1) < FEW_AS_HIGH
    names = sorted(past.regions.loc[few, "region"].astype(str))
    if not names:
        return []
    return [
        (
            f"Attacks of late are beyond the record in {listed(names)}: fewer than {FEW_AS_HIGH}"
            " known months of any region were half as high, so that how large attacks become is"
            " drawn from the region's own last year as well."
        )
    ]


def _vintage(workspace: Workspace, past: Panel) -> dict[str, Any]:
    """Return the day whose knowledge the panel holds, and the digest of what is known today."""
    made = panel_provenance(workspace.panel(past.scale))
    revised = made["revised_digest"] if made.get("as_of") else past.digest()
    return {"as_of": made.get("as_of"), "revised_digest": revised}


def _sources(workspace: Workspace, scale: str) -> list[dict[str, Any]]:
    """Return what the store holds, and which of it was counted in the panel."""
    panel = panel_provenance(workspace.panel(scale))
    counted = {snapshot["sha256"] for snapshot in panel.get("snapshots", [])}
    return [
        {
            "source": manifest["source"],
            "release": manifest["release"],
            "file": manifest["file"],
            "sha256": manifest["sha256"],
            "retrieved_at": manifest["retrieved_at"],
            "complete_through": manifest["complete_through"],
            "counted": manifest["sha256"] in counted,
        }
        for manifest in Store(workspace.store).manifests()
    ]

"""``escalation tune``: trials on inner origins, stored in the workspace, tracked and printed."""

from __future__ import annotations

import hashlib
import json
import time
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from data.files import write_text
from data.records import write_record
from data.terminal import counted, echo, text_table
from data.workspace import Workspace, folder_within
from experiments.backtest.code_version import code_version, library_versions
from experiments.backtest.specification import BacktestSpec, read_spec, spec_toml
from experiments.backtest.study import Plan, TrialResult, require_optuna, run_trials
from experiments.backtest.tuning import OBJECTIVE, Inner, Subject, subjects_of
from experiments.backtest.workers import own_workers
from experiments.models.catalogue import use_plugin
from experiments.runs.challenge import panel_of
from experiments.runs.options import TuningOptions
from experiments.tracking.tracker import Tracked, Tracker

__all__ = ["Tuned", "tune_workspace", "tuning_text"]

_SHOWN = 5


@dataclass(frozen=True)
class Tuned:
    """A specification that was tuned.

    Attributes:
        folder: Where trials and the best specification lie.
        best: The best specification's file.
        trials: Model to its trials.
        origins: The inner origins.
        tracked: What became of tracking.
    """

    folder: Path
    best: Path
    trials: Mapping[str, list[TrialResult]]
    origins: tuple[str, ...]
    tracked: Tracked


def tune_workspace(workspace: Workspace, file: Path, options: TuningOptions) -> Tuned:
    """Try settings on inner origins and write the best specification.

    Args:
        workspace: Where the panel is, and where studies are stored and gone on with.
        file: TOML of the specification; nothing after its first scored origin is read.
        options: How it is tuned.

    Raises:
        RuntimeEnvironmentError: optuna is not installed.
        ConfigError: The specification is not understood, or a model cannot be tuned.
        EvidenceError: Too few months lie before the first scored origin.
    """
    workspace.check_writable()
    started, libraries = datetime.now(UTC), {"optuna": require_optuna(), **library_versions()}
    until = None if options.timeout is None else time.monotonic() + options.timeout
    spec = read_spec(file, plugin=use_plugin(options.plugin) if options.plugin else None)
    subjects = subjects_of(spec, options.models or ())
    inner = Inner.of(panel_of(workspace, spec), spec, months=options.inner)
    made_by = {"code_version": code_version(), "libraries": libraries}
    named_by = [spec.as_dict(), inner.origins, inner.panel.digest(), made_by]
    digits = hashlib.sha256(json.dumps(named_by, sort_keys=True).encode()).hexdigest()[:8]
    folder = folder_within(workspace.tuning, f"{spec.scale}-{spec.target}-{digits}")
    with own_workers():
        trials = {
            subject.name: _tune(
                folder,
                inner,
                subject,
                Plan(subject.space(), subject.first(), options.trials, spec.seed, until),
            )
            for subject in subjects
        }
    best = _best_spec(spec, subjects, trials)
    text = spec_toml(best, comment=_comment(inner, trials))
    for path in [folder / "best.toml", *([options.out] if options.out else [])]:
        write_text(path, text)
    manifest = _manifest(folder.name, inner, trials, started=started) | made_by
    write_record(folder / "manifest.json", manifest)
    tracked = Tracker(workspace).log_tuning(folder)
    return Tuned(folder, options.out or folder / "best.toml", trials, inner.origins, tracked)


def tuning_text(tuned: Tuned) -> str:
    """Return the best trials of every model beside the settings as they stand."""
    first, last = tuned.origins[0], tuned.origins[-1]
    lines = [f"objective: {OBJECTIVE}"]
    lines += [f"inner origins: {len(tuned.origins)}, {first} to {last}; trial 0 = as it stands"]
    for name, trials in tuned.trials.items():
        standing = trials[0].value
        ranked = sorted(_whole(trials), key=lambda trial: -trial.value)[:_SHOWN]
        shown = ranked if trials[0] in ranked else [*ranked, trials[0]]
        rows = [
            [
                trial.number,
                f"{trial.value:.4f}",
                f"{trial.value - standing:+z.4f}",
                _changes(trial, trials[0]),
            ]
            for trial in shown
        ]
        cut = len(trials) - len(_whole(trials))
        lines += ["", f"{name}: {len(trials)} trials, {cut} cut short", ""]
        lines.append(text_table(["trial", "skill", "gain", "settings changed"], rows))
    lines += ["", f"best specification: {tuned.best}"]
    return "\n".join(lines)


def _tune(folder: Path, inner: Inner, subject: Subject, plan: Plan) -> list[TrialResult]:
    label = f"tuning {subject.name}"
    before: int | None = None

    def report(done: list[TrialResult]) -> None:
        nonlocal before
        if before is None:
            before = len(done)
            if done:
                echo(f"{label}: going on after {before} trials done before", err=True)
        if done:
            best = max(trial.value for trial in _whole(done))
            progress(min(len(done), plan.trials), plan.trials, f"best skill {best:.4f}")

    with counted(label) as progress:
        return run_trials(
            folder,
            subject.name,
            plan,
            evaluate=lambda knobs: inner.running(subject, knobs),
            report=report,
        )


def _whole(trials: list[TrialResult]) -> list[TrialResult]:
    return [trial for trial in trials if trial.whole]


def _best(trials: list[TrialResult]) -> TrialResult:
    """Return the best whole trial; among equals the earliest, so that nothing changes for luck."""
    return max(_whole(trials), key=lambda trial: (trial.value, -trial.number))


def _best_spec(
    spec: BacktestSpec, subjects: list[Subject], trials: Mapping[str, list[TrialResult]]
) -> BacktestSpec:
    for subject in subjects:
        best = _best(trials[subject.name])
        if best.number:
            spec = subject.changed(spec, best.knobs)
    return spec


def _comment(inner: Inner, trials: Mapping[str, list[TrialResult]]) -> list[str]:
    first, last = inner.origins[0], inner.origins[-1]
    lines = [
        "Tuned by `escalation tune`.",
        (
            f"Inner origins: {len(inner.origins)}, {first} to {last}; nothing after"
            f" {inner.panel.months[-1]} was read."
        ),
        f"Objective: {OBJECTIVE}.",
        "The best of many trials looks better than it is: judge it by a backtest.",
    ]
    for name, done in trials.items():
        best, standing = _best(done), done[0].value
        lines.append(
            f"{name}: {len(done)} trials; trial {best.number} has {best.value:.4f}, the settings"
            f" as they stood {standing:.4f} ({best.value - standing:+z.4f})."
        )
    return lines


def _changes(trial: TrialResult, standing: TrialResult) -> str:
    changed = {k: v for k, v in trial.knobs.items() if v != standing.knobs.get(k)}
    shown = (f"{k}={v:.3g}" if isinstance(v, float) else f"{k}={v}" for k, v in changed.items())
    return ", ".join(shown) or "none"


def _manifest(
    name: str, inner: Inner, trials: Mapping[str, list[TrialResult]], *, started: datetime
) -> dict[str, Any]:
    spec = inner.spec
    return {
        "id": name,
        "scale": spec.scale,
        "target": spec.target,
        "horizons": list(spec.horizons),
        "objective": OBJECTIVE,
        "inner_origins": list(inner.origins),
        "read_through": inner.panel.months[-1],
        "spec": spec.as_dict(),
        "seed": spec.seed,
        "data_digest": inner.panel.digest(),
        "found": {
            name: {
                "trials": len(done),
                "standing": done[0].value,
                "best": _best(done).value,
                "best_trial": _best(done).number,
            }
            for name, done in trials.items()
        },
        "started_at": started.isoformat(timespec="seconds"),
        "finished_at": datetime.now(UTC).isoformat(timespec="seconds"),
    }

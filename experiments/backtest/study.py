"""Trials of one model's settings, asked from optuna and kept in a file that outlives a stop.

The only module that imports optuna. Each trial's sampler is seeded by how many went before it, so
that a study that was stopped and goes on asks for the trials of one that was not.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from data.errors import RuntimeEnvironmentError
from experiments.backtest.search_space import Range

if TYPE_CHECKING:
    from optuna import Study, Trial
    from optuna.distributions import BaseDistribution
    from optuna.trial import FrozenTrial

__all__ = ["Rules", "TrialResult", "require_optuna", "run_trials"]

Knobs = Mapping[str, float | int]
Evaluate = Callable[[Knobs], Iterator[float]]

# Trials before any is cut short, and folds of a trial before it may be.
_TRIALS_IN_PEACE = 5
_FOLDS_IN_PEACE = 1


@dataclass(frozen=True)
class TrialResult:
    """One finished trial.

    Attributes:
        number: Counted from 0, which is the settings as they stand.
        knobs: Dotted setting to the value tried.
        running: The objective over all folds so far, after each fold.
        whole: Whether every fold was run; False where it was cut short.
        started_at: When it began, ISO 8601.
        finished_at: When it ended.
    """

    number: int
    knobs: dict[str, float | int]
    running: tuple[float, ...]
    whole: bool
    started_at: str
    finished_at: str

    @property
    def value(self) -> float:
        """The objective after the last fold that was run."""
        return self.running[-1]


@dataclass(frozen=True)
class Rules:
    """How trials are asked.

    Attributes:
        trials: Trials in all, those of an earlier start included.
        seed: Root of the sampler's random numbers.
        until: ``time.monotonic()`` after which no trial begins; None for no limit.
    """

    trials: int
    seed: int
    until: float | None = None


def require_optuna() -> str:
    """Return optuna's version.

    Raises:
        MachineError: It is not installed.
    """
    try:
        import optuna
    except ImportError:
        raise RuntimeEnvironmentError(
            'tuning needs optuna, which is not installed: pip install "escalation[tune]"'
        ) from None
    optuna.logging.set_verbosity(optuna.logging.WARNING)
    return str(optuna.__version__)


def run_trials(
    journal: Path,
    name: str,
    *,
    space: Mapping[str, Range],
    first: Knobs,
    evaluate: Evaluate,
    rules: Rules,
    told: Callable[[list[TrialResult]], None],
) -> list[TrialResult]:
    """Run trials until there are enough of them or the time is over.

    Args:
        journal: File of the study; what is in it counts.
        name: Name of the study in it.
        space: Dotted setting to its bounds.
        first: Values of trial 0.
        evaluate: Yields the running objective, higher is better, after each fold.
        rules: How trials are asked.
        told: Told of all finished trials, at the start and after each one.

    Returns:
        Every finished trial in order; at least trial 0.

    Raises:
        MachineError: optuna is not installed.
    """
    require_optuna()
    study = _open(journal, name)
    distributions = {key: _distribution(bounds) for key, bounds in space.items()}
    told(_finished(study))
    while len(done := _finished(study)) < rules.trials:
        if done and rules.until is not None and time.monotonic() > rules.until:
            break
        if not done:
            study.enqueue_trial(dict(first), skip_if_exists=True)
        study.sampler = _sampler(rules.seed, len(done))
        _run(study, study.ask(distributions), evaluate, in_peace=len(done) < _TRIALS_IN_PEACE)
        told(_finished(study))
    return _finished(study)


def _run(study: Study, trial: Trial, evaluate: Evaluate, *, in_peace: bool) -> None:
    from optuna.trial import TrialState

    value = 0.0
    for fold, value in enumerate(evaluate(trial.params)):
        trial.report(value, fold)
        if not in_peace and fold >= _FOLDS_IN_PEACE and trial.should_prune():
            study.tell(trial, state=TrialState.PRUNED)
            return
    study.tell(trial, value)


def _open(journal: Path, name: str) -> Study:
    """Return the study; a trial that was being run when it was stopped counts as failed."""
    import optuna
    from optuna.storages.journal import JournalFileBackend
    from optuna.trial import TrialState

    journal.parent.mkdir(parents=True, exist_ok=True)
    study = optuna.create_study(
        storage=optuna.storages.JournalStorage(JournalFileBackend(str(journal))),
        study_name=name,
        direction="maximize",
        pruner=optuna.pruners.MedianPruner(n_startup_trials=_TRIALS_IN_PEACE),
        load_if_exists=True,
    )
    for trial in study.get_trials(deepcopy=False, states=(TrialState.RUNNING,)):
        study.tell(trial.number, state=TrialState.FAIL)
    return study


def _finished(study: Study) -> list[TrialResult]:
    from optuna.trial import TrialState

    states = (TrialState.COMPLETE, TrialState.PRUNED)
    found = study.get_trials(deepcopy=False, states=states)
    return [_result(number, trial, TrialState.COMPLETE) for number, trial in enumerate(found)]


def _result(number: int, trial: FrozenTrial, whole: Any) -> TrialResult:
    running = tuple(value for _, value in sorted(trial.intermediate_values.items()))
    return TrialResult(
        number=number,
        knobs=dict(trial.params),
        running=running,
        whole=trial.state == whole,
        started_at=_iso(trial.datetime_start),
        finished_at=_iso(trial.datetime_complete),
    )


def _iso(moment: datetime | None) -> str:
    return moment.astimezone().isoformat(timespec="seconds") if moment else ""


def _sampler(seed: int, before: int) -> Any:
    import numpy as np
    from optuna.samplers import TPESampler

    (own,) = np.random.SeedSequence([seed, before]).generate_state(1)
    return TPESampler(seed=int(own))


def _distribution(bounds: Range) -> BaseDistribution:
    from optuna.distributions import FloatDistribution, IntDistribution

    if isinstance(bounds.low, int) and isinstance(bounds.high, int):
        return IntDistribution(bounds.low, bounds.high, log=bounds.log, step=bounds.step)
    return FloatDistribution(bounds.low, bounds.high, log=bounds.log)

"""A study of one model's settings: what may be tried, and the trials, which optuna asks and stores.

The only module that imports optuna; its journal is all that is stored of the trials. Each trial's
sampler is seeded by how many were finished before it, so that a study that was stopped and goes on
asks for the trials of one that was not; the trial that it was stopped in does not count. The bounds
belong to a setting's name, whichever model has it, so that a model gains a search space with its
settings class; a field's own ``metadata={"tune": (low, high)}`` goes before them.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import asdict, dataclass, fields, is_dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from data.errors import RuntimeEnvironmentError

if TYPE_CHECKING:
    from optuna import Study, Trial
    from optuna.distributions import BaseDistribution
    from optuna.samplers import BaseSampler
    from optuna.trial import FrozenTrial

__all__ = [
    "Plan",
    "Range",
    "TrialResult",
    "knob_values",
    "read_trials",
    "require_optuna",
    "run_trials",
    "search_space",
    "with_knobs",
]

Knobs = Mapping[str, float | int]

# Trials before any is cut short, and folds of a trial before it may be.
_TRIALS_IN_PEACE = 5
_FOLDS_IN_PEACE = 1
# Journals of the version before have a dot before their name.
_JOURNALS = ("study.journal", ".study.journal")


@dataclass(frozen=True)
class Range:
    """Bounds of one setting, both included.

    Attributes:
        low: Smallest value.
        high: Largest value.
        log: Whether ratios count rather than differences.
        step: Distance of whole numbers.
    """

    low: float
    high: float
    log: bool = False
    step: int = 1


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
class Plan:
    """What a study tries.

    Attributes:
        space: Dotted setting to its bounds.
        first: Values of trial 0.
        trials: Trials in all, those of an earlier start included.
        seed: Root of the sampler's random numbers.
        until: ``time.monotonic()`` after which no trial begins; None for no limit.
    """

    space: Mapping[str, Range]
    first: Knobs
    trials: int
    seed: int
    until: float | None = None


_RANGES: Mapping[str, Range] = {
    "window": Range(60, 300, step=12),
    # linear models
    "c": Range(0.001, 1.0, log=True),
    "l1_ratio": Range(0.0, 1.0),
    # trees
    "trees": Range(20, 400, log=True),
    "iterations": Range(20, 400, log=True),
    "num_leaves": Range(4, 255, log=True),
    "max_leaf_nodes": Range(4, 63, log=True),
    "min_data_in_leaf": Range(5, 400, log=True),
    "min_samples_leaf": Range(5, 400, log=True),
    "feature_fraction": Range(0.05, 1.0),
    "bagging_fraction": Range(0.4, 1.0),
    "learning_rate": Range(0.01, 0.3, log=True),
    "lambda_l2": Range(0.0, 50.0),
    "l2_regularization": Range(0.0, 50.0),
    # pools
    "inner": Range(12, 60, step=12),
    "shrink": Range(0.001, 10.0, log=True),
    "size_shrink": Range(0.001, 10.0, log=True),
    "repair": Range(0.0, 1.0),
    "size_repair": Range(0.0, 1.0),
}


def search_space(settings: Any) -> dict[str, Range]:
    """Return the bounds of every setting that may be tried, by dotted name.

    Args:
        settings: A frozen dataclass of settings; its values lie within the bounds returned.

    Example:
        >>> from experiments.models.pool import PoolSettings
        >>> search_space(PoolSettings())["repair"]
        Range(low=0.0, high=1.0, log=False, step=1)
    """
    return {name: _around(bounds, value) for name, bounds, value in _knobs(settings, "")}


def knob_values(settings: Any) -> dict[str, float | int]:
    """Return the present values of those settings, by dotted name."""
    return {name: value for name, _, value in _knobs(settings, "")}


def with_knobs(settings: Any, knobs: Mapping[str, float | int]) -> dict[str, Any]:
    """Return the whole table of settings, nested as in TOML, with some values changed.

    The table is whole because a nested table that is given in part takes the rest from its own
    class and not from the model.
    """
    table: dict[str, Any] = asdict(settings)
    for name, value in knobs.items():
        *path, last = name.split(".")
        inner = table
        for part in path:
            inner = inner[part]
        inner[last] = value
    return table


def require_optuna() -> str:
    """Return optuna's version.

    Raises:
        RuntimeEnvironmentError: It is not installed.
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
    folder: Path,
    name: str,
    plan: Plan,
    *,
    evaluate: Callable[[Knobs], Iterator[float]],
    report: Callable[[list[TrialResult]], None],
) -> list[TrialResult]:
    """Run trials until there are enough of them or the time is over.

    Args:
        folder: Where the journal lies; the trials in it count.
        name: Name of the study in it.
        plan: What is tried.
        evaluate: Yields the running objective, higher is better, after each fold.
        report: Called with all finished trials, at the start and after each one.

    Returns:
        Every finished trial in order; at least trial 0.

    Raises:
        RuntimeEnvironmentError: optuna is not installed.
    """
    study = _open(folder, name)
    from optuna.trial import TrialState

    distributions = {key: _distribution(bounds) for key, bounds in plan.space.items()}
    report(_finished(study))
    while len(done := _finished(study)) < plan.trials:
        if done and plan.until is not None and time.monotonic() > plan.until:
            break
        if not done and not study.get_trials(deepcopy=False, states=(TrialState.WAITING,)):
            study.enqueue_trial(dict(plan.first))
        study.sampler = _sampler(plan.seed, len(done))
        _run(study, study.ask(distributions), evaluate, in_peace=len(done) < _TRIALS_IN_PEACE)
        report(_finished(study))
    return _finished(study)


def read_trials(folder: Path, name: str) -> list[TrialResult]:
    """Return the finished trials of a study, in order.

    Raises:
        RuntimeEnvironmentError: optuna is not installed, or the folder holds no journal.
    """
    if not _journal(folder).exists():
        raise RuntimeEnvironmentError(f"{folder} holds no {_JOURNALS[0]}: tune again")
    return _finished(_open(folder, name))


def _journal(folder: Path) -> Path:
    paths = [folder / name for name in _JOURNALS]
    return next((path for path in paths if path.exists()), paths[0])


def _open(folder: Path, name: str) -> Study:
    require_optuna()
    import optuna
    from optuna.storages.journal import JournalFileBackend

    folder.mkdir(parents=True, exist_ok=True)
    backend = JournalFileBackend(str(_journal(folder)))
    return optuna.create_study(
        storage=optuna.storages.JournalStorage(backend),
        study_name=name,
        direction="maximize",
        pruner=optuna.pruners.MedianPruner(n_startup_trials=_TRIALS_IN_PEACE),
        load_if_exists=True,
    )


def _run(
    study: Study, trial: Trial, evaluate: Callable[[Knobs], Iterator[float]], *, in_peace: bool
) -> None:
    from optuna.trial import TrialState

    value = 0.0
    for fold, value in enumerate(evaluate(trial.params)):
        trial.report(value, fold)
        if not in_peace and fold >= _FOLDS_IN_PEACE and trial.should_prune():
            study.tell(trial, state=TrialState.PRUNED)
            return
    study.tell(trial, value)


def _finished(study: Study) -> list[TrialResult]:
    from optuna.trial import TrialState

    states = (TrialState.COMPLETE, TrialState.PRUNED)
    trials = study.get_trials(deepcopy=False, states=states)
    return [_result(n, trial, trial.state == states[0]) for n, trial in enumerate(trials)]


def _result(number: int, trial: FrozenTrial, whole: bool) -> TrialResult:
    return TrialResult(
        number=number,
        knobs=dict(trial.params),
        running=tuple(value for _, value in sorted(trial.intermediate_values.items())),
        whole=whole,
        started_at=_iso(trial.datetime_start),
        finished_at=_iso(trial.datetime_complete),
    )


def _iso(moment: datetime | None) -> str:
    return moment.astimezone().isoformat(timespec="seconds") if moment else ""


def _sampler(seed: int, before: int) -> BaseSampler:
    import numpy as np
    from optuna.samplers import TPESampler

    (own,) = np.random.SeedSequence([seed, before]).generate_state(1)
    return TPESampler(seed=int(own))


def _distribution(bounds: Range) -> BaseDistribution:
    from optuna.distributions import FloatDistribution, IntDistribution

    if isinstance(bounds.low, int) and isinstance(bounds.high, int):
        return IntDistribution(bounds.low, bounds.high, log=bounds.log, step=bounds.step)
    return FloatDistribution(bounds.low, bounds.high, log=bounds.log)


def _knobs(settings: Any, prefix: str) -> Iterator[tuple[str, Range, float | int]]:
    for field in fields(settings):
        name, value = f"{prefix}{field.name}", getattr(settings, field.name)
        if is_dataclass(value):
            yield from _knobs(value, f"{name}.")
        elif isinstance(value, (int, float)) and not isinstance(value, bool):
            own = field.metadata.get("tune")
            bounds = Range(*own) if own is not None else _RANGES.get(field.name)
            if bounds is not None:
                yield name, bounds, value


def _around(bounds: Range, value: float) -> Range:
    """Widen bounds so that they hold the present value, and whole steps lead to it."""
    kind = type(value)
    low, high = kind(min(bounds.low, value)), kind(max(bounds.high, value))
    steady = (
        isinstance(value, int) and (value - low) % bounds.step == 0 == (high - low) % bounds.step
    )
    step = bounds.step if steady else 1
    return Range(low, high, bounds.log and low > 0, step)

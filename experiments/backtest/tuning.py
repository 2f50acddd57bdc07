"""Tuning on inner rolling origins: months strictly before those that a specification scores.

The panel is cut at the first scored origin before anything is read of it. The objective is the
mean of the CRPS and IGN skill against ``conflictology`` over all rows of the inner origins.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt

from data.errors import ConfigError, EvidenceError
from data.months import add_months, month_range, parse_origins
from data.settings import build_settings
from experiments.backtest.folds import Execution, scored_folds
from experiments.backtest.specification import BacktestSpec, build_table
from experiments.backtest.study import knob_values, search_space, with_knobs
from experiments.backtest.walk import Fold, FoldForecasts, walk
from experiments.backtest.workers import cores
from experiments.distribution import Distribution
from experiments.models.catalogue import BLEND, make_member, members_of
from experiments.models.pool import PoolSettings
from features.panel import FEWEST_MONTHS, Panel
from features.table import FeatureTable

__all__ = ["OBJECTIVE", "Inner", "Subject", "inner_origins", "subjects_of"]

OBJECTIVE = "mean of CRPS and IGN skill against conflictology, all rows of the inner origins"

_REFERENCE = "conflictology"
_FEWEST_ORIGINS = 12
# Draws of the blend's members that are held between trials.
_CACHED_DRAWS = 200

Knobs = Mapping[str, float | int]
_Key = tuple[int, tuple[str, ...], str]


@dataclass(frozen=True)
class Subject:
    """One model whose settings are tried: its own, or for the blend those of the pool.

    Attributes:
        name: Name of the model.
        spec: The specification as it stands.
    """

    name: str
    spec: BacktestSpec

    @cached_property
    def settings(self) -> Any:
        """The settings as they stand."""
        if self.name == BLEND:
            return self.spec.pool
        return make_member(self.name, self.spec.member_settings().get(self.name)).settings

    def space(self) -> dict[str, Any]:
        """Return the bounds of what may be tried."""
        return search_space(self.settings)

    def first(self) -> Knobs:
        """Return the values as they stand."""
        return knob_values(self.settings)

    def changed(self, spec: BacktestSpec, knobs: Knobs) -> BacktestSpec:
        """Return a specification with these values for this model."""
        table = with_knobs(self.settings, knobs)
        if self.name == BLEND:
            return replace(spec, pool=build_settings(PoolSettings, table, where="[pool]"))
        return replace(spec, settings={**spec.settings, self.name: table})


def subjects_of(spec: BacktestSpec, names: Sequence[str]) -> list[Subject]:
    """Return what to tune: the named models, else every model of a specification that can be.

    Raises:
        ConfigError: A model has no settings that may be tried.
    """
    subjects = [Subject(name, spec) for name in (names or spec.models)]
    able = [subject for subject in subjects if subject.space()]
    for subject in subjects:
        if names and subject not in able:
            raise ConfigError(f"--model: {subject.name} has no settings that may be tried")
    if not able:
        raise ConfigError("none of the models has settings that may be tried: name one that has")
    return sorted(able, key=lambda subject: subject.name == BLEND)


def inner_origins(panel: Panel, spec: BacktestSpec, months: int) -> list[str]:
    """Return the last ``months`` origins whose targets all lie at or before the first scored one.

    Raises:
        EvidenceError: The panel holds too few months before the first scored origin.
    """
    first = parse_origins(spec.origins).first
    last = add_months(first, -max(spec.horizons))
    earliest = panel.months[0]
    fewest = add_months(earliest, FEWEST_MONTHS + max(spec.horizons) - 1)
    start = max(add_months(last, 1 - months), fewest)
    origins = month_range(start, last) if start <= last else []
    if len(origins) < min(_FEWEST_ORIGINS, months):
        raise EvidenceError(
            f"the panel begins in {earliest}: {len(origins)} inner origins lie before the first"
            f" scored origin {first}; give later origins"
        )
    return origins


class CachedWalk:
    """Walks as ``walk`` does, for one panel and one table of settings, each fold once a member.

    Forecasts that many trials share are made once.
    """

    def __init__(self) -> None:
        self._made: dict[_Key, tuple[tuple[Distribution, ...], str]] = {}

    def __call__(
        self,
        panel: Panel,
        table: FeatureTable,
        spec: BacktestSpec,
        folds: Sequence[Fold],
        *,
        members: Sequence[str],
        jobs: int,
    ) -> Iterator[FoldForecasts]:
        """Yield the forecasts of every fold in turn; see ``walk``."""
        horizon = spec.horizons[0]
        keys = {fold: [(horizon, fold.origins, name) for name in members] for fold in folds}
        missing = [fold for fold in folds if not self._made.keys() >= set(keys[fold])]
        for walked in walk(panel, table, spec, missing, members=members, jobs=jobs):
            for name, key in zip(members, keys[walked.fold], strict=True):
                self._made[key] = (walked.forecasts[name], walked.used[name])
        for fold in folds:
            made = {name: self._made[key] for name, key in zip(members, keys[fold], strict=True)}
            yield FoldForecasts(
                fold=fold,
                forecasts={name: forecasts for name, (forecasts, _) in made.items()},
                used={name: used for name, (_, used) in made.items()},
            )


@dataclass(frozen=True)
class Inner:
    """The inner origins of a specification, on a panel that ends at the first scored origin.

    Attributes:
        panel: Counts up to the first scored origin; there is nothing later in it.
        spec: What is tuned; its own origins are never run.
        origins: The inner origins.
        table: Features of the panel.
    """

    panel: Panel
    spec: BacktestSpec
    origins: tuple[str, ...]
    table: FeatureTable

    @classmethod
    def of(cls, panel: Panel, spec: BacktestSpec, *, months: int) -> Inner:
        """Cut a panel at the first scored origin and lay the inner origins before it.

        Raises:
            EvidenceError: The panel holds too few months.
        """
        past = panel.up_to(parse_origins(spec.origins).first)
        origins = tuple(inner_origins(past, spec, months))
        table = build_table(past, spec, known_through=origins[0])
        return cls(past, spec, origins, table)

    @cached_property
    def cache(self) -> CachedWalk:
        """Forecasts of the blend's members, which no trial of the pool changes."""
        return CachedWalk()

    def running(self, subject: Subject, knobs: Knobs) -> Iterator[float]:
        """Yield the objective over all folds so far, after each fold.

        Args:
            subject: Whose settings are tried.
            knobs: The values.
        """
        spec = subject.changed(self._spec(subject.name), knobs)
        reference = self._reference(spec.draws)
        total = np.zeros(2)
        for place, scores in enumerate(self._sums(spec, cached=subject.name == BLEND)):
            total += scores
            yield float((1.0 - total / reference[place]).mean())

    def _spec(self, name: str) -> BacktestSpec:
        draws = min(self.spec.draws, _CACHED_DRAWS) if name == BLEND else self.spec.draws
        return replace(self.spec, models=(name,), draws=draws)

    def _reference(self, draws: int) -> npt.NDArray[np.float64]:
        """Return conflictology's sums of CRPS and IGN after each fold, (folds, 2)."""
        if draws not in self._references:
            spec = replace(self.spec, models=(_REFERENCE,), draws=draws)
            sums = np.cumsum(list(self._sums(spec, cached=False)), axis=0)
            if not (sums > 0).all():
                raise EvidenceError(
                    f"{_REFERENCE} makes no error on the inner origins {self.origins[0]} to"
                    f" {self.origins[-1]}: there is nothing to tune by"
                )
            self._references[draws] = sums
        return self._references[draws]

    @cached_property
    def _references(self) -> dict[int, npt.NDArray[np.float64]]:
        return {}

    def _sums(self, spec: BacktestSpec, *, cached: bool) -> Iterator[npt.NDArray[np.float64]]:
        jobs = min(cores(), len(members_of(spec.models[0])))
        execution = Execution(jobs, walker=self.cache if cached else walk)
        for fold in scored_folds(self.panel, self.table, spec, self.origins, execution):
            yield fold.rows[["crps", "ign"]].to_numpy(np.float64).sum(axis=0)

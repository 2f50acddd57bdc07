"""A model trained for use: its members for every horizon, the rule that joins them, and its files.

This is what a champion is. Reading it back checks the feature list; a member without a text form
is fitted again on the months that it was trained on.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from data.errors import EvidenceError
from data.files import read_json, write_json
from experiments.backtest.cluster import cluster_here
from experiments.backtest.folds import model_used
from experiments.backtest.specification import BacktestSpec
from experiments.backtest.walk import make_folds, past_forecasts, walk
from experiments.distribution import Distribution
from experiments.models.catalogue import is_pooled, make_member, members_of, model_class
from experiments.models.model import FeatureContributions, Model, pooled_contributions
from experiments.models.past_forecasts import PastForecasts
from experiments.models.pool import PoolRule, learn_rule
from experiments.seeds import stream
from experiments.training_view import Forecasting, TrainingView, view_at
from features.panel import Panel
from features.table import FeatureTable

__all__ = ["HorizonModel", "TrainedModel", "load_model", "train_model"]

_FILE = "trained.json"


@dataclass(frozen=True)
class HorizonModel:
    """Members fitted for one horizon, and the rule that joins them.

    Attributes:
        members: Member name to the fitted model.
        rule: Weights and repair of P(attack); None for a single model taken as it is.
    """

    members: Mapping[str, Model]
    rule: PoolRule | None

    def predict(self, known: TrainingView) -> tuple[Distribution, dict[str, Distribution]]:
        """Return the joined forecast and each member's own."""
        parts = {name: model.predict(known) for name, model in self.members.items()}
        if self.rule is None:
            return next(iter(parts.values())), parts
        task = known.task
        joined = self.rule.combine(parts, draws=task.draws).draws
        order = ("order", "+".join(self.members), task.target)
        mixed = np.stack(
            [
                stream(task.seed, *order, known.origin, task.horizon, region_id).permutation(row)
                for region_id, row in zip(known.region_ids, joined, strict=True)
            ]
        )
        return Distribution(mixed), parts

    def contributions(self, known: TrainingView) -> FeatureContributions | None:
        """Return the members' contributions, weighted as they are for P(attack).

        Members that read no features say nothing: what they add comes from the region's own
        counts. None where no member can say.
        """
        weights = dict(zip(self.rule.members, self.rule.weights, strict=True)) if self.rule else {}
        weighed = [(weights.get(name, 1.0), member) for name, member in self.members.items()]
        said = [(weight, member.contributions(known)) for weight, member in weighed if weight > 0]
        return pooled_contributions([(weight, part) for weight, part in said if part is not None])


@dataclass(frozen=True)
class TrainedModel:
    """A published model, trained for one target.

    Attributes:
        name: Name of the published model.
        spec: Settings; its horizons are those that the model can forecast.
        trained_through: Last month it has seen.
        horizons: Horizon to its models.
    """

    name: str
    spec: BacktestSpec
    trained_through: str
    horizons: Mapping[int, HorizonModel]

    def task(self, horizon: int) -> Forecasting:
        """Return what is forecast at a horizon.

        Raises:
            EvidenceError: The model was not trained for the horizon.
        """
        if horizon not in self.horizons:
            raise EvidenceError(
                f"{self.name} was trained for horizons {', '.join(map(str, self.horizons))},"
                f" not {horizon}: promote it again with that horizon"
            )
        return self.spec.task(horizon)

    def used(self, horizon: int) -> str:
        """Return members, weights and fallbacks in words."""
        model = self.horizons[horizon]
        used = {name: member.used for name, member in model.members.items()}
        return model_used(self.name, model.rule, used)

    def save(self, folder: Path) -> None:
        """Write every member as text, and last what joins them."""
        for horizon, model in self.horizons.items():
            for name, member in model.members.items():
                place = folder / f"h{horizon}" / name
                place.mkdir(parents=True)
                member.save(place)
        write_json(
            folder / _FILE,
            {
                "name": self.name,
                "trained_through": self.trained_through,
                "rules": {
                    str(horizon): model.rule.as_dict() if model.rule else None
                    for horizon, model in self.horizons.items()
                },
            },
        )


def train_model(
    panel: Panel,
    table: FeatureTable,
    spec: BacktestSpec,
    name: str,
    *,
    origin: str,
    jobs: int,
    records: Mapping[int, PastForecasts] | None = None,
    progress: Callable[[int, int, str], None] = lambda _done, _all, _what: None,
) -> TrainedModel:
    """Train a published model on all months up to an origin.

    Args:
        panel: Counts of all months; nothing after ``origin`` is read.
        table: Features of the panel.
        spec: Target, horizons, seed, draws, pool and model settings.
        name: Name of the published model.
        origin: Last month to learn from.
        jobs: Processes.
        records: Horizon to a record of the same panel and settings; a horizon whose record
            does not fill the inner months is walked again.
        progress: Called with (horizons done, horizons in all, what is done).

    Raises:
        EvidenceError: The panel lacks the target or the origin.
    """
    horizons = {}
    for place, horizon in enumerate(spec.horizons):
        progress(place, len(spec.horizons), f"{horizon} months ahead")
        horizons[horizon] = _train_horizon(
            panel,
            table,
            replace(spec, horizons=(horizon,)),
            name,
            origin=origin,
            jobs=jobs,
            record=(records or {}).get(horizon),
        )
    progress(len(spec.horizons), len(spec.horizons), "trained")
    return TrainedModel(name=name, spec=spec, trained_through=origin, horizons=horizons)


def load_model(
    folder: Path, spec: BacktestSpec, *, panel: Panel, table: FeatureTable
) -> TrainedModel:
    """Read a model that ``save`` wrote; members without a text form are fitted again.

    Args:
        folder: Where the files lie.
        spec: Settings the model was trained with.
        panel: Counts to fit on again, up to the month the model was trained through.
        table: Features of the panel.
    """
    content = read_json(folder / _FILE)
    horizons = {}
    for text, rule in content["rules"].items():
        horizon = int(text)
        task = spec.task(horizon)
        members: dict[str, Model] = {}
        for name in members_of(content["name"]):
            kind = model_class(name, spec.own())
            member = kind.load(folder / f"h{horizon}" / name)
            if kind.refits_on_loading:
                member.fit(view_at(panel, table, task, origin=content["trained_through"]))
            members[name] = member
        horizons[horizon] = HorizonModel(members, _rule(rule))
    return TrainedModel(content["name"], spec, content["trained_through"], horizons)


def _train_horizon(
    panel: Panel,
    table: FeatureTable,
    spec: BacktestSpec,
    name: str,
    *,
    origin: str,
    jobs: int,
    record: PastForecasts | None,
) -> HorizonModel:
    from joblib import Parallel, delayed

    task = spec.task(spec.horizons[0])
    names, settings = members_of(name), spec.member_settings()
    rule = None
    if is_pooled(name):
        inner, here = spec.pool.inner, panel.position(origin)
        if record is None or not record.covers(
            here, horizon=task.horizon, window=inner, members=names
        ):
            early = make_folds(
                panel,
                [origin],
                refit_months=spec.refit_months,
                inner=inner,
                horizon=task.horizon,
            )[:-1]
            walked = walk(panel, table, spec, early, members=names, jobs=jobs)
            record = past_forecasts(panel, task, walked, names)
        known = record.known_at(here, horizon=task.horizon, window=inner)
        rule = learn_rule(known, names, spec.pool)
    calls = [(task, origin, member, settings.get(member, {})) for member in names]
    fitted: Sequence[Model]
    if (cluster := cluster_here()) is not None:
        (fitted,) = cluster.rounds(_fitted, (panel, table), [calls])
    else:
        fitted = Parallel(n_jobs=jobs, max_nbytes="1M", mmap_mode="r")(
            delayed(_fitted)(panel, table, *call) for call in calls
        )
    return HorizonModel(dict(zip(names, fitted, strict=True)), rule)


def _fitted(
    panel: Panel,
    table: FeatureTable,
    task: Forecasting,
    origin: str,
    name: str,
    settings: Mapping[str, Any],
) -> Model:
    from threadpoolctl import threadpool_limits

    with threadpool_limits(limits=1):
        return make_member(name, settings).fit(view_at(panel, table, task, origin=origin))


def _rule(content: dict[str, Any] | None) -> PoolRule | None:
    return PoolRule.from_dict(content) if content else None

"""The specification of a backtest: a frozen value that TOML, the command line and MLflow share.

Owns how it is read and written as TOML, and the feature table that goes with it: backtest, champion
and forecast all build their table here, so that a model forecasts from the features that it was
trained on.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any, Literal

from data.errors import ConfigError
from data.months import parse_origins
from data.settings import build_settings, closest, read_toml
from experiments.models.catalogue import STANDARD, make_member, members_of, model_class
from experiments.models.plugins import Plugin, PluginNeed, loaded_plugin
from experiments.models.pool import PoolSettings
from experiments.training_view import Forecasting, training_months
from features.catalogue import family_names, standard_features
from features.panel import Panel
from features.table import FeatureTable, build_features

__all__ = ["LONGEST_HORIZON", "BacktestSpec", "build_table", "read_spec", "spec_of", "spec_toml"]

LONGEST_HORIZON = 36

# Months of origins that models learn from unless their settings say otherwise.
_USUAL_WINDOW = 240

# Keys that came later; where they are not used, the name of a backtest stays what it was.
_UNNAMED_WHEN_UNUSED = ("without", "plugin")


@dataclass(frozen=True)
class BacktestSpec:
    """A rolling-origin backtest.

    Attributes:
        scale: Spatial scale of the panel.
        target: Measure to be forecast.
        origins: ``FIRST:LAST[:STEP]``.
        horizons: Months ahead; each has models of its own.
        models: Names of the models.
        draws: Draws a region.
        seed: Root of all random numbers.
        refit_months: Months of origins that one fit serves.
        pool: How weights and repair are learnt.
        settings: Model name to its settings (table ``[model.NAME]``).
        without: Families of features that are switched off.
        plugin: The user's own file that models or features come from; None without one.
        history: Where the panel comes from instead of the store: ``views_challenge``.
    """

    scale: str = "admin1"
    target: str = "events"
    origins: str = "2015-12:2020-11"
    horizons: tuple[int, ...] = (1,)
    models: tuple[str, ...] = STANDARD
    draws: int = 1000
    seed: int = 20260101
    refit_months: int = 12
    pool: PoolSettings = field(default_factory=PoolSettings)
    settings: dict[str, dict[str, Any]] = field(default_factory=dict)
    without: tuple[str, ...] = ()
    plugin: PluginNeed | None = None
    history: Literal["views_challenge"] | None = None

    def __post_init__(self) -> None:
        parse_origins(self.origins)
        _check_whole("horizons", self.horizons, low=1, high=LONGEST_HORIZON)
        _check_whole("draws", (self.draws,), low=1, high=100_000)
        _check_whole("seed", (self.seed,), low=0, high=2**63 - 1)
        _check_whole("refit_months", (self.refit_months,), low=1, high=1200)
        if not self.models or len(set(self.models)) < len(self.models):
            raise ConfigError(
                f"models: expected each model once, got {', '.join(self.models) or 'none'}"
            )
        settings = self.member_settings()
        for name in {*settings, *(m for model in self.models for m in members_of(model))}:
            model_class(name, self.own())  # its error knows the plugin's models too
            make_member(name, settings.get(name))
        self._check_families()

    def own(self) -> Plugin | None:
        """Return the plugin that the specification needs; None without one.

        Raises:
            ConfigError: It was not given.
        """
        return loaded_plugin(self.plugin) if self.plugin else None

    def task(self, horizon: int) -> Forecasting:
        """Return what is forecast at a horizon: target, horizon, seed and draws."""
        return Forecasting(self.target, horizon, self.seed, self.draws)

    def member_settings(self) -> dict[str, dict[str, Any]]:
        """Return what ``make_member`` is handed for each model, in this process and in others."""
        own = self.own()
        added = {kind.name: {"plugin": own.file} for kind in own.models} if own else {}
        return {n: self.settings.get(n, {}) | added.get(n, {}) for n in {*self.settings, *added}}

    def _check_families(self) -> None:
        own = self.own()
        known = [*family_names(), *(f.family for f in (own.features if own else ()))]
        for name in self.without:
            if name not in known:
                raise ConfigError(
                    f'without: there is no family of features "{name}"{closest(name, known)}'
                )
        if set(known) <= set(self.without):
            raise ConfigError("without: every family of features is switched off: leave one on")

    def changed(self, **values: Any) -> BacktestSpec:
        """Return a copy with the values that are not None."""
        return replace(self, **{k: v for k, v in values.items() if v is not None})

    def as_dict(self) -> dict[str, Any]:
        """Return plain values for a manifest; what is not set is left out."""
        values = {name: value for name, value in asdict(self).items() if value is not None}
        return {k: v for k, v in values.items() if v or k not in _UNNAMED_WHEN_UNUSED}

    def digest(self, data_digest: str) -> str:
        """Return eight hexadecimal digits that name this specification on this data."""
        text = json.dumps([self.as_dict(), data_digest], sort_keys=True)
        return hashlib.sha256(text.encode()).hexdigest()[:8]


def read_spec(path: Path, *, plugin: PluginNeed | None = None) -> BacktestSpec:
    """Read a specification from TOML.

    Args:
        path: The file.
        plugin: The plugin that was given with it.

    Raises:
        ConfigError: The file is absent, or a key or value is not understood.
    """
    table: Mapping[str, Any] = read_toml(path)
    named = {("settings" if key == "model" else key): value for key, value in table.items()}
    if plugin is not None:
        named["plugin"] = asdict(plugin)
    return build_settings(BacktestSpec, named, where=str(path))


def spec_of(manifest: Mapping[str, Any]) -> BacktestSpec:
    """Return the specification that a backtest's manifest holds.

    Raises:
        ConfigError: It needs a plugin that was not given, or is not understood.
    """
    return build_settings(BacktestSpec, dict(manifest["spec"]), where=f"backtest {manifest['id']}")


def spec_toml(spec: BacktestSpec, *, comment: Sequence[str] = ()) -> str:
    """Return the text of a specification.

    Args:
        spec: What to write; reading the text gives an equal one.
        comment: Lines to put above it.

    Example:
        >>> spec_toml(BacktestSpec(), comment=["the usual one"]).splitlines()[:2]
        ['# the usual one', 'scale = "admin1"']
    """
    table = spec.as_dict()
    models = table.pop("settings")
    lines = [f"# {line}" for line in comment]
    lines += _lines(table, ())
    for name, settings in models.items():
        lines += _lines(settings, ("model", name))
    return "\n".join(lines) + "\n"


def build_table(panel: Panel, spec: BacktestSpec, *, known_through: str) -> FeatureTable:
    """Compute the features of a specification for all months that its models read.

    Args:
        panel: Counts of all months; a feature at a month reads months up to it only.
        spec: Which families are off, and which plugin adds features.
        known_through: Last month of training: a measure with no known value up to it is absent.

    Raises:
        ConfigError: The plugin was not given.
        EvidenceError: ``known_through`` is outside the panel.
    """
    own = spec.own()
    wanted = (*standard_features(spec.target), *(own.features if own else ()))
    return build_features(
        panel,
        wanted,
        since=_first_month(panel, spec, known_through),
        known_through=known_through,
        without=spec.without,
    )


def _check_whole(name: str, values: tuple[int, ...], *, low: int, high: int) -> None:
    if not values or min(values) < low or max(values) > high or len(set(values)) < len(values):
        shown = ", ".join(map(str, values)) or "none"
        raise ConfigError(f"{name}: expected whole numbers from {low} to {high}, got {shown}")


def _lines(table: Mapping[str, Any], path: tuple[str, ...]) -> Iterator[str]:
    """Yield a table's plain values under its heading, then the tables in it."""
    if path:
        yield from ("", f"[{'.'.join(map(_key, path))}]")
    inner = {key: value for key, value in table.items() if isinstance(value, Mapping)}
    for key, value in table.items():
        if key not in inner and value is not None:
            yield f"{_key(key)} = {_value(value)}"
    for key, value in inner.items():
        yield from _lines(value, (*path, key))


def _key(key: str) -> str:
    return key if key.replace("_", "").isalnum() and key.isascii() else json.dumps(key)


def _value(value: Any) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, str):
        return json.dumps(value)
    if isinstance(value, (list, tuple)):
        return f"[{', '.join(map(_value, value))}]"
    return repr(value)


def _first_month(panel: Panel, spec: BacktestSpec, known_through: str) -> str:
    """Return the first month that any fit of an inner origin reads; windows reach back before."""
    own = [int(settings.get("window", 0)) for settings in spec.settings.values()]
    months = training_months(max(_USUAL_WINDOW, *own, 0), regions=len(panel.regions))
    inner = spec.pool.inner + 2 * spec.refit_months + 2 * max(spec.horizons)
    return panel.months[max(panel.position(known_through) - months - inner, 0)]

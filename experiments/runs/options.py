"""The options of a backtest, of tuning and of a promotion, with their defaults and rules.

The command line and the Python API fill these; their defaults stand here and nowhere else, and
what cannot be combined is refused here. None leaves a value to the specification or the
workspace's settings. Nothing heavy is imported, so that ``--help`` may read the defaults.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from data.errors import ConfigError
from data.settings import check_number

__all__ = ["BacktestOptions", "PromotionOptions", "TuningOptions"]

# Options that are fields of the specification too.
_FIELDS = (
    "scale",
    "target",
    "origins",
    "horizons",
    "models",
    "without",
    "draws",
    "seed",
    "refit_months",
)
_MOST_SEEDS = 100


@dataclass(frozen=True)
class BacktestOptions:
    """How models are evaluated over rolling origins.

    Attributes:
        spec: TOML file of the specification; None for the workspace's usual one.
        scale: Spatial scale.
        target: Measure to forecast.
        origins: ``FIRST:LAST[:STEP]``.
        horizons: Months ahead.
        models: Names of the models.
        without: Families of features to switch off.
        draws: Draws a region.
        seed: Root of all random numbers.
        refit_months: Months of origins that one fit serves.
        plugin: Python file with models or features of one's own.
        seeds: Under how many seeds it is run in all.
        stress: Whether its models are scored on made histories too.
        challenge_out: Folder for the draws of the VIEWS challenge's windows.
        ablate: Models that say what each family of features is worth to them, by leaving it out;
            empty for the usual ones, None for no ablation.
        vintage: Whether each origin learns from what was known at the end of the month after it.
        from_run: A backtest to repeat: its id, or that of its MLflow run.
        force: Whether it is repeated on other data than its own, too.
    """

    spec: Path | None = None
    scale: str | None = None
    target: str | None = None
    origins: str | None = None
    horizons: tuple[int, ...] | None = None
    models: tuple[str, ...] | None = None
    without: tuple[str, ...] | None = None
    draws: int | None = None
    seed: int | None = None
    refit_months: int | None = None
    plugin: Path | None = None
    seeds: int = 1
    stress: bool = False
    challenge_out: Path | None = None
    ablate: tuple[str, ...] | None = None
    vintage: bool = False
    from_run: str | None = None
    force: bool = False

    def __post_init__(self) -> None:
        check_number("--seeds", self.seeds, low=1, high=_MOST_SEEDS)
        given = {
            "--ablate": self.ablate is not None,
            "--from-run": self.from_run is not None,
            "--vintage": self.vintage,
        }
        ways = [name for name, is_given in given.items() if is_given]
        if len(ways) > 1:
            raise ConfigError(f"{' and '.join(ways)} cannot be combined: give one of them")
        added = {
            "--seeds": self.seeds > 1,
            "--stress": self.stress,
            "--challenge-out": self.challenge_out is not None,
        }
        beside = [name for name, is_given in added.items() if is_given]
        if ways and beside:
            raise ConfigError(f"{' and '.join(beside)} cannot be combined with {ways[0]}")
        if self.force and self.from_run is None:
            raise ConfigError("--force belongs to --from-run: give both, or leave it out")
        if self.from_run is not None:
            self._check_repetition()

    def changes(self) -> dict[str, Any]:
        """Return the fields of the specification that are given, by name."""
        values = {name: getattr(self, name) for name in _FIELDS}
        return {name: value for name, value in values.items() if value not in (None, ())}

    def _check_repetition(self) -> None:
        given = [*(["spec"] if self.spec is not None else []), *self.changes()]
        if given:
            raise ConfigError(
                "--from-run repeats a backtest with its own specification: leave out"
                f" {', '.join(given)}"
            )


@dataclass(frozen=True)
class TuningOptions:
    """How a specification is tuned.

    Attributes:
        trials: Trials a model, those of an earlier start included.
        inner: Months of inner origins before the first scored one.
        models: Models to tune; None for all of the specification that can be.
        timeout: Seconds after which no trial begins; None for no limit.
        out: Where a copy of the best specification is written; None for nowhere.
        plugin: Python file with models or features of one's own.
    """

    trials: int = 30
    inner: int = 60
    models: tuple[str, ...] | None = None
    timeout: float | None = None
    out: Path | None = None
    plugin: Path | None = None

    def __post_init__(self) -> None:
        check_number("--trials", self.trials, low=1)
        check_number("--inner", self.inner, low=1)
        if self.timeout is not None:
            check_number("--timeout", self.timeout, low=0)


@dataclass(frozen=True)
class PromotionOptions:
    """By what a model is judged before it becomes the champion.

    Attributes:
        scale: Spatial scale; None for that of the settings.
        target: Measure that it forecasts.
        backtest: Id of the backtest to judge by, or of its MLflow run; None for the newest.
        force: Whether it is promoted although the gate says no.
        why: Reason for ``force``; it is kept and printed with every issue.
        plugin: Python file with models or features of one's own.
    """

    scale: str | None = None
    target: str = "events"
    backtest: str | None = None
    force: bool = False
    why: str | None = None
    plugin: Path | None = None

    def __post_init__(self) -> None:
        if self.force != bool(self.why and self.why.strip()):
            raise ConfigError("--force and --why TEXT belong together: give both or neither")

"""What may be tried when a model is tuned: which of its settings, and between which bounds.

The bounds belong to a setting's name, whichever model has it, so that a model gains a search
space with its settings class. A field's own ``metadata={"tune": (low, high)}`` goes before them.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, fields, is_dataclass
from typing import Any

__all__ = ["Range", "knob_values", "search_space", "with_knobs"]

Knobs = dict[str, float | int]


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


def knob_values(settings: Any) -> Knobs:
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

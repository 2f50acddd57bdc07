"""The feature table: every feature of every region and month, one pass over the months each."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial

import numpy as np
import numpy.typing as npt

from data.errors import ConfigError
from data.schema import EVENTS
from data.settings import closest
from features.catalogue import family_names, standard_features
from features.feature import Feature
from features.panel import Panel
from features.signals import Signal, Sources
from features.space import row_blocks

__all__ = ["FeatureTable", "build_features"]

Floats = npt.NDArray[np.float32]

# A block of series and the few temporaries made from it stay in a core's cache.
_BLOCK_CELLS = 2**16
_SWITCHED_OFF = "switched off"


@dataclass(frozen=True)
class FeatureTable:
    """Features of every region and month.

    Attributes:
        names: Name of each feature, in order.
        families: Family of each feature.
        values: (features, regions, months) float32, NaN where a window is not fully observed.
        absent: Maps a family, or family/input, to the reason why its features are not in the table.
        months: Text months of the table.
    """

    names: tuple[str, ...]
    families: tuple[str, ...]
    values: Floats
    absent: dict[str, str]
    months: tuple[str, ...]


def build_features(
    panel: Panel,
    features: Sequence[Feature] | None = None,
    *,
    since: str | None = None,
    known_through: str | None = None,
    without: Sequence[str] = (),
    target: str = EVENTS,
) -> FeatureTable:
    """Compute features for all months at once.

    Args:
        panel: Where counts, regions and months come from; it is not changed.
        features: Features to compute; None for ``standard_features(target)``.
        since: First month of the table; windows still reach back before it.
        known_through: Last month of training: a measure without a value up to it is absent.
            None for the panel's last month.
        without: Families that are switched off; each is listed in ``absent``.
        target: Measure to be forecast, which the standard features depend on.

    Returns:
        The table; a feature at month t reads months up to t only.

    Raises:
        ConfigError: A name in ``without`` is not a family.
        EvidenceError: ``since`` or ``known_through`` is outside the panel.
    """
    requested = standard_features(target) if features is None else tuple(features)
    _check_families(without, requested)
    wanted = [feature for feature in requested if feature.family not in without]
    first = panel.position(since) if since else 0
    training = panel.position(known_through) + 1 if known_through else len(panel.months)
    sources = Sources(panel, training_months=training)
    present, absent = _split_by_input(wanted, sources)
    values = np.empty(
        (len(present), len(panel.regions), len(panel.months) - first), dtype=np.float32
    )
    for out, feature, needed in zip(values, present, _needed_after(present), strict=True):
        _fill(out, feature, sources, first)
        sources.keep_only(needed)
    return FeatureTable(
        names=tuple(feature.name for feature in present),
        families=tuple(feature.family for feature in present),
        values=values,
        absent=absent | dict.fromkeys(without, _SWITCHED_OFF),
        months=panel.months[first:],
    )


def _check_families(names: Sequence[str], features: Sequence[Feature]) -> None:
    """Raise a ConfigError for a name that is no family of the standard or the given features."""
    families = {*family_names(), *(feature.family for feature in features)}
    for name in names:
        if name not in families:
            raise ConfigError(f'there is no family of features "{name}"{closest(name, families)}')


def _split_by_input(
    features: Sequence[Feature], sources: Sources
) -> tuple[list[Feature], dict[str, str]]:
    """Return the features whose input is there, and the reasons why the others are absent."""
    present = []
    reasons: dict[str, dict[str, str]] = {}
    for feature in features:
        lacks = [lack for signal in feature.signals() if (lack := signal.lack(sources))]
        if not lacks:
            present.append(feature)
        for lack in lacks:
            reasons.setdefault(feature.family, {})[lack.subject] = lack.reason
    families = {feature.family for feature in present}
    absent: dict[str, str] = {}
    for family, by_subject in reasons.items():
        if family in families:
            absent |= {f"{family}/{subject}": reason for subject, reason in by_subject.items()}
        else:
            absent[family] = "; ".join(by_subject.values())
    return present, absent


def _needed_after(features: Sequence[Feature]) -> list[frozenset[Signal]]:
    """Return, for each feature, the signals that later features read."""
    needed: list[frozenset[Signal]] = [frozenset()]
    for feature in reversed(features[1:]):
        needed.append(needed[-1].union(feature.signals()))
    return needed[::-1][: len(features)]


def _fill(out: Floats, feature: Feature, sources: Sources, first: int) -> None:
    whole = {signal: sources.read(signal) for signal in feature.signals()}
    count = len(sources.panel.months)
    for rows in row_blocks(len(out), max(_BLOCK_CELLS // count, 1)):
        out[rows] = feature.column(partial(_rows_of, whole, rows))[:, first:]


def _rows_of(whole: Mapping[Signal, Floats], rows: slice, signal: Signal) -> Floats:
    return whole[signal][rows]

"""What changed since the issue before, as sections: all regions, movers, and the list.

The parts of each change come from ``forecast.sections.changes``; here they stand beside ranks and
levels and are explained in words.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd

from data.terminal import one_line
from experiments.bands import LEVELS, band_text
from forecast.sections.changes import Change, decompose_changes
from forecast.sections.context import IssueContext
from forecast.text.sections import Column, Section, cells_of
from forecast.text.table_columns import TABLE_COLUMNS
from forecast.text.wording import month_words, months_ahead

__all__ = ["LISTED", "MOVED", "change_sections"]

# A region is on the list at one of these levels.
LISTED = LEVELS[: LEVELS.index("elevated") + 1]
# Least change of P(attack) of a mover, as a share.
MOVED = 0.05

_ROUNDING = 1e-9

_TABLE = {column.name: column for column in TABLE_COLUMNS}
_COLUMNS = (
    *(_TABLE[name] for name in ("region_id", "region", "country", "target_month")),
    *(_TABLE[name] for name in ("rank", "rank_previous", "level")),
    Column("level_previous", "Level before", "Level in the issue before, same horizon"),
    *(_TABLE[name] for name in ("p_attack", "p_attack_previous", "change_p_attack")),
    Column(
        "new_month",
        "New month",
        "Part of the change: the previous model at this origin, less the same model at the origin"
        " before on today's data",
        "points",
    ),
    Column(
        "revised_data",
        "Revised data",
        "Part of the change: the previous model at the origin before on today's data, less its"
        " figure in the issue before",
        "points",
    ),
    Column(
        "other_model",
        "Other model",
        "Part of the change: today's figure, less that of the previous model at this origin",
        "points",
    ),
    Column(
        "revised_or_model",
        "Revised data or other model",
        "Part of the change that the new month does not explain, where the previous model cannot"
        " be run again",
        "points",
    ),
)
_PARTS = ("new_month", "revised_data", "other_model", "revised_or_model")
_LIST_TEXT = f"The list is the regions at level {LISTED[-1]} or higher"


def change_sections(context: IssueContext) -> tuple[Section, ...]:
    """Return movers, regions new on the list, those that left it, and every region's change."""
    changes = decompose_changes(context)
    rows = _rows(context, changes)
    note = _note(changes)
    sections = [chosen.section(rows, note, changes) for chosen in _CHOICES]
    whole = replace(
        sections[-1], note=f"{sections[-1].note} {_explanation(context, changes)}".strip()
    )
    return (*sections[:-1], whole)


@dataclass(frozen=True)
class _Choice:
    """Which rows a section takes, in which order, and the sentence above them."""

    name: str
    title: str
    text: str
    takes: Callable[[pd.DataFrame], Any]
    order: Callable[[pd.DataFrame], Any]

    def section(self, rows: pd.DataFrame, note: str, changes: Sequence[Change]) -> Section:
        """Return the section of the rows that are taken."""
        columns = _shown_columns(rows, len(changes))
        if not changes:
            return Section(self.name, self.title, note, columns)
        taken = rows[self.takes(rows)]
        taken = taken.assign(order=self.order(taken).to_numpy(np.float64)).sort_values(
            ["target_month", "order", "region_id"], ignore_index=True
        )
        sentences = (self.text, "" if len(taken) else "There is none.", note)
        text = " ".join(sentence for sentence in sentences if sentence)
        return Section(self.name, self.title, text, columns, cells_of(taken, columns))


def _takes_new(rows: pd.DataFrame) -> Any:
    return rows["level"].isin(LISTED) & ~rows["level_previous"].isin(LISTED)


def _takes_left(rows: pd.DataFrame) -> Any:
    return rows["level_previous"].isin(LISTED) & ~rows["level"].isin(LISTED)


_CHOICES = (
    _Choice(
        "movers_up",
        "Movers up",
        f"Regions whose chance of attack rose by {100 * MOVED:g} points or more, largest first.",
        lambda rows: rows["change_p_attack"] >= MOVED - _ROUNDING,
        lambda rows: -rows["change_p_attack"],
    ),
    _Choice(
        "movers_down",
        "Movers down",
        f"Regions whose chance of attack fell by {100 * MOVED:g} points or more, largest first.",
        lambda rows: rows["change_p_attack"] <= _ROUNDING - MOVED,
        lambda rows: rows["change_p_attack"],
    ),
    _Choice(
        "new_on_list",
        "New on the list",
        f"{_LIST_TEXT}; these were not on it in the issue before.",
        _takes_new,
        lambda rows: rows["rank"],
    ),
    _Choice(
        "left_list",
        "Left the list",
        f"{_LIST_TEXT}; these were on it in the issue before and are not now. A region without"
        " figures is not observed in the newest month.",
        _takes_left,
        lambda rows: rows["rank_previous"],
    ),
    _Choice(
        "changes",
        "What changed since the issue before",
        "",
        lambda rows: rows["p_attack"].notna() | rows["p_attack_previous"].notna(),
        lambda rows: rows["rank"].fillna(len(rows) + 1),
    ),
)


def _rows(context: IssueContext, changes: Sequence[Change]) -> pd.DataFrame:
    """Return a row a region and horizon: today's figures, those before, and the parts."""
    frames = [_horizon_rows(context, change) for change in changes]
    if not frames:
        return pd.DataFrame(columns=[column.name for column in _COLUMNS])
    return pd.concat(frames, ignore_index=True)


def _horizon_rows(context: IssueContext, change: Change) -> pd.DataFrame:
    table = context.table[context.table["horizon"] == change.horizon].set_index("region_id")
    ids = list(context.past.region_ids)
    frame = table.loc[ids].reset_index()
    frame["level_previous"] = change.rows["level"].reindex(ids).to_numpy(dtype=object)
    for name in _PARTS:
        part = getattr(change.parts, name)
        frame[name] = np.nan if part is None else part
    return frame[[column.name for column in _COLUMNS]]


def _shown_columns(rows: pd.DataFrame, horizons: int) -> tuple[Column, ...]:
    """Leave out the month where there is but one, and parts that no row has."""
    unused = {name for name in _PARTS if rows[name].isna().all()} if len(rows) else {_PARTS[-1]}
    if horizons < 2:
        unused.add("target_month")
    return tuple(column for column in _COLUMNS if column.name not in unused)


def _note(changes: Sequence[Change]) -> str:
    """Return what is compared with what."""
    if not changes:
        return "There is no earlier issue of this scale to compare with."
    return " ".join(
        f"{_ahead(change, changes)}Compared with the issue {change.before.folder.name}, made from"
        f" data through {month_words(change.before.manifest['origin'])}."
        for change in changes
    )


def _explanation(context: IssueContext, changes: Sequence[Change]) -> str:
    """Return how the changes are decomposed and what is known to be 0."""
    if not changes:
        return ""
    draws = context.request.draws
    precision = (
        f"With {draws:,} draws a probability is precise to about {100 / draws:.1g} points; rounded"
        " to whole points, parts may miss their sum by one or two."
    )
    sentences = [_ahead(change, changes) + _decomposition(context, change) for change in changes]
    return " ".join([*sentences, precision])


def _ahead(change: Change, changes: Sequence[Change]) -> str:
    return f"{months_ahead(change.horizon)}: " if len(changes) > 1 else ""


def _decomposition(context: IssueContext, change: Change) -> str:
    manifest = change.before.manifest
    lines = [_order(change, month_words(manifest["origin"]))]
    if change.same_data:
        lines.append(f"No month through {month_words(manifest['origin'])} was revised.")
    if change.same_model:
        lines.append("The model is the same.")
    if not change.same_code:
        lines.append("The program's version changed, which may account for part of the change.")
    if tuple(manifest["levels"]) != tuple(context.request.levels):
        lines.append(f"Levels of the issue before were cut at: {band_text(manifest['levels'])}.")
    return " ".join(lines)


def _order(change: Change, origin: str) -> str:
    """Return in which order one thing after the other is changed."""
    if not change.why_model_first:
        return (
            "The change is decomposed in this order: revised data (the previous model on today's"
            f" data through {origin}, less its figure then), new month (the same model at this"
            " origin, less that), other model (today's figure, less that). The parts sum to the"
            " change."
        )
    if change.parts.new_month is None:
        return f"The change cannot be decomposed: {one_line(change.why_model_first)}."
    first = "other model" if change.same_data else "revised data and other model together"
    return (
        f"The previous model cannot be run again: {one_line(change.why_model_first)}. So the"
        f" change is decomposed in this order: {first} (today's model on today's data through"
        f" {origin}, less the previous figure), new month (today's figure, less that). The parts"
        " sum to the change."
    )

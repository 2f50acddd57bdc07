"""The challenge's part of ``escalation backtest``: its panel, its table of published rows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import pandas as pd

from data.sources.views.history import ChallengeHistory, challenge_folder, read_challenge_history
from data.terminal import text_table
from data.workspace import Workspace
from experiments.backtest.backtest import Backtest
from experiments.backtest.challenge import (
    WINDOW_SCORES,
    challenge_panel,
    published_scores,
    window_scores,
)
from experiments.backtest.specification import BacktestSpec
from features.panel import Panel, read_panel, write_panel

__all__ = ["challenge_history", "challenge_text", "panel_of", "with_challenge"]

_HERE, _FILE, _CITED = "this run", "published file", "cited"
_TITLES = {
    "crps": "CRPS",
    "ign": "IGN of 1,000 draws (published draws repeated)",
    "ign_published": "IGN as published (published draws stretched)",
    "mis": "MIS of the 90 % interval",
    "brier": "Brier score of P(a death)",
    "ap": "average precision of P(a death), higher is better",
}
# Computed elsewhere from the entries' stored draws; quoted for reference, not scored here.
_QUOTED = (
    ("bootstrap of 240 months", "crps", {2018: 23.577, 2019: 22.458, 2020: 31.417}),
    ("zero", "crps", {2018: 24.131, 2019: 23.019, 2020: 32.041}),
    ("negative-binomial entry", "crps", {2018: 14.090, 2019: 9.337, 2020: 21.884}),
    ("negative-binomial entry", "ign_published", {2018: 0.6171, 2019: 0.5541, 2020: 0.5747}),
)


def challenge_history(workspace: Workspace, spec: BacktestSpec) -> ChallengeHistory | None:
    """Make the panel of a specification that takes its history from the challenge's files.

    Returns:
        The history, whose panel now stands in the workspace; None where the specification takes
        its panel from the workspace.

    Raises:
        ConfigError: Their folder is not named, or lacks them.
        SourceError: A file is damaged.
        MachineError: The disk or another process is in the way.
    """
    if spec.history is None:
        return None
    history = read_challenge_history(challenge_folder(workspace.challenge()))
    manifest = {"source": spec.history, "windows": list(history.windows)}
    with workspace.lock():
        panel = challenge_panel(history, spec.scale)
        write_panel(panel, workspace.panel(spec.scale), manifest=manifest)
    return history


def panel_of(workspace: Workspace, spec: BacktestSpec) -> Panel:
    """Return the panel of a specification, made anew where it comes from the challenge's files.

    Raises:
        EvidenceError: The workspace has no panel of that scale.
    """
    challenge_history(workspace, spec)
    return read_panel(workspace.panel(spec.scale))


def with_challenge(backtest: Backtest, history: ChallengeHistory) -> Backtest:
    """Return a backtest whose manifest names the pooled countries and scores the windows."""
    ours = window_scores(backtest.forecasts)
    windows = tuple(sorted(set(ours["window"]) & set(history.windows)))
    ours = ours[ours["window"].isin(windows)].assign(source=_HERE)
    theirs = published_scores(history.folder, windows).assign(source=_FILE)
    names = history.regions.set_index("region_id")["region"]
    record = {
        "windows": list(windows),
        "windows_not_asked": sorted(set(history.windows) - set(windows)),
        "pooled_regions": {region_id: names[region_id] for region_id in history.pooled},
        "scores": pd.concat([ours, theirs]).to_dict("records"),
    }
    return replace(backtest, manifest={**backtest.manifest, "challenge": record})


def challenge_text(manifest: Mapping[str, Any]) -> str:
    """Return the windows' scores beside the published ones; empty for any other backtest.

    Args:
        manifest: The backtest's manifest.
    """
    record = manifest.get("challenge")
    if record is None:
        return ""
    parts = ["# Windows of the VIEWS 2023/24 Prediction Challenge"]
    if record["windows"]:
        scores = pd.DataFrame(record["scores"])
        parts += [_table(scores, score, record["windows"]) for score in WINDOW_SCORES]
    else:
        parts.append("no window is scored: origins must be Octobers, horizons 3 to 14")
    return "\n\n".join([*parts, *_notes(manifest, record)])


def _table(scores: pd.DataFrame, score: str, windows: Sequence[int]) -> str:
    """Return one score of all models by window and over windows, best first."""
    found = scores.pivot_table(index=["model", "source"], columns="window", values=score)
    rows = [
        [*map(str, key), *values] for key, values in zip(found.index, found.values, strict=True)
    ]
    for model, quoted, values in _QUOTED:
        if quoted == score and set(windows) <= set(values):
            rows.append([model, _CITED, *(values[window] for window in windows)])
    rows = [[*row, sum(row[2:]) / len(windows)] for row in rows]
    rows.sort(key=lambda row: (-row[-1] if score == "ap" else row[-1], row[0]))
    digits = 3 if score in ("crps", "mis") else 4
    shown = [[*row[:2], *(f"{value:9,.{digits}f}" for value in row[2:])] for row in rows]
    heads = [f"{head:>9}" for head in (*map(str, windows), "mean")]
    return f"{_TITLES[score]}\n{text_table(['model', 'from', *heads], shown)}"


def _notes(manifest: Mapping[str, Any], record: Mapping[str, Any]) -> list[str]:
    notes = []
    if record["pooled_regions"]:
        notes.append(
            "pooled (no history but the challenge's own twelve months, so forecast from what all"
            f" countries share): {', '.join(record['pooled_regions'].values())}"
        )
    if record["windows_not_asked"]:
        years = ", ".join(map(str, record["windows_not_asked"]))
        notes.append(f"windows that are there and were not asked for: {years}; see --origins")
    rows = {source: _rows_of(record, source) for source in (_HERE, _FILE)}
    if rows[_FILE] and rows[_HERE] != rows[_FILE]:
        notes.append(
            f"not like for like: this run scored {rows[_HERE]:,} rows and the published files hold"
            f" {rows[_FILE]:,}; ask for every horizon from 3 to 14"
        )
    if manifest["draws"] != 1000:
        notes.append(f"IGN of {manifest['draws']} draws cannot be compared with that of 1,000")
    notes.append(
        "published file: scored here from the challenge's stored draws; cited: computed elsewhere"
        " from the entries' stored draws. mean: of the windows."
    )
    return notes


def _rows_of(record: Mapping[str, Any], source: str) -> int:
    """Return the rows of a source's first model, in all windows."""
    scores = [row for row in record["scores"] if row["source"] == source]
    return sum(row["rows"] for row in scores if row["model"] == scores[0]["model"])

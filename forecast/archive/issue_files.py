"""The folder of one issue: its tables, its manifest, and how they are found and read again.

``manifest.json`` is written last and holds the fingerprints of the other files, so that an issue
whose writing was broken off is never read as a whole one.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from data.csv_safety import guard_text
from data.errors import ConfigError, EvidenceError, RuntimeEnvironmentError, SourceError
from data.files import read_json, sha256_of, write_json, write_text, write_with
from data.months import add_months
from data.schema import RISK_COLUMNS
from data.workspace import Workspace
from features.panel import Panel
from forecast.model.risk import TargetForecast
from forecast.text.sections import Section, sections_from_json, sections_to_json

__all__ = [
    "Issue",
    "find_issue",
    "issue_folder",
    "previous_rows",
    "read_issue",
    "read_manifest",
    "risk_csv",
    "write_issue",
]

TABLE, CSV, DRAWS, MANIFEST = "risk.parquet", "risk.csv", "draws.parquet", "manifest.json"
SECTIONS = "sections.json"


@dataclass(frozen=True)
class Issue:
    """One issued forecast.

    Attributes:
        folder: Where it lies.
        table: The risk table, columns ``RISK_COLUMNS``.
        manifest: What it was made from.
        sections: What stands beside the table: changes, watch, scorecard and the like; none in
            issues of before there were any.
    """

    folder: Path
    table: pd.DataFrame
    manifest: Mapping[str, Any]
    sections: tuple[Section, ...] = ()


def issue_folder(workspace: Workspace, origin: str, scale: str) -> Path:
    """Return the folder of an issue.

    Raises:
        ConfigError: The scale's name would lead out of the folder of issues.
    """
    folder = workspace.issues / f"{origin}-{scale}"
    if folder.parent != workspace.issues or "\0" in scale:
        raise ConfigError(f"expected a scale's name without slashes, got {scale!r}")
    return folder


def find_issue(workspace: Workspace, name: str) -> Path:
    """Return the folder of a named issue.

    Raises:
        EvidenceError: There is none of that name; the ones that exist are named.
    """
    known = sorted(path.parent.name for path in workspace.issues.glob(f"*/{MANIFEST}"))
    if name not in known:
        there = ", ".join(known) or "none yet: `escalation forecast` makes one"
        raise EvidenceError(f'there is no issue "{name}" in {workspace.issues} (known: {there})')
    return workspace.issues / name


def write_issue(
    folder: Path,
    table: pd.DataFrame,
    manifest: Mapping[str, Any],
    *,
    panel: Panel,
    sections: Sequence[Section] = (),
    draws: Sequence[TargetForecast] = (),
) -> Issue:
    """Write an issue's files, the manifest last.

    Args:
        folder: Where to.
        table: The risk table.
        manifest: What it was made from; the files' fingerprints are added.
        panel: The past, for the regions of the draws.
        sections: What stands beside the table.
        draws: Forecasts whose draws are kept; none by default.
    """
    (folder / MANIFEST).unlink(missing_ok=True)
    write_text(folder / CSV, risk_csv(table))
    write_with(folder / TABLE, lambda path: table.to_parquet(path, index=False))
    write_text(folder / SECTIONS, sections_to_json(sections))
    names = [CSV, TABLE, SECTIONS]
    if draws:
        frame = _draws_frame(panel, draws)
        write_with(folder / DRAWS, lambda path: frame.to_parquet(path, index=False))
        names.append(DRAWS)
    else:
        (folder / DRAWS).unlink(missing_ok=True)
    whole = {**manifest, "files": {name: sha256_of(folder / name) for name in names}}
    write_json(folder / MANIFEST, whole)
    return Issue(folder, table, whole, tuple(sections))


def read_issue(folder: Path) -> Issue:
    """Read an issue.

    Raises:
        SourceError: Its files are not the ones that its manifest names.
        MachineError: A file is absent or damaged.
    """
    manifest = read_manifest(folder / MANIFEST)
    known = manifest["files"]
    for name, digest in known.items():
        if not (folder / name).exists() or sha256_of(folder / name) != digest:
            raise SourceError(
                "the file is not the one that the manifest names: issue the forecast again",
                file=folder / name,
            )
    sections = (folder / SECTIONS).read_text(encoding="utf-8") if SECTIONS in known else "[]"
    table = pd.read_parquet(folder / TABLE)[list(RISK_COLUMNS)]
    try:
        return Issue(folder, table, manifest, sections_from_json(sections))
    except (KeyError, TypeError, ValueError) as error:
        raise SourceError(f"these are no sections ({error!r})", file=folder / SECTIONS) from error


def read_manifest(path: Path) -> Mapping[str, Any]:
    """Read a manifest and see that it is that of an issue.

    Raises:
        SourceError: It lacks what every issue has.
        MachineError: It is absent or damaged.
    """
    manifest: Any = read_json(path)
    wanted = {"files": dict, "id": str, "models": list, "horizons": list, "levels": list}
    wanted |= {"origin": str, "scale": str, "sources": list, "warnings": list}
    for name, kind in wanted.items():
        if not isinstance(manifest, dict) or not isinstance(manifest.get(name), kind):
            raise SourceError(
                f'this is not the manifest of an issue: "{name}" is absent or of another form;'
                " issue the forecast again",
                file=path,
            )
    return dict(manifest)


def previous_rows(
    workspace: Workspace,
    *,
    scale: str,
    origin: str,
    horizons: Sequence[int],
    told: Callable[[str], None],
) -> tuple[pd.DataFrame | None, dict[int, str]]:
    """Return the rows of the issue before, horizon by horizon.

    An earlier issue that is damaged is left out, and ``told`` hears of it: it must not keep a new
    one from being made.

    Returns:
        Rows of the last earlier origin of the same scale that has the horizon (None without
        any), and the name of the issue that each horizon was found in.
    """
    found: dict[int, str] = {}
    rows = []
    for issue in _earlier(workspace, scale, origin, told):
        for horizon in set(horizons) - set(found):
            part = issue.table[issue.table["horizon"] == horizon]
            if len(part):
                found[horizon] = issue.folder.name
                rows.append(part)
        if len(found) == len(set(horizons)):
            break
    return (pd.concat(rows, ignore_index=True) if rows else None), found


def risk_csv(table: pd.DataFrame) -> str:
    """Return the table as CSV in which no text cell can become a formula.

    Numbers stay numbers; a missing cell is empty; whole probabilities keep their decimal point.
    """
    guarded = {
        str(name): guard_text(table[name].astype("str"))
        for name in table
        if not pd.api.types.is_numeric_dtype(table[name].dtype)
    }
    return table.assign(**guarded).to_csv(index=False, lineterminator="\n")


def _earlier(
    workspace: Workspace, scale: str, origin: str, told: Callable[[str], None]
) -> Iterator[Issue]:
    """Return the whole issues of a scale with an earlier origin, the latest first."""
    names = (path.parent for path in workspace.issues.glob(f"*-{scale}/{MANIFEST}"))
    for folder in sorted(names, reverse=True):
        if folder.name >= issue_folder(workspace, origin, scale).name:
            continue
        try:
            yield read_issue(folder)
        except (SourceError, RuntimeEnvironmentError) as error:
            told(f"left out the damaged earlier issue {folder.name} ({error})")


def _draws_frame(panel: Panel, forecasts: Sequence[TargetForecast]) -> pd.DataFrame:
    """Return every draw of every region that is observed at the origin, in rows."""
    kept = panel.observed()[:, -1]
    ids = np.array(panel.region_ids, dtype=object)[kept]
    frames = []
    for forecast in forecasts:
        draws = forecast.distribution.draws[kept]
        frames.append(
            pd.DataFrame(
                {
                    "region_id": np.repeat(ids, draws.shape[1]),
                    "origin": panel.months[-1],
                    "target_month": add_months(panel.months[-1], forecast.horizon),
                    "horizon": np.int64(forecast.horizon),
                    "target": forecast.target,
                    "draw": np.tile(np.arange(draws.shape[1]), len(ids)),
                    "value": draws.ravel(),
                }
            )
        )
    return pd.concat(frames, ignore_index=True)

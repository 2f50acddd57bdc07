"""The folder of one issue: its tables and its manifest, written whole and read again.

The folder is written whole under a hidden name and put in place in one step, so that a kill or a
full disk leaves the earlier issue or the new one. ``manifest.json`` holds the fingerprints of the
other files. A month that is issued again with other
data, models or settings keeps its earlier version in a folder named by the version's id.
"""

from __future__ import annotations

import shutil
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from data.csv_safety import guard_text
from data.errors import ConfigError, EvidenceError, RuntimeEnvironmentError, SourceError
from data.files import read_parquet, sha256_of, write_folder, write_text, write_with
from data.months import add_months, month_number
from data.records import check_file, read_record, write_record
from data.schema import RISK_COLUMNS
from data.workspace import Workspace, folder_within
from features.panel import Panel
from forecast.model.risk import TargetForecast
from forecast.text.sections import Section, sections_from_json, sections_to_json

__all__ = [
    "Issue",
    "issue_folder",
    "read_issue",
    "read_manifest",
    "risk_csv",
    "write_issue",
]

TABLE, CSV, DRAWS, MANIFEST = "risk.parquet", "risk.csv", "draws.parquet", "manifest.json"
SECTIONS = "sections.json"
CONTENT = (CSV, TABLE, SECTIONS, DRAWS)
# Raised when an older program could no longer read an issue; issues without it are of format 1.
FORMAT = 1
_ADVICE = "issue the forecast again, or restore it from a copy"
_EXPECTED: Mapping[str, type] = {
    **dict.fromkeys(("id", "origin", "scale", "finished_at", "data_digest"), str),
    **dict.fromkeys(("models", "horizons", "levels", "sources", "warnings"), list),
    **dict.fromkeys(("files", "previous"), dict),
}
_MODEL = {"target", "horizon", "model", "version", "gate"}


@dataclass(frozen=True)
class Issue:
    """One issued forecast.

    Attributes:
        folder: Where it lies.
        table: The risk table, columns ``RISK_COLUMNS``.
        manifest: What it was made from.
        sections: Additional sections: changes, watch, verification and the like.
    """

    folder: Path
    table: pd.DataFrame
    manifest: Mapping[str, Any]
    sections: tuple[Section, ...] = ()


def issue_folder(workspace: Workspace, origin: str, scale: str) -> Path:
    """Return the folder that a new issue is written to.

    Raises:
        ConfigError: The scale's name would lead out of the folder of issues.
        EvidenceError: The folder holds an issue that would be lost: of another scale or origin, as
            where it was renamed by hand, or of another version of escalation.
    """
    folder = folder_within(workspace.issues, f"{origin}-{scale}")
    try:
        there = read_record(folder / MANIFEST, advice=_ADVICE)
    except RuntimeEnvironmentError:
        return folder
    held = (there.get("format", FORMAT), there.get("origin", origin), there.get("scale", scale))
    if held != (FORMAT, origin, scale):
        raise EvidenceError(
            f"{folder} holds the issue of {held[2]} from data through {held[1]}, format {held[0]},"
            " which would be overwritten: give that folder another name"
        )
    return folder


def write_issue(
    folder: Path,
    table: pd.DataFrame,
    manifest: Mapping[str, Any],
    *,
    panel: Panel,
    sections: Sequence[Section] = (),
    draws: Sequence[TargetForecast] = (),
) -> Issue:
    """Write an issue's folder whole; another version of it is kept beside it.

    Notes and scores that lie in the folder stay.

    Args:
        folder: Where to.
        table: The risk table.
        manifest: What it was made from; the files' fingerprints are added.
        panel: The past, for the regions of the draws.
        sections: Additional sections.
        draws: Forecasts whose draws are written; none by default.
    """
    _keep_version(folder, str(manifest["id"]))
    whole: dict[str, Any] = {**manifest, "format": FORMAT}

    def write(fresh: Path) -> None:
        write_text(fresh / CSV, risk_csv(table))
        write_with(fresh / TABLE, lambda path: table.to_parquet(path, index=False))
        write_text(fresh / SECTIONS, sections_to_json(sections))
        if draws:
            frame = _draws_frame(panel, draws)
            write_with(fresh / DRAWS, lambda path: frame.to_parquet(path, index=False))
        whole["files"] = {path.name: sha256_of(path) for path in sorted(fresh.iterdir())}
        write_record(fresh / MANIFEST, whole)

    write_folder(folder, write, keep=lambda name: name not in (*CONTENT, MANIFEST))
    return Issue(folder, table, whole, tuple(sections))


def read_issue(folder: Path) -> Issue:
    """Read an issue.

    Raises:
        SourceError: Its manifest is not that of an issue; see ``read_manifest``.
        RuntimeEnvironmentError: A file is absent or damaged, or another than the manifest names.
    """
    manifest = read_manifest(folder / MANIFEST)
    known = manifest["files"]
    for name, digest in known.items():
        check_file(folder / name, digest, advice=_ADVICE)
    sections = (folder / SECTIONS).read_text(encoding="utf-8") if SECTIONS in known else "[]"
    table = read_parquet(folder / TABLE).reindex(columns=list(RISK_COLUMNS))
    try:
        return Issue(folder, table, manifest, sections_from_json(sections))
    except (KeyError, TypeError, ValueError) as error:
        raise SourceError(
            f"expected a list of sections, got another form ({error!r})", file=folder / SECTIONS
        ) from error


def read_manifest(path: Path) -> Mapping[str, Any]:
    """Read a manifest and check that it is that of an issue.

    Raises:
        SourceError: It is absent, lacks what every issue has, or is of a newer version.
        RuntimeEnvironmentError: It is damaged.
    """
    if not path.exists():
        raise SourceError(
            "the manifest is absent, as where writing was broken off: issue the forecast again",
            file=path,
        )
    manifest = read_record(path, advice=_ADVICE)
    if manifest.get("format", FORMAT) != FORMAT:
        raise SourceError(
            f"expected an issue of format {FORMAT}, got {manifest['format']!r}: it was written by"
            " another version of escalation; use that version",
            file=path,
        )
    for name, kind in _EXPECTED.items():
        if not isinstance(manifest.get(name), kind):
            raise SourceError(
                f'this is not the manifest of an issue: "{name}" is absent or of another form;'
                " issue the forecast again",
                file=path,
            )
    known = [isinstance(model, dict) and set(model) >= _MODEL for model in manifest["models"]]
    if not known or not all(known):
        raise SourceError(
            f"expected models that name {', '.join(sorted(_MODEL))}, got others; issue the forecast"
            " again",
            file=path,
        )
    if not {TABLE, CSV} <= set(manifest["files"]):
        raise SourceError(
            f"expected the files {TABLE} and {CSV}, got {', '.join(manifest['files']) or 'none'};"
            " issue the forecast again",
            file=path,
        )
    try:
        month_number(manifest["origin"])
    except ConfigError as error:
        raise SourceError(f"origin: {error}", file=path) from error
    return manifest


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


def _keep_version(folder: Path, issue_id: str) -> None:
    """Keep the version that a folder holds, with its notes, in a folder named by that version's id.

    One whose manifest is damaged is kept as ``<folder>.damaged``. Nothing happens where the folder
    holds no issue, or the one that is written again.
    """
    if not any((folder / name).exists() for name in (MANIFEST, *CONTENT)):
        return
    try:
        version = str(read_manifest(folder / MANIFEST)["id"])
    except (SourceError, RuntimeEnvironmentError):
        version = f"{folder.name}.damaged"
    kept = folder.with_name(version)
    if version == issue_id or kept.parent != folder.parent or kept.exists():
        return
    write_folder(kept, lambda fresh: _copy(folder, fresh))


def _copy(folder: Path, fresh: Path) -> None:
    shutil.copytree(folder, fresh, dirs_exist_ok=True)


def _draws_frame(panel: Panel, forecasts: Sequence[TargetForecast]) -> pd.DataFrame:
    """Return every draw of every region that is observed at the origin, in rows."""
    observed = panel.observed()[:, -1]
    ids = np.array(panel.region_ids, dtype=object)[observed]
    frames = []
    for forecast in forecasts:
        draws = forecast.distribution.draws[observed]
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

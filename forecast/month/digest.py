"""A month in ten lines: what was scored, what is likely, what changed, and where the files lie."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from data.ingest.ingesting import KeptFile, ingest_record
from data.terminal import one_line
from data.workspace import Workspace
from forecast.archive.catalogue import read_catalogue
from forecast.report.issue_view import IssueView
from forecast.report.rows import Row, place
from forecast.report.situation import outlook, situation_of
from forecast.report.situation_changes import changes, confidence, scorecard
from forecast.text.markdown import escaped
from forecast.text.wording import counted, listed

__all__ = ["LIST", "Digest", "digest_markdown", "digest_record", "digest_text", "make_digest"]

# Regions of the list that newcomers are told of.
LIST = 20
_NAMED = 5
_SENTENCES = 2


@dataclass(frozen=True)
class Digest:
    """What a month came to.

    Attributes:
        issue: Name of the issue.
        month: Month that is forecast, in words.
        origin: Month through which data were read, in words.
        new: Whether this forecast was not issued before.
        lines: Heading to sentence.
        warnings: What a reader should know.
        files: What was written.
        ingested: What was read, as ``escalation ingest --json`` has it.
    """

    issue: str
    month: str
    origin: str
    new: bool
    lines: Mapping[str, str]
    warnings: tuple[str, ...]
    files: tuple[Path, ...]
    ingested: tuple[Mapping[str, Any], ...]


def make_digest(
    workspace: Workspace,
    view: IssueView,
    *,
    new: bool,
    kept: Sequence[KeptFile],
    files: Sequence[Path],
) -> Digest:
    """Return the digest of an issue.

    Args:
        workspace: Where earlier issues lie.
        view: The issue.
        new: Whether it was not issued before.
        kept: What was read in the same month.
        files: What was written.
    """
    now = situation_of(view)
    lines = {
        "Last month": _scored(view),
        "Likely": " ".join(outlook(now)[:_SENTENCES]),
        "Changes": changes(now)[0],
        "List": _listed_now(workspace, now.view),
        "Data": _data(kept),
        "Confidence": confidence(now)[-1],
    }
    return Digest(
        issue=view.name,
        month=now.view.month,
        origin=view.origin,
        new=new,
        lines=lines,
        warnings=tuple(str(warning) for warning in view.manifest["warnings"]),
        files=tuple(files),
        ingested=tuple(ingest_record(report) for _, report in kept),
    )


def digest_text(digest: Digest) -> str:
    """Return the digest for the terminal and for a mail."""
    lines = [_title(digest), *(f"{name}: {text}" for name, text in digest.lines.items())]
    lines += [f"Warning: {warning}" for warning in digest.warnings]
    place = digest.files[0].parent
    names = (str(path.relative_to(place)) for path in digest.files)
    lines += [f"Files in {place}: {', '.join(names)}"]
    return "\n".join(one_line(line) for line in lines)


def digest_markdown(digest: Digest) -> str:
    """Return the digest as Markdown."""
    lines = [f"- **{escaped(name)}**: {escaped(text)}" for name, text in digest.lines.items()]
    lines += [f"- **Warning**: {escaped(warning)}" for warning in digest.warnings]
    lines += [f"- **Files**: {', '.join(f'`{path.name}`' for path in digest.files)}"]
    return "\n".join([f"# {escaped(_title(digest))}", "", *lines, ""])


def digest_record(digest: Digest) -> dict[str, Any]:
    """Return plain values for JSON."""
    return {
        "issue": digest.issue,
        "new": digest.new,
        "month": digest.month,
        "origin": digest.origin,
        "lines": dict(digest.lines),
        "warnings": list(digest.warnings),
        "files": [str(path) for path in digest.files],
        "ingests": [dict(record) for record in digest.ingested],
    }


def _title(digest: Digest) -> str:
    again = "" if digest.new else "; no newer month: the same forecast as before"
    return f"{digest.month}, from data through {digest.origin} ({digest.issue}){again}"


def _scored(view: IssueView) -> str:
    """Return how the newest scored issue did; without the line of each level, where it has one."""
    text = scorecard(view)
    section = view.section("scorecard_levels")
    if section is None or not section.rows:
        return text
    which, _, said = text.partition(": ")
    return f"{which}: {said.partition('. ')[2] or said}"


def _listed_now(workspace: Workspace, view: IssueView) -> str:
    """Name the regions that came to the first ranks and left them since the issue before."""
    scale, origin = str(view.manifest["scale"]), str(view.manifest["origin"])
    horizon = view.horizons[0]
    first = {row["region_id"]: row for row in view.rows if (row["rank"] or LIST + 1) <= LIST}
    for before in read_catalogue(workspace).earlier(scale, origin):
        table = before.table[before.table["horizon"] == horizon]
        if not len(table):
            continue
        was = set(table.loc[table["rank"] <= LIST, "region_id"].astype(str))
        rows = {row["region_id"]: row for row in view.rows}
        came = [row for region, row in first.items() if region not in was]
        left = [rows[region] for region in sorted(was - set(first)) if region in rows]
        since = f"of the first {LIST} since {before.folder.name}"
        if not came and not left:
            return f"{since}, none is new and none left."
        return f"{since}, new: {_names(came)}; no longer: {_names(left)}."
    return f"the first {LIST} have no earlier issue to be compared with."


def _names(rows: Sequence[Row]) -> str:
    named = [place(row) for row in rows[:_NAMED]]
    more = len(rows) - len(named)
    return listed([*named, f"{more} more"] if more > 0 else named) if named else "none"


def _data(kept: Sequence[KeptFile]) -> str:
    """Say what was read, and what of it changed earlier months."""
    fresh = [report for _, report in kept if not report.repeated]
    if not fresh:
        return "nothing new was read."
    files = listed([str(report.manifest["file"]) for report in fresh[:_NAMED]])
    new = sum(report.changes.new for report in fresh)
    revised = sum(report.changes.revised for report in fresh)
    gone = sum(report.changes.withdrawn for report in fresh)
    return (
        f"{files}: {counted(new, 'new row')}, {revised:,} revised, {gone:,} withdrawn"
        " (`escalation revisions` lists what they change)."
    )

"""An analyst's month: ingest, panel, score, forecast, watch, page, exports, brief and digest.

Each step is the command of that name and leaves what that command leaves. A month that was stopped
is begun again: what is in the store is not read twice, and the same forecast is the same issue.
"""

from __future__ import annotations

import json
import os
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from data.errors import ConfigError, EvidenceError, SourceError
from data.files import write_text
from data.ingest.by_source import (
    AcledOptions,
    CsvOptions,
    FiguresOptions,
    UcdpOptions,
    ingest_acled,
    ingest_csv,
    ingest_figures,
    ingest_ucdp,
)
from data.ingest.ingesting import KeptFile
from data.store.store import Store
from data.terminal import echo, warn
from data.workspace import SETTINGS_FILE, MonthSettings, Workspace
from features.freshness import refresh_panel
from features.panel import panel_provenance
from features.panel_files import make_panel
from forecast.archive.catalogue import read_catalogue
from forecast.issue.issuing import ForecastOptions, issue_forecast
from forecast.month.digest import Digest, digest_markdown, digest_record, make_digest
from forecast.report.brief import brief_text
from forecast.report.exporting import checked_formats, export_issue
from forecast.report.issue_view import IssueView, read_view
from forecast.report.page.page import write_report
from forecast.report.page.watch import write_watch
from forecast.scoring.issues import score_issues
from forecast.watch.watching import make_watch

__all__ = ["kind_of", "run_month"]

_KINDS = ("ucdp", "acled", "csv", "figures")
_FETCHED = ("ucdp", "acled")
_WATCH_FORMATS = ("html", "md")


def run_month(workspace: Workspace, files: Sequence[Path], *, fetch: bool = False) -> Digest:
    """Do all that a new month asks for.

    Args:
        workspace: The workspace; ``[month]`` in its settings says how files are read and what is
            written.
        files: New files of the source; none where the store holds the month already.
        fetch: Ask the source for what is new, in place of files.

    Raises:
        ConfigError: The settings do not say how the files are read.
        EscalationError: A step fails; what the steps before it left stays.
    """
    settings = workspace.settings()
    scale = settings.panel.scale
    checked_formats(settings.month.formats)
    kept = _ingested(workspace, settings.month, files, fetch=fetch)
    if panel_provenance(workspace.panel(scale)):
        refresh_panel(workspace, scale)
    else:
        make_panel(workspace, settings.panel)
    _score(workspace)
    before = {entry.manifest["id"] for entry in read_catalogue(workspace).all_entries}
    model = settings.month.model
    issue, tracked = issue_forecast(workspace, ForecastOptions(scale=scale, model=model))
    if tracked.warning:
        warn(tracked.warning)
    view = read_view(workspace, issue.folder)
    written = _written(workspace, settings.month, view, issue.folder)
    new = issue.manifest["id"] not in before
    digest = make_digest(workspace, view, new=new, kept=kept, files=written)
    folder = workspace.reports / issue.folder.name
    write_text(folder / "digest.md", digest_markdown(digest))
    record = json.dumps(digest_record(digest), indent=2, ensure_ascii=False)
    write_text(folder / "digest.json", record + "\n")
    return digest


def _ingested(
    workspace: Workspace, settings: MonthSettings, files: Sequence[Path], *, fetch: bool
) -> list[KeptFile]:
    """Read files, or ask the source for what is new, in the way that the settings say."""
    kind = kind_of(workspace, settings, files, fetch=fetch)
    if kind is None:
        return []
    _tell(f"ingest: {'fetching' if fetch else ', '.join(file.name for file in files)}")
    root = workspace.root
    if kind == "ucdp":
        # Without a token, UCDP's files are asked for in place of its API.
        by_files = fetch and not os.environ.get("UCDP_TOKEN")
        return ingest_ucdp(workspace, files, UcdpOptions(fetch=fetch, by_files=by_files))
    if kind == "acled":
        return _of_acled(workspace, files, settings.countries, fetch=fetch)
    if kind == "figures":
        regions = None if settings.regions is None else root / settings.regions
        return ingest_figures(workspace, files, FiguresOptions(regions=regions))
    options_of_list = CsvOptions(map_file=root / str(settings.map))
    return [one for file in files for one in ingest_csv(workspace, file, options_of_list)]


def kind_of(
    workspace: Workspace, settings: MonthSettings, files: Sequence[Path], *, fetch: bool
) -> str | None:
    """Return how files are read or what is fetched; None where nothing is to be read.

    Raises:
        ConfigError: Both are asked for, or the settings do not say how.
        SourceError: A file is not there.
    """
    if not files and not fetch:
        return None
    if files and fetch:
        raise ConfigError("name files, or give --fetch, but not both")
    kind = settings.ingest or _usual_kind(workspace)
    if kind not in _KINDS or (fetch and kind not in _FETCHED):
        known = _FETCHED if fetch else _KINDS
        raise ConfigError(
            f"{SETTINGS_FILE} does not say {'what is fetched' if fetch else 'how files are read'}:"
            f' set ingest in [month] to one of {", ".join(known)}, got "{kind or ""}"'
        )
    if kind == "csv" and settings.map is None:
        raise ConfigError(f"{SETTINGS_FILE} [month] names no map for the list {files[0].name}")
    for file in files:
        if not file.is_file():
            raise SourceError("no such file: check the path", file=file)
    return kind


def _of_acled(
    workspace: Workspace, files: Sequence[Path], countries: tuple[str, ...], *, fetch: bool
) -> list[KeptFile]:
    """Read files of ACLED, or fetch what changed; all of it where nothing was fetched before."""
    whole = AcledOptions(countries=countries, fetch=fetch)
    if not fetch:
        return ingest_acled(workspace, files, whole)
    try:
        return ingest_acled(workspace, files, replace(whole, changes=True))
    except EvidenceError:
        return ingest_acled(workspace, files, whole)


def _usual_kind(workspace: Workspace) -> str | None:
    """Return how the store's only source is read, where its name tells."""
    sources = {str(manifest["source"]) for manifest in Store(workspace.store).manifests()}
    named = sources & set(_FETCHED)
    return named.pop() if len(sources) == 1 and named else None


def _score(workspace: Workspace) -> None:
    if not read_catalogue(workspace).entries:
        return
    _tell("score: issues whose month is known")
    result = score_issues(workspace, ())
    for warning in (*result.damaged, *(t.warning for t in result.tracked if t.warning)):
        warn(warning)


def _written(
    workspace: Workspace, settings: MonthSettings, view: IssueView, folder: Path
) -> list[Path]:
    """Write page, watch, exports and brief."""
    _tell(f"write: page, watch, {', '.join(settings.formats)}, brief")
    paths = [write_report(workspace, folder)]
    try:
        watch = make_watch(workspace, as_of=str(view.manifest["origin"]), countries=())
        paths += write_watch(watch, workspace.reports, _WATCH_FORMATS)
    except EvidenceError as error:
        warn(f"no watch page: {error}")
    paths += export_issue(workspace, folder, settings.formats)
    brief = workspace.reports / folder.name / "brief.md"
    write_text(brief, brief_text(view))
    return [*paths, brief]


def _tell(text: str) -> None:
    echo(text, err=True)

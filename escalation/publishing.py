"""The part of a workspace that hands issues on: the page, files, the brief, analysts' notes."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from escalation.calls import Names, PathLike, called, names, path_or_none
from escalation.issuing import Issuing

if TYPE_CHECKING:
    import pandas as pd

    from escalation.issue_values import Issue

__all__ = ["Publishing"]

_FORMATS = "csv,xlsx,docx,geojson,parquet,md"


class Publishing(Issuing):
    """Write what readers get of an issue."""

    @called
    def report(self, issue: str | Issue | None = None) -> Path:
        """Write the page of an issue, one HTML file that needs no network.

        Args:
            issue: The issue or its name; None for the newest.

        Returns:
            The page's path.

        Raises:
            EvidenceError: There is no such issue, or no panel of its scale.

        Example:
            ```python
            workspace.report(workspace.issue())
            ```
        """
        from forecast.report.page.page import write_report

        return write_report(self._folder, self._named(issue))

    @called
    def month(self, *files: PathLike, fetch: bool = False, dry_run: bool = False) -> dict[str, Any]:
        """Do a month: read files, count, score, forecast, and write page, exports and digest.

        Table ``[month]`` of ``escalation.toml`` says how files are read and what is written. It is
        safe to repeat.

        Args:
            files: New files of the source; none where the store holds the month already.
            fetch: Ask the source for what is new, in place of files.
            dry_run: Say what would be done, and do nothing.

        Returns:
            The digest: ``issue``, ``new``, ``month``, ``origin``, ``lines``, ``warnings``,
            ``files`` and ``ingests``; with ``dry_run`` only ``planned``, the steps in words.

        Raises:
            ConfigError: The settings do not say how files are read.
            EvidenceError: There is nothing to forecast from, or no champion.

        Example:
            ```python
            workspace.month("GEDEvent_v26_0_11.csv")["lines"]["Changes"]
            ```
        """
        from forecast.month.digest import digest_record
        from forecast.month.plan import planned
        from forecast.month.run import run_month

        given = [Path(file) for file in files]
        if dry_run:
            return {"planned": planned(self._folder, given, fetch=fetch)}
        return digest_record(run_month(self._folder, given, fetch=fetch))

    @called
    def export(
        self,
        issue: str | Issue | None = None,
        *,
        formats: Names = _FORMATS,
        out: PathLike | None = None,
        horizon: int | None = None,
    ) -> list[Path]:
        """Write an issue's table, sections and sources as files for reports.

        Args:
            issue: The issue or its name; None for the newest.
            formats: Some of ``csv``, ``xlsx``, ``docx``, ``geojson``, ``parquet``, ``md``, ``svg``
                and ``png``.
            out: Folder to write to; None for ``reports/ISSUE`` of the workspace.
            horizon: Only this many months ahead; None for all.

        Returns:
            The files.

        Raises:
            EvidenceError: There is no such issue.
            ConfigError: A format is not known, or the issue lacks the horizon.

        Example:
            ```python
            workspace.export("2020-12-admin1", formats=["xlsx", "docx"], out="for_the_report")
            ```
        """
        from forecast.report.exporting import export_issue

        folder, place = self._named(issue), path_or_none(out)
        return export_issue(self._folder, folder, names(formats) or (), out=place, horizon=horizon)

    @called
    def brief(
        self,
        issue: str | Issue | None = None,
        *,
        country: str | None = None,
        horizon: int | None = None,
        out: PathLike | None = None,
    ) -> str:
        """Write a short situation note in Markdown from an issue's facts.

        Args:
            issue: The issue or its name; None for the newest.
            country: Only the regions of this country: a name or an ISO3 code.
            horizon: Months ahead; None for the nearest.
            out: Also write it to this file.

        Returns:
            The note, Markdown.

        Raises:
            EvidenceError: There is no such issue.
            ConfigError: The issue lacks the horizon or the country.

        Example:
            ```python
            print(workspace.brief("2020-12-admin1", country="Mali"))
            ```
        """
        from data.files import write_text
        from forecast.report.brief import brief_text

        view = self._issue(self._named(issue)).view
        text = brief_text(view, horizon=horizon, country=country)
        if out is not None:
            write_text(Path(out), text)
        return text

    @called
    def note(
        self,
        issue: str | Issue,
        text: str | None = None,
        *,
        region: str | None = None,
        author: str = "",
    ) -> pd.DataFrame:
        """Write a dated note beside an issue, or read those there are.

        It carries today's date, changes no figure and none of the issue's files, and is shown in
        exports and in the brief as an analyst's note.

        Args:
            issue: The issue or its name.
            text: What it says; None to write none.
            region: Region that it is about: its id or name.
            author: Who writes it.

        Returns:
            All notes of the issue: ``day, author, region, text``.

        Raises:
            EvidenceError: There is no such issue.
            ConfigError: The text is empty or too long, or there is no such region.

        Example:
            ```python
            workspace.note("2020-12-admin1", "Elections on the 27th.", author="A. Diallo")
            ```
        """
        from forecast.archive.notes import keep_note

        folder = self._named(issue)
        if text is not None:
            keep_note(self._folder, folder, text, region=region, author=author)
        return self._issue(folder).notes

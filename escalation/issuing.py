"""The part of a workspace that forecasts: issues, what became of them, and what to watch."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from data.terminal import warn
from escalation.calls import Names, Opened, PathLike, called, names, numbers, path_or_none

if TYPE_CHECKING:
    import pandas as pd

    from escalation.issue_values import Issue, Region
    from escalation.score_values import Alerts, Scores, Watch

__all__ = ["Issuing"]


class Issuing(Opened):
    """Issue forecasts, read them and score them."""

    @called
    def forecast(
        self,
        *,
        scale: str | None = None,
        targets: Names | None = None,
        origin: str | None = None,
        horizons: int | Iterable[int] | None = None,
        model: str | None = None,
        keep_draws: bool = False,
        plugin: PathLike | None = None,
        complete_months: bool = False,
        outlook: bool = True,
        cluster: str | None = None,
    ) -> Issue:
        """Issue a forecast from the champion, or from a model by name.

        Args:
            scale: Spatial scale; None for that of ``escalation.toml``.
            targets: Measures to forecast; ``events`` must be among them.
            origin: Last month to read, YYYY-MM; None for the last complete month.
            horizons: Months ahead, 1 to 36; None for those of ``escalation.toml``.
            model: A model by name; None for the champion of each target.
            keep_draws: Keep every draw, as ``draws`` of the issue.
            plugin: A Python file with models or features of one's own.
            complete_months: Let models see the newest months as they are expected to become once
                revised, from how earlier ones grew in the store's own releases.
            outlook: Also forecast the next three months and the countries, some seconds more.
            cluster: Address of a Dask scheduler to compute on, or ``local`` for a cluster of this
                machine's cores; None for this machine's processes.

        Returns:
            The issue, which is written to the workspace as well.

        Raises:
            EvidenceError: There is no panel, or the origin is no complete month.
            ConfigError: A target, horizon or model is not known.

        Example:
            ```python
            issue = workspace.forecast(horizons=[1, 3])
            issue.table.head(10)
            ```
        """
        from experiments.backtest.cluster import on_cluster
        from forecast.issue.issuing import ForecastOptions, issue_forecast

        options = ForecastOptions(
            scale=scale,
            targets=names(targets) or (),
            origin=origin,
            horizons=numbers(horizons) or (),
            model=model,
            keep_draws=keep_draws,
            plugin=path_or_none(plugin),
            complete_months=complete_months,
            outlook=outlook,
        )
        with on_cluster(cluster):
            made, tracked = issue_forecast(self._folder, options)
        if tracked.warning:
            warn(tracked.warning)
        return self._issue(made.folder, just_made=True)

    @called
    def issues(self) -> pd.DataFrame:
        """List the issues that can be read; copies and earlier versions are left out.

        Returns:
            A row an issue, by origin and scale: ``issue, origin, scale, horizons, regions, models,
            gate, issued_at``.

        Example:
            ```python
            workspace.issues()["issue"].tolist()
            ```
        """
        import pandas as pd

        from forecast.archive.catalogue import read_catalogue

        catalogue = read_catalogue(self._folder)
        catalogue.warn_of_unreadable()
        rows = [
            {
                "issue": entry.name,
                "origin": entry.origin,
                "scale": entry.scale,
                "horizons": ", ".join(map(str, entry.manifest["horizons"])),
                "regions": entry.manifest.get("regions"),
                "models": ", ".join(dict.fromkeys(m["model"] for m in entry.manifest["models"])),
                "gate": entry.manifest.get("gate"),
                "issued_at": entry.issued_at,
            }
            for entry in catalogue.entries
        ]
        columns = ("issue", "origin", "scale", "horizons", "regions", "models", "gate", "issued_at")
        return pd.DataFrame(rows, columns=list(columns))

    @called
    def issue(self, issue: str | None = None) -> Issue:
        """Read an issue.

        Args:
            issue: Its name; None for the newest, of the scale of ``escalation.toml`` if there is
                one.

        Returns:
            Its table, sections and plots.

        Raises:
            EvidenceError: There is no such issue.
            SourceError: Its files are not those that its manifest names.

        Example:
            ```python
            workspace.issue("2020-12-admin1").plot_map()
            ```
        """
        return self._issue(self._named(issue))

    @called
    def show(self, region: str, issue: str | Issue | None = None) -> Region:
        """Show what an issue says of one region: forecast, past, change, reasons.

        Args:
            region: Its id or name; accents do not matter.
            issue: The issue or its name; None for the newest.

        Returns:
            The region's forecast, past months and sections.

        Raises:
            ConfigError: There is no such region, or several.
            EvidenceError: There is no such issue.

        Example:
            ```python
            workspace.show("Tillaberi").plot_fan()
            ```
        """
        return self._issue(self._named(issue)).region(region)

    @called
    def score(self, *issues: str | Issue) -> Scores:
        """Score issues whose target months are observed by now.

        ``scores.json`` and ``score.parquet`` are written beside each issue, whose own files stay
        as they are, and MLflow is told on the issue's own run.

        Args:
            issues: Issues or their names; none for all.

        Returns:
            Scores of the issues and, beside them, of no-change.

        Raises:
            EvidenceError: There is no such issue, or none at all.

        Example:
            ```python
            workspace.score().scores
            ```
        """
        from escalation.score_values import scores_of
        from forecast.scoring.issues import score_issues

        done = score_issues(self._folder, [_name(issue) for issue in issues])
        untracked = (one.warning for one in done.tracked if one.warning)
        warnings = (*done.damaged, *untracked)
        for text in warnings:
            warn(text)
        return scores_of(done.scored, warnings)

    @called
    def verify(self) -> dict[str, Any]:
        """Hold every issue against the ledger: is what lies there what was issued, and when?

        Returns:
            ``entries`` and ``head`` of the ledger, the issues that are ``held`` as they were
            entered, and ``problems`` in words.

        Raises:
            RuntimeEnvironmentError: The ledger cannot be read.

        Example:
            ```python
            assert not workspace.verify()["problems"]
            ```
        """
        from dataclasses import asdict

        from forecast.archive.ledger import verify

        return asdict(verify(self._folder))

    @called
    def alerts(
        self,
        *,
        budget: int | None = None,
        cost_miss: float | None = None,
        cost_alarm: float | None = None,
        issue: str | Issue | None = None,
        horizon: int | None = None,
    ) -> Alerts:
        """List the regions to watch, and say what such a list was worth in past months.

        With costs, regions are watched whose chance of an attack is at least
        ``cost_alarm / (cost_alarm + cost_miss)``: there a watch costs no more than it saves on
        average.

        Args:
            budget: How many regions can be watched; None for 20.
            cost_miss: What an attack in a region that is not watched costs.
            cost_alarm: What a watched region without an attack costs.
            issue: An issue or its name; None for the newest.
            horizon: Months ahead; None for the issue's shortest.

        Returns:
            The regions, and past lists of the issue's model and of no-change.

        Raises:
            ConfigError: The budget or the costs make no sense, or the issue lacks the horizon.
            EvidenceError: There is no such issue.

        Example:
            ```python
            workspace.alerts(budget=10).watched
            ```
        """
        from escalation.score_values import alerts_of
        from forecast.scoring.alerts import AlertOptions, make_alerts

        name = None if issue is None else _name(issue)
        options = AlertOptions(budget, cost_miss, cost_alarm, name, horizon)
        return alerts_of(make_alerts(self._folder, options))

    @called
    def watch(
        self,
        *,
        as_of: str | None = None,
        countries: Names | None = None,
        out: PathLike | None = None,
        formats: Names = "html,md",
    ) -> Watch:
        """Say what to watch: sites hit again, new attackers, simultaneous and first attacks.

        It reads the events up to a month and nothing else: no panel, boundaries or forecast.

        Args:
            as_of: Last month to read, YYYY-MM; None for the last month of any list.
            countries: Countries; None for all.
            out: Folder for the files; None for ``reports`` of the workspace.
            formats: Files to write: ``html``, ``md``; an empty list for none.

        Returns:
            The sections, and the files that were written.

        Raises:
            EvidenceError: The store is empty, or knows nothing up to that month.
            ConfigError: The month is none, or no list knows a country.

        Example:
            ```python
            workspace.watch(as_of="2025-06", countries=["Mali", "Niger"]).sections
            ```
        """
        from escalation.score_values import Watch
        from forecast.report.page.watch import write_watch
        from forecast.watch.watching import make_watch

        made = make_watch(self._folder, as_of=as_of, countries=names(countries) or ())
        folder = self._folder.reports if out is None else Path(out)
        files = write_watch(made, folder, names(formats) or ())
        return Watch(made, tuple(files))

    def _named(self, issue: str | Issue | None) -> Path:
        from forecast.archive.catalogue import chosen_issue

        return chosen_issue(self._folder, None if issue is None else _name(issue))

    def _issue(self, folder: Path, *, just_made: bool = False) -> Issue:
        from escalation.issue_values import Issue
        from forecast.report.issue_view import read_view

        return Issue(folder, read_view(self._folder, folder, just_made=just_made))


def _name(issue: str | Any) -> str:
    """Return the name of an issue that was given by itself or by its name."""
    return issue if isinstance(issue, str) else str(issue.name)

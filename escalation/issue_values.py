"""What forecasting gives back: issues and their regions, with their plots."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd

from data.errors import ConfigError, EvidenceError
from data.settings import closest
from escalation.notebook import page, shown
from forecast.archive.issue_files import DRAWS
from forecast.report.issue_view import IssueView
from forecast.report.reference import risk_section
from forecast.report.region_view import RegionView, region_view
from forecast.text.sections import Section

if TYPE_CHECKING:
    from matplotlib.figure import Figure

__all__ = ["RISK", "Issue", "Region", "frame_of", "printed", "risk_texts"]

RISK = ["rank", "region", "country", "level", "p_attack", "expected_events", "expected_deaths"]
_FIRST = 10


@dataclass(frozen=True, eq=False)
class Issue:
    """One issued forecast.

    Attributes:
        folder: Where it lies.
        view: All that may be printed of it, as the page and the files print it.
    """

    folder: Path
    view: IssueView

    @property
    def name(self) -> str:
        """Its name, such as ``2020-12-admin1``."""
        return self.view.name

    @property
    def table(self) -> pd.DataFrame:
        """The risk table: a row a region and horizon, the riskiest first.

        ``p_attack`` is the probability of at least one attack in the target month;
        ``expected_events`` and ``events_p05`` to ``events_p95`` are attacks in that month.
        """
        return self.view.table

    @property
    def manifest(self) -> Mapping[str, Any]:
        """What it was made from: origin, horizons, models, sources, code."""
        return self.view.manifest

    @property
    def horizons(self) -> tuple[int, ...]:
        """Months ahead that it holds, the nearest first."""
        return self.view.horizons

    @property
    def warnings(self) -> tuple[str, ...]:
        """What calls for a second look."""
        return tuple(self.view.warnings)

    @property
    def notices(self) -> tuple[str, ...]:
        """What must be said first: models that did not pass the gate, and the warnings."""
        return tuple(map(str, self.view.notices))

    @property
    def citation(self) -> str:
        """One line that has to stand beside a figure or a picture taken from it."""
        return self.view.citation

    @cached_property
    def sections(self) -> Mapping[str, pd.DataFrame]:
        """Name of a section (changes, outlook, watch, scorecard ...) to its rows."""
        return {section.name: frame_of(section) for section in self.view.sections}

    @property
    def notes(self) -> pd.DataFrame:
        """Analysts' notes: ``day, author, region, text``."""
        names = ["day", "author", "region", "text"]
        return pd.DataFrame([vars(note) for note in self.view.notes], columns=names)

    @cached_property
    def draws(self) -> pd.DataFrame | None:
        """Every draw, a row each; None where the issue was made without keeping them."""
        path = self.folder / DRAWS
        return pd.read_parquet(path) if path.exists() else None

    def plot_map(self, horizon: int | None = None) -> Figure:
        """Draw the risk map: polygons where the workspace has boundaries, else circles.

        Args:
            horizon: Months ahead; None for the nearest.

        Raises:
            ConfigError: The issue lacks the horizon.

        Example:
            ```python
            issue.plot_map().savefig("map.png", dpi=200)
            ```
        """
        from forecast.report.canvas import steady
        from forecast.report.map_drawing import draw_map

        with steady():
            return shown(draw_map(self._at(horizon)))

    def plot_ranking(self, horizon: int | None = None) -> Figure:
        """Draw the first ranks: chance of an attack, and attacks expected with their 90 % range.

        Args:
            horizon: Months ahead; None for the nearest.

        Raises:
            ConfigError: The issue lacks the horizon.
            EvidenceError: No region has a forecast.

        Example:
            ```python
            issue.plot_ranking()
            ```
        """
        from forecast.report.canvas import steady
        from forecast.report.pictures import draw_ranking

        with steady():
            figure = draw_ranking(self._at(horizon))
        if figure is None:
            raise EvidenceError(f"no region of {self.name} has a forecast")
        return shown(figure)

    def plot_months(self) -> Figure:
        """Draw attacks and deaths that were recorded in the months up to the origin.

        Raises:
            EvidenceError: The workspace has no panel that reaches the origin.

        Example:
            ```python
            issue.plot_months()
            ```
        """
        from forecast.report.canvas import steady
        from forecast.report.pictures import draw_months

        with steady():
            figure = draw_months(self.view)
        if figure is None:
            raise EvidenceError(
                f"the workspace holds no panel of {self.manifest['scale']} that reaches"
                f" {self.manifest['origin']}: run `escalation panel` first"
            )
        return shown(figure)

    def printed(
        self,
        first: int = 10,
        *,
        columns: Iterable[str] = (
            *("rank", "region", "country", "level", "p_attack"),
            *("expected_events", "events_p05", "events_p95", "expected_deaths"),
        ),
        horizon: int | None = None,
    ) -> pd.DataFrame:
        """Return the first ranks as every output prints them: headings, rounding, percent signs.

        Args:
            first: How many ranks.
            columns: Columns of ``table``, in this order.
            horizon: Months ahead; None for the nearest.

        Returns:
            Texts. A chance is never a flat 0 or 100 %.

        Raises:
            ConfigError: The issue lacks the horizon, or the table a column.

        Example:
            ```python
            print(issue.printed(5).to_markdown(index=False))
            ```
        """
        table = self._at(horizon).table
        names = list(columns)
        for name in names:
            if name not in table:
                raise ConfigError(
                    f'the risk table has no column "{name}"{closest(name, map(str, table))}'
                )
        return risk_texts(table[table["rank"] <= first], names)

    def region(self, region: str) -> Region:
        """Return what the issue says of one region.

        Args:
            region: Its id or name; accents do not matter.

        Raises:
            ConfigError: There is no such region, or several.

        Example:
            ```python
            issue.region("Tillaberi").history
            ```
        """
        return Region(region_view(self.view, region), self.citation)

    def plot_fan(self, region: str, target: str = "events") -> Figure:
        """Draw a region's last months and the 90 % range of each month ahead.

        Args:
            region: Its id or name.
            target: ``events`` or ``deaths``.

        Raises:
            ConfigError: There is no such region, or several, or the target is another.

        Example:
            ```python
            issue.plot_fan("Tillaberi")
            ```
        """
        return self.region(region).plot_fan(target)

    def __repr__(self) -> str:
        regions, gate = self.table["region_id"].nunique(), self.manifest["gate"]
        return f"Issue({self.name}: {self.view.title}, {regions:,} regions, gate {gate})"

    def _repr_html_(self) -> str:
        facts = {
            "data through": self.manifest["origin"],
            "models": ", ".join(dict.fromkeys(m["model"] for m in self.manifest["models"])),
            "gate": self.manifest["gate"],
            "folder": self.folder,
        }
        tables = {
            f"Risk in {part.month}": risk_texts(part.table[part.table["rank"] <= _FIRST], RISK)
            for part in (self.view.at(horizon) for horizon in self.horizons)
        }
        notes = [*self.notices, self.citation]
        return page(self.view.title, facts, tables, notes=notes)

    def _at(self, horizon: int | None) -> IssueView:
        return self.view.at(self.horizons[0] if horizon is None else horizon)


@dataclass(frozen=True, eq=False)
class Region:
    """What an issue says of one region.

    Attributes:
        view: The region's rows, past and sections.
        citation: One line that has to stand beside a figure taken from it.
    """

    view: RegionView
    citation: str

    @property
    def table(self) -> pd.DataFrame:
        """The region's rows of the risk table, the nearest month first."""
        return pd.DataFrame([dict(row) for row in self.view.rows])

    @property
    def history(self) -> pd.DataFrame:
        """The last months up to the origin: ``month`` and counts, missing where unobserved."""
        columns = {name: pd.array(list(v), dtype="Int64") for name, v in self.view.history.items()}
        return pd.DataFrame({"month": list(self.view.months), **columns})

    @property
    def sections(self) -> Mapping[str, pd.DataFrame]:
        """Name of a section that mentions the region to its rows about it."""
        return {section.name: frame_of(section) for section in self.view.mentions}

    @property
    def notes(self) -> tuple[str, ...]:
        """What else must be known."""
        return tuple(self.view.notes)

    def plot_fan(self, target: str = "events") -> Figure:
        """Draw the region's last months and the 90 % range of each month ahead.

        Args:
            target: ``events`` or ``deaths``.

        Raises:
            ConfigError: The target is another.

        Example:
            ```python
            workspace.show("Tillaberi").plot_fan("deaths")
            ```
        """
        from forecast.report.canvas import steady
        from forecast.report.fan_drawing import draw_fan

        counts: Sequence[int | None] = self.view.history.get(target, ())
        months = self.view.months if counts else ()
        rows, cited = self.view.rows, self.citation
        with steady():
            return shown(draw_fan(rows, months, counts, measure=target, citation=cited))

    def __repr__(self) -> str:
        row = self.view.rows[0]
        return f"Region({row['region']}, {row['country']}: {row['level']} in {row['target_month']})"

    def _repr_html_(self) -> str:
        row = self.view.rows[0]
        reasons = [row[f"reason_{place}"] for place in (1, 2, 3)]
        facts = {f"reason {place}": reason for place, reason in enumerate(reasons, 1) if reason}
        names = ["target_month", *RISK[3:], "confidence"]
        tables = {"Forecast": risk_texts(self.table, names)}
        title = f"{row['region']}, {row['country']}"
        return page(title, facts, tables, notes=[*self.notes, self.citation])


def risk_texts(table: pd.DataFrame, names: Sequence[str]) -> pd.DataFrame:
    """Return rows of a risk table as they are printed, some columns under their headings."""
    return printed(risk_section(table), names)


def frame_of(section: Section) -> pd.DataFrame:
    """Return a section's raw cells under the names of its columns."""
    return pd.DataFrame(section.rows, columns=[column.name for column in section.columns])


def printed(section: Section, names: Sequence[str] = ()) -> pd.DataFrame:
    """Return a section as it is printed, under its headings.

    Args:
        section: The section.
        names: Only these columns; empty for all.
    """
    frame = pd.DataFrame(section.texts(), columns=[column.title for column in section.columns])
    there = [column.name for column in section.columns]
    return frame.iloc[:, [there.index(name) for name in names or there]]

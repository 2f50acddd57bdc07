"""The watch of a month: by itself, from a store's events alone, or as the sections of an issue.

By itself it needs no panel, no boundaries and no forecast, and regions are named as in the lists;
for an issue they are the panel's.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import date
from pathlib import Path
from typing import Any

from data.counting.counting import count_figures
from data.counting.panel_regions import read_panel_boundaries
from data.errors import ConfigError, EscalationError, EvidenceError
from data.months import month_number
from data.regions.countries import country_key, country_keys, country_of
from data.regions.location import CellLocator, CountryLocator, Locator, PolygonLocator
from data.store.store import Store
from data.terminal import one_line, warn
from data.workspace import Workspace
from features.panel import Panel, build_panel, panel_provenance
from features.recipe import panel_settings
from forecast.text.citations import citation_of
from forecast.text.sections import Section
from forecast.text.wording import counted, month_words
from forecast.watch.area_months import AreaMonths, months_of_list, months_of_panel
from forecast.watch.catalogue import watch_sections, watch_sentences
from forecast.watch.event_rows import EventRows
from forecast.watch.lists import (
    RegionFinder,
    event_sources,
    last_event_month,
    lists_to_watch,
    named_regions,
    panel_regions,
)
from forecast.watch.section import absence
from forecast.watch.words import list_text

__all__ = ["Watch", "lists_text", "make_watch", "watch_json", "watch_of_issue", "watch_text"]

_TOP = 5
_NO_ATTACK = "No list holds an attack up to the month."
_NAMED = "Regions are named as in the lists."
_NAMED_IN_ISSUE = (
    "Regions are named as in the lists: the boundaries in the settings are not those that the panel"
    " was counted in."
)


@dataclass(frozen=True)
class Watch:
    """The watch of one month.

    Attributes:
        month: The last month that was read.
        countries: Names of the countries asked about; empty for all.
        lists: What each list is: ``source, name, complete, attacks, last``.
        sections: The watch sections.
        sources: Each ingested file of these lists with citation, licence and day of access.
    """

    month: str
    countries: tuple[str, ...]
    lists: tuple[dict[str, Any], ...]
    sections: tuple[Section, ...]
    sources: tuple[dict[str, Any], ...]


def make_watch(
    workspace: Workspace, *, as_of: str | None = None, countries: Sequence[str] = ()
) -> Watch:
    """Make the watch of a month from a workspace's store.

    Args:
        workspace: Whose store is read; ``[panel] source`` chooses among complete lists.
        as_of: Last month to read, YYYY-MM; default: the last month of any list.
        countries: Names of countries; empty for all.

    Raises:
        EvidenceError: The store is empty, or holds nothing up to that month.
        ConfigError: The month is none, or no list holds a country.
    """
    store = Store(workspace.store)
    month = as_of or _last_month(store)
    month_number(month)
    wanted = {country_key(name) for name in countries}
    chosen = workspace.settings().panel.source
    lists = lists_to_watch(store, month, named_regions(wanted), counted=chosen)
    counts = [months for events in lists if (months := months_of_list(events)) is not None]
    counts += _figures(store, month, wanted)
    if not lists and not counts:
        raise EvidenceError(f"the store holds nothing up to {month}")
    countries = _known_countries(countries, lists, counts)
    names = {one.source for one in lists} | {one.source for one in counts}
    return Watch(
        month=month,
        countries=tuple(_country_name(name) for name in countries),
        lists=tuple(_described(events) for events in lists),
        sections=watch_sections(month, lists, counts, remark=_remark(store, lists, _NAMED)),
        sources=tuple(_sources(store, names)),
    )


def watch_of_issue(
    workspace: Workspace,
    past: Panel,
    *,
    as_of: str | None,
    report_progress: Callable[[str], None],
) -> tuple[Section, ...]:
    """Return the watch sections of an issue.

    Args:
        workspace: Where the store and the panel's manifest are.
        past: The panel; its last month is the origin, and nothing later is read.
        as_of: Day whose knowledge the panel holds; None for today's.
        report_progress: Called with what was left out, in words.
    """
    source = panel_provenance(workspace.panel(past.scale)).get("source")
    store = Store(workspace.store, as_of=None if as_of is None else date.fromisoformat(as_of))
    find_regions = _find_panel_regions(workspace, past)
    named = "" if find_regions else _NAMED_IN_ISSUE
    find_regions = find_regions or named_regions(set(country_keys(past.regions["country"])))
    lists = lists_to_watch(store, past.months[-1], find_regions, counted=source)
    if lists and named:
        report_progress(f"watch sections: {named}")
    counts = [months_of_panel(past, str(source or past.scale))]
    return watch_sections(past.months[-1], lists, counts, remark=_remark(store, lists, named))


def watch_json(watch: Watch, paths: Sequence[Path]) -> dict[str, Any]:
    """Return the watch and where its files lie, as JSON's values."""
    return {**asdict(watch), "files": [str(path) for path in paths]}


def watch_text(watch: Watch, paths: Sequence[Path]) -> str:
    """Return the first rows of every section in sentences, and where the files lie."""
    lines = [f"watch of {month_words(watch.month)}: {lists_text(watch)}"]
    for section in watch.sections:
        count = len(section.rows)
        lines += ["", f"{section.title}: {count or absence(section)}"]
        lines += [f"  {one_line(line)}" for line in watch_sentences(section, _TOP)]
        if count > _TOP:
            lines.append(f"  and {count - _TOP} more in the files")
    return "\n".join([*lines, "", *(f"file: {path}" for path in paths)])


def lists_text(watch: Watch) -> str:
    """Return in a few words what was read."""
    lists = [f"{counted(one['attacks'])} of {one['name']} to {one['last']}" for one in watch.lists]
    where = f" in {', '.join(watch.countries)}" if watch.countries else ""
    return ("; ".join(lists) or "counts by region and month") + where


def _remark(store: Store, lists: Sequence[EventRows], named: str) -> str:
    """Return what to say of the lists' regions, or why there is no list."""
    return named if lists else _NO_ATTACK if event_sources(store) else ""


def _last_month(store: Store) -> str:
    figures = [m["last_date"] for m in store.manifests() if m["content"] == "figures"]
    months = [last_event_month(store), *(day[:7] for day in figures if day)]
    last = max(filter(None, months), default=None)
    if last is None:
        raise EvidenceError("the store is empty: `escalation ingest` reads a first file")
    return last


def _figures(store: Store, month: str, wanted: Collection[str]) -> list[AreaMonths]:
    """Return ready counts up to a month, where they came with a table of their regions."""
    levels = {
        (m["source"], m.get("level", "")) for m in store.manifests() if m["content"] == "figures"
    }
    counts = []
    for source, level in sorted(levels):
        figures, regions = store.figures(source=source)
        figures = figures[figures["month"] <= month]
        if regions is None or not len(figures):
            continue
        if wanted:
            regions = regions[[key in wanted for key in country_keys(regions["country"])]]
            figures = figures[figures["region_id"].isin(regions["region_id"])]
        if len(figures):
            regions = regions.sort_values("region_id", ignore_index=True)
            panel = count_figures(figures, regions, scale=level or "regions", last_month=month)
            counts.append(months_of_panel(build_panel(panel), source))
    return counts


def _known_countries(
    countries: Sequence[str], lists: Sequence[EventRows], counts: Sequence[AreaMonths]
) -> Sequence[str]:
    """Return the countries that a list holds; others are named, or refused where none is left."""
    known = {key: name for one in lists for key, name in one.regions.countries.items()}
    known |= {country_key(area.country): area.country for one in counts for area in one.areas}
    unknown = [name for name in countries if country_key(name) not in known]
    if not unknown:
        return countries
    there = ", ".join(sorted(known.values())[:12])
    more = f" and {len(known) - 12} more" if len(known) > 12 else ""
    named = ", ".join(f'"{name}"' for name in unknown)
    said = f"no list holds an attack in {named} (there are: {there}{more})"
    if len(unknown) == len(countries):
        raise ConfigError(said)
    warn(said)
    return [name for name in countries if name not in unknown]


def _described(events: EventRows) -> dict[str, Any]:
    return {
        "source": events.source,
        "name": list_text(events),
        "complete": events.complete,
        "attacks": int(events.regions.inside.sum()),
        "last": str(events.table["date_start"].max().date()),
    }


def _sources(store: Store, names: Collection[str]) -> list[dict[str, Any]]:
    """Return the ingested files of sources in order of ingest, each with its citation."""
    return [
        {
            "source": m["source"],
            **asdict(citation_of(m["source"])),
            "release": m["release"],
            "file": m["file"],
            "accessed": m["retrieved_at"][:10],
            "complete": bool(m["coverage"]["complete"] or m["content"] == "figures"),
            "complete_through": m["complete_through"],
        }
        for m in store.manifests()
        if m["source"] in names
    ]


def _country_name(name: str) -> str:
    known = country_of(name)
    return known.country if known else name


def _find_panel_regions(workspace: Workspace, past: Panel) -> RegionFinder | None:
    locator = _locator(workspace, past)
    return None if locator is None else panel_regions(past.regions, locator)


def _locator(workspace: Workspace, past: Panel) -> Locator | None:
    """Return the locator of the panel's very regions; None where there is none any more."""
    if past.scale == "country":
        return CountryLocator(past.regions)
    settings = replace(panel_settings(workspace, past.scale), scale=past.scale)
    if past.scale == "priogrid":
        bounded = settings.boundaries is not None
        return CellLocator(past.regions, bounded=bounded, nearest_km=settings.nearest_km)
    try:
        boundaries = read_panel_boundaries(settings, workspace.root)
    except EscalationError:
        return None
    ids = past.regions["region_id"].tolist()
    if boundaries is None or boundaries.regions["region_id"].tolist() != ids:
        return None
    return PolygonLocator(boundaries, past.scale, settings.nearest_km)

"""The watch by itself: from a store's events up to a month to sections, files and a few lines.

It needs no panel, no boundaries and no forecast: regions are the lists' own words.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from data.counting.counting import count_figures
from data.errors import ConfigError, EvidenceError
from data.months import month_number
from data.regions.countries import country_key, country_keys, country_of
from data.store.store import Store
from data.terminal import one_line
from data.workspace import Workspace
from features.panel import build_panel
from forecast.model.past import counted
from forecast.text.citations import citation_of
from forecast.text.sections import Section
from forecast.text.wording import month_words
from forecast.watch.catalogue import NO_ATTACK, watch_sections
from forecast.watch.event_rows import EventRows
from forecast.watch.ground import own_words
from forecast.watch.lines import absence, watch_lines
from forecast.watch.months import AreaMonths, months_of_list, months_of_panel
from forecast.watch.store import event_sources, last_event_month, watch_lists
from forecast.watch.words import list_text

__all__ = ["Watch", "lists_text", "make_watch", "watch_record", "watch_text"]

_TOP = 5
_OWN_WORDS = "Regions are the lists' own words for them."


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
        EvidenceError: The store is empty, or knows nothing up to that month.
        ConfigError: The month is none, or no list knows a country.
    """
    store = Store(workspace.store)
    month = as_of or _last_month(store)
    month_number(month)
    wanted = {country_key(name) for name in countries}
    chosen = workspace.settings().panel.source
    lists = watch_lists(store, month, own_words(wanted), counted=chosen)
    counts = [months for one in lists if (months := months_of_list(one)) is not None]
    counts += _figures(store, month, wanted)
    if not lists and not counts:
        raise EvidenceError(f"the store knows of nothing up to {month}")
    _check_countries(countries, lists, counts)
    remark = _OWN_WORDS if lists else NO_ATTACK if event_sources(store) else ""
    names = {one.source for one in lists} | {one.source for one in counts}
    return Watch(
        month=month,
        countries=tuple(_country_name(name) for name in countries),
        lists=tuple(_described(one) for one in lists),
        sections=watch_sections(month, lists, counts, remark=remark),
        sources=tuple(_sources(store, names)),
    )


def watch_record(watch: Watch, paths: Sequence[Path]) -> dict[str, Any]:
    """Return what a machine would want to know of a watch."""
    return {**asdict(watch), "files": [str(path) for path in paths]}


def watch_text(watch: Watch, paths: Sequence[Path]) -> str:
    """Return the first rows of every section in sentences, and where the files lie."""
    lines = [f"watch of {month_words(watch.month)}: {lists_text(watch)}"]
    for section in watch.sections:
        count = len(section.rows)
        lines += ["", f"{section.title}: {count or absence(section)}"]
        lines += [f"  {one_line(line)}" for line in watch_lines(section, _TOP)]
        if count > _TOP:
            lines.append(f"  and {count - _TOP} more in the files")
    return "\n".join([*lines, "", *(f"file: {path}" for path in paths)])


def lists_text(watch: Watch) -> str:
    """Return in a few words what was read."""
    told = [f"{counted(one['attacks'])} of {one['name']} to {one['last']}" for one in watch.lists]
    where = f" in {', '.join(watch.countries)}" if watch.countries else ""
    return ("; ".join(told) or "counts by region and month") + where


def _last_month(store: Store) -> str:
    figures = [m["last_date"] for m in store.manifests() if m["content"] == "figures"]
    last = [last_event_month(store), *(day[:7] for day in figures if day)]
    found = max(filter(None, last), default=None)
    if found is None:
        raise EvidenceError("the store is empty: `escalation ingest` reads a first file")
    return found


def _figures(store: Store, month: str, wanted: Collection[str]) -> list[AreaMonths]:
    """Return ready counts up to a month, where they came with a table of their regions."""
    kept = {
        (m["source"], m.get("level", "")) for m in store.manifests() if m["content"] == "figures"
    }
    found = []
    for source, level in sorted(kept):
        figures, regions = store.figures(source=source)
        figures = figures[figures["month"] <= month]
        if regions is None or not len(figures):
            continue
        if wanted:
            regions = regions[[key in wanted for key in country_keys(regions["country"])]]
            figures = figures[figures["region_id"].isin(regions["region_id"])]
        if len(figures):
            regions = regions.sort_values("region_id", ignore_index=True)
            counts = count_figures(figures, regions, scale=level or "regions", last_month=month)
            found.append(months_of_panel(build_panel(counts), source))
    return found


def _check_countries(
    countries: Sequence[str], lists: Sequence[EventRows], counts: Sequence[AreaMonths]
) -> None:
    known = {key: name for one in lists for key, name in one.ground.countries.items()}
    known |= {country_key(area.country): area.country for one in counts for area in one.areas}
    for name in countries:
        if country_key(name) not in known:
            there = ", ".join(sorted(known.values())[:12])
            more = f" and {len(known) - 12} more" if len(known) > 12 else ""
            raise ConfigError(f'no list knows the country "{name}" (known: {there}{more})')


def _described(listed: EventRows) -> dict[str, Any]:
    return {
        "source": listed.source,
        "name": list_text(listed),
        "complete": listed.complete,
        "attacks": int(listed.ground.inside.sum()),
        "last": str(listed.events["date_start"].max().date()),
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

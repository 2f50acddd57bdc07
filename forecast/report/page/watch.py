"""The watch as one HTML file without scripts and as Markdown; every text from data is escaped."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from data.errors import ConfigError
from data.files import write_text
from data.regions.countries import country_key
from forecast.report.page.page import POLICY, page_environment
from forecast.text.markdown import escaped_lead, section_text
from forecast.text.sections import Section
from forecast.text.wording import MISSING, month_words
from forecast.watch.catalogue import watch_sentences
from forecast.watch.section import absence
from forecast.watch.watching import Watch, lists_text

__all__ = ["FORMATS", "watch_html", "watch_markdown", "write_watch"]

FORMATS = ("html", "md")

_IN_SHORT = 4


def write_watch(watch: Watch, folder: Path, formats: Sequence[str]) -> list[Path]:
    """Write the watch as files ``watch-<month>[-<countries>].<format>`` and return their paths.

    Raises:
        ConfigError: A format is not one of ``FORMATS``.
        RuntimeEnvironmentError: A file cannot be written.
    """
    writers = dict(zip(FORMATS, (watch_html, watch_markdown), strict=True))
    if unknown := sorted(set(formats) - set(FORMATS)):
        raise ConfigError(f"expected formats of {', '.join(FORMATS)}, got {', '.join(unknown)}")
    paths = []
    for name in dict.fromkeys(formats):
        paths.append(folder / f"watch-{watch.month}{_slug(watch.countries)}.{name}")
        write_text(paths[-1], writers[name](watch))
    return paths


def watch_html(watch: Watch) -> str:
    """Return the watch as HTML that needs no network and no script."""
    return (
        page_environment()
        .get_template("watch.html.j2")
        .render(
            policy=POLICY,
            month=month_words(watch.month),
            watch=watch,
            read=lists_text(watch),
            parts=[_part(section) for section in watch.sections],
        )
    )


def watch_markdown(watch: Watch) -> str:
    """Return the watch as Markdown."""
    blocks = [
        f"# Watch, {month_words(watch.month)}",
        escaped_lead(lists_text(watch)),
        *(section_text(_filled(section)) for section in watch.sections),
        "## Sources",
        "\n".join(f"- {escaped_lead(_source_text(source))}" for source in watch.sources),
    ]
    return "\n\n".join(blocks) + "\n"


def _filled(section: Section) -> Section:
    """Return a section with the columns that say something."""
    texts = section.texts()
    places = [
        place
        for place in range(len(section.columns))
        if any(row[place] != MISSING for row in texts)
    ]
    return replace(
        section,
        columns=tuple(section.columns[place] for place in places),
        rows=tuple(tuple(row[place] for place in places) for row in section.rows),
    )


def _part(section: Section) -> dict[str, Any]:
    """Return a section for the page: its first rows in sentences, cells with their headings."""
    filled = _filled(section)
    columns = [
        {"title": column.title, "meaning": column.meaning, "number": column.form != "text"}
        for column in filled.columns
    ]
    return {
        "name": section.name,
        "title": section.title,
        "note": section.note,
        "absence": absence(section),
        "short": watch_sentences(section, _IN_SHORT),
        "more": max(len(section.rows) - _IN_SHORT, 0),
        "columns": columns,
        "rows": [
            [
                {**column, "text": text, "missing": text == MISSING}
                for column, text in zip(columns, texts, strict=True)
            ]
            for texts in filled.texts()
        ],
    }


def _source_text(source: dict[str, Any]) -> str:
    whole = "" if source["complete"] else ", not a complete list"
    through = source["complete_through"]
    reach = f", complete through {through}" if through else ""
    return (
        f"{source['name']}, release {source['release']}{whole}{reach}. {source['citation']}."
        f" Licence: {source['licence']}. Accessed {source['accessed']} (file {source['file']})."
    )


def _slug(countries: Sequence[str]) -> str:
    """Return an ending for the name of a file that no country's name can lead elsewhere."""
    keys = sorted(country_key(name) for name in countries)
    safe = [k if len(k) == 3 and k.isascii() and k.isupper() else _digest(k) for k in keys]
    if len(safe) > 6:
        safe = [_digest("+".join(safe))]
    return "".join(f"-{part}" for part in safe)


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:8]

"""The watch as one HTML file without scripts and as Markdown; every text from data is escaped."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from data.errors import ConfigError
from data.files import write_text
from data.regions.countries import country_key
from forecast.report.page.page import POLICY, page_environment
from forecast.text.sections import Section
from forecast.text.wording import MISSING, month_words, printable
from forecast.watch.catalogue import watch_sentences
from forecast.watch.section import absence
from forecast.watch.watching import Watch, lists_text

__all__ = ["FORMATS", "watch_html", "watch_markdown", "write_watch"]

FORMATS = ("html", "md")

_MARKS = re.compile(r"([\\`*_{}\[\]#|~!@])|(://)|(\bwww)(?=\.)", re.IGNORECASE)
_IN_SHORT = 4


def write_watch(watch: Watch, folder: Path, formats: Sequence[str]) -> list[Path]:
    """Write the watch as files ``watch-<month>[-<countries>].<format>`` and return their paths.

    Raises:
        ConfigError: A format is not one of ``FORMATS``.
        MachineError: A file cannot be written.
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
    lines = [f"# Watch, {month_words(watch.month)}", "", _escaped(lists_text(watch)), ""]
    for section in watch.sections:
        lines += [f"## {section.title}", "", _escaped(section.note), ""]
        part = _part(section)
        if part["rows"]:
            titles = [column["title"] for column in part["columns"]]
            lines += [_line(titles), _line(["---"] * len(titles))]
            lines += [_line([cell["text"] for cell in row]) for row in part["rows"]]
            lines.append("")
    lines += ["## Sources", ""]
    lines += [f"- {_escaped(_source_text(source))}" for source in watch.sources]
    return "\n".join([*lines, ""])


def _part(section: Section) -> dict[str, Any]:
    """Return a section for printing: columns that say something, cells with their headings."""
    texts = section.texts()
    kept = [
        place
        for place in range(len(section.columns))
        if any(row[place] != MISSING for row in texts)
    ]
    columns = [
        {"title": column.title, "meaning": column.meaning, "number": column.form != "text"}
        for column in (section.columns[place] for place in kept)
    ]
    return {
        "name": section.name,
        "title": section.title,
        "note": section.note,
        "absence": absence(section),
        "short": watch_sentences(section, _IN_SHORT),
        "more": max(len(texts) - _IN_SHORT, 0),
        "columns": columns,
        "rows": [_cells(columns, [row[place] for place in kept]) for row in texts],
    }


def _cells(columns: Sequence[dict[str, Any]], texts: Sequence[str]) -> list[dict[str, Any]]:
    return [
        {**column, "text": text, "missing": text == MISSING}
        for column, text in zip(columns, texts, strict=True)
    ]


def _source_text(source: dict[str, Any]) -> str:
    whole = "" if source["complete"] else ", not a complete list"
    through = source["complete_through"]
    reach = f", complete through {through}" if through else ""
    return (
        f"{source['name']}, release {source['release']}{whole}{reach}. {source['citation']}."
        f" Licence: {source['licence']}. Accessed {source['accessed']} (file {source['file']})."
    )


def _line(cells: Sequence[str]) -> str:
    return f"| {' | '.join(_escaped(cell) for cell in cells)} |"


def _escaped(text: str) -> str:
    r"""Return text that Markdown shows as it stands, on one line.

    Example:
        >>> print(_escaped("<b>a|b</b> https://x [y](z)"))
        &lt;b&gt;a\|b&lt;/b&gt; https\://x \[y\](z)
    """
    plain = printable(" ".join(text.split())).replace("&", "&amp;")
    plain = plain.replace("<", "&lt;").replace(">", "&gt;")
    return _MARKS.sub(lambda found: _marked(found[0]), plain)


def _marked(mark: str) -> str:
    return f"{mark}\\" if mark.casefold() == "www" else f"\\{mark}"


def _slug(countries: Sequence[str]) -> str:
    """Return an ending for the name of a file that no country's name can lead elsewhere."""
    keys = sorted(country_key(name) for name in countries)
    safe = [k if len(k) == 3 and k.isascii() and k.isupper() else _digest(k) for k in keys]
    if len(safe) > 6:
        safe = [_digest("+".join(safe))]
    return "".join(f"-{part}" for part in safe)


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:8]

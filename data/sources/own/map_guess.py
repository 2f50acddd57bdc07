"""A proposal for the map of an own event list, from its header and some of its rows.

What the file shows is written out; the rest is comments with the choices. Where day and month could
be swapped in every cell, both formats are offered: nothing is guessed. Known words are in
``map_words``, the keys of a map in ``mapping``.
"""

from __future__ import annotations

import csv
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from data.errors import SourceError
from data.sources.own.map_words import (
    COLUMN_WORDS,
    DATE_WORDS,
    code_lines,
    core_word,
    one_line,
    plain_word,
    quoted,
)
from data.sources.own.mapping import CODES
from data.sources.release_names import release_of
from data.tabular.delimited import read_head, read_sample
from data.tabular.values import Parser, date_parser, is_decimal, parse_unknown_count

__all__ = ["date_forms", "guess_map"]

_HEAD = 50
_FIRST = 3_000
_EVERY = 41
_SEPARATORS = (",", ";", "\t", "|")
_MOST_WORDS = 40
_MEANT = {
    "country": 'the one country of all rows, such as "Mali"',
    "kind": f"one of {', '.join(CODES['kind'])}",
    "location_precision": f"how exact the points are: {', '.join(CODES['location_precision'])}",
}
_FORMS = (
    "iso",
    *("%d/%m/%Y", "%m/%d/%Y", "%Y/%m/%d", "%d-%m-%Y", "%m-%d-%Y", "%d.%m.%Y", "%m.%d.%Y"),
    *("%Y%m%d", "%d %B %Y", "%d %b %Y", "%d-%B-%Y", "%d-%b-%Y", "%B %d, %Y", "%b %d, %Y"),
    *("%d/%m/%Y %H:%M", "%m/%d/%Y %H:%M", "%d/%m/%Y %H:%M:%S", "%m/%d/%Y %H:%M:%S"),
    *("%d/%m/%y", "%m/%d/%y", "%d-%m-%y", "%m-%d-%y", "%d-%b-%y", "%d.%m.%y"),
)
_SHARE = 0.99
_KNOWN = frozenset(
    word for words in (COLUMN_WORDS, DATE_WORDS) for n in words.values() for word in n
)
_COUNTED = ("deaths_best", "deaths_low", "deaths_high", "civilians", "deaths_claimed", "captured")


@dataclass(frozen=True)
class _Look:
    """The header of a file, its first rows and some of the others.

    Attributes:
        header: Names of the columns.
        rows: Cells, as many as the header has.
        delimiter: What separates them.
    """

    header: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    delimiter: str

    def cells(self, column: str) -> list[str]:
        """Return the cells of a column."""
        place = self.header.index(column)
        return [row[place] for row in self.rows]


def guess_map(path: Path, *, encoding: str = "utf-8") -> str:
    """Propose a map.

    Args:
        path: A delimited file, plain or compressed.
        encoding: Its encoding.

    Returns:
        TOML for ``escalation ingest csv --map``. A list is never proposed as complete.

    Raises:
        SourceError: The file is not a table.
        ConfigError: There is no such encoding.
    """
    look = _look_at(path, encoding)
    columns = _matched(look.header, COLUMN_WORDS)
    dates = _dates(look, columns)
    used = {*columns.values(), *dates.columns}
    unused = [name for name in look.header if name and name not in used]
    sections = [
        _top(path, look, columns),
        _section("columns", _column_lines(columns)),
        _section("date", dates.lines),
        *_translations(look, columns),
        _section("constants", _constant_lines(columns)),
        _section("deaths", _death_lines(look, columns)),
        _section("coverage", _coverage_lines(look, columns)),
    ]
    if unused:
        sections.append([f"# Columns that are not used: {one_line(', '.join(unused))}"])
    return "\n\n".join("\n".join(lines) for lines in sections if lines) + "\n"


def date_forms(cells: Sequence[str]) -> tuple[str, ...]:
    """Return the formats that read most of the cells, at least 99 %; none where none does.

    Args:
        cells: As the file holds them; empty ones do not count.

    Example:
        >>> date_forms(["03/04/2025", "25/04/2025"])
        ('%d/%m/%Y',)
        >>> date_forms(["03/04/2025", "05/06/2025"])
        ('%d/%m/%Y', '%m/%d/%Y')
    """
    filled = sorted({cell for cell in cells if cell.strip()})
    if not filled:
        return ()
    read = {form: sum(_reads(date_parser(form), cell) for cell in filled) for form in _FORMS}
    most = max(read.values())
    if most < _SHARE * len(filled):
        return ()
    best = [form for form in _FORMS if read[form] == most]
    # Full and short names of months read the same days: one of the two is enough.
    return tuple({form.replace("%B", "%b"): form for form in reversed(best)}.values())[::-1]


def _look_at(path: Path, encoding: str) -> _Look:
    head = read_head(path, lines=_HEAD, encoding=encoding)
    delimiter = max(_SEPARATORS, key=lambda mark: _width(head, mark))
    if _width(head, delimiter) < 2:
        raise SourceError(
            "expected a header with column names separated by a comma, a semicolon, a tab or |,"
            " got none",
            file=path,
            line=1,
        )
    header, records = read_sample(
        path, first=_FIRST, every=_EVERY, delimiter=delimiter, encoding=encoding
    )
    rows = tuple(tuple(row) for row in records)
    return _Look(header, rows, delimiter)


def _width(head: str, delimiter: str) -> int:
    """Return how many cells a character separates in the first record."""
    records = csv.reader(head.splitlines(keepends=True), delimiter=delimiter)
    try:
        return len(next(filter(None, records), []))
    except csv.Error:
        return 0


def _matched(header: Sequence[str], words: Mapping[str, Sequence[str]]) -> dict[str, str]:
    """Return the column of each role, each column once: by its name, else by the core of it."""
    columns: dict[str, str] = {}
    for word_of in (plain_word, _singular):
        named = {word_of(name): name for name in reversed(header) if name}
        for role, names in words.items():
            free = {w: name for w, name in named.items() if name not in columns.values()}
            match = next((free[n] for n in names if n in free), None)
            if match is not None:
                columns.setdefault(role, match)
    return {role: columns[role] for role in words if role in columns}


def _singular(name: str) -> str:
    """Return the core of a name, without the ending of a plural where that is a known word."""
    core = core_word(name)
    return core.removesuffix("s") if core.removesuffix("s") in _KNOWN else core


@dataclass(frozen=True)
class _Dates:
    lines: list[str]
    columns: tuple[str, ...] = ()


def _dates(look: _Look, columns: Mapping[str, str]) -> _Dates:
    """Return the table [date]: one column if there is a full date, otherwise three."""
    free = [name for name in look.header if name not in columns.values()]
    named = _matched(free, DATE_WORDS)
    parts = _matched(free, {part: DATE_WORDS[part] for part in ("year", "month", "day")})
    forms = date_forms(look.cells(named["column"])) if "column" in named else ()
    if not forms and "year" in parts:
        return _Dates([f"{part} = {quoted(name)}" for part, name in parts.items()], _all(parts))
    if "column" not in named:
        names = '# column = "..."  # no column has a known name of a date'
        return _Dates([names, '# or: year = "..."', '#     month = "..."', '#     day = "..."'])
    lines = [f"column = {quoted(named['column'])}"]
    chosen = {"column": named["column"]}
    if "end_column" in named:
        ends = date_forms(look.cells(named["end_column"]))
        if not forms or set(forms) & set(ends):
            lines.append(f"end_column = {quoted(named['end_column'])}")
            chosen["end_column"] = named["end_column"]
    return _Dates([*lines, *_form_lines(forms, look.cells(named["column"]))], _all(chosen))


def _all(named: Mapping[str, str]) -> tuple[str, ...]:
    return tuple(named.values())


def _form_lines(forms: Sequence[str], cells: Sequence[str]) -> list[str]:
    shown = one_line(next((cell for cell in cells if cell.strip()), ""))
    if forms == ("iso",):
        return []
    if len(forms) == 1:
        return [f"format = {quoted(forms[0])}"]
    if forms:
        choice = f"# Day and month cannot be told apart in these rows ({shown}): choose one format."
        return [choice, *(f"# format = {quoted(form)}" for form in forms)]
    return [
        f"# The format of the dates is unknown ({shown}): give it in the form of strptime.",
        '# format = "%d/%m/%Y"',
    ]


def _top(path: Path, look: _Look, columns: Mapping[str, str]) -> list[str]:
    words = {plain_word(name) for name in look.header}
    ucdp = "type_of_violence" in words and {"best", "best_death", "best_est"} & words
    lines = [f"# A proposal for {one_line(path.name)}: check it before you use it."]
    if {"event_id_cnty", "event_date", "inter1"} <= words:
        lines.append("# This looks like an export of ACLED: `escalation ingest acled` reads it.")
    if {"dyad_new_id", "date_prec", "where_prec"} <= words:
        lines.append("# This looks like UCDP GED itself: `escalation ingest ucdp` reads it.")
    release = release_of(path.name) if ucdp else None
    stem = plain_word(path.name.split(".")[0]) or "own"
    lines.append(f"source = {quoted('ucdp' if ucdp else stem)}")
    if release:
        lines.append(f"release = {quoted(release)}")
    if ucdp:
        lines.append('provider = "ucdp"  # accepts rows with low > best or best > high')
    if look.delimiter != ",":
        lines.append(f"delimiter = {quoted(look.delimiter)}")
    if _decimal_commas(look, columns):
        lines.append('decimal = ","')
    return lines


def _decimal_commas(look: _Look, columns: Mapping[str, str]) -> bool:
    degrees = [columns[name] for name in ("latitude", "longitude") if name in columns]
    cells = [cell for column in degrees for cell in look.cells(column)]
    return any("," in cell for cell in cells) and not any("." in cell for cell in cells)


def _section(name: str, lines: Sequence[str]) -> list[str]:
    return [f"[{name}]", *lines] if lines else []


def _column_lines(columns: Mapping[str, str]) -> list[str]:
    lines = [f"{name} = {quoted(own)}" for name, own in columns.items()]
    if "event_id" not in columns:
        lines.append(
            '# event_id = "..."  # no column has a known name of ids: each event needs its own'
        )
    lines += [
        f'# {name} = "..."  # no column has a known name'
        for name in ("latitude", "longitude")
        if name not in columns
    ]
    return lines


def _constant_lines(columns: Mapping[str, str]) -> list[str]:
    missing = [name for name in _MEANT if name not in columns]
    return [f'# {name} = "..."  # no column has a known name: {_MEANT[name]}' for name in missing]


def _translations(look: _Look, columns: Mapping[str, str]) -> list[list[str]]:
    sections = []
    for name in _COUNTED:
        if name in columns:
            unknown = sorted({c.strip() for c in look.cells(columns[name]) if not _is_count(c)})
            if len(unknown) <= _MOST_WORDS:
                meant = [f'{quoted(word)} = ""  # unknown, not 0' for word in unknown]
                sections.append(_section(f"translate.{name}", meant))
    for name, codes in CODES.items():
        if name in columns:
            words = {cell.strip() for cell in look.cells(columns[name])} - set(codes)
            lines = code_lines(name, columns[name], words)
            sections.append(_section(f"translate.{name}", lines))
    return sections


def _death_lines(look: _Look, columns: Mapping[str, str]) -> list[str]:
    if "deaths_best" not in columns:
        return ["may_be_unknown = true  # no column has a known name of deaths: they stay missing"]
    cells = look.cells(columns["deaths_best"])
    unknown = sum(not cell.strip() or not _is_count(cell) for cell in cells)
    if not unknown:
        return ["may_be_unknown = false"]
    return [f"may_be_unknown = true  # in {unknown} of {len(cells)} rows read: missing, not 0"]


def _is_count(cell: str) -> bool:
    """Say whether a cell is a number, or empty."""
    return _reads(parse_unknown_count, cell) or is_decimal(cell.strip())


def _coverage_lines(look: _Look, columns: Mapping[str, str]) -> list[str]:
    lines = [
        "# Only you know whether a month without a row means that nothing happened.",
        "complete = false",
        '# from = "YYYY-MM"',
        '# through = "YYYY-MM"',
    ]
    if "country" in columns:
        names = sorted({cell.strip() for cell in look.cells(columns["country"])} - {""})
        if len(names) <= _MOST_WORDS:
            lines.append(f"# countries = [{', '.join(map(quoted, names))}]")
    return lines


def _reads(parse: Parser, cell: str) -> bool:
    try:
        parse(cell)
    except ValueError:
        return False
    return True

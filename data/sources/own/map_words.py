"""The words by which lists of events call their columns and codes, in four languages.

Owns the vocabulary and how it is written as lines of a map; which column is taken and what is left
to the reader is for ``map_guess``.
"""

from __future__ import annotations

import re
from collections.abc import Collection

from data.sources.own.mapping import CODES
from data.tabular.values import folded

__all__ = [
    "COLUMN_WORDS",
    "DATE_WORDS",
    "code_lines",
    "core_word",
    "numbered",
    "one_line",
    "plain_word",
    "quoted",
]

# Names in order of preference, as ``plain_word`` writes them.
COLUMN_WORDS = {
    "event_id": (
        "event_id",
        "event_id_cnty",
        "id",
        "eventid",
        "incident_id",
        "numero",
        "ref",
        "identifiant",
        "identificador",
        "identifier",
        "num",
        "nr",
        "no",
        "n",
        "code",
        "codigo",
    ),
    "latitude": ("latitude", "latitud", "lat", "y"),
    "longitude": ("longitude", "longitud", "lon", "lng", "long", "x"),
    "country": ("country", "pays", "country_name", "pais", "nation"),
    "admin1": ("admin1", "adm_1", "region", "province", "state", "provincia", "estado", "wilaya"),
    "admin2": (
        "admin2",
        "adm_2",
        "district",
        "cercle",
        "departement",
        "department",
        "lga",
        "departamento",
        "commune",
        "county",
    ),
    "place": (
        "place",
        "where_coordinates",
        "location",
        "localite",
        "village",
        "town",
        "lieu",
        "localidad",
        "localidade",
        "lugar",
        "local",
        "municipio",
        "ville",
        "city",
    ),
    "location_precision": ("location_precision", "where_prec", "geo_precision"),
    "date_precision": ("date_precision", "date_prec", "time_precision"),
    "kind": (
        "kind",
        "type_of_violence",
        "event_type",
        "type",
        "category",
        "categorie",
        "tipo",
        "nature",
    ),
    "side_a": (
        "side_a",
        "actor1",
        "attacker",
        "perpetrator",
        "auteur",
        "acteur1",
        "gname",
        "actor",
        "acteur",
        "assaillant",
        "agresseur",
        "autor",
        "attaquant",
    ),
    "side_b": (
        "side_b",
        "actor2",
        "target",
        "victim",
        "cible",
        "acteur2",
        "victime",
        "objetivo",
        "blanco",
        "alvo",
    ),
    "deaths_low": ("deaths_low", "low", "low_death", "low_est"),
    "deaths_best": (
        *("deaths_best", "best", "best_death", "best_est", "fatalities", "deaths", "killed"),
        *("dead", "morts", "tues", "deces", "nkill", "mort", "muertos", "fallecidos", "mortos"),
        *("death", "fatality", "tue"),
    ),
    "deaths_high": ("deaths_high", "high", "high_death", "high_est"),
    "civilians": (
        "civilians",
        "deaths_civilians",
        "civilian_deaths",
        "civils",
        "civilian",
        "civil",
        "civiles",
        "civis",
    ),
    "deaths_claimed": ("deaths_claimed", "claimed", "morts_revendiques"),
    "captured": ("captured", "captures", "prisonniers"),
    "site_overrun": ("site_overrun", "overrun"),
    "tactics": ("tactics", "sub_event_type", "mode", "weapon"),
    "note": ("note", "notes", "description", "comment", "remarque", "remarques"),
}
DATE_WORDS = {
    "column": (
        "date_start",
        "start_date",
        "event_date",
        "date",
        "date_debut",
        "day",
        "jour",
        "fecha",
        "data",
        "incident_date",
        "date_incident",
    ),
    "end_column": ("date_end", "end_date", "date_fin"),
    "year": ("year", "annee", "iyear", "ano"),
    "month": ("month", "mois", "imonth", "mes"),
    "day": ("day", "jour", "iday", "dia"),
}
# Words that only lead to what a column holds, and words for an event itself.
_LEADING = frozenset(
    (
        *("de", "du", "des", "la", "le", "les", "l", "d", "of", "the", "del", "do", "da", "dos"),
        *("nombre", "number", "numero", "total", "dont", "including", "name", "nom", "suspected"),
        *("presume", "presumes", "presumee", "presumees", "alleged", "presunto", "presuntos"),
    )
)
_EVENT = frozenset(
    (
        *("incident", "incidents", "event", "events", "evenement", "evenements"),
        *("attaque", "attack", "incidente", "evento"),
    )
)
_CODE_WORDS = {
    "kind": {
        "state_based_violence": "state-based",
        "state_based": "state-based",
        "non_state_violence": "non-state",
        "non_state": "non-state",
        "one_sided_violence": "one-sided",
        "one_sided": "one-sided",
        "battles": "battles",
        "battle": "battles",
        "explosions_remote_violence": "explosions",
        "explosions": "explosions",
        "violence_against_civilians": "civilians",
        "civilians": "civilians",
    },
    "date_precision": {
        **{word: word for word in ("day", "week", "month", "year")},
        "jour": "day",
        "semaine": "week",
        "mois": "month",
        "annee": "year",
    },
    "location_precision": {
        **{word: word for word in ("exact", "near", "admin2", "admin1", "country", "area")},
        "town": "near",
        "village": "near",
        "city": "near",
        "ville": "near",
        "pays": "country",
        "region": "admin1",
        "province": "admin1",
        "district": "admin2",
    },
}
# Codebooks: UCDP GED (type_of_violence, where_prec, date_prec), ACLED (geo_ and time_precision).
_NUMBERED_CODES = {
    "type_of_violence": ("state-based", "non-state", "one-sided"),
    "where_prec": ("exact", "near", "admin2", "admin1", "area", "country", "area"),
    "date_prec": ("day", "week", "week", "month", "year"),
    "geo_precision": ("exact", "near", "admin1"),
    "time_precision": ("day", "week", "month"),
}
_MOST_WORDS = 40


def numbered(column: str) -> dict[str, str]:
    """Return a codebook column's codes by their number from 1, also in the form of HDX (``1.0``).

    Args:
        column: A key of ``_NUMBERED_CODES``.
    """
    return {
        form: code
        for number, code in enumerate(_NUMBERED_CODES[column], start=1)
        for form in (f"{number}", f"{number}.0")
    }


def plain_word(text: str) -> str:
    """Return a word in small letters and digits without accents, other characters as ``_``.

    Example:
        >>> plain_word(" Décès (best)"), plain_word("Explosions/Remote violence")
        ('deces_best', 'explosions_remote_violence')
    """
    return re.sub(r"[^a-z0-9]+", "_", folded(text)).strip("_")


def core_word(text: str) -> str:
    """Return a column's name without the words that only lead to its meaning.

    Example:
        >>> core_word("Date de l'incident"), core_word("Auteurs présumés"), core_word("N°")
        ('date', 'auteurs', 'n')
    """
    words = plain_word(text).split("_")
    core = [word for word in words if word not in _LEADING] or words
    named = [word for word in core if word not in _EVENT] or core
    return "_".join(named)


def code_lines(name: str, column: str, seen: Collection[str]) -> list[str]:
    """Return the translation of a column's words; unknown ones are comments.

    Args:
        name: A key of ``CODES``.
        column: The column's name in the file.
        seen: Words in it that are not codes.
    """
    if len(seen) > _MOST_WORDS:
        return [f"# The column has {len(seen)} different words: is it the right one?"]
    lines = []
    for word in sorted({*seen, *_numbers(column, seen)}):
        code = _code(name, column, word)
        unknown = f'# {quoted(word)} = "..."  # one of {", ".join(CODES[name])}'
        lines.append(f"{quoted(word)} = {quoted(code)}" if code else unknown)
    return lines


def quoted(text: str) -> str:
    r"""Return a text as a TOML string.

    Example:
        >>> quoted('a "b"\t')
        '"a \\"b\\"\\U00000009"'
    """
    plain = text.replace("\\", "\\\\").replace('"', '\\"')
    return '"' + "".join(c if c.isprintable() else f"\\U{ord(c):08x}" for c in plain) + '"'


def one_line(text: str) -> str:
    """Return text for a comment of one line."""
    return "".join(c if c.isprintable() else " " for c in text)[:500]


def _numbers(column: str, seen: Collection[str]) -> set[str]:
    """Return every number of a codebook's column in the form that occurs, rare ones too."""
    form = "{}.0" if "1.0" in seen or "2.0" in seen else "{}"
    count = len(_NUMBERED_CODES.get(plain_word(column), ())) if any(map(_is_number, seen)) else 0
    return {form.format(number) for number in range(1, count + 1)}


def _is_number(word: str) -> bool:
    return word.removesuffix(".0").isdecimal()


def _code(name: str, column: str, word: str) -> str | None:
    """Return the meaning of a column's word, by the codebooks and the known words."""
    numbered = _NUMBERED_CODES.get(plain_word(column), ())
    if _is_number(word) and 1 <= int(float(word)) <= len(numbered):
        return numbered[int(float(word)) - 1]
    return _CODE_WORDS[name].get(plain_word(word))

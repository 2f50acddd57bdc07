"""One cell of text to one value, or a rule that it breaks.

Each parser takes a cell as the file holds it and raises ``ValueError`` with the rule in words.
Nothing is guessed: dates are ISO unless a format is given, counts are whole.
"""

from __future__ import annotations

import math
import re
import unicodedata
from collections.abc import Callable, Collection, Mapping
from datetime import date, datetime

from data.months import is_month

__all__ = [
    "CAP",
    "Parser",
    "choice_parser",
    "clean_text",
    "date_parser",
    "decimal_comma",
    "folded",
    "is_decimal",
    "known_text",
    "parse_count",
    "parse_id",
    "parse_latitude",
    "parse_longitude",
    "parse_measure",
    "parse_month",
    "parse_unknown_count",
    "translated",
]

Parser = Callable[[str], object]

CAP = 1_000_000

# Degrees beyond 180 or 90 that are rounding, about 100 m.
_ROUNDING = 1e-3
_COUNT = re.compile(r"0*([0-9]+)(?:\.0?)?")
# Thousands set apart by a space, a no-break, thin or narrow no-break space.
_SPACED = re.compile("[0-9]{1,3}(?:[ \u00a0\u2009\u202f][0-9]{3})+")
_MISSING = "NA"
_MONTH = re.compile(r"([0-9]{4}-[0-9]{2})-01(?:[T ]00:00(?::00(?:\.0+)?)?)?")
_DECIMAL = re.compile(r"[-+]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][-+]?[0-9]{1,3})?")
_ISO = re.compile(
    r"([0-9]{4}-[0-9]{2}-[0-9]{2})"
    r"(?:[T ][0-9]{2}:[0-9]{2}(?::[0-9]{2}(?:\.[0-9]+)?)?(?:Z|[-+][0-9]{2}:?[0-9]{2})?)?"
)


def clean_text(text: str) -> str:
    """Return text without leading and trailing spaces, in Unicode's composed form (NFC).

    Example:
        >>> clean_text(" Mopti ")
        'Mopti'
    """
    text = text.strip()
    return text if text.isascii() else unicodedata.normalize("NFC", text)


def known_text(text: str) -> str:
    """Return clean text; empty for R's ``NA``, which stands for what is not known.

    Example:
        >>> known_text("NA"), known_text(" Nara ")
        ('', 'Nara')
    """
    text = clean_text(text)
    return "" if text == _MISSING else text


def parse_id(text: str) -> str:
    """Return an id with every digit it has.

    Raises:
        ValueError: It is empty.

    Example:
        >>> parse_id("007")
        '007'
    """
    if not text.strip():
        raise ValueError("the id must not be empty")
    return text.strip()


def parse_count(text: str) -> float:
    """Return a count of people or events; ``14.0`` is 14 and ``1 200`` 1,200, ``1.000`` is not 1.

    Raises:
        ValueError: It is empty, negative, fractional, not a number or above one million.
    """
    text = text.strip()
    if _SPACED.fullmatch(text):
        text = "".join(re.findall("[0-9]+", text))
    if not text:
        raise ValueError("must not be empty, unless the map says deaths.may_be_unknown")
    match = _COUNT.fullmatch(text)
    if match is None:
        raise ValueError("must be a whole number >= 0 without thousands separators")
    if len(match[1]) > 7 or int(match[1]) > CAP:
        raise ValueError(f"must not be above {CAP:,}")
    return float(match[1])


def parse_unknown_count(text: str) -> float:
    """Return a count, or NaN for an empty cell or R's ``NA``: unknown is not zero.

    Raises:
        ValueError: As ``parse_count``.
    """
    return float("nan") if text.strip() in ("", _MISSING) else parse_count(text)


def parse_latitude(text: str) -> float:
    """Return degrees north, NaN for an empty cell.

    Raises:
        ValueError: It is not a decimal number between -90 and 90.
    """
    degrees = _within(_decimal(text), 90)
    if abs(degrees) > 90:
        raise ValueError("latitude must be between -90 and 90")
    return degrees


def parse_longitude(text: str) -> float:
    """Return degrees east, NaN for an empty cell.

    Raises:
        ValueError: It is not a decimal number between -180 and 180.
    """
    degrees = _within(_decimal(text), 180)
    if 180 < degrees <= 360:
        raise ValueError("longitude must be between -180 and 180: this one counts from 0 to 360")
    if abs(degrees) > 180:
        raise ValueError("longitude must be between -180 and 180")
    return degrees


def _within(degrees: float, limit: float) -> float:
    """Return degrees; those beyond a limit by no more than rounding are the limit."""
    over = abs(degrees) - limit
    return math.copysign(limit, degrees) if 0 < over <= _ROUNDING else degrees


def is_decimal(text: str) -> bool:
    """Say whether text is a decimal number, with or without an exponent.

    Example:
        >>> [text for text in ("-1.5e3", ".5", "1,5", "nan") if is_decimal(text)]
        ['-1.5e3', '.5']
    """
    return _DECIMAL.fullmatch(text) is not None


def folded(text: str) -> str:
    """Return text in small letters without accents.

    Example:
        >>> folded("Ménaka")
        'menaka'
    """
    letters = unicodedata.normalize("NFKD", unicodedata.normalize("NFKD", text).casefold())
    return "".join(letter for letter in letters if not unicodedata.combining(letter))


def parse_measure(text: str) -> float:
    """Return a decimal number >= 0, NaN for an empty cell.

    Raises:
        ValueError: It is not such a number.
    """
    number = _decimal(text)
    if number < 0 or math.isinf(number):
        raise ValueError("must be finite and not negative")
    return number


def parse_month(text: str) -> str:
    """Return a month as YYYY-MM, also where its first day is given.

    Raises:
        ValueError: It has another form.
    """
    day = _MONTH.fullmatch(text.strip())
    month = day[1] if day else text.strip()
    if not is_month(month):
        raise ValueError("must be a month as YYYY-MM")
    return month


def date_parser(form: str) -> Callable[[str], date]:
    """Return a parser of dates.

    Args:
        form: ``iso`` for YYYY-MM-DD with or without a time of day, of which the local date is
            taken; otherwise a format of ``datetime.strptime``.

    Example:
        >>> date_parser("%d/%m/%Y")("03/04/2026")
        datetime.date(2026, 4, 3)
    """
    return _iso_date if form == "iso" else lambda text: _formed_date(text, form)


def choice_parser(choices: Collection[str]) -> Callable[[str], str]:
    """Return a parser of one code list."""

    def parse(text: str) -> str:
        if text not in choices:
            raise ValueError(f"must be one of {', '.join(choices)}, or be translated in the map")
        return text

    return parse


def translated(parse: Parser, translation: Mapping[str, str]) -> Parser:
    """Return a parser that first looks up what a word means.

    Args:
        parse: Parser of the meaning.
        translation: Words, without spaces around them, and their meaning.

    Example:
        >>> translated(choice_parser(["near"]), {"town": "near"})(" town ")
        'near'
    """
    if parse in (clean_text, known_text) and not translation:
        return parse

    def parse_word(text: str) -> object:
        word = clean_text(text)
        return parse(translation.get(word, word))

    return parse_word


def decimal_comma(parse: Parser) -> Parser:
    """Return a parser of numbers with a decimal comma in place of a decimal point.

    Example:
        >>> decimal_comma(parse_latitude)("14,83")
        14.83
    """

    def parse_number(text: str) -> object:
        if "." in text:
            raise ValueError("must be a decimal number with a decimal comma")
        return parse(text.replace(",", "."))

    return parse_number


def _decimal(text: str) -> float:
    text = text.strip()
    if text in ("", _MISSING):
        return float("nan")
    if not is_decimal(text):
        comma = ": write a decimal point, not a comma, or give --decimal , (to `ingest csv`)"
        hint = comma if "," in text else ""
        raise ValueError(f"must be a decimal number{hint}")
    return float(text)


def _iso_date(text: str) -> date:
    match = _ISO.fullmatch(text.strip())
    if match is None:
        hint = " (is it a spreadsheet's serial number?)" if text.strip().isdigit() else ""
        raise ValueError(f"must be a date as YYYY-MM-DD{hint}, or the map must give its format")
    try:
        return date.fromisoformat(match[1])
    except ValueError:
        raise ValueError("must be a date that exists") from None


def _formed_date(text: str, form: str) -> date:
    try:
        return datetime.strptime(text.strip(), form).date()
    except ValueError:
        raise ValueError(f"must be a date in the format {form}") from None

"""How numbers, months, names and models are printed for a reader, rounding included."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from decimal import ROUND_HALF_UP, Decimal

from data.months import month_number
from data.schema import EVENTS
from data.terminal import in_percent

__all__ = [
    "LONGEST_NAME",
    "MISSING",
    "MONTHS",
    "apart",
    "counted",
    "expected",
    "listed",
    "model_words",
    "month_words",
    "months_ahead",
    "percent",
    "points",
    "printable",
    "score",
    "share",
    "short_month",
    "shortened",
    "target_words",
    "whole",
]

MISSING = "–"
# Unicode's control characters, lone surrogates, breaks of lines, and what turns a text's direction.
_CONTROLS = re.compile(r"[\x00-\x1f\x7f-\x9f\ud800-\udfff\u2028\u2029\u202a-\u202e\u2066-\u2069]")
LONGEST_NAME = 60
MONTHS = (
    *("January", "February", "March", "April", "May", "June", "July"),
    *("August", "September", "October", "November", "December"),
)

_MODELS = {
    "zero": "no attack anywhere, a floor to be beaten",
    "last": "a Poisson count at last month's number of attacks",
    "conflictology": "same as the last 12 months, each equally likely to come again",
    "conflictology_36": "same as the last 36 months, each equally likely to come again",
    "conflictology_neighbours": "the last 12 months of the region and of its neighbours",
    "climatology": "all past months of the region, equally likely to come again",
    "local_nb": "the region's own discounted mean with a spread pooled over all regions",
    "nb": "a negative binomial regression on the region's history and surroundings",
    "hurdle_nb": "a regression for whether an attack comes and one for how many",
    "logit": "a logistic regression for whether an attack comes, sizes from the region's mean",
    "hist_gbm": "boosted trees for whether an attack comes, sizes from the region's mean",
    "lgbm_hurdle": "boosted trees for whether an attack comes and for how many",
    "lgbm_forest": "past outcomes of region-months that a forest of trees finds alike",
    "blend": "a weighted pool of unlike models, weighted by their past scores",
}


def percent(share: float | None) -> str:
    """Return a probability in the whole percents that it reaches; never a flat 0 or 100.

    It is cut, not rounded: levels and likelihood words begin at whole percents, and 0.546 printed
    as 55 % would stand beside "elevated, 20-55 %". Draws cannot prove a 0 or a 100.

    Example:
        >>> percent(0.634), percent(0.546), percent(0.0), percent(0.999), percent(None)
        ('63 %', '54 %', '<1 %', '>99 %', '–')
    """
    if share is None or math.isnan(share):
        return MISSING
    exact = 100 * Decimal(str(float(share)))
    return "<1 %" if exact < 1 else ">99 %" if exact > 99 else f"{int(exact)} %"


def share(part: float | None, *, digits: int = 0, signed: bool = False) -> str:
    """Return a share of what was observed, or a skill, in percent, where 0 and 100 can be proven.

    Example:
        >>> share(0.0), share(0.634), share(1.0), share(-0.0613, digits=1, signed=True)
        ('0 %', '63 %', '100 %', '−6.1 %')
    """
    if part is None or math.isnan(part):
        return MISSING
    return in_percent(part, digits=digits, signed=signed).replace("-", "−")


def score(value: float | None) -> str:
    """Return a score with four decimals.

    Example:
        >>> score(0.04123), score(None)
        ('0.0412', '–')
    """
    return MISSING if value is None or math.isnan(value) else f"{value:.4f}"


def expected(count: float | None) -> str:
    """Return an expected count with one decimal.

    Example:
        >>> expected(1234.56), expected(0.04)
        ('1,234.6', '0.0')
    """
    return MISSING if count is None or math.isnan(count) else f"{count:,.1f}"


def whole(count: float | None) -> str:
    """Return a count or a quantile without needless decimals: one below ten, none above.

    Example:
        >>> whole(1048.0), whole(0.5), whole(141.2)
        ('1,048', '0.5', '141')
    """
    if count is None or math.isnan(count):
        return MISSING
    rounded = round(count, 1)
    plain = rounded == int(rounded) or abs(rounded) >= 10
    return f"{count:,.0f}" if plain else f"{count:,.1f}"


def points(change: float | None, *, digits: int = 0) -> str:
    """Return a change of a probability in percentage points, with its sign.

    Example:
        >>> points(0.123), points(-0.05), points(0.001), points(-0.0123, digits=1)
        ('+12', '−5', '±0', '−1.2')
    """
    if change is None or math.isnan(change):
        return MISSING
    if digits:
        return in_percent(change, digits=digits, signed=True, unit="").replace("-", "−")
    rounded = _half_up(change)
    return "±0" if rounded == 0 else f"{'+' if rounded > 0 else '−'}{abs(rounded)}"


def _half_up(share: float) -> int:
    """Return whole hundredths, halves away from zero as spreadsheets have it."""
    return int((100 * Decimal(str(float(share)))).to_integral_value(ROUND_HALF_UP))


def counted(number: float, word: str = "attack") -> str:
    """Return a number with its word, in the plural unless it is 1.

    Example:
        >>> counted(1), counted(1200, "death")
        ('1 attack', '1,200 deaths')
    """
    return f"{number:,.0f} {word}{'' if number == 1 else 's'}"


def months_ahead(horizon: int) -> str:
    """Return a horizon in words.

    Example:
        >>> months_ahead(1), months_ahead(3)
        ('1 month ahead', '3 months ahead')
    """
    return f"{horizon} month{'' if horizon == 1 else 's'} ahead"


def listed(names: Sequence[str]) -> str:
    """Return names as a list in a sentence.

    Example:
        >>> listed(["Gao"]), listed(["Gao", "Soum", "Yobe"])
        ('Gao', 'Gao, Soum and Yobe')
    """
    return " and ".join([", ".join(names[:-1]), names[-1]] if len(names) > 1 else names)


def target_words(target: str) -> str:
    """Return a target as a reader calls it.

    Example:
        >>> target_words("events"), target_words("deaths_state_based")
        ('attacks', 'deaths state based')
    """
    return "attacks" if target == EVENTS else target.replace("_", " ")


def month_words(month: str) -> str:
    """Return a month in words.

    Example:
        >>> month_words("2021-01")
        'January 2021'
    """
    year, place = divmod(month_number(month), len(MONTHS))
    return f"{MONTHS[place]} {year}"


def short_month(month: str) -> str:
    """Return a month for narrow places.

    Example:
        >>> short_month("2021-01")
        'Jan 2021'
    """
    name, year = month_words(month).split()
    return f"{name[:3]} {year}"


def printable(text: str) -> str:
    r"""Return text in which control characters show as a replacement mark.

    So do those that turn the direction of the text after them.

    Example:
        >>> printable("a\x00b"), printable("\u202eabc")
        ('a\ufffdb', '\ufffdabc')
    """
    return _CONTROLS.sub("\ufffd", text)


def shortened(name: object) -> str:
    r"""Return a name as one printable line, cut where it is very long.

    Example:
        >>> shortened("a\nb"), len(shortened("x" * 300))
        ('a b', 60)
    """
    text = printable(" ".join(str(name).split()))
    return text if len(text) <= LONGEST_NAME else f"{text[: LONGEST_NAME - 1]}…"


def apart(name: object) -> str:
    r"""Return a shortened name whose direction of writing does not reach the text around it.

    For places where no element can keep it apart, such as titles and attributes.

    Example:
        >>> apart("Mopti") == "\u2068Mopti\u2069"
        True
    """
    return f"\u2068{shortened(name)}\u2069"


def model_words(name: str) -> str:
    """Return what a model does, by the first word of its name; empty where it is not known.

    Example:
        >>> model_words("conflictology (refitted)")
        'same as the last 12 months, each equally likely to come again'
    """
    return _MODELS.get(name.split(" ", maxsplit=1)[0], "")

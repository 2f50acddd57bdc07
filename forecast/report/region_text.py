"""One region of an issue for the terminal: figures, small bars, change, reasons, notes."""

from __future__ import annotations

from collections.abc import Sequence

from data.months import month_number
from data.terminal import one_line
from experiments.bands import level_bands
from experiments.phases import YEAR
from forecast.report.region_view import RegionView
from forecast.report.rows import Row, reasons_of
from forecast.sections.outlook import MONTHS
from forecast.text.sections import Cell, Section, shown
from forecast.text.wording import (
    MISSING,
    expected,
    month_words,
    percent,
    points,
    short_month,
    shortened,
    whole,
)

__all__ = ["bars", "region_text"]

BARS = "▁▂▃▄▅▆▇█"
NONE, UNKNOWN = "·", "?"

# Sections that have words of their own here, or that repeat others.
_WORDED = ("changes", "movers_up", "movers_down", f"next_{MONTHS}_months", "by_deaths")
_PARTS = {
    "new_month": "new month",
    "revised_data": "revised data",
    "other_model": "other model",
    "revised_or_model": "revised data or other model",
}
_SHOWN_ABOVE = ("region_id", "region", "country", *_PARTS, "change_p_attack", "p_attack_previous")


def region_text(region: RegionView) -> str:
    """Return all that an issue says of a region, in lines that no name can break."""
    first = region.rows[0]
    lines = [
        f"{shortened(first['region'])}, {shortened(first['country'])} ({first['region_id']})",
        f"issue {region.view.name}, from data through {month_words(first['origin'])}",
    ]
    for row in region.rows:
        lines += ["", *_forecast_lines(region, row)]
    lines += _titled("Past months", _history_lines(region))
    lines += _titled("What changed", _change_lines(region))
    lines += _titled("Why", _reason_lines(region))
    lines += _titled("In other sections", _mention_lines(region.mentions))
    lines += _titled("Notes", list(region.notes))
    return "\n".join(one_line(line) for line in lines)


def bars(counts: Sequence[int | None], most: int) -> str:
    """Return one sign a month: a bar by height, a dot for none, a question mark for unknown.

    Args:
        counts: Counts a month; None where unobserved.
        most: The count of a whole bar.

    Example:
        >>> bars([0, 1, 4, 8, None], 8)
        '·▁▄█?'
    """
    return "".join(
        UNKNOWN if n is None else NONE if n == 0 else BARS[-(-n * len(BARS) // most) - 1]
        for n in counts
    )


def _titled(title: str, lines: list[str]) -> list[str]:
    return ["", title, *(f"  {line}" for line in lines)] if lines else []


def _forecast_lines(region: RegionView, row: Row) -> list[str]:
    month = month_words(row["target_month"])
    if row["level"] is None:
        return [month, f"  no forecast: the newest month is {row['data_status']} here"]
    table = region.view.table
    ranked = int((table["horizon"] == row["horizon"]).sum())
    band = level_bands(region.view.cuts)[row["level"]]
    facts = {
        "level": f"{row['level']} ({band}), rank {row['rank']} of {ranked}",
        "attack": f"{percent(row['p_attack'])}, {row['likelihood']}",
        "escalation": f"{percent(row['p_escalation'])}; likeliest: {row['phase']}",
        "attacks": _counts(row, "events"),
        "deaths": _counts(row, "deaths"),
        "25 deaths": f"{percent(row['p_deaths_25'])} for 25 or more",
        f"{MONTHS} months": _next_words(region),
        "confidence": f"{row['confidence']}: {row['confidence_reason']}",
    }
    if row["expected_deaths"] is None:
        del facts["deaths"], facts["25 deaths"]
    if row is not region.rows[0]:
        del facts[f"{MONTHS} months"]
    return [month, *(f"  {name:<11} {text}" for name, text in facts.items() if text)]


def _counts(row: Row, target: str) -> str:
    low, high = (whole(row[f"{target}_{end}"]) for end in ("p05", "p95"))
    return (
        f"{expected(row[f'expected_{target}'])} expected, {low} to {high} in nine of ten draws;"
        f" last month {whole(row[f'last_{target}'])}, mean of {YEAR} months"
        f" {expected(row[f'mean12_{target}'])}"
    )


def _next_words(region: RegionView) -> str:
    rows = region.mention(f"next_{MONTHS}_months")
    if not rows:
        return ""
    return f"{shown(rows[0]['p_attack_3_months'], 'percent')} for at least one attack"


def _history_lines(region: RegionView) -> list[str]:
    """Return a line a calendar year and measure, all of one measure to one scale."""
    lines = []
    for name, counts in region.history.items():
        known = [n for n in counts if n is not None]
        word = "attacks" if name == "events" else name
        if not any(known):
            unknown = f", {UNKNOWN} unobserved" if len(known) < len(counts) else ""
            lines.append(f"{word}: none since {short_month(region.months[0])}{unknown}")
            continue
        lines.append(f"{word}, {BARS[-1]} = {max(known):,}, {NONE} = none")
        lines += _year_lines(region.months, counts, max(known))
    return lines


def _year_lines(months: tuple[str, ...], counts: Sequence[int | None], most: int) -> list[str]:
    lines = []
    for year in sorted({month[:4] for month in months}):
        places = [place for place, month in enumerate(months) if month[:4] == year]
        start = month_number(months[places[0]]) % YEAR
        some = [counts[place] for place in places]
        numbers = " ".join(MISSING if n is None else f"{n:,}" for n in some)
        drawn = f"{' ' * start}{bars(some, most)}"
        lines.append(f"  {year} {drawn:<{YEAR}}  {numbers}")
    return lines


def _change_lines(region: RegionView) -> list[str]:
    lines = []
    before = ", ".join(dict.fromkeys(region.view.manifest["previous"].values()))
    for row in region.mention("changes"):
        if row["change_p_attack"] is None:
            continue
        month = f"{month_words(str(row['target_month']))}: " if "target_month" in row else ""
        parts = [f"{word} {_points(row[name])}" for name, word in _PARTS.items() if name in row]
        moved = [
            f"{shown(row['p_attack_previous'], 'percent')} to {shown(row['p_attack'], 'percent')}",
            f"rank {row['rank_previous']} to {row['rank']}",
            f"{row['level_previous']} to {row['level']}",
        ]
        start = f"{month}{_points(row['change_p_attack'])} points since {before}"
        lines += [f"{start}: {', '.join(moved)}", f"of it {', '.join(parts)}"]
    return lines


def _points(value: Cell) -> str:
    """Return a change in percentage points with one decimal, so that parts are seen to add up."""
    return points(None if value is None else float(value), digits=1)


def _reason_lines(region: RegionView) -> list[str]:
    lines = []
    for row in region.rows:
        month = f"{month_words(row['target_month'])}: " if len(region.rows) > 1 else ""
        lines += [f"{month}{reason}" for reason in reasons_of(row)]
    return lines


def _mention_lines(sections: Sequence[Section]) -> list[str]:
    """Return one line a row of the sections that have no words of their own here."""
    lines = []
    for section in sections:
        if section.name in _WORDED:
            continue
        shown = [n for n, c in enumerate(section.columns) if c.name not in _SHOWN_ABOVE]
        for texts in section.texts():
            cells = "; ".join(f"{section.columns[n].title} {shortened(texts[n])}" for n in shown)
            lines.append(f"{section.title}: {cells}")
    return lines

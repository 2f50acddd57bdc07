"""What UCDP calls its releases of GED, and which months each of them covers.

Below the readers, as the store and the proposal of a map need the names without reading a file.
"""

from __future__ import annotations

import re

from data.errors import ConfigError

__all__ = ["is_yearly", "release_coverage", "release_of"]

_YEARLY = re.compile(r"(\d{2})\.[1-9]")
_MONTHLY = re.compile(r"(\d{2})\.0\.([1-9]|1[0-2])")
_CUMULATIVE = re.compile(r"(\d{2})\.01\.\1\.(0[1-9]|1[0-2])")
_NAMED = re.compile(r"(?:v|candidate_|ged_?)(\d{2}(?:[_.]\d{1,2}){1,3})(?!\d)")
_JOINED = re.compile(r"ged_?(\d{2})([1-9])(?!\d)")
_FIRST_MONTH = "1989-01"


def release_of(name: str) -> str | None:
    """Return the release that a file's name tells, or None.

    Example:
        >>> release_of("ged241-csv.zip"), release_of("GEDEvent_v26_0_8.csv")
        ('24.1', '26.0.8')
    """
    lower = name.lower().replace("-", "_")
    named = _NAMED.search(lower)
    if named:
        return named[1].replace("_", ".")
    joined = _JOINED.search(lower)
    return f"{joined[1]}.{joined[2]}" if joined else None


def release_coverage(release: str) -> tuple[str, str]:
    """Return the first and last month that a release of UCDP GED covers.

    Args:
        release: Yearly ``YY.1`` reaches to the end of the year before; a monthly candidate
            ``YY.0.M`` holds that month; a cumulative one ``YY.01.YY.MM`` January to that month.

    Raises:
        ConfigError: The release has another form.

    Example:
        >>> release_coverage("21.1"), release_coverage("23.0.10")
        (('1989-01', '2020-12'), ('2023-10', '2023-10'))
    """
    if match := _YEARLY.fullmatch(release):
        return _FIRST_MONTH, f"{1999 + int(match[1])}-12"
    if match := _MONTHLY.fullmatch(release):
        month = f"20{match[1]}-{int(match[2]):02d}"
        return month, month
    if match := _CUMULATIVE.fullmatch(release):
        return f"20{match[1]}-01", f"20{match[1]}-{match[2]}"
    raise ConfigError(
        f'"{release}" is no release of UCDP GED: expected a form such as 24.1, 26.0.8 or'
        " 26.01.26.06"
    )


def is_yearly(release: str) -> bool:
    """Say whether a release is a yearly one such as ``24.1``."""
    return _YEARLY.fullmatch(release) is not None

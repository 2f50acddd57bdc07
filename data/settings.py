"""Reading TOML into frozen dataclasses. The dataclasses live in the rooms that use them.

An unknown key, a missing required key or a value of another type is an error that names the
file, the key and, for a near miss, the key that was probably meant.
"""

from __future__ import annotations

import dataclasses
import difflib
import math
import stat
import tomllib
import types
import typing
from collections.abc import Sequence
from pathlib import Path
from typing import Any, TypeVar

from data.errors import ConfigError

__all__ = [
    "build_settings",
    "check_choice",
    "check_number",
    "closest",
    "read_toml",
    "split_names",
    "split_numbers",
]

Settings = TypeVar("Settings")

# What no settings, map or specification needs, and what takes tomllib long.
_MOST_BYTES = 4_000_000
_MOST_DOTS = 1_000
_DEEPEST = 20
_LONGEST_KEY = 1_000
_MOST_SHOWN = 200
_TOO_DEEP = f"expected at most {_DEEPEST} lists or tables within each other, got more"
_NUMBERS = range(-(1 << 63), 1 << 63)


def read_toml(path: Path) -> dict[str, Any]:
    """Read a TOML file.

    Raises:
        ConfigError: The file is absent, too large, not UTF-8 or not TOML, or holds what no setting
            can be: numbers beyond 64 bits, NUL characters, lists in lists without end.
    """
    try:
        text = _bounded_text(path)
        table = tomllib.loads(text)
    except FileNotFoundError:
        raise ConfigError(f"{path}: no such file: check the path") from None
    except OSError as error:
        raise ConfigError(f"{path}: the file could not be read ({error.strerror})") from None
    except RecursionError:
        raise ConfigError(f"{path}: {_TOO_DEEP}") from None
    except ValueError as error:
        raise ConfigError(f"{path}: expected TOML in UTF-8, got other text ({error})") from None
    _check_values(table, path)
    return table


def _bounded_text(path: Path) -> str:
    """Return the text of a regular file of a bounded size."""
    about = path.stat()
    if not stat.S_ISREG(about.st_mode):
        raise ConfigError(f"{path}: expected a file of text, got a folder, a pipe or a device")
    if about.st_size > _MOST_BYTES:
        raise ConfigError(
            f"{path}: expected TOML of at most {_MOST_BYTES:,} bytes, got {about.st_size:,}: check"
            " the path"
        )
    text = path.read_text(encoding="utf-8")
    for number, line in enumerate(text.splitlines(), start=1):
        if line.count(".") > _MOST_DOTS:
            raise ConfigError(f"{path}: expected keys and values, got dots alone in line {number}")
    return text


def _check_values(table: dict[str, Any], path: Path) -> None:
    """Refuse values that no setting has, and that fail far from here."""
    waiting: list[tuple[Any, int]] = [(table, 0)]
    while waiting:
        value, depth = waiting.pop()
        if depth > _DEEPEST:
            raise ConfigError(f"{path}: {_TOO_DEEP}")
        if isinstance(value, dict):
            waiting += [(part, depth + 1) for pair in value.items() for part in pair]
            _check_keys(value, path)
        elif isinstance(value, list):
            waiting += [(part, depth + 1) for part in value]
        elif isinstance(value, str) and "\0" in value:
            raise ConfigError(f"{path}: expected text without NUL characters, got {_shown(value)}")
        elif isinstance(value, int) and value not in _NUMBERS:
            raise ConfigError(f"{path}: expected a number below 2**63, got one of more digits")


def _check_keys(table: dict[str, Any], path: Path) -> None:
    for key in table:
        if len(key) > _LONGEST_KEY:
            raise ConfigError(
                f"{path}: expected keys of at most {_LONGEST_KEY:,} letters, got one of"
                f" {len(key):,}"
            )


def _shown(value: Any) -> str:
    """Return a value as it is written in Python, cut where it is long."""
    text = repr(value)
    return text if len(text) <= _MOST_SHOWN else f"{text[:_MOST_SHOWN]} ..."


def build_settings(kind: type[Settings], table: dict[str, Any], *, where: str) -> Settings:
    """Build a frozen dataclass from a TOML table.

    Args:
        kind: The dataclass; nested dataclasses become nested tables. A field whose name cannot
            be the key's has the key in its metadata.
        table: The parsed table.
        where: What an error names, such as ``escalation.toml [panel]``.

    Raises:
        ConfigError: A key is unknown or missing, or a value has the wrong type.
    """
    hints = typing.get_type_hints(kind)
    fields = {
        field.metadata.get("key", field.name): field
        for field in dataclasses.fields(kind)  # type: ignore[arg-type]
    }
    for key in table:
        if key not in fields:
            raise ConfigError(f'{where}: unknown key "{key}"{closest(key, fields)}')
    values: dict[str, Any] = {}
    for key, field in fields.items():
        if key in table:
            values[field.name] = _convert(hints[field.name], table[key], where=f"{where} {key}")
        elif field.default is dataclasses.MISSING and field.default_factory is dataclasses.MISSING:
            raise ConfigError(f'{where}: the key "{key}" is missing')
    return kind(**values)


def check_choice(name: str, value: str | None, choices: Sequence[str]) -> None:
    """Make sure that a value, where there is one, is one of the choices.

    Raises:
        ConfigError: It is another.
    """
    if value is not None and value not in choices:
        raise ConfigError(f'{name}: expected one of {", ".join(choices)}, got "{value}"')


def check_number(
    name: str, value: float, *, low: float, high: float = math.inf, open_low: bool = False
) -> None:
    """Make sure that a number lies within bounds.

    Args:
        name: What to name in an error.
        value: The number.
        low: Least number.
        high: Largest number.
        open_low: Whether ``low`` itself is too small.

    Raises:
        ConfigError: It is smaller or larger.

    Example:
        >>> check_number("limit", 2, low=0, high=1)
        Traceback (most recent call last):
        data.errors.ConfigError: limit: expected a number from 0 to 1, got 2
    """
    if low <= value <= high and not (open_low and value == low):
        return
    wanted = f"above {low:g}" if open_low else f"of {low:g} or more"
    if high < math.inf:
        wanted = f"above {low:g}, at most {high:g}" if open_low else f"from {low:g} to {high:g}"
    raise ConfigError(f"{name}: expected a number {wanted}, got {value:g}")


def closest(word: str, known: typing.Iterable[str]) -> str:
    """Return a hint at the known word that was probably meant, or the list of all.

    Example:
        >>> closest("evnts", ["events", "deaths"])
        ': did you mean "events"?'
    """
    names = sorted(known)
    near = difflib.get_close_matches(word, names, n=1)
    return f': did you mean "{near[0]}"?' if near else f" (known: {', '.join(names)})"


def split_names(text: str | None) -> tuple[str, ...]:
    """Return names that are joined by commas, each once; none where there is no text.

    Example:
        >>> split_names("Mali, Niger,")
        ('Mali', 'Niger')
    """
    parts = (part.strip() for part in (text or "").split(","))
    return tuple(dict.fromkeys(part for part in parts if part))


def split_numbers(text: str | None) -> tuple[int, ...]:
    """Return whole numbers that are joined by commas, each once; none where there is no text.

    Raises:
        ConfigError: A part is not a whole number of 0 or more.

    Example:
        >>> split_numbers("1, 3,6")
        (1, 3, 6)
    """
    parts = split_names(text)
    for part in parts:
        if not (part.isascii() and part.isdigit()):
            raise ConfigError(f'expected whole numbers such as 1,3,6, got "{text}"')
    return tuple(dict.fromkeys(map(int, parts)))


def _convert(hint: Any, value: Any, *, where: str) -> Any:
    """Check one value against its type hint; lists become tuples, tables become dataclasses."""
    origin = typing.get_origin(hint)
    if origin in (typing.Union, types.UnionType):
        choices = [choice for choice in typing.get_args(hint) if choice is not type(None)]
        return _convert(choices[0], value, where=where)
    if origin is typing.Literal:
        if value not in typing.get_args(hint):
            raise ConfigError(
                f"{where}: expected one of {', '.join(map(str, typing.get_args(hint)))},"
                f" got {_shown(value)}"
            )
        return value
    if origin is tuple and isinstance(value, list):
        inner = typing.get_args(hint)[0]
        return tuple(_convert(inner, item, where=where) for item in value)
    if origin is dict and isinstance(value, dict):
        inner = typing.get_args(hint)[1]
        return {key: _convert(inner, item, where=f"{where}.{key}") for key, item in value.items()}
    if dataclasses.is_dataclass(hint) and isinstance(value, dict):
        return build_settings(typing.cast("type[Any]", hint), value, where=where)
    return value if hint is Any else _convert_plain(hint, value, where=where)


def _convert_plain(hint: Any, value: Any, *, where: str) -> Any:
    """Check a text, number or truth value."""
    if hint is float and isinstance(value, int) and not isinstance(value, bool):
        return float(value)
    plain = typing.get_origin(hint) or hint
    if isinstance(value, plain) and not (plain is int and isinstance(value, bool)):
        return value
    expected = {tuple: "a list", dict: "a table"}.get(plain, plain.__name__)
    raise ConfigError(f"{where}: expected {expected}, got {_shown(value)}")

"""A specification as TOML that ``read_spec`` takes back."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from experiments.backtest.specification import BacktestSpec

__all__ = ["spec_toml"]


def spec_toml(spec: BacktestSpec, *, comment: Sequence[str] = ()) -> str:
    """Return the text of a specification.

    Args:
        spec: What to write; reading the text gives an equal one.
        comment: Lines to put above it.

    Example:
        >>> from experiments.backtest.specification import BacktestSpec
        >>> spec_toml(BacktestSpec(), comment=["the usual one"]).splitlines()[:2]
        ['# the usual one', 'scale = "admin1"']
    """
    table = spec.as_dict()
    models = table.pop("settings")
    lines = [f"# {line}" for line in comment]
    lines += _lines(table, ())
    for name, settings in models.items():
        lines += _lines(settings, ("model", name))
    return "\n".join(lines) + "\n"


def _lines(table: Mapping[str, Any], path: tuple[str, ...]) -> Iterator[str]:
    """Yield a table's plain values under its heading, then the tables in it."""
    if path:
        yield from ("", f"[{'.'.join(map(_key, path))}]")
    inner = {key: value for key, value in table.items() if isinstance(value, Mapping)}
    for key, value in table.items():
        if key not in inner and value is not None:
            yield f"{_key(key)} = {_value(value)}"
    for key, value in inner.items():
        yield from _lines(value, (*path, key))


def _key(key: str) -> str:
    return key if key.replace("_", "").isalnum() and key.isascii() else json.dumps(key)


def _value(value: Any) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, str):
        return json.dumps(value)
    if isinstance(value, (list, tuple)):
        return f"[{', '.join(map(_value, value))}]"
    return repr(value)

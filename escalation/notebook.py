"""How a value shows itself in a notebook: a title, a few facts and tables, all of it escaped."""

from __future__ import annotations

import io
from collections.abc import Mapping, Sequence
from html import escape
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.figure import Figure

__all__ = ["page", "shown", "table"]

_MOST_ROWS = 20
# Notebooks would set what stands between two dollar signs as a formula.
_PLAIN = 'class="escalation tex2jax_ignore mathjax_ignore"'


def page(
    title: str,
    facts: Mapping[str, object] | None = None,
    tables: Mapping[str, pd.DataFrame] | None = None,
    *,
    notes: Sequence[str] = (),
) -> str:
    """Return HTML of a value.

    Args:
        title: What it is.
        facts: What is known of it, by name; None is left out.
        tables: Frames by their heading; of a long one the first rows are shown.
        notes: Sentences that stand below.
    """
    shown = {name: value for name, value in (facts or {}).items() if value is not None}
    listed = "".join(
        f"<li>{escape(name)}: {escape(str(value))}</li>" for name, value in shown.items()
    )
    parts = [f"<p><strong>{escape(title)}</strong></p>", f"<ul>{listed}</ul>" if listed else ""]
    for heading, frame in (tables or {}).items():
        parts += [f"<p>{escape(heading)}</p>", table(frame)]
    parts += [f"<p>{escape(note)}</p>" for note in notes]
    return f"<div {_PLAIN}>{''.join(parts)}</div>"


def table(frame: pd.DataFrame) -> str:
    """Return HTML of a frame's first rows; figures with four digits, a dash where there is none."""
    part = frame.head(_MOST_ROWS)
    html = part.to_html(index=False, border=0, na_rep="–", float_format=_figure, escape=True)
    more = len(frame) - len(part)
    return f"{html}<p>and {more:,} more rows</p>" if more else str(html)


def shown(figure: Figure) -> Figure:
    """Let a figure show itself in a notebook in which nobody has imported pyplot."""

    def png() -> bytes:
        stream = io.BytesIO()
        figure.savefig(stream, format="png", dpi=100)
        return stream.getvalue()

    vars(figure)["_repr_png_"] = png
    return figure


def _figure(value: Any) -> str:
    return f"{value:,.4g}" if abs(value) < 1e4 else f"{value:,.0f}"

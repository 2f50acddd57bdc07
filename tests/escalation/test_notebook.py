"""HTML of values: everything escaped, long tables cut, figures that show themselves."""

import pandas as pd
import pytest
from matplotlib.figure import Figure

from escalation.notebook import page, shown, table

HOSTILE = "<script>alert('x')</script> $x$"


def test_no_text_becomes_markup():
    frame = pd.DataFrame({HOSTILE: [HOSTILE]})
    html = page(HOSTILE, {HOSTILE: HOSTILE}, {HOSTILE: frame}, notes=[HOSTILE])
    assert "<script" not in html
    assert html.count("&lt;script&gt;") == 7
    assert 'class="escalation tex2jax_ignore mathjax_ignore"' in html


def test_a_fact_that_is_not_known_is_left_out():
    html = page("Panel", {"source": "ucdp", "as known on": None})
    assert "<li>source: ucdp</li>" in html
    assert "as known on" not in html


def test_a_long_table_says_how_much_more_there_is():
    html = table(pd.DataFrame({"rank": range(25)}))
    assert html.count("<tr") == 1 + 20
    assert html.endswith("<p>and 5 more rows</p>")


@pytest.mark.parametrize(
    ("value", "text"), [(0.128828, "0.1288"), (98004.0, "98,004"), (None, "–"), (1.0, "1")]
)
def test_figures_are_short_and_what_is_missing_is_a_dash(value, text):
    html = table(pd.DataFrame({"figure": [value]}, dtype="float64"))
    assert f"<td>{text}</td>" in html


def test_a_figure_shows_itself_without_pyplot():
    figure = shown(Figure())
    assert figure._repr_png_().startswith(b"\x89PNG")

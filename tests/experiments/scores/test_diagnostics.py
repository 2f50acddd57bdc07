from __future__ import annotations

import struct
import sys

from experiments.scores.diagnostics import Frame, phase_plot, pit_plot, png_bytes, reliability_plot
from tests.experiments.synthetic import make_forecasts


def _size(png: bytes) -> tuple[int, int]:
    assert png.startswith(b"\x89PNG\r\n\x1a\n")
    return struct.unpack(">II", png[16:24])


def test_plots_are_png_with_a_panel_a_model() -> None:
    five = make_forecasts()
    two = five[five["model"].isin(["last", "wise"])]
    for plot in (reliability_plot, pit_plot):
        (wide, high), (wide_two, high_two) = (_size(png_bytes(plot(f))) for f in (five, two))
        assert wide == wide_two
        assert high == 2 * high_two


def test_the_same_forecasts_give_the_same_bytes() -> None:
    forecasts = make_forecasts({"last": 0.2})
    assert png_bytes(reliability_plot(forecasts)) == png_bytes(reliability_plot(forecasts))


def test_a_model_that_never_sees_an_attack_coming_is_drawn_too() -> None:
    forecasts = make_forecasts({"zero": None})
    assert _size(png_bytes(pit_plot(forecasts)))
    assert _size(png_bytes(reliability_plot(forecasts)))


def test_a_figure_that_stands_alone_has_a_title_and_a_source_and_no_empty_panels() -> None:
    five = make_forecasts()
    two = five[five["model"].isin(["last", "wise"])]
    frame = Frame("Reliability of two models", "Backtest of the test")
    for plot in (reliability_plot, pit_plot, phase_plot):
        figure = plot(two, frame)
        assert {text.get_text() for text in figure.texts} >= {frame.title, frame.source}
        assert len(figure.axes) == 2
        assert [axes.get_title() for axes in figure.axes] == ["last", "wise"]


def test_no_window_system_is_touched() -> None:
    reliability_plot(make_forecasts({"last": 0.2}))
    assert "matplotlib.pyplot" not in sys.modules

"""What ``import escalation`` gives, and what it costs."""

import subprocess
import sys

import pytest

import escalation
from tests.shared import ROOT
from tests.test_layers import HEAVY

TIMED = f"""
import sys, time
began = time.perf_counter()
import escalation
print(time.perf_counter() - began, *({set(HEAVY)!r} & set(sys.modules)))
"""


def test_the_import_is_quick_and_reads_no_heavy_library():
    answers = [
        subprocess.run(
            [sys.executable, "-c", TIMED], cwd=ROOT, capture_output=True, text=True, check=True
        ).stdout.split()
        for _ in range(3)
    ]
    assert [heavy for _, *heavy in answers] == [[]] * 3
    assert min(float(seconds) for seconds, *_ in answers) < 0.1


def test_every_public_name_is_there_and_no_other_is_listed():
    assert escalation.__all__ == sorted(escalation.__all__)
    assert dir(escalation) == escalation.__all__
    assert set(escalation.__all__) == {*escalation._MODULE_OF, "scores"}
    for name in escalation.__all__:
        assert getattr(escalation, name).__doc__, name


def test_a_name_that_is_not_there_is_named():
    with pytest.raises(AttributeError, match="module 'escalation' has no attribute 'Wrkspace'"):
        _ = escalation.Wrkspace


def test_scores_are_those_of_the_experiments():
    from experiments import score_functions

    assert escalation.scores.crps is score_functions.crps
    assert escalation.scores.brier is score_functions.brier
    assert escalation.scores.__all__ == sorted(escalation.scores.__all__)


def test_the_package_says_that_it_is_typed():
    assert (ROOT / "escalation" / "py.typed").exists()

"""When a release is known to have been out."""

from datetime import date

import pytest

from data.store.manifests import usual_publication


@pytest.mark.parametrize(
    ("release", "day"),
    [
        ("23.0.10", date(2023, 11, 30)),
        ("23.0.12", date(2024, 1, 31)),
        ("26.01.26.06", date(2026, 7, 31)),
        ("25.1", date(2025, 6, 30)),
    ],
)
def test_the_usual_day_of_ucdps_releases(release, day):
    assert usual_publication("ucdp", release) == day
    assert usual_publication("mine", release) is None


def test_a_release_of_another_form_has_no_usual_day():
    assert usual_publication("ucdp", "1") is None

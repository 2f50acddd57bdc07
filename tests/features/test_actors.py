import numpy as np

from features.actors import Concentration
from features.signals import Measure
from tests.features.panels import column, panel_of


def test_the_main_attackers_share_is_of_all_attacks_of_two_years():
    events = [[1.0] + [0.0] * 22 + [3.0, 2.0], [0.0] * 25]
    main = [[0.0] * 23 + [3.0, 4.0], [0.0] * 25]
    panel = panel_of(events=events, actor_main=main)
    share = column(panel, Concentration(Measure("actor_main"), Measure("events")))
    assert np.isnan(share[:, :23]).all()
    np.testing.assert_allclose(share[:, 23:], [[3 / 4, 4 / 5], [0, 0]], rtol=1e-6)

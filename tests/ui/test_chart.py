from __future__ import annotations

import numpy as np

from grapheditor.ui.plots.chart import span


def test_a_single_bad_batch_does_not_press_the_curve_flat():
    losses = np.full(1000, 0.5)
    losses[500] = 1e6
    low, high = span([losses], percent=False)
    assert low == 0.0
    assert high < 1.0


def test_a_short_curve_is_shown_whole():
    assert span([np.array([2.3, 0.4, 0.1])], percent=False) == (0.0, 2.3)
    assert span([np.array([-4.0, -5.0])], percent=False) == (-5.0, -4.0)
    assert span([np.array([])], percent=False) == (0.0, 1.0)
    assert span([np.array([0.0, 0.0, np.nan])], percent=False) == (0.0, 1.0)


def test_shares_get_whole_tens():
    assert span([np.array([91.2, 98.4]), np.array([93.0])], percent=True) == (90.0, 100.0)
    assert span([np.array([100.0, 100.0])], percent=True) == (90.0, 100.0)
    assert span([np.array([9.0, 42.0])], percent=True) == (0.0, 50.0)
    assert span([], percent=True) == (0.0, 100.0)

"""Series: they grow, are cut, and are thinned without losing what stands out."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from grapheditor.runs.series import Series

NUMBERS = st.lists(st.floats(allow_nan=True, allow_infinity=False, width=32), min_size=1, max_size=400)


def series(values, start=1, every=1, most=2**22) -> Series:
    made = Series(most)
    made.append(start + every * np.arange(len(values)), np.array(values, float))
    return made


@given(NUMBERS, st.integers(1, 60))
@settings(max_examples=300, deadline=None)
def test_thinned_points_are_points_and_keep_ends_and_extremes(values, pixels):
    made = series(values)
    steps, thin = made.thin(pixels)
    assert len(steps) <= 2 * pixels + 6
    assert (np.diff(steps) > 0).all()
    assert np.array_equal(made.values[steps - 1], thin, equal_nan=True)
    assert steps[0] == 1
    assert steps[-1] == len(values)
    if not np.isnan(values).all():
        assert np.nanmin(thin) == np.nanmin(values)
        assert np.nanmax(thin) == np.nanmax(values)
    if len(values) <= 2 * pixels:
        assert len(steps) == len(values)


def test_one_point_that_stands_out_in_a_million_is_seen():
    values = np.zeros(1_000_000)
    values[123_457] = 5
    values[765_432] = -5
    values[500_000:500_100] = np.nan
    steps, thin = series(values).thin(1000)
    assert len(steps) <= 2_006
    assert thin[steps == 123_458] == [5]
    assert thin[steps == 765_433] == [-5]


@pytest.mark.parametrize("count", range(40, 60))
@pytest.mark.parametrize("place", [0, 20, -2])
def test_extremes_beside_what_is_no_number_and_at_the_end_are_kept(count, place):
    values = np.zeros(count)
    values[1] = np.nan
    values[place] = 5
    values[place - 2] = -5
    thin = series(values).thin(4)[1]
    assert {5, -5} <= set(thin.tolist())


def test_zoomed_in_it_is_exact_and_its_lines_leave_the_picture():
    made = series(range(1000), every=10)
    steps, values = made.thin(100, 200, 300)
    assert steps.tolist() == list(range(191, 302, 10))
    assert values.tolist() == list(range(19, 31))
    assert made.thin(100, 20_000, 30_000)[0].tolist() == [9991]
    assert len(Series().thin(10)[0]) == 0


@given(st.lists(st.tuples(st.integers(0, 60), st.integers(0, 20), st.booleans()), max_size=20))
@settings(max_examples=300, deadline=None)
def test_it_is_what_was_said_last(changes):
    made, model = Series(), {}
    for at, count, cut in changes:
        if cut:
            made.cut(at)
            model = {step: value for step, value in model.items() if step <= at}
        else:
            steps = at + np.arange(count)
            values = np.random.default_rng(at).random(count)
            made.append(steps, values)
            if count:
                model = {step: value for step, value in model.items() if step < at}
                model |= dict(zip(steps.tolist(), values.tolist(), strict=True))
        assert dict(zip(made.steps.tolist(), made.values.tolist(), strict=True)) == model


def test_what_it_returns_cannot_be_changed():
    made = series([1, 2])
    with pytest.raises(ValueError, match="read-only"):
        made.values[0] = 3


def test_its_memory_is_bounded_and_extremes_stay():
    most = 1000
    made = Series(most)
    draw = np.random.default_rng(1)
    everything = draw.random(50_000)
    everything[17] = 9
    everything[30_000] = -9
    for first in range(0, 50_000, 250):
        made.append(first + 1 + np.arange(250), everything[first : first + 250])
        assert len(made) <= most + 8
        assert made.steps[-1] == first + 250
        assert len(made._steps) <= most + 258
    assert not made.exact
    assert series(everything).exact
    assert np.array_equal(made.values, everything[made.steps - 1])
    assert {-9.0, 9.0} <= set(made.values.tolist())
    assert made.values[-250:].tolist() == everything[-250:].tolist()
    assert len(series(everything, most=most)) <= most

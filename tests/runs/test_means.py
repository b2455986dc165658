"""Means over steps and over runs, compared with loops that anybody can read."""

from __future__ import annotations

import numpy as np
import pytest

from grapheditor.runs.means import BLOCK, Smoothed, over_runs
from grapheditor.runs.reader import is_share


def plainly(values, length):
    keep, total, weight, found = 1 - 1 / length, 0.0, 0.0, []
    for value in values:
        there = np.isfinite(value)
        total = keep * total + (1 - keep) * (value if there else 0.0)
        weight = keep * weight + (1 - keep) * there
        found.append(total / weight if weight else np.nan)
    return np.array(found)


@pytest.mark.parametrize("length", [2, 10, 1000])
@pytest.mark.parametrize("count", [1, BLOCK, 3 * BLOCK + 17])
def test_a_smoothed_series_is_the_exponential_mean_of_all_before(length, count):
    values = np.random.default_rng(count).standard_normal(count) + 5
    if count > 1:
        values[[0, count // 2, count - 1]] = np.nan, np.inf, np.nan
    found = Smoothed(length).of(np.arange(count), values)
    np.testing.assert_allclose(found, plainly(values, length), rtol=1e-9)


def test_a_series_that_grows_is_smoothed_as_if_it_had_always_been_there():
    values = np.random.default_rng(0).standard_normal(2000)
    steps = np.arange(2000)
    growing = Smoothed(50)
    for count in (1, 2, 600, 601, 1700, 2000):
        found = growing.of(steps[:count], values[:count])
    np.testing.assert_allclose(found, plainly(values, 50), rtol=1e-9)


def test_what_is_made_again_differently_is_smoothed_anew():
    values = np.random.default_rng(0).standard_normal(700)
    growing = Smoothed(50)
    growing.of(np.arange(700), values)
    np.testing.assert_allclose(growing.of(np.arange(300), values[:300]), plainly(values[:300], 50), rtol=1e-9)
    other = np.concatenate([values[:100], values[:600] + 3])
    np.testing.assert_allclose(growing.of(np.arange(700), other), plainly(other, 50), rtol=1e-9)


@pytest.mark.parametrize("gap", [False, True])
def test_runs_of_several_lengths_have_a_mean_over_those_that_had_got_there(gap):
    rows = [np.array([1.0, 2.0, 4.0, 8.0]), np.array([3.0, 2.0, 5.0]), np.array([5.0, np.nan if gap else 2.0])]
    steps, mean, deviation = over_runs([(np.arange(1, len(row) + 1), row) for row in rows])
    assert steps.tolist() == [1, 2, 3, 4]
    np.testing.assert_allclose(mean, [3.0, 2.0, 4.5, 8.0])
    np.testing.assert_allclose(deviation, [2.0, 0.0, np.sqrt(0.5), 0.0])


def test_a_deviation_keeps_its_digits_far_from_zero():
    rows = [1e10 + np.array([0.0, 1.0]), 1e10 + np.array([2.0, 1.0])]
    _, mean, deviation = over_runs([(np.arange(2), row) for row in rows])
    np.testing.assert_allclose(mean - 1e10, [1.0, 1.0])
    np.testing.assert_allclose(deviation, [np.sqrt(2), 0.0])


def test_runs_that_measured_at_other_steps_are_read_between_their_points():
    steps, mean, _ = over_runs([(np.array([0, 10]), np.array([0.0, 10.0])), (np.array([5]), np.array([7.0]))])
    assert steps.tolist() == [0, 5, 10]
    np.testing.assert_allclose(mean, [0.0, 6.0, 10.0])
    assert [len(part) for part in over_runs([])] == [0, 0, 0]


def test_what_is_written_as_per_cent_is_what_the_metrics_call_a_share():
    from grapheditor.training.metrics import METRICS

    for name, metric in METRICS.items():
        for written in (name, f"validation_{name}", f"test_loss2.{name}"):
            assert is_share(written) == (metric.unit == "share"), written
    assert is_share("train_accuracy")
    assert is_share("top1_accuracy")
    assert not is_share("validation_loss")

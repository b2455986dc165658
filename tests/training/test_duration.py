"""How long an epoch takes is foretold by a few of its steps, and by what is held out."""

from __future__ import annotations

import math
from pathlib import Path

import pytest
from small import small_graph

from grapheditor.training import duration
from grapheditor.training.duration import foretell_duration
from grapheditor.training.trial import Trial


class Clock:
    """A clock that only those advance who take time."""

    def __init__(self) -> None:
        self.now = 0.0

    def perf_counter(self) -> float:
        return self.now


@pytest.fixture
def clock(monkeypatch):
    made = Clock()
    monkeypatch.setattr(duration, "time", made)
    return made


def test_an_epoch_is_its_batches_and_what_is_held_out(clock, monkeypatch):
    trial = Trial(small_graph(batch=100, epochs=7, validation=0.1), "cpu", Path())
    costs = iter([50.0, 3.0, 2.0, 4.0])
    step, evaluate = trial.step, type(trial.setup).evaluate

    def slow_step(samples, batch):
        clock.now += next(costs)
        return step(samples, batch)

    def slow_evaluation(setup, feed, samples, *rest):
        clock.now += 0.5 * len(samples) / 100
        return evaluate(setup, feed, samples, *rest)

    monkeypatch.setattr(trial, "step", slow_step)
    monkeypatch.setattr(type(trial.setup), "evaluate", slow_evaluation)
    found = foretell_duration(trial)
    held, learned = len(trial.setup.held), len(trial.setup.learn)
    assert found.batch == 3.0, "the median, without the first"
    assert found.batches == math.ceil(learned / 100)
    assert found.measuring == pytest.approx(0.5 * math.ceil(held / 100))
    assert found.epoch == pytest.approx(3.0 * found.batches + found.measuring)
    assert found.describe()["seconds"] == pytest.approx(7 * found.epoch)


def test_steps_that_add_gradients_up_have_several_batches():
    trial = Trial(small_graph(batch=50, accumulate=4, epoch_batches=10, validation=0.0), "cpu", Path())
    found = foretell_duration(trial, 1)
    assert found.batches == 12, "three steps of four batches"
    assert found.measuring == 0.0

"""Following a run: by another process that makes it, and by files alone."""

from __future__ import annotations

import time

import numpy as np
import pytest
from made import make_run

from grapheditor.runs.errors import RunError
from grapheditor.runs.following import LATELY, Follower
from grapheditor.runs.lease import Lease
from grapheditor.runs.metrics import Writer
from grapheditor.runs.record import Progress, update_record
from grapheditor.runs.series import Series


def test_a_look_shows_what_was_measured_and_the_next_only_reads_on(run):
    follower = Follower(run)
    assert not follower.look().steps
    with Writer(run, interval=0) as writer:
        writer.steps(0, {"loss": [3.0, 2.0]})
        first = follower.look()
        writer.steps(2, {"loss": [1.0]})
        writer.epoch(1, 3, {"train_loss": 2.0})
    assert first.grown
    assert first.steps["loss"].values.tolist() == [3.0, 2.0]
    second = follower.look()
    assert second.steps["loss"].steps.tolist() == [1, 2, 3]
    assert second.epochs["train_loss"].values.tolist() == [2.0]
    assert (second.step, second.epoch) == (3, 1)
    assert first.steps["loss"].values.tolist() == [3.0, 2.0], "what was shown changes"
    assert not follower.look().grown


def test_a_run_that_stands_still_is_told_from_one_that_is_slow(run, monkeypatch):
    follower = Follower(run)
    now = time.time()
    with Lease(run) as lease, Writer(run, interval=0) as writer:
        for second in range(3):
            writer.steps(10 * second, {"loss": [0.0] * 10})
            assert not follower.look(now=float(second)).hangs
        monkeypatch.setattr("grapheditor.runs.lease.time.time", lambda: now + 2.5)
        assert follower.look(now=4.0).hangs
        assert follower.look(now=30.0).hangs, "it makes no steps for so long that nothing is left of its rate"
        lease.beat(30, doing="measuring validation", seconds=600)
        assert not follower.look(now=31.0).hangs, "what has no steps says so"


def test_what_was_seen_stays_while_a_resumed_run_writes_other_numbers(run):
    with Writer(run, interval=0) as writer:
        writer.steps(0, {"loss": list(np.arange(100.0))})
    follower = Follower(run)
    before = follower.look()
    with Writer(run, interval=0, resumed=10) as writer:
        writer.steps(10, {"loss": [-1.0, -2.0]})
    after = follower.look()
    assert before.steps["loss"].values.tolist() == list(np.arange(100.0)), "what was shown changes"
    assert after.steps["loss"].values.tolist() == [*np.arange(10.0), -1.0, -2.0]


def test_a_run_of_another_process_lives_until_it_is_killed(run, other):
    process = other(run, "lease.beat(7, doing='step'); print('beaten', flush=True); sys.stdin.read(1)")
    assert (process.line(), process.line()) == ("taken", "beaten")
    follower = Follower(run)
    sight = follower.look()
    assert (sight.look.state, sight.step) == ("running", 7)
    process.kill()
    assert follower.look().look.state == "died"


def test_the_rate_is_that_of_the_last_seconds_and_tells_the_time_left(run):
    update_record(run, progress=Progress(epochs=1, steps=1000))
    follower = Follower(run)
    with Lease(run), Writer(run, interval=0) as writer:
        made = 0
        for second in range(20):
            each = 100 if second < 10 else 20
            writer.steps(made, {"loss": [0.0] * each})
            made += each
            sight = follower.look(now=float(second))
        assert sight.rate == pytest.approx(20)
        assert sight.seconds_left is None, "more steps were made than there should be"
        update_record(run, progress=Progress(epochs=1, steps=made + 100))
        sight = follower.look(now=20.0)
        assert sight.seconds_left == pytest.approx(100 / sight.rate)
        assert follower.look(now=20.0 + 3 * LATELY).rate < 1
        update_record(run, state="paused")
        assert follower.look(now=40.0).rate == 0


def test_what_was_seen_stays_when_a_long_series_is_thinned():
    series = Series(most=100)
    series.append(np.arange(80), np.arange(80.0))
    seen = series.values
    series.append(np.arange(80, 160), np.arange(80.0))
    assert seen.tolist() == list(np.arange(80.0))


def test_a_long_file_is_read_piece_by_piece(run, monkeypatch):
    monkeypatch.setattr("grapheditor.runs.following.PIECE", 1000)
    monkeypatch.setattr("grapheditor.runs.reader.BLOCK", 1000)
    with Writer(run, interval=0) as writer:
        for first in range(0, 1000, 10):
            writer.steps(first, {"loss": [float(first)] * 10})
    follower, counts = Follower(run), []
    while (sight := follower.look()).more:
        counts.append(len(sight.steps["loss"].values))
    assert counts == sorted(set(counts))
    assert len(counts) > 3
    assert len(sight.steps["loss"].values) == 1000


def test_what_is_no_run_is_refused(tmp_path):
    with pytest.raises(RunError):
        Follower(tmp_path).look()
    run = make_run(tmp_path)
    (run / "run.json").unlink()
    with pytest.raises(RunError):
        Follower(run).look()

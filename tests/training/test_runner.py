"""The runner: a real process, real frames, and the ways in which it ends."""

from __future__ import annotations

import os
import queue
import signal
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest
from small import small_graph, with_objective

from grapheditor.compile import compile_graph
from grapheditor.engine.channel import Channel
from grapheditor.engine.client import Child
from grapheditor.engine.messages import Failed, Finished, Message, Started, Stop, Train
from grapheditor.graph import write_text
from grapheditor.runs.following import Follower
from grapheditor.runs.record import read_record
from grapheditor.training.run import load_weights

PATIENCE = 120
LONG = 1_000_000


class Runner:
    """A runner's process, and what it says."""

    def __init__(self) -> None:
        self.said: queue.Queue[Message | None] = queue.Queue()
        self.code: int | None = None
        self.log = ""
        self.child = Child("runner", self.said.put, self._ended)

    def _ended(self, code: int, log: str) -> None:
        self.code, self.log = code, log
        self.said.put(None)

    def until(self, kind: type[Message]):
        """Wait for a message of this kind; the process must not end before."""
        while (message := self.said.get(timeout=PATIENCE)) is not None:
            if isinstance(message, kind):
                return message
        raise AssertionError(f"it ended with {self.code} before any {kind.__name__}:\n{self.log}")

    def until_steps(self) -> Path:
        """Wait until it has made steps; return its folder."""
        folder = Path(self.until(Started).run)
        follower = Follower(folder)
        while not follower.look().step:
            assert self.child.alive, self.log
        return folder

    def rest(self) -> list[Message]:
        """Wait for the end, and return what was said until then."""
        found = []
        while (message := self.said.get(timeout=PATIENCE)) is not None:
            found.append(message)
        return found


@pytest.fixture
def runner():
    """Return a runner that is gone when the test ends."""
    made = Runner()
    yield made
    made.child.kill()
    made.child.close()
    made.child._process.stdout.close()


def order(folder: Path, epochs: int = LONG, **recipe) -> Train:
    return Train(write_text(small_graph(epochs=epochs, **recipe)), str(folder), "small")


def assert_usable(run: str, state: str) -> None:
    assert read_record(Path(run)).state == state
    compile_graph(small_graph()).module().load_state_dict(load_weights(Path(run)))


def test_it_trains_and_ends_by_itself(runner: Runner, tmp_path: Path) -> None:
    runner.child.send(order(tmp_path, epochs=1))
    started, *others, finished = runner.rest()
    assert isinstance(started, Started)
    assert isinstance(finished, Finished)
    assert others == [], "how it goes is read in its folder"
    assert not finished.stopped
    assert finished.result["epochs"] == 1
    assert finished.result["metrics"]["test_accuracy"] > 0.5
    assert runner.code == 0
    assert_usable(started.run, "finished")


def test_stop_leaves_a_checkpoint(runner: Runner, tmp_path: Path) -> None:
    runner.child.send(order(tmp_path))
    runner.until_steps()
    runner.child.send(Stop())
    finished = runner.until(Finished)
    assert finished.stopped
    assert_usable(finished.result["run"], "stopped")
    assert runner.rest() == []
    assert runner.code == 0


def test_it_ends_when_the_window_is_gone(runner: Runner, tmp_path: Path) -> None:
    runner.child.send(order(tmp_path))
    folder = runner.until_steps()
    runner.child.close(PATIENCE)
    assert runner.code == 0, runner.log
    assert_usable(str(folder), "stopped")


def test_it_ends_when_nobody_listens_any_more(tmp_path: Path) -> None:
    """A window that was killed leaves both pipes broken; the run still ends with a checkpoint."""
    process = subprocess.Popen(
        [sys.executable, "-m", "grapheditor.engine.runner"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
    )
    assert process.stdin is not None and process.stdout is not None
    channel = Channel(process.stdout, process.stdin)
    channel.send(order(tmp_path))
    started = channel.receive()
    assert isinstance(started, Started)
    process.stdout.close()
    process.stdin.close()
    try:
        assert process.wait(PATIENCE) == 0
    finally:
        process.kill()
    assert_usable(started.run, "stopped")


@pytest.mark.skipif(os.name != "posix", reason="Windows sends no such signals to one process")
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_stops_it_like_stop(runner: Runner, tmp_path: Path, number: signal.Signals) -> None:
    runner.child.send(order(tmp_path))
    runner.until_steps()
    os.kill(runner.child.pid, number)
    finished = runner.until(Finished)
    assert finished.stopped
    assert_usable(finished.result["run"], "stopped")


@pytest.mark.parametrize(
    ("graph", "words"),
    [
        ("{", "line 1, column"),
        (write_text(small_graph(data="pictures")), "no data pictures"),
        (write_text(with_objective(small_graph(), settings={"lr": 1e38})), "The loss became"),
    ],
)
def test_a_failure_is_a_sentence(runner: Runner, tmp_path: Path, graph: str, words: str) -> None:
    runner.child.send(Train(graph, str(tmp_path), "small"))
    failed = runner.until(Failed)
    assert words in failed.message
    assert "Traceback" in failed.details
    assert runner.rest() == []
    assert runner.code == 0


def test_it_ends_when_it_is_told_nothing(runner: Runner) -> None:
    runner.child.close(PATIENCE)
    assert runner.code == 0


def test_what_native_code_prints_does_not_reach_the_frames() -> None:
    program = """
        import os, subprocess, sys
        from grapheditor.engine.process import claim_streams
        channel = claim_streams()
        from grapheditor.engine.messages import Stop
        os.write(1, b"native\\n")
        print("python", flush=True)
        subprocess.run([sys.executable, "-c", "print('child')"])
        assert os.read(0, 1) == b"", "descriptor 0 is empty"
        message = channel.receive()
        os.write(1, b"again\\n")
        channel.send(message)
    """
    process = subprocess.Popen(
        [sys.executable, "-c", textwrap.dedent(program)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    assert process.stdin is not None and process.stdout is not None and process.stderr is not None
    with process:
        channel = Channel(process.stdout, process.stdin)
        channel.send(Stop())
        assert channel.receive() == Stop()
        assert channel.receive() is None
        assert process.stderr.read().split() == [b"native", b"python", b"child", b"again"]
    assert process.returncode == 0

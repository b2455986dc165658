"""Ends of a run's process, each injected into a real run of a real window: what the window says, how soon, what is left.

Also how soon a pause and a stop take effect, by the steps that were made and by the clock.
"""

from __future__ import annotations

import os
import signal
import statistics
import sys
import time
from collections import defaultdict
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field, replace
from pathlib import Path

from waiting import Stalls, rest, wait, window

from grapheditor.runs.following import Follower
from grapheditor.ui.run import Run
from grapheditor.ui.window import Window

REPETITIONS = 50
SOON, LONGEST_STALL = 2.0, 0.05
FULL = 2**12
"""Bytes of the longest file on the disk that is full."""


@dataclass(frozen=True, slots=True)
class Fault:
    """Something that happens to a run's process, and what the window must say of it."""

    name: str
    inject: Callable[[int], None]
    said: str
    stands: bool = False
    """The process does not end by it."""


def _fill(pid: int) -> None:
    import resource

    resource.prlimit(pid, resource.RLIMIT_FSIZE, (FULL, resource.RLIM_INFINITY))


FAULTS = (
    Fault("SIGSEGV", lambda pid: os.kill(pid, signal.SIGSEGV), "crashed in native code (SIGSEGV)"),
    Fault("SIGABRT", lambda pid: os.kill(pid, signal.SIGABRT), "crashed in native code (SIGABRT)"),
    Fault("SIGKILL", lambda pid: os.kill(pid, signal.SIGKILL), "was killed (SIGKILL"),
    Fault("deadlock", lambda pid: os.kill(pid, signal.SIGSTOP), "it may hang", stands=True),
    Fault("full disk", _fill, "cannot be written: File too large"),
)


@dataclass(slots=True)
class Told:
    """What was measured of a fault."""

    seconds: list[float] = field(default_factory=list)
    stalls: list[float] = field(default_factory=list)
    wrong: list[str] = field(default_factory=list)
    left: int = 0


def run() -> None:
    """Inject each fault ten times into training the digits network, and print what the window made of it."""
    if sys.platform != "linux":
        print("failures: left out, what is injected is Linux's")
        return
    found: dict[str, Told] = defaultdict(Told)
    with window() as made:
        notices: list[str] = []
        made.session.told.connect(lambda notice: notices.append(notice.text))
        made.new("mnist-convnet")
        graph = made.session.graph
        graph.put("recipe", replace(graph.recipe, epochs=500))
        for turn in range(REPETITIONS):
            fault = FAULTS[turn % len(FAULTS)]
            _inject(made, fault, notices, found[fault.name])
            print(".", end="", flush=True)
    print()
    for fault in FAULTS:
        told = found[fault.name]
        print(
            f"{fault.name}: said {len(told.seconds) - len(told.wrong)} of {len(told.seconds)} times in the right words, "
            f"after {statistics.median(told.seconds):.2f} s (median; at most {max(told.seconds):.2f}, asked {SOON:g}); "
            f"longest stall {1000 * max(told.stalls):.0f} ms (at most {1000 * LONGEST_STALL:g}); "
            f"processes left: {told.left}"
        )
        for text in told.wrong[:3]:
            print(f"    instead: {text}")


def begun(made: Window, steps: int = 60) -> Run:
    """Start a run, and return it when it has made some steps and rests in no setup."""
    training = made.session.training
    before = training.run
    made.train()
    wait(lambda: training.run is not before and training.run is not None and training.run.step >= steps)
    assert training.run is not None
    return training.run


def _inject(made: Window, fault: Fault, notices: list[str], told: Told) -> None:
    run = begun(made)
    child = run._process.child
    pid = run.pid
    assert pid is not None
    rest(0.3)
    notices.clear()
    stalls = Stalls()
    start = time.perf_counter()
    fault.inject(pid)
    status = made.editor.training.status
    said: Callable[[], str] = (lambda: status.text()) if fault.stands else (lambda: " ".join(notices))
    with suppress(TimeoutError):
        wait(lambda: fault.said in said() or (run.ended and bool(notices)), 15)
    told.seconds.append(time.perf_counter() - start)
    if fault.said not in said():
        told.wrong.append(said())
    if fault.stands:
        made.session.training.stop()
    wait(lambda: run.ended, 30)
    told.stalls.append(max(gap.wall for gap in stalls.gaps))
    stalls.end()
    told.left += child.alive or Path(f"/proc/{pid}").exists()


def control() -> None:
    """Print how many steps are made after a pause is asked for, and how long a stop takes until its checkpoint is there."""
    with window() as made:
        made.new("mnist-convnet")
        graph = made.session.graph
        graph.put("recipe", replace(graph.recipe, epochs=500))
        steps, seconds = [], []
        for _ in range(10):
            run = begun(made)
            assert run.folder is not None
            follower = Follower(run.folder)
            rest(0.5)
            before = time.perf_counter()
            made.session.training.pause()
            wait(lambda: run.state == "paused")
            paused_at = follower.look().step
            rest(0.5)
            steps.append(follower.look().step - paused_at)
            seconds.append(time.perf_counter() - before - 0.5)
            made.session.training.pause()
            wait(lambda: run.state == "running")
            rest(0.3)
            start = time.perf_counter()
            made.session.training.stop()
            wait(lambda: run.ended)
            seconds.append(time.perf_counter() - start)
        pauses, stops = seconds[::2], seconds[1::2]
        print(
            f"pause: told after {statistics.median(pauses):.2f} s (median of {len(pauses)}), "
            f"steps made while paused: {max(steps)} (at most 1)"
        )
        print(
            f"stop: ended, with a checkpoint, after {statistics.median(stops):.2f} s (median of {len(stops)}, "
            f"at most {max(stops):.2f}; asked {SOON:g})"
        )


def first_curve() -> None:
    """Print how long it takes from the click on the start page until a curve is drawn that falls."""
    seconds = []
    for _ in range(3):
        with window() as made:
            rest(1.0)
            start = time.perf_counter()
            made.train_digits()
            training = made.session.training

            def falls() -> bool:
                run, loss = training.run, made.editor.training.charts.get("loss")
                values = run.steps["loss"].values if run is not None and "loss" in run.steps else ()
                drawn = loss is not None and len(loss.values("batch")[0]) >= 30
                return drawn and sum(values[20:30]) < 0.8 * sum(values[:10])

            wait(falls, 60)
            seconds.append(time.perf_counter() - start)
            training.stop()
            wait(lambda: training.run is not None and training.run.ended)
    print(f"from the click to a falling curve: {statistics.median(seconds):.1f} s (median of 3; under 10)")

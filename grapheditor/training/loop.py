"""The loop: a graph learns by its recipe, in a run folder of its own, and tells how it goes."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

import torch

from grapheditor.engine.messages import Epoch, Started, Steps
from grapheditor.runs import record as runs
from grapheditor.runs.folder import CHECKPOINTS
from grapheditor.runs.lease import Lease
from grapheditor.runs.metrics import SECONDS
from grapheditor.runs.record import Error, read_record
from grapheditor.training.errors import RunError, TrainError
from grapheditor.training.failure import check_weights, explained
from grapheditor.training.feed import batches_of, order_of, sample_of
from grapheditor.training.fit import fit_statistics
from grapheditor.training.keeper import Keeper
from grapheditor.training.look import Onlooker
from grapheditor.training.plan import highest_wanted
from grapheditor.training.recorder import Recorder
from grapheditor.training.resuming import take_up
from grapheditor.training.room import in_use
from grapheditor.training.run import Run
from grapheditor.training.setup import make_setup
from grapheditor.training.state import Progress, take_state
from grapheditor.training.stepper import Stepper
from grapheditor.training.tally import Tally

if TYPE_CHECKING:
    from torch import Tensor

    from grapheditor.engine.messages import Message
    from grapheditor.graph import Graph
    from grapheditor.training.feed import Feed
    from grapheditor.training.setup import Setup
    from grapheditor.training.stepper import Batch

NOTHING: Mapping[str, Any] = MappingProxyType({})
PATIENCE = 0.2
"""Seconds between two looks around while a run is paused."""
LONGEST = 600.0
"""Seconds that setting up or compiling may take before a run seems to hang."""
LONGEST_SAVING = 60.0
"""The same of writing what was measured and learned."""
LEAST_PATIENCE = 1.3
"""The same of a batch that is measured, as long as batches take no time to speak of."""
INTERVAL = 0.1
"""Seconds between two messages about steps."""
GAUGE_EVERY = 1.0
"""Seconds between two looks at speed and memory."""
MEASURED_AT_STOP = 1.0
"""Seconds that a run measures once it is stopped."""


class _TooLongError(Exception):
    """What is measured takes longer than somebody waits."""


def train(
    graph: Graph,
    folder: Path,
    name: str,
    *,
    device: str = "cpu",
    home: Path | None = None,
    trust: bool = False,
    tensorboard: bool = False,
    again: Path | None = None,
    begin: Path | None = None,
    send: Callable[[Message], None],
    stopped: Callable[[], bool],
) -> dict[str, Any]:
    """Train a graph by its recipe in a new run folder, and return what ``grapheditor train --json`` prints.

    folder, name: where the run's folder is made, and what it is called before its number.
    home: where relative paths of the data begin; the working directory by default.
    trust: whether Python of the user's own, which reads the data, is trusted from now on.
    tensorboard: whether TensorBoard's events are written too.
    again: the run that is made again; the new one says so, and begins from what that began from.
    begin: the folder of a run, or a file, whose weights it begins from as far as they carry over; else from fresh ones.
    send: takes Started, Steps and Epoch as they come.
    stopped: asked every step; once it is true a checkpoint is written and the training ends.

    Raises CompileError where the graph has errors, DeviceError, DataError or TrainingError before anything is
    written where it cannot be trained, and RunError or TrainingError where it fails on its way.
    """
    home = (home or Path()).resolve()
    before = read_record(again).begun if again is not None else None
    begin = Path(before.source) if before is not None else begin
    setup = make_setup(graph, device, home, trust=trust, begin=begin)
    run = Run.make(folder, name, graph, str(setup.compute.device), home, setup.dataset)
    if setup.begun is not None:
        run.update(begun=setup.begun)
    if again is not None:
        run.update(parent=runs.Parent(str(again), "reproduced"))
    if before is not None and setup.begun is not None and before.sha256 != setup.begun.sha256:
        setup.notes += (f"{again} began from other weights, which {begin} had at that time: this is another training.",)
    return _recorded(Training(setup, run, Keeper(run.folder / CHECKPOINTS), send, stopped), tensorboard)


def resume(
    folder: Path,
    *,
    device: str | None = None,
    changes: Mapping[str, Any] = NOTHING,
    tensorboard: bool = False,
    send: Callable[[Message], None],
    stopped: Callable[[], bool],
) -> dict[str, Any]:
    """Go on with a run from its newest whole checkpoint, in its folder, and return what :func:`train` returns.

    device: by default that of before. changes: settings of the recipe that are different from now on, such as epochs.

    On the same machine with the same versions it goes on bit for bit; where it cannot, Started says why. Raises as
    :func:`train` does, and RunError where the run has no checkpoint that is whole.
    """
    read_record(folder)  # what is no run gets no lease
    lease = Lease(folder)
    try:
        lease.beat(doing="setting up", seconds=LONGEST)
        found = take_up(folder, lease, device, changes)
    except BaseException:
        lease.release()
        raise
    training = Training(found.setup, found.run, found.keeper, send, stopped, found.progress, found.notes)
    return _recorded(training, tensorboard)


def _recorded(training: Training, tensorboard: bool) -> dict[str, Any]:
    """Run a training; however it ends, its run says so."""
    try:
        if tensorboard:
            training.run.tell_tensorboard(training.progress.step or None)
        return training.run_all()
    except BaseException as error:
        known = isinstance(error, TrainError)
        text = str(error) if known else f"It ended by {type(error).__name__}."
        try:
            told = Error(text, error.node, error.remedy) if isinstance(error, TrainError) else Error(text)
            training.run.end("failed", error=told)
        except RunError as second:
            error.add_note(second.message)
        raise
    finally:
        training.keeper.close()
        training.run.close()


@dataclass(slots=True)
class Training:
    """One training on its way."""

    setup: Setup
    run: Run
    keeper: Keeper
    send: Callable[[Message], None]
    stopped: Callable[[], bool]
    progress: Progress = field(default_factory=Progress)
    notes: tuple[str, ...] = ()
    _stepper: Stepper = field(init=False)
    _compiled: set[int] = field(default_factory=set, init=False)
    _onlooker: Onlooker = field(init=False)
    _recorder: Recorder = field(init=False)
    _gauged: float = field(default=-GAUGE_EVERY, init=False)

    def __post_init__(self) -> None:
        self._onlooker = Onlooker(self.setup)
        self._recorder = Recorder(self.setup, self.run.folder)
        self._stepper = Stepper(self.setup, self.progress, self.run.folder)

    def run_all(self) -> dict[str, Any]:
        """Train all epochs that are left, or until it is stopped."""
        setup, progress = self.setup, self.progress
        losses = tuple(learner.name for learner in setup.learners)
        notes = (*setup.notes, *self.notes)
        self.run.control.handlers["look"] = self._look
        self.run.update(progress=self._how_far(), notes=list(notes))
        progress.clock.go_on()
        self.send(Started(str(self.run.folder), setup.recipe.epochs, setup.steps, losses, progress.step, notes))
        if not progress.step:
            self._begin()
        while progress.epoch < setup.recipe.epochs and not progress.out_of_patience(setup.recipe.patience):
            if not self._train_epoch():
                return self._end("stopped", self._stop())
            self._end_epoch()
        return self._end("finished", progress.metrics | self._test())

    def _look(self, arguments: dict[str, Any]) -> dict[str, Any]:
        """Answer what is seen inside now; see :meth:`grapheditor.training.look.Onlooker.answer`."""
        return self._onlooker.answer(self.progress.step, arguments)

    def _begin(self) -> None:
        """Take statistics of the data, and let what follows begin where it is led."""
        setup = self.setup
        with explained(setup.program, "While taking statistics of the training data", setup.capacity):
            fit_statistics(setup, self.stopped, self._alive("taking statistics of the data"))
        for follower in setup.followers:
            follower.begin()
        if self._recorder.due(0):
            self._recorder.keep(0)

    def _train_epoch(self) -> bool:
        """Make the steps of an epoch that are left; return whether none was left out."""
        setup, progress = self.setup, self.progress
        setup.compute.module.train()
        progress.pace.go_on()
        waiting = 0
        steps = self._steps()
        for chosen, coming in zip(steps, [*steps[1:], None], strict=False):
            if self._asked_to_stop():
                self._report(waiting)
                return False
            if setup.recipe.compile and len(chosen) not in self._compiled:
                self._compiled.add(len(chosen))
                self.run.lease.beat(progress.step, doing="compiling", seconds=LONGEST)
            done = self._stepper.step(self._read(chosen, coming))
            progress.at += 1
            if done is None:
                continue
            progress.tally.add(*done)
            waiting += len(chosen)
            progress.step += 1
            if self._recorder.due(progress.step):
                self._recorder.keep(progress.step)
            if progress.pace.since() >= INTERVAL:
                self._report(waiting)
                waiting = 0
            if self.keeper.due(progress.step):
                self._report(waiting)
                waiting = 0
                self._keep(progress.metrics, flush=False)
        self._report(waiting)
        return True

    def _asked_to_stop(self) -> bool:
        """Answer whoever speaks with the run, pause for as long as it is wanted; tell whether it is to stop."""
        run, progress = self.run, self.progress
        run.lease.beat(progress.step)
        run.control.serve_pending()
        if run.control.wanted == "pause" and not self.stopped():
            self._report(0)
            self._keep(progress.metrics, flush=True)
            run.update(state="paused")
            progress.clock.hold()
            while run.control.wanted == "pause" and not self.stopped():
                run.lease.beat(progress.step)
                run.control.serve_pending(PATIENCE)
            run.update(state="running")
            progress.clock.go_on()
            progress.pace.go_on()
        return run.control.wanted == "stop" or self.stopped()

    def _steps(self) -> list[Tensor]:
        """Return the visits of the epoch's steps that are left."""
        recipe, progress = self.setup.recipe, self.progress
        count = recipe.epoch_batches * recipe.batch or None
        order = order_of(self.setup.learn, recipe.seed, progress.epoch + 1, count).to(self.setup.compute.device)
        return list(batches_of(order, recipe.batch * recipe.accumulate))[progress.at :]

    def _read(self, chosen: Tensor, coming: Tensor | None) -> Iterator[Batch]:
        """Yield the batches of a step of which any sample can be read; the next one is made ready meanwhile.

        coming: the samples of the step after this one.
        """
        setup, size = self.setup, self.setup.recipe.batch
        parts = list(batches_of(chosen, size))
        after = [*parts[1:], None if coming is None else coming[:size]]
        for part, following in zip(parts, after, strict=True):
            samples, batch = setup.batch(part, self.progress.epoch + 1)
            if following is not None:
                setup.samples.begin(sample_of(following), setup.program.objective_inputs)
            if len(samples):
                yield samples, batch

    def _report(self, samples: int) -> None:
        """Fetch and tell the numbers of the last steps."""
        setup, progress = self.setup, self.progress
        values = progress.tally.fetch()
        if not values:
            return
        progress.pace.add(samples)
        first = progress.step - max(map(len, values.values()))
        self.run.steps(first, values)
        done = progress.epoch * setup.steps + progress.at
        left = (setup.recipe.epochs * setup.steps - done) * setup.recipe.batch * setup.recipe.accumulate
        self._tell_status(left / progress.pace.recent)
        self._gauge()
        self.send(Steps(first, values, progress.pace.recent, left / progress.pace.recent))

    def _gauge(self, every: float = GAUGE_EVERY) -> None:
        """Tell, once a second, how fast it is, how much memory and time it has taken: series such as the loss."""
        progress = self.progress
        if time.monotonic() - self._gauged < every or not progress.step:
            return
        self._gauged = time.monotonic()
        memory = in_use(self.setup.compute.device)
        found = {"samples_per_second": progress.pace.recent, "memory": memory, SECONDS: progress.clock.seconds}
        self.run.steps(progress.step - 1, {name: [value] for name, value in found.items() if value is not None})

    def _tell_status(self, left: float) -> None:
        """Let whoever asks the run know how far it is."""
        progress = self.progress
        self.run.control.status = {
            "epoch": progress.epoch,
            "epochs": self.setup.recipe.epochs,
            "step": progress.step,
            "steps": self.setup.recipe.epochs * self.setup.steps,
            "samples_per_second": progress.pace.recent,
            "seconds_left": left,
            "metrics": progress.metrics,
        }

    def _end_epoch(self) -> None:
        """Measure what was reached, and keep it."""
        setup, progress = self.setup, self.progress
        metrics = progress.tally.means("train") | self._validate()
        progress.epoch, progress.at = progress.epoch + 1, 0
        progress.metrics, progress.tally = metrics, Tally()
        part = "validation" if len(setup.held) else "train"
        for learner in setup.learners:
            reached = setup.monitor if setup.recipe.monitor else learner.name
            learner.rates.epoch_ended(metrics.get(f"{part}_{reached}"))
        better = self._is_better(metrics)
        names = ["best"] if better else []
        if setup.recipe.keep and progress.epoch % setup.recipe.keep == 0:
            names.append(f"epoch-{progress.epoch:05}")
        self._gauge(INTERVAL)
        self.run.epoch(progress.epoch, progress.step, metrics)
        self._keep(metrics, *names, flush=True)
        self.run.update(progress=self._how_far())
        self.send(Epoch(progress.epoch, progress.step, metrics))

    def _is_better(self, metrics: dict[str, float]) -> bool:
        """Tell whether an epoch is the best so far; without validation the last one is."""
        progress = self.progress
        if not len(self.setup.held):
            progress.waited = 0
            return True
        value = metrics.get(f"validation_{self.setup.monitor}")
        if value is None:  # a metric of which these samples tell nothing
            progress.waited += 1
            return progress.best is None
        if highest_wanted(self.setup.program):
            value = -value
        better = progress.best is None or value < progress.best
        progress.best = value if better else progress.best
        progress.waited = 0 if better else progress.waited + 1
        return better

    def _validate(self) -> dict[str, float]:
        return self._measure(self.setup.validation, self.setup.held, "validation")

    def _measure(
        self, feed: Feed, samples: Tensor, prefix: str, hurry: Callable[[], None] = lambda: None
    ) -> dict[str, float]:
        """Measure samples. hurry: called behind each batch."""
        beat = self._alive(f"measuring {prefix}", self._patience())

        def alive() -> None:
            beat()
            hurry()

        metrics = self.setup.evaluate(feed, samples, prefix, self.progress.step, alive=alive)
        self._alive("saving", LONGEST_SAVING)
        return metrics

    def _patience(self) -> float:
        """Return how many seconds a batch may take that is measured: some steps' time, unless it is compiled first."""
        step = self.progress.step
        if self.setup.recipe.compile or not step:
            return LONGEST
        return LEAST_PATIENCE + 10 * self.progress.clock.seconds / step

    def _alive(self, doing: str, seconds: float = LONGEST) -> Callable[..., None]:
        """Say what is being done that has no steps; return what is to be called now and then meanwhile."""
        lease, step = self.run.lease, self.progress.step
        lease.beat(step, doing=doing, seconds=seconds)
        return lambda *_: lease.beat(step, doing=doing, seconds=seconds)

    def _test(self) -> dict[str, float]:
        """Measure the test set, once and after everything is decided."""
        setup, progress = self.setup, self.progress
        if setup.test is None:
            return {}
        metrics = self._measure(setup.test, torch.arange(setup.test.count), "test")
        self.keeper.amend(metrics)
        self.run.epoch(progress.epoch, progress.step, metrics)
        return metrics

    def _how_far(self) -> runs.Progress:
        setup, progress = self.setup, self.progress
        recipe = setup.recipe
        steps, samples = recipe.epochs * setup.steps, recipe.batch * recipe.accumulate
        return runs.Progress(progress.epoch, recipe.epochs, progress.step, steps, samples)

    def _keep(self, metrics: dict[str, float], *names: str, flush: bool) -> None:
        self.run.metrics.flush(sync=flush)
        check_weights(self.setup.compute.module, self.progress.step)
        self.keeper.keep(take_state(self.setup, self.progress, metrics), *names, flush=flush)

    def _stop(self) -> dict[str, float]:
        """Keep what an epoch that was broken off has learned; return its metrics.

        It is kept before it is measured, and measured for a moment only: who stops a run waits for its end.
        """
        progress = self.progress
        if progress.step and not progress.at:
            return progress.metrics
        metrics = progress.tally.means("train")
        names = ["best"] if progress.best is None or not len(self.setup.held) else []
        self._keep(metrics, *names, flush=True)
        self.keeper.finish()
        began = time.monotonic()

        def hurry() -> None:
            if time.monotonic() - began > MEASURED_AT_STOP:
                raise _TooLongError

        with suppress(_TooLongError):
            measured = self._measure(self.setup.validation, self.setup.held, "validation", hurry)
            metrics |= measured
            self.keeper.amend(measured, *names)
        return metrics

    def _end(self, state: str, metrics: dict[str, float]) -> dict[str, Any]:
        self.keeper.finish()
        progress = self.progress
        result = {
            "run": str(self.run.folder),
            "stopped": state == "stopped",
            "epochs": progress.epoch,
            "steps": progress.step,
            "metrics": metrics,
            "samples_per_second": progress.pace.mean,
        }
        if self.setup.unreadable:
            result["unreadable"] = list(self.setup.unreadable)
        self.run.update(progress=self._how_far())
        known = {name: value if math.isfinite(value) else None for name, value in metrics.items()}
        self.run.end(state, {**result, "metrics": known})
        return result

"""When checkpoints are written, and by whom: a thread of its own, so that the training waits for no disk."""

from __future__ import annotations

import queue
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from grapheditor.training.checkpoint import Checkpoint, keep_weights, name_checkpoint, serialise, write_checkpoint

if TYPE_CHECKING:
    from pathlib import Path

    from torch import Tensor

    from grapheditor.training.checkpoint import Part

STEPS = 25
SECONDS = 1.0
"""A checkpoint is due after so many steps or so much time, whichever is first: a death repeats at most twice that."""
SHARE = 0.2
"""Writing, and copying before that, may take this share of the time at most; large networks have longer intervals."""


@dataclass(frozen=True, slots=True)
class State:
    """All that a training needs to go on, or a module to be used: tensors by part, and the rest as JSON."""

    parts: Mapping[Part, Mapping[str, Tensor]]
    checkpoint: Checkpoint


class Keeper:
    """Writes the checkpoints of a run. What a write raised, RunError if the disk refused, comes at the next call."""

    def __init__(self, folder: Path, last: Checkpoint | None = None) -> None:
        """last: the checkpoint that the run goes on from."""
        self.last = last
        """The newest checkpoint that is whole on the disk."""
        self._folder = folder
        self._jobs: queue.Queue[Callable[[], None] | None] = queue.Queue(maxsize=1)
        self._error: Exception | None = None
        self._step = last.step if last else 0
        self._when = time.perf_counter()
        self._cost = 0.0
        self._thread = threading.Thread(target=self._work, name="keeper", daemon=True)
        self._thread.start()

    def due(self, step: int) -> bool:
        """Tell whether it is time for a checkpoint, and the one before is written.

        Where that one has so slow a disk that a death would repeat more than twice STEPS, it is waited for.
        """
        if self.last is not None and step - self.last.step >= 2 * STEPS:
            self._jobs.join()
        passed = time.perf_counter() - self._when
        return (
            (step - self._step >= STEPS or passed >= SECONDS)
            and passed >= self._cost / SHARE
            and not self._jobs.unfinished_tasks
        )

    def keep(self, state: State, *names: str, flush: bool) -> None:
        """Have a checkpoint written; what happens to its tensors afterwards does not change it.

        names: also keep its weights under these, such as best. flush: see that it survives a power cut.
        """
        start = time.perf_counter()
        self._raise()
        parts = {part: serialise(tensors) for part, tensors in state.parts.items()}
        checkpoint = replace(state.checkpoint, flushed=flush)
        copied = time.perf_counter() - start
        self._step, self._when = checkpoint.step, time.perf_counter()

        def write() -> None:
            begun = time.perf_counter()
            written = write_checkpoint(self._folder, parts, checkpoint)
            for name in names:
                keep_weights(self._folder, name, written)
            self.last = written
            if not flush:  # how long a disk takes to be sure says nothing of the others
                self._cost = copied + time.perf_counter() - begun

        self._jobs.put(write)

    def amend(self, metrics: Mapping[str, float], *names: str) -> None:
        """Add metrics to the newest checkpoint, whose weights stay, and to what was kept of it under names."""
        self.finish()
        assert self.last is not None
        merged = replace(self.last, metrics={**self.last.metrics, **metrics})
        self._jobs.put(lambda: self._amended(merged, names))
        self.finish()

    def _amended(self, checkpoint: Checkpoint, names: tuple[str, ...]) -> None:
        name_checkpoint(self._folder, f"{checkpoint.step:08}", checkpoint)
        for name in names:
            keep_weights(self._folder, name, checkpoint)
        self.last = checkpoint

    def finish(self) -> None:
        """Wait until all is written."""
        self._jobs.join()
        self._raise()

    def close(self) -> None:
        """Write what waits, and end the thread."""
        self._jobs.put(None)
        self._thread.join()

    def _work(self) -> None:
        while (job := self._jobs.get()) is not None:
            try:
                job()
            except Exception as error:  # noqa: BLE001 - a thread that dies would leave the training waiting for ever
                self._error = error
            finally:
                self._jobs.task_done()

    def _raise(self) -> None:
        if self._error is not None:
            error, self._error = self._error, None
            raise error

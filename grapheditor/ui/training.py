"""A run as the window follows it: its process, and what it has told so far."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import Literal

from PySide6.QtCore import QObject, QTimer, Signal

from grapheditor.engine.messages import Epoch, Failed, Finished, Message, Paused, Started, Steps, Stop, Train
from grapheditor.ui.engine import Process
from grapheditor.ui.texts import tr

PATIENCE = 5000
"""Milliseconds that a run gets to write its last checkpoint after Stop."""
State = Literal["starting", "running", "paused", "stopping", "finished", "stopped", "failed"]


@dataclass(slots=True)
class Curves:
    """What a run has measured: values of each step, and of each epoch the step it ended at."""

    steps: dict[str, list[float]] = field(default_factory=dict)
    ends: list[int] = field(default_factory=list)
    epochs: dict[str, list[float]] = field(default_factory=dict)


class Run(QObject):
    """Trains a graph in a process of its own."""

    changed = Signal()
    """State or progress changed."""
    measured = Signal()
    """The curves grew."""
    epoch_ended = Signal()
    """An epoch is over, and its checkpoint is written."""
    over = Signal()
    """It ended, in whatever way."""

    def __init__(self, order: Train, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.state: State = "starting"
        self.folder: str | None = None
        self.problem: Failed | None = None
        self.curves = Curves()
        self.epochs = self.steps_per_epoch = 0
        self.step = self.epoch = 0
        self.rate = self.seconds_left = 0.0
        self.metrics: dict[str, float] = {}
        self.name = order.name
        self.ended = False
        """Whether its process is gone; only then may this be deleted."""
        self._process = Process("runner", self)
        self._process.received.connect(self._receive)
        self._process.ended.connect(self._end)
        self._process.send(order)

    @property
    def alive(self) -> bool:
        """Whether it still trains, may go on to, or writes its last checkpoint."""
        return self.state in ("starting", "running", "paused", "stopping")

    @property
    def pid(self) -> int:
        """The number of the process."""
        return self._process.child.pid

    def stop(self) -> None:
        """Have it write a checkpoint and end; it is killed where it does not."""
        if self.state in ("starting", "running", "paused"):
            self._set("stopping")
            self._process.send(Stop())
            QTimer.singleShot(PATIENCE, self, self._lose_patience)

    def close(self) -> None:
        """End the process with the window; it writes its last checkpoint first."""
        self._process.child.close(patience=PATIENCE / 1000)

    def _lose_patience(self) -> None:
        if self.alive:
            self._process.child.kill()

    def _receive(self, message: Message) -> None:
        match message:
            case Started():
                self.folder = message.run
                self.epochs, self.steps_per_epoch = message.epochs, message.steps_per_epoch
                if self.state == "starting":
                    self._set("running")
            case Paused():
                if self.state in ("running", "paused"):
                    self._set("paused" if message.paused else "running")
            case Steps():
                self._take_steps(message)
            case Epoch():
                self._take_epoch(message)
            case Finished():
                self.folder = message.result.get("run", self.folder)
                self.metrics = message.result.get("metrics", {})
                self._set("stopped" if message.stopped else "finished")
            case Failed():
                self.problem = message
                self._set("failed")

    def _take_steps(self, message: Steps) -> None:
        for name, values in message.values.items():
            self.curves.steps.setdefault(name, []).extend(math.nan if value is None else value for value in values)
        self.step = message.first + max((len(values) for values in message.values.values()), default=0)
        self.rate, self.seconds_left = message.rate, message.seconds_left
        self.measured.emit()
        self.changed.emit()

    def _take_epoch(self, message: Epoch) -> None:
        self.epoch = message.epoch
        self.curves.ends.append(message.step)
        for name, value in message.metrics.items():
            self.curves.epochs.setdefault(name, []).append(value)
        self.metrics = dict(message.metrics)
        self.epoch_ended.emit()
        self.measured.emit()
        self.changed.emit()

    def _end(self, code: int, log: str) -> None:
        if self.alive:
            last = log.strip().rsplit("\n", 1)[-1]
            if self.state == "stopping":
                text = tr("The run did not stop in time and was ended. Its last checkpoint is kept.")
            else:
                said = tr("The run's process ended by itself (code {code}). Its last checkpoint is kept.", code=code)
                text = f"{said} {last}".strip()
            self.problem = Failed(text, details=log)
            self._set("failed")
        self.ended = True
        self.over.emit()

    def _set(self, state: State) -> None:
        self.state = state
        self.changed.emit()

"""A run as the window knows it: what its folder tells, and its process where this window has started it."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from PySide6.QtCore import QObject, QTimer, Signal

from grapheditor.engine.messages import Detach, Failed, Finished, Message, Resume, Started, Stop, Train
from grapheditor.runs.control import Control
from grapheditor.runs.fault import FaultRecord
from grapheditor.runs.folder import has_checkpoint
from grapheditor.ui.background import Background
from grapheditor.ui.engine import Process, why_ended
from grapheditor.ui.following import Following
from grapheditor.ui.texts import tr

if TYPE_CHECKING:
    from grapheditor.runs.following import Curve, Sight

PATIENCE = 5000
"""Milliseconds after Stop until somebody is told that the run still works on its last step or checkpoint."""
State = Literal["starting", "running", "paused", "stalled", "stopping", "finished", "stopped", "failed"]
ALIVE: tuple[State, ...] = ("starting", "running", "paused", "stalled", "stopping")
NOTHING: Mapping[str, Curve] = {}


class Run(QObject):
    """Follows a run, and makes it, in a process of its own, where it is an order and not a folder that it begins with.

    threads: one that reads folders, and one that speaks with runs.
    """

    changed = Signal()
    """Its state changed."""
    seen = Signal()
    """Its folder was looked at: it may have made steps, and the curves may have grown."""
    noted = Signal()
    """It has begun, or gone on, and there is something to know of that: ``notes``."""
    epoch_ended = Signal()
    """An epoch is over, and its checkpoint is written."""
    over = Signal()
    """It ended, in whatever way; once."""
    late = Signal()
    """It was stopped, and still works on its last step or checkpoint."""

    def __init__(
        self, what: Train | Resume | Path, threads: tuple[Background, Background], parent: QObject | None = None
    ) -> None:
        super().__init__(parent)
        self._reader, self._hands = threads
        self.state: State = "starting"
        self.folder: Path | None = None
        self.problem: Failed | None = None
        self.notes: tuple[str, ...] = ()
        """What a person should know of it, as sentences."""
        self.ended = False
        """Whether nothing of it goes on any more; only then may this be deleted."""
        self._following: Following | None = None
        self._gone: tuple[int, str] | None = None
        """Exit code and log of its process, once it is gone."""
        self._process: Process | None = None
        self._detached = False
        self._epoch = 0
        if isinstance(what, Path):
            self.name = what.name
            self._follow(what)
            return
        self.name = what.name if isinstance(what, Train) else Path(what.run).name
        self._process = Process("runner", self._receive, self._lose_process, self)
        self._process.send(what)

    @property
    def alive(self) -> bool:
        """Whether it still trains, may go on to, or writes its last checkpoint."""
        return self.state in ALIVE

    @property
    def sight(self) -> Sight | None:
        """What its folder told last."""
        return self._following.sight if self._following is not None else None

    @property
    def fault(self) -> FaultRecord | None:
        """Where a number was none, where it failed by that."""
        return self.sight.fault if self.sight is not None and self.ended else None

    @property
    def title(self) -> str:
        """What people call it: its folder's name, or that of its graph as long as it has none."""
        return self.folder.name if self.folder is not None else self.name

    @property
    def ends_here(self) -> bool:
        """Whether it goes on and would end with this window."""
        return self.alive and self._process is not None and not self._detached

    @property
    def pid(self) -> int | None:
        """The number of its process, where this window has started it."""
        return self._process.child.pid if self._process is not None else None

    @property
    def step(self) -> int:
        """How many steps are made, as far as is known."""
        return self.sight.step if self.sight is not None else 0

    @property
    def epoch(self) -> int:
        """How many epochs have ended, as far as is known."""
        return self.sight.epoch if self.sight is not None else 0

    @property
    def steps(self) -> Mapping[str, Curve]:
        """What was measured of steps."""
        return self.sight.steps if self.sight is not None else NOTHING

    @property
    def epochs(self) -> Mapping[str, Curve]:
        """What was measured of epochs."""
        return self.sight.epochs if self.sight is not None else NOTHING

    @property
    def metrics(self) -> dict[str, float]:
        """The last value of each metric of epochs."""
        return {name: float(curve.values[-1]) for name, curve in self.epochs.items() if len(curve.values)}

    def stop(self) -> None:
        """Have it write a checkpoint and end; one of this window is killed where it stands still instead."""
        if self.state not in ("starting", "running", "paused", "stalled"):
            return
        self._set("stopping")
        if self._process is not None:
            self._process.send(Stop())
            QTimer.singleShot(PATIENCE, self, self._lose_patience)
        elif self.folder is not None:
            self._hands.do(Control(self.folder).stop, lambda _: None)

    def pause(self) -> None:
        """Have it pause after the step that it makes, or go on; it says itself when it does."""
        if self.folder is not None:
            control = Control(self.folder)
            self._hands.do(control.go_on if self.state == "paused" else control.pause, lambda _: self.look())

    def look(self) -> None:
        """Look how it is, at once."""
        if self._following is not None:
            self._following.look()

    def kill(self) -> None:
        """End its process at once: what it learned since its last checkpoint is lost."""
        if self._process is not None:
            self._process.child.kill()

    def close(self) -> None:
        """End the process with the window; it writes its last checkpoint first, by itself where that takes long."""
        if self._process is not None and not self._detached:
            self._process.child.close(patience=PATIENCE / 1000, kill=self._hangs)

    @property
    def _hangs(self) -> bool:
        """Whether it is at nothing that would be lost, or stands still."""
        return self.sight is None or self.sight.hangs

    def detach(self) -> None:
        """Have it go on when this window is closed; whoever opens its graph finds it again."""
        if self._process is not None and self.alive and not self._detached:
            self._detached = True
            self._process.child.detach(Detach())

    def _lose_patience(self) -> None:
        """Look again and again until it has ended: a long step is waited for, and no process that stands still."""
        if not self.alive:
            return
        if self._hangs:
            self.kill()
            return
        self.late.emit()
        QTimer.singleShot(PATIENCE, self, self._lose_patience)

    def _receive(self, message: Message) -> None:
        match message:
            case Started():
                self.notes = tuple(message.notes)
                self._follow(Path(message.run))
                if message.notes:
                    self.noted.emit()
            case Failed():
                self.problem = message
            case Finished():
                self.look()

    def _follow(self, folder: Path) -> None:
        self.folder = folder
        self._following = Following(folder, self._reader, self)
        self._following.seen.connect(self._see)

    def _see(self) -> None:
        """Take what the folder tells."""
        sight = self.sight
        if sight is None or self.ended:
            return
        before = self.state
        lives = sight.look.lives and self._gone is None
        if lives and sight.look.state in ("running", "paused", "stalled"):
            if self.state != "stopping":
                self.state = "stalled" if sight.hangs else sight.look.state
        elif not lives and (self._process is None or self._gone is not None):
            self._end()
            return
        if sight.epoch != self._epoch:
            self._epoch = sight.epoch
            self.epoch_ended.emit()
        if self.state != before:
            self.changed.emit()
        self.seen.emit()

    def _lose_process(self, code: int, log: str) -> None:
        self._gone = code, log
        if self._following is not None:
            self.look()  # what it wrote last is known then
        else:
            self._end()

    def _end(self) -> None:
        """Say how it ended."""
        state = self.sight.look.state if self.sight is not None else "died"
        self.ended = True
        if self.problem is None and state in ("finished", "stopped"):
            self._set("finished" if state == "finished" else "stopped")
        else:
            self.problem = self.problem or self._told_by_record() or Failed(self._why(), details=self._log)
            self._set("failed")
        if self._following is not None:
            self._following.stop()
        self.over.emit()

    def _told_by_record(self) -> Failed | None:
        error = self.sight.record.error if self.sight is not None else None
        return Failed(error.message, error.node, remedy=error.remedy) if error is not None else None

    @property
    def resumable(self) -> bool:
        """Whether it has a checkpoint that it could go on from."""
        return self.folder is not None and has_checkpoint(self.folder)

    @property
    def _log(self) -> str:
        return self._gone[1] if self._gone is not None else ""

    def _why(self) -> str:
        """Say why a process ended that has not said so itself, and what comes of that."""
        kept = tr("Its last checkpoint is kept: Resume goes on from there.") if self.resumable else ""
        if self.state == "stopping":
            return f"{tr('The run did not stop in time and was ended.')} {kept}".strip()
        if self._gone is None:
            return f"{tr('The run ended without saying why: its process is gone.')} {kept}".strip()
        why = why_ended(tr("The run's process"), *self._gone)
        return f"{why} {kept}".strip()

    def _set(self, state: State) -> None:
        self.state = state
        self.changed.emit()

"""Child processes for Qt: messages that arrive on a reader's thread become signals of the window's thread."""

from __future__ import annotations

import functools
import signal
import time
from collections.abc import Callable

from PySide6.QtCore import QObject, QTimer, Signal

from grapheditor import own
from grapheditor.engine.client import DAMAGED, SHORTAGE, Child, Kind
from grapheditor.engine.messages import Message, Ping, Pong, Ready
from grapheditor.ui.inbox import inbox
from grapheditor.ui.texts import tr

MOST_RESTARTS, WITHIN = 3, 300.0
"""An engine that ends more often than this in so many seconds is not started again by itself."""
BEAT = 1.0
"""Seconds between two questions whether it lives."""
LATE = 3.0
"""Seconds after which the window says that it does not answer, or is still at work."""
SILENT, STARTING = 15.0, 120.0
"""Seconds without an answer after which it is ended: it is stopped, or hangs in native code; longer while it starts."""
HANGS = 60.0
"""Seconds at one thing after which it is ended; whatever the window asks for takes a few."""
OUT_OF_MEMORY = ("MemoryError", "can't allocate memory", "Cannot allocate memory", "bad_alloc")
"""What stands in the log of a process that had none left."""


class Process(QObject):
    """One child process."""

    received = Signal(object)
    ended = Signal(int, str)

    def __init__(
        self,
        kind: Kind,
        received: Callable[[Message], object],
        ended: Callable[[int, str], object],
        parent: QObject | None = None,
    ) -> None:
        """received, ended: as :class:`Child` has them, in the thread of who they belong to.

        They are connected before it starts: what it says at once would be said to nobody.
        """
        super().__init__(parent)
        self.received.connect(received)
        self.ended.connect(ended)
        self._own = own.taken()
        hand = functools.partial(inbox().hand, self)
        self.child = Child(kind, functools.partial(hand, self._receive), functools.partial(hand, self._end))

    @property
    def is_current(self) -> bool:
        """Whether the user's own operators are those that they were when it was started."""
        return self._own == own.taken()

    def _receive(self, message: Message) -> None:
        self.received.emit(message)

    def _end(self, code: int, log: str) -> None:
        self.ended.emit(code, log)

    def send(self, message: Message) -> bool:
        """Send a message; False where the process is gone."""
        return self.child.send(message)


class Engine(QObject):
    """The engine, started again where it ends by itself. ``state`` says what the window shows of it."""

    received = Signal(object)
    ready = Signal()
    state_changed = Signal()
    told = Signal(str, bool)
    """It ended by itself: why, and what comes of that, in sentences; and whether that is a failure."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.state = tr("engine not started")
        self.is_ready = False
        self.stopped = False
        """Whether it ended too often to be started again by itself."""
        self.late = False
        """Whether it should have answered by now."""
        self._process: Process | None = None
        self._deaths: list[float] = []
        self._closing = False
        self._reason = ""
        self._heard = self._looked = 0.0
        self._busy = 0.0
        self._watch = QTimer(self)
        self._watch.timeout.connect(self._look)

    def start(self) -> None:
        """Start the process."""
        self.is_ready = self.stopped = self.late = False
        self._reason = ""
        self._busy = 0.0
        self._heard = self._looked = time.monotonic()
        self._watch.start(round(BEAT * 1000))
        self._set(tr("engine starting"))
        self._process = Process("worker", self._receive, self._end, self)

    def send(self, message: Message) -> bool:
        """Send a message; False where there is no engine that could take it."""
        return self._process is not None and self._process.send(message)

    def restart(self) -> None:
        """Start it again by hand; one that does not answer is ended."""
        self._deaths.clear()
        if self._process is not None and self._process.child.alive:
            self._process.child.kill()  # what follows then is as if it had ended by itself
        else:
            self.start()

    def why_not(self) -> str | None:
        """Say why it cannot answer now, None where it can."""
        if self.stopped:
            return tr("The engine has stopped; Run, Start the engine again, gives you another.")
        return None if self.is_ready else tr("The engine is still starting.")

    def why_not_restart(self) -> str | None:
        """Say why it need not be started again, None where that may help."""
        return None if self.stopped or self.late else tr("The engine runs.")

    def _look(self) -> None:
        """Ask whether it lives. One that has not answered for long, or is long at one thing, is ended and replaced."""
        if self._process is None or not self._process.child.alive:
            return
        now = time.monotonic()
        if now - self._looked > 2 * BEAT + LATE:  # this process itself was held up
            self._heard = now
        self._looked = now
        silent, patience = now - self._heard, SILENT if self.is_ready else STARTING
        self._process.send(Ping())
        if silent > patience:
            self._give_up(tr("The engine did not answer for {n:.0f} s and was ended.", n=patience))
        elif self._busy > HANGS:
            self._give_up(tr("The engine was at one thing for more than {n:.0f} s and was ended.", n=HANGS))
        elif self.is_ready and silent > LATE:
            self._say_late(tr("engine has not answered for {n:.0f} s", n=silent))
        elif self.is_ready and self._busy > LATE:
            self._say_late(tr("engine at work for {n:.0f} s", n=self._busy))
        elif self.late:
            self.late = False
            self._set(tr("engine ready"))

    def _say_late(self, state: str) -> None:
        self.late = True
        self._set(state)

    def _give_up(self, reason: str) -> None:
        assert self._process is not None
        self._reason = reason
        self._process.child.kill()

    @property
    def pid(self) -> int | None:
        """The number of the process."""
        return self._process.child.pid if self._process else None

    def leave(self) -> None:
        """Ask it to end, without waiting for that."""
        self._closing = True
        if self._process is not None:
            self._process.child.leave()

    def close(self) -> None:
        """End the process with the window."""
        self._closing = True
        self._watch.stop()
        if self._process is not None:
            self._process.child.close(patience=1.0)

    def _receive(self, message: Message) -> None:
        self._heard = time.monotonic()
        if isinstance(message, Pong):
            self._busy = message.busy
        elif isinstance(message, Ready):
            self.is_ready = True
            self._set(tr("engine ready"))
            self.received.emit(message)
            self.ready.emit()
        else:
            self.received.emit(message)

    def _end(self, code: int, log: str) -> None:
        if self._closing:
            return
        self.is_ready = self.late = False
        now = time.monotonic()
        self._deaths = [moment for moment in self._deaths if now - moment < WITHIN] + [now]
        reason = self._reason or why_ended(tr("The engine"), code, log)
        if len(self._deaths) > MOST_RESTARTS:
            self.stopped = True
            self._watch.stop()
            self._set(tr("engine stopped"))
            often = tr(
                "It ended {n} times in a short while and is not started again by itself: "
                "Run, Start the engine again, gives you another.",
                n=len(self._deaths),
            )
            self.told.emit(f"{reason} {often}", True)
            return
        self.start()
        self._set(tr("engine starting again"))
        another = tr("Another one starts and gets the graph as it is; nothing is lost.")
        self.told.emit(f"{reason} {another}", False)

    def _set(self, state: str) -> None:
        self.state = state
        self.state_changed.emit()


def why_ended(who: str, code: int, log: str) -> str:
    """Say in a sentence why a process ended. who: what it is called; code: its exit code, below zero the signal; log:
    the end of its log.
    """
    last = log.strip().rsplit("\n", 1)[-1]
    if DAMAGED in last:
        return f"{tr('{who} sent what cannot be read, and was ended.', who=who)} {last}".rstrip(".") + "."
    if code == SHORTAGE or any(word in log for word in OUT_OF_MEMORY):
        return tr("{who} ran out of memory and ended.", who=who)
    name = next((item.name for item in signal.Signals if item == -code), tr("signal {n}", n=-code))
    match name if code < 0 else "":
        case "":
            return f"{tr('{who} ended by itself (code {code}).', who=who, code=code)} {last}".strip().rstrip(".") + "."
        case "SIGTERM":
            return tr("{who} was told to end by another program (SIGTERM).", who=who)
        case "SIGKILL":
            return tr("{who} was killed (SIGKILL; the system does that where memory runs out).", who=who)
        case "SIGSEGV" | "SIGBUS" | "SIGABRT":
            return f"{tr('{who} crashed in native code ({signal}).', who=who, signal=name)} {last}".rstrip()
        case _:
            return f"{tr('{who} was ended ({signal}).', who=who, signal=name)} {last}".rstrip()

"""Who is making a run, and whether it lives: a lock that the system takes back from the dead, and a heartbeat.

The lock says that a process of this machine has the run; the beat says that its loop still turns. Nothing is ever
judged by the number of a process. What was begun on another machine, or on a disk that knows no locks, is judged by
its beat alone: both machines' clocks then need to agree to some seconds.
"""

from __future__ import annotations

import errno
import json
import os
import platform
import time
from contextlib import suppress
from dataclasses import asdict, dataclass, replace
from typing import TYPE_CHECKING, Any, Literal, Self

from grapheditor.graph.lock import FileLock, is_held
from grapheditor.runs.errors import RunError
from grapheditor.runs.record import Record, read_record

if TYPE_CHECKING:
    from pathlib import Path

LEASE = "lease"
SIZE = 512
"""Bytes of a beat, always the same ones, so that a full disk does not stop it."""
STALLED_AFTER = 30.0
"""Seconds without a beat."""
LOST_AFTER = 600.0
"""Seconds without a beat after which a run on another machine is taken for dead."""
EVERY = 0.5
"""Seconds between two beats that are written."""
NO_LOCKS = (errno.ENOLCK, errno.EOPNOTSUPP, errno.ENOSYS)
State = Literal["running", "paused", "stalled", "died", "finished", "stopped", "failed", "taken"]
LIVING: tuple[State, ...] = ("running", "paused", "stalled")


@dataclass(frozen=True, slots=True)
class Beat:
    """A sign of life.

    time: when, in seconds since 1970. step: steps that were made. since: when the lease was taken. doing, until: what
    is being done that has no steps, and until when it may take. ended: the lease was given back. locked: its disk
    knows locks.
    """

    time: float = 0.0
    pid: int = 0
    host: str = ""
    step: int = 0
    since: float = 0.0
    doing: str = ""
    until: float = 0.0
    ended: bool = False
    locked: bool = True

    @property
    def here(self) -> bool:
        """Whether the system's lock says more than the beat."""
        return self.locked and self.host in ("", platform.node())

    def silent(self) -> float:
        """Return for how many seconds there should have been a beat, and was none; clocks may differ either way."""
        return abs(time.time() - self.time) if self.until <= time.time() else 0.0

    def holder(self) -> str:
        """Say who it is: ``process 42 on this machine, since 21 Nov 10:42``."""
        where = "this machine" if self.host == platform.node() else self.host or "another machine"
        return f"process {self.pid} on {where}, since {time.strftime('%d %b %H:%M', time.localtime(self.since))}"


@dataclass(frozen=True, slots=True)
class Look:
    """How a run is at this moment."""

    state: State
    beat: Beat

    @property
    def lives(self) -> bool:
        """Whether somebody is making it."""
        return self.state in LIVING


class Lease:
    """The right to make a run, which one process has at a time."""

    def __init__(self, folder: Path) -> None:
        """Take it; RunError says who has it, or why it cannot be had."""
        self.folder = folder
        self._lock = FileLock(folder / LEASE, 0o644)
        locked = True
        try:
            taken = self._lock.take()
        except OSError as error:
            if error.errno not in NO_LOCKS:
                raise RunError(f"{folder}: the run cannot be made here: {error.strerror}.") from error
            taken, locked = True, False
        before = _read_beat(folder)
        if not taken or (not before.here and not before.ended and before.silent() < STALLED_AFTER):
            self._lock.release(remove=False)
            raise RunError(f"{folder}: is being made by {before.holder()}. Stop it there first.")
        self._beaten, self._step = -EVERY, 0
        self._last = Beat(pid=os.getpid(), host=platform.node(), since=time.time(), locked=locked)
        self.beat()

    def beat(self, step: int = 0, *, doing: str = "", seconds: float = 0.0) -> None:
        """Say that it lives; as often as one likes, written twice a second at most.

        doing, seconds: what comes now that has no steps (``compiling``), and how long it may take before somebody
        should think that it hangs. Written at once where it is something else than before.
        """
        self._step, mark = step, time.monotonic()
        if doing == self._last.doing and mark - self._beaten < EVERY:
            return
        self._beaten = mark
        now = time.time()
        self._last = replace(self._last, time=now, step=step, doing=doing, until=now + seconds if doing else 0.0)
        self._write()

    def release(self, *, remove: bool = False) -> None:
        """Give it back. remove: its file goes too, as the last one of a run that is deleted."""
        self._last = replace(self._last, time=time.time(), step=self._step, ended=True, doing="", until=0.0)
        if not remove:
            self._write()
        self._lock.release(remove=remove)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.release()

    def _write(self) -> None:
        text = (json.dumps(asdict(self._last)).ljust(SIZE - 1) + "\n").encode()
        with suppress(OSError):  # a run does not end because nobody can hear its heart
            if self._last.locked:
                self._lock.write(text)
            else:
                (self.folder / LEASE).write_bytes(text)


def look(folder: Path, record: Record | None = None) -> Look:
    """Return how a run is, by its record, its lock and its beat; RunError where it is no run."""
    found = record or read_record(folder)
    if found.state not in ("running", "paused"):
        return Look(found.state, _read_beat(folder))
    beat = _read_beat(folder)
    held = is_held(folder / LEASE) if beat.here else None
    if held is False:
        ended = read_record(folder)  # it may have ended between the two looks
        return Look(ended.state if ended.state not in ("running", "paused") else "died", beat)
    silent = beat.silent()
    if held is None and (beat.ended or silent >= LOST_AFTER):
        return Look("died", beat)
    return Look("stalled" if silent >= STALLED_AFTER else found.state, beat)


def _read_beat(folder: Path) -> Beat:
    """Return the last beat; an empty one where there is none that can be read."""
    for _ in range(3):  # it may be read while it is written
        try:
            with (folder / LEASE).open("rb") as file:
                return _beat(json.loads(file.read(4 * SIZE)))
        except OSError:
            break
        except (ValueError, RecursionError):
            continue
    return Beat()


def _beat(values: Any) -> Beat:
    if not isinstance(values, dict):
        raise ValueError("a beat is an object")
    sound: dict[str, Any] = {}
    for name, default in asdict(Beat()).items():
        value = values.get(name, default)
        if type(value) is not type(default) and not (type(default) is float and type(value) is int):
            raise ValueError(f"{name} of a beat")
        sound[name] = value
    return Beat(**sound)

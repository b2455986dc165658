"""The journal: what was changed and not saved, so that a killed program comes back with all that had been shown.

One JSON text a line: first the head (which document, what it began as), then a change each. Every change is handed to
the system as soon as it is committed, by a thread of its own, and before it can be painted: a killed program loses
nothing that was seen, and a disk that does not answer holds nobody up. What the system holds is flushed to the disk a
second later at most, which is what a power cut can cost.
"""

from __future__ import annotations

import json
import os
import queue
import secrets
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from grapheditor.edit.change import Change
from grapheditor.graph import FileError, Graph, read_text
from grapheditor.graph.disk import LARGEST_FILE, replace_file
from grapheditor.graph.migrate import History
from grapheditor.graph.schema import encode

SUFFIX = ".journal"
MOST_BYTES = 4 * 2**20
"""Of changes behind the head; with more, they are folded into one."""
FLUSH_AFTER = 1.0
"""Seconds."""
PATIENCE = 5.0
"""Seconds that are waited for a disk that does not answer."""
PROMPT = 0.03
"""Seconds that an edit waits at most until the system has it: else it could be seen, and then be lost by a kill."""
Records = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Head:
    """What a journal is about: the document, and the text that its changes begin with.

    path: its file, None where it was never saved. digest: of the file's content that the changes are based on.
    runs: names the folder of its runs where it was never saved.
    """

    path: str | None
    title: str
    digest: str | None
    runs: str
    base: str


class Journal:
    """Written beside the document that is open. Callbacks come from the journal's own thread."""

    def __init__(self, folder: Path, key: str, failed: Callable[[str], None]) -> None:
        self.path = folder / f"{key}-{secrets.token_hex(4)}{SUFFIX}"
        self._failed = failed
        self._waiting: queue.SimpleQueue[Callable[[], None] | None] = queue.SimpleQueue()
        self._thread: threading.Thread | None = None
        self._head: Head | None = None
        self._records: Records = {}
        self._count, self._last = 0, ""
        self._descriptor: int | None = None
        self._size, self._most = 0, MOST_BYTES
        self._unflushed: float | None = None
        self._complained = False
        self._behind: threading.Event | None = None
        """Set when what an edit has not waited for any longer is written."""

    def begin(self, head: Head, change: Change | None = None) -> None:
        """Forget what was written: from now on changes are based on this head, the first one at once if given."""
        self._do(lambda: self._begin(head, change))

    def append(self, change: Change) -> None:
        """Write a change; returns when the system has it, or a moment later where that does not answer.

        From then on nothing is waited for until it has caught up.
        """
        self._do(lambda: self._append(change))
        if self._behind is None or self._behind.is_set():
            written = threading.Event()
            self._do(written.set)
            self._behind = None if written.wait(PROMPT) else written

    def wait(self) -> bool:
        """Wait until all that was handed over is written, for a bounded time; tell whether it is."""
        done = threading.Event()
        self._do(done.set)
        return done.wait(PATIENCE) and not self._complained

    def close(self) -> None:
        """Remove the journal: its document is saved, or its changes are not wanted."""
        self._do(self._remove)
        self._waiting.put(None)
        if self._thread is not None:
            self._thread.join(PATIENCE)
            self._thread = None

    def _do(self, task: Callable[[], None]) -> None:
        self._waiting.put(task)
        if self._thread is None:
            self._thread = threading.Thread(target=self._work, name="journal", daemon=True)
            self._thread.start()

    def _work(self) -> None:
        while True:
            try:
                left = None if self._unflushed is None else max(0.0, self._unflushed + FLUSH_AFTER - time.monotonic())
                task = self._waiting.get(timeout=left)
            except queue.Empty:
                task = self._flush
            if task is None:
                return
            try:
                task()
            except (OSError, FileError) as error:
                self._complain(error)

    def _begin(self, head: Head, change: Change | None) -> None:
        self._shut()
        self._head, self._records, self._count = head, {}, 0
        if change:
            self._append(change)
        else:
            self._remove()

    def _append(self, change: Change) -> None:
        records = _encoded(change)
        self._records |= records
        self._count += 1
        self._last = change.title
        if self._descriptor is None or self._size > self._most:
            self._write_anew()
            return
        line = _line({"title": change.title, "count": 1, "records": records})
        self._size += len(line)
        _write_all(self._descriptor, line)
        if self._unflushed is None:
            self._unflushed = time.monotonic()

    def _write_anew(self) -> None:
        """Write the head and one change that is all of them, in place of what was there."""
        assert self._head is not None
        line = _line({"title": self._last, "count": self._count, "records": self._records})
        self._shut()
        self.path.parent.mkdir(parents=True, exist_ok=True)
        first = not self.path.exists()  # then there is nothing that a power cut could take
        replace_file(self.path, _line(asdict(self._head)) + line, flush=not first)
        if first:
            self._unflushed = time.monotonic()
        self._descriptor = os.open(self.path, os.O_WRONLY | os.O_APPEND)
        self._size, self._most = 0, max(MOST_BYTES, len(line))
        self._complained = False

    def _flush(self) -> None:
        """Flush what was written; what could not be written is tried again."""
        self._unflushed = None
        if self._descriptor is not None:
            os.fsync(self._descriptor)
        elif self._count:
            self._write_anew()

    def _remove(self) -> None:
        self._shut()
        self._count = 0
        self.path.unlink(missing_ok=True)

    def _shut(self) -> None:
        self._unflushed = None
        descriptor, self._descriptor = self._descriptor, None
        if descriptor is not None:
            os.close(descriptor)

    def _complain(self, error: Exception) -> None:
        """Say once that nothing is kept; all changes are written again with the next one, or a little later."""
        self._shut()
        self._unflushed = time.monotonic()
        if not self._complained:
            self._complained = True
            self._failed(getattr(error, "strerror", None) or str(error))


@dataclass(frozen=True, slots=True)
class Remains:
    """A journal that nobody writes any more: the changes of a program that ended without saving them."""

    file: Path
    head: Head
    count: int
    last: str
    records: Records
    when: float

    @property
    def path(self) -> Path | None:
        """The file of the document, None where it was never saved."""
        return Path(self.head.path) if self.head.path else None

    def base(self, history: History) -> Graph:
        """Return the graph that the changes are based on; FileError where it cannot be read."""
        return read_text(self.head.base, self.file, history)

    def graph(self, history: History) -> Graph:
        """Return the graph as it was shown last; FileError where it cannot be read.

        Records are put into the text of the base before that is read, so that they go through the same migration,
        limits and checks as a file.
        """
        self.base(history)
        values = json.loads(self.head.base)
        for key, value in self.records.items():
            kind, dot, rest = key.partition(".")
            place, name = (values.setdefault(kind, {}), rest) if dot else (values, kind)
            if value is None:
                place.pop(name, None)
            else:
                place[name] = value
        return read_text(json.dumps(values), self.file, history)


def remains(folder: Path, key: str = "") -> Iterator[Remains]:
    """Yield what is left in a folder, of one document or of all; the newest first."""
    found = [(item, _moment(item)) for item in folder.glob(f"{key}*{SUFFIX}")] if folder.is_dir() else []
    for path, moment in sorted(found, key=lambda pair: -pair[1]):
        left = _read(path, moment)
        if left is not None:
            yield left


def key_of(left: Remains) -> str:
    """Return the key that a journal was opened under, which is also its lock's."""
    return left.file.name.removesuffix(SUFFIX).rpartition("-")[0]


def _read(path: Path, moment: float) -> Remains | None:
    """Read a journal as far as it is whole: a killed program may have left half a line."""
    try:
        with path.open("rb") as file:
            head, *lines = file.read(3 * LARGEST_FILE).split(b"\n")
        told = _head(json.loads(head))
    except (OSError, ValueError, TypeError, KeyError, RecursionError):
        return None
    records: Records = {}
    count, last = 0, ""
    for line in lines[:-1]:
        try:
            change = json.loads(line)
            records |= {str(key): value for key, value in change["records"].items()}
            count, last = count + int(change["count"]), str(change["title"])
        except (ValueError, TypeError, KeyError, AttributeError, RecursionError):
            break
    return Remains(path, told, count, last, records, moment) if count else None


def _head(values: Any) -> Head:
    texts = {name: values[name] for name in ("title", "runs", "base")}
    names = {name: values[name] for name in ("path", "digest")}
    if not all(isinstance(value, str) for value in [*texts.values(), *filter(None, names.values())]):
        raise TypeError("the head of a journal holds texts")
    return Head(**texts, **names)


def _moment(path: Path) -> float:
    try:
        return path.stat().st_mtime
    except OSError:
        return 0.0


def _encoded(change: Change) -> Records:
    return {key: None if after is None else encode(after) for key, (_, after) in change.differences.items()}


def _line(values: Mapping[str, Any]) -> bytes:
    return json.dumps(values).encode() + b"\n"


def _write_all(descriptor: int, data: bytes) -> None:
    while data:
        data = data[os.write(descriptor, data) :]

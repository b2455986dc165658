"""The window's end of a child process. Knows neither Qt nor torch; callbacks come from a thread of its own."""

from __future__ import annotations

import contextlib
import io
import os
import queue
import secrets
import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from typing import IO, Literal, cast

from grapheditor import own
from grapheditor.engine.channel import Channel
from grapheditor.engine.messages import Message

Kind = Literal["worker", "exporter", "foreteller", "runner", "arranger", "opener", "examiner", "prober"]
ENVIRONMENT = {"OMP_WAIT_POLICY": "PASSIVE", "GOMP_SPINCOUNT": "0", "PYTHONUNBUFFERED": "1"}
"""Set before torch loads: with spinning OpenMP threads a busy second core costs a factor of ten."""
MARK = "GRAPHEDITOR_MARK"
"""The variable that tells a child, in hexadecimal digits, what to send before its first frame."""
SHORTAGE = 71
"""The exit code of a child that had no memory left."""
DAMAGED = "What it sent could not be read:"
"""How the last line of a log begins whose process was ended for that."""
LONGEST_LOG = 8000
"""Bytes of a child's log that are kept: its end."""


WINDOWS = getattr(subprocess, "CREATE_NO_WINDOW", 0) | getattr(subprocess, "BELOW_NORMAL_PRIORITY_CLASS", 0)
"""How a child is started there: without a console, and below the window's priority."""


def command(kind: Kind) -> list[str]:
    """Return what is run as a child. -P: the files of the current folder are not code."""
    return [sys.executable, "-P", "-m", f"grapheditor.engine.{kind}"]


class Child:
    """A child process that speaks in messages.

    received: called for each message. ended: called once when it is gone, with its exit code and the end of its log.
    Both are called from the reader's thread.
    """

    def __init__(self, kind: Kind, received: Callable[[Message], None], ended: Callable[[int, str], None]) -> None:
        self._received = received
        self._ended = ended
        self._mark = secrets.token_bytes(16)
        self._process = subprocess.Popen(
            command(kind),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            env={
                **os.environ,
                **ENVIRONMENT,
                **own.environment(),
                MARK: self._mark.hex(),
                "PYTHONPATH": _python_path(),
            },
            creationflags=WINDOWS,
        )
        assert self._process.stdin is not None and self._process.stdout is not None and self._process.stderr is not None
        self._log = _Log(self._process.stderr, f"{kind} log")
        self._channel = Channel(self._process.stdout, self._process.stdin)
        self._waiting: queue.SimpleQueue[Message | None] = queue.SimpleQueue()
        self._reader = threading.Thread(target=self._read, name=f"{kind} reader", daemon=True)
        self._writer = threading.Thread(target=self._write, name=f"{kind} writer", daemon=True)
        self._writer.start()  # the reader waits for it at the process's end, which may come at once
        self._reader.start()

    @property
    def pid(self) -> int:
        """The process's number."""
        return self._process.pid

    @property
    def alive(self) -> bool:
        """Whether the process runs."""
        return self._process.poll() is None

    def send(self, message: Message) -> bool:
        """Send a message, without waiting for the process; False where it is gone (``ended`` tells why)."""
        if not self.alive:
            return False
        self._waiting.put(message)
        return True

    def leave(self) -> None:
        """Close the process's input behind what was sent: it ends by itself when it has read that."""
        self._waiting.put(None)

    def detach(self, message: Message, patience: float = 1.0) -> None:
        """Send a last message and let go of the process, which goes on."""
        self.send(message)
        self.leave()
        self._writer.join(patience)

    def close(self, patience: float = 3.0, *, kill: bool = True) -> None:
        """End the process: close its input, wait a little, then kill it.

        kill: without that a process that is still at something ends by itself when it is done.
        """
        self.leave()
        try:
            self._process.wait(patience)
        except subprocess.TimeoutExpired:
            if not kill:
                return
            self._process.kill()
            self._process.wait()
        self._reader.join(patience)

    def kill(self) -> None:
        """End the process at once."""
        self._process.kill()

    def _write(self) -> None:
        """Write what waits. A process that does not read blocks this thread only."""
        assert self._process.stdin is not None
        with contextlib.suppress(OSError, ValueError):  # it is gone; the reader tells of that
            while (message := self._waiting.get()) is not None:
                self._channel.send(message)
            self._process.stdin.close()

    def _read(self) -> None:
        damage = ""
        assert self._process.stdout is not None
        try:
            _skip(cast(io.BufferedReader, self._process.stdout), self._mark)
            while (message := self._channel.receive()) is not None:
                self._received(message)
        except (OSError, ValueError) as error:
            damage = f"\n{DAMAGED} {error}"
            self._process.kill()
        code = self._process.wait()
        self.leave()
        self._writer.join()
        for stream in (self._process.stdout, self._process.stdin):
            with contextlib.suppress(OSError):  # what was still to be written has no reader any more
                if stream is not None:
                    stream.close()
        self._ended(code, self._log.end() + damage)


class _Log:
    """The end of what a process writes to its log. However much that is, it fills no disk and holds nobody up."""

    def __init__(self, stream: IO[bytes], name: str) -> None:
        self._stream = stream
        self._text = b""
        self._reader = threading.Thread(target=self._read, name=name, daemon=True)
        self._reader.start()

    def _read(self) -> None:
        with self._stream as stream, contextlib.suppress(OSError, ValueError):
            while data := os.read(stream.fileno(), 2**16):
                self._text = (self._text + data)[-LONGEST_LOG:]

    def end(self) -> str:
        """Return what came last. A process that the ended one has left behind may have the log still open."""
        self._reader.join(1.0)
        return self._text.decode("utf-8", "replace")


def _skip(stream: io.BufferedReader, mark: bytes) -> None:
    """Read what comes before a process has its streams for itself, up to its mark."""
    kept = b""
    while data := stream.peek():
        found = (kept + data).find(mark)
        if found >= 0:
            stream.read(found + len(mark) - len(kept))
            return
        stream.read(len(data))
        kept = (kept + data)[1 - len(mark) :]


def _python_path() -> str:
    """The child must find this very package, also where the program was started as ``python main.py`` elsewhere."""
    home = str(Path(__file__).resolve().parents[2])
    return os.pathsep.join(filter(None, [home, os.environ.get("PYTHONPATH")]))

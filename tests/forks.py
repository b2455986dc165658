"""Child processes of the tests are forked from one that has torch loaded, which takes a process three seconds.

``python -m grapheditor...`` is what is served so, whoever starts it: a test, the window of a test, or a child that was
forked itself. All of it is that of a real process: its number, its streams, signals, exit code, environment and folder.
Whatever else is started is started as always, and so is everything where GRAPHEDITOR_FORKS is empty, as ``fresh`` has
it for a test and the shell for all of them. Linux only.
"""

from __future__ import annotations

import atexit
import json
import os
import secrets
import select
import socket
import struct
import subprocess
import sys
import threading
from pathlib import Path

ADDRESS = "GRAPHEDITOR_FORKS"
"""The variable that names the server's socket, which is in no folder; empty: there is none."""
NUMBER = struct.Struct("=q")
"""How lengths, numbers of processes and how they ended are sent."""
ALIKE = ("PYTHON", "OMP_", "GOMP_", "KMP_", "MKL_", "OPENBLAS_", "LC_", "LANG", "LD_", "MALLOC_")
"""Beginnings of variables that are read as a process starts: who wants others than the server has gets a new process."""
SET = {"PYTHONPATH", "PYTHONUNBUFFERED"}
"""Those of them that a fork can still heed."""
INTERPRETER = sys.executable
PASSED = {"stdin", "stdout", "stderr", "cwd", "env", "text", "encoding", "errors", "bufsize", "creationflags"}
"""What may be asked of a process that is forked."""

_starting = threading.Lock()
_server: subprocess.Popen[bytes] | None = None
_listener: socket.socket | None = None


class Popen(subprocess.Popen):
    """A process that is forked where that can be; elsewhere one like all others."""

    def __init__(self, args, **given) -> None:
        self._told: socket.socket | None = None
        fine = isinstance(args, list) and given.keys() <= PASSED and not given.get("creationflags")
        self._words = _module(args) if fine else None
        super().__init__(args, **given)

    def _execute_child(self, args, executable, preexec_fn, close_fds, pass_fds, cwd, env, *rest) -> None:
        ours = rest[3:9]
        if self._words is not None and os.environ.get(ADDRESS):
            request = {"words": self._words, "cwd": os.fspath(cwd or Path.cwd()), "env": dict(env or os.environ)}
            streams = [given if given != -1 else own for own, given in enumerate((ours[0], ours[3], ours[5]))]
            self._told, self.pid = _ask(request, streams)
        if self._told is None:
            super()._execute_child(args, executable, preexec_fn, close_fds, pass_fds, cwd, env, *rest)
            return
        self._child_created = True
        self._close_pipe_fds(*ours)

    def _internal_poll(self, _deadstate=None, **given):
        if self._told is not None:
            given["_waitpid"] = lambda _pid, flags: self._try_wait(flags)
        return super()._internal_poll(_deadstate, **given)

    def _try_wait(self, wait_flags):
        if self._told is None:
            return super()._try_wait(wait_flags)
        waiting = select.poll()
        waiting.register(self._told, select.POLLIN)
        if not waiting.poll(0 if wait_flags & os.WNOHANG else None):
            return 0, 0
        status = self._told.recv(NUMBER.size)
        self._told.close()
        return self.pid, NUMBER.unpack(status)[0]


def _module(words: list[object]) -> list[str] | None:
    """Return what follows the interpreter, where that is a module of ours."""
    texts = [os.fspath(word) for word in words]
    rest = texts[2:] if texts[1:2] == ["-P"] else texts[1:]
    ours = texts[0] == INTERPRETER and rest[:1] == ["-m"] and rest[1:] and rest[1].split(".")[0] == "grapheditor"
    return texts[1:] if ours else None


def _ask(request: dict[str, object], streams: list[int]) -> tuple[socket.socket | None, int]:
    """Return who tells of the end of a new process, and its number; None where the server leaves it to us."""
    _start()
    told = socket.socket(socket.AF_UNIX)
    told.connect(f"\0{os.environ[ADDRESS]}")
    text = json.dumps(request).encode()
    socket.send_fds(told, [NUMBER.pack(len(text))], streams)
    told.sendall(text)
    answer = told.recv(NUMBER.size)
    assert answer, "the server of forks has ended"
    (pid,) = NUMBER.unpack(answer)
    if pid:
        return told, pid
    told.close()
    return None, 0


def _start() -> None:
    """Start the server, where this is the process to which it belongs and it does not run yet."""
    global _server
    with _starting:
        if _listener is None or _server is not None:
            return
        _server = Popen(
            [sys.executable, "-P", str(Path(__file__).with_name("forkserver.py")), str(_listener.fileno())],
            stdin=subprocess.PIPE,  # it ends with this
            stdout=subprocess.DEVNULL,
            pass_fds=[_listener.fileno()],
        )
        _listener.close()


def _end() -> None:
    if _listener is not None:
        _listener.close()
    if _server is not None:
        _server.stdin.close()
        _server.wait()


def install() -> None:
    """Serve this process, whose tests they are, and those that are forked for it."""
    global _listener
    subprocess.Popen = Popen
    if sys.platform != "linux" or os.environ.get(ADDRESS) == "":
        return
    atexit.register(_end)
    os.environ[ADDRESS] = f"grapheditor-forks-{secrets.token_hex(8)}"
    _listener = socket.socket(socket.AF_UNIX)
    _listener.bind(f"\0{os.environ[ADDRESS]}")
    _listener.listen()

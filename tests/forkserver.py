"""The process from which the tests' children are forked (see forks.py): it has torch loaded, and one thread.

python -P forkserver.py DESCRIPTOR-OF-A-LISTENING-SOCKET
"""

from __future__ import annotations

import gc
import io
import json
import os
import runpy
import selectors
import signal
import socket
import subprocess
import sys
from contextlib import suppress
from pathlib import Path

HERE = Path(__file__).parent
OWN_PATH = [entry for entry in sys.path if entry not in os.environ.get("PYTHONPATH", "").split(os.pathsep)]
sys.path[:0] = [str(HERE), str(HERE.parent)]

import forks  # noqa: E402

PRELOADED = (
    "grapheditor.catalog",
    "grapheditor.compile.store",
    "grapheditor.compile.summary",
    "grapheditor.training.loop",
    "grapheditor.training.look",
    "onnx",
    "onnxscript",
    "PIL.Image",
)


def preload() -> None:
    """Import what most children import, and infer once, for which torch loads more."""
    for name in PRELOADED:
        __import__(name)
    from grapheditor.catalog import catalog
    from grapheditor.compile import Inference

    Inference(catalog()).analyse(catalog().new("lenet-5"))
    assert len(list(Path("/proc/self/task").iterdir())) == 1, "a process with threads cannot be forked"
    gc.collect()
    gc.freeze()


class Server:
    """Forks what is asked for, and tells whoever asked how that ended."""

    def __init__(self, listener: socket.socket) -> None:
        self._listener = listener
        self._children: dict[int, tuple[int, socket.socket]] = {}
        """By its descriptor: a child's number, and who wants to know of its end."""
        self._looking = selectors.DefaultSelector()
        self._looking.register(0, selectors.EVENT_READ)
        self._looking.register(listener, selectors.EVENT_READ)

    def serve(self) -> dict[str, object] | None:
        """Return in each child, with what it is to run; in the server itself when nobody needs it any more."""
        while True:
            for key, _ in self._looking.select():
                if key.fd == 0:
                    return None
                if key.fd in self._children:
                    self._tell(key.fd)
                elif (request := self._fork()) is not None:
                    return request

    def _tell(self, descriptor: int) -> None:
        """Tell how a child ended."""
        pid, told = self._children.pop(descriptor)
        self._looking.unregister(descriptor)
        os.close(descriptor)
        _, status = os.waitpid(pid, 0)
        with told, suppress(OSError):  # whoever wanted to know may be gone
            told.send(forks.NUMBER.pack(status))

    def _fork(self) -> dict[str, object] | None:
        """Fork; return in the child alone, with nothing open that is the server's."""
        told, _ = self._listener.accept()
        size, streams, _, _ = socket.recv_fds(told, forks.NUMBER.size, 3)
        text = told.recv(forks.NUMBER.unpack(size)[0], socket.MSG_WAITALL)
        request = json.loads(text)
        pid = os.fork() if _can_be_forked(request["env"]) else -1
        if not pid:
            told.close()
            self._close()
        for own, stream in enumerate(streams):
            if not pid:
                os.dup2(stream, own)
            os.close(stream)
        if not pid:
            return request
        told.send(forks.NUMBER.pack(max(pid, 0)))
        if pid > 0:
            descriptor = os.pidfd_open(pid)
            self._looking.register(descriptor, selectors.EVENT_READ)
            self._children[descriptor] = pid, told
        else:
            told.close()
        return None

    def _close(self) -> None:
        self._listener.close()
        self._looking.close()
        for descriptor, (_, told) in self._children.items():
            os.close(descriptor)
            told.close()


def _can_be_forked(environment: dict[str, str]) -> bool:
    """Whether nothing that is read as a process starts differs from what this one has read."""
    return _read_at_start(environment) == _read_at_start(os.environ)


def _read_at_start(environment) -> dict[str, str]:
    return {
        name: value for name, value in environment.items() if name.startswith(forks.ALIKE) and name not in forks.SET
    }


def run(request) -> None:
    """Be what was asked for, in its environment and folder."""
    os.environ.clear()
    os.environ.update(request["env"])
    os.chdir(request["cwd"])
    signal.signal(signal.SIGINT, signal.default_int_handler)
    _open_streams()
    path = filter(None, os.environ.get("PYTHONPATH", "").split(os.pathsep))
    words = request["words"]
    _, module, *rest = words[words.index("-m") :]
    sys.path[:] = [*([] if words[0] == "-P" else [str(Path.cwd())]), *path, *OWN_PATH]
    sys.orig_argv[1:] = words
    sys.argv = ["-m", *rest]
    runpy.run_module(module, run_name="__main__", alter_sys=True)


def _open_streams() -> None:
    """Have the standard streams as Python opens them."""
    unbuffered = bool(os.environ.get("PYTHONUNBUFFERED"))
    for descriptor, name in enumerate(("stdin", "stdout", "stderr")):
        old, raw = getattr(sys, name), io.FileIO(descriptor, "wb" if descriptor else "rb", closefd=False)
        new = io.TextIOWrapper(
            io.BufferedReader(raw) if not descriptor else raw if unbuffered else io.BufferedWriter(raw),
            old.encoding,
            old.errors,
            newline="\n" if descriptor else None,
            line_buffering=name == "stderr" or raw.isatty(),
            write_through=bool(descriptor) and unbuffered,
        )
        setattr(sys, name, new)
        setattr(sys, f"__{name}__", new)


def main() -> None:
    """Serve until the input ends; a child is then what was asked for."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    listener = socket.socket(fileno=int(sys.argv[1]))
    preload()
    subprocess.Popen = forks.Popen
    request = Server(listener).serve()
    if request is not None:
        run(request)


if __name__ == "__main__":
    main()

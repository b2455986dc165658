"""Speaking with a run that is being made: pause, continue, stop, status, and whatever its loop answers.

A socket on the machine's own loopback, which every system has, and a token that only the user's own programs can read.
Frames of JSON as the engine's: first the token, then one request, then one answer; then the line is closed. What a
client does or leaves undone costs the run a thread for some seconds at most, and never a step.
"""

from __future__ import annotations

import collections
import contextlib
import hmac
import json
import os
import platform
import secrets
import socket
import tempfile
import threading
import time
import weakref
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, Self

from grapheditor.engine.channel import pack, unpack
from grapheditor.errors import TrainError
from grapheditor.runs.errors import RunError
from grapheditor.runs.lease import look

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

CONTROL = "control.json"
LARGEST_FILE = 4096
LARGEST_TOKEN = 200
LARGEST_REQUEST = 2**20
LARGEST_ANSWER = 64 * 2**20
MOST_CLIENTS = 16
"""At a time; more are turned away."""
GREETING = 5.0
"""Seconds that a client has for its token and its request."""
FAREWELL = 2.0
"""Seconds that answers have to leave when a run ends."""
PATIENCE = 10.0
"""Seconds for which a client waits if it does not say."""
LONGEST_PATIENCE = 600.0
Wanted = Literal["run", "pause", "stop"]


@dataclass(slots=True)
class _Request:
    """What a client waits for."""

    name: str
    arguments: dict[str, Any]
    answered: threading.Event = field(default_factory=threading.Event)
    abandoned: bool = False
    answer: dict[str, Any] = field(default_factory=dict)

    def say(self, answer: dict[str, Any]) -> None:
        self.answer = answer
        self.answered.set()


class Server:
    """The end of the run's process. Its thread only listens and queues; the loop says when it has time.

    handlers: what is answered between steps, in :meth:`serve_pending`, by name: JSON arguments -> JSON.
    wanted: what people asked for last: run, pause or stop. To be looked at between steps; stop is final.
    status: what ``status`` answers, also during a long step; to be replaced, not changed.
    """

    def __init__(self, folder: Path, handlers: Mapping[str, Callable[[dict[str, Any]], Any]] | None = None) -> None:
        self.folder = folder
        self.handlers = dict(handlers or {})
        self.wanted: Wanted = "run"
        self.status: Mapping[str, Any] = {}
        self._pending: collections.deque[_Request] = collections.deque()
        self._news = threading.Condition()
        self._slots = threading.BoundedSemaphore(MOST_CLIENTS)
        self._closed = threading.Event()
        self._owed = 0
        self._token = secrets.token_hex(16)
        try:
            self._socket = socket.create_server(("127.0.0.1", 0), backlog=MOST_CLIENTS)
            self._address: tuple[str, int] = self._socket.getsockname()
            self._publish()
        except OSError as error:
            raise RunError(f"{folder}: the run cannot be spoken with: {error.strerror or error}.") from error
        _OPEN.add(self)
        threading.Thread(target=self._listen, name="control", daemon=True).start()

    def serve_pending(self, seconds: float = 0.0) -> None:
        """Answer what waits. seconds: wait so long for something to happen, as a loop does while it is paused."""
        if seconds and not self._pending:
            wanted = self.wanted
            with self._news:
                self._news.wait_for(lambda: self._pending or self.wanted != wanted, seconds)
        while self._pending:
            request = self._pending.popleft()
            if not request.abandoned:
                request.say(self._perform(self.handlers[request.name], request.arguments))

    def close(self) -> None:
        """Speak with nobody any more; those who wait are told."""
        with self._news:
            if self._closed.is_set():
                return
            self._closed.set()
        _OPEN.discard(self)
        with contextlib.suppress(OSError):
            (self.folder / CONTROL).unlink(missing_ok=True)
        with contextlib.suppress(OSError), socket.create_connection(self._address, 1.0):
            pass  # wakes the thread that listens
        self._socket.close()
        while self._pending:
            self._pending.popleft().say({"error": "The run is ending."})
        with self._news:
            self._news.wait_for(lambda: not self._owed, FAREWELL)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _publish(self) -> None:
        """Write where the run listens, for the user's own eyes."""
        values = {"host": platform.node(), "port": self._address[1], "token": self._token}
        descriptor, name = tempfile.mkstemp(prefix=f".{CONTROL}.", dir=self.folder)  # 0600
        try:
            with os.fdopen(descriptor, "w", encoding="utf-8") as file:
                json.dump(values, file)
            Path(name).replace(self.folder / CONTROL)
        except OSError:
            Path(name).unlink(missing_ok=True)
            raise

    def _listen(self) -> None:
        while not self._closed.is_set():
            try:
                client, _ = self._socket.accept()
            except OSError:
                if self._closed.is_set():
                    return
                time.sleep(0.1)  # no descriptors left, or a client that was gone at once
                continue
            if self._closed.is_set() or not self._slots.acquire(blocking=False):
                client.close()
                continue
            threading.Thread(target=self._attend, args=(client,), name="control client", daemon=True).start()

    def _attend(self, client: socket.socket) -> None:
        """Serve one client, whoever it may be."""
        try:
            with client, contextlib.suppress(OSError, ValueError):
                read = _until(client, GREETING)
                token = unpack(read, LARGEST_TOKEN)
                if not isinstance(token, str) or not hmac.compare_digest(token.encode(), self._token.encode()):
                    return
                request = unpack(read, LARGEST_REQUEST)
                with self._owing():
                    answer = self._answer(request)
                    client.settimeout(GREETING)
                    client.sendall(_packed(answer))
        finally:
            self._slots.release()

    @contextlib.contextmanager
    def _owing(self) -> Iterator[None]:
        """Have :meth:`close` wait for what is done here, so that who says stop hears that it was heard."""
        with self._news:
            self._owed += 1
        try:
            yield
        finally:
            with self._news:
                self._owed -= 1
                self._news.notify_all()

    def _answer(self, request: Any) -> dict[str, Any]:
        if not isinstance(request, dict):
            return {"error": "A request is an object."}
        name, arguments = str(request.get("name")), request.get("arguments", {})
        patience = request.get("patience", PATIENCE)
        if not isinstance(arguments, dict) or type(patience) not in (int, float):
            return {"error": "A request has a name, arguments and patience."}
        if name in ("pause", "continue", "stop"):
            return self._want({"pause": "pause", "continue": "run", "stop": "stop"}[name])
        if name == "status":
            return {"answer": {**self.status, "wanted": self.wanted}}
        if name not in self.handlers:
            known = ", ".join(["pause", "continue", "stop", "status", *self.handlers])
            return {"error": f"This run does not know {name[:40]}; it knows {known}."}
        return self._queue(_Request(name, arguments), min(max(0.0, patience), LONGEST_PATIENCE))

    def _want(self, wanted: Any) -> dict[str, Any]:
        with self._news:
            if self.wanted == "stop" and wanted != "stop":
                return {"error": "The run is stopping already."}
            self.wanted = wanted
            self._news.notify_all()
        return {"answer": {"wanted": wanted}}

    def _queue(self, request: _Request, patience: float) -> dict[str, Any]:
        with self._news:
            if self._closed.is_set():
                return {"error": "The run is ending."}
            self._pending.append(request)
            self._news.notify_all()
        if request.answered.wait(patience):
            return request.answer
        request.abandoned = True
        return {"error": f"The run is in the middle of a step, and did not answer within {patience:.0f} s."}

    def _perform(self, handler: Callable[[dict[str, Any]], Any], arguments: dict[str, Any]) -> dict[str, Any]:
        try:
            return {"answer": handler(arguments)}
        except TrainError as error:
            return {"error": error.message}
        except Exception as error:  # noqa: BLE001 - whoever looks inside must not end the run
            return {"error": f"This could not be answered ({type(error).__name__}: {error})."}

    def _forget(self) -> None:
        self._closed.set()
        self._socket.close()


class Control:
    """The end of whoever follows a run. Every call raises RunError with a sentence where the run does not answer."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def pause(self) -> None:
        """Have it pause after the step that it makes; it says so in its state."""
        self.ask("pause")

    def go_on(self) -> None:
        """Have it go on after a pause."""
        self.ask("continue")

    def stop(self) -> None:
        """Have it write a checkpoint after the step that it makes, and end."""
        self.ask("stop")

    def status(self) -> dict[str, Any]:
        """Return what it says of itself, and under ``wanted`` what it was asked for."""
        found = self.ask("status")
        return found if isinstance(found, dict) else {}

    def ask(self, name: str, arguments: Mapping[str, Any] | None = None, patience: float = PATIENCE) -> Any:
        """Ask it something and return the answer; wait for it so many seconds."""
        host, port, token = self._where()
        request = {"name": name, "arguments": dict(arguments or {}), "patience": patience}
        try:
            with socket.create_connection((host, port), GREETING) as line:
                line.sendall(pack(token) + pack(request))
                answer = unpack(_until(line, patience + GREETING), LARGEST_ANSWER)
        except TimeoutError as error:
            raise RunError(f"{self.folder}: the run did not answer within {patience + GREETING:.0f} s.") from error
        except (OSError, ValueError) as error:
            raise RunError(f"{self.folder}: the run does not answer: {error}.") from error
        if not isinstance(answer, dict):
            raise RunError(f"{self.folder}: the run turned the request away, or ended before it answered.")
        if "error" in answer:
            raise RunError(f"{self.folder}: {answer['error']}")
        return answer.get("answer")

    def _where(self) -> tuple[str, int, str]:
        """Return host, port and token of a run that lives here: nobody else is told its token."""
        seen = look(self.folder)
        if not seen.lives:
            ended = {"died": "nobody is making it any more", "taken": "nobody has trained it"}.get(seen.state)
            raise RunError(f"{self.folder}: does not run: {ended or f'it has {seen.state}'}.")
        if seen.beat.host not in ("", platform.node()):
            raise RunError(f"{self.folder}: runs on {seen.beat.host}, and listens only to programs there.")
        try:
            with (self.folder / CONTROL).open("rb") as file:
                values = json.loads(file.read(LARGEST_FILE))
            port, token = values["port"], values["token"]
            if type(port) is not int or not 0 < port < 2**16 or not isinstance(token, str):
                raise ValueError("no port or no token")
        except FileNotFoundError as error:
            raise RunError(f"{self.folder}: the run does not listen yet, or no longer.") from error
        except PermissionError as error:
            raise RunError(f"{self.folder}: the run is somebody else's; it listens to its owner alone.") from error
        except (OSError, ValueError, KeyError, TypeError, RecursionError) as error:
            raise RunError(f"{self.folder / CONTROL}: is damaged.") from error
        return "127.0.0.1", port, token


def _packed(answer: dict[str, Any]) -> bytes:
    try:
        data = pack(answer)
    except (TypeError, ValueError, RecursionError) as error:
        return pack({"error": f"The answer cannot be sent: {error}."})
    if len(data) > LARGEST_ANSWER:
        return pack({"error": f"The answer has {len(data):,} bytes; at most {LARGEST_ANSWER:,} are sent."})
    return data


def _until(line: socket.socket, seconds: float) -> Callable[[int], bytes]:
    """Return what reads so many bytes from a line, all of it within the seconds from now, however slowly they come."""
    deadline = time.monotonic() + seconds

    def read(count: int) -> bytes:
        found = bytearray()
        while len(found) < count:
            left = deadline - time.monotonic()
            if left <= 0:
                raise TimeoutError("it is too slow")
            line.settimeout(left)
            data = line.recv(min(count - len(found), 2**16))
            if not data:
                break
            found += data
        return bytes(found)

    return read


_OPEN: weakref.WeakSet[Server] = weakref.WeakSet()


def _forget_all() -> None:
    """Leave a child that was forked no part in the line: it would keep it open when its parent is killed."""
    for server in list(_OPEN):
        server._forget()
    _OPEN.clear()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_forget_all)

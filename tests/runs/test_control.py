"""Speaking with a run: what it answers, when, and that no client can harm it."""

from __future__ import annotations

import json
import os
import socket
import stat
import struct
import threading
import time
from contextlib import suppress

import pytest

from grapheditor.engine.channel import pack, unpack
from grapheditor.runs import control as module
from grapheditor.runs.control import CONTROL, Control, Server
from grapheditor.runs.errors import RunError
from grapheditor.runs.lease import Lease
from grapheditor.runs.record import update_record

PATIENCE = 60


@pytest.fixture
def server(run):
    """Return the server of a run that this process makes."""
    with Lease(run), Server(run) as made:
        yield made


class Loop(threading.Thread):
    """The loop of a run, which has time between steps only."""

    def __init__(self, server: Server) -> None:
        super().__init__(daemon=True)
        self.server, self.over, self.steps = server, threading.Event(), 0

    def run(self) -> None:
        while not self.over.is_set():
            self.steps += 1
            self.server.serve_pending(0.001)

    def __enter__(self):
        self.start()
        return self

    def __exit__(self, *_):
        self.over.set()
        self.join(PATIENCE)


def address(run):
    return json.loads((run / CONTROL).read_text())


def connect(run) -> socket.socket:
    return socket.create_connection(("127.0.0.1", address(run)["port"]), PATIENCE)


def wait_for_slots(server: Server) -> None:
    """Wait until no client is being attended."""
    for _ in range(module.MOST_CLIENTS):
        assert server._slots.acquire(timeout=PATIENCE)
    for _ in range(module.MOST_CLIENTS):
        server._slots.release()


def test_pause_continue_and_stop_are_accepted_during_a_step(run, server):
    control = Control(run)
    assert server.wanted == "run"
    control.pause()
    assert server.wanted == "pause"
    control.go_on()
    assert server.wanted == "run"
    server.status = {"step": 7}
    assert control.status() == {"step": 7, "wanted": "run"}
    control.stop()
    control.stop()
    assert server.wanted == "stop"
    with pytest.raises(RunError, match="is stopping already"):
        control.go_on()
    assert server.wanted == "stop"


def test_a_look_inside_is_answered_between_steps(run, server):
    threads = []

    def look(arguments):
        threads.append(threading.current_thread().name)
        return [arguments["node"], 1.5, None]

    server.handlers["look"] = look
    with Loop(server) as loop:
        assert Control(run).ask("look", {"node": "conv1"}) == ["conv1", 1.5, None]
        assert threads == [loop.name]
    with pytest.raises(RunError, match="in the middle of a step, and did not answer within 0 s"):
        Control(run).ask("look", {"node": "conv1"}, patience=0)
    server.serve_pending()
    assert len(threads) == 1, "who does not wait any more is not served"


def test_a_pause_ends_as_soon_as_somebody_says_so(run, server):
    Control(run).pause()
    waiting = threading.Thread(target=server.serve_pending, args=(PATIENCE,))
    waiting.start()
    Control(run).go_on()
    waiting.join(PATIENCE / 2)
    assert not waiting.is_alive()


def test_what_a_handler_raises_is_a_sentence_and_the_loop_goes_on(run, server):
    def fail(arguments):
        raise {"run": RunError("There is no node x."), "other": ZeroDivisionError("by 0")}[arguments["how"]]

    loop: list = []
    loop.append(loop)
    server.handlers |= {
        "fail": fail,
        "object": lambda _: object(),
        "endless": lambda _: loop,
        "large": lambda _: "x" * 1000,
    }
    with Loop(server):
        for name, how, words in [
            ("fail", "run", "There is no node x."),
            ("fail", "other", r"could not be answered \(ZeroDivisionError: by 0\)"),
            ("fail", "missing", "KeyError"),
            ("object", "", "The answer cannot be sent"),
            ("endless", "", "The answer cannot be sent"),
            ("nothing", "", "does not know nothing; it knows pause, continue, stop, status, fail"),
        ]:
            with pytest.raises(RunError, match=words):
                Control(run).ask(name, {"how": how})


def test_too_large_an_answer_is_told(run, server, monkeypatch):
    monkeypatch.setattr(module, "LARGEST_ANSWER", 500)
    server.handlers["large"] = lambda _: "x" * 1000
    with Loop(server), pytest.raises(RunError, match="at most 500 are sent"):
        Control(run).ask("large")


def frame(data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + data


HOSTILE = [
    b"",
    b"GET / HTTP/1.1\r\n\r\n",
    b"\0\0",
    frame(b'"wrong"'),
    frame(b"17"),
    frame(b"[" * 190),
    frame(b"\xff\xfe"),
    frame('"é"'.encode()),
    struct.pack(">I", 2**32 - 1) + b"x" * 1000,
    struct.pack(">I", 201) + b'"' + b"x" * 199 + b'"',
]
ANSWERED = [
    (b"[]", "A request is an object"),
    (b'"pause"', "A request is an object"),
    (b'{"name": "pause", "arguments": []}', "A request has"),
    (b'{"name": "look", "patience": "long"}', "A request has"),
    (b'{"name": ["pause"]}', "does not know"),
    (b"{}", "does not know"),
]


@pytest.mark.parametrize("data", HOSTILE)
def test_who_does_not_know_the_token_is_turned_away(run, server, data):
    with connect(run) as line, suppress(OSError):
        line.sendall(data)
        line.shutdown(socket.SHUT_WR)
        assert line.recv(100) == b""
    wait_for_slots(server)
    assert server.wanted == "run"
    assert Control(run).status() == {"wanted": "run"}


@pytest.mark.parametrize("body", [b"[" * 100_000, b"\xff", b"{", b"x" * 2**21])
def test_garbage_behind_the_token_harms_nothing(run, server, body):
    with connect(run) as line, suppress(ConnectionError):
        line.sendall(pack(address(run)["token"]) + frame(body))
        assert line.recv(100) == b""
    wait_for_slots(server)
    assert Control(run).status() == {"wanted": "run"}


@pytest.mark.parametrize(("body", "words"), ANSWERED)
def test_a_wrong_request_is_told_so(run, server, body, words):
    with connect(run) as line:
        line.sendall(pack(address(run)["token"]) + frame(body))
        answer = unpack(line.makefile("rb").read)
    assert words in answer["error"]
    assert server.wanted == "run"


def test_clients_that_vanish_or_only_listen_leave_room_for_others(run, server, monkeypatch):
    monkeypatch.setattr(module, "GREETING", 0.2)
    server.handlers["look"] = lambda _: 1
    token = pack(address(run)["token"])
    for data in (b"", token[:3], token, token + pack({"name": "look", "patience": 0.1})):
        for _ in range(5):
            with connect(run) as line:
                line.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))  # a reset, no goodbye
                with suppress(ConnectionError):
                    line.sendall(data)
    idle = [connect(run) for _ in range(3 * module.MOST_CLIENTS)]
    wait_for_slots(server)
    for line in idle:
        line.close()
    wait_for_slots(server)
    with Loop(server):
        assert Control(run).ask("look") == 1


def test_a_byte_at_a_time_does_not_hold_a_thread_for_long(run, server, monkeypatch):
    monkeypatch.setattr(module, "GREETING", 0.3)
    with connect(run) as line, suppress(ConnectionError):
        line.sendall(struct.pack(">I", 200))
        while server._slots._value == module.MOST_CLIENTS:
            time.sleep(0.001)  # until it listens
        for _ in range(200):
            line.sendall(b" ")
            if server._slots._value == module.MOST_CLIENTS:
                break
            time.sleep(0.01)  # slowly is what is tested
        else:
            pytest.fail("it was listened to for as long as it liked")
    wait_for_slots(server)


@pytest.mark.skipif(os.name != "posix", reason="rights of POSIX")
def test_only_its_owner_may_read_the_token(run, server):
    assert stat.S_IMODE((run / CONTROL).stat().st_mode) == 0o600
    assert server._address[0] == "127.0.0.1"


def test_when_it_closes_those_who_wait_are_told(run, server):
    server.handlers["look"] = lambda _: 1
    said = []

    def ask():
        try:
            Control(run).ask("look", patience=PATIENCE)
        except RunError as error:
            said.append(error.message)

    asking = threading.Thread(target=ask)
    asking.start()
    while not server._pending:
        time.sleep(0.001)
    server.close()
    server.close()
    asking.join(PATIENCE)
    assert said == [f"{run}: The run is ending."]
    assert not (run / CONTROL).exists()
    with pytest.raises(RunError, match="does not listen yet, or no longer"):
        Control(run).pause()


def test_who_says_stop_hears_that_it_was_heard(run, server, monkeypatch):
    left, real = [], module._packed

    def slowly(answer):
        time.sleep(0.2)  # the run has nothing left to do meanwhile
        left.append(answer)
        return real(answer)

    monkeypatch.setattr(module, "_packed", slowly)
    asking = threading.Thread(target=Control(run).stop)
    asking.start()
    while server.wanted != "stop":
        time.sleep(0.001)
    server.close()
    assert left == [{"answer": {"wanted": "stop"}}]
    asking.join(PATIENCE)


def test_a_run_that_does_not_live_is_told_nothing(run, other):
    with pytest.raises(RunError, match="does not run: nobody is making it any more"):
        Control(run).pause()
    holder = other(run, "server = Server(folder); print(flush=True); sys.stdin.read(1)")
    assert [holder.line(), holder.line()] == ["taken", ""]
    Control(run).pause()
    holder.kill()
    assert (run / CONTROL).exists()
    with pytest.raises(RunError, match="nobody is making it any more"):
        Control(run).pause()
    update_record(run, state="finished")
    with pytest.raises(RunError, match="does not run: it has finished"):
        Control(run).pause()


def test_between_processes(run, other):
    holder = other(
        run,
        """
        server = Server(folder, {"double": lambda arguments: 2 * arguments["x"]})
        print("ready", flush=True)
        while server.wanted != "stop":
            server.serve_pending(1.0)
        server.close()
        lease.release()
        print("stopped", flush=True)
        """,
    )
    assert [holder.line(), holder.line()] == ["taken", "ready"]
    assert Control(run).ask("double", {"x": 21}) == 42
    Control(run).stop()
    assert holder.line() == "stopped"


@pytest.mark.skipif(not hasattr(os, "fork"), reason="fork")
def test_a_forked_child_keeps_no_part_of_the_line(run, other):
    fork = """
    import os
    server = Server(folder)
    if os.fork():
        sys.stdin.read(1)
    else:
        print("forked", flush=True)
        sys.stdin.read(1)
        os._exit(0)
    """
    holder = other(run, fork)
    assert [holder.line(), holder.line()] == ["taken", "forked"]
    port = address(run)["port"]
    holder.kill()
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(("127.0.0.1", port), PATIENCE)
    holder.tell("x")


@pytest.mark.parametrize(
    "text", ["", "[]", "{}", '{"port": "1", "token": "x"}', '{"port": 70000, "token": "x"}', "[" * 4000]
)
def test_a_damaged_file_is_named(run, server, text):
    (run / CONTROL).write_text(text)
    with pytest.raises(RunError, match=r"control\.json: is damaged"):
        Control(run).pause()


def test_answers_that_are_none_are_sentences(run, server, monkeypatch):
    for answer, words in [
        (b"", "turned the request away"),
        (frame(b"7"), "turned the request away"),
        (frame(b"x"), "does not answer"),
        (struct.pack(">I", 2**31), "is too large"),
    ]:
        with socket.create_server(("127.0.0.1", 0)) as fake:
            (run / CONTROL).write_text(json.dumps({"port": fake.getsockname()[1], "token": "x"}))

            def serve(fake=fake, answer=answer):
                line, _ = fake.accept()
                with line:
                    unpack(line.makefile("rb").read)
                    line.sendall(answer)

            thread = threading.Thread(target=serve)
            thread.start()
            with pytest.raises(RunError, match=words):
                Control(run).pause()
            thread.join(PATIENCE)
    with socket.create_server(("127.0.0.1", 0)) as silent:
        (run / CONTROL).write_text(json.dumps({"port": silent.getsockname()[1], "token": "x"}))
        monkeypatch.setattr(module, "GREETING", 0.1)
        with pytest.raises(RunError, match="did not answer within 0 s"):
            Control(run).ask("status", patience=0)

"""Whether a run lives, between real processes: those that hold it, are killed, hang, fork or are far away."""

from __future__ import annotations

import json
import os
import platform
import signal
import time

import pytest

from grapheditor.graph.lock import FileLock, is_held
from grapheditor.runs import lease as module
from grapheditor.runs.errors import RunError
from grapheditor.runs.lease import LEASE, SIZE, Lease, look
from grapheditor.runs.record import update_record


def rewrite_beat(run, **values):
    path = run / LEASE
    path.write_text(json.dumps({**json.loads(path.read_text()), **values}).ljust(SIZE))


def test_a_run_runs_while_its_process_holds_it(run, other):
    holder = other(run, "sys.stdin.read(1); lease.beat(); lease.release(); print('released', flush=True)")
    assert holder.line() == "taken"
    assert look(run).state == "running"
    assert look(run).lives
    assert f"process {holder.process.pid} on this machine, since" in look(run).beat.holder()
    update_record(run, state="paused")
    assert look(run).state == "paused"
    update_record(run, state="finished")
    assert look(run).state == "finished", "its process has some things to tidy up"
    holder.tell()
    assert holder.line() == "released"
    assert look(run).state == "finished"


@pytest.mark.skipif(os.name != "posix", reason="signals of POSIX")
@pytest.mark.parametrize("state", ["running", "paused"])
def test_who_is_killed_has_died_and_the_run_can_be_taken(run, other, state):
    update_record(run, state=state)
    holder = other(run)
    assert holder.line() == "taken"
    holder.process.send_signal(signal.SIGKILL)
    holder.process.wait()
    assert look(run).state == "died"
    with Lease(run) as lease:
        assert look(run).state == state
        assert lease.folder == run
    assert look(run).state == "died", "it gave the lease back without saying how the run ended"


@pytest.mark.skipif(not hasattr(os, "fork"), reason="fork")
def test_a_forked_child_does_not_keep_its_dead_parents_run(run, other):
    fork = """
    import os
    if os.fork():
        sys.stdin.read(1)
    else:
        print("forked", flush=True)
        sys.stdin.read(1)
        sys.stdin.read(1)
        print("child ends", flush=True)
        os._exit(0)
    """
    holder = other(run, fork)
    assert [holder.line(), holder.line()] == ["taken", "forked"]
    assert look(run).state == "running"
    holder.kill()
    assert look(run).state == "died"
    holder.tell("xx")
    assert holder.line() == "child ends"


def test_of_two_takers_one_gets_a_sentence(run, other):
    for _ in range(5):
        takers = [other(run), other(run), other(run)]
        said = sorted(taker.line() for taker in takers)
        assert said[2] == "taken"
        for text in said[:2]:
            assert text.startswith(f"{run}: is being made by process ")
            assert text.endswith("Stop it there first.")
        for taker in takers:
            taker.close()


def test_two_in_one_process_are_two(run):
    with Lease(run):
        with pytest.raises(RunError, match=rf"is being made by process {os.getpid()} on this machine"):
            Lease(run)
        assert look(run).state == "running"
    Lease(run).release()


def test_looking_takes_nothing_away(run, other):
    """While others look without pause, who wants the lease gets it."""
    looker = other(
        run,
        """
        lease.release()
        from grapheditor.graph.lock import is_held
        print("looking", flush=True)
        import threading
        threading.Thread(target=lambda: (sys.stdin.read(1), __import__("os")._exit(0)), daemon=True).start()
        while True:
            is_held(folder / "lease")
        """,
    )
    assert [looker.line(), looker.line()] == ["taken", "looking"]
    for _ in range(50):
        Lease(run).release()


@pytest.mark.skipif(os.name != "posix", reason="flock")
def test_who_looks_turns_nobody_away(run, monkeypatch):
    """Somebody looks at this very moment: neither a second look nor who wants it takes that for a holder."""
    import fcntl

    Lease(run).release()
    with (run / LEASE).open() as file:
        fcntl.flock(file, fcntl.LOCK_SH)
        assert is_held(run / LEASE) is False
        monkeypatch.setattr("grapheditor.graph.lock.time.sleep", lambda _: fcntl.flock(file, fcntl.LOCK_UN))
        Lease(run).release()


def test_without_a_beat_it_is_stalled(run):
    with Lease(run) as lease:
        lease.beat(5)
        rewrite_beat(run, time=time.time() - 40)
        assert look(run).state == "stalled"
        assert look(run).lives
        rewrite_beat(run, time=time.time() + 40)
        assert look(run).state == "stalled", "a clock that was put back by much"
        lease.beat(6, doing="compiling", seconds=900)
        rewrite_beat(run, time=time.time() - 300)
        assert look(run).state == "running"
        assert look(run).beat.doing == "compiling"
        lease.beat(7)
        assert look(run).beat.step == 7
        assert look(run).beat.doing == ""


def test_a_beat_is_written_once_a_second_and_never_longer(run, monkeypatch):
    clock = [100.0]
    monkeypatch.setattr(module.time, "monotonic", lambda: clock[0])
    with Lease(run) as lease:
        for step in range(1000):
            clock[0] += 0.01
            lease.beat(step)
            assert look(run).beat.step >= step - 100
            assert (run / LEASE).stat().st_size == SIZE
        assert look(run).beat.step == 999 - 999 % 100 - 1 or look(run).beat.step > 890
    assert look(run).beat.ended


@pytest.mark.parametrize(
    ("age", "ended", "state"),
    [(1, False, "running"), (40, False, "stalled"), (700, False, "died"), (1, True, "died")],
)
def test_another_machines_run_is_judged_by_its_beat(run, age, ended, state):
    Lease(run).release()
    rewrite_beat(run, host="elsewhere", time=time.time() - age, ended=ended)
    assert look(run).state == state
    if state == "running":
        with pytest.raises(RunError, match=r"is being made by process .* on elsewhere"):
            Lease(run)
        assert is_held(run / LEASE) is False
    else:
        Lease(run).release()
        assert look(run).beat.host == platform.node()


def test_where_nothing_can_be_locked_the_beat_decides(run, monkeypatch):
    def refuse(descriptor, *, looking):
        raise OSError(module.errno.ENOLCK, "No locks available")

    monkeypatch.setattr("grapheditor.graph.lock._lock", refuse)
    first = Lease(run)
    assert look(run).state == "running"
    with pytest.raises(RunError, match="is being made by"):
        Lease(run)
    first.beat(3, doing="saving")
    assert look(run).beat.step == 3
    first.release()
    assert look(run).state == "died"
    Lease(run).release()


@pytest.mark.parametrize("text", ["", "{", "[]", '{"time": "x"}', '{"pid": 1.5}', "[" * 5000, "\0" * SIZE])
def test_a_damaged_beat_is_as_none(run, text):
    with Lease(run):
        (run / LEASE).write_text(text)
        assert look(run).state == "stalled"
    (run / LEASE).write_text(text)
    assert look(run).state == "died"


def test_a_folder_that_is_gone_is_not_made_again(run):
    gone = run.parent / "gone-001"
    with pytest.raises(RunError, match="cannot be made here: No such file"):
        Lease(gone)
    assert not gone.exists()


@pytest.mark.skipif(os.name != "posix", reason="links")
def test_a_lease_that_is_a_link_is_refused(run, tmp_path):
    (run / LEASE).symlink_to(tmp_path / "precious")
    with pytest.raises(RunError, match="cannot be made here"):
        Lease(run)
    assert not (tmp_path / "precious").exists()


def test_a_lock_whose_file_was_taken_away_is_taken_anew(tmp_path):
    first, second = FileLock(tmp_path / "a"), FileLock(tmp_path / "a")
    assert first.take()
    (tmp_path / "a").unlink()
    assert second.take()
    first.release(remove=False)
    assert is_held(tmp_path / "a")
    second.release()
    assert is_held(tmp_path / "a") is False

"""The lock between real processes: one has it, and whoever is killed has it no longer."""

from __future__ import annotations

import os
import signal
import subprocess
import sys

import pytest

from grapheditor.edit.lock import Lock, document_key

HOLD = """
import sys
from pathlib import Path
from grapheditor.edit.lock import Lock
lock = Lock(Path(sys.argv[1]), "a")
print(lock.take(), flush=True)
sys.stdin.readline()
lock.release()
print("released", flush=True)
"""


def start(folder):
    return subprocess.Popen(
        [sys.executable, "-c", HOLD, str(folder)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )


def test_one_process_has_it_until_it_lets_go(tmp_path):
    lock = Lock(tmp_path, "a")
    with start(tmp_path) as other:
        assert other.stdout.readline() == "True\n"
        assert not lock.take()
        assert f"process {other.pid} on this machine, since" in lock.holder()
        assert Lock(tmp_path, "b").take()
        other.stdin.write("\n")
        other.stdin.flush()
        assert other.stdout.readline() == "released\n"
        assert lock.take()
    with start(tmp_path) as other:
        assert other.stdout.readline() == "False\n"
        other.communicate("\n")
    lock.release()
    assert not lock.path.exists()


@pytest.mark.skipif(os.name != "posix", reason="signals of POSIX")
def test_whoever_is_killed_leaves_no_stale_lock(tmp_path):
    with start(tmp_path) as other:
        assert other.stdout.readline() == "True\n"
        other.send_signal(signal.SIGKILL)
        other.wait()
    lock = Lock(tmp_path, "a")
    assert lock.path.exists()
    assert lock.take()
    lock.release()


def test_two_in_one_process_are_two(tmp_path):
    first, second = Lock(tmp_path, "a"), Lock(tmp_path, "a")
    assert first.take()
    assert first.take(), "what one has it can take again"
    assert not second.take()
    second.release()
    assert not second.take(), "who has it not cannot release it"
    first.release()
    assert second.take()
    second.release()


def test_where_nothing_can_be_locked_everybody_works_on(tmp_path):
    (tmp_path / "file").write_text("no folder")
    assert Lock(tmp_path / "file", "a").take()


@pytest.mark.skipif(os.name != "posix", reason="links")
def test_every_way_to_a_file_has_the_same_key(tmp_path):
    path = tmp_path / "net.graph.json"
    path.write_text("{}")
    (tmp_path / "link.graph.json").symlink_to(path)
    (tmp_path / "sub").mkdir()
    keys = {document_key(item) for item in (path, tmp_path / "link.graph.json", tmp_path / "sub" / ".." / path.name)}
    assert len(keys) == 1

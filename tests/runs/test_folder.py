"""Folders of runs: numbers, lists, names, and what is deleted and what is not."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from made import make_run

from grapheditor.runs.errors import RunError
from grapheditor.runs.folder import delete_run, find_run, latest_run, list_runs, make_folder, name_run, star_run
from grapheditor.runs.lease import Lease
from grapheditor.runs.metrics import Writer
from grapheditor.runs.record import RECORD, read_record


def test_processes_that_make_folders_at_once_get_one_each(tmp_path):
    program = """
import sys
from pathlib import Path
from grapheditor.runs.folder import make_folder
for _ in range(20):
    print(make_folder(Path(sys.argv[1]), "net").name)
"""
    started = [
        subprocess.Popen([sys.executable, "-c", program, str(tmp_path)], stdout=subprocess.PIPE, text=True)
        for _ in range(3)
    ]
    made = [name for process in started for name in process.communicate(timeout=120)[0].split()]
    assert sorted(made) == [f"net-{i:03}" for i in range(1, 61)]


def test_a_folder_of_another_spelling_does_not_stop_a_run(tmp_path, monkeypatch):
    real = Path.mkdir

    def mkdir(self, *arguments, **settings):
        if self.name == "net-001":
            raise FileExistsError(self)
        real(self, *arguments, **settings)

    monkeypatch.setattr(Path, "mkdir", mkdir)
    assert make_folder(tmp_path, "net").name == "net-002"


@pytest.mark.parametrize(
    ("name", "folder"), [("a b/c", "a-b-c-001"), ("..", "graph-001"), ("é", "é-001"), ("x" * 300, "x" * 80 + "-001")]
)
def test_names_are_made_fit_for_folders(tmp_path, name, folder):
    assert make_folder(tmp_path, name).name == folder
    assert make_folder(tmp_path, name).name == folder[:-1] + "2"


def test_where_no_run_can_be_made_it_says_so(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(RunError, match="no run can be made here"):
        make_folder(tmp_path / "file", "net")


def test_runs_are_listed_by_name_and_number(tmp_path):
    assert list_runs(tmp_path / "nowhere") == []
    for name in ("b", "a", "b"):
        make_run(tmp_path, name, state="finished")
    (tmp_path / "b-0001000").mkdir()
    make_run(tmp_path, "b").rename(tmp_path / "renamed")
    (tmp_path / "b-010").mkdir()
    (tmp_path / "b-010" / RECORD).write_text("{")
    (tmp_path / "notes.txt").write_text("")
    entries = list_runs(tmp_path)
    assert [(entry.name, entry.number) for entry in entries] == [
        ("a", 1), ("b", 1), ("b", 2), ("b", 10), ("renamed", 0),
    ]  # fmt: skip
    assert [entry.look.state if entry.look else None for entry in entries] == [
        "finished", "finished", "finished", None, "died",
    ]  # fmt: skip
    assert "run.json: is damaged" in entries[3].problem


def test_the_latest_run_is_the_newest_with_a_checkpoint(tmp_path):
    assert latest_run(tmp_path / "nowhere", "digits") is None
    runs = [make_run(tmp_path) for _ in range(3)]
    assert latest_run(tmp_path, "digits") is None
    assert latest_run(tmp_path, "digits", None) == runs[2]
    for run in runs[:2]:
        (run / "checkpoints" / "best.json").write_text("{}")
    (runs[0] / "checkpoints" / "00000090.json").write_text("{}")
    make_run(tmp_path, "digits-too")
    assert latest_run(tmp_path, "digits") == runs[1]
    assert latest_run(tmp_path, "digits", "last") == runs[0]


def test_a_run_is_found_by_whatever_people_call_it(tmp_path):
    runs = [make_run(tmp_path), make_run(tmp_path), make_run(tmp_path, "net")]
    name_run(runs[1], "the good one")
    parents = [tmp_path]
    for text in (str(runs[1]), "digits-002", "2", "002", "the good one"):
        assert find_run(text, parents) == runs[1]
    with pytest.raises(RunError, match="1 may be digits-001, net-001: say which"):
        find_run("1", parents)
    for text in ("3", "digits", "", "\0", "../" + tmp_path.name + "/nothing", "²"):
        with pytest.raises(RunError, match="There is no run"):
            find_run(text, parents)


def test_names_and_stars_stay(run):
    name_run(run, "the good one")
    star_run(run)
    assert (read_record(run).name, read_record(run).star) == ("the good one", True)
    star_run(run, False)
    name_run(run, "")
    assert (read_record(run).name, read_record(run).star) == ("", False)
    for name in ("x" * 201, "two\nlines", "\x1b[31m"):
        with pytest.raises(RunError, match="is one line"):
            name_run(run, name)


def fill(run: Path) -> None:
    with Writer(run) as writer:
        writer.steps(0, {"loss": [1.0]})
    (run / "graph.graph.json").write_text("{}")
    (run / "events").mkdir()
    (run / "events" / "events.out.tfevents.1").write_text("")
    for name in ("00000090.json", "best.json", "00000090-1a2b3c4d.weights.safetensors", "00000090-5e6f7a8b.state.safetensors",
                 ".00000090.json.x7_abc", "epoch-00010.json"):  # fmt: skip
        (run / "checkpoints" / name).write_text("")
    (run / ".run.json.abc_123").write_text("")
    Lease(run).release()
    (run / "control.json").write_text("")


def test_all_that_a_run_wrote_is_deleted(run):
    fill(run)
    assert delete_run(run) == []
    assert not run.exists()
    with pytest.raises(RunError, match="is deleted or moved"):
        delete_run(run)


def test_what_it_did_not_write_stays(run):
    fill(run)
    mine = [run / "checkpoints" / "notes.json", run / "notes.txt", run / "plots" / "a.png"]
    (run / "plots").mkdir()
    for path in mine:
        path.write_text("mine")
    assert delete_run(run) == sorted(mine)
    assert sorted(path for path in run.rglob("*") if path.is_file()) == sorted(mine)


def test_a_living_run_is_not_deleted(run, other):
    fill(run)
    holder = other(run)
    assert holder.line() == "taken"
    before = sorted(run.rglob("*"))
    with pytest.raises(RunError, match=r"is being made by process .* on this machine"):
        delete_run(run)
    assert sorted(run.rglob("*")) == before
    holder.kill()
    delete_run(run)
    assert not run.exists()


@pytest.mark.skipif(os.name != "posix", reason="links")
def test_links_are_taken_away_and_not_followed(run, tmp_path):
    away = tmp_path / "away"
    (away / "checkpoints").mkdir(parents=True)
    precious = [away / "metrics.jsonl", away / "checkpoints" / "last.json"]
    for path in precious:
        path.write_text("precious")
    (run / "metrics.jsonl").symlink_to(precious[0])
    (run / "checkpoints").rmdir()
    (run / "checkpoints").symlink_to(away / "checkpoints")
    (tmp_path / "link-001").symlink_to(run)
    with pytest.raises(RunError, match="is a link to another folder"):
        delete_run(tmp_path / "link-001")
    delete_run(run)
    assert [path.read_text() for path in precious] == ["precious", "precious"]
    assert not (run / "metrics.jsonl").is_symlink()
    assert (run / "checkpoints").is_symlink()


def test_what_cannot_be_deleted_is_still_a_run(run, monkeypatch):
    fill(run)
    real = Path.unlink

    def unlink(self, *arguments, **settings):
        if self.name == "metrics.jsonl":
            raise PermissionError(13, "Permission denied", str(self))
        real(self, *arguments, **settings)

    monkeypatch.setattr(Path, "unlink", unlink)
    with pytest.raises(RunError, match=r"cannot be deleted: .*metrics\.jsonl: Permission denied"):
        delete_run(run)
    monkeypatch.undo()
    assert read_record(run)
    assert delete_run(run) == []

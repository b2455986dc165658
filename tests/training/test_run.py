"""Run folders: numbers, metrics that survive a death."""

from __future__ import annotations

import threading
from pathlib import Path

import pytest
import torch
from small import small_graph

from grapheditor.graph import read, write_text
from grapheditor.training.checkpoint import Checkpoint, keep_weights, serialise, write_checkpoint
from grapheditor.training.errors import RunError
from grapheditor.training.run import Run, latest_run, read_metrics, read_record


@pytest.fixture
def run(tmp_path: Path) -> Run:
    """Return a run that has just begun."""
    return Run.make(tmp_path, "digits", small_graph(), "cpu")


def keep_best(run: Run) -> None:
    folder = run.folder / "checkpoints"
    parts = {"weights": serialise({"w": torch.ones(2)})}
    keep_weights(folder, "best", write_checkpoint(folder, parts, Checkpoint(1, 1, {}, {})))


def test_a_run_keeps_the_graph_as_it_was(run: Run) -> None:
    assert run.folder.name == "digits-001"
    assert write_text(read(run.folder / "graph.graph.json")) == write_text(small_graph())
    record = read_record(run.folder)
    assert (record["state"], record["device"], record["seed"]) == ("running", "cpu", 0)
    run.end("finished", {"epochs": 1})
    assert read_record(run.folder)["result"] == {"epochs": 1}


def test_runs_made_at_once_get_numbers_of_their_own(tmp_path: Path) -> None:
    made: list[str] = []
    start = threading.Barrier(8)

    def make() -> None:
        start.wait()
        made.append(Run.make(tmp_path, "a/b: c", small_graph(), "cpu").folder.name)

    threads = [threading.Thread(target=make) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(made) == [f"a-b-c-{number:03}" for number in range(1, 9)]


def test_a_folder_that_cannot_be_made_is_named(tmp_path: Path) -> None:
    (tmp_path / "runs").write_text("a file")
    with pytest.raises(RunError, match="runs: no run can be made here"):
        Run.make(tmp_path / "runs", "digits", small_graph(), "cpu")


def test_the_latest_run_is_the_newest_that_has_weights(tmp_path: Path) -> None:
    assert latest_run(tmp_path / "nowhere", "digits") is None
    runs = [Run.make(tmp_path, "digits", small_graph(), "cpu") for _ in range(3)]
    keep_best(Run.make(tmp_path, "digits-2", small_graph(), "cpu"))
    assert latest_run(tmp_path, "digits") is None
    for made in runs[:2]:
        keep_best(made)
    assert latest_run(tmp_path, "digits") == runs[1].folder


def test_a_folder_of_another_spelling_does_not_stop_a_run(tmp_path: Path, monkeypatch) -> None:
    real = Path.mkdir

    def mkdir(self: Path, *arguments, **settings) -> None:
        if self.name == "net-001":
            raise FileExistsError(self)
        real(self, *arguments, **settings)

    monkeypatch.setattr(Path, "mkdir", mkdir)
    assert Run.make(tmp_path, "net", small_graph(), "cpu").folder.name == "net-002"


def test_a_torn_last_line_is_left_out(run: Run) -> None:
    assert read_metrics(run.folder) == []
    for step in (0, 10):
        run.append({"step": step, "values": {"loss": [1.0, 0.5]}})
    with (run.folder / "metrics.jsonl").open("ab") as file:
        file.write(b'{"step": 20, "val')
    assert [line["step"] for line in read_metrics(run.folder)] == [0, 10]


@pytest.mark.parametrize("line", [b"", b"17", b'{"step": ', b"\xff\xff"])
def test_any_other_damaged_line_is_named(run: Run, line: bytes) -> None:
    (run.folder / "metrics.jsonl").write_bytes(b'{"step": 0}\n' + line + b'\n{"step": 20}\n')
    with pytest.raises(RunError, match=r"metrics\.jsonl: line 2 is damaged"):
        read_metrics(run.folder)

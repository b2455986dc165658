"""What the trainer writes into the folder of a run."""

from __future__ import annotations

import threading
from pathlib import Path

import pytest
import torch
from small import Trained, small_graph

from grapheditor.graph import read, write_text
from grapheditor.runs.control import Control
from grapheditor.runs.errors import RunError
from grapheditor.runs.folder import delete_run, latest_run
from grapheditor.runs.lease import Lease, look
from grapheditor.runs.record import read_record
from grapheditor.training.checkpoint import Checkpoint, keep_weights, serialise, write_checkpoint
from grapheditor.training.loop import resume
from grapheditor.training.run import Run, load_weights


def test_a_run_keeps_the_graph_as_it_was(tmp_path: Path) -> None:
    run = Run.make(tmp_path, "digits", small_graph(), "cpu")
    assert run.folder.name == "digits-001"
    assert write_text(read(run.folder / "graph.graph.json")) == write_text(small_graph())
    record = read_record(run.folder)
    assert (record.state, record.device, record.seed) == ("running", "cpu", 0)
    assert record.environment["threads"] == torch.get_num_threads()
    assert look(run.folder).state == "running"
    run.end("finished", {"epochs": 1})
    run.close()
    assert read_record(run.folder).result == {"epochs": 1}
    assert look(run.folder).state == "finished"


@pytest.mark.parametrize("which", ["best", "last"])
def test_the_latest_run_is_the_newest_that_has_weights(tmp_path: Path, which: str) -> None:
    runs = []
    for _ in range(3):
        runs.append(Run.make(tmp_path, "digits", small_graph(), "cpu"))
        runs[-1].close()
    assert latest_run(tmp_path, "digits", which) is None
    for made in runs[:2]:
        folder = made.folder / "checkpoints"
        written = write_checkpoint(folder, {"weights": serialise({"w": torch.ones(2)})}, Checkpoint(1, 1, {}, {}))
        keep_weights(folder, "best", written)
    assert latest_run(tmp_path, "digits", which) == runs[1].folder


def test_a_folder_without_a_run_or_a_checkpoint_says_so(tmp_path: Path) -> None:
    with pytest.raises(RunError, match="is not the folder of a run"):
        load_weights(tmp_path)
    empty = Run.make(tmp_path, "digits", small_graph(), "cpu")
    with pytest.raises(RunError, match="digits-001: there is no best checkpoint"):
        load_weights(empty.folder)


def test_what_a_run_wrote_can_be_deleted(tmp_path: Path) -> None:
    run = Path(Trained(small_graph(keep=1), tmp_path).result["run"])
    assert delete_run(run) == []
    assert not run.exists()


def test_a_run_that_is_made_cannot_be_resumed_or_deleted(tmp_path: Path) -> None:
    tried: list[str] = []

    def meddle() -> bool:
        if not tried:
            for act in (lambda run: resume(run, send=print, stopped=lambda: False), delete_run):
                with pytest.raises(RunError) as caught:
                    act(tmp_path / "small-001")
                tried.append(caught.value.message)
        return False

    Trained(small_graph(), tmp_path, meddle)
    assert "no checkpoint" in tried[0] or "is being made by" in tried[0]
    assert "is being made by" in tried[1]


def test_what_has_no_steps_is_told_of_so_that_nobody_thinks_that_it_hangs(tmp_path: Path, monkeypatch) -> None:
    told: list[str] = []
    write = Lease._write
    monkeypatch.setattr(Lease, "_write", lambda self: told.append(self._last.doing) or write(self))
    run = Path(Trained(small_graph(), tmp_path).result["run"])
    resume(run, changes={"epochs": 2}, send=print, stopped=lambda: True)
    doing = [name for name in told if name]
    expected = ["taking statistics of the data", "measuring validation", "saving", "measuring test", "setting up"]
    assert list(dict.fromkeys(doing)) == expected
    assert told[-1] == ""


def test_a_run_that_stands_still_while_it_measures_seems_to_hang_soon(tmp_path: Path, monkeypatch) -> None:
    """What it says of itself lasts for some steps' time, not for minutes."""
    allowed: dict[str, float] = {}
    write = Lease._write

    def told(lease: Lease) -> None:
        beat = lease._last
        allowed[beat.doing] = max(allowed.get(beat.doing, 0.0), beat.until - beat.time)
        write(lease)

    monkeypatch.setattr(Lease, "_write", told)
    Trained(small_graph(), tmp_path)
    assert allowed["measuring validation"] < 60
    assert allowed["measuring test"] < 60
    assert allowed["taking statistics of the data"] >= 600


def test_a_run_pauses_at_a_step_goes_on_and_stops(tmp_path: Path) -> None:
    """Somebody else speaks with it: pause, look, continue, stop."""
    run, seen = tmp_path / "small-001", []
    begun = threading.Event()

    def speak() -> None:
        begun.wait()
        control = Control(run)
        try:
            control.pause()
            while look(run).state != "paused":
                pass
            seen.append(control.status()["step"])
            seen.append(control.ask("look", {"nodes": ["linear1", "dropout1"], "samples": 7}))
            with pytest.raises(RunError, match="There is no node conv9 that is computed; there is: image"):
                control.ask("look", {"nodes": ["conv9"]})
            with pytest.raises(RunError, match="To look inside give nodes"):
                control.ask("look", {"samples": 10**9})
            control.go_on()
            while look(run).state == "paused":
                pass
        finally:
            control.stop()

    steps = iter(range(10**9))
    speaker = threading.Thread(target=speak)
    speaker.start()
    trained = Trained(small_graph(epochs=1000), tmp_path, lambda: next(steps) == 40 and bool(begun.set()))
    speaker.join()
    assert trained.result["stopped"]
    assert 0 < seen[0] <= trained.result["steps"]
    assert look(run).state == "stopped"
    nodes = seen[1]["nodes"]
    assert nodes["linear1"]["shape"] == [7, 16]
    assert sum(nodes["linear1"]["histogram"]) == 7 * 16
    assert nodes["linear1"]["min"] < nodes["linear1"]["mean"] < nodes["linear1"]["max"]
    undisturbed = Trained(small_graph(epochs=2), tmp_path).losses
    assert trained.losses[: len(undisturbed)] == undisturbed[: len(trained.losses)], "who looks changes nothing"

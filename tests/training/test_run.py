"""Run folders: numbers, checkpoints that vouch for their weights, metrics that survive a death."""

from __future__ import annotations

import json
import threading
from pathlib import Path

import pytest
import torch
from small import small_graph

from grapheditor.graph import read, write_text
from grapheditor.training.errors import RunError
from grapheditor.training.run import Run, latest_run, load_weights, read_metrics, read_record

WEIGHTS = {"linear1.weight": torch.arange(6.0).reshape(2, 3), "bn1.num_batches_tracked": torch.tensor(4)}


@pytest.fixture
def run(tmp_path: Path) -> Run:
    """Return a run with one checkpoint."""
    made = Run.make(tmp_path, "digits", small_graph(), "cpu")
    made.save(WEIGHTS, 1, 90, {"train_loss": 0.5}, best=True)
    return made


def files(run: Run, pattern: str = "*.safetensors") -> list[str]:
    return sorted(path.name for path in (run.folder / "checkpoints").glob(pattern))


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
    Run.make(tmp_path, "digits-2", small_graph(), "cpu").save(WEIGHTS, 1, 1, {}, best=True)
    assert latest_run(tmp_path, "digits") is None
    for made in runs[:2]:
        made.save(WEIGHTS, 1, 1, {}, best=True)
    assert latest_run(tmp_path, "digits") == runs[1].folder


def test_weights_come_back_as_they_were(run: Run) -> None:
    found = load_weights(run.folder)
    assert found.keys() == WEIGHTS.keys()
    assert all(torch.equal(found[name], WEIGHTS[name]) for name in WEIGHTS)


def test_last_and_best_part_and_old_weights_go(run: Run) -> None:
    for step in (180, 270):
        run.save({"x": torch.tensor([float(step)])}, step // 90, step, {}, best=False)
    assert files(run) == ["step-00000090.safetensors", "step-00000270.safetensors"]
    assert load_weights(run.folder, "last")["x"].item() == 270
    assert load_weights(run.folder, "best").keys() == WEIGHTS.keys()


def test_a_manifest_that_promises_more_than_is_there_is_refused(run: Run) -> None:
    path = run.folder / "checkpoints" / "best.json"
    values = json.loads(path.read_text())
    path.write_text(json.dumps({**values, "bytes": 10**19}))
    weights = run.folder / "checkpoints" / files(run)[0]
    weights.write_bytes(weights.read_bytes() + b"x")
    with pytest.raises(RunError, match=r"is damaged"):
        load_weights(run.folder)


def test_weights_that_are_replaced_while_they_are_read_are_read_anew(run: Run, monkeypatch) -> None:
    from grapheditor.training import checkpoint as module

    read, first = module._read, []

    def taken_away(path: Path, largest: int) -> bytes:
        if path.suffix == ".safetensors" and not first:
            first.append(path)
            run.save({"w": torch.ones(3)}, 2, 180, {}, best=True)
        return read(path, largest)

    monkeypatch.setattr(module, "_read", taken_away)
    assert load_weights(run.folder)["w"].tolist() == [1, 1, 1]
    assert not first[0].exists()


def test_a_folder_of_another_spelling_does_not_stop_a_run(tmp_path: Path, monkeypatch) -> None:
    real = Path.mkdir

    def mkdir(self: Path, *arguments, **settings) -> None:
        if self.name == "net-001":
            raise FileExistsError(self)
        real(self, *arguments, **settings)

    monkeypatch.setattr(Path, "mkdir", mkdir)
    assert Run.make(tmp_path, "net", small_graph(), "cpu").folder.name == "net-002"


def test_a_flipped_byte_is_refused_by_name(run: Run) -> None:
    path = run.folder / "checkpoints" / files(run)[0]
    data = bytearray(path.read_bytes())
    data[-3] ^= 1
    path.write_bytes(data)
    with pytest.raises(RunError, match=r"step-00000090\.safetensors: is damaged"):
        load_weights(run.folder)


@pytest.mark.parametrize("change", [lambda data: data[:-1], lambda data: data + b"x", lambda data: b""])
def test_weights_of_another_length_are_refused(run: Run, change) -> None:
    path = run.folder / "checkpoints" / files(run)[0]
    path.write_bytes(change(path.read_bytes()))
    with pytest.raises(RunError, match=r"step-00000090\.safetensors: is damaged"):
        load_weights(run.folder)


@pytest.mark.parametrize(
    "text", ["", "[]", "{", "[" * 100_000, '{"file": 1}', '{"epoch": "1"}', "\ud800".encode("utf-8", "ignore").decode()]
)
def test_a_damaged_manifest_is_refused_by_name(run: Run, text: str) -> None:
    (run.folder / "checkpoints" / "best.json").write_text(text)
    with pytest.raises(RunError, match=r"best\.json: is not a checkpoint's manifest"):
        load_weights(run.folder)


@pytest.mark.parametrize("file", ["../other.safetensors", "..\\other.safetensors", "/etc/passwd", "step.pt"])
def test_a_manifest_leads_nowhere_else(run: Run, file: str) -> None:
    path = run.folder / "checkpoints" / "best.json"
    path.write_text(json.dumps({**json.loads(path.read_text()), "file": file}))
    with pytest.raises(RunError, match=r"best\.json: is not a checkpoint's manifest"):
        load_weights(run.folder)


def test_a_folder_without_a_run_or_a_checkpoint_says_so(tmp_path: Path) -> None:
    with pytest.raises(RunError, match="is not the folder of a run"):
        load_weights(tmp_path)
    empty = Run.make(tmp_path, "digits", small_graph(), "cpu")
    with pytest.raises(RunError, match="digits-001: there is no best checkpoint"):
        load_weights(empty.folder)


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

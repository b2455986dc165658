"""Checkpoints: they vouch for their tensors, the one before serves where one is damaged, and old ones go."""

from __future__ import annotations

import hashlib
import json
import math
import threading
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from grapheditor.training import checkpoint as module
from grapheditor.training import keeper as keeping
from grapheditor.training.checkpoint import (
    Checkpoint,
    find_checkpoint,
    keep_weights,
    read_weights,
    sealed,
    serialise,
    whole_checkpoints,
    write_checkpoint,
)
from grapheditor.training.errors import RunError
from grapheditor.training.keeper import Keeper, State
from grapheditor.training.tree import pack, unpack

WEIGHTS = {"linear1.weight": torch.arange(6.0).reshape(2, 3), "bn1.num_batches_tracked": torch.tensor(4)}


def write(folder: Path, step: int, *names: str, flushed: bool = True, **more) -> Checkpoint:
    parts = {
        "weights": serialise({**WEIGHTS, "step": torch.tensor([float(step)])}),
        "state": serialise({"x": torch.ones(step % 7)}),
        **more,
    }
    made = write_checkpoint(folder, parts, Checkpoint(step // 90, step, {"train_loss": 0.5}, {}, {"at": 1}, flushed))
    for name in names:
        keep_weights(folder, name, made)
    return made


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Return a folder with one checkpoint."""
    write(tmp_path, 90, "best")
    return tmp_path


def names(folder: Path) -> set[str]:
    return {path.name.split("-")[0] if path.suffix == ".safetensors" else path.name for path in folder.iterdir()}


def weights_of(folder: Path, step: int) -> Path:
    (path,) = folder.glob(f"{step:08}-*.weights.safetensors")
    return path


def flip(path: Path) -> None:
    data = bytearray(path.read_bytes())
    data[-3] ^= 1
    path.write_bytes(data)


def test_weights_come_back_as_they_were(folder: Path) -> None:
    found = read_weights(folder, "best")
    assert all(torch.equal(found[name], WEIGHTS[name]) for name in WEIGHTS)
    assert found["linear1.weight"].dtype == torch.float32
    assert (find_checkpoint(folder).epoch, find_checkpoint(folder).values) == (1, {"at": 1})


def test_the_average_is_what_is_used(tmp_path: Path) -> None:
    write(tmp_path, 90, "best", average=serialise({"w": torch.tensor([3.0])}))
    assert read_weights(tmp_path, "best")["w"].item() == read_weights(tmp_path, "last")["w"].item() == 3


def test_the_best_stays_and_old_ones_go(folder: Path) -> None:
    for step in (180, 270, 360):
        write(folder, step)
    assert names(folder) == {"best.json", "00000090", "00000270.json", "00000270", "00000360.json", "00000360"}
    assert not list(folder.glob("00000090-*.state.*")), "a best checkpoint is not gone on from"
    assert read_weights(folder, "last")["step"].item() == 360
    assert read_weights(folder, "best")["step"].item() == 90


def test_the_newest_that_the_disk_surely_has_stays(folder: Path) -> None:
    for step in (180, 270, 360):
        write(folder, step, flushed=False)
    assert {"00000090.json", "00000270.json", "00000360.json"} <= names(folder)
    write(folder, 450)
    assert {name for name in names(folder) if name.endswith("json")} == {"best.json", "00000360.json", "00000450.json"}


def test_a_flipped_byte_is_refused_by_name_and_the_one_before_serves(folder: Path) -> None:
    write(folder, 180)
    path = weights_of(folder, 180)
    flip(path)
    refused, (checkpoint, parts) = list(whole_checkpoints(folder))
    assert isinstance(refused, RunError)
    assert f"{path.name}: is damaged" in refused.message
    assert (checkpoint.step, parts["weights"]["step"].item()) == (90, 90)
    assert read_weights(folder, "last")["step"].item() == 90
    flip(weights_of(folder, 90))
    with pytest.raises(RunError, match=f"{path.name}: is damaged"):
        read_weights(folder, "last")


@pytest.mark.parametrize("change", [lambda data: data[:-1], lambda data: data + b"x", lambda data: b""])
def test_weights_of_another_length_are_refused(folder: Path, change) -> None:
    path = weights_of(folder, 90)
    path.write_bytes(change(path.read_bytes()))
    with pytest.raises(RunError, match=rf"{path.name}: is damaged"):
        read_weights(folder, "best")


@pytest.mark.parametrize(
    "text", ["", "[]", "{", "[" * 100_000, '{"files": 1}', '{"files": {}, "epoch": "1"}', "\ud800".encode("utf-8", "ignore").decode()]
)  # fmt: skip
@pytest.mark.parametrize("vouched", [False, True])
def test_a_damaged_manifest_is_refused_by_name(folder: Path, text: str, vouched: bool) -> None:
    head = text.removesuffix("}").encode()
    end = module.SEAL + hashlib.sha256(head).hexdigest().encode() + b'"}\n'
    (folder / "best.json").write_bytes(head + end if vouched else text.encode())
    with pytest.raises(RunError, match=r"best\.json: is (damaged, or )?no checkpoint's manifest"):
        read_weights(folder, "best")


def test_any_flipped_byte_of_a_manifest_is_refused_by_name_and_the_one_before_serves(folder: Path) -> None:
    write(folder, 180)
    path = folder / "00000180.json"
    data = path.read_bytes()
    for i in range(len(data)):
        path.write_bytes(data[:i] + bytes([data[i] ^ 1]) + data[i + 1 :])
        refused, (checkpoint, _) = list(whole_checkpoints(folder))
        assert isinstance(refused, RunError)
        assert f"{path.name}: is damaged" in refused.message
        assert checkpoint.step == find_checkpoint(folder).step == 90


def test_metrics_that_are_no_numbers_are_kept_as_such(tmp_path: Path) -> None:
    parts = {"weights": serialise(WEIGHTS)}
    write_checkpoint(tmp_path, parts, Checkpoint(1, 90, {"other": math.inf, "some": -math.inf, "loss": 0.1}, {}))
    assert find_checkpoint(tmp_path).metrics == {"other": math.inf, "some": -math.inf, "loss": 0.1}


@pytest.mark.parametrize("name", ["../other.safetensors", "..\\other.safetensors", "/etc/passwd", "step.pt", 7])
def test_a_manifest_leads_nowhere_else(folder: Path, name: object) -> None:
    path = folder / "best.json"
    values = json.loads(path.read_text())
    del values["sha256"]
    values["files"]["weights"]["name"] = name
    path.write_bytes(sealed(values))
    with pytest.raises(RunError, match=r"best\.json: is no checkpoint's manifest"):
        read_weights(folder, "best")


def test_a_manifest_that_promises_more_than_is_there_is_refused(folder: Path) -> None:
    path = folder / "best.json"
    values = json.loads(path.read_text())
    del values["sha256"]
    values["files"]["weights"]["bytes"] = 10**19
    path.write_bytes(sealed(values))
    weights = weights_of(folder, 90)
    weights.write_bytes(weights.read_bytes() + b"x")
    with pytest.raises(RunError, match="is damaged"):
        read_weights(folder, "best")


def test_weights_that_are_replaced_while_they_are_read_are_read_anew(folder: Path, monkeypatch) -> None:
    read, first = module._read, []

    def taken_away(path: Path, largest: int) -> bytes:
        if path.suffix == ".safetensors" and not first:
            first.append(path)
            for step in (180, 270, 360):
                write(folder, step, "best")
        return read(path, largest)

    monkeypatch.setattr(module, "_read", taken_away)
    assert read_weights(folder, "best")["step"].item() == 360
    assert not first[0].exists()


def test_a_folder_without_a_checkpoint_says_so(tmp_path: Path) -> None:
    for which in ("best", "last"):
        with pytest.raises(RunError, match=f"there is no {which} checkpoint"):
            read_weights(tmp_path / "nowhere", which)


def test_a_write_that_fails_is_told_at_the_next_call_and_the_old_one_stays(folder: Path, monkeypatch) -> None:
    def full(_path: Path, _data: bytes, **_more: object) -> None:
        raise RunError("no space is left on the disk.")

    keeper = Keeper(folder)
    monkeypatch.setattr(module, "_replace", full)
    keeper.keep(State({"weights": WEIGHTS}, Checkpoint(2, 180, {}, {})), flush=True)
    with pytest.raises(RunError, match="no space is left"):
        keeper.finish()
    keeper.close()
    assert read_weights(folder, "last")["step"].item() == 90


def test_a_checkpoint_that_found_no_room_leaves_none_taken(folder: Path, monkeypatch) -> None:
    replace = module._replace

    def full(path: Path, data: bytes, **more: bool) -> None:
        if path.suffix == ".json":
            raise RunError("no space is left on the disk.")
        replace(path, data, **more)

    before = names(folder)
    monkeypatch.setattr(module, "_replace", full)
    with pytest.raises(RunError, match="no space is left"):
        write(folder, 180)
    assert names(folder) == before


def test_the_training_hears_of_any_end_of_the_writing(tmp_path: Path, monkeypatch) -> None:
    keeper = Keeper(tmp_path)

    def break_off(*_given: object) -> Checkpoint:
        raise ValueError("a fault of the program")

    with monkeypatch.context() as patched:
        patched.setattr(keeping, "write_checkpoint", break_off)
        keep_step(keeper, 1, flush=True)
        with pytest.raises(ValueError, match="a fault of the program"):
            keeper.finish()
    keep_step(keeper, 2, flush=True)
    keeper.finish()
    assert find_checkpoint(tmp_path).step == 2
    keeper.close()


def test_what_happens_afterwards_does_not_change_a_checkpoint(tmp_path: Path) -> None:
    keeper, weight = Keeper(tmp_path), torch.zeros(1000)
    keeper.keep(State({"weights": {"w": weight}}, Checkpoint(0, 1, {}, {})), flush=True)
    weight += 1
    keeper.finish()
    keeper.close()
    assert read_weights(tmp_path, "last")["w"].sum() == 0


def test_a_slow_disk_is_waited_for_before_a_death_repeats_more_than_fifty_steps(tmp_path: Path, monkeypatch) -> None:
    keeper, gate = Keeper(tmp_path), threading.Event()
    keep_step(keeper, 1, flush=False)
    keeper.finish()
    monkeypatch.setattr(keeping, "write_checkpoint", lambda *given: gate.wait() and write_checkpoint(*given))
    keep_step(keeper, 30, flush=False)
    join = keeper._jobs.join
    monkeypatch.setattr(keeper._jobs, "join", lambda: (gate.set(), join()))
    keeper.due(50)
    assert (gate.is_set(), keeper.last.step) == (False, 1)
    keeper.due(51)
    assert (gate.is_set(), keeper.last.step) == (True, 30)
    keeper.close()


@pytest.mark.parametrize("flush", [True, False])
def test_a_dear_checkpoint_puts_off_the_next_unless_it_waited_for_the_disk(tmp_path: Path, monkeypatch, flush) -> None:
    now = [0.0]

    def slow(*given: Any) -> Checkpoint:
        now[0] += 10 * keeping.SHARE
        return write_checkpoint(*given)

    monkeypatch.setattr(keeping, "time", SimpleNamespace(perf_counter=lambda: now[0]))
    monkeypatch.setattr(keeping, "write_checkpoint", slow)
    keeper = Keeper(tmp_path)
    keep_step(keeper, 1, flush=flush)
    keeper.finish()
    now[0] = 9.9
    assert keeper.due(40) == flush
    now[0] = 10.1
    assert keeper.due(40)
    keeper.close()


def keep_step(keeper: Keeper, step: int, *, flush: bool) -> None:
    keeper.keep(State({"weights": WEIGHTS}, Checkpoint(0, step, {}, {})), flush=flush)


def test_a_damaged_file_is_mended_by_a_training_that_comes_by_again(tmp_path: Path) -> None:
    made = write(tmp_path, 90)
    path = tmp_path / made.files["weights"].name
    path.write_bytes(path.read_bytes()[:-1] + b"!")
    with pytest.raises(RunError, match="is damaged"):
        read_weights(tmp_path, "last")
    write(tmp_path, 90)
    assert read_weights(tmp_path, "last")["step"].item() == 90


scalars = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5)
trees = st.recursive(
    scalars | st.builds(torch.arange, st.integers(0, 4)),
    lambda inner: st.lists(inner, max_size=3) | st.lists(inner, max_size=3).map(tuple) | st.dictionaries(st.integers() | st.text(max_size=3), inner, max_size=3),
    max_leaves=8,
)  # fmt: skip


def alike(first: object, second: object) -> bool:
    if isinstance(first, torch.Tensor):
        return isinstance(second, torch.Tensor) and torch.equal(first, second)
    if type(first) is not type(second):
        return False
    if isinstance(first, list | tuple):
        return len(first) == len(second) and all(map(alike, first, second))
    if isinstance(first, dict):
        return list(first) == list(second) and all(alike(first[key], second[key]) for key in first)
    return first == second or (isinstance(first, float) and math.isnan(first) and math.isnan(second))


@given(trees)
def test_any_tree_survives_its_json(tree) -> None:
    tensors: dict[str, torch.Tensor] = {}
    text = json.dumps(pack(tree, tensors, "x"), allow_nan=False)
    assert alike(unpack(json.loads(text), tensors), tree)


def test_what_cannot_be_written_is_refused() -> None:
    with pytest.raises(TypeError, match=r"x\.f is a function"):
        pack({"f": alike}, {}, "x")


@pytest.mark.parametrize(
    "value", [{"$tensor": "nowhere"}, {"$float": "1e5"}, {"$items": [[1]]}, {"$x": 1}, {"$tuple": 3}]
)
def test_a_tree_that_is_none_is_refused(value) -> None:
    with pytest.raises(ValueError, match=r"known|key"):
        unpack(value, {})

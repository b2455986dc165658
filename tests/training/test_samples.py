"""Columns as the trainer reads them: views stay views, files are decoded ahead."""

from __future__ import annotations

import threading
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image as Pictures
from small import Trained

from grapheditor.catalog import catalog
from grapheditor.data import Files, Held, Image, SampleError, open_data
from grapheditor.training import data
from grapheditor.training.data import CPU, SOME_ROOM, Resident, Streamed, samples, tensor

META = torch.device("meta")


def test_windows_over_a_text_are_indexed_without_a_copy(tmp_path: Path) -> None:
    (tmp_path / "x.txt").write_text("abcdefghij" * 1000)
    dataset = open_data("text", {"file": "x.txt", "length": 100, "test": 0.0}, tmp_path)
    tokens, following = (dataset.train.columns[name] for name in ("tokens", "next"))
    assert tokens.nbytes == 9_999, "as much as lies there, not as much as the windows show"
    made = tensor(tokens)
    assert made.data_ptr() == tokens.whole.ctypes.data
    assert made.stride() == (1, 1)
    chosen = torch.tensor([9000, 3])
    assert torch.equal(made.index_select(0, chosen)[:, 1:], tensor(following).index_select(0, chosen)[:, :-1])
    assert torch.equal(Resident(made).select(chosen), made.index_select(0, chosen))
    moved = tensor(tokens, META)
    assert (moved.shape, moved.stride()) == (made.shape, made.stride())
    assert moved.untyped_storage().nbytes() == 9_999, "windows stay windows on another device"


def test_a_column_that_fits_is_resident_and_another_one_streamed() -> None:
    held = Held(np.arange(12, dtype=np.float32).reshape(6, 2))
    resident, streamed = samples(held, CPU, 48), samples(held, CPU, 47)
    assert isinstance(resident, Resident)
    assert isinstance(streamed, Streamed)
    chosen = torch.tensor([5, 0, 5])
    assert torch.equal(resident.select(chosen), streamed.select(chosen))
    assert len(resident) == len(streamed) == 6


def test_samples_get_half_of_what_the_process_may_take(monkeypatch) -> None:
    """Which a container or a limit says, not the machine."""
    for free, half in ((10**9, 5 * 10**8), (0, 0), (None, SOME_ROOM)):
        monkeypatch.setattr(data, "available", lambda _device, free=free: free)
        assert data.room(CPU) == half


class Watched(Held):
    """A column that tells which thread reads it."""

    threads: list[str]

    def take(self, indices):
        self.threads.append(threading.current_thread().name)
        return super().take(indices)


def test_what_was_announced_is_made_ready_by_another_thread() -> None:
    column = Watched(np.arange(10))
    column.threads = []
    streamed = Streamed(column, CPU)
    streamed.begin(torch.tensor([1, 2]))
    assert streamed.select(torch.tensor([1, 2])).tolist() == [1, 2]
    assert streamed.select(torch.tensor([3])).tolist() == [3]
    streamed.begin(torch.tensor([4]))
    assert streamed.select(torch.tensor([5])).tolist() == [5], "what was announced is not given for something else"
    assert column.threads[0].startswith("ahead")
    assert column.threads[1] == threading.current_thread().name


def test_an_unreadable_file_is_named_where_it_is_asked_for(tmp_path: Path) -> None:
    Pictures.new("L", (4, 4), 9).save(tmp_path / "a.png")
    (tmp_path / "b.png").write_bytes(b"x")
    column = Files([tmp_path / "a.png", tmp_path / "b.png"], Image(1, 4, 4))
    streamed = Streamed(column, CPU)
    streamed.begin(torch.tensor([0, 1]))
    with pytest.raises(SampleError, match=r"b\.png: is no picture") as caught:
        streamed.select(torch.tensor([0, 1]))
    assert caught.value.index == 1
    assert streamed.select(torch.tensor([0])).tolist() == [[[[9] * 4] * 4]]
    with pytest.raises(SampleError):
        samples(column, CPU, 10**6)


@pytest.mark.parametrize("name", ["table", "numpy", "spirals"])
def test_a_graph_learns_from_data_of_several_sources(tmp_path: Path, name: str) -> None:
    random = np.random.default_rng(0)
    label = np.arange(300) % 3
    x = (random.normal(0, 0.3, (300, 2)) + np.array([[0, 0], [3, 0], [0, 3]])[label]).astype(np.float32)
    rows = [f"{a:.3f},{b:.3f},{'abc'[kind]}" for (a, b), kind in zip(x, label, strict=True)]
    (tmp_path / "table.csv").write_text("\n".join(["x,y,kind", *rows]))
    np.savez(tmp_path / "numpy.npz", point=x, kind=label)
    options = {"table": {"file": str(tmp_path / "table.csv")}, "numpy": {"file": str(tmp_path / "numpy.npz")}}
    source = options.get(name, {"samples": 300, "turns": 0.1, "classes": 3})
    fields = {"features": "features" if name == "table" else "point", "label": "label" if name == "spirals" else "kind"}
    graph = catalog().new("mlp", {"inputs": 2, "first": 16, "second": 16, "classes": 3})
    recipe = replace(graph.recipe, data=name, source=source, fields=fields, epochs=20, batch=20)
    graph.put("recipe", recipe)
    assert not catalog().check_recipe(graph)
    trained = Trained(graph, tmp_path / "runs")
    assert trained.result["metrics"]["test_accuracy"] > 0.9

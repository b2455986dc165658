"""Learning from a folder of images: held, streamed, with one that cannot be read."""

from __future__ import annotations

import json
import math
import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from small import Trained, with_objective

from grapheditor import cli
from grapheditor.catalog import catalog
from grapheditor.data import open_data
from grapheditor.errors import DataError, SampleError
from grapheditor.graph import Graph, Node, Output
from grapheditor.graph.recipe import Augmentation
from grapheditor.training import feed
from grapheditor.training.loop import train
from grapheditor.training.trial import Trial, overfit


@pytest.fixture
def pictures(tmp_path: Path) -> Path:
    """Return a folder of dark and of bright images."""
    draw = np.random.default_rng(0)
    for name, low, high in (("bright", 120, 250), ("dark", 0, 110)):
        (tmp_path / "pictures" / name).mkdir(parents=True)
        for i in range(30):
            pixels = draw.integers(low, high, (20, 24, 3)).astype(np.uint8)
            Image.fromarray(pixels).save(tmp_path / "pictures" / name / f"{i:02}.png")
    return tmp_path / "pictures"


def graph_of(folder: Path, **recipe: object) -> Graph:
    graph = catalog().new("logistic-regression", {"classes": 2, "channels": 3, "size": 16})
    source = {"folder": str(folder), "size": 16, "colours": "colour", "test": 0.0}
    augment = {"image": (Augmentation("horizontal_flip"),)}
    values = {"data": "image-folder", "source": source, "epochs": 3, "batch": 7, "augment": augment, "validation": 0.2}
    graph.put("recipe", replace(graph.recipe, **{**values, **recipe}))
    return with_objective(graph, settings={"lr": 0.01})


def test_images_are_learned_from_held_or_streamed_alike(pictures: Path, tmp_path: Path, monkeypatch) -> None:
    held = Trained(graph_of(pictures), tmp_path)
    assert held.result["metrics"]["validation_accuracy"] == 1
    monkeypatch.setattr(feed, "room", lambda _device: 1000)
    streamed = Trained(graph_of(pictures), tmp_path)
    assert streamed.losses == held.losses
    assert streamed.result["metrics"] == held.result["metrics"]


def break_one(pictures: Path) -> Path:
    path = pictures / "dark" / "07.png"
    path.write_bytes(path.read_bytes()[:40])
    return path


@pytest.mark.parametrize("room", [1000, 10**9], ids=["streamed", "held"])
def test_an_image_that_cannot_be_read_names_itself(pictures: Path, tmp_path: Path, monkeypatch, room: int) -> None:
    monkeypatch.setattr(feed, "room", lambda _device: room)
    path = break_one(pictures)
    with pytest.raises(
        SampleError, match=f"{path}.*leave such samples out \\(on the command line: --unreadable skip\\)"
    ):
        train(graph_of(pictures, epochs=1), tmp_path, "small", send=print, stopped=lambda: False)


@pytest.mark.parametrize("room", [1000, 10**9], ids=["streamed", "held"])
def test_an_image_that_cannot_be_read_may_be_left_out(pictures: Path, tmp_path: Path, monkeypatch, room: int) -> None:
    monkeypatch.setattr(feed, "room", lambda _device: room)
    path = break_one(pictures)
    trained = Trained(graph_of(pictures, unreadable="skip", validation=0.0), tmp_path)
    assert [text for text in trained.result["unreadable"] if str(path) in text] == trained.result["unreadable"]
    assert len(trained.result["unreadable"]) == 1
    assert trained.result["steps"] == 27


@pytest.mark.parametrize("room", [1000, 10**9], ids=["streamed", "held"])
def test_an_image_of_the_test_part_may_be_left_out_too(pictures: Path, tmp_path: Path, monkeypatch, room: int) -> None:
    """It is met after the last epoch, when all has been learned."""
    monkeypatch.setattr(feed, "room", lambda _device: room)
    graph = graph_of(pictures, unreadable="skip", epochs=1)
    graph.put("recipe", replace(graph.recipe, source={**graph.recipe.source, "test": 0.2}))
    tested = open_data("image-folder", graph.recipe.source, Path()).parts["test"].columns["image"]
    path = tested.paths[0]
    path.write_bytes(path.read_bytes()[:40])
    result = Trained(graph, tmp_path).result
    assert [str(path) in text for text in result["unreadable"]] == [True]
    assert 0 <= result["metrics"]["test_accuracy"] <= 1


def test_unreadable_pictures_of_the_test_are_left_out_too(pictures: Path, tmp_path: Path) -> None:
    """Else a long training would end without its last numbers."""
    source = {"folder": str(tmp_path / "parts")}
    for part in ("train", "test"):
        shutil.copytree(pictures, tmp_path / "parts" / part)
    path = min((tmp_path / "parts" / "test").rglob("*.png"))
    path.write_bytes(b"no picture")
    graph = graph_of(pictures, unreadable="skip")
    graph.put("recipe", replace(graph.recipe, source={**graph.recipe.source, **source}))
    trained = Trained(graph, tmp_path)
    assert [str(path) in text for text in trained.result["unreadable"]] == [True]
    assert "test_loss" in trained.result["metrics"]


def test_what_to_do_about_an_unreadable_picture_is_said_to_evaluate_too(pictures: Path, tmp_path: Path, capsys) -> None:
    trained = Trained(graph_of(pictures, epochs=1), tmp_path)
    path = break_one(pictures)
    verb = ["evaluate", trained.result["run"], "--part", "train", "--set", "validation=0.0", "--json"]
    assert cli.main(verb) == 3
    assert "--unreadable skip" in json.loads(capsys.readouterr().out)["error"]["message"]
    for option in (["--unreadable", "skip"], ["--set", "unreadable=skip"]):
        assert cli.main([*verb, *option]) == 0
        told = capsys.readouterr()
        found = json.loads(told.out)
        assert [str(path) in text for text in found["unreadable"]] == [True]
        assert "Left out, since they cannot be read: " in told.err
        assert found["samples"] == 59


def spoil(pictures: Path, *names: str) -> None:
    for name in names:
        (pictures / name).write_bytes(b"no picture")


@pytest.mark.parametrize(("batch", "accumulate"), [(1, 1), (2, 1), (1, 2)])
def test_a_batch_of_which_nothing_can_be_read_is_left_out(pictures: Path, tmp_path: Path, batch, accumulate) -> None:
    """Whichever batches they come to lie in, statistics of the data included."""
    spoil(pictures, "dark/07.png", "dark/08.png", "bright/00.png", "bright/01.png")
    recipe = {"unreadable": "skip", "epochs": 2, "batch": batch, "accumulate": accumulate, "validation": 0.0}
    graph = graph_of(pictures, **recipe)
    graph.put("nodes.norm", Node("norm", "normalize"))
    first = next(end for end, start in graph.wires.items() if start.node == "image")
    graph.put("wires.norm.x", Output("image"))
    graph.put(f"wires.{first.node}.{first.port}", Output("norm"))
    trained = Trained(graph, tmp_path)
    assert len(trained.result["unreadable"]) == 4
    assert trained.result["metrics"]["train_accuracy"] > 0.6
    assert all(map(math.isfinite, trained.losses))
    one = overfit(Trial(graph, "cpu", Path()), 5)
    assert one.batch == batch


def test_where_nothing_at_all_can_be_read_that_is_said(pictures: Path, tmp_path: Path) -> None:
    spoil(pictures, *(str(path.relative_to(pictures)) for path in pictures.rglob("*.png")))
    with pytest.raises(DataError, match=r"No sample can be read\. The first: .*00\.png"):
        Trained(graph_of(pictures, unreadable="skip", batch=7, validation=0.0), tmp_path)

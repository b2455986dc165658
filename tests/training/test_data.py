"""The sample that ships, how data is loaded and bound, the order of samples, and fitted statistics."""

from __future__ import annotations

import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from small import Trained, held_out, load, small_graph

from grapheditor.catalog import catalog
from grapheditor.compile import compile_graph
from grapheditor.data import from_arrays, open_data
from grapheditor.data.readers.idx import read_idx, write_idx
from grapheditor.graph import Recipe
from grapheditor.graph.recipe import Augmentation
from grapheditor.training.augment import Augmenter
from grapheditor.training.checkpoint import read_weights
from grapheditor.training.compute import Compute
from grapheditor.training.errors import DataError
from grapheditor.training.feed import batches_of, make_feed, order_of, sample_of
from grapheditor.training.fit import fit_statistics
from grapheditor.training.setup import Setup

DIGITS = catalog().sources["digits"]
DATA = open_data("digits")
ORIGINALS = Path(__file__).resolve().parents[3] / "shared" / "data" / "mnist"
CPU = torch.device("cpu")


def copied(folder: Path):
    """Return the digits in a folder of their own, to be damaged."""
    shutil.copytree(DIGITS.folder, folder / "digits")
    return replace(DIGITS, bundled=folder / "digits")


def test_the_sample_is_small_whole_and_licensed() -> None:
    assert sum(path.stat().st_size for path in DIGITS.folder.iterdir()) < 3_000_000
    assert "CC BY-SA 3.0" in (DIGITS.folder / "LICENSE").read_text("utf-8")
    train, test = load(), load("test")
    assert train["image"].shape == (10_000, 1, 28, 28)
    assert train["image"].dtype == torch.uint8, "images stay bytes"
    assert test["image"].shape == (2_000, 1, 28, 28)
    assert train["label"].dtype == torch.int64
    assert open_data("digits").classes == tuple("0123456789")


@pytest.mark.parametrize("part", ["train", "test"])
def test_the_sample_keeps_the_shares_of_the_classes(part: str) -> None:
    shares = torch.bincount(load(part)["label"]) / DIGITS.samples[part]
    assert len(shares) == 10
    assert shares.min() > 0.075
    assert shares.max() < 0.125


@pytest.mark.skipif(not ORIGINALS.is_dir(), reason="the full MNIST is not here")
def test_the_sample_is_spread_over_the_originals() -> None:
    for stem, part, group in (("train", load(), 6), ("t10k", load("test"), 5)):
        turns = np.arange(len(part["label"]))
        images = read_idx(ORIGINALS / f"{stem}-images-idx3-ubyte.gz")[turns * group + turns % group]
        labels = read_idx(ORIGINALS / f"{stem}-labels-idx1-ubyte.gz")[turns * group + turns % group]
        assert np.array_equal(part["image"][:, 0].numpy(), images)
        assert np.array_equal(part["label"].numpy(), labels)


def test_an_unknown_source_is_refused_with_those_there_are() -> None:
    with pytest.raises(DataError, match=r"no data pictures; there is: digits"):
        open_data("pictures")
    with pytest.raises(DataError, match="names no data"):
        open_data(None)


def test_a_missing_sample_is_named(tmp_path: Path) -> None:
    source = copied(tmp_path)
    name = "train-labels-idx1-ubyte.gz"
    write_idx(source.folder / name, read_idx(source.folder / name)[:-1])
    with pytest.raises(DataError, match=rf"{name}: holds 9,999 samples; 10,000 were expected"):
        source.open({}, tmp_path)


def test_images_of_another_size_are_named(tmp_path: Path) -> None:
    source = copied(tmp_path)
    name = "t10k-images-idx3-ubyte.gz"
    write_idx(source.folder / name, read_idx(source.folder / name)[:, :, :27])
    with pytest.raises(DataError, match=rf"{name}: its samples are shaped 28×27; 1×28×28 was expected"):
        source.open({}, tmp_path)


def test_a_label_without_a_class_is_named(tmp_path: Path) -> None:
    source = copied(tmp_path)
    name = "train-labels-idx1-ubyte.gz"
    labels = read_idx(source.folder / name).copy()
    labels[17] = 11
    write_idx(source.folder / name, labels)
    with pytest.raises(DataError, match=r"sample 17 has the label 11; there are 10 classes"):
        source.open({}, tmp_path)


def test_an_input_without_a_field_is_named() -> None:
    graph = small_graph(fields={"image": "picture"})
    with pytest.raises(DataError, match=r"image takes the field picture; .* has: image, label") as caught:
        make_feed(graph, DATA, DATA.train, ("image",), CPU)
    assert caught.value.node == "image"


def test_an_input_of_another_shape_is_named() -> None:
    graph = small_graph()
    node = graph.nodes["image"]
    graph.put("nodes.image", replace(node, options={"shape": ("N", 3, 28, 28)}))
    with pytest.raises(DataError, match=r"image is declared as N×3×28×28; .* is N×1×28×28") as caught:
        make_feed(graph, DATA, DATA.train, ("image",), CPU)
    assert caught.value.node == "image"


def test_the_batch_has_the_type_that_the_input_declares() -> None:
    feed = make_feed(small_graph(), DATA, DATA.train, ("image", "label"), CPU)
    compute = Compute(torch.nn.Linear(1, 1), CPU, Recipe())
    image, label = feed.batch(torch.tensor([5, 0]), compute, ("image", "label")).values()
    assert (image.dtype, label.dtype) == (torch.float32, torch.int64)
    assert image.max() > 200, "pixels are raw"
    assert torch.equal(label, load()["label"][[5, 0]])


def test_the_order_is_a_function_of_seed_and_epoch() -> None:
    samples = torch.arange(100, 200)
    first = order_of(samples, seed=1, epoch=1)
    torch.rand(5)
    assert torch.equal(first, order_of(samples, seed=1, epoch=1))
    assert torch.equal(first.sort().values, samples)
    others = [order_of(samples, seed, epoch) for seed, epoch in ((1, 2), (2, 1), (257, 1), (2**32 - 1, 1))]
    assert not any(torch.equal(first, other) for other in others)


def test_a_sample_that_comes_again_in_an_epoch_is_another_visit() -> None:
    samples = torch.arange(100, 120)
    visits = order_of(samples, seed=1, epoch=1, count=50)
    assert torch.equal(visits[:20], order_of(samples, seed=1, epoch=1))
    assert len(visits.unique()) == 50
    assert torch.equal(sample_of(visits[20:40]).sort().values, samples)
    assert not torch.equal(sample_of(visits[20:40]), visits[:20])
    images = torch.rand(1, 3, 12, 12).expand(50, -1, -1, -1)
    augmenter = Augmenter(Recipe(augment={"image": (Augmentation("random_crop"),)}), {"image": 4})
    changed = augmenter({"image": images}, visits, 1)["image"]
    both = [changed[sample_of(visits) == sample] for sample in samples[:10]]
    assert sum(not torch.equal(twice[0], twice[1]) for twice in both) > 8


def test_the_last_smaller_batch_is_kept() -> None:
    assert [len(part) for part in batches_of(torch.arange(25), 10)] == [10, 10, 5]


def test_fitted_statistics_are_those_of_the_training_part(trained: Trained) -> None:
    learn, _ = held_out()
    images = read_idx(DIGITS.folder / "train-images-idx3-ubyte.gz")[learn.numpy()].astype(np.float64)
    weights = read_weights(Path(trained.result["run"]) / "checkpoints", "best")
    assert weights["normalize_mean"].item() == pytest.approx(images.mean(), rel=1e-6)
    assert weights["normalize_std"].item() == pytest.approx(images.std(), rel=1e-6)


def test_each_channel_has_statistics_of_its_own_and_a_constant_is_divided_by_one() -> None:
    graph = catalog().new("mlp", {"inputs": 3, "first": 4, "second": 4})
    program = compile_graph(graph)
    module = program.module()
    rows = torch.stack([torch.arange(101.0), 1e6 + torch.arange(101.0) % 7, torch.full((101,), 5.0)], 1)
    data = from_arrays("Rows", {"train": {"features": rows.numpy()}})
    feed = make_feed(graph, data, data.train, ("features",), CPU)
    recipe = Recipe(batch=10)
    compute = Compute(module, CPU, recipe)
    setup = Setup(program, compute, data, feed, feed, None, [], [], None, None, torch.arange(101), torch.arange(0))
    fit_statistics(setup, lambda: False)
    exact = rows.double().numpy()
    assert module.normalize_mean.numpy() == pytest.approx(exact.mean(0), rel=1e-6)
    assert module.normalize_std.numpy()[:2] == pytest.approx(exact.std(0)[:2], rel=1e-6)
    assert module.normalize_std[2] == 1.0

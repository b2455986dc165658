"""Samples as they reach a network: what the loop would see, down to the pixel."""

from __future__ import annotations

import base64
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from grapheditor.catalog import catalog
from grapheditor.errors import DataError
from grapheditor.graph import Graph
from grapheditor.graph.recipe import Augmentation
from grapheditor.training.feed import order_of
from grapheditor.training.preview import preview
from grapheditor.training.setup import make_setup


def pixels(picture) -> np.ndarray:
    found = np.frombuffer(base64.b64decode(picture["pixels"]), np.uint8)
    return found.reshape(picture["height"], picture["width"], picture["channels"])[..., 0]


@pytest.mark.parametrize("augment", [{}, {"image": (Augmentation("random_crop"),)}])
@pytest.mark.parametrize("epoch", [1, 2])
def test_it_shows_what_the_loop_sees(augment, epoch):
    graph = catalog().new("mlp")
    graph.put("recipe", replace(graph.recipe, augment=augment))
    found = preview(graph, Path(), 7, epoch)
    setup = make_setup(graph, "cpu")
    visits = order_of(setup.learn, graph.recipe.seed, epoch)[:7]
    chosen, batch = setup.batch(visits, epoch)
    assert [one.number for one in found.samples] == chosen.tolist()
    assert [one.words["label"] for one in found.samples] == [str(label) for label in batch["label"].tolist()]
    for one, image in zip(found.samples, batch["image"], strict=True):
        assert np.abs(pixels(one.pictures["image"]) - image[0].numpy()).max() <= 1
    assert found.why_raw == ""
    assert sum(found.balance["label"].values()) == found.parts["train"] == 10_000


def test_a_brighter_sample_looks_brighter():
    """All have one scale, that of the data: what is below it is black, and what is above it white."""
    graph = catalog().new("mlp")
    plain = preview(graph, Path(), 20)
    graph.put("recipe", replace(graph.recipe, augment={"image": (Augmentation("brightness", {"amount": 0.6}),)}))
    changed = preview(graph, Path(), 20)
    setup = make_setup(graph, "cpu")
    _, batch = setup.batch(order_of(setup.learn, graph.recipe.seed, 1)[:20], 1)
    for one, image in zip(changed.samples, batch["image"], strict=True):
        assert np.abs(pixels(one.pictures["image"]) - image[0].clamp(0, 255).numpy()).max() <= 1
    scales = {(one.pictures["image"]["low"], one.pictures["image"]["high"]) for one in plain.samples + changed.samples}
    assert scales == {(0, 255)}
    means = [[pixels(one.pictures["image"]).mean() for one in found.samples] for found in (plain, changed)]
    assert any(after < 0.8 * before for before, after in zip(*means, strict=True)), "some are darker"


def test_what_cannot_be_computed_shows_its_data_as_it_is():
    graph = Graph()
    graph.put("recipe", replace(graph.recipe, data="digits"))
    found = preview(graph, Path(), 3)
    assert "computes nothing" in found.why_raw
    assert all(one.pictures["image"]["width"] == 28 for one in found.samples)


def test_without_data_it_says_so():
    with pytest.raises(DataError):
        preview(Graph(), Path(), 3)

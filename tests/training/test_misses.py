"""What a run gets most wrong, against the network asked by hand."""

from __future__ import annotations

import base64
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from grapheditor.catalog import catalog
from grapheditor.data import open_data
from grapheditor.data.incoming import Sample
from grapheditor.training.loop import train
from grapheditor.training.misses import MOST, examine
from grapheditor.training.predict import Predictor
from grapheditor.training.run import recorded_graph


@pytest.fixture(scope="module")
def run(tmp_path_factory) -> Path:
    graph = catalog().new("mlp", {"first": 16, "second": 16})
    graph.put("recipe", replace(graph.recipe, epochs=1))
    folder = tmp_path_factory.mktemp("runs")
    return Path(train(graph, folder, "mlp", send=lambda _: None, stopped=lambda: False)["run"])


@pytest.mark.parametrize("part", ["test", "validation"])
def test_the_most_wrong_samples_are_those_whose_class_has_the_least_chance(run, part):
    found = examine(recorded_graph(run), run, part, home=run.parent)
    assert found.evaluation.part == part
    (table,) = found.evaluation.confusions
    wrong = int(table.counts.sum() - table.counts.diagonal().sum())
    assert 0 < len(found.misses) == min(MOST, wrong)
    chances = [miss.chance for miss in found.misses]
    assert chances == sorted(chances)
    data = open_data("digits")
    columns = data.parts["test" if part == "test" else "train"].columns
    chosen = np.array([miss.index for miss in found.misses])
    images, labels = columns["image"].take(chosen), columns["label"].take(chosen)
    assert [miss.true for miss in found.misses] == labels.tolist()
    predictor = Predictor(run)
    answers = list(predictor([Sample(str(i), {"image": image}) for i, image in enumerate(images)]))
    for miss, answer, image in zip(found.misses, answers, images, strict=True):
        (shares,) = answer.results.values()
        assert miss.said == int(shares.argmax()) != miss.true
        assert miss.share == pytest.approx(float(shares.max()), abs=1e-4)
        assert miss.chance == pytest.approx(float(shares[miss.true]), abs=1e-4)
        pixels = np.frombuffer(base64.b64decode(miss.picture["pixels"]), np.uint8).reshape(28, 28)
        assert np.abs(pixels.astype(float) - image[0] * (255 / image.max())).max() <= 1


def test_the_rarest_part_is_taken_where_none_is_asked_for(run):
    assert examine(recorded_graph(run), run, home=run.parent).evaluation.part == "test"


def test_what_tells_no_classes_apart_has_no_misses(tmp_path):
    graph = catalog().new("gan-gaussians", {"width": 8})
    graph.put("recipe", replace(graph.recipe, source={"samples": 200, "deviation": 0.1}, epochs=1))
    made = Path(train(graph, tmp_path, "gan", send=lambda _: None, stopped=lambda: False)["run"])
    found = examine(recorded_graph(made), made, home=tmp_path)
    assert found.misses == ()
    assert found.evaluation.samples > 0

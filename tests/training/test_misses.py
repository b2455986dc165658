"""What a run gets most wrong, against the network asked by hand."""

from __future__ import annotations

import base64
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from grapheditor.authoring import Drawing, template
from grapheditor.catalog import catalog
from grapheditor.data import open_data
from grapheditor.data.incoming import Sample
from grapheditor.edit.sketch import sketch
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
    chances = [miss.taken.chance for miss in found.misses]
    assert chances == sorted(chances)
    data = open_data("digits")
    columns = data.parts["test" if part == "test" else "train"].columns
    chosen = np.array([miss.index for miss in found.misses])
    images, labels = columns["image"].take(chosen), columns["label"].take(chosen)
    assert [miss.taken.true for miss in found.misses] == labels.tolist()
    predictor = Predictor(run)
    answers = list(predictor([Sample(str(i), {"image": image}) for i, image in enumerate(images)]))
    for miss, answer, image in zip(found.misses, answers, images, strict=True):
        (shares,) = answer.results.values()
        taken = miss.taken
        assert taken.said == int(shares.argmax()) != taken.true
        assert (miss.true, miss.said) == (str(taken.true), str(taken.said))
        assert taken.share == pytest.approx(float(shares.max()), abs=1e-4)
        assert taken.chance == pytest.approx(float(shares[taken.true]), abs=1e-4)
        (picture,) = miss.pictures
        pixels = np.frombuffer(base64.b64decode(picture["pixels"]), np.uint8).reshape(28, 28)
        assert np.abs(pixels.astype(float) - image[0] * (255 / image.max())).max() <= 1


def test_the_rarest_part_is_taken_where_none_is_asked_for(run):
    assert examine(recorded_graph(run), run, home=run.parent).evaluation.part == "test"


def learned(draw: Callable[[Drawing], None], folder: Path) -> Path:
    """Train what a function draws for an epoch, and return the run's folder."""
    graph = sketch(catalog(), template("Where it began", title="Drawn")(draw), {})
    graph.put("recipe", replace(graph.recipe, epochs=1))
    return Path(train(graph, folder, "drawn", send=lambda _: None, stopped=lambda: False)["run"])


def said_of(run: Path, part: str, field: str, result: str) -> np.ndarray:
    """Return a result of a run's network for each sample of a part."""
    recipe = recorded_graph(run).recipe
    found = open_data(recipe.data, recipe.source, run.parent).parts[part]
    rows = found.columns[field].take(np.arange(found.count))
    samples = (Sample(str(i), {field: row}) for i, row in enumerate(rows))
    return np.stack([answer.results[result] for answer in Predictor(run)(samples)])


def pixels_of(picture, *shape: int) -> np.ndarray:
    return np.frombuffer(base64.b64decode(picture["pixels"]), np.uint8).reshape(shape)


def test_of_numbers_those_are_most_wrong_whose_own_loss_is_the_highest(tmp_path):
    rows = [f"{i % 7},{i % 11},{(i % 7) - 2.5 * (i % 11)}" for i in range(200)]
    (tmp_path / "houses.csv").write_text("size,age,price\n" + "\n".join(rows) + "\n", "utf-8")

    def draw(g):
        features, price = g.input(shape=("N", 2), id="features"), g.input(shape=("N",), id="price")
        said = g.squeeze(g.linear(features, out_features=1), dim=1, id="said")
        g.output(said, id="result")
        g.train(g.smooth_l1_loss(said, price, id="loss"), data="table", source={"file": str(tmp_path / "houses.csv")})

    run = learned(draw, tmp_path)
    found = examine(recorded_graph(run), run, home=tmp_path)
    recipe = recorded_graph(run).recipe
    columns = open_data("table", recipe.source, tmp_path).parts["test"].columns
    true = columns["price"].take(np.arange(found.evaluation.samples))
    said = said_of(run, "test", "features", "result")
    apart = np.abs(said - true)
    cost = np.where(apart < 1, apart**2 / 2, apart - 0.5)
    order = np.argsort(-cost, kind="stable")
    assert found.loss == "loss"
    assert np.array(found.pairs) == pytest.approx(np.stack([true, said], 1), rel=1e-4)
    assert [miss.index for miss in found.misses] == order[:MOST].tolist()
    for miss in found.misses:
        assert miss.loss == pytest.approx(cost[miss.index], rel=1e-4)
        assert (miss.taken, miss.pictures) == (None, ())
        assert float(miss.true) == pytest.approx(true[miss.index], rel=1e-4)
        assert float(miss.said) == pytest.approx(said[miss.index], rel=1e-4)
        assert miss.words.startswith("size ")


def test_of_masks_the_sample_the_truth_and_the_answer_are_seen(tmp_path):
    graph = catalog().new("unet", {"classes": 4, "channels": 3, "size": 32, "width": 4, "depth": 1, "padded": True})
    source = {**graph.recipe.source, "samples": 80}
    graph.put("recipe", replace(graph.recipe, epochs=1, source=source))
    run = Path(train(graph, tmp_path, "unet", send=lambda _: None, stopped=lambda: False)["run"])
    found = examine(recorded_graph(run), run, home=tmp_path)
    (table,) = found.evaluation.confusions
    assert int(table.counts.sum()) == found.evaluation.samples * 32 * 32, "it counts pixels"
    losses = [miss.loss for miss in found.misses]
    assert losses == sorted(losses, reverse=True)
    data = open_data("shapes", source)
    names = data.field("mask").encoding.names
    for miss in found.misses[:5]:
        sample, true, said = miss.pictures
        assert sample["channels"] == 3
        mask = data.parts[found.evaluation.part].columns["mask"].take(np.array([miss.index]))[0]
        assert np.abs(pixels_of(true, 32, 32) - mask * (255.0 / (len(names) - 1))).max() <= 1
        assert said["channels"] == 1
        assert miss.true.startswith("32×32: ")
    (result,) = Predictor(run).results
    assert list(Predictor(run).classes) == [result]
    answers = said_of(run, found.evaluation.part, "image", result).argmax(1)
    worst = found.misses[0]
    expected = answers[worst.index] * (255.0 / (len(names) - 1))
    assert np.abs(pixels_of(worst.pictures[2], 32, 32) - expected).max() <= 1


def test_of_an_image_that_is_made_again_both_are_seen(tmp_path):
    def draw(g):
        image = g.scale(g.input(shape=("N", 1, 28, 28), id="image"), factor=1 / 255)
        inner = g.relu(g.linear(g.flatten(image), out_features=8))
        again = g.unflatten(g.linear(inner, out_features=784), dim=1, unflattened_size=(1, 28, 28), id="again")
        g.output(again, id="made")
        g.train(g.mse_loss(again, image, id="loss"), data="digits")

    run = learned(draw, tmp_path)
    found = examine(recorded_graph(run), run, home=tmp_path)
    worst = found.misses[0]
    seen, made = worst.pictures
    assert (seen["width"], made["width"]) == (28, 28)
    said = said_of(run, "test", "image", "made")[:, 0]
    image = open_data("digits").parts["test"].columns["image"].take(np.arange(len(said)))[:, 0] / 255
    cost = ((said - image) ** 2).mean((1, 2))
    assert worst.index == int(cost.argmax())
    assert worst.loss == pytest.approx(cost.max(), rel=1e-4)


def test_of_texts_what_comes_next_stands_beside_what_was_said(tmp_path):
    (tmp_path / "text.txt").write_text("abcdefgh" * 200 + "a" * 100, "utf-8")

    def draw(g):
        tokens, following = (g.input(shape=("N", "T"), dtype="int64", id=name) for name in ("tokens", "next"))
        inner = g.embedding(tokens, num_embeddings=8, embedding_dim=8)
        scores = g.transpose(g.linear(inner, out_features=8), dim0=1, dim1=2, id="scores")
        g.output(scores, id="said")
        loss = g.cross_entropy(scores, following, id="loss")
        g.train(g.bits(loss, id="bits"), data="text", source={"file": str(tmp_path / "text.txt"), "length": 8})

    run = learned(draw, tmp_path)
    found = examine(recorded_graph(run), run, home=tmp_path)
    assert found.loss == "loss"
    worst = found.misses[0]
    columns = open_data("text", recorded_graph(run).recipe.source, tmp_path).parts["test"].columns
    tokens, following = (columns[name].take(np.arange(found.evaluation.samples)) for name in ("tokens", "next"))
    scores = said_of(run, "test", "tokens", "said")
    shares = np.exp(scores) / np.exp(scores).sum(1, keepdims=True)
    cost = -np.log(np.take_along_axis(shares, following[:, None].astype(int), 1)[:, 0]).mean(1)
    assert worst.index == int(cost.argmax())
    assert worst.loss == pytest.approx(cost.max(), rel=1e-4)
    assert worst.words == repr("".join("abcdefgh"[i] for i in tokens[worst.index]))
    assert worst.true == repr("".join("abcdefgh"[i] for i in following[worst.index]))
    assert worst.said == repr("".join("abcdefgh"[i] for i in shares[worst.index].argmax(0)))


def test_what_compares_nothing_with_a_target_has_no_misses(tmp_path):
    graph = catalog().new("gan-gaussians", {"width": 8})
    graph.put("recipe", replace(graph.recipe, source={"samples": 200, "deviation": 0.1}, epochs=1))
    made = Path(train(graph, tmp_path, "gan", send=lambda _: None, stopped=lambda: False)["run"])
    found = examine(recorded_graph(made), made, home=tmp_path)
    assert (found.misses, found.loss) == ((), "")
    assert found.evaluation.samples > 0

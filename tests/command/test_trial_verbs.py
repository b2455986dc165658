"""Verbs that train for a moment and keep nothing: find-lr, overfit, profile."""

from __future__ import annotations

import json
import math
from dataclasses import replace

import numpy as np
import pytest
import torch
from learned import classifier, digits_graph, printed, within

from grapheditor.graph import Graph, Node, Objective, Output
from grapheditor.training.memory import measure
from grapheditor.training.trial import Trial, overfit, rate_test


@pytest.fixture
def digits(tmp_path):
    path = tmp_path / "digits.graph.json"
    digits_graph().save(path)
    return path


def with_rate(graph: Graph, lr: float, **recipe) -> Graph:
    objective = replace(graph.recipe.objectives[0], settings={"lr": lr})
    graph.put("recipe", replace(graph.recipe, objectives=(objective,), **recipe))
    return graph


def test_the_rates_rise_by_one_factor_until_the_loss_diverges(digits, capsys, tmp_path) -> None:
    found = within(capsys, "find-lr", digits, "--steps", 120, "--from", "1e-5", "--to", "1e4")
    ratios = np.diff(np.log(found["rates"]))
    assert ratios == pytest.approx(math.log(1e9) / 119)
    assert found["rates"][0] == pytest.approx(1e-5)
    assert found["diverged"]
    assert len(found["rates"]) < 120
    assert len(found["rates"]) == len(found["losses"]) == len(found["smoothed"])
    assert 1e-3 < found["tenth"] < 1
    lowest = int(np.argmin(found["smoothed"]))
    assert found["tenth"] == pytest.approx(found["rates"][lowest] / 10)
    assert found["rates"][10] <= found["steepest"] <= found["rates"][lowest]
    mean, means = 0.0, []
    for step, loss in enumerate(found["losses"], 1):
        mean = 0.9 * mean + 0.1 * loss
        means.append(mean / (1 - 0.9**step))
    assert found["smoothed"] == pytest.approx(means)
    assert [path.name for path in tmp_path.iterdir()] == [digits.name], "no run is left"


def test_on_a_quadratic_the_rate_that_diverges_is_the_one_of_the_theory(tmp_path) -> None:
    """Gradient descent on a parabola with curvature c diverges above 2/c: here at 2/(2·4)=0.25."""
    graph = Graph()
    rows = "\n".join(f"{2 if i % 2 else -2},0" for i in range(64))
    (tmp_path / "own.csv").write_text(f"x,y\n{rows}\n", "utf-8")
    for name, shape in (("features", ("N", 1)), ("y", ("N",))):
        graph.put(f"nodes.{name}", Node(name, "input", {"shape": shape, "dtype": "float32"}))
    for name, operator, options, inputs in (
        ("linear", "linear", {"out_features": 1, "bias": False}, {"x": "features"}),
        ("flat", "view", {"size": (-1,)}, {"x": "linear"}),
        ("loss", "mse_loss", {}, {"x": "flat", "target": "y"}),
    ):
        graph.put(f"nodes.{name}", Node(name, operator, options))
        for port, start in inputs.items():
            graph.put(f"wires.{name}.{port}", Output(start))
    objective = Objective("loss", optimizer="SGD", settings={"lr": 1.0})
    source = {"file": "own.csv", "task": "number", "test": 0.0}
    graph.put("recipe", replace(graph.recipe, objectives=(objective,), data="table", source=source, batch=16))
    found = rate_test(Trial(graph, "cpu", tmp_path), 1e-4, 10, 60)
    assert found.diverged
    rises = next(i for i in range(len(found.losses) - 1) if found.losses[i + 1] > found.losses[i])
    assert found.rates[rises - 1] < 0.25 < found.rates[rises]


def test_the_plot_shows_the_curve_and_a_suggestion(digits, capsys) -> None:
    text, _ = printed(capsys, "find-lr", digits, "--steps", 60)
    assert text.count("•") > 20
    assert "learning rate" in text
    assert "Suggested: --lr" in text
    error = within(capsys, "find-lr", digits, "--from", 1, "--to", 0.1, code=2)["error"]
    assert "must be above" in error["message"]


def test_a_sound_graph_learns_a_batch_by_heart(digits, capsys, tmp_path) -> None:
    found = within(capsys, "overfit", digits, "--batch", 20)
    assert found["learned"]
    assert found["verdict"].startswith("It learned the batch by heart")
    assert found["batch"] == 20
    assert found["steps"] == len(found["values"]["loss"]) < 300
    assert found["values"]["accuracy"][-1] == 1
    assert found["weights_without_gradient"] == []
    assert [path.name for path in tmp_path.iterdir()] == [digits.name]


def test_a_rate_that_is_too_small_or_too_large_is_told_apart(capsys, tmp_path) -> None:
    path = tmp_path / "x.graph.json"
    with_rate(digits_graph(), 1e-7).save(path)
    found = within(capsys, "overfit", path, "--steps", 20, code=4)
    assert not found["learned"]
    assert "the loss does not fall" in found["verdict"]
    assert any("find-lr" in text for text in found["advice"])
    with_rate(digits_graph(), 1e3).save(path)
    found = within(capsys, "overfit", path, "--steps", 20, code=4)
    assert "rises" in found["verdict"] or "became" in found["verdict"]
    assert "too large" in " ".join(found["advice"])


def test_weights_that_no_gradient_reaches_are_named(capsys, tmp_path) -> None:
    graph = digits_graph()
    graph.put("nodes.cut", Node("cut", "detach"))
    graph.put("wires.cut.x", Output("relu1"))
    graph.put("wires.linear2.x", Output("cut"))
    graph.save(tmp_path / "x.graph.json")
    found = within(capsys, "overfit", tmp_path / "x.graph.json", "--steps", 3, code=4)
    assert found["weights_without_gradient"] == ["linear1.weight", "linear1.bias"]
    assert any("No gradient reaches linear1.weight, linear1.bias" in text for text in found["advice"])


def test_dropout_does_not_hinder_and_labels_that_cannot_be_learned_do(capsys, tmp_path) -> None:
    """Two samples that are the same and have different labels cannot be known by heart."""
    rows = "\n".join(f"1,1,{'a' if i % 2 else 'b'}" for i in range(40))
    (tmp_path / "own.csv").write_text(f"p,q,kind\n{rows}\n", "utf-8")
    graph = classifier("features", ("N", 2), "float32", "kind", 2, Node("drop", "dropout", {"p": 0.9}))
    recipe = replace(graph.recipe, objectives=(Objective("loss"),), data="table", source={"file": "own.csv"})
    graph.put("recipe", recipe)
    graph.save(tmp_path / "x.graph.json")
    found = within(capsys, "overfit", tmp_path / "x.graph.json", "--steps", 100, code=4)
    assert found["values"]["loss"][-1] == pytest.approx(math.log(2), abs=0.05)
    losses = found["values"]["loss"]
    assert all(after < before + 1e-4 for before, after in zip(losses, losses[1:], strict=False)), "no dropout, no noise"


def test_each_node_of_a_step_has_its_time_and_what_it_keeps(digits, capsys) -> None:
    found = within(capsys, "profile", digits, "--steps", 3, "--batch", 50)
    from grapheditor.compile import compile_graph

    nodes = {item["node"]: item for item in found["nodes"]}
    assert {"linear1", "relu1", "linear2", "linear3", "loss"} <= nodes.keys()
    kept = measure(compile_graph(digits_graph()), 50).nodes
    assert {name: item["kept_bytes"] for name, item in nodes.items() if item["kept_bytes"]} == dict(kept)
    assert all(item["forward_seconds"] > 0 for item in nodes.values())
    assert all(nodes[name]["backward_seconds"] > 0 for name in ("linear1", "relu1", "linear2", "loss"))
    assert nodes["image"]["backward_seconds"] == nodes["normalize"]["backward_seconds"] == 0
    assert sum(item["share"] for item in nodes.values()) == pytest.approx(1)
    total = sum(item["forward_seconds"] + item["backward_seconds"] for item in nodes.values())
    assert found["nodes_seconds"] == pytest.approx(total)
    plain = found["plain"]["forward"] + found["plain"]["backward"]
    assert found["ratio"] == pytest.approx((total + found["rest_seconds"]) / plain)
    assert found["foretold_peak_bytes"] == measure(compile_graph(digits_graph()), 50).training


def test_all_objectives_are_measured(capsys, tmp_path) -> None:
    """A generator's gradients are those of the second objective."""
    path = tmp_path / "gan.graph.json"
    within(capsys, "new", "gan-gaussians", "-o", path)
    found = within(capsys, "profile", path, "--steps", 2)
    assert found["objectives"] == ["judging", "fooling"]
    nodes = {item["node"]: item for item in found["nodes"]}
    for name in ("generator.linear1", "discriminator.linear1", "judging", "fooling"):
        assert nodes[name]["backward_seconds"] > 0, name
    assert sum(item["share"] for item in nodes.values()) == pytest.approx(1)
    assert printed(capsys, "profile", path, "--steps", 1)[0].startswith("judging, fooling on cpu, batches of 256")


def test_the_time_of_a_slow_node_is_its_own(capsys, monkeypatch, tmp_path) -> None:
    """A layer is made to wait, forward and backward, by a clock that we move."""
    from grapheditor.training import timing

    now = [0.0]
    monkeypatch.setattr(timing.time, "perf_counter", lambda: now[0])

    class Slow(torch.autograd.Function):
        @staticmethod
        def forward(ctx, x):
            now[0] += 3.0
            return x.relu()

        @staticmethod
        def backward(ctx, gradient):
            now[0] += 5.0
            return gradient

    graph = digits_graph()
    trial = Trial(graph, "cpu", tmp_path)
    monkeypatch.setattr(torch.nn.functional, "relu", Slow.apply)
    found = timing.profile(trial, 2)
    assert [(item.path, item.forward, item.backward) for item in found.nodes if item.seconds] == [("relu1", 3.0, 5.0)]
    assert (found.forward, found.backward, found.rest) == (3.0, 5.0, 0.0)


def test_the_table_says_how_it_was_measured(digits, capsys) -> None:
    text, _ = printed(capsys, "profile", digits, "--steps", 2)
    assert text.startswith("loss on cpu, batches of 100, medians of 2 steps")
    assert "Check: the nodes together take" in text
    assert "what passes until its value is there" in text


def test_data_and_any_part_of_the_recipe_can_be_given_for_once(capsys, tmp_path) -> None:
    """A template learns from a table of one's own, though its recipe names neither."""
    rows = "\n".join(f"{i % 7},{i % 3},{'ab'[i % 2]}" for i in range(200))
    (tmp_path / "rows.csv").write_text(f"height,width,kind\n{rows}\n", "utf-8")
    path = tmp_path / "mlp.graph.json"
    within(capsys, "new", "mlp", "-p", "inputs=2", "-p", "classes=2", "-o", path)
    words = (
        "--data",
        "table",
        "-p",
        "file=rows.csv",
        "--set",
        "fields.features=features",
        "--set",
        "fields.label=kind",
    )
    for verb in (
        ("overfit", "--steps", 2),
        ("profile", "--steps", 1),
        ("find-lr", "--steps", 20),
        ("train", "--epochs", 1),
    ):
        code = {"overfit": 4}.get(verb[0], 0)
        within(
            capsys, verb[0], path, *verb[1:], *words, "--set", "objectives.0.optimizer=Adam", "--lr", 0.01, code=code
        )
    kept = json.loads((tmp_path / "runs" / "mlp-001" / "graph.graph.json").read_text("utf-8"))["recipe"]
    assert kept["fields"] == {"features": "features", "label": "kind"}
    assert kept["objectives"][0]["optimizer"] == "Adam"
    assert kept["objectives"][0]["settings"]["lr"] == 0.01
    assert json.loads(path.read_text("utf-8"))["recipe"].get("data") is None, "the file stays as it was"


@pytest.mark.parametrize(
    ("losses", "words"),
    [
        ([2.3, 2.1, 1.4, 0.8, 0.6, 0.5, 2.1, 0.9], "on its way"),
        ([2.3, 2.1, 1.9, 1.8, 1.7, 1.6, 1.6, 1.5], "learns slowly"),
        ([2.3, 2.3, 2.2, 2.3, 2.2, 2.3, 2.2, 2.2], "does not fall"),
    ],
)
def test_the_verdict_is_that_of_the_whole_way(losses, words, monkeypatch, tmp_path) -> None:
    """One loss that swings back at the end does not make a network one that learns nothing."""
    trial = Trial(digits_graph(), "cpu", tmp_path)
    coming = iter(losses)
    monkeypatch.setattr(Trial, "step", lambda *_: {"loss": next(coming)})
    found = overfit(trial, len(losses))
    assert words in found.verdict
    assert any("The loss swings." in item.text for item in found.advice) == (words == "on its way")
    assert not any("grapheditor" in item.text for item in found.advice), "in a window there are no verbs"

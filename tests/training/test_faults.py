"""A number that is none: which node it came from, and that it comes from there again out of what the run kept."""

from __future__ import annotations

import json
import math
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from small import Trained, small_graph

from grapheditor import cli
from grapheditor.compile import compile_graph
from grapheditor.graph import Graph, Input, Node, Objective, Output, Recipe, write
from grapheditor.runs.record import read_record
from grapheditor.training.compute import Compute
from grapheditor.training.errors import RunError, TrainingError
from grapheditor.training.learner import Learner, NotFiniteError
from grapheditor.training.replay import replay
from grapheditor.training.run import recorded_graph


def with_node(operator: str, behind: str, before: Input, **recipe) -> Graph:
    """Return the small graph with a node more on a wire."""
    graph = small_graph(**recipe)
    graph.put("nodes.fault", Node("fault", operator))
    graph.put("wires.fault.x", Output(behind))
    graph.put(f"wires.{before.node}.{before.port}", Output("fault"))
    return graph


def failed(graph: Graph, folder: Path) -> Path:
    """Train until it fails, and return the run."""
    with pytest.raises(TrainingError, match="finite") as caught:
        Trained(graph, folder)
    (run,) = folder.iterdir()
    assert read_record(run).state == "failed"
    assert read_record(run).error.node == caught.value.node
    return run


def test_a_value_in_the_middle_is_found_again(tmp_path: Path, capsys) -> None:
    """Logarithms of what a linear layer gives: half of it is below zero."""
    run = failed(with_node("log", "linear1", Input("relu1", "x"), seed=3), tmp_path)
    assert read_record(run).error.node == "fault"
    found = replay(run)
    assert found.same
    assert (found.fault.path, found.fault.kind, found.step, found.epoch) == ("fault", "value", 1, 1)
    assert len(set(found.samples)) == 100
    assert cli.main(["replay", str(run), "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert told["found"] == {"node": "fault", "kind": "value"}
    assert told["samples"] == list(found.samples)


def test_a_gradient_is_found_again_where_all_values_are_finite(tmp_path: Path) -> None:
    """The square root has an infinite slope at zero."""
    graph = with_node("sqrt", "linear1", Input("relu1", "x"))
    graph.put("nodes.zero", Node("zero", "subtract"))
    for port in "xy":
        graph.put(f"wires.zero.{port}", Output("linear1"))
    graph.put("wires.fault.x", Output("zero"))
    run = failed(graph, tmp_path)
    found = replay(run)
    assert found.same
    assert (found.fault.path, found.fault.kind) == ("zero", "gradient")


def test_what_is_mended_is_finite_once_more(tmp_path: Path, capsys, monkeypatch) -> None:
    """With the weights of another moment the same batch is fine, and that is said."""
    from safetensors.torch import load_file, save_file

    run = failed(with_node("log", "linear1", Input("relu1", "x")), tmp_path)
    tensors = load_file(run / "fault.safetensors")
    tensors["weights/linear1.weight"].zero_()
    tensors["weights/linear1.bias"].fill_(1.0)
    save_file(tensors, run / "fault.safetensors")
    assert replay(run).fault is None
    with monkeypatch.context() as patched:  # a sum over the batch that overflows
        patched.setattr(torch.autograd, "grad", lambda _loss, weights, **_: [w * math.inf for w in weights])
        assert replay(run).fault == ("linear1", "gradient")
    assert cli.main(["replay", str(run)]) == 1
    assert "now all numbers are finite" in capsys.readouterr().out


def test_a_fault_is_gone_through_in_the_precision_in_which_it_came(tmp_path: Path) -> None:
    """Whatever settings the run goes on with later."""
    run = failed(with_node("log", "linear1", Input("relu1", "x"), precision="bfloat16"), tmp_path)
    graph = recorded_graph(run)
    graph.put("recipe", replace(graph.recipe, precision="float32"))
    write(graph, run / "graph.graph.json")
    asked: list[str] = []
    original = Compute.cast
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(Compute, "cast", lambda self: asked.append(self.precision) or original(self))
        assert replay(run).same
    assert set(asked) == {"bfloat16"}


def test_a_gradient_that_no_scale_makes_finite_is_a_fault_in_float16_too(monkeypatch) -> None:
    """A scaler leaves out steps whose gradients overflow; with nothing left to scale down it would do so for ever."""
    program = compile_graph(small_graph())
    module = program.module()
    compute = Compute(module, torch.device("cpu"), program.graph.recipe)
    learner = Learner(program.graph.recipe.objectives[0], "loss", program, compute, 10, 1)
    learner._scaler = torch.amp.GradScaler("cpu", init_scale=4.0)
    before = [weight.detach().clone() for weight in learner.weights]
    for scale in (4.0, 2.0):
        assert learner._scaler.get_scale() == scale
        for weight in learner.weights:
            weight.grad = torch.full_like(weight, math.inf)
        learner._scaler.scale(torch.ones(()))
        assert math.isinf(learner.update([torch.ones(())]))
    for weight in learner.weights:
        weight.grad = torch.full_like(weight, math.inf)
    with pytest.raises(NotFiniteError, match="gradient"):
        learner.update([torch.ones(())])
    assert all(torch.equal(a, b) for a, b in zip(before, learner.weights, strict=True))


def test_a_run_without_a_fault_or_with_a_damaged_one_is_refused(trained: Trained, tmp_path: Path) -> None:
    with pytest.raises(RunError, match="kept no fault"):
        replay(Path(trained.result["run"]))
    run = failed(with_node("log", "linear1", Input("relu1", "x")), tmp_path)
    data = (run / "fault.safetensors").read_bytes()
    (run / "fault.safetensors").write_bytes(data[: len(data) // 2])
    with pytest.raises(RunError, match="cannot be read"):
        replay(run)
    values = json.loads((run / "fault.json").read_text("utf-8"))
    (run / "fault.safetensors").write_bytes(data)
    (run / "fault.json").write_text(json.dumps(values | {"step": "x"}), "utf-8")
    with pytest.raises(RunError, match="damaged"):
        replay(run)


def test_numbers_that_the_data_itself_holds_are_told_with_their_samples(tmp_path: Path) -> None:
    values = np.ones((60, 3), np.float32)
    values[17, 2] = np.nan
    values[40] = np.inf
    np.savez(tmp_path / "own.npz", x=values, y=np.arange(60) % 2)
    graph = Graph()
    for node in (
        Node("x", "input", {"shape": ("N", 3), "dtype": "float32"}),
        Node("y", "input", {"shape": ("N",), "dtype": "int64"}),
        Node("linear", "linear", {"out_features": 2}),
        Node("loss", "cross_entropy"),
    ):
        graph.put(f"nodes.{node.id}", node)
    graph.put("wires.linear.x", Output("x"))
    graph.put("wires.loss.x", Output("linear"))
    graph.put("wires.loss.target", Output("y"))
    source = {"file": str(tmp_path / "own.npz"), "test": 0.0}
    graph.put(
        "recipe",
        Recipe(data="numpy", source=source, objectives=(Objective("loss"),), batch=60, validation=0.0, epochs=1),
    )
    with pytest.raises(TrainingError) as caught:
        Trained(graph, tmp_path / "runs")
    assert caught.value.node == "x"
    assert caught.value.message.endswith(
        "The data itself holds such numbers: x of the training samples 17, 40 (counted from 0)."
    )

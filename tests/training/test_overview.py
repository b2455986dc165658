"""Figures of all nodes at once, against torch's own numbers."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch
from small import small_graph

from grapheditor.catalog import catalog
from grapheditor.graph import Graph, Node, Output
from grapheditor.runs.errors import RunError
from grapheditor.training import overview as overviews
from grapheditor.training.look import Lens, Onlooker
from grapheditor.training.overview import overview
from grapheditor.training.setup import Setup, make_setup


def setup_of(graph) -> Setup:
    torch.manual_seed(0)
    return make_setup(graph, "cpu", Path())


def seen(setup: Setup, samples: int = 20):
    return Onlooker(setup).answer(3, {"overview": samples})["overview"]


def by_hand(setup: Setup, samples: int, *names: str) -> dict[str, tuple[torch.Tensor, torch.Tensor]]:
    """Return the values of layers and their gradients, as torch's own hooks see them."""
    module, kept = setup.compute.module.eval(), {}

    def keep(name):
        def hook(_module, _arguments, value):
            value.retain_grad()
            kept[name] = value

        return hook

    handles = [module.get_submodule(name).register_forward_hook(keep(name)) for name in names]
    batch = Onlooker(setup)._batch("nodes", samples, 0)
    losses = module.objective(*(batch[name] for name in setup.program.objective_inputs))
    losses[setup.recipe.objectives[0].minimise].backward()
    for handle in handles:
        handle.remove()
    module.zero_grad()
    return {name: (value.detach(), value.grad) for name, value in kept.items()}


def test_gradients_and_dead_units_are_those_of_torch():
    setup = setup_of(small_graph())
    report = seen(setup)
    values = by_hand(setup, 20, "linear1", "linear2")
    for name, (value, gradient) in values.items():
        assert report["nodes"][name]["gradient"] == pytest.approx(float(gradient.norm()), rel=1e-3)
        if name == "linear1":
            off = (torch.relu(value) == 0).all(dim=0).double().mean()
            assert report["nodes"]["relu1"]["dead"] == pytest.approx(float(off), abs=1e-4)
    nodes = report["nodes"]
    assert nodes["loss"] == {"not_finite": 0.0, "gradient": 1.0}
    assert "gradient" not in nodes["image"], "nothing comes back to what no weight has made"
    assert report["samples"] == 20
    assert report["first"] is None
    order = list(nodes)
    assert order.index("linear1") < order.index("relu1") < order.index("linear2") < order.index("loss")


def test_a_unit_is_dead_that_is_off_for_all_samples():
    setup = setup_of(small_graph())
    with torch.no_grad():
        setup.compute.module.linear1.weight[:4] = 0
        setup.compute.module.linear1.bias[:4] = -1
    before = 4 / 16
    assert seen(setup)["nodes"]["relu1"]["dead"] >= before
    with torch.no_grad():
        setup.compute.module.linear1.bias[:] = -1e6
    found = seen(setup)["nodes"]
    assert found["relu1"]["dead"] == 1.0
    assert found["linear1"]["gradient"] == 0.0, "nothing comes back through dead units"


def test_the_first_number_that_is_not_finite_is_named_in_computing_order():
    setup = setup_of(small_graph())
    with torch.no_grad():
        setup.compute.module.linear2.bias[3] = float("nan")
    report = seen(setup)
    assert report["first"] == {"node": "linear2", "kind": "value"}
    assert report["nodes"]["linear2"]["not_finite"] == pytest.approx(1 / 16)
    assert report["nodes"]["linear1"]["not_finite"] == 0.0
    assert report["nodes"]["linear1"]["gradient"] is None, "it comes back through what is none"


def test_a_gradient_that_is_not_finite_is_found_where_all_values_are():
    graph = small_graph()
    graph.put("nodes.sqrt1", Node("sqrt1", "sqrt", {}))
    graph.put("wires.sqrt1.x", Output("relu1"))
    for end, start in list(graph.wires.items()):
        if start.node == "relu1" and end.node != "sqrt1":
            graph.put(f"wires.{end}", Output("sqrt1"))
    setup = setup_of(graph)
    with torch.no_grad():
        setup.compute.module.linear1.bias[:2] = -1e6
    report = seen(setup)
    assert all(not found["not_finite"] for found in report["nodes"].values())
    assert report["first"] == {"node": "relu1", "kind": "gradient"}


def test_it_leaves_no_trace_and_batch_norm_takes_the_batch():
    setup = setup_of(normed())
    module = setup.compute.module.train()
    fresh = seen(setup, 8)
    for norm in filter(_is_norm, module.modules()):
        norm.running_var *= 1e-8  # by these the network would explode
    before = {name: value.clone() for name, value in module.state_dict().items()}
    state = torch.get_rng_state()
    report = seen(setup, 8)
    assert torch.equal(torch.get_rng_state(), state)
    assert all(torch.equal(value, before[name]) for name, value in module.state_dict().items())
    assert all(norm.training and norm.track_running_stats for norm in module.modules() if _is_norm(norm))
    assert all(weight.grad is None for weight in module.parameters())
    assert report == fresh


def _is_norm(module) -> bool:
    return isinstance(module, torch.nn.BatchNorm2d)


def normed() -> Graph:
    """Return the digits network with a batch norm behind its first convolution."""
    graph = catalog().new("mnist-convnet")
    graph.put("nodes.bn1", Node("bn1", "batch_norm2d", {}))
    graph.put("wires.bn1.x", Output("conv1"))
    graph.put("wires.pool1.x", Output("bn1"))
    return graph


def test_what_is_computed_again_and_again_counts_together():
    setup = setup_of(catalog().new("gan-gaussians"))
    report = seen(setup)
    nodes = report["nodes"]
    assert nodes["discriminator.linear1"]["gradient"] > 0
    assert nodes["generator.linear1"]["gradient"] > 0


def test_there_is_an_end_to_how_much_is_told(monkeypatch):
    monkeypatch.setattr(overviews, "MOST_NODES", 3)
    report = seen(setup_of(small_graph()))
    assert len(report["nodes"]) == 3
    assert report["left_out"] > 3


def test_an_overview_looks_at_no_node_closely_unless_some_are_named():
    setup = setup_of(small_graph())
    onlooker = Onlooker(setup)
    assert onlooker.answer(0, {"overview": 4})["nodes"] == {}
    both = onlooker.answer(0, {"overview": 4, "nodes": ["relu1"], "samples": 2, "closely": True})
    assert set(both["nodes"]) == {"relu1"}
    assert both["overview"]["samples"] == 4
    assert both["nodes"]["relu1"]["shape"][0] == 2
    for wrong in (-1, 10**6, "all", True):
        with pytest.raises(RunError, match="An overview is of so many samples"):
            onlooker.answer(0, {"overview": wrong})


def test_one_sample_will_do():
    setup = setup_of(normed())
    batch = Onlooker(setup)._batch("nodes", 1, 0)
    assert overview(Lens(setup), setup, batch)["first"] is None


def test_weights_that_are_nodes_are_not_watched_on():
    setup = setup_of(catalog().new("painted-image"))
    setup.compute.module.train()
    weights = list(setup.compute.module.parameters())
    seen(setup, min(2, setup.recipe.batch))
    assert all(not weight._backward_hooks for weight in weights)

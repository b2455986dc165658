"""The instrumented printing: it computes what the plain one does, bit for bit, and shows every node's value."""

from __future__ import annotations

from dataclasses import replace

import pytest
import torch
from torch import nn
from torch.nn import functional as F

from grapheditor.authoring import Drawing, Handle, Size, module, template
from grapheditor.catalog import catalog
from grapheditor.compile import Inference, compile_graph
from grapheditor.compile.inside import Inside
from grapheditor.compile.trace import node_of
from grapheditor.edit.sketch import sketch

KNOWN = catalog()
INFERENCE = Inference(KNOWN)
SMALL = [
    ("mnist-convnet", {}, {}),
    ("lenet-5", {}, {}),
    ("pilotnet", {}, {}),
    ("vgg11", {"size": 32}, {}),
    ("resnet18", {"size": 64}, {}),
    ("resnet50", {"size": 64}, {}),
    ("densenet121", {"size": 64}, {}),
    ("mobilenet-v2", {"size": 64}, {}),
    ("gpt2", {"vocabulary": 50, "context": 16}, {"T": 7}),
]


def given(program, sizes):
    """Random arguments of a program's methods, for a batch of two."""
    torch.manual_seed(4)
    values = {}
    for name in {*program.inputs, *program.objective_inputs}:
        shape = [2 if i == 0 else sizes.get(size, size) for i, size in enumerate(program.input_shape(name))]
        whole = program.graph.nodes[name].options.get("dtype") == "int64"
        values[name] = torch.randint(0, 5, shape) if whole else torch.randn(shape)
    return values


def ran(net, program, values, method="forward"):
    """The results of a method, the gradients of its first one, and the state behind it."""
    names = program.inputs if method == "forward" else program.objective_inputs
    net.zero_grad()
    torch.manual_seed(9)
    result = getattr(net, method)(*(values[name] for name in names))
    results = list(result.values()) if isinstance(result, dict) else [result]
    results[0].sum().backward()
    grads = [parameter.grad.clone() for parameter in net.parameters() if parameter.grad is not None]
    return results + grads + [buffer.clone() for buffer in net.buffers()]


@pytest.mark.parametrize(("name", "options", "sizes"), SMALL, ids=lambda item: item if isinstance(item, str) else "")
def test_both_printings_compute_the_same_bits(name, options, sizes):
    graph = KNOWN.new(name, options)
    if "blocks" in graph.nodes:
        graph.put("nodes.blocks", replace(graph.nodes["blocks"], repeat=2))
    program = compile_graph(graph, inference=INFERENCE)
    torch.manual_seed(1)
    plain = program.module()
    state = {key: value.clone() for key, value in plain.state_dict().items()}
    values = given(program, sizes)
    seen = {}
    twin = Inside(program).twin(plain, lambda path, value: seen.setdefault(path, value.detach().clone()))
    for method in ["forward"] + ["objective"] * bool(program.objective_inputs):
        plain.load_state_dict(state)
        wanted = ran(plain, program, values, method)
        plain.load_state_dict(state)
        found = ran(twin, program, values, method)
        assert len(wanted) == len(found) > len(state) // 2
        assert all(torch.equal(a, b) for a, b in zip(wanted, found, strict=True))
    shown = {path.split(".")[0] for path in seen}
    values_of = {name for name in program.analysis.nodes if KNOWN.of(graph, graph.nodes[name]).role != "output"}
    assert shown == values_of
    for path, value in seen.items():
        if path in program.analysis.nodes:
            info = program.analysis.nodes[path].outputs
            assert all(len(kind.dims) == value.ndim for kind in info.values())


@module
def Twice(g: Drawing, x: Handle, *, width: Size = 8, drop: bool = True) -> Handle:
    """A layer that draws random numbers where it is asked to."""
    x = g.linear(x, out_features=width, id="one")
    x = g.dropout(x, p=0.5, id="drop", when=drop)
    return g.softmax(x, id="soft", when=drop)


def chained():
    def chain(g: Drawing) -> None:
        x = g.input(shape=("N", 8), id="x")
        x = Twice(g, x, id="steps", repeat=3)
        x = Twice(g, x, drop=False, id="plain")
        x = g.linear(x, out_features=8, id="layers", repeat=2)
        g.output(g.add(x, x, id="sum"), id="out")

    return compile_graph(sketch(KNOWN, template("Vision", title="Chain")(chain), {}), inference=INFERENCE)


def test_it_shows_each_value_once_behind_what_it_needs_copies_and_modules_included():
    program = chained()
    plain = program.module()
    seen = []
    twin = Inside(program).twin(plain, lambda path, value: seen.append((path, value)))
    x = torch.randn(3, 8)
    torch.manual_seed(2)
    wanted = plain(x)
    torch.manual_seed(2)
    assert torch.equal(twin(x), wanted)
    paths = [path for path, _ in seen]
    assert paths == [
        "x",
        *(f"steps.{i}.{name}" for i in range(3) for name in ("x", "one", "drop", "soft")),
        "steps",
        *(f"plain.{name}" for name in ("x", "one", "drop", "soft")),
        "plain",
        "layers.0",
        "layers.1",
        "layers",
        "sum",
    ]
    shown = dict(seen)
    assert torch.equal(shown["plain.one"], F.linear(shown["steps"], plain.plain.one.weight, plain.plain.one.bias))
    assert torch.equal(shown["plain"], shown["plain.one"])
    assert torch.equal(shown["sum"], wanted)


def test_the_twin_has_the_very_weights():
    program = chained()
    plain = program.module()
    twin = Inside(program).twin(plain, lambda path, value: None)
    assert [a is b for a, b in zip(plain.parameters(), twin.parameters(), strict=True)] == [True] * 12
    with torch.no_grad():
        plain.plain.one.weight.fill_(3)
    assert twin.plain.one.weight.mean().item() == 3
    assert not {key for key in vars(plain) if "watch" in key}


@pytest.mark.parametrize("path", ["steps.1.one", "plain.one", "layers.1"])
def test_a_value_that_is_not_finite_is_shown_first_where_it_arises(path):
    program = chained()
    plain = program.module().eval()
    seen = []
    twin = Inside(program).twin(plain, lambda at, value: None if value.isfinite().all() else seen.append(at))
    twin(torch.ones(2, 8))
    assert seen == []
    nn.init.constant_(plain.get_submodule(path).bias, torch.inf)
    twin(torch.ones(2, 8))
    assert seen[0] == path


@pytest.mark.parametrize("path", ["steps.1.one", "plain.one"])
def test_an_error_leads_to_its_node_inside_modules(path):
    program = chained()
    net = program.module()
    net.get_submodule(path).weight = nn.Parameter(torch.zeros(8, 5))
    with pytest.raises(RuntimeError) as caught:
        net(torch.ones(2, 8))
    assert node_of(caught.value, program) == path


@pytest.mark.parametrize(("side", "node"), [(22, "linear1"), (20, "pool2"), (4, "conv1"), (10, "conv2")])
def test_of_several_nodes_on_a_line_the_one_that_failed_is_named(side, node):
    program = compile_graph(KNOWN.new("mnist-convnet"), inference=INFERENCE)
    with pytest.raises(RuntimeError) as caught:
        program.module().objective(torch.zeros(2, 1, side, side), torch.zeros(2, dtype=torch.int64))
    assert node_of(caught.value, program) == node
    assert node_of(ValueError("never raised"), program) is None

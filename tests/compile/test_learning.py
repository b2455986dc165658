"""How a node's weights are drawn, and that they stay as they are: what is said of nodes stands in the source."""

from __future__ import annotations

import inspect
from dataclasses import replace

import pytest
import torch
from checked import check_sources
from torch import nn

from grapheditor.authoring import Drawing, Handle, Size, module, template
from grapheditor.catalog import catalog
from grapheditor.compile import CompileError, Inference, compile_graph
from grapheditor.compile.export import export
from grapheditor.edit.sketch import sketch
from grapheditor.graph import Graph, Node, Output, read_text, write_text
from grapheditor.graph.learning import INITIALIZERS, PARAMETRIZATIONS, Learning, Way
from grapheditor.graph.schema import SchemaError, decode

KNOWN = catalog()
INFERENCE = Inference(KNOWN)
SPARSE = {"sparsity": 0.5}


@module
def Part(g: Drawing, x: Handle, *, width: Size = 8, normed: bool = True) -> Handle:
    """A convolution and a norm."""
    x = g.conv2d(
        x, out_channels=width, kernel_size=3, id="conv", learning={"initial": {"weight": "orthogonal", "bias": "ones"}}
    )
    return g.batch_norm2d(x, id="norm", when=normed, learning={"initial": {"weight": "zeros"}})


@template("Vision", title="Learning")
def learning(g: Drawing) -> None:
    """A network in which everything is said of how weights learn."""
    x = g.input(shape=("N", 3, 16, 16), id="image")
    x = Part(g, x, id="backbone", learning={"frozen": True})
    x = Part(g, x, id="rest", normed=False, learning={"rate": 0.5})
    x = g.dropout(x, id="dropout")
    x = g.linear(
        g.flatten(x),
        out_features=16,
        id="chain",
        repeat=3,
        learning={"initial": {"bias": {"name": "constant", "settings": {"val": 2}}}},
    )
    x = g.lstm(g.unsqueeze(x), hidden_size=4, id="lstm", learning={"initial": {"weight_hh_l0": "orthogonal"}})
    start = g.parameter(shape=(4,), id="start", learning={"initial": {"weight": "ones"}, "frozen": True})
    g.output(g.add(x, start), id="scores")


GRAPH = sketch(KNOWN, learning, {})


def drawn(**values):
    graph = KNOWN.new("lenet-5")
    graph.put("nodes.conv1", replace(graph.nodes["conv1"], learning=Learning(**values)))
    return graph


def problems(**values):
    return [problem.message for problem in INFERENCE.analyse(drawn(**values)).problems if problem.option == "initial"]


def test_every_function_of_torch_nn_init_can_be_chosen_with_its_defaults():
    functions = {name.removesuffix("_") for name in vars(nn.init) if name.endswith("_") and not name.startswith("_")}
    assert functions == set(INITIALIZERS)
    for name, known in INITIALIZERS.items():
        taken = inspect.signature(getattr(nn.init, f"{name}_")).parameters
        theirs = {item.name: item.default for item in taken.values() if item.name not in ("tensor", "generator")}
        mine = {item.name: item.default for item in known.options}
        assert mine == {key: mine[key] if value is inspect.Parameter.empty else value for key, value in theirs.items()}
        assert known.doc


@pytest.mark.parametrize("name", sorted(set(INITIALIZERS) - {"eye", "sparse"}))
def test_a_weight_is_drawn_by_it(name):
    torch.manual_seed(1)
    net = compile_graph(drawn(initial={"weight": Way(name)}), inference=INFERENCE).module()
    torch.manual_seed(1)
    plain = compile_graph(drawn(), inference=INFERENCE).module()
    assert not torch.equal(net.conv1.weight, plain.conv1.weight)
    assert torch.equal(net.conv1.bias, plain.conv1.bias)
    torch.manual_seed(1)
    hand = nn.Conv2d(1, 6, 5)
    given = (0.0,) if name == "constant" else ()
    getattr(nn.init, f"{name}_")(hand.weight, *given)
    assert torch.equal(net.conv1.weight, hand.weight)


def test_settings_reach_torch():
    torch.manual_seed(1)
    graph = KNOWN.new("logistic-regression")
    linear = replace(graph.nodes["linear1"], learning=Learning({"weight": Way("sparse", SPARSE)}))
    graph.put("nodes.linear1", linear)
    weight = compile_graph(graph, inference=INFERENCE).module().linear1.weight
    assert (weight == 0).float().mean() == pytest.approx(0.5)
    assert weight.std() < 0.02


def test_all_that_is_said_is_in_the_source_and_done():
    program = compile_graph(GRAPH, inference=INFERENCE)
    net = program.module()
    assert torch.equal(net.backbone.norm.weight, torch.zeros(8))
    assert torch.equal(net.rest.conv.bias, torch.ones(8))
    flat = net.rest.conv.weight.flatten(1)
    assert torch.allclose(flat @ flat.T, torch.eye(8), atol=1e-5)
    assert all(torch.equal(layer.bias, torch.full((16,), 2.0)) for layer in net.chain)
    frozen = {name for name, weight in net.named_parameters() if not weight.requires_grad}
    assert frozen == {
        "start_weight",
        *(f"backbone.{name}" for name in ("conv.weight", "conv.bias", "norm.weight", "norm.bias")),
    }


def test_what_is_frozen_is_counted():
    found = INFERENCE.analyse(GRAPH)
    net = compile_graph(GRAPH, inference=INFERENCE).module()
    assert 0 < found.frozen == sum(item.numel() for item in net.parameters() if not item.requires_grad)
    assert found.parameters == sum(item.numel() for item in net.parameters())


def test_what_is_frozen_acts_as_it_will_after_training():
    net = compile_graph(GRAPH, inference=INFERENCE).module().train()
    before = net.backbone.norm.running_mean.clone()
    net(torch.randn(4, 3, 16, 16))
    assert torch.equal(net.backbone.norm.running_mean, before)
    assert net.dropout.training
    assert not net.eval().dropout.training
    assert net.train() is net


@module
def Noisy(g: Drawing, x: Handle, *, width: Size = 8, noise: bool = False) -> Handle:
    """A recurrent layer, and noise that is there in training only."""
    x = g.linear(x, out_features=width, id="linear")
    return g.gaussian_noise(x, std=1.0, id="noise", when=noise)


@template("Sequences and language", title="Frozen")
def frozen(g: Drawing, *, dropout: float = 0.0, noise: bool = False) -> None:
    """A recurrent layer and a module that do not learn."""
    x = g.input(shape=("N", 5, 8), id="x")
    x = g.gru(x, hidden_size=8, num_layers=2, dropout=dropout, id="gru", learning={"frozen": True})
    x = Noisy(g, x, noise=noise, id="noisy", learning={"frozen": True})
    g.output(g.linear(x, out_features=2, id="head"), id="scores")


@pytest.mark.parametrize(
    ("options", "calls"),
    [
        ({}, []),
        ({"dropout": 0.5}, ["self.gru.eval()"]),
        ({"noise": True}, ["self.noisy.eval()"]),
        ({"dropout": 0.5, "noise": True}, ["self.gru.eval()", "self.noisy.eval()"]),
    ],
)
def test_only_what_would_act_otherwise_is_kept_still(options, calls):
    program = compile_graph(sketch(KNOWN, frozen, options), inference=INFERENCE)
    lines = [line.strip() for line in program.source.splitlines()]
    assert [line for line in lines if line.endswith(".eval()")] == calls
    net = program.module().train()
    x = torch.randn(4, 5, 8)
    assert torch.equal(net(x), net(x))


def test_the_source_passes_the_strict_type_checker_and_is_short(tmp_path):
    text = compile_graph(GRAPH, inference=INFERENCE).source
    assert "nn.init.orthogonal_(self.conv.weight)" in text
    (tmp_path / "net.py").write_text(text)
    check_sources(tmp_path)


def test_a_plain_network_says_nothing_of_it():
    assert "train(" not in compile_graph(KNOWN.new("resnet18"), inference=INFERENCE).source


def test_it_is_exported(tmp_path):
    assert (
        export(compile_graph(GRAPH, inference=INFERENCE), tmp_path / "net.onnx", None)["max_relative_difference"] < 1e-4
    )


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({"kernel": Way("ones")}, "There is no weight kernel that could be drawn by ones; it has weight and bias."),
        ({"bias": Way("orthogonal")}, "orthogonal cannot draw bias (6): Only tensors with 2 or more dimensions"),
        ({"weight": Way("eye")}, "eye cannot draw weight (6×1×5×5): Only tensors with 2 dimensions"),
        ({"weight": Way("dirac", {"groups": 4})}, "dirac cannot draw weight (6×1×5×5): dim 0 must be divisible by groups"),
        ({"weight": Way("trunc_normal", {"a": 2.0, "b": -2.0})}, "trunc_normal cannot draw weight"),
    ],
)  # fmt: skip
def test_what_cannot_be_drawn_is_said_and_the_shapes_stay(values, words):
    (found,) = problems(initial=values)
    assert words in found
    assert INFERENCE.analyse(drawn(initial=values)).nodes["conv1"].outputs["out"].shape == ("N", 6, 28, 28)
    with pytest.raises(CompileError, match=r"cannot draw|no weight"):
        compile_graph(drawn(initial=values), inference=INFERENCE)


def test_a_module_is_drawn_inside():
    graph = GRAPH.copy()
    graph.put("nodes.rest", replace(graph.nodes["rest"], learning=Learning({"weight": Way("ones")})))
    assert "said of the layers in a module" in INFERENCE.analyse(graph).problems[0].message


def test_nodes_that_share_weights_say_the_same_of_them():
    graph = KNOWN.new("gan-gaussians")
    graph.put("nodes.maker", replace(graph.nodes["maker"], learning=Learning(frozen=True)))
    assert any("both say otherwise how these learn" in item.message for item in INFERENCE.analyse(graph).problems)


def test_a_file_keeps_it_and_refuses_what_is_none():
    assert read_text(write_text(GRAPH), history=KNOWN.history) == GRAPH
    assert GRAPH.fingerprint() == sketch(KNOWN, learning, {}).fingerprint()
    node = {"operator": "linear"}
    for said, words in (
        ({"initial": {"weight": "kaiming"}}, "there is no initialisation kaiming; there is: kaiming_normal"),
        ({"initial": {"weight": {"name": "normal", "settings": {"deviation": 1}}}}, "normal has no setting deviation"),
        ({"initial": {"weight": {"name": "normal", "settings": {"std": -1}}}}, "std"),
        ({"initial": {"../weight": "ones"}}, "a weight is named as the layer names it"),
        ({"frozen": 1}, "expected true or false"),
        ({"rate": 0}, "expected a number from 1e-06"),
    ):
        with pytest.raises(SchemaError, match=words):
            decode("nodes.linear1", node | said)


def test_how_it_learns_is_no_part_of_what_it_is():
    assert drawn(frozen=True, rate=0.1, initial={"weight": Way("ones")}).fingerprint() == drawn().fingerprint()


# What weights are made of

LAYERS = [
    ("linear", {"out_features": 5}, (7,), "weight"),
    ("conv2d", {"out_channels": 5, "kernel_size": 3}, (4, 8, 8), "weight"),
    ("conv_transpose2d", {"out_channels": 5, "kernel_size": 3}, (4, 8, 8), "weight"),
    ("lstm", {"hidden_size": 6}, (5, 7), "weight_hh_l0"),
    ("embedding", {"num_embeddings": 9, "embedding_dim": 6}, (5,), "weight"),
]


def layered(operator, options, shape, ways, **more):
    graph = Graph()
    numbers = "int64" if operator == "embedding" else "float32"
    graph.put("nodes.x", Node("x", "input", {"shape": ("N", *shape), "dtype": numbers}))
    graph.put("nodes.layer", Node("layer", operator, options, learning=Learning(parametrized=ways), **more))
    graph.put("nodes.out", Node("out", "output"))
    graph.put("wires.layer.x", Output("x", "out"))
    graph.put("wires.out.x", Output("layer", KNOWN.operators[operator].outputs[0].name))
    return graph


def test_every_parametrisation_of_torch_can_be_chosen():
    functions = {
        name for name, item in vars(nn.utils.parametrizations).items() if inspect.isfunction(item) and name[0] != "_"
    }
    assert functions == set(PARAMETRIZATIONS)


@pytest.mark.parametrize("way", PARAMETRIZATIONS)
@pytest.mark.parametrize(("operator", "options", "shape", "weight"), LAYERS, ids=[layer[0] for layer in LAYERS])
def test_weights_are_made_of_others_as_torch_makes_them(operator, options, shape, weight, way, tmp_path):
    program = compile_graph(layered(operator, options, shape, {weight: Way(way)}), inference=INFERENCE)
    torch.manual_seed(1)
    net = program.module()
    torch.manual_seed(1)
    hand = compile_graph(layered(operator, options, shape, {}), inference=INFERENCE).module()
    given = {"orthogonal_map": "householder", "use_trivialization": False} if way == "orthogonal" else {}
    getattr(nn.utils.parametrizations, way)(hand.layer, weight, **given)
    mine, theirs = net.state_dict(), hand.state_dict()
    assert list(mine) == list(theirs) and all(torch.equal(mine[name], theirs[name]) for name in mine)
    assert program.analysis.parameters == sum(item.numel() for item in hand.parameters())
    assert {name for name, _ in program.analysis.nodes["layer"].weights("layer")} == set(mine)
    x = torch.randint(9, (3, *shape)) if operator == "embedding" else torch.randn(3, *shape)
    torch.manual_seed(2)
    out = net(x)
    torch.manual_seed(2)
    assert torch.equal(out, hand(x))
    out.square().sum().backward()
    assert all(item.grad is not None for item in net.layer.parameters())
    report = export(program, tmp_path / "net.onnx", mine)
    assert report["max_relative_difference"] < 1e-4


def test_each_copy_of_a_repeated_layer_is_made_of_others():
    graph = layered("linear", {"out_features": 7}, (7,), {"weight": Way("weight_norm", {"dim": 1})}, repeat=3)
    program = compile_graph(graph, inference=INFERENCE)
    assert "weight_norm(layer1, dim=1)" in program.source or "weight_norm(layer, dim=1)" in program.source
    assert (
        program.analysis.parameters == 3 * (49 + 7 + 7) == sum(item.numel() for item in program.module().parameters())
    )


def test_a_weight_is_drawn_before_it_is_made_of_others():
    graph = layered("linear", {"out_features": 5}, (7,), {"weight": Way("weight_norm")})
    node = graph.nodes["layer"]
    graph.put("nodes.layer", replace(node, learning=replace(node.learning, initial={"weight": Way("ones")})))
    net = compile_graph(graph, inference=INFERENCE).module()
    assert torch.allclose(net.layer.weight, torch.ones(5, 7))
    assert torch.allclose(net.layer.parametrizations.weight.original0, torch.full((5, 1), 7**0.5))


def test_what_divides_by_its_largest_value_is_still_where_it_is_frozen():
    graph = layered("linear", {"out_features": 5}, (7,), {"weight": Way("spectral_norm")})
    node = graph.nodes["layer"]
    graph.put("nodes.layer", replace(node, learning=replace(node.learning, frozen=True)))
    net = compile_graph(graph, inference=INFERENCE).module().train()
    before = net.layer.parametrizations.weight[0]._u.clone()
    net(torch.randn(3, 7))
    assert torch.equal(before, net.layer.parametrizations.weight[0]._u)
    assert not any(item.requires_grad for item in net.parameters())


@pytest.mark.parametrize(
    ("ways", "words"),
    [
        ({"kernel": Way("weight_norm")}, "There is no weight kernel that could be made by weight_norm; it has weight and bias."),
        ({"bias": Way("orthogonal")}, "orthogonal cannot make bias (5): "),
        ({"weight": Way("weight_norm", {"dim": 4})}, "weight_norm cannot make weight (5×7): "),
    ],
)  # fmt: skip
def test_what_cannot_be_made_is_said_and_the_shapes_stay(ways, words):
    found = INFERENCE.analyse(layered("linear", {"out_features": 5}, (7,), ways))
    (problem,) = found.problems
    assert words in problem.message and problem.option == "parametrized"
    assert found.nodes["layer"].outputs["out"].shape == ("N", 5)


def test_what_weights_are_made_of_is_part_of_what_a_network_is():
    plain, made = (layered("linear", {"out_features": 5}, (7,), ways) for ways in ({}, {"weight": Way("weight_norm")}))
    assert plain.fingerprint() != made.fingerprint()
    assert read_text(write_text(made), history=KNOWN.history) == made

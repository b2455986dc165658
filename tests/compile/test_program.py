from __future__ import annotations

import ast
import traceback

import pytest
import torch
from checked import TOOLS, check_sources
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import nn
from torch.nn import functional as F

import grapheditor
from grapheditor.catalog import catalog
from grapheditor.compile import CompileError, compile_graph
from grapheditor.edit import edits
from grapheditor.edit.scope import Scope
from grapheditor.graph import Graph, Info, Node, Output

KNOWN = catalog()
PRINTABLE = st.text(st.characters(codec="utf-8"), max_size=300)
CONVNET = '''"""Digits convnet, drawn with grapheditor."""

import torch
from torch import nn
from torch.nn import functional as F


class DigitsConvnet(nn.Module):
    """Two convolutions and two linear layers that read handwritten digits.

    It is LeNet-5 as it would be drawn twenty years later. ReLU stands for tanh, the
    largest value of a window for its mean, and a softmax with cross-entropy for the
    distances to drawn digits. With 105,506 weights it is small, and does what took
    days then within minutes.

    It takes raw pixels from 0 to 255 and normalises them itself. Stochastic gradient
    descent with a rate of 0.1 and batches of 100 brings it to about one per cent of
    errors on the full MNIST after ten epochs.

    Takes image: N×1×28×28. Gives scores: N×10.
    """

    def __init__(self) -> None:
        super().__init__()
        self.normalize_mean = nn.Buffer(torch.zeros(1, 1, 1))
        self.normalize_std = nn.Buffer(torch.ones(1, 1, 1))
        self.conv1 = nn.Conv2d(1, 32, 5)
        self.conv2 = nn.Conv2d(32, 64, 5)
        self.linear1 = nn.Linear(256, 200)
        self.linear2 = nn.Linear(200, 10)

    def forward(self, image: torch.Tensor) -> torch.Tensor:
        x = (image - self.normalize_mean) / self.normalize_std
        x = F.relu(F.max_pool2d(self.conv1(x), 3))
        x = F.relu(F.max_pool2d(self.conv2(x), 2))
        x = F.relu(self.linear1(x.flatten(1)))
        scores: torch.Tensor = self.linear2(x)
        return scores

    def objective(
        self, image: torch.Tensor, label: torch.Tensor
    ) -> dict[str, torch.Tensor]:
        scores = self(image)
        return {
            "loss": F.cross_entropy(scores, label),
            "accuracy": (scores.argmax(1) == label).sum() / label.ne(-100).sum(),
        }
'''


class ByHand(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv1 = nn.Conv2d(1, 32, 5)
        self.conv2 = nn.Conv2d(32, 64, 5)
        self.linear1 = nn.Linear(256, 200)
        self.linear2 = nn.Linear(200, 10)

    def forward(self, x):
        x = F.relu(F.max_pool2d(self.conv1(x), 3))
        x = F.relu(F.max_pool2d(self.conv2(x), 2))
        x = F.relu(self.linear1(x.view(-1, 256)))
        scores: torch.Tensor = self.linear2(x)
        return scores


def draw(*rows, outputs=()):
    """rows: (id, operator, options, sources)."""
    graph = Graph()
    graph.put("info", Info("Drawn"))
    for name, operator, options, sources in rows:
        graph.put(f"nodes.{name}", Node(name, operator, options))
        ports = KNOWN.operators[operator].inputs
        for i, source in enumerate(sources):
            port = ports[min(i, len(ports) - 1)]
            end = f"{name}.{port.name}" + (f".{i}" if port.repeats else "")
            graph.put(f"wires.{end}", Output(source))
    for i, source in enumerate(outputs):
        graph.put(f"nodes.y{i}", Node(f"y{i}", "output"))
        graph.put(f"wires.y{i}.x", Output(source))
    return graph


def body(graph, method="forward"):
    tree = ast.parse(grapheditor.source(graph))
    function = next(n for n in ast.walk(tree) if isinstance(n, ast.FunctionDef) and n.name == method)
    return [ast.unparse(line) for line in function.body]


def test_the_digits_network_reads_like_one_written_by_hand():
    assert grapheditor.source(KNOWN.new("mnist-convnet")) == CONVNET


def test_it_computes_what_one_written_by_hand_does():
    torch.manual_seed(3)
    hand = ByHand()
    built = grapheditor.build(KNOWN.new("mnist-convnet"))
    built.load_state_dict(hand.state_dict(), strict=False)
    image, label = torch.randn(4, 1, 28, 28), torch.tensor([3, 1, 4, 1])
    loss = F.cross_entropy(hand(image), label)
    found = built.objective(image, label)
    assert torch.equal(found["loss"], loss)
    loss.backward()
    found["loss"].backward()
    for name, parameter in hand.named_parameters():
        assert torch.equal(parameter.grad, dict(built.named_parameters())[name].grad)


def test_a_traceback_leads_to_the_line_of_the_node():
    program = compile_graph(KNOWN.new("mnist-convnet"))
    try:
        program.module()(torch.zeros(2, 1, 20, 20))
    except RuntimeError as error:
        frames = [frame for frame in traceback.extract_tb(error.__traceback__) if "DigitsConvnet" in frame.filename]
    assert frames[-1].line == "x = F.relu(F.max_pool2d(self.conv2(x), 2))" or "linear1" in frames[-1].line
    assert frames[-1].lineno in program.printed.lines["pool2"] + program.printed.lines["linear1"]


def test_every_node_knows_its_lines():
    program = compile_graph(KNOWN.new("mnist-convnet"))
    lines = program.source.splitlines()
    for node, words in {
        "conv1": "self.conv1",
        "relu2": "F.relu",
        "loss": "F.cross_entropy",
        "flatten": ".flatten(1)",
    }.items():
        assert all(words in lines[number - 1] for number in program.printed.lines[node])
    assert set(program.printed.lines) == set(program.graph.nodes)


def test_a_skip_keeps_its_name_until_it_is_used():
    graph = draw(
        ("image", "input", {"shape": ("N", 8, 9, 9)}, []),
        ("c1", "conv2d", {"out_channels": 8, "padding": 1}, ["image"]),
        ("r1", "relu", {}, ["c1"]),
        ("c2", "conv2d", {"out_channels": 8, "padding": 1}, ["r1"]),
        ("bn", "batch_norm2d", {}, ["c2"]),
        ("sum1", "add", {}, ["bn", "r1"]),
        ("r2", "relu", {}, ["sum1"]),
        outputs=["r2"],
    )
    assert body(graph) == [
        "x = F.relu(self.c1(image))",
        "y = self.bn(self.c2(x))",
        "return F.relu(y + x)",
    ] or body(graph) == [
        "x = F.relu(self.c1(image))",
        "return F.relu(self.bn(self.c2(x)) + x)",
    ]
    check_against_nodes(graph)


def test_a_result_used_twice_is_computed_once():
    graph = draw(
        ("a", "input", {"shape": ("N", 8)}, []),
        ("d", "dropout", {}, ["a"]),
        ("s", "add", {}, ["d", "d"]),
        ("t", "concatenate", {}, ["s", "d", "a"]),
        outputs=["t", "s"],
    )
    assert sum("self.d(" in line for line in body(graph)) == 1
    check_against_nodes(graph)


def test_random_layers_draw_in_the_order_of_the_graph():
    graph = draw(
        ("a", "input", {"shape": ("N", 50)}, []),
        ("d1", "dropout", {}, ["a"]),
        ("l1", "linear", {"out_features": 50}, ["d1"]),
        ("d2", "dropout", {}, ["a"]),
        ("s", "add", {}, ["l1", "d2"]),
        ("d3", "dropout", {}, ["s"]),
        ("c", "concatenate", {}, ["d3", "d2", "l1"]),
        outputs=["c"],
    )
    check_against_nodes(graph)


def test_what_waits_to_be_folded_is_computed_before_what_comes_later():
    graph = draw(
        ("a", "input", {"shape": ("N", 50)}, []),
        ("r1", "relu", {}, ["a"]),
        ("r2", "relu", {}, ["r1"]),
        ("r3", "relu", {}, ["r2"]),
        ("d1", "dropout", {}, ["r3"]),
        ("d2", "dropout", {}, ["a"]),
        ("m", "add", {}, ["d2", "d2"]),
        ("s", "add", {}, ["d1", "m"]),
        outputs=["s"],
    )
    assert compile_graph(graph).analysis.order.index("d1") < compile_graph(graph).analysis.order.index("d2")
    check_against_nodes(graph)


@settings(max_examples=150, deadline=None)
@given(st.data())
def test_any_network_computes_what_its_nodes_do_in_their_order(data):
    rows, names = [("a", "input", {"shape": ("N", 8)}, [])], ["a"]
    for i in range(data.draw(st.integers(3, 20))):
        operator = data.draw(st.sampled_from(["relu", "dropout", "add", "linear"]))
        count = 2 if operator == "add" else 1
        sources = [data.draw(st.sampled_from(names[-5:])) for _ in range(count)]
        rows.append((f"n{i}", operator, {"out_features": 8} if operator == "linear" else {}, sources))
        names.append(f"n{i}")
    used = {source for row in rows for source in row[3]}
    check_against_nodes(draw(*rows, outputs=[name for name in names if name not in used]))


def check_against_nodes(graph):
    """The printed forward equals running the nodes one by one, bit for bit, random numbers included."""
    program = compile_graph(graph)
    module = program.module()
    inputs = {name: torch.randn([3, *program.input_shape(name)[1:]]) for name in program.inputs}
    torch.manual_seed(5)
    found = module(*inputs.values())
    torch.manual_seed(5)
    values = dict(inputs)
    for name in program.analysis.order:
        operator = graph.nodes[name].operator
        arriving = [
            values[start.node] for port in KNOWN.operators[operator].inputs for start in graph.inputs(name, port.name)
        ]
        if operator == "output":
            values[name] = arriving[0]
        elif operator == "add":
            values[name] = arriving[0] + arriving[1]
        elif operator == "concatenate":
            values[name] = torch.cat(arriving, 1)
        elif operator == "relu":
            values[name] = F.relu(arriving[0])
        elif operator != "input":
            values[name] = getattr(module, name)(*arriving)
    wanted = [values[name] for name in program.results]
    for a, b in zip(found if isinstance(found, tuple) else (found,), wanted, strict=True):
        assert torch.equal(a, b)


def test_what_only_losses_need_is_not_in_forward():
    program = compile_graph(KNOWN.new("mnist-convnet"))
    assert program.inputs == ("image",)
    assert program.objective_inputs == ("image", "label")
    assert program.results == ("scores",)


def test_without_an_output_the_last_layer_is_the_result():
    graph = KNOWN.new("mnist-convnet")
    edits.remove(Scope(graph), ["scores"]).apply(graph)
    assert compile_graph(graph).results == ("linear2",)
    edits.remove(Scope(graph), ["accuracy", "loss"]).apply(graph)
    assert compile_graph(graph).results == ("linear2",)


def test_a_loss_inside_the_network_is_printed_whole():
    graph = draw(
        ("a", "input", {"shape": ("N", 6)}, []),
        ("label", "input", {"shape": ("N",), "dtype": "int64"}, []),
        ("l1", "linear", {"out_features": 5}, ["a"]),
        ("l2", "linear", {"out_features": 4}, ["l1"]),
        ("aside", "linear", {"out_features": 3}, ["l1"]),
        ("loss", "cross_entropy", {}, ["aside", "label"]),
        outputs=["l2"],
    )
    assert not any("self.aside" in line for line in body(graph))
    assert any("self.aside" in line for line in body(graph, "objective"))
    module = grapheditor.build(graph)
    assert set(module.objective(torch.zeros(2, 6), torch.zeros(2, dtype=torch.int64))) == {"loss"}


def test_several_results_come_as_a_tuple():
    graph = draw(
        ("a", "input", {"shape": ("N", 6)}, []),
        ("b", "input", {"shape": ("N", 6)}, []),
        ("s", "add", {}, ["a", "b"]),
        outputs=["s", "a"],
    )
    assert body(graph) == ["return (a + b, a)"]
    check_against_nodes(graph)


@pytest.mark.parametrize(
    "title",
    [
        '"""',
        "\\",
        'end"',
        "a\nb",
        "'''\"\"\"\n    import os",
        "x" * 300,
        "class",
        "3D net",
        "Ünï",
        "\x00\x07",
        "{0}",
        "%s",
    ],
)
def test_no_title_or_text_can_reach_the_code(title):
    graph = KNOWN.new("mlp")
    graph.put("info", Info(title, f"{title}\n{title}"))
    text = grapheditor.source(graph)
    tree = ast.parse(text)
    plain = ast.parse(grapheditor.source(KNOWN.new("mlp")))

    def shape(node):
        return [type(item).__name__ for item in ast.walk(node) if not isinstance(item, ast.Constant)]

    assert shape(tree) == shape(plain)
    assert max(map(len, text.splitlines())) <= 120


def test_a_graph_with_errors_is_not_compiled():
    graph = KNOWN.new("mnist-convnet")
    edits.set_option(Scope(graph), KNOWN, ["pool1"], "kernel_size", 5).apply(graph)
    with pytest.raises(CompileError, match="conv2: The filter does not fit") as found:
        grapheditor.build(graph)
    assert found.value.node == "conv2"
    assert found.value.port == "x"


def test_an_empty_graph_computes_nothing():
    with pytest.raises(CompileError, match="computes nothing yet"):
        grapheditor.build(Graph())


def test_what_arrives_at_a_fitted_operator_can_be_computed():
    program = compile_graph(KNOWN.new("mnist-convnet"))
    (fit,) = program.fits
    module = program.module()
    image = torch.rand(3, 1, 28, 28)
    (arrived,) = fit.arrives(module, image)
    assert torch.equal(arrived, image)
    assert getattr(module, fit.mean).shape == getattr(module, fit.std).shape == (1, 1, 1)


def test_parts_of_a_node_make_way_for_ids():
    graph = KNOWN.new("mlp")
    edits.rename(Scope(graph), "linear1", "normalize_mean").apply(graph)
    module = grapheditor.build(graph)
    assert isinstance(module.normalize_mean, nn.Linear)
    assert isinstance(module.normalize_mean_, nn.Buffer)
    (fit,) = compile_graph(graph).fits
    assert fit.mean == "normalize_mean_"


@given(title=PRINTABLE, doc=PRINTABLE)
@settings(max_examples=200, deadline=None)
def test_no_title_or_text_damages_the_source(title, doc):
    graph = Graph()
    graph.put("nodes.x", Node("x", "input", {"shape": ("N", 2)}))
    graph.put("nodes.relu", Node("relu", "relu"))
    graph.put("wires.relu.x", Output("x"))
    graph.put("info", Info(title, doc))
    ast.parse(compile_graph(graph).source)


@pytest.mark.parametrize("text", ["a" * 84 + "\\xzz", "a" * 80 + "\\N", 'ends in "', "\\", '"""' * 40])
def test_what_could_end_a_docstring_stays_in_it(text):
    graph = KNOWN.new("mlp")
    graph.put("info", Info(text, text))
    ast.parse(compile_graph(graph).source)


def test_a_normalize_that_leads_nowhere_is_not_fitted():
    graph = KNOWN.new("mlp")
    graph.put("nodes.lost", Node("lost", "normalize"))
    graph.put("wires.lost.x", Output("image"))
    assert [fit.node for fit in compile_graph(graph).fits] == ["normalize"]


def test_layers_refuse_numbers_of_another_type():
    graph = KNOWN.new("mlp")
    image = graph.nodes["image"]
    graph.put("nodes.image", Node("image", "input", {**image.options, "dtype": "float64"}))
    with pytest.raises(CompileError, match="the weights are float32, and float64 arrives"):
        compile_graph(graph)


def test_several_results_at_once_have_a_name_that_no_tensor_has(tmp_path):
    """Else the type checker refuses the line in which the name stands for a tensor again."""
    graph = Graph()
    graph.put("nodes.image", Node("image", "input", {"shape": ("N", 3, 16)}))
    graph.put("nodes.top", Node("top", "topk", {"k": 4}))
    graph.put("wires.top.x", Output("image"))
    graph.put("nodes.cast", Node("cast", "cast"))
    graph.put("wires.cast.x", Output("top", "indices"))
    for i, name in enumerate(("first", "second")):
        graph.put(f"nodes.{name}", Node(name, "add"))
        graph.put(f"wires.{name}.x", Output("top", "values") if i == 0 else Output("first"))
        graph.put(f"wires.{name}.y", Output("cast") if i == 0 else Output("first"))
    graph.put("nodes.scores", Node("scores", "output"))
    graph.put("wires.scores.x", Output("second"))
    text = grapheditor.source(graph)
    assert "parts = torch.topk(image, 4)" in text
    (tmp_path / "net.py").write_text(text)
    check_sources(tmp_path, TOOLS[-1:])

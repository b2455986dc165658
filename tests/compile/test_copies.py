"""Copies that differ: in sizes, in what they leave out, in how many copies they hold; printed as a person would."""

from __future__ import annotations

import torch
from by_hand import ByHand
from checked import check_sources
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from grapheditor.authoring import INDEX, Drawing, Handle, Size, choice, module, template
from grapheditor.authoring.options import Option
from grapheditor.catalog import catalog
from grapheditor.compile import Inference, compile_graph
from grapheditor.compile.inside import Inside
from grapheditor.edit.sketch import sketch
from grapheditor.graph import Graph, Head, Info, Node, Output, Tie

KNOWN = catalog()
INFERENCE = Inference(KNOWN)
OPTIONS = (Option("width", "integer", 8, 1, 64), Option("depth", "integer", 1, 0, 4), Option("deep", "boolean", False))
WIDTHS = ["=width", 8, "=2*width", 12]
CONDITIONS = ["", "", "deep", "not deep", "depth > 1", "width == 8"]


@st.composite
def bodies(draw, graph: Graph, prefix: str, inner: list[str]) -> tuple[tuple[str, ...], tuple[tuple[str, str], ...]]:
    """Put nodes and wires behind a prefix of keys; return the ports of what was drawn."""
    own = bool(prefix)
    starts = [Output("x")]
    ports: tuple[str, ...] = ("x",)
    graph.put(f"{prefix}nodes.x", Node("x", "input", {} if own else {"shape": ("N", 5, 8)}))
    if own and draw(st.integers(0, 3)) == 0:
        ports = ("x", "y")
        graph.put(f"{prefix}nodes.y", Node("y", "input"))
        starts.append(Output("y"))
    for k in range(draw(st.integers(1, 5))):
        kind = draw(
            st.sampled_from(
                [
                    "linear",
                    "relu",
                    "layer_norm",
                    "dropout",
                    "add",
                    "attention",
                    "concatenate",
                    "set",
                    "position_embedding",
                ]
            )
        )
        if inner and draw(st.integers(0, 2)) > 0:
            kind = draw(st.sampled_from(inner))
        when = draw(st.sampled_from(CONDITIONS)) if own else ""
        name, options, repeat, wires, weights = f"n{k}", {}, 1, {"x": starts[-1]}, ""
        other = draw(st.sampled_from(starts))
        if kind in ("linear", "layer_norm", "dropout", *inner) and draw(st.integers(0, 2)) == 0:
            repeat = draw(st.sampled_from([2, 3, 4] + ["depth", "depth + 1"] * own))
        if kind in graph.modules:
            head = graph.modules[kind].head
            wires = dict(zip(head.inputs, [starts[-1], other], strict=False))
            options = draw(given_options(own, repeat != 1))
        elif kind in ("linear", "set"):
            width = draw(st.sampled_from(WIDTHS if own else [8, 12, 16]))
            options = {"out_features": width, "bias": draw(st.booleans())}
            if repeat != 1 and draw(st.booleans()):
                options["out_features"] = draw(st.sampled_from(["=8 + 4*i", "=8 if i == 0 else 16", "=8 + 3*i*i"]))
            if kind == "set":
                kind, weights, options = "linear", "w", {"out_features": 8, "bias": True}
        elif kind == "layer_norm":
            options = {"eps": draw(st.sampled_from([1e-5, 1e-3]))}
        elif kind == "position_embedding":
            options = {"length": draw(st.sampled_from([5, 7]))}
        elif kind in ("add", "concatenate"):
            wires = {"x": starts[-1], "y": other} if kind == "add" else {"xs.0": starts[-1], "xs.1": other}
            options = {} if kind == "add" else {"dim": 2}
        elif kind == "attention":
            wires = {"query": starts[-1], "key": other, "value": other}
            options = {"heads": draw(st.sampled_from([1, 2, 4])), "causal": draw(st.booleans())}
        graph.put(f"{prefix}nodes.{name}", Node(name, kind, options, when=when, repeat=repeat, weights=weights))
        for port, start in wires.items():
            graph.put(f"{prefix}wires.{name}.{port}", start)
        several = graph.modules[kind].head.outputs if kind in graph.modules else (("out", "out"),)
        starts.append(Output(name, draw(st.sampled_from(several))[0] if draw(st.booleans()) else several[0][0]))
    outputs: tuple[tuple[str, str], ...] = (("out", "out"),)
    if own and draw(st.integers(0, 2)) == 0:
        outputs = draw(
            st.sampled_from([(("x", "a"), ("skip", "b")), (("x", "a"), ("y", "b")), (("skip", "a"), ("x", "b"))])
        )
    for (_, node), start in zip(outputs, [starts[-1], draw(st.sampled_from(starts))], strict=False):
        graph.put(f"{prefix}nodes.{node}", Node(node, "output"))
        graph.put(f"{prefix}wires.{node}.x", start)
    return ports, outputs


@st.composite
def given_options(draw, own: bool, repeated: bool) -> dict:
    """Draw what a node sets of a module's options: expressions of those around it, of its index, values."""
    width = [
        8,
        12,
        *(["=width", "=2*width"] * own),
        *(["=8 + 4*i", "=(i*i*5 + 8)", "=8*2**i", "=8 if i == 1 else 12"] * repeated),
    ]
    depth = [0, 1, 2, *(["=depth", "=depth + 1"] * own), *(["=i", "=(7*i) % 3"] * repeated)]
    deep = [True, False, *(["=deep", "=depth == 0"] * own), *(["=i > 0", "=i == 0", "=(i*i) % 3 == 1"] * repeated)]
    values = {"width": width, "depth": depth, "deep": deep}
    return {name: draw(st.sampled_from(values[name])) for name in values if draw(st.booleans())}


@st.composite
def networks(draw) -> Graph:
    """Draw modules that hold each other, repeated, left out by conditions and by counts."""
    graph = Graph()
    graph.put("info", Info("Drawn"))
    names: list[str] = []
    for name in ("Inner", "Middle", "Outer")[: draw(st.integers(1, 3))]:
        graph.put(f"modules.{name}", Head())
        ports, outputs = draw(bodies(graph, f"modules.{name}.", names))
        graph.put(f"modules.{name}", Head("Drawn.", OPTIONS, ports, outputs))
        names.append(name)
    draw(bodies(graph, "", names))
    return graph


def check(graph: Graph) -> str:
    """What is printed computes what the nodes do, in both printings, and nothing is refused; return the source."""
    program = compile_graph(graph, inference=INFERENCE)
    torch.manual_seed(0)
    net = program.module().eval()
    assert sum(item.numel() for item in net.parameters()) <= program.analysis.parameters
    x = torch.randn(2, 5, 8)
    found = net(x)
    (wanted,) = ByHand(net.state_dict()).results(graph, {"x": x}, program.results)
    assert torch.equal(found, wanted)
    twin = Inside(program).twin(net, lambda path, value: None)
    assert torch.equal(twin(x), wanted)
    drawn_alike = []
    for one in (net, twin):
        torch.manual_seed(5)
        drawn_alike.append(one.train()(x))
    assert torch.equal(*drawn_alike)
    return program.source


@settings(max_examples=150, deadline=None)
@given(networks())
def test_what_has_no_problem_is_printed_and_computes_what_its_nodes_do(graph):
    assume(not INFERENCE.analyse(graph).problems)
    check(graph)


@module
def Block(g: Drawing, x: Handle, *, width: Size = 8, downsample: bool = False) -> Handle:
    """A residual block."""
    y = g.relu(g.conv2d(x, out_channels=width, padding=1, stride=choice(downsample, 2, 1), id="conv"))
    return g.add(y, g.conv2d(x, out_channels=width, kernel_size=1, stride=2, id="shortcut", when=downsample))


@module
def Stage(g: Drawing, x: Handle, *, width: Size = 8, blocks: int = 2) -> Handle:
    """Blocks of one width, the first of which halves the image."""
    return Block(g, x, width=width, downsample=INDEX == 0, repeat=blocks, id="blocks")


@module
def Deep(g: Drawing, x: Handle, *, width: Size = 8, depth: int = 1) -> Handle:
    """As deep as asked."""
    return g.relu(g.linear(x, out_features=width, repeat=depth, id="layers"))


@module
def Attend(g: Drawing, x: Handle, *, width: Size = 8, attends: bool = True) -> Handle:
    """Two layers, and attention in some of them."""
    y = g.linear(x, out_features=width, id="one")
    y = g.attention(y, y, y, heads=2, id="mix", when=attends)
    y = g.position_embedding(y, length=7, id="places", when=attends)
    return g.add(y, g.linear(x, out_features=width, id="two"))


@module
def Pair(g: Drawing, x: Handle, y: Handle, *, width: Size = 8) -> Handle:
    """Of two things a third."""
    return g.add(g.linear(x, out_features=width), y)


def stages(g: Drawing) -> None:
    x = g.input(shape=("N", 3, 32, 32), id="x")
    x = Stage(
        g, Stage(g, Stage(g, x, width=8, blocks=2, id="a"), width=16, blocks=3, id="b"), width=20, blocks=0, id="c"
    )
    g.output(x, id="out")


def depths(g: Drawing) -> None:
    x = g.input(shape=("N", 5, 8), id="x")
    x = Deep(g, x, depth=INDEX + 1, repeat=3, id="rising")
    x = Deep(g, x, depth=INDEX, width=8 + INDEX * INDEX * 3, repeat=4, id="widening")
    g.output(g.linear(x, out_features="=8 + 5*i*i", repeat=4, id="lin"), id="out")


@module
def Chained(g: Drawing, x: Handle, *, width: Size = 8) -> Handle:
    """Copies whose widths follow no expression, in each use others."""
    return Attend(g, x, width=width + INDEX * INDEX * 2, attends=INDEX != 1, repeat=4, id="steps")


def kinds(g: Drawing) -> None:
    x = g.input(shape=("N", 5, 8), id="x")
    g.output(Chained(g, Chained(g, x, width=8, id="a"), width=16, id="b"), id="out")


def pairs(g: Drawing) -> None:
    x = g.input(shape=("N", 5, 8), id="x")
    y = g.relu(x)
    g.output(Pair(g, y, y, repeat=2, id="pairs"), id="out")


def tied(g: Drawing) -> None:
    x = g.input(shape=("N", 5, 8), id="x")
    x = g.layer_norm(g.linear(x, out_features=8, id="first"), id="norm")
    x = Deep(g, Deep(g, x, depth=2, repeat=2, id="deep"), depth=1, id="single")
    g.output(g.position_embedding(g.linear(x, out_features=8, id="last"), length=5, id="places"), id="out")


TIES = {
    "last.weight": "first.weight",
    "deep.1.layers.1.weight": "first.weight",
    "deep.0.layers.0.bias": "deep.1.layers.1.bias",
    "single.layers.0.bias": "norm.bias",
    "norm.weight": "deep.0.layers.1.bias",
}


def drawn(body) -> Graph:
    graph = sketch(KNOWN, template("Vision", title="Drawn")(body), {})
    for path, source in TIES.items() if body is tied else ():
        graph.put(f"ties.{path}", Tie(source))
    assert not INFERENCE.analyse(graph).problems
    return graph


def test_one_class_prints_copies_that_leave_something_out_and_chains_that_are_empty():
    source = compile_graph(drawn(stages), inference=INFERENCE).source
    assert source.count("class ") == 3
    assert "nn.Conv2d(in_channels, width, 1, stride=2) if downsample else nn.Identity()" in source
    assert "Block(in_channels if i == 0 else width, width, i == 0)" in source
    assert "for i in range(blocks)" in source
    assert "self.b = Stage(8, 16, 3)" in source
    assert "nn.Sequential()" not in source


def test_a_chain_that_is_empty_everywhere_is_no_member():
    def net(g: Drawing) -> None:
        x = g.input(shape=("N", 5, 8), id="x")
        g.output(Deep(g, x, depth=0, id="deep"), id="out")

    assert "layers" not in check(drawn(net))


def test_what_follows_no_expression_is_gone_through():
    source = check(drawn(depths))
    assert "Deep(8, i + 1) for i in range(3)" in source
    assert "nn.Linear(in_features, 8 + 5 * i * i)" in source
    assert "for i, in_features in enumerate((35, 8, 13, 28))" in source


def test_what_follows_another_rule_in_each_use_is_an_argument():
    program = compile_graph(drawn(kinds), inference=INFERENCE)
    assert "all_in_features: tuple[int, ...]" in program.source
    assert "self.a = Chained((8, 8, 10, 16), 8)" in program.source
    net = program.module().eval()
    x = torch.randn(2, 5, 8)
    assert net(x).shape == (2, 5, 34)


def test_a_node_of_several_steps_is_left_out_by_an_if():
    source = compile_graph(drawn(kinds), inference=INFERENCE).source
    assert source.count("class Attend") == 1
    assert "        if attends:\n            self.places_weight = nn.Parameter(torch.zeros(7, width))\n" in source
    assert "        if self.attends:\n" in source
    assert "Attend(in_features, width + i * i * 2, i != 1)" in source


@module
def Shared(g: Drawing, x: Handle, *, again: bool = False) -> Handle:
    """A layer that is used once more, by its weights; where the first is left out, the second makes them."""
    y = g.linear(x, out_features=8, id="one", weights="w", when=again)
    return g.relu(g.linear(y, out_features=8, id="two", weights="w"))


def sharing(g: Drawing) -> None:
    x = g.input(shape=("N", 5, 8), id="x")
    g.output(Shared(g, x, again=INDEX == 2, repeat=4, id="steps"), id="out")


def test_copies_that_compute_other_steps_have_classes_of_their_own():
    source = check(drawn(sharing))
    assert source.count("class Shared") == 2
    assert "*(Shared() if i != 2 else Shared2() for i in range(4))" in source


def test_random_layers_draw_in_the_order_of_the_graph_before_an_operator_of_many_steps():
    def net(g: Drawing) -> None:
        x = g.input(shape=("N", 5, 8), id="x")
        query, key, value = (g.dropout(x, id=name) for name in ("two", "one", "three"))
        g.output(g.attention(query, key, value, heads=2), id="out")

    check(drawn(net))


def test_what_is_carried_and_also_given_to_every_copy_keeps_both():
    program = compile_graph(drawn(pairs), inference=INFERENCE)
    net = program.module()
    x = torch.randn(2, 5, 8)
    y = z = torch.relu(x)
    for layer in net.pairs:
        y = layer(y, z)
    assert torch.equal(net(x), y)


def test_ties_into_copies_share_the_weights():
    net = compile_graph(drawn(tied), inference=INFERENCE).module()
    for path, source in TIES.items():
        assert net.get_parameter(path) is net.get_parameter(source)


def test_a_multiple_by_chance_is_no_expression():
    @module
    def Scores(g: Drawing, x: Handle, *, classes: Size = 10) -> Handle:
        """Scores of some classes."""
        return g.linear(g.relu(g.linear(x, out_features=choice(classes > 10, 80, 40))), out_features=classes)

    def net(g: Drawing) -> None:
        x = g.input(shape=("N", 20), id="x")
        y = g.input(shape=("N", 40), id="y")
        g.output(Scores(g, x, classes=10), id="a")
        g.output(Scores(g, y, classes=20), id="b")

    source = compile_graph(drawn(net), inference=INFERENCE).source
    assert "2 * classes" not in source
    assert "def __init__(self, in_features: int, classes: int" in source


def test_a_product_that_a_module_inside_makes_is_an_expression():
    @module
    def Wide(g: Drawing, x: Handle, *, width: Size = 4) -> Handle:
        """Four times as wide."""
        return g.linear(x, out_features=4 * width, id="widen")

    @module
    def Twice(g: Drawing, x: Handle, *, size: Size = 4) -> Handle:
        """Widen, and look again."""
        return g.linear(Wide(g, x, width=size), out_features=3, id="look")

    def net(g: Drawing) -> None:
        x = g.input(shape=("N", 20), id="x")
        g.output(Twice(g, Twice(g, x, size=5), size=6), id="out")

    assert "nn.Linear(4 * size, 3)" in compile_graph(drawn(net), inference=INFERENCE).source


def test_the_sources_pass_the_linter_the_formatter_and_the_strict_type_checker(tmp_path):
    for body in (stages, depths, kinds, sharing, pairs, tied):
        source = compile_graph(drawn(body), inference=INFERENCE).source
        (tmp_path / f"{body.__name__}.py").write_text(source, encoding="utf-8")
    check_sources(tmp_path)

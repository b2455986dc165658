"""Modules: options as expressions, when, repeat, weight sets and ties, in inference, in the source, in the module."""

from __future__ import annotations

import ast
from dataclasses import replace

import pytest
import torch
from torch import nn
from torch.nn import functional as F

from grapheditor.authoring import INDEX, Drawing, Handle, Size, choice, module, template
from grapheditor.catalog import catalog
from grapheditor.compile import CompileError, Inference, compile_graph
from grapheditor.compile.export import export, loaded
from grapheditor.compile.inside import Inside
from grapheditor.compile.summary import sized, summary
from grapheditor.edit import edits
from grapheditor.edit.scope import Scope
from grapheditor.edit.sketch import sketch
from grapheditor.graph import Graph, Head, Input, Node, Output, Tie, read_text, write_text
from grapheditor.training.memory import measure

KNOWN = catalog()
INFERENCE = Inference(KNOWN)


def drawn(body) -> Graph:
    """Draw a graph with a function; it survives its file."""
    graph = sketch(KNOWN, template("Vision", title="Drawn")(body), {})
    assert read_text(write_text(graph)) == graph
    return graph


def built(graph: Graph):
    program = compile_graph(graph, inference=INFERENCE)
    ast.parse(program.source)
    torch.manual_seed(0)
    return program, program.module().eval()


@module
def Widen(g: Drawing, x: Handle, *, width: Size = 8, twice: bool = False, bias: bool = True) -> Handle:
    """Two layers, the second one only where it is asked for."""
    x = g.linear(x, out_features=2 * width, bias=bias, id="one")
    x = g.linear(x, out_features=2 * width, id="two", when=twice)
    return g.relu(x, when=twice, id="last")


def test_a_layer_may_be_repeated_by_itself_and_what_is_more_than_a_layer_not():
    def layers(g: Drawing) -> None:
        x = g.input(shape=("N", 4), id="x")
        x = g.linear(x, out_features="=8+2*i", id="wide", repeat=3)
        g.output(g.linear(x, out_features=12, id="same", repeat=2), id="out")

    _, net = built(drawn(layers))
    assert [layer.weight.shape for layer in net.wide] == [(8, 4), (10, 8), (12, 10)]
    x = torch.randn(3, 4)
    y = x
    for layer in [*net.wide, *net.same]:
        y = F.linear(y, layer.weight, layer.bias)
    assert torch.equal(net(x), y)

    def pools(g: Drawing) -> None:
        x = g.input(shape=("N", 4, 32, 32), id="x")
        g.output(g.max_pool2d(x, id="pool", repeat=3), id="out")

    (problem,) = INFERENCE.analyse(drawn(pools)).problems
    assert (problem.node, problem.option) == ("pool", "repeat")
    assert "put it into a module" in problem.message


def test_an_option_may_be_an_expression_and_a_node_may_be_left_out():
    def both(g: Drawing) -> None:
        x = g.input(shape=("N", 4), id="x")
        x = Widen(g, x, width=3, id="plain")
        g.output(Widen(g, x, width=5, twice=True, bias=False, id="full"), id="out")

    program, net = built(drawn(both))
    assert program.analysis.nodes["plain"].outputs["out"].shape == ("N", 6)
    assert program.analysis.nodes["full"].outputs["out"].shape == ("N", 10)
    assert program.source.count("class Widen") == 1
    assert set(net.plain.state_dict()) == {"one.weight", "one.bias"}
    assert set(net.full.state_dict()) == {"one.weight", "two.weight", "two.bias"}
    x = torch.randn(3, 4)
    y = F.linear(x, net.plain.one.weight, net.plain.one.bias)
    z = F.relu(F.linear(F.linear(y, net.full.one.weight), net.full.two.weight, net.full.two.bias))
    assert torch.equal(net(x), z)


@module
def Dilated(g: Drawing, x: Handle, *, width: Size = 4, rate: Size = 1) -> dict[str, Handle]:
    """A layer with a side result, as in WaveNet."""
    y = g.tanh(g.conv2d(x, out_channels=width, kernel_size=3, padding=rate, dilation=rate, id="conv"))
    return {"x": g.add(x, y), "skip": g.conv2d(y, out_channels=2, kernel_size=1, id="side")}


def test_copies_are_chained_and_their_other_results_collected():
    def net(g: Drawing) -> None:
        x = g.input(shape=("N", 4, 24, 24), id="image")
        blocks = Dilated(g, x, width=4, rate=2**INDEX, repeat=3, id="blocks")
        g.output(blocks["x"], id="out")
        g.output(blocks["skip"], id="skips")

    graph = drawn(net)
    program, made = built(graph)
    assert program.analysis.nodes["blocks"].outputs["skip"].shape == (3, "N", 2, 24, 24)
    assert "Dilated(4, 2**i) for i in range(3)" in program.source
    assert "for block in self.blocks:" in program.source
    image = torch.randn(2, 4, 24, 24)
    x, skips = image, []
    for i in range(3):
        layer = made.blocks[i]
        assert layer.conv.dilation == (2**i, 2**i)
        y = torch.tanh(layer.conv(x))
        x = x + y
        skips.append(layer.side(y))
    out, collected = made(image)
    assert torch.equal(out, x)
    assert torch.equal(collected, torch.stack(skips))
    assert program.analysis.parameters == sum(item.numel() for item in made.parameters())


def test_what_grows_from_copy_to_copy_is_written_as_a_line():
    @module
    def Grow(g: Drawing, x: Handle, *, growth: Size = 3) -> Handle:
        """Put a few features beside what arrives."""
        return g.concatenate([x, g.linear(x, out_features=growth, id="new")])

    def net(g: Drawing) -> None:
        x = g.input(shape=("N", 5), id="x")
        g.output(Grow(g, x, growth=3, repeat=4, id="grow"), id="out")

    program, made = built(drawn(net))
    assert "Grow(5 + i * 3, 3) for i in range(4)" in program.source
    assert program.analysis.nodes["grow"].outputs["out"].shape == ("N", 17)
    assert made(torch.randn(2, 5)).shape == (2, 17)


def test_uses_that_differ_in_what_they_do_get_classes_of_their_own():
    @module
    def Either(g: Drawing, x: Handle, *, causal: bool = False) -> Handle:
        """Attention with another constant in what is computed."""
        return g.attention(x, x, x, heads=2, causal=choice(causal, True, False))

    def net(g: Drawing) -> None:
        x = g.input(shape=("N", 6, 8), id="x")
        g.output(Either(g, Either(g, x, causal=True), causal=False), id="out")

    program, made = built(drawn(net))
    assert program.source.count("class Either") == 1
    x = torch.randn(2, 6, 8)

    def attend(x: torch.Tensor, causal: bool) -> torch.Tensor:
        parts = x.unflatten(2, (2, 4)).transpose(1, 2)
        return F.scaled_dot_product_attention(parts, parts, parts, is_causal=causal).transpose(1, 2).flatten(2)

    assert torch.equal(made(x), attend(attend(x, True), False))


def test_what_forward_takes_from_an_option_of_the_module_is_kept():
    source = built(small_gpt())[0].source
    assert (
        "def __init__(self, width: int, heads: int) -> None:\n        super().__init__()\n        self.heads = heads"
        in source
    )
    assert "torch.unflatten(z, 2, (self.heads, -1)).transpose(1, 2)" in source
    assert "self.blocks = nn.Sequential(*(Block(12, 3) for _ in range(2)))" in source


def test_a_weight_set_is_made_once():
    def net(g: Drawing) -> None:
        a, b = g.input(shape=("N", 6), id="a"), g.input(shape=("N", 6), id="b")
        left = g.linear(a, out_features=4, id="left", weights="shared")
        right = g.linear(b, out_features=4, id="right", weights="shared")
        g.output(g.add(left, right), id="out")

    program, made = built(drawn(net))
    assert program.analysis.parameters == 28
    assert set(made.state_dict()) == {"left.weight", "left.bias"}
    a, b = torch.randn(2, 3, 6)
    assert torch.equal(made(a, b), made.left(a) + made.left(b))


def test_weights_of_another_shape_cannot_be_shared():
    def net(g: Drawing) -> None:
        x = g.input(shape=("N", 6), id="x")
        y = g.linear(x, out_features=4, id="left", weights="shared")
        g.output(g.linear(y, out_features=4, id="right", weights="shared"), id="out")

    with pytest.raises(CompileError, match="shares the weights shared with left"):
        built(drawn(net))


def small_gpt() -> Graph:
    graph = KNOWN.new("gpt2", {"vocabulary": 50, "context": 32})
    blocks = graph.nodes["blocks"]
    edits.set_option(Scope(graph), KNOWN, ["blocks"], "width", 12).apply(graph)
    edits.set_option(Scope(graph), KNOWN, ["blocks"], "heads", 3).apply(graph)
    edits.set_option(Scope(graph), KNOWN, ["embedding"], "embedding_dim", 12).apply(graph)
    graph.put("nodes.blocks", Node(**{**fields(blocks), "options": graph.nodes["blocks"].options, "repeat": 2}))
    return graph


def fields(node: Node) -> dict:
    return {name: getattr(node, name) for name in node.__slots__}


def test_a_tied_weight_counts_once_is_saved_once_and_exported(tmp_path):
    graph = small_gpt()
    program, made = built(graph)
    assert made.head.weight is made.embedding.weight
    assert program.analysis.parameters == sum(item.numel() for item in made.parameters())
    export(program, tmp_path / "gpt.safetensors", None)
    result = export(program, tmp_path / "gpt.onnx", None)
    assert result["max_relative_difference"] <= 1e-4
    weights = {name: value for name, value in made.state_dict().items() if name != "head.weight"}
    again = loaded(program, weights)
    tokens = torch.randint(0, 50, (2, 20))
    assert torch.equal(again(tokens), made(tokens))
    assert program.analysis.nodes["head"].outputs["out"].shape == ("N", "T", 50)


@pytest.mark.parametrize(
    ("path", "source", "words"),
    [
        ("head.weight", "nowhere.weight", "no weight nowhere.weight"),
        ("head.weight", "norm.weight", "their shapes differ: 50×12 and 12"),
        ("blocks.0.norm1.weight", "norm.weight", None),
    ],
)
def test_a_tie_that_cannot_be_is_said(path, source, words):
    graph = small_gpt()
    graph.put("ties.head.weight", None)
    graph.put(f"ties.{path}", Tie(source))
    problems = INFERENCE.analyse(graph).problems
    if words is None:
        assert not problems
        _, made = built(graph)
        assert made.blocks[0].norm1.weight is made.norm.weight
    else:
        assert words in problems[0].message


def test_ties_follow_a_renamed_node_and_go_with_a_removed_one():
    graph = small_gpt()
    edits.rename(Scope(graph), "embedding", "words").apply(graph)
    assert graph.ties == {"head.weight": Tie("words.weight")}
    edits.remove(Scope(graph), ["head"]).apply(graph)
    assert graph.ties == {}


def test_a_problem_inside_a_module_is_said_where_it_is():
    graph = small_gpt()
    edits.set_option(Scope(graph), KNOWN, ["blocks"], "heads", 5).apply(graph)
    analysis = INFERENCE.analyse(graph)
    assert [problem.node for problem in analysis.problems] == ["blocks.0.attention.attention1"]
    assert "12 features do not divide among 5 heads" in analysis.problems[0].message


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"width": "=height"}, "height is not an option of the module around it"),
        ({"width": "=4*"}, "is not arithmetic"),
        ({"width": "=2**i"}, "i is not an option"),
        ({"depth": 3}, "Widen has no option depth"),
        ({"width": 0}, "at least 1"),
    ],
)
def test_a_wrong_option_of_a_module_is_said(options, words):
    def net(g: Drawing) -> None:
        x = g.input(shape=("N", 4), id="x")
        g.output(Widen(g, x, id="it"), id="out")

    graph = drawn(net)
    graph.put("nodes.it", Node("it", "Widen", options))
    problems = INFERENCE.analyse(graph).problems
    assert problems[0].node == "it"
    assert words in problems[0].message


def test_an_expression_that_gives_no_size_is_said_where_it_is():
    def net(g: Drawing) -> None:
        x = g.input(shape=("N", 4), id="x")
        g.output(Widen(g, x, id="it"), id="out")

    graph = drawn(net)
    one = graph.modules["Widen"].nodes["one"]
    graph.put("modules.Widen.nodes.one", Node(**{**fields(one), "options": {"out_features": "=width - 8"}}))
    problem = INFERENCE.analyse(graph).problems[0]
    assert (problem.node, problem.option) == ("it.one", "out_features")
    assert "at least 1" in problem.message


def test_nothing_is_bypassed_that_gives_something_else_than_it_takes():
    def net(g: Drawing) -> None:
        x = g.input(shape=("N", 4), id="x")
        g.output(Widen(g, x, repeat=0, id="it"), id="out")

    program, made = built(drawn(net))
    assert program.analysis.nodes["it"].outputs["out"].shape == ("N", 4)
    x = torch.randn(2, 4)
    assert torch.equal(made(x), x)


def test_copies_without_number_are_refused_quickly():
    graph = Graph()
    inner = "linear"
    for depth in range(10):
        name = f"Level{depth}"
        graph.put(f"modules.{name}", Head())
        graph.put(f"modules.{name}.nodes.x", Node("x", "input"))
        graph.put(f"modules.{name}.nodes.many", Node("many", inner, repeat=1000))
        graph.put(f"modules.{name}.wires.many.x", Output("x"))
        graph.put(f"modules.{name}.nodes.out", Node("out", "output"))
        graph.put(f"modules.{name}.wires.out.x", Output("many"))
        inner = name
    graph.put("nodes.x", Node("x", "input", {"shape": ("N", 4)}))
    graph.put("nodes.it", Node("it", inner))
    graph.put("wires.it.x", Output("x"))
    assert "operators; at most 1,000,000" in INFERENCE.analyse(graph).problems[0].message


def test_a_module_inside_itself_is_refused():
    from grapheditor.graph import FileError

    graph = Graph()
    for name, inner in (("One", "Two"), ("Two", "One")):
        graph.put(f"modules.{name}", Head())
        graph.put(f"modules.{name}.nodes.x", Node("x", "input"))
        graph.put(f"modules.{name}.nodes.it", Node("it", inner))
        graph.put(f"modules.{name}.wires.it.x", Output("x"))
        graph.put(f"modules.{name}.nodes.out", Node("out", "output"))
        graph.put(f"modules.{name}.wires.out.x", Output("it"))
    with pytest.raises(FileError, match="hold themselves: One → Two → One"):
        read_text(write_text(graph))


def test_the_same_module_is_inferred_once():
    inference = Inference(KNOWN)
    inference.analyse(KNOWN.new("resnet50"))
    known = len(inference._memo)
    inference.analyse(KNOWN.new("resnet152"))
    assert len(inference._memo) - known < 12


def test_a_module_is_a_node_that_can_be_wired_and_undone():
    from grapheditor.edit import Document

    document = Document(KNOWN.new("resnet18"))
    before = document.graph.copy()
    document.commit(edits.set_option(Scope(document.graph), KNOWN, ["stage2"], "width", 96))
    document.commit(edits.remove(Scope(document.graph), ["stage3"]))
    document.commit(edits.connect(Scope(document.graph), KNOWN, Output("stage2"), Input("stage4", "x")))
    assert not INFERENCE.analyse(document.graph).problems
    while document.can_undo:
        document.undo()
    assert document.graph == before
    assert isinstance(compile_graph(document.graph, inference=INFERENCE).module(), nn.Module)


@module
def Reader(g: Drawing, x: Handle, h: Handle, memory: Handle, *, width: Size = 6) -> dict[str, Handle]:
    """One step of a network that reads a sequence, looks at a memory, and remembers."""
    seen = g.add(g.linear(x, out_features=width, id="read"), g.linear(h, out_features=width, bias=False, id="keep"))
    h = g.tanh(g.add(seen, memory), id="new")
    return {"h": h, "score": g.linear(h, out_features=3, id="say")}


def reading(shape=("N", "T", 4)):
    def net(g: Drawing) -> None:
        x = g.input(shape=shape, id="x")
        start = g.input(shape=("N", 6), id="start")
        memory = g.input(shape=("N", 6), id="memory")
        reader = Reader(g, x, start, memory, width=6, scan="x", id="reader")
        g.output(reader["score"], id="scores")
        g.output(reader["h"], id="last")

    return drawn(net)


def test_a_module_runs_place_by_place_with_its_state():
    program, net = built(reading())
    kinds = program.analysis.nodes["reader"].outputs
    assert kinds["score"].shape == ("N", "T", 3)
    assert kinds["h"].shape == ("N", 6)
    assert program.analysis.cost(program.analysis.nodes["reader"].multiply_adds, 2) == 2 * 64 * (4 * 6 + 6 * 6 + 6 * 3)
    assert program.analysis.parameters == sum(item.numel() for item in net.parameters()) == 4 * 6 + 6 + 36 + 18 + 3
    assert "for y in x.unbind(1):" in program.source
    x, h, memory = torch.randn(2, 5, 4), torch.randn(2, 6), torch.randn(2, 6)
    given = {"x": x, "start": h, "memory": memory}
    scores = []
    for place in range(5):
        seen = F.linear(x[:, place], net.reader.read.weight, net.reader.read.bias) + F.linear(h, net.reader.keep.weight)
        h = torch.tanh(seen + memory)
        scores.append(F.linear(h, net.reader.say.weight, net.reader.say.bias))
    found = dict(zip(program.results, net(*(given[name] for name in program.inputs)), strict=True))
    assert torch.allclose(found["scores"], torch.stack(scores, 1), atol=1e-6)
    assert torch.allclose(found["last"], h, atol=1e-6)
    seen_paths = []
    twin = Inside(program).twin(net, lambda path, value: seen_paths.append((path, value)))
    again = dict(zip(program.results, twin(*(given[name] for name in program.inputs)), strict=True))
    assert torch.equal(again["scores"], found["scores"])
    assert [path for path, _ in seen_paths].count("reader.say") == 5
    assert torch.equal(dict(seen_paths)["reader.score"], found["scores"])


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"scan": ("h",)}, "h is no input that can be gone through; those are: x, memory"),
        ({"repeat": 2}, "both repeated and run place by place"),
        ({"scan": ("x", "memory")}, "same number of places"),
        ({"operator": "relu", "options": {}, "scan": ("x",)}, "only a module is run place by place"),
    ],
)
def test_what_cannot_be_run_place_by_place_is_said(change, words):
    graph = reading()
    graph.put("nodes.reader", replace(graph.nodes["reader"], **change))
    assert any(words in problem.message for problem in INFERENCE.analyse(graph).problems)


def test_a_state_that_changes_its_shape_is_refused():
    graph = reading()
    graph.put("modules.Reader.nodes.keep", replace(graph.modules["Reader"].nodes["keep"], options={"out_features": 5}))
    assert not INFERENCE.analyse(graph).sound
    graph = reading()
    graph.put("nodes.start", replace(graph.nodes["start"], options={"shape": ("N", 5)}))
    (problem,) = INFERENCE.analyse(graph).problems
    assert "Its state h leaves as N×6 and cannot be the next place's." in problem.message


def test_the_summary_counts_every_place():
    graph = sized(reading(), {"T": 7})
    analysis = INFERENCE.analyse(graph)
    kept = measure(compile_graph(graph, inference=INFERENCE), 2)
    found = summary(graph, analysis, 2, kept.nodes)
    assert found["kept_bytes"] == kept.kept
    rows = {row["path"]: row for row in found["nodes"]}
    assert rows["reader.say"]["count"] == 7
    assert found["multiply_adds"] == 2 * 7 * (4 * 6 + 6 * 6 + 6 * 3)


@module
def Sometimes(g: Drawing, x: Handle, *, width: Size = 8, deep: bool = True) -> Handle:
    """A chain of its own, or none."""
    return g.add(x, Widen(g, g.linear(x, out_features=width, id="a", repeat=2, when=deep), width=width // 2, id="w"))


def test_copies_may_leave_out_a_chain():
    def net(g: Drawing) -> None:
        x = g.input(shape=("N", 8), id="x")
        g.output(Sometimes(g, x, width=8, deep=INDEX > 0, repeat=3, id="c"), id="out")

    program, made = built(drawn(net))
    assert program.source.count("class Sometimes") == 1
    assert [len(list(copy.a.parameters())) for copy in made.c] == [0, 4, 4]


def shared(first, second, **nodes):
    def net(g: Drawing) -> None:
        x = g.input(shape=("N", 8), id="x")
        y = g.linear(x, id="a", weights="w", **first)
        y = g.linear(x if nodes.get("aside") else y, id="b", weights="w", **second)
        g.output(y, id="out")

    return drawn(net)


def test_weight_sets_share_what_is_alike_in_everything():
    (problem,) = INFERENCE.analyse(shared({"out_features": 8}, {"out_features": 8, "bias": False})).problems
    assert "other kinds or shapes" in problem.message

    def net(g: Drawing) -> None:
        x = g.input(shape=("N", 3, 8, 8), id="x")
        x = g.conv2d(x, out_channels=3, padding=1, id="a", weights="w")
        g.output(g.conv2d(x, out_channels=3, padding=1, stride=2, id="b", weights="w"), id="out")

    (problem,) = INFERENCE.analyse(drawn(net)).problems
    assert "other options" in problem.message


def test_a_weight_set_is_made_by_the_first_node_that_is_computed():
    program, net = built(shared({"out_features": 8}, {"out_features": 8}, aside=True))
    assert set(net.state_dict()) == {"b.weight", "b.bias"}
    assert net(torch.ones(2, 8)).shape == (2, 8)
    assert program.source.count("self.b = ") == 1


def test_a_tie_to_what_is_not_computed_is_said():
    graph = shared({"out_features": 8}, {"out_features": 8}, aside=True)
    for name in ("a", "b"):
        graph.put(f"nodes.{name}", replace(graph.nodes[name], weights=""))
    graph.put("ties.b.weight", Tie("a.weight"))
    (problem,) = INFERENCE.analyse(graph).problems
    assert "nothing that is computed has the weight a.weight" in problem.message
    assert problem.node == "a"
    with pytest.raises(CompileError, match=r"nothing that is computed has the weight a\.weight"):
        compile_graph(graph, inference=INFERENCE)


def test_a_tie_to_a_weight_that_another_node_of_its_set_makes_is_said():
    graph = shared({"out_features": 8}, {"out_features": 8})
    graph.put("nodes.c", Node("c", "linear", {"out_features": 8}))
    graph.put("wires.c.x", Output("b"))
    graph.put("wires.out.x", Output("c"))
    graph.put("ties.c.weight", Tie("b.weight"))
    (problem,) = INFERENCE.analyse(graph).problems
    assert "nothing that is computed has the weight b.weight" in problem.message
    graph.put("ties.c.weight", Tie("a.weight"))
    assert built(graph)[1].c.weight.shape == (8, 8)

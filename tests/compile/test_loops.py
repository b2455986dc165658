"""What runs place by place, in ONNX: a loop of any length, compared in onnxruntime with the module."""

from __future__ import annotations

from importlib import import_module

import onnx
import onnxruntime
import pytest
import torch

from grapheditor.authoring import Drawing, Handle, Size, module, template
from grapheditor.catalog import catalog
from grapheditor.compile import Inference, compile_graph
from grapheditor.compile.export import ExportError, export, loaded
from grapheditor.compile.summary import sized
from grapheditor.edit.sketch import sketch

KNOWN = catalog()
INFERENCE = Inference(KNOWN)


def built(body, **sizes):
    graph = sketch(KNOWN, template("Sequences and language", title="Drawn")(body), {})
    return compile_graph(sized(graph, sizes), inference=INFERENCE)


def loops(graph) -> int:
    """Count the loops, also those inside others."""
    bodies = [attribute.g for node in graph.node for attribute in node.attribute if attribute.HasField("g")]
    return sum(node.op_type in ("Scan", "Loop") for node in graph.node) + sum(map(loops, bodies))


def exported(program, path):
    """Export with fresh weights, which are those that the same seed gives; return a session, and the module."""
    torch.manual_seed(0)
    module = loaded(program, None)
    torch.manual_seed(0)
    assert export(program, path, None)["max_relative_difference"] <= 1e-4
    return onnxruntime.InferenceSession(path), module


def compared(program, path, sizes) -> None:
    """Compare at sizes that the export did not try."""
    session, net = exported(program, path)
    for values in sizes:
        point = dict(zip(sorted(name for name in program.analysis.points[0]), values, strict=True))
        torch.manual_seed(sum(values))
        given = {}
        for name in program.inputs:
            shape = [point.get(size, size) for size in program.input_shape(name)]
            whole = program.input_type(name) == "int64"
            given[name] = torch.randint(0, 4, shape) if whole else torch.randn(shape)
        with torch.inference_mode():
            wanted = net(*given.values())
        found = session.run(None, {name: value.numpy() for name, value in given.items()})
        for a, b in zip(wanted if isinstance(wanted, tuple) else (wanted,), found, strict=True):
            assert a.shape == b.shape
            assert (a - torch.from_numpy(b)).abs().max() <= 1e-4 * a.abs().max(), (values, program.results)


@module
def Cell(g: Drawing, x: Handle, h: Handle, c: Handle, *, width: Size = 6) -> dict[str, Handle]:
    """A memory that a gate opens; it gives two states and two results."""
    seen = g.add(g.linear(x, out_features=width, id="read"), g.linear(h, out_features=width, bias=False, id="keep"))
    c = g.add(g.multiply(g.sigmoid(seen), c), g.tanh(seen), id="memory")
    h = g.tanh(c, id="new")
    return {"h": h, "c": c, "score": g.linear(h, out_features=3, id="say"), "gate": g.sigmoid(seen, id="shown")}


def test_two_states_and_two_results(tmp_path):
    def net(g: Drawing) -> None:
        x = g.input(shape=("N", "T", 4), id="x")
        start = g.linear(g.input(shape=("N", 4), id="start"), out_features=6)
        cell = Cell(g, x, start, start, width=6, scan="x", id="cell")
        for name in ("h", "c", "score", "gate"):
            g.output(cell[name], id=f"last_{name}")

    program = built(net)
    compared(program, tmp_path / "it.onnx", [(1, 1), (1, 2), (2, 7), (3, 130)])
    assert loops(onnx.load(tmp_path / "it.onnx").graph) == 1


@module
def Decoder(g: Drawing, token: Handle, h: Handle, words: Handle, *, width: Size = 8) -> dict[str, Handle]:
    """One step of a decoder that looks at the words it translates."""
    h = g.add(g.embedding(token, num_embeddings=9, embedding_dim=width), g.linear(h, out_features=width), id="seen")
    line = g.view(h, size=(-1, 1, 8), id="line")
    read = g.attention(line, words, words, heads=2, id="read")
    h = g.tanh(g.add(h, g.flatten(read, id="flat")), id="new")
    return {"h": h, "score": g.linear(g.layer_norm(g.dropout(h)), out_features=9, id="say")}


def translator(g: Drawing) -> None:
    words = g.input(shape=("N", "S", 8), id="words")
    tokens = g.input(shape=("N", "T"), dtype="int64", id="tokens")
    start = g.input(shape=("N", 8), id="start")
    decoder = Decoder(g, tokens, start, words, width=8, scan="token", id="decoder")
    target = g.input(shape=("N",), dtype="int64", id="target")
    g.output(decoder["score"], id="scores")
    g.cross_entropy(g.linear(decoder["h"], out_features=4), target, id="loss")


def test_an_attention_decoder_with_both_lengths_free_and_its_loss_left_out(tmp_path):
    program = built(translator)
    assert set(program.inputs) == {"words", "tokens", "start"}
    compared(program, tmp_path / "it.onnx", [(1, 1, 1), (2, 9, 5), (4, 3, 70)])


@module
def Letters(g: Drawing, letter: Handle, h: Handle) -> dict[str, Handle]:
    """Reads one letter."""
    return {"h": g.tanh(g.add(g.linear(letter, out_features=5), g.linear(h, out_features=5)), id="new")}


@module
def Words(g: Drawing, letters: Handle, h: Handle) -> dict[str, Handle]:
    """Reads the letters of one word, then the word."""
    word = Letters(g, letters, h, scan="letter", id="read")
    return {"h": g.tanh(g.linear(word, out_features=5), id="new"), "word": g.linear(word, out_features=2, id="say")}


def test_a_loop_in_a_loop(tmp_path):
    def net(g: Drawing) -> None:
        letters = g.input(shape=("N", "T", "L", 3), id="letters")
        words = Words(g, letters, g.input(shape=("N", 5), id="start"), scan="letters", id="words")
        g.output(words["word"], id="all")
        g.output(words["h"], id="last")

    program = built(net)
    compared(program, tmp_path / "it.onnx", [(1, 1, 1), (4, 2, 3), (3, 2, 11)])
    assert loops(onnx.load(tmp_path / "it.onnx").graph) == 2


@module
def Score(g: Drawing, x: Handle, other: Handle) -> dict[str, Handle]:
    """A result without a state."""
    return {"score": g.linear(g.concatenate([x, other]), out_features=3, id="say")}


@module
def Twice(g: Drawing, x: Handle, h: Handle) -> dict[str, Handle]:
    """The sequence is gone through by the same layer as what came before it."""
    return {"h": g.tanh(g.add(x, g.linear(h, out_features=4)), id="new"), "seen": g.relu(x, id="same")}


def test_without_a_state_and_with_weights_that_others_have_too(tmp_path):
    def net(g: Drawing) -> None:
        x = g.input(shape=("N", "T", 4), id="x")
        y = g.input(shape=("N", "T", 4), id="y")
        start = g.input(shape=("N", 4), id="start")
        score = Score(g, x, y, scan=("x", "other"), weights="score", id="score")
        twice = Twice(g, x, start, scan="x", weights="twice", id="twice")
        again = Twice(g, score_input(g, score), twice["h"], scan="x", weights="twice", id="again")
        g.output(score, id="scores")
        g.output(again["h"], id="last")
        g.output(again["seen"], id="all")
        g.output(Score(g, start, twice["h"], weights="score", id="end"), id="outside")

    program = built(net)
    compared(program, tmp_path / "it.onnx", [(1, 1), (2, 5), (3, 33)])
    names = [item.name for item in onnx.load(tmp_path / "it.onnx").graph.initializer]
    assert sum(name.endswith("say.weight") for name in names) == 1


def score_input(g: Drawing, score: Handle) -> Handle:
    return g.linear(score, out_features=4, id="widened")


@module
def Held(g: Drawing, x: Handle, h: Handle, kept: Handle) -> dict[str, Handle]:
    """A state that passes through, beside one that changes; recurrent, normalising and convolving layers inside."""
    image = g.view(x, size=(-1, 1, 4, 6), id="image")
    seen = g.batch_norm2d(g.conv2d(image, out_channels=3, kernel_size=3, padding=1))
    lines = g.gru(g.flatten(seen, start_dim=2, id="lines"), hidden_size=5)
    lines = g.lstm(g.rnn(lines["out"], hidden_size=5)["out"], hidden_size=5, num_layers=2)
    return {"h": g.tanh(g.add(h, g.select(lines["out"], index=-1)), id="new"), "kept": g.dropout(kept)}


def test_layers_of_all_kinds_inside_and_a_state_that_stays(tmp_path):
    def net(g: Drawing) -> None:
        x = g.input(shape=("N", "T", 24), id="x")
        start = g.input(shape=("N", 5), id="start")
        held = Held(g, x, start, start, scan="x", id="held")
        g.output(held["h"], id="last")
        g.output(held["kept"], id="first")

    compared(built(net), tmp_path / "it.onnx", [(1, 1), (2, 5), (3, 33)])


def test_a_loop_in_copies_of_a_module(tmp_path):
    @module
    def Deep(g: Drawing, x: Handle, h: Handle) -> dict[str, Handle]:
        """One of several layers."""
        return {"x": x, "h": Letters(g, x, h, scan="letter", id="read")}

    def net(g: Drawing) -> None:
        x = g.input(shape=("N", "T", 5), id="x")
        deep = Deep(g, x, g.input(shape=("N", 5), id="start"), repeat=3, id="deep")
        g.output(deep["h"], id="last")

    program = built(net)
    compared(program, tmp_path / "it.onnx", [(1, 1), (2, 5), (3, 33)])
    assert loops(onnx.load(tmp_path / "it.onnx").graph) == 3


def test_a_length_that_is_stated_is_a_loop_as_well(tmp_path):
    exported(built(translator, T=5), tmp_path / "it.onnx")
    assert loops(onnx.load(tmp_path / "it.onnx").graph) == 1


def test_where_torch_has_no_loop_the_length_must_be_stated(tmp_path, monkeypatch):
    def refuse(*_arguments: object, **_keywords: object) -> None:
        raise RuntimeError("no such operator")

    monkeypatch.setattr(import_module("torch._higher_order_ops.scan"), "scan", refuse)
    with pytest.raises(ExportError, match="decoder goes from place to place along T, and PyTorch cannot") as caught:
        export(built(translator), tmp_path / "it.onnx", None)
    assert caught.value.node == "decoder"
    assert not (tmp_path / "it.onnx").exists()
    compared(built(translator, T=5), tmp_path / "it.onnx", [(1, 1), (2, 9)])
    assert not loops(onnx.load(tmp_path / "it.onnx").graph)

"""Operators whose options say how many outputs they have."""

from __future__ import annotations

import pytest
import torch

from grapheditor.authoring import Drawing, Several, Tensor, operator, template
from grapheditor.authoring import torch as written
from grapheditor.catalog import catalog
from grapheditor.compile import Inference, compile_graph
from grapheditor.edit.sketch import sketch
from grapheditor.graph import ConnectError, Graph, Input, Node, Output, check_connect

KNOWN = catalog()
INFERENCE = Inference(KNOWN)


def attention(g: Drawing):
    """One dense layer for queries, keys and values."""
    parts = g.chunk(g.linear(g.input(shape=("N", "T", 24)), out_features=72), chunks=3, dim=-1)
    g.output(g.attention(parts["first"], parts["second"], parts["third"], heads=4))


def drawn(body=attention) -> Graph:
    return sketch(KNOWN, template("Language", title="Drawn")(body), {})


def with_chunks(chunks: object) -> Graph:
    graph = drawn()
    graph.put("nodes.chunk1", Node("chunk1", "chunk", {"chunks": chunks, "dim": -1}))
    return graph


def test_queries_keys_and_values_are_parts_of_one_layer():
    program = compile_graph(drawn(), inference=INFERENCE)
    module, x = program.module(), torch.randn(2, 5, 24)
    heads = [part.unflatten(2, (4, 6)).transpose(1, 2) for part in module.linear1(x).chunk(3, -1)]
    wanted = torch.nn.functional.scaled_dot_product_attention(*heads).transpose(1, 2).flatten(2)
    assert torch.allclose(module(x), wanted, atol=1e-6)


@pytest.mark.parametrize(
    ("options", "dims"),
    [({"split_sizes": (2, -1, 3)}, [2, "T - 5", 3]), ({"split_sizes": (-1, 1)}, ["T - 1", 1])],
    ids=str,
)
def test_a_part_of_a_free_size_is_what_the_others_leave(options, dims):
    def body(g: Drawing):
        """Parts of a sequence."""
        parts = g.split_with_sizes(g.input(shape=("N", "T", 4), id="x"), id="parts", **options)
        for name in ("first", "second", "third")[: len(dims)]:
            g.output(parts[name])

    found = INFERENCE.analyse(drawn(body))
    assert not found.problems
    assert [kind.shape[1] for kind in found.nodes["parts"].outputs.values()] == dims


def test_a_wire_goes_to_the_outputs_that_the_options_say():
    for chunks, possible in ((2, False), (3, True), (10, True)):
        graph = with_chunks(chunks)
        start, end = Output("chunk1", "third"), Input("attention1", "value")
        if possible:
            check_connect(graph, KNOWN.of, start, end, replace=True)
        else:
            with pytest.raises(ConnectError, match="has no output third"):
                check_connect(graph, KNOWN.of, start, end, replace=True)


@pytest.mark.parametrize(
    ("chunks", "words"),
    [
        (2, "chunk1 (Chunk) has no output third, which attention1.value asks for."),
        (11, "chunks must be at most 10, not 11."),
        ("=parts", "chunks: how many outputs there are must be a number itself."),
    ],
)
def test_what_takes_outputs_away_is_said_and_takes_no_wire_away(chunks, words):
    graph = with_chunks(chunks)
    assert words in [problem.message for problem in INFERENCE.analyse(graph).problems]
    assert graph.wires[Input("attention1", "value")] == Output("chunk1", "third")


def test_a_declaration_that_cannot_be_understood_is_refused():
    def in_parts(x: Tensor, *, parts: Several = 2) -> tuple[Tensor, ...]:
        """Divide.

        parts: How many.
        """
        return tuple(written.chunk(x, parts))

    assert [port.name for port in operator("Shape", many="parts")(in_parts).outputs] == ["first", "second"]
    with pytest.raises(TypeError, match="`many` names chunks, and there is no option of that name"):
        operator("Shape", many="chunks")(in_parts)
    with pytest.raises(TypeError, match="an operator returns"):
        operator("Shape")(in_parts)
    in_parts.__annotations__["return"] = "Tensor"
    with pytest.raises(TypeError, match=r"returns tuple\[Tensor, \.\.\.\], not"):
        operator("Shape", many="parts")(in_parts)

"""What holds when an operator is declared wrongly: it is refused before anything is trained with it."""

from __future__ import annotations

from dataclasses import replace

import pytest

from grapheditor.authoring import Floats, Tensor, nn, operator, torch
from grapheditor.catalog import Catalog, catalog
from grapheditor.compile import Inference, compile_graph
from grapheditor.graph import Graph, Node, Output

drawn = []


@operator("Shape")
def keep_half(x: Floats) -> Tensor:
    """Keep the first half of a dimension, by a number that was read while drawing."""
    return x.narrow(1, 0, int(int(x.shape[1]) * 0.5))


@operator("Dense")
def changing(x: Floats) -> Tensor:
    """Have other weights each time it is looked at."""
    drawn.append(1)
    scale = nn.Parameter(torch.ones(int(x.shape[1]) + len(drawn)))
    return x * scale[0]


def around(made, shape):
    graph = Graph()
    graph.put("nodes.a", Node("a", "input", {"shape": shape}))
    graph.put("nodes.it", Node("it", made.id))
    graph.put("wires.it.x", Output("a"))
    known = catalog()
    nodes = replace(known.nodes, operators={**known.operators, made.id: made})
    return graph, Inference(Catalog(lambda: nodes, known.templates, known.sources))


def test_a_step_that_depends_on_a_free_size_is_refused():
    graph, inference = around(keep_half, ("N", "T"))
    problems = inference.analyse(graph).problems
    assert [problem.node for problem in problems] == ["it"]
    assert "depend on a size that is free" in problems[0].message
    graph, inference = around(keep_half, ("N", 8))
    assert inference.analyse(graph).nodes["it"].outputs["out"].shape == ("N", 4)


def test_weights_that_differ_from_what_was_promised_are_refused():
    graph, inference = around(changing, (4, 8))
    analysis = inference.analyse(graph)
    info = analysis.nodes["it"]
    analysis.nodes["it"] = replace(info, held=tuple(replace(item, shape=(3,)) for item in info.held))
    inference.analyse = lambda _graph: analysis
    with pytest.raises(Exception, match="inference had"):
        compile_graph(graph, inference=inference)

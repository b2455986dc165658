"""The example in docs/operators.md is a file that can be put into the folder as it stands."""

from __future__ import annotations

import re
from pathlib import Path

import owning
import torch

from grapheditor.catalog import catalog
from grapheditor.compile import Inference, compile_graph
from grapheditor.graph import Node
from grapheditor.graph.model import Output

DOC = Path(__file__).resolve().parents[2] / "docs" / "operators.md"


def test_the_example_is_trusted_drawn_printed_and_computed():
    (example,) = re.findall(r"```python\n(.*?)```", DOC.read_text("utf-8"), re.DOTALL)
    owning.put(example, "squeeze.py")
    file = owning.look()["squeeze.py"]
    assert (file.headline, file.declares) == ("Attention to channels.", ("squeeze_excite",))
    found = catalog().own.trust(file)
    assert not found.problem
    (operator,) = found.operators
    assert (operator.title, operator.category, operator.option("reduction").default) == (
        "Squeeze and excite",
        "Attention",
        4,
    )
    assert operator.summary({}) == "reduction 4"
    graph = catalog().new("mnist-convnet")
    start = graph.wires[next(iter(graph.into("relu1")))]
    graph.put("nodes.excite1", Node("excite1", "squeeze_excite"))
    graph.put("wires.excite1.x", start)
    graph.put(f"wires.{next(iter(graph.into('relu1')))}", Output("excite1"))
    program = compile_graph(graph)
    assert "torch.sigmoid" in program.source
    module = program.module()
    weights = [tuple(item.shape) for name, item in module.named_parameters() if name.startswith("excite1")]
    assert sorted(weights) == [(8,), (8, 32), (32,), (32, 8)]
    assert module.eval()(torch.rand(2, 1, 28, 28)).shape == (2, 10)
    graph.put("nodes.excite1", Node("excite1", "squeeze_excite", {"reduction": 64}))
    (said,) = [item for item in Inference(catalog()).analyse(graph).problems if item.severity == "error"]
    assert said.node == "excite1" and "at least as many channels" in said.message

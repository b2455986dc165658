"""grapheditor: draw a deep network as a graph of tensor operators, watch it learn, take it away.

import grapheditor

graph = grapheditor.load("digits.graph.json")
print(grapheditor.source(graph))
module = grapheditor.build(graph)
graph.save("copy.graph.json")
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from torch import nn

    from grapheditor.graph import Graph

__version__ = "0.2.0.dev0"


def load(path: str | Path) -> Graph:
    """Read a graph from a file; grapheditor.graph.FileError names the file, the place in it and what was expected."""
    from grapheditor.catalog import catalog
    from grapheditor.graph import read

    return read(Path(path), catalog().history)


def build(graph: Graph) -> nn.Module:
    """Return a torch module with fresh weights; grapheditor.compile.CompileError where the graph has errors."""
    from grapheditor.compile import compile_graph

    return compile_graph(graph).module()


def source(graph: Graph) -> str:
    """Return the graph as PyTorch source; grapheditor.compile.CompileError where it has errors."""
    from grapheditor.compile import compile_graph

    return compile_graph(graph).source


__all__ = ["build", "load", "source"]

"""Files of a user's own operators, and a small graph that asks for one of them."""

from __future__ import annotations

from pathlib import Path

from grapheditor import own, state
from grapheditor.catalog import catalog
from grapheditor.graph import Graph, Node
from grapheditor.graph.body import input_of
from grapheditor.graph.model import Output

SCALE = '''"""Scales what arrives."""

from pathlib import Path

from grapheditor.authoring import Floats, Tensor, operator

Path(__file__).with_name("ran").write_text("yes")


@operator("Mathematics", title="Scale by")
def scale_by(x: Floats, *, factor: float = 2.0) -> Tensor:
    """Multiply by a factor.

    factor: The factor.
    """
    return x * factor
'''


def put(text: str | bytes = SCALE, name: str = "scale.py") -> Path:
    """Write a file of operators."""
    path = state.operators() / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return path


def ran() -> bool:
    """Tell whether SCALE has run since it was asked last."""
    marker = state.operators() / "ran"
    found = marker.exists()
    marker.unlink(missing_ok=True)
    return found


def look() -> dict[str, own.OwnFile]:
    """Return the files as they are now."""
    catalog().own.refresh()
    return catalog().own.files


def trusted(text: str | bytes = SCALE, name: str = "scale.py") -> own.OwnFile:
    """Write a file of operators and trust it."""
    put(text, name)
    return catalog().own.trust(look()[name])


def asking() -> Graph:
    """Return a graph that learns digits, with a node of ``scale_by`` before its one linear layer."""
    graph = catalog().new("logistic-regression")
    graph.put("nodes.scale1", Node("scale1", "scale_by", {"factor": 3.0}, at=(201, 200)))
    graph.put("wires.scale1.x", Output("flatten"))
    graph.put("wires.linear1.x", Output("scale1"))
    assert graph.wires[input_of("linear1.x")] == Output("scale1")
    return graph

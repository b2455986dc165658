"""Sizes of what is drawn, in pixels of the canvas at a zoom of 1."""

from __future__ import annotations

from typing import TYPE_CHECKING

from grapheditor.graph import Body, Flow, Node

if TYPE_CHECKING:
    from collections.abc import Mapping

    from grapheditor.authoring import Operator
    from grapheditor.authoring.options import Value
    from grapheditor.catalog import Catalog

WIDTH, TALL, LOW = 226.0, 52.0, 34.0
"""Size of a node's card: with a summary it is tall, or with more ports than have room on a low one."""
LOW_PORTS = 2
"""So many ports have room at the side of a low card, with their names, where a graph runs to the right."""
GAP = 40.0
"""Between neighbours, and between layers that lie below each other: room for the shape on the wire."""
AHEAD: dict[Flow, float] = {"down": GAP, "right": 124.0}
"""Between a card and the next one along the flow: shapes are written from left to right, so they need more there."""
NAMED = 12.0
"""What a card with named outputs takes more above and below, so that the names and the shape on the wire have room."""
LANE = 24.0
"""What a wire takes in a layer that it goes past."""
FRAME = 24.0
"""Between a group's nodes and what stands around it."""


def height(graph: Body, node: Node, catalog: Catalog) -> float:
    """Return the height of a node's card."""
    operator = catalog.of(graph, node)
    return TALL if operator is None else height_of(operator, node.options)


def height_of(operator: Operator, options: Mapping[str, Value]) -> float:
    """Return the height of a card of an operator with these options. A module's says what it costs."""
    ports = max(len(operator.inputs), len(operator.outputs))
    says = operator.category == "Module" or operator.summary(options)
    return TALL if ports > LOW_PORTS or says else LOW

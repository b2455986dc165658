"""What the canvas says in words: tooltips, and the description for screen readers."""

from __future__ import annotations

from html import escape

from grapheditor.edit.modules import OFF
from grapheditor.graph import Input
from grapheditor.ui.canvas.scene import Scene
from grapheditor.ui.canvas.texts import brief_bytes

EMPTY = ("Press Tab to add an operator.", "Drop data here, or choose some in the inspector, and its inputs appear.")
"""What an empty canvas says."""


def node_tip(scene: Scene, name: str) -> str:
    """Return a node's tooltip: its problems first, then what it is and what it costs."""
    operator, label = scene.operator(name), scene.label(name)
    parts = [f"<b>{escape(item['message'])}</b>" for item in scene.problems(name)]
    parts.append(f"<b>{escape(label.name)}</b> {escape(name)}")
    if operator is not None:
        parts.append(f"{escape(operator.category)}. {escape(operator.headline)}")
    node, report = scene.body.nodes[name], scene.report(name)
    if node.when:
        off = scene.bypassed(name)
        state = "Muted: what arrives goes on" if node.when == OFF else "Left out here" if off else "There"
        parts.append(f"{state}." if node.when == OFF else f"{state}, when {escape(node.when)}.")
    if node.weights:
        others = [
            other.id for other in scene.body.nodes.values() if other.weights == node.weights and other is not node
        ]
        parts.append(f"Has the same weights as {escape(', '.join(others))}." if others else "")
    if report is not None:
        costs = [
            f"{report['parameters']:,} parameters" if report["parameters"] else "",
            f"{report['multiply_adds']:,} multiply-adds" if report["multiply_adds"] else "",
            f"{brief_bytes(report['activation_bytes'])} of activations" if report["activation_bytes"] else "",
        ]
        shown = " · ".join(filter(None, costs))
        parts.append(f"{shown} for one sample" if shown else "")
    return _paragraphs(parts)


def wire_tip(scene: Scene, wire: Input) -> str:
    """Return a wire's tooltip: what travels on it, from where to where."""
    start = scene.body.wires[wire]
    kind = scene.type(start)
    bad = [item["message"] for item in scene.problems(wire.node) if item["port"] == wire.port]
    what = f"<b>{escape(scene.shape(start))}</b> {kind['dtype']}" if kind else "Its shape is not known."
    ends = f"{escape(str(start))} to {escape(str(wire))}"
    return _paragraphs([*(f"<b>{escape(text)}</b>" for text in bad), what, ends])


def _paragraphs(parts: list[str]) -> str:
    return "".join(f"<p style='margin:2px'>{part}</p>" for part in parts if part)


def spoken(scene: Scene) -> str:
    """Return what a screen reader says of the canvas: what is selected, its shape and its problems."""
    graph = scene.body
    if not scene.selection and not scene.wires:
        count = len(graph.nodes)
        return (
            " ".join(("The graph is empty.", *EMPTY))
            if not count
            else f"{count} {'node' if count == 1 else 'nodes'}, none selected."
        )
    if len(scene.selection) != 1:
        return f"{len(scene.selection)} nodes and {len(scene.wires)} wires selected."
    (name,) = scene.selection
    label, operator = scene.label(name), scene.operator(name)
    parts = [f"{label.name} {name} selected.", label.summary]
    parts.append("Muted." if scene.bypassed(name) else "")
    for port in operator.outputs if operator else ():
        start = next((item for item in scene.geometry.outputs(name) if item.port == port.name), None)
        shape = scene.shape(start) if start else ""
        parts.append(f"Gives {shape}." if shape else "")
    parts += [f"{item['severity'].capitalize()}: {item['message']}" for item in scene.problems(name)]
    return " ".join(filter(None, parts))

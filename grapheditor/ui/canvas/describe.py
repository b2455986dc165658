"""What the canvas says in words: tooltips, and the description for screen readers."""

from __future__ import annotations

from html import escape

from grapheditor.edit.modules import OFF
from grapheditor.graph import Input
from grapheditor.ui.canvas.scene import Scene
from grapheditor.ui.canvas.texts import brief_bytes
from grapheditor.ui.telling import SEVERITIES
from grapheditor.ui.texts import counted, tr


def empty(key: str) -> tuple[str, str]:
    """Return the lines that an empty canvas says. key: the one that adds an operator, empty where there is none."""
    how = tr("Press {key} to add an operator.", key=key) if key else tr("Double-click to add an operator.")
    return how, tr("Drop data here, or choose some in the inspector, and its inputs appear.")


def node_tip(scene: Scene, name: str) -> str:
    """Return a node's tooltip: its problems first, then what it is and what it costs."""
    operator, label = scene.operator(name), scene.label(name)
    parts = [f"<b>{escape(item['message'])}</b>" for item in scene.problems(name)]
    parts.append(f"<b>{escape(label.name)}</b> {escape(name)}")
    if operator is not None:
        parts.append(f"{escape(tr(operator.category))}. {escape(tr(operator.headline))}")
    node, report = scene.body.nodes[name], scene.report(name)
    if node.when:
        off = scene.bypassed(name)
        if node.when == OFF:
            parts.append(tr("Muted: what arrives goes on."))
        else:
            when = escape(node.when)
            parts.append(tr("Left out here, when {what}.", what=when) if off else tr("There, when {what}.", what=when))
    if node.weights:
        others = [
            other.id for other in scene.body.nodes.values() if other.weights == node.weights and other is not node
        ]
        parts.append(tr("Has the same weights as {nodes}.", nodes=escape(", ".join(others))) if others else "")
    if node.learning.frozen:
        parts.append(tr("Frozen: nothing in it learns."))
    elif node.learning.rate != 1:
        parts.append(tr("The learning rate of its weights is multiplied by {factor:g}.", factor=node.learning.rate))
    if report is not None:
        weights, work, held = report["parameters"], report["multiply_adds"], report["activation_bytes"]
        costs = [
            counted(weights, "{n} parameter", "{n} parameters") if weights else "",
            counted(work, "{n} multiply-add", "{n} multiply-adds") if work else "",
            tr("{size} of activations", size=brief_bytes(held)) if held else "",
        ]
        shown = " · ".join(filter(None, costs))
        parts.append(tr("{costs} for one sample", costs=shown) if shown else "")
    return _paragraphs(parts)


def wire_tip(scene: Scene, wire: Input) -> str:
    """Return a wire's tooltip: what travels on it, from where to where."""
    start = scene.body.wires[wire]
    kind = scene.type(start)
    bad = [item["message"] for item in scene.problems(wire.node) if item["port"] == wire.port]
    what = f"<b>{escape(scene.shape(start))}</b> {kind['dtype']}" if kind else tr("Its shape is not known.")
    ends = tr("{start} to {end}", start=escape(str(start)), end=escape(str(wire)))
    return _paragraphs([*(f"<b>{escape(text)}</b>" for text in bad), what, ends])


def _paragraphs(parts: list[str]) -> str:
    return "".join(f"<p style='margin:2px'>{part}</p>" for part in parts if part)


def spoken(scene: Scene, key: str = "") -> str:
    """Return what a screen reader says of the canvas: what is selected, its shape and its problems.

    key: the one that adds an operator.
    """
    graph = scene.body
    if not scene.selection and not scene.wires:
        count = len(graph.nodes)
        if not count:
            return " ".join((tr("The graph is empty."), *empty(key)))
        return counted(count, "{n} node, none selected.", "{n} nodes, none selected.")
    if len(scene.wires) == 1 and not scene.selection:
        (wire,) = scene.wires
        source = graph.wires[wire]
        told = tr("Wire from {start} to {end} selected.", start=source, end=wire)
        return " ".join(filter(None, (told, scene.shape(source))))
    if len(scene.selection) != 1:
        return tr("{nodes} nodes and {wires} wires selected.", nodes=len(scene.selection), wires=len(scene.wires))
    (name,) = scene.selection
    label, operator = scene.label(name), scene.operator(name)
    parts = [tr("{operator} {node} selected.", operator=label.name, node=name), label.summary]
    parts.append(tr("Muted.") if scene.bypassed(name) else "")
    for port in operator.outputs if operator else ():
        start = next((item for item in scene.geometry.outputs(name) if item.port == port.name), None)
        shape = scene.shape(start) if start else ""
        parts.append(tr("Gives {shape}.", shape=shape) if shape else "")
    parts += [f"{tr(SEVERITIES[item['severity']]).capitalize()}: {item['message']}" for item in scene.problems(name)]
    return " ".join(filter(None, parts))

"""What fits what: which ports can take a wire as far as their declarations say, and ports in words. Knows no widget."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from grapheditor.authoring import Operator
from grapheditor.authoring.ports import Port
from grapheditor.engine.messages import WireType
from grapheditor.graph import Input, Output
from grapheditor.graph.order import ancestors, descendants
from grapheditor.ui.canvas.rows import Mask
from grapheditor.ui.canvas.scene import Scene
from grapheditor.ui.texts import counted, mark, tr

ELEMENTS: Mapping[str, str] = {
    "any": mark("any numbers"),
    "number": mark("numbers, not a mask"),
    "float": mark("decimal numbers"),
    "integer": mark("whole numbers"),
    "boolean": mark("a mask, true or false"),
    "complex": mark("complex numbers"),
}


def fits(port: Port, kind: WireType) -> bool:
    """Tell whether an input can take what is on a wire, as far as its declaration says."""
    return port.wants.takes_rank(len(kind["shape"])) and port.wants.takes_type(kind["dtype"])


def fitting_port(operator: Operator, kind: WireType | None) -> Port | None:
    """Return the first input that can take what is on a wire; of an unknown wire (None) the first of all."""
    return next((port for port in operator.inputs if kind is None or fits(port, kind)), None)


def misfit(scene: Scene, start: Output, end: Input) -> str:
    """Say why what an output gives does not suit an input, as far as both are known; empty where it does."""
    kind, port = scene.type(start), declared(scene, end)
    if kind is None or port is None or fits(port, kind):
        return ""
    came = tr("{shape} {dtype} arrives", shape=scene.shape(start), dtype=kind["dtype"])
    return tr("{port} takes {wanted}; {came}.", port=end, wanted=wanted(port), came=came)


def declared(scene: Scene, end: Input) -> Port | None:
    """Return what an operator says of an input; None where operator or port is unknown."""
    operator = scene.operator(end.node)
    return operator.input(end.port) if operator is not None else None


def wanted(port: Port) -> str:
    """Say what an input takes: ``4 dimensions (batch × channels × height × width) of decimal numbers``."""
    element, axes = tr(ELEMENTS[port.wants.element]), port.wants.axes
    if axes is None:
        return element
    many = counted(len(axes), "{n} dimension", "{n} dimensions")
    return tr("{many} ({axes}) of {element}", many=many, axes=" × ".join(axes), element=element)


def possible(scene: Scene, fixed: Input | Output) -> Mask:
    """Return which nodes a wire from a port could reach: a port of theirs fits, and no cycle would close."""
    names = scene.geometry.nodes.keys
    if isinstance(fixed, Output):
        barred = ancestors(scene.body, [fixed.node])
        able = _takers(scene, scene.type(fixed))
    else:
        barred = descendants(scene.body, [fixed.node])
        port = declared(scene, fixed)
        able = [_gives(scene, name, port) for name in names]
    found: Mask = np.array(able, dtype=np.bool_)
    return found & ~scene.geometry.mask(barred)


def _takers(scene: Scene, kind: WireType | None) -> list[bool]:
    """Tell of each node whether one of its inputs takes what is on a wire."""
    known: dict[str, bool] = {}
    nodes = scene.body.nodes
    for name in scene.geometry.nodes.keys:
        operator = nodes[name].operator
        if operator not in known:
            found = scene.operator(name)
            known[operator] = found is not None and fitting_port(found, kind) is not None
    return [known[nodes[name].operator] for name in scene.geometry.nodes.keys]


def _gives(scene: Scene, name: str, port: Port | None) -> bool:
    """Tell whether a node has an output that an input takes; what is not known may be."""
    kinds = [scene.type(start) for start in scene.geometry.outputs(name)]
    return any(kind is None or port is None or fits(port, kind) for kind in kinds)


def told(scene: Scene, port: Input | Output) -> str:
    """Say in two lines what a port is: its name and what it takes or gives; what is wired to it."""
    if isinstance(port, Output):
        kind = scene.type(port)
        gives = f"{scene.shape(port)} {kind['dtype']}" if kind else tr("its shape is not known")
        ends = sorted(str(end) for end, start in scene.body.out_of(port.node).items() if start == port)
        to = ", ".join(ends[:3]) + ("…" if len(ends) > 3 else "")
        first = tr("{port} gives {what}", port=_called(port), what=gives)
        return f"{first}\n{tr('to {nodes}', nodes=to) if ends else tr('Nothing takes it.')}"
    found, start = declared(scene, port), scene.body.wires.get(port)
    first = tr("{port} takes {wanted}", port=_called(port), wanted=wanted(found) if found else tr("nothing known"))
    if start is None:
        free = (
            tr("Nothing is wired to it; it may stay so.") if found and found.optional else tr("Nothing is wired to it.")
        )
        return f"{first}\n{free}"
    kind = scene.type(start)
    came = f": {scene.shape(start)} {kind['dtype']}" if kind is not None else ""
    return f"{first}\n{tr('from {node}', node=start)}{came}"


def _called(port: Input | Output) -> str:
    """Return the name of a port, with its number where it repeats."""
    number = port.index if isinstance(port, Input) else None
    return port.port if number is None else f"{port.port} {number}"

"""A module's ports are the input and output nodes of its body: an edit of these changes its head, and what uses it."""

from __future__ import annotations

from collections.abc import Container, Mapping
from dataclasses import replace

from grapheditor.edit.change import Change, Draft
from grapheditor.edit.scope import Scope, uses
from grapheditor.graph import Graph, Head, Node
from grapheditor.graph.names import refusal

NOTHING: Mapping[str, str] = {}


def follow_ports(scope: Scope, draft: Draft, renamed: Mapping[str, str] = NOTHING) -> None:
    """Let the head of a scope's module, and the wires of its uses, follow what a draft does to its inputs and outputs.

    renamed: old ids of nodes and their new ones; an input is a port of its name, so wires follow.
    """
    if not scope.module:
        return
    head = scope.graph.modules[scope.module].head
    after = _followed(scope, draft, head, renamed)
    if after == head:
        return
    draft.within("").put(f"modules.{scope.module}", after)
    ports = [(renamed.get(name, name), name) for name in head.inputs]
    _rewire(scope, draft, {old: new if new in after.inputs else None for new, old in ports}, inward=True)
    kept = dict(after.outputs)
    _rewire(scope, draft, {port: port if port in kept else None for port, _ in head.outputs}, inward=False)


def _followed(scope: Scope, draft: Draft, head: Head, renamed: Mapping[str, str]) -> Head:
    def stays(name: str) -> bool:
        return draft.get(f"nodes.{name}") is not None

    def came(operator: str, known: Container[str]) -> list[str]:
        start = f"{scope.prefix}nodes."
        nodes = [node for key, node in draft.after.items() if key.startswith(start) and isinstance(node, Node)]
        return [node.id for node in nodes if node.operator == operator and node.id not in known]

    inputs = [name for name in (renamed.get(name, name) for name in head.inputs) if stays(name)]
    outputs = [(port, renamed.get(name, name)) for port, name in head.outputs]
    outputs = [(port, name) for port, name in outputs if stays(name)]
    inputs += came("input", inputs)
    known = {name for _, name in outputs}
    for name in came("output", known):
        taken = {port for port, _ in outputs}
        outputs.append((name if name not in taken else f"{name}_out", name))
    return replace(head, inputs=tuple(inputs), outputs=tuple(outputs))


def _rewire(scope: Scope, draft: Draft, ports: Mapping[str, str | None], *, inward: bool) -> None:
    """Let the wires at the uses of a module follow its ports: to their new names, or away."""
    for other, name in uses(scope.graph, scope.module):
        there = draft.within(other.prefix)
        for end, start in dict(other.body.into(name) if inward else other.body.out_of(name)).items():
            old = end.port if inward else start.port
            new = ports.get(old, old)
            if new == old:
                continue
            there.put(f"wires.{end}", None)
            if new is not None:
                moved = (end._replace(port=new), start) if inward else (end, start._replace(port=new))
                there.put(f"wires.{moved[0]}", moved[1])


def move_port(graph: Graph, module: str, port: str, steps: int, *, inward: bool) -> Change:
    """Move an input or output of a module up or down in the order of its ports."""
    head = graph.modules[module].head
    names = list(head.inputs) if inward else [name for name, _ in head.outputs]
    place = names.index(port)
    names.insert(min(max(place + steps, 0), len(names)), names.pop(place))
    nodes = dict(head.outputs)
    draft = Draft(graph, "Move port")
    draft.put(
        f"modules.{module}",
        replace(head, inputs=tuple(names))
        if inward
        else replace(head, outputs=tuple((name, nodes[name]) for name in names)),
    )
    return draft.change()


def rename_port(graph: Graph, module: str, port: str, name: str, *, inward: bool) -> Change:
    """Give a port of a module another name; wires of its uses follow. ValueError says why where it cannot be one."""
    if inward:
        from grapheditor.edit.edits import rename

        return rename(Scope(graph, module), port, name)
    head = graph.modules[module].head
    why = refusal(name)
    if why is None and name != port and name in dict(head.outputs):
        why = f"there is already an output {name}"
    if why:
        raise ValueError(f"{name!r} cannot be the name of a port: {why}.")
    scope = Scope(graph, module)
    draft = scope.draft("Rename port")
    outputs = tuple((name if old == port else old, node) for old, node in head.outputs)
    draft.within("").put(f"modules.{module}", replace(head, outputs=outputs))
    _rewire(scope, draft, {port: name}, inward=False)
    return draft.change()

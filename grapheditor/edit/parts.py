"""A whole graph as a part of another: what its outputs need becomes a module with the graph's inputs and outputs."""

from __future__ import annotations

from dataclasses import replace

from grapheditor.edit.modules import class_name
from grapheditor.graph import Graph, Head, Node
from grapheditor.graph.order import ancestors, used_modules


def as_module(graph: Graph, title: str, doc: str = "") -> Graph:
    """Return a graph of one node, which uses a module of what the outputs of a graph need.

    What trains it stays behind: losses, metrics, labels, the recipe. title: names the module. ValueError where the
    graph has no output, or nothing stands before it.
    """
    ends = [name for name, node in graph.nodes.items() if node.operator == "output"]
    kept = ancestors(graph, ends) | set(ends)
    starts = [name for name, node in graph.nodes.items() if node.operator == "input" and name in kept]
    if len(kept) <= len(ends) + len(starts):
        raise ValueError(f"{title} has no output that a module could have: open it as a graph.")
    part, name = Graph(), _free_name(graph, title)
    for key, record in graph.records():
        if key.startswith("modules.") and key.split(".")[1] in used_modules(
            graph, {graph.nodes[item].operator for item in kept}
        ):
            part.put(key, record)
    outputs = [("out" if len(ends) == 1 else end, end) for end in ends]
    part.put(f"modules.{name}", Head(doc, (), tuple(starts), tuple(outputs)))
    for item, node in graph.nodes.items():
        if item in kept:  # what arrives at a port of a module is said around it
            part.put(f"modules.{name}.nodes.{item}", replace(node, options={}) if item in starts else node)
    for end, start in graph.wires.items():
        if end.node in kept:
            part.put(f"modules.{name}.wires.{end}", start)
    for frame_name, frame in graph.frames.items():
        if kept.issuperset(frame.nodes):
            part.put(f"modules.{name}.frames.{frame_name}", frame)
    part.put("nodes.part", Node("part", name))
    return part


def _free_name(graph: Graph, title: str) -> str:
    name = class_name(title) or "Part"
    while name in graph.modules:
        name = f"{name}Net"
    return name

"""Every undoable edit of nodes, wires and recipe: a function from a scope to a change. None touches the graph itself.

What belongs to modules as a whole is in :mod:`grapheditor.edit.modules`.
"""

from __future__ import annotations

import re
from collections.abc import Container, Iterable, Mapping, Sequence
from dataclasses import fields, replace
from typing import Any, NamedTuple, cast

from grapheditor.authoring import Operator, Port
from grapheditor.authoring.options import Option, Value
from grapheditor.catalog import Catalog, Field, Source
from grapheditor.edit.change import Change, Draft
from grapheditor.edit.frames import follow_frames, join_frames
from grapheditor.edit.helpers import HELPERS
from grapheditor.edit.paths import move_paths
from grapheditor.edit.ports import follow_ports
from grapheditor.edit.scope import Scope, along
from grapheditor.graph import Flow, Graph, Info, Input, Node, Objective, Output, Recipe, check_connect
from grapheditor.graph.arithmetic import check_term, is_expression
from grapheditor.graph.body import OptionValue
from grapheditor.graph.names import fresh, refusal
from grapheditor.graph.reading import Setting


def add_node(
    scope: Scope, catalog: Catalog, operator: str, at: tuple[float, float], after: str | None = None
) -> tuple[Change, str]:
    """Add a node, wired behind another where their ports allow; return the change and the node's id.

    A first loss becomes the first objective; a target takes the one input that can be meant, if there is just one;
    either only where :data:`HELPERS` want it.
    """
    declared = _declared(scope, catalog, operator)
    name = scope.free_id(declared.stem)
    if declared.role in ("loss", "metric", "output") and declared.stem not in scope.body.nodes:
        name = declared.stem
    draft = scope.draft(f"Add {declared.title}")
    draft.put(f"nodes.{name}", Node(name, operator, at=at))
    start = _first_output(scope, catalog, after)
    if start is not None and declared.inputs:
        port = declared.inputs[0]
        draft.put(f"wires.{Input(name, port.name, 0 if port.repeats else None)}", start)
    target = declared.input("target")
    truth = _truth(scope, target, start) if target is not None and HELPERS.target else None
    if truth is not None:
        draft.put(f"wires.{Input(name, 'target')}", Output(truth))
    if HELPERS.objective and declared.role == "loss" and not scope.module and not scope.graph.recipe.objectives:
        draft.put("recipe", replace(scope.graph.recipe, objectives=(Objective(name),)))
    follow_ports(scope, draft)
    return draft.change(), name


def _truth(scope: Scope, port: Port, start: Output | None) -> str | None:
    """Return the input that a target means: of its type, taken by targets alone; None where there is not just one."""
    found = []
    for node in scope.body.nodes.values():
        takers = {end.port for end in scope.body.out_of(node.id)}
        if node.operator == "input" and takers <= {"target"} and (start is None or start.node != node.id):
            found.append(node)
    fitting = [node for node in found if port.wants.takes_type(str(node.options.get("dtype", "float32")))]
    meant = fitting or [node for node in found if _is_label(node)]
    return meant[0].id if len(meant) == 1 else None


def _declared(scope: Scope, catalog: Catalog, operator: str) -> Operator:
    """Return an operator, or a module of the graph; KeyError where there is none."""
    found = catalog.find(scope.body, operator)
    if found is None:
        raise KeyError(operator)
    return found


def add_between(
    scope: Scope,
    catalog: Catalog,
    operator: str,
    at: tuple[float, float],
    start: Output | None = None,
    end: Input | None = None,
    port: str | None = None,
) -> tuple[Change, str]:
    """Add a node that takes a wire from start and whose first result goes to end; return the change and the node's id.

    With both ends of a wire that is there, the node is inserted into it. port: the input that takes the wire, by
    default the first. What the operator has no port for is left unwired.
    """
    declared = _declared(scope, catalog, operator)
    added, name = add_node(scope, catalog, operator, at)
    draft = scope.draft(added.title)
    draft.take(added)
    taker = declared.input(port) if port is not None else next(iter(declared.inputs), None)
    if start is not None and taker is not None:
        draft.put(f"wires.{Input(name, taker.name, 0 if taker.repeats else None)}", start)
    if end is not None and declared.outputs:
        draft.put(f"wires.{end}", Output(name, declared.outputs[0].name))
    if start is not None and end is not None:
        join_frames(scope, draft, name, (start.node, end.node))
    return draft.change(), name


class Arriving(NamedTuple):
    """A field of data as an input takes it: its name, type and the shape of a sample.

    classes: how many it tells apart. pieces: of a text, how many it is made of, such as characters.
    """

    name: str
    dtype: str
    shape: tuple[int | str, ...]
    classes: int = 0
    pieces: int = 0

    @property
    def kinds(self) -> int:
        """How many different numbers it has that name something, 0 where they do not."""
        return self.classes or self.pieces

    @classmethod
    def of(cls, field: Field) -> Arriving:
        """Return what arrives of a field."""
        classes, kinds = len(field.classes), field.encoding.kinds
        return cls(field.name, field.encoding.declared, field.shape, classes, kinds if not classes else 0)


def add_data(
    graph: Graph,
    source: Source | None,
    options: Mapping[str, OptionValue] | None = None,
    fields: Sequence[Arriving] | None = None,
) -> tuple[Change, list[str]]:
    """Learn from a data source: name it in the recipe; add an input above the graph for each field that none takes yet.

    options: the source's. fields: what the data has, where only opening it told; else what the source declares.
    Returns the change and the ids of the inputs that it adds.
    """
    draft = Draft(graph, f"Use {source.title}" if source else "Use no data")
    if fields is None:
        fields = [Arriving.of(field) for field in source.fields] if source else []
    added, bound = _add_inputs(graph, draft, fields)
    data = source.id if source else None
    draft.put("recipe", replace(graph.recipe, data=data, source=dict(options or {}), fields=bound))
    return draft.change(), added


def add_inputs(graph: Graph, fields: Sequence[Arriving]) -> tuple[Change, list[str]]:
    """Add an input above the graph for each field that none takes yet; return the change and their ids."""
    draft = Draft(graph, "Add inputs")
    added, bound = _add_inputs(graph, draft, fields)
    draft.put("recipe", replace(graph.recipe, fields=bound))
    return draft.change(), added


def _add_inputs(graph: Graph, draft: Draft, fields: Sequence[Arriving]) -> tuple[list[str], dict[str, str]]:
    """Return the ids of the inputs that are added, and which input takes a field of another name then."""
    bound = dict(graph.recipe.fields)
    taken = {graph.recipe.field(node.id) for node in graph.nodes.values() if node.operator == "input"}
    fields = [field for field in fields if field.name not in taken]
    places = [node.at for node in graph.nodes.values()]
    x = min((x for x, _ in places), default=20.0 - 133.0 * len(fields))
    y = min((y for _, y in places), default=140.0) - 140.0
    step = (266.0, 0.0)
    if graph.info.flow == "right":
        x, y, step = x - 350.0, y + 140.0, (0.0, 92.0)
    added: list[str] = []
    for field in fields:
        name = _name_for(field.name, {**graph.nodes, **dict.fromkeys(added)})
        if name != field.name:
            bound[name] = field.name
        values: dict[str, Any] = {"shape": ("N", *field.shape)}
        if field.dtype != "float32":
            values["dtype"] = field.dtype
        draft.put(f"nodes.{name}", Node(name, "input", values, at=(x, y)))
        added.append(name)
        x, y = x + step[0], y + step[1]
    return added, bound


def _name_for(field: str, taken: Container[str]) -> str:
    """Return the id of an input for a field; a column of somebody's table may be called anything."""
    name = re.sub(r"[^A-Za-z0-9_]+", "_", field).strip("_")[:40]
    name = name if name and not refusal(name) else f"{name}_input".strip("_")
    name = name if not refusal(name) else "input_data"
    return name if name not in taken else fresh(name, taken)


def waiting_input(scope: Scope) -> str | None:
    """Return the one input of the graph that no operator takes yet, labels aside; None where there is not just one."""
    used = {start.node for start in scope.body.wires.values()}
    free = [node for node in scope.body.nodes.values() if node.operator == "input" and node.id not in used]
    waiting = [node.id for node in free if not _is_label(node)]
    return waiting[0] if len(waiting) == 1 else None


def _is_label(node: Node) -> bool:
    return node.operator == "input" and node.options.get("dtype") == "int64"


def _first_output(scope: Scope, catalog: Catalog, name: str | None) -> Output | None:
    node = scope.body.nodes.get(name) if name is not None else None
    operator = catalog.of(scope.body, node) if node is not None else None
    if node is None or operator is None or not operator.outputs:
        return None
    return Output(node.id, operator.outputs[0].name)


def remove(scope: Scope, nodes: Iterable[str], wires: Iterable[Input] = ()) -> Change:
    """Remove nodes with their wires, and single wires; objectives that minimised a removed node go too."""
    gone = set(nodes)
    draft = scope.draft("Remove")

    def leads_there(path: str) -> bool:
        return any(place == scope and part in gone for place, part in along(scope.graph, path))

    for end in wires:
        draft.put(f"wires.{end}", None)
    for name in gone:
        draft.put(f"nodes.{name}", None)
        for end in (*scope.body.into(name), *scope.body.out_of(name)):
            draft.put(f"wires.{end}", None)
    whole = draft.within("")
    for path, tie in scope.graph.ties.items():
        if leads_there(path) or leads_there(tie.source):
            whole.put(f"ties.{path}", None)
    whole.put("recipe", scope.graph.recipe.without(leads_there))
    follow_ports(scope, draft)
    follow_frames(scope, draft)
    return draft.change()


def dissolve(scope: Scope, nodes: Iterable[str]) -> Change:
    """Remove nodes and join the wires: what took a removed node's result takes what arrived at its first input."""
    gone = set(nodes)

    def source(start: Output | None) -> Output | None:
        while start is not None and start.node in gone:
            arriving = sorted(scope.body.into(start.node).items(), key=lambda wire: (wire[0].port != "x", wire[0]))
            start = arriving[0][1] if arriving else None
        return start

    draft = scope.draft("Dissolve")
    draft.take(remove(scope, gone))
    for name in gone:
        for end, start in scope.body.out_of(name).items():
            if end.node not in gone:
                draft.put(f"wires.{end}", source(start))
    return draft.change()


def connect(scope: Scope, catalog: Catalog, start: Output, end: Input) -> Change:
    """Draw a wire; one that is there makes way. ConnectError says why where it is impossible."""
    check_connect(scope.body, catalog.of, start, end, replace=True)
    draft = scope.draft("Connect")
    draft.put(f"wires.{end}", start)
    return draft.change()


def move_wire(scope: Scope, catalog: Catalog, old: Input, new: Input) -> Change:
    """Move the end of a wire to another input; ConnectError says why where it is impossible."""
    start = scope.body.wires[old]
    draft = scope.draft("Move wire")
    draft.put(f"wires.{old}", None)
    if new != old:
        check_connect(scope.body, catalog.of, start, new, replace=True)
    draft.put(f"wires.{new}", start)
    return draft.change()


def insert(scope: Scope, catalog: Catalog, node: str, wire: Input) -> Change:
    """Put a node that is there into a wire, by its first free input and its first output."""
    declared = catalog.of(scope.body, scope.body.nodes[node])
    end = free_input(scope, catalog, node)
    if declared is None or end is None or not declared.outputs or node in (wire.node, scope.body.wires[wire].node):
        return Change("Insert")
    start = scope.body.wires[wire]
    check_connect(scope.body, catalog.of, start, end)
    check_connect(scope.body, catalog.of, Output(node, declared.outputs[0].name), wire, replace=True)
    draft = scope.draft("Insert")
    draft.put(f"wires.{end}", start)
    draft.put(f"wires.{wire}", Output(node, declared.outputs[0].name))
    join_frames(scope, draft, node, (start.node, wire.node))
    return draft.change()


def free_input(scope: Scope, catalog: Catalog, node: str) -> Input | None:
    """Return the first input of a node that can take one more wire."""
    declared = catalog.of(scope.body, scope.body.nodes[node])
    for port in declared.inputs if declared else ():
        used = [end.index for end in scope.body.into(node) if end.port == port.name]
        if port.repeats:
            return Input(node, port.name, 1 + max((index or 0 for index in used), default=-1))
        if not used:
            return Input(node, port.name)
    return None


def move(scope: Scope, places: Mapping[str, tuple[float, float]], title: str = "Move") -> Change:
    """Place nodes."""
    nodes, prefix = scope.body.nodes, scope.prefix
    pairs = {f"{prefix}nodes.{name}": (nodes[name], nodes[name].moved(at)) for name, at in places.items()}
    return Change(title, {key: pair for key, pair in pairs.items() if pair[0].at != pair[1].at})


def turn(graph: Graph, flow: Flow, places: Mapping[str, Mapping[str, tuple[float, float]]]) -> Change:
    """Let the wires lead another way, with new places: by prefix of the keys (``""``, ``modules.Block.``) and node."""
    draft = Draft(graph, "Flow from left to right" if flow == "right" else "Flow from top to bottom")
    draft.put("info", replace(graph.info, flow=flow))
    for prefix, found in places.items():
        for name, at in found.items():
            node = graph.get(f"{prefix}nodes.{name}")
            assert isinstance(node, Node)
            draft.put(f"{prefix}nodes.{name}", node.moved(at))
    return draft.change()


def set_option(scope: Scope, catalog: Catalog, nodes: Iterable[str], name: str, value: Any) -> Change:
    """Set an option of nodes that have it; ValueError with a sentence where the value is not allowed."""
    draft = scope.draft(f"Set {name.replace('_', ' ')}")
    for key in nodes:
        node = scope.body.nodes[key]
        operator = catalog.of(scope.body, node)
        option = operator.option(name) if operator else None
        if option is None:
            continue
        checked = _checked(scope, node, option, value)
        options = {key: item for key, item in node.options.items() if key != name}
        if checked != option.default:
            options[name] = checked
        draft.put(f"nodes.{key}", replace(node, options=options))
    return draft.change()


def _checked(scope: Scope, node: Node, option: Option, value: Any) -> OptionValue:
    """Return the value of an option, which may be an expression of the options of the module around."""
    if not is_expression(value):
        return option.check(value)
    around = scope.graph.modules[scope.module].head.options if scope.module else ()
    known = {item.name for item in around} | ({"i"} if node.repeat != 1 else set())
    check_term(value[1:], known)
    return f"={value[1:].strip()}"


def set_title(scope: Scope, node: str, title: str) -> Change:
    """Give a node a title of its own; an empty one shows the operator's."""
    draft = scope.draft("Set title")
    draft.put(f"nodes.{node}", replace(scope.body.nodes[node], title=title.strip()))
    return draft.change()


def rename(scope: Scope, node: str, name: str) -> Change:
    """Give a node another id; ValueError says why where it cannot be one. Wires and recipe follow."""
    why = refusal(name)
    if why is None and name in scope.body.nodes and name != node:
        why = f"there is already a node {name}"
    if why:
        raise ValueError(f"{name!r} cannot be an id: {why}.")
    draft = scope.draft("Rename")
    draft.put(f"nodes.{node}", None)
    draft.put(f"nodes.{name}", replace(scope.body.nodes[node], id=name))
    for end, start in scope.body.into(node).items():
        draft.put(f"wires.{end}", None)
        draft.put(f"wires.{end._replace(node=name)}", start)
    for end, start in scope.body.out_of(node).items():
        draft.put(f"wires.{end}", start._replace(node=name))
    follow_ports(scope, draft, {node: name})
    follow_frames(scope, draft, {node: (name,)})

    def moved(path: str) -> str:
        parts = along(scope.graph, path)
        return ".".join(name if place == scope and part == node else part for place, part in parts)

    takes_data = not scope.module and scope.body.nodes[node].operator == "input"
    move_paths(scope.graph, draft, moved, node if takes_data else None)
    return draft.change()


def set_recipe(graph: Graph, **values: Any) -> Change:
    """Set fields of the recipe."""
    draft = Draft(graph, "Set recipe")
    draft.put("recipe", replace(graph.recipe, **values))
    return draft.change()


def set_learning(graph: Graph, settings: Mapping[str, Value]) -> Change:
    """Set how a graph learns: fields of the recipe; all other names are settings of the first objective's optimizer."""
    known = {item.name for item in fields(Recipe)}
    plain: dict[str, Any] = {name: value for name, value in settings.items() if name in known}
    others = {name: cast(Setting, value) for name, value in settings.items() if name not in known}
    objectives = graph.recipe.objectives
    if others and objectives:
        first, *rest = objectives
        plain["objectives"] = (replace(first, settings={**first.settings, **others}), *rest)
    return set_recipe(graph, **plain)


def set_info(graph: Graph, info: Info) -> Change:
    """Set the graph's title and text."""
    draft = Draft(graph, "Set title")
    draft.put("info", info)
    return draft.change()

"""Edits of modules: made of nodes, taken apart, split off, renamed, given options."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection, Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import replace
from typing import Any

from grapheditor.authoring.options import Option
from grapheditor.catalog import Catalog
from grapheditor.edit.change import Change, Draft
from grapheditor.edit.frames import follow_frames, frames_within
from grapheditor.edit.layout import GAP, LOW, WIDTH
from grapheditor.edit.paths import move_paths
from grapheditor.edit.scope import Scope, along, uses
from grapheditor.graph import Graph, Head, Input, Module, Node, Output
from grapheditor.graph.arithmetic import (
    SizeError,
    Term,
    check_term,
    compute,
    is_expression,
    names,
    parse,
    replaced,
    show,
    term_of,
)
from grapheditor.graph.names import LONGEST, fresh, module_refusal, refusal
from grapheditor.graph.order import used_modules
from grapheditor.graph.schema import MOST_COPIES

OUTSIDE = ("input", "output", "loss", "metric")
"""Roles of nodes that stay in the graph: a module has ports of its own, and what is minimised is seen from outside."""


def group(scope: Scope, catalog: Catalog, nodes: Collection[str], name: str = "Block") -> tuple[Change, str, str]:
    """Make a module of nodes; where it is used stands one node. Return the change, that node's id, the module's name.

    Each result that arrives from outside becomes an input, each that is taken outside an output; what expressions need
    of the options around becomes options. Inputs, outputs, losses and metrics stay outside. ValueError where nothing is
    left, or where what they do leads out and back in again.
    """
    body, kept = scope.body, [name for name in scope.body.nodes if name in nodes and _goes_in(scope, catalog, name)]
    if not kept:
        raise ValueError("Select operators first: inputs, outputs, losses and metrics stay outside a module.")
    _check_closed(scope, set(kept))
    _check_shared(scope, set(kept))
    module, use = _free_module(scope.graph, name), ""
    draft = scope.draft("Group")
    inside = draft.within(f"modules.{module}.")
    taken = set(kept)
    starts = _arriving(scope, kept)
    inputs = {start: _port(end.port, taken) for start, end in starts.items()}
    leaving = _leaving(scope, kept)
    ports = {start: "out" if len(leaving) == 1 else fresh(start.node, {*taken, start.node}) for start in leaving}
    outputs = {port: _port(port, taken) for port in ports.values()}
    options = _options_needed(scope, kept)
    head = Head("", options, tuple(inputs.values()), tuple(outputs.items()))
    draft.within("").put(f"modules.{module}", head)
    use = fresh(stem_of(module), set(body.nodes) - set(kept))
    for item in kept:
        draft.put(f"nodes.{item}", None)
        inside.put(f"nodes.{item}", body.nodes[item])
        for end, start in body.into(item).items():
            draft.put(f"wires.{end}", None)
            inside.put(f"wires.{end}", Output(inputs[start]) if start in inputs else start)
    for port, (name_out, start) in zip(ports.values(), zip(outputs.values(), leaving, strict=True), strict=True):
        inside.put(f"wires.{Input(name_out, 'x')}", start)
        for end in leaving[start]:
            draft.put(f"wires.{end}", Output(use, port))
    for start, port in inputs.items():
        draft.put(f"wires.{Input(use, port)}", start)
    _place_ports(scope, inside, kept, list(inputs.values()), list(outputs.values()))
    shared: dict[str, Any] = {item.name: f"={item.name}" for item in options}
    draft.put(f"nodes.{use}", Node(use, module, shared, at=_middle(scope, kept)))
    _move_paths(scope, draft, {name: (use, name) for name in kept})
    for item, frame in frames_within(scope, kept).items():
        draft.put(f"frames.{item}", None)
        inside.put(f"frames.{item}", frame)
    follow_frames(scope, draft, dict.fromkeys(kept, (use,)))
    return draft.change(), use, module


def _goes_in(scope: Scope, catalog: Catalog, name: str) -> bool:
    operator = catalog.of(scope.body, scope.body.nodes[name])
    return operator is None or operator.role not in OUTSIDE


def _check_closed(scope: Scope, kept: set[str]) -> None:
    """ValueError where a node that stays outside needs one that goes in, and is needed by one."""
    body = scope.body
    behind = {end.node for name in kept for end in body.out_of(name)} - kept
    waiting, seen = list(behind), set(behind)
    while waiting:
        name = waiting.pop()
        for end in body.out_of(name):
            if end.node in kept:
                raise ValueError(
                    f"{name} lies between the selected nodes: select it too, or leave out what follows it."
                )
            if end.node not in seen:
                seen.add(end.node)
                waiting.append(end.node)


def _check_shared(scope: Scope, kept: set[str]) -> None:
    """ValueError where a node that goes in shares its weights with one that stays outside."""
    for name, node in scope.body.nodes.items():
        if node.weights and name not in kept:
            inner = next((item for item in kept if scope.body.nodes[item].weights == node.weights), None)
            if inner is not None:
                raise ValueError(f"{inner} shares its weights with {name}: select both, or neither.")


def _arriving(scope: Scope, kept: Collection[str]) -> dict[Output, Input]:
    """Return what arrives from outside, each with a place where it is taken."""
    found: dict[Output, Input] = {}
    for name in kept:
        for end, start in sorted(scope.body.into(name).items()):
            if start.node not in kept:
                found.setdefault(start, end)
    return found


def _leaving(scope: Scope, kept: Collection[str]) -> dict[Output, list[Input]]:
    """Return what is taken outside, with the places; where nothing is, what nobody takes."""
    found: dict[Output, list[Input]] = {}
    for name in kept:
        for end, start in scope.body.out_of(name).items():
            if end.node not in kept:
                found.setdefault(start, []).append(end)
    return found or {Output(name): [] for name in kept if not scope.body.out_of(name)}


def _port(wished: str, taken: set[str]) -> str:
    """Return a free id for an input or output node, and take it."""
    name = (
        wished if wished not in taken and not refusal(wished) else fresh(wished if not refusal(wished) else "x", taken)
    )
    taken.add(name)
    return name


def _free_module(graph: Graph, name: str) -> str:
    return name if name not in graph.modules else fresh(name, graph.modules)


def stem_of(module: str) -> str:
    """Return what a module's uses are called before their number: ResidualBlock gives residual_block."""
    stem = "".join(f"_{letter.lower()}" if letter.isupper() else letter for letter in module).strip("_")
    return stem if not refusal(stem) else "block"


def _terms(node: Node) -> Iterator[Term]:
    """Yield the expressions of a node."""
    for value in node.options.values():
        if is_expression(value):
            yield term_of(str(value))
    for text in (node.when, node.repeat):
        if isinstance(text, str) and text:
            yield parse(text)


def _options_needed(scope: Scope, kept: Iterable[str]) -> tuple[Option, ...]:
    """Return the options of the module around whose names stand in expressions of nodes."""
    if not scope.module:
        return ()
    needed = {name for node in kept for term in _terms(scope.body.nodes[node]) for name in names(term)}
    return tuple(item for item in scope.graph.modules[scope.module].head.options if item.name in needed)


def _middle(scope: Scope, kept: Collection[str]) -> tuple[float, float]:
    places = [scope.body.nodes[name].at for name in kept]
    (left, top), (right, bottom) = (tuple(pick(axis) for axis in zip(*places, strict=True)) for pick in (min, max))
    return round((left + right) / 2), round((top + bottom) / 2)


def _place_ports(scope: Scope, inside: Draft, kept: Collection[str], inputs: list[str], outputs: list[str]) -> None:
    """Put input nodes in a row above the others, output nodes in a row below."""
    places = [scope.body.nodes[name].at for name in kept]
    middle = (min(x for x, _ in places) + max(x for x, _ in places)) / 2
    top, bottom = min(y for _, y in places) - GAP - 2 * LOW, max(y for _, y in places) + GAP + 2 * LOW
    for row, y, operator in ((inputs, top, "input"), (outputs, bottom, "output")):
        for i, name in enumerate(row):
            x = middle + (i - (len(row) - 1) / 2) * (WIDTH + GAP)
            inside.put(f"nodes.{name}", Node(name, operator, at=(round(x), round(y))))


def _move_paths(scope: Scope, draft: Draft, moved: Mapping[str, tuple[str, ...]]) -> None:
    """Let ties and the recipe follow nodes of a scope that have other paths from there now."""

    def path_of(path: str) -> str:
        parts: list[str] = []
        for place, part in along(scope.graph, path):
            parts += moved.get(part, (part,)) if place == scope else (part,)
        return ".".join(parts)

    move_paths(scope.graph, draft, path_of)


def unpack(scope: Scope, node: str) -> tuple[Change, list[str]]:
    """Put the nodes of a module where it is used; return the change and their ids. A module nobody uses any more goes.

    ValueError where the node is no module, or is repeated, run place by place, or bypassed by an expression.
    """
    use = scope.body.nodes[node]
    module = scope.graph.modules.get(use.operator)
    if module is None:
        raise ValueError(f"{node} is an operator: there is nothing to unpack.")
    if use.repeat != 1 or use.scan or use.when:
        raise ValueError(f"{node} is repeated, run place by place or optional: make that plain first.")
    draft = scope.draft("Unpack")
    inner = {name: item for name, item in module.nodes.items() if name not in _borders(module)}
    taken = set(scope.body.nodes) - {node}
    ids: dict[str, str] = {}
    for name in inner:
        ids[name] = name if name not in taken else fresh(name, taken)
        taken.add(ids[name])
    draft.put(f"nodes.{node}", None)
    known = _values(module.head, use)
    corner = _middle_of(inner.values())
    sets = {item.weights for name, item in scope.body.nodes.items() if name != node}
    for name, item in inner.items():
        if item.weights in sets:  # another use of the module was unpacked here: that one has its own
            item = replace(item, weights=item.weights and f"{node}_{item.weights}")
        at = (item.at[0] - corner[0] + use.at[0], item.at[1] - corner[1] + use.at[1])
        frozen, rate = item.learning.frozen or use.learning.frozen, item.learning.rate * use.learning.rate
        made = replace(_with_values(item, known), learning=replace(item.learning, frozen=frozen, rate=rate))
        draft.put(f"nodes.{ids[name]}", replace(made, id=ids[name], at=at))
    _unpack_wires(scope, draft, node, module, ids)
    _unpack_frames(scope, draft, node, module, ids)
    _drop_unused(scope, draft, node, module.id)
    _unpack_paths(scope, draft, node, ids)
    return draft.change(), list(ids.values())


def _borders(module: Module) -> set[str]:
    return {*module.head.inputs, *(name for _, name in module.head.outputs)}


def _middle_of(nodes: Iterable[Node]) -> tuple[float, float]:
    places = [node.at for node in nodes] or [(0.0, 0.0)]
    (left, top), (right, bottom) = (tuple(pick(axis) for axis in zip(*places, strict=True)) for pick in (min, max))
    return (left + right) / 2, (top + bottom) / 2


def _unpack_wires(scope: Scope, draft: Draft, node: str, module: Module, ids: Mapping[str, str]) -> None:
    arriving = {end.port: start for end, start in scope.body.into(node).items()}
    inputs = set(module.head.inputs)

    def start_of(start: Output | None) -> Output | None:
        if start is None:
            return None
        return arriving.get(start.node) if start.node in inputs else start._replace(node=ids[start.node])

    for end in scope.body.into(node):
        draft.put(f"wires.{end}", None)
    for end, start in module.wires.items():
        if end.node in ids and (found := start_of(start)) is not None:
            draft.put(f"wires.{end._replace(node=ids[end.node])}", found)
    results = {port: next(iter(module.into(name).values()), None) for port, name in module.head.outputs}
    for end, start in scope.body.out_of(node).items():
        draft.put(f"wires.{end}", start_of(results.get(start.port)))


def _unpack_frames(scope: Scope, draft: Draft, node: str, module: Module, ids: Mapping[str, str]) -> None:
    follow_frames(scope, draft, {node: tuple(ids.values())})
    taken = set(scope.body.frames)
    for name, frame in module.frames.items():
        members = tuple(ids[item] for item in frame.nodes if item in ids)
        if members:
            free = name if name not in taken else fresh(name, taken)
            taken.add(free)
            draft.put(f"frames.{free}", replace(frame, nodes=members))


def _values(head: Head, use: Node) -> dict[str, Term]:
    """Return what a use says for the options of a module, as terms."""
    given = {item.name: use.options.get(item.name, item.default) for item in head.options}
    return {name: term_of(value) for name, value in given.items() if not isinstance(value, tuple)}


def _with_values(node: Node, known: Mapping[str, Term]) -> Node:
    """Return a node whose expressions have terms in the place of names; what is a plain value then, is one."""
    options = {
        key: _plain(replaced(term_of(str(value)), known), "=") if is_expression(value) else value
        for key, value in node.options.items()
    }
    when = _plain(replaced(parse(node.when), known)) if node.when else ""
    repeat = _plain(replaced(parse(node.repeat), known)) if isinstance(node.repeat, str) else node.repeat
    always = isinstance(when, int | float) and when != 0
    return replace(node, options=options, when="" if always else str(when), repeat=repeat)


def _plain(term: Term, mark: str = "") -> Any:
    """Return the value of an expression without names, else its text behind a mark."""
    if not names(term):
        with suppress(SizeError):
            value = compute(term, {})
            return int(value) if isinstance(value, float) and value.is_integer() else value
    return f"{mark}{show(term)}"


def _drop_unused(scope: Scope, draft: Draft, node: str, module: str) -> None:
    """Remove a module that only this node used, and what only it used."""
    others = [(place, name) for place, name in uses(scope.graph, module) if (place, name) != (scope, node)]
    if others:
        return
    for key, record in scope.graph.records():
        if key == f"modules.{module}" or key.startswith(f"modules.{module}."):
            assert record is not None
            draft.within("").put(key, None)


def _unpack_paths(scope: Scope, draft: Draft, node: str, ids: Mapping[str, str]) -> None:
    def path_of(path: str) -> str:
        parts: list[str] = []
        opened = False
        for place, part in along(scope.graph, path):
            if place == scope and part == node:
                opened = True
            elif opened:
                parts.append(ids.get(part, part))
                opened = False
            else:
                parts.append(part)
        return ".".join(parts)

    move_paths(scope.graph, draft, path_of)


def make_unique(scope: Scope, nodes: Iterable[str]) -> tuple[Change, str]:
    """Give uses of a module a definition of their own, alike; return the change and its name.

    ValueError where they use several modules, or none.
    """
    chosen = list(nodes)
    found = {scope.body.nodes[name].operator for name in chosen}
    module = scope.graph.modules.get(next(iter(found), "")) if len(found) == 1 else None
    if module is None:
        raise ValueError("Select uses of one module.")
    name = _free_module(scope.graph, module.id)
    draft = scope.draft("Make unique")
    for key, record in _moved_records(scope.graph, module.id, name):
        draft.within("").put(key, record)
    for node in chosen:
        draft.put(f"nodes.{node}", replace(scope.body.nodes[node], operator=name))
    return draft.change(), name


def class_name(text: str) -> str:
    """Return the name of a module that a text stands for: ``residual block`` is ResidualBlock; empty for no letters."""
    plain = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode()
    words = re.findall(r"[A-Za-z0-9]+", plain)
    name = "".join(word[0].upper() + word[1:] for word in words)
    name = name[: LONGEST - len("Block")]
    return f"Block{name}" if name and module_refusal(name) else name


def rename_module(graph: Graph, module: str, name: str) -> Change:
    """Give a module another name; ValueError says why where it cannot be one."""
    why = module_refusal(name)
    if why is None and name in graph.modules and name != module:
        why = f"there is already a module {name}"
    if why:
        raise ValueError(f"{name!r} cannot be the name of a module: {why}.")
    draft = Draft(graph, "Rename module")
    if name == module:
        return draft.change()
    for key, record in _moved_records(graph, module, name):
        draft.put(key, record)
    for key, _ in list(_moved_records(graph, module, module)):
        draft.put(key, None)
    for scope, node in uses(graph, module):
        draft.put(f"{scope.prefix}nodes.{node}", replace(scope.body.nodes[node], operator=name))
    return draft.change()


def _moved_records(graph: Graph, module: str, name: str) -> Iterator[tuple[str, Any]]:
    """Yield the records of a module, the keys those of another name."""
    start = f"modules.{module}"
    for key, record in graph.records():
        if key == start or key.startswith(f"{start}."):
            yield f"modules.{name}{key[len(start) :]}", record


def set_doc(graph: Graph, module: str, doc: str) -> Change:
    """Say what a module is."""
    return _with_head(graph, module, "Describe module", doc=doc.strip())


def put_option(graph: Graph, module: str, option: Option, formerly: str = "") -> Change:
    """Add an option to a module, or change the one that was called so; expressions and uses follow a new name.

    ValueError where the name cannot be one.
    """
    options = list(graph.modules[module].head.options)
    known = [item.name for item in options]
    why = refusal(option.name)
    if why is None and option.name in known and option.name != formerly:
        why = f"{module} has an option of that name"
    if why is None and option.name in graph.modules[module].nodes:
        why = f"{module} has a node of that name"
    if why is None and option.name == "i":
        why = "it is the number of the copy in a repeated node"
    if why:
        raise ValueError(f"{option.name!r} cannot be the name of an option: {why}.")
    if formerly in known:
        options[known.index(formerly)] = option
    else:
        options.append(option)
    draft = Draft(graph, f"Set option {option.name}")
    draft.put(f"modules.{module}", replace(graph.modules[module].head, options=tuple(options)))
    if formerly and formerly != option.name:
        _rename_option(graph, draft, module, formerly, option.name)
    return draft.change()


def _rename_option(graph: Graph, draft: Draft, module: str, old: str, new: str) -> None:
    known: dict[str, Term] = {old: parse(new)}
    for name, node in graph.modules[module].nodes.items():
        draft.put(f"modules.{module}.nodes.{name}", _with_values(node, known))
    for scope, name in uses(graph, module):
        node = scope.body.nodes[name]
        options = {new if key == old else key: value for key, value in node.options.items()}
        draft.put(f"{scope.prefix}nodes.{name}", replace(node, options=options))


def remove_option(graph: Graph, module: str, name: str) -> Change:
    """Take an option away; ValueError names the nodes whose expressions need it."""
    body = graph.modules[module]
    needed = [node.id for node in body.nodes.values() if any(name in names(term) for term in _terms(node))]
    if needed:
        raise ValueError(f"{name} is needed by {', '.join(needed)}: change their options first.")
    draft = Draft(graph, f"Remove option {name}")
    options = tuple(item for item in body.head.options if item.name != name)
    draft.put(f"modules.{module}", replace(body.head, options=options))
    for scope, use in uses(graph, module):
        node = scope.body.nodes[use]
        kept = {key: value for key, value in node.options.items() if key != name}
        draft.put(f"{scope.prefix}nodes.{use}", replace(node, options=kept))
    return draft.change()


def _with_head(graph: Graph, module: str, title: str, **values: Any) -> Change:
    draft = Draft(graph, title)
    draft.put(f"modules.{module}", replace(graph.modules[module].head, **values))
    return draft.change()


def set_repeat(scope: Scope, node: str, repeat: int | str) -> Change:
    """Let so many copies of a node stand in a chain; ValueError where that is neither a number nor an expression."""
    if isinstance(repeat, str):
        check_term(repeat, {item.name for item in scope.options})
    elif not 1 <= repeat <= MOST_COPIES:
        raise ValueError(f"A node is repeated 1 to {MOST_COPIES:,} times, not {repeat:,} times.")
    use = scope.body.nodes[node]
    if use.scan and repeat != 1:
        raise ValueError(f"{node} is run place by place; group it, and repeat the group.")
    draft = scope.draft("Repeat")
    draft.put(f"nodes.{node}", replace(scope.body.nodes[node], repeat=repeat))
    return draft.change()


def set_when(scope: Scope, nodes: Iterable[str], when: str, title: str = "Make optional") -> Change:
    """Let nodes be bypassed where an expression is 0; an empty one makes them plain."""
    if when:
        check_term(when, {item.name for item in scope.options})
    draft = scope.draft(title)
    for name in nodes:
        draft.put(f"nodes.{name}", replace(scope.body.nodes[name], when=when))
    return draft.change()


OFF = "0"
"""The switch of a muted node."""


def mute(scope: Scope, catalog: Catalog, nodes: Iterable[str]) -> Change:
    """Bypass nodes: what arrives at their first input goes on; nodes that are all muted become plain again.

    ValueError names the node that cannot be bypassed, and why.
    """
    chosen = list(nodes)
    if all(scope.body.nodes[name].when == OFF for name in chosen):
        return set_when(scope, chosen, "", "Unmute")
    for name in chosen:
        node = scope.body.nodes[name]
        operator = catalog.of(scope.body, node)
        if node.when not in ("", OFF):
            raise ValueError(f"{name} has a switch already: it is there when {node.when}.")
        if operator is None or operator.role in OUTSIDE:
            raise ValueError(f"{name} cannot be muted: there is nothing that would go on in its place.")
        if not operator.inputs or len(operator.outputs) != 1:
            raise ValueError(f"{name} cannot be muted: it has not one result that could be what arrives.")
    return set_when(scope, chosen, OFF, "Mute")


def placeable(scope: Scope) -> list[str]:
    """Return the modules that can stand in a scope: those that are not, and do not hold, the one that is open."""
    known = scope.graph.modules
    return [name for name in known if not scope.module or scope.module not in used_modules(scope.graph, (name,))]


def unused(graph: Graph) -> list[str]:
    """Return the modules that no node of the graph leads to."""
    used = set(used_modules(graph, {node.operator for node in graph.nodes.values()}))
    return [name for name in graph.modules if name not in used]

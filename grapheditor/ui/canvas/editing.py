"""What the canvas does to the document: each verb one undo step, made of the edits in :mod:`grapheditor.edit.edits`.

Nothing is shown here. Verbs that add nodes return their ids; the canvas selects them.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import replace

from grapheditor.authoring import Operator
from grapheditor.catalog import Catalog
from grapheditor.edit import Change, clipboard, edits, frames, modules, replacing
from grapheditor.edit.change import Draft
from grapheditor.edit.helpers import HELPERS
from grapheditor.edit.layout import WIDTH, Task, height, height_of, task_of
from grapheditor.edit.parts import as_module
from grapheditor.edit.scope import Scope
from grapheditor.engine.messages import FixReport, WireType
from grapheditor.graph import Body, ConnectError, FileError, Flow, Graph, Input, Node, Output, read_text, write_text
from grapheditor.graph.names import fresh
from grapheditor.graph.schema import decode
from grapheditor.ui.canvas.fitting import fits
from grapheditor.ui.canvas.geometry import Geometry
from grapheditor.ui.canvas.placing import Place, Placing
from grapheditor.ui.canvas.scene import Scene
from grapheditor.ui.own import shelf
from grapheditor.ui.palette.found import LIBRARY
from grapheditor.ui.telling import begun
from grapheditor.ui.texts import tr
from grapheditor.ui.theme import FRAME_COLOURS
from grapheditor.ui.widgets import shape

OFFSET = 32.0
"""From a node to its duplicate, to the right and down."""


def pasted(text: str, catalog: Catalog) -> Graph:
    """Read the graph that a text holds; ValueError with a sentence where it holds none, or one without nodes."""
    if not text.strip():
        raise ValueError(tr("The clipboard holds no text."))
    try:
        graph = read_text(clipboard.graph_text(text), history=catalog.history)
    except FileError as error:
        raise ValueError(tr("The clipboard holds no nodes that can be pasted: {why}", why=error)) from error
    if not graph.nodes:
        raise ValueError(tr("The clipboard holds a graph without nodes."))
    return graph


class Editing:
    """Verbs on the document that a scene shows."""

    def __init__(self, scene: Scene) -> None:
        self.scene = scene
        self._parts: dict[str, Graph] = {}
        """Templates as they would stand here, as far as they were asked for."""

    @property
    def scope(self) -> Scope:
        """Where the edits are made."""
        return self.scene.scope

    @property
    def body(self) -> Body:
        """The nodes and wires as they are now."""
        return self.scene.body

    def commit(self, change: Change, bout: object = None) -> None:
        """Take a change as one step, or, of the same bout, as a part of the step before."""
        self.scene.document.commit(change, bout)

    def behind(self, operator: str) -> str | None:
        """Return the node that a new one goes behind: the single selected one, or the one input that still waits."""
        if not HELPERS.behind:
            return None
        selection = self.scene.selection
        if not selection and self.declared(operator).inputs:
            return edits.waiting_input(self.scope)
        return next(iter(selection)) if len(selection) == 1 else None

    def add(self, operator: str, wished: Place) -> str:
        """Add a node behind the one that it follows, wired to it; at a wished place where there is none."""
        chosen, bout, wanted = self.behind(operator), object(), operator
        operator = self._brought(operator, bout)
        high = self._height(operator)
        at = self._placing.free(wished, high) if chosen is None else self._placing.behind(chosen, [high])[0]
        change, name = edits.add_node(self.scope, self.scene.catalog, operator, at, chosen)
        self.commit(change, bout)
        self._tie(wanted, name, bout)
        return name

    @property
    def _placing(self) -> Placing:
        return Placing(self.scene.geometry)

    def add_at(
        self,
        operator: str,
        at: Place,
        start: Output | None = None,
        end: Input | None = None,
        port: str | None = None,
    ) -> str:
        """Add a node, wired to what a dragged wire came from.

        at: the middle of the edge of its inputs; of that of its outputs where it is wired to an input only.
        """
        bout, wanted = object(), operator
        operator, high = self._brought(operator, bout), self._height(operator)
        corner = self._placing.fastened(at, high, below=end is None or start is not None)
        place = self._placing.free(corner, high, 4.0)
        change, name = edits.add_between(self.scope, self.scene.catalog, operator, place, start, end, port)
        self.commit(change, bout)
        self._tie(wanted, name, bout)
        return name

    def add_into(self, operator: str, at: Place, wire: Input) -> str:
        """Add a node and insert it into a wire, if it has both an input and an output."""
        declared, bout = self.declared(operator), object()
        if not (declared.inputs and declared.outputs):
            return self.add_at(operator, at)
        wanted, start = operator, self.body.wires[wire]
        operator = self._brought(operator, bout)
        (place,), moved = self._placing.between(start.node, [wire.node], [self._height(operator)], at)
        change, name = edits.add_between(self.scope, self.scene.catalog, operator, place, start, wire)
        self.commit(change.then(edits.move(self.scope, moved)), bout)
        self._tie(wanted, name, bout)
        return name

    def knows(self, name: str) -> bool:
        """Tell whether a name is that of something that can be added here: an operator, a module, a template."""
        placeable = name in self.scene.catalog.operators or name in self.scene.catalog.templates
        return placeable or name in modules.placeable(self.scope) or _kept(name) is not None

    def declared(self, name: str) -> Operator:
        """Return an operator or a module, or the module that a template would be; KeyError where there is none."""
        found = self.scene.catalog.find(self.body, name)
        if found is None:
            part = self._part(name)
            (use,) = part.nodes.values()
            found = self.scene.catalog.of(part, use)
        assert found is not None, name
        return found

    def _part(self, template: str) -> Graph:
        """Return a template as a graph of one module and its use; ValueError where it cannot be one.

        So one of the library is.
        """
        kept = _kept(template)
        if kept is not None:
            return kept
        if template not in self._parts:
            declared, catalog = self.scene.catalog.templates[template], self.scene.catalog
            self._parts[template] = as_module(catalog.new(template), declared.title, declared.doc)
        return self._parts[template]

    def _brought(self, name: str, bout: object) -> str:
        """Return an operator or module as it is; of a template, put the module into the graph, in the same step."""
        if self.scene.catalog.find(self.body, name) is not None:
            return name
        part = self._part(name)
        title = self.scene.catalog.templates[name].title if _kept(name) is None else name.removeprefix(LIBRARY)
        change, names = clipboard.bring(self.scope, part, title)
        self.commit(change, bout)
        (use,) = part.nodes.values()
        return names[use.operator]

    def _tie(self, wanted: str, name: str, bout: object) -> None:
        """Tie the weights within a new use of a module of the library as they are tied there, in the same step."""
        part = _kept(wanted)
        if part is not None and part.ties:
            (use,) = part.nodes
            self.commit(clipboard.tie(self.scope, part, {use: name}), bout)

    def _height(self, operator: str) -> float:
        return height_of(self.declared(operator), {})

    def take_fix(self, fix: FixReport) -> None:
        """Make a change that the engine offers, as one step; what it adds stands where there is room, in any body."""
        whole, bout = self.scope.graph, object()
        draft = Draft(whole, begun(fix["title"]))
        records = {key: None if record is None else decode(key, record) for key, record in fix["records"].items()}
        for key, record in records.items():
            draft.put(key, record)
        made = {key: item.id for key, item in records.items() if isinstance(item, Node) and whole.get(key) is None}
        self.commit(draft.change(), bout)
        for module in ("", *whole.modules):
            scope = Scope(whole, module)
            added = [name for key, name in made.items() if key == f"{scope.prefix}nodes.{name}"]
            if added:
                self._settle(scope, added, bout)

    def _settle(self, scope: Scope, added: Sequence[str], bout: object) -> None:
        """Give places to nodes of a body that have none yet, as a part of the step before."""
        waiting = set(added)
        for chain in _chains(scope.body, added):
            shown = self.scene.geometry
            geometry = shown if scope == self.scope else Geometry(scope.body, self.scene.catalog, shown.flow)
            self.commit(edits.move(scope, _places_of(chain, geometry, waiting)), bout)
            waiting -= set(chain)

    def remove(self, nodes: Iterable[str], wires: Iterable[Input]) -> None:
        """Remove nodes and wires."""
        self.commit(edits.remove(self.scope, nodes, wires))

    def dissolve(self, nodes: Iterable[str]) -> None:
        """Remove nodes and join the wires."""
        self.commit(edits.dissolve(self.scope, nodes))

    def copied(self, nodes: Iterable[str]) -> str:
        """Return nodes and the wires between them as text."""
        return write_text(clipboard.excerpt(self.scope, nodes))

    def paste(self, text: str, middle: Place) -> list[str]:
        """Add the nodes of a text, their middle at a place or as near as there is room; return their ids.

        ValueError with a sentence where the text holds none.
        """
        catalog = self.scene.catalog
        other = pasted(text, catalog)
        heights = [height(other, node, catalog) for node in other.nodes.values()]
        old = [node.at for node in other.nodes.values()]
        left, top = _corner(other)
        right = max(x for x, _ in old) + WIDTH
        bottom = max(y + high for (_, y), high in zip(old, heights, strict=True))
        shift = round(middle[0] - (left + right) / 2), round(middle[1] - (top + bottom) / 2)
        wished = [(x + shift[0], y + shift[1]) for x, y in old]
        found = self._placing.clear(wished, heights)
        corner = left + found[0][0] - old[0][0], top + found[0][1] - old[0][1]
        change, names = clipboard.paste(self.scope, other, corner)
        self.commit(change)
        return names

    def duplicate(self, nodes: Iterable[str], offset: Place = (OFFSET, OFFSET)) -> list[str]:
        """Add copies of nodes beside them."""
        part = clipboard.excerpt(self.scope, nodes)
        corner = _corner(part)
        change, names = clipboard.paste(self.scope, part, (corner[0] + offset[0], corner[1] + offset[1]))
        self.commit(replace(change, title="Duplicate"))
        return names

    def duplicate_linked(self, nodes: Iterable[str], shift: Place) -> list[str]:
        """Add copies that have the same weights as their originals; ValueError where one has none to share."""
        chosen = list(nodes)
        for name in chosen:
            report = self.scene.report(name)
            if report is None:
                raise ValueError(tr("It is not known yet whether {node} has weights that could be shared.", node=name))
            if not report["parameters"]:
                raise ValueError(tr("{node} has no weights that could be shared.", node=name))
        change, names = clipboard.paste_linked(self.scope, chosen, shift)
        self.commit(change)
        return names

    # Modules

    def group(self, nodes: Collection[str], bout: object) -> tuple[str, str]:
        """Make a module of nodes; return the node that uses it and its name."""
        change, use, module = modules.group(self.scope, self.scene.catalog, nodes)
        self.commit(change, bout)
        return use, module

    def name_module(self, use: str, text: str, bout: object = None) -> str:
        """Name the module that a node uses; where the id is the old name's, it becomes the new one's. Return the id."""
        module = self.body.nodes[use].operator
        name = modules.class_name(text)
        if not name:
            raise ValueError(tr("A module's name has letters, such as Residual block."))
        self.commit(modules.rename_module(self.scope.graph, module, name), bout)
        if not re.fullmatch(rf"{modules.stem_of(module)}\d*", use) or name == module:
            return use
        free = fresh(modules.stem_of(name), self.body.nodes)
        self.commit(edits.rename(self.scope, use, free), bout)
        return free

    def unpack(self, nodes: Iterable[str]) -> list[str]:
        """Put the nodes of modules in the place of their uses; return their ids. Several uses are one step."""
        bout, found = object(), []
        for name in list(nodes):
            change, names = modules.unpack(self.scope, name)
            self.commit(change, bout)
            found += names
        return found

    def make_unique(self, nodes: Iterable[str]) -> str:
        """Give uses of a module a definition of their own; return its name."""
        change, name = modules.make_unique(self.scope, nodes)
        self.commit(change)
        return name

    def mute(self, nodes: Collection[str]) -> None:
        """Bypass nodes, or let them be again; ValueError where what arrives is not what they give."""
        change = modules.mute(self.scope, self.scene.catalog, nodes)
        for name in nodes:
            node = self.body.nodes[name]
            start = next(iter(self.body.inputs(name, self.declared(node.operator).inputs[0].name)), None)
            came = self.scene.type(start) if start is not None else None
            gives = self.scene.type(next(iter(self.scene.geometry.outputs(name))))
            if not node.when and came is not None and gives is not None and came != gives:
                before, after = (shape(kind["shape"]) for kind in (came, gives))
                told = {"node": name, "before": before, "after": after}
                raise ValueError(tr("{node} cannot be muted: {before} becomes {after} in it.", **told))
        self.commit(change)

    def repeat(self, node: str, text: str) -> None:
        """Let a node stand so many times in a chain: a number, or an expression of the options around."""
        copies = int(text) if text.isdecimal() and len(text) < 10 else text or 1
        self.commit(modules.set_repeat(self.scope, node, copies))

    def replaceable(self, node: str) -> list[Operator]:
        """Return what could stand in the place of a node: operators of its category first, then all others."""
        scope, catalog = self.scope, self.scene.catalog
        now = catalog.of(self.body, self.body.nodes[node])
        offered = [item for item in self.offered() if replacing.can_replace(scope, catalog, node, item)]
        taken = {start: self.scene.type(start) for start in self.body.into(node).values()}
        fitting = [item for item in offered if self._takes(node, item, taken)]
        return sorted(fitting, key=lambda item: now is None or item.category != now.category)

    def _takes(self, node: str, operator: Operator, taken: Mapping[Output, WireType | None]) -> bool:
        """Tell whether an operator's inputs take what is on the wires of a node, as far as that is known."""
        ends = replacing.inputs_kept(self.scope, node, operator) or {}
        for old, new in ends.items():
            kind, port = taken[self.body.wires[old]], operator.input(new.port)
            if kind is not None and port is not None and not fits(port, kind):
                return False
        return True

    def replace(self, node: str, operator: str) -> str:
        """Let another operator stand in the place of a node; an id that is the old one's name becomes the new one's."""
        bout, before = object(), self.declared(self.body.nodes[node].operator)
        self.commit(replacing.replace_with(self.scope, self.scene.catalog, node, operator), bout)
        if not re.fullmatch(rf"{before.stem}\d*", node):
            return node
        name = self.scope.free_id(self.declared(operator).stem)
        self.commit(edits.rename(self.scope, node, name), bout)
        return name

    def offered(self) -> list[Operator]:
        """Return what can be added here: the modules of the graph that may stand here, and all operators."""
        return [*self.own_modules(), *self.scene.catalog.operators.values()]

    def own_modules(self) -> list[Operator]:
        """Return the modules of the graph that may stand here."""
        own = [self.scene.catalog.find(self.body, name) for name in modules.placeable(self.scope)]
        return [item for item in own if item is not None]

    # Frames

    def frame(self, nodes: Iterable[str], bout: object) -> str:
        """Put a frame around nodes, of a colour that few others have; return its name."""
        used = [frame.colour for frame in self.body.frames.values()]
        colour = min(range(len(FRAME_COLOURS)), key=lambda number: (used.count(number), number))
        change, name = frames.add_frame(self.scope, nodes, colour=colour)
        self.commit(change, bout)
        return name

    def title_frame(self, frame: str, title: str, bout: object = None) -> None:
        """Write a title on a frame."""
        self.commit(frames.set_frame_title(self.scope, frame, title), bout)

    def recolour_frame(self, frame: str) -> None:
        """Give a frame the next colour."""
        colour = (self.body.frames[frame].colour + 1) % len(FRAME_COLOURS)
        self.commit(frames.set_frame_colour(self.scope, frame, colour))

    def remove_frame(self, frame: str) -> None:
        """Take a frame away; its nodes stay."""
        self.commit(frames.remove_frame(self.scope, frame))

    def move(
        self, places: dict[str, Place], into: Input | None = None, onto: Iterable[str] = (), bout: object = None
    ) -> None:
        """Place nodes; with a wire given, insert the one that was moved into it, in the same step.

        onto: the frames that they were dropped on: from then on they belong to them.
        """
        change = edits.move(self.scope, places).then(frames.put_into(self.scope, onto, places))
        if into is not None:
            ((name, _),) = places.items()
            box, start = self.scene.geometry.box(name), self.body.wires[into].node
            high = box.bottom - box.top
            wished = places[name][0] + WIDTH / 2, places[name][1] + high / 2
            (place,), moved = self._placing.between(start, [into.node], [high], wished, without=[name])
            change = edits.insert(self.scope, self.scene.catalog, name, into)
            change = change.then(edits.move(self.scope, {**moved, name: place}))
        self.commit(change, bout)

    def can_insert(self, name: str, wire: Input) -> bool:
        """Tell whether a node that is there can be put into a wire."""
        try:
            return bool(edits.insert(self.scope, self.scene.catalog, name, wire))
        except ConnectError:
            return False

    def tidy(self, places: Mapping[str, Place]) -> None:
        """Place nodes as they were laid out; a part of the graph stays where its upper left corner was."""
        left, top = _corner(self.body, places) if len(places) < len(self.body.nodes) else (0.0, 0.0)
        self.commit(edits.move(self.scope, {name: (x + left, y + top) for name, (x, y) in places.items()}, "Tidy"))

    def turning(self, flow: Flow) -> dict[str, Task]:
        """Return what is to be laid out anew where the flow is to go elsewhere: all bodies, by prefix of their keys."""
        shown, whole = self.scene.geometry, self.scene.document.graph
        bodies = {"": whole, **{f"modules.{name}.": module for name, module in whole.modules.items()}}
        return {
            prefix: replace(shown.task(groups=framed(body)), flow=flow)
            if body is shown.graph
            else task_of(body, self.scene.catalog, flow=flow, groups=framed(body))
            for prefix, body in bodies.items()
        }


def _kept(name: str) -> Graph | None:
    """Return a module of the user's library as a graph of one use, by its id in the palette; None of anything else."""
    found = shelf().kept.get(name.removeprefix(LIBRARY)) if name.startswith(LIBRARY) else None
    return found.part if found is not None else None


def framed(body: Body) -> dict[str, tuple[str, ...]]:
    """Return the nodes that stand together in a layout: those of each frame."""
    return {name: frame.nodes for name, frame in body.frames.items()}


def _corner(graph: Body, names: Iterable[str] | None = None) -> Place:
    nodes = [graph.nodes[name] for name in (graph.nodes if names is None else names)]
    return min((node.at[0] for node in nodes), default=0.0), min((node.at[1] for node in nodes), default=0.0)


def _chains(body: Body, added: Sequence[str]) -> list[list[str]]:
    """Return nodes in the order in which they feed each other; where one feeds several, another chain begins."""
    inside = set(added)
    fed = {name: [end.node for end in body.out_of(name) if end.node in inside] for name in added}
    later = {others[0] for others in fed.values() if others}
    found = []
    for first in (name for name in added if name not in later):
        chain = [first]
        while fed[chain[-1]] and fed[chain[-1]][0] not in chain:
            chain.append(fed[chain[-1]][0])
        found.append([name for name in chain if name in inside])
        inside -= set(chain)
    return found


def _places_of(chain: Sequence[str], geometry: Geometry, waiting: Collection[str]) -> Mapping[str, Place]:
    """Return where nodes that feed each other are put, and what makes way; waiting: nodes that have no place yet."""
    body, placing = geometry.graph, Placing(geometry)
    heights = [box.bottom - box.top for box in map(geometry.box, chain)]
    start = next((item.node for item in body.into(chain[0]).values() if item.node not in waiting), None)
    ends = {end.node for end in body.out_of(chain[-1]) if end.node not in waiting}
    moved: Mapping[str, Place] = {}
    if start is not None and ends:
        places, moved = placing.between(start, ends, heights, without=waiting)
    elif start is not None:
        places = placing.behind(start, heights, without=waiting)
    else:
        places = placing.clear([body.nodes[name].at for name in chain], heights, without=waiting)
    return {**moved, **dict(zip(chain, places, strict=True))}

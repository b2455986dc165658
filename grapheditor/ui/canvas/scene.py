"""What the canvas shows: geometry, the texts of nodes, what the last analysis says of them, and what is selected.

The scene says what, :mod:`grapheditor.ui.canvas.paint` says how it looks.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from enum import IntEnum
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from grapheditor.authoring import Operator
from grapheditor.catalog import Catalog
from grapheditor.edit import Change, Document
from grapheditor.edit.modules import OFF
from grapheditor.edit.scope import Scope, feeder, holders, path_to, scope_at
from grapheditor.engine.messages import Analysis, FixReport, NodeReport, ProblemReport, WireType
from grapheditor.graph import Body, Input, Node, Output
from grapheditor.graph.body import input_of
from grapheditor.ui.canvas.geometry import FRAME_TITLE, Box, Geometry
from grapheditor.ui.canvas.overlay import Heat, Overlay, heat
from grapheditor.ui.canvas.rows import Mask
from grapheditor.ui.canvas.stages import Stages, stages
from grapheditor.ui.canvas.texts import brief_count
from grapheditor.ui.texts import tr

Kinds = NDArray[np.int8]


Names = tuple[tuple[str, ...], tuple[str, ...]]
NAMELESS: Names = ((), ())
"""The names of a card's inputs and outputs where it has no more than one of each."""


class Severity(IntEnum):
    """How bad the worst problem of a node is."""

    NONE = 0
    HINT = 1
    WARNING = 2
    ERROR = 3


class WireKind(IntEnum):
    """How a wire is drawn."""

    PLAIN = 0
    UNKNOWN = 1
    """Its shape could not be found."""
    FAULTY = 2
    """What it brings does not suit its input."""
    ACTIVE = 3
    """It leaves a selected node."""
    SELECTED = 4
    HIDDEN = 5
    """Its end is being dragged elsewhere."""


@dataclass(frozen=True, slots=True)
class Label:
    """The texts on a node's card.

    copies: how often it is repeated (``×12``), or what it goes through. link: the number of the set of weights that it
    shares with others. ports: the names of inputs and of outputs, none where a single one needs none.
    """

    title: str
    id: str
    summary: str
    parameters: str
    copies: str = ""
    link: int | None = None
    ports: Names = NAMELESS

    @property
    def name(self) -> str:
        """The title with what stands behind it."""
        return f"{self.title} {self.copies}" if self.copies else self.title


class Scene:
    """The document as it is shown. Keeps its arrays and texts until a change, an analysis or a selection voids them."""

    def __init__(self, document: Document, catalog: Catalog, path: str = "") -> None:
        """path: of the use of a module whose definition is shown; KeyError where there is none."""
        found = scope_at(document.graph, path)
        if found is None:
            raise KeyError(path)
        self.document = document
        self.catalog = catalog
        self.path = path
        self.scope: Scope = found
        self.geometry = Geometry(self.body, catalog, document.graph.info.flow)
        self.analysis: Analysis | None = None
        self.selection: frozenset[str] = frozenset()
        self.wires: frozenset[Input] = frozenset()
        self.possible: Mask | None = None
        """While a wire is dragged: which nodes can take it. None otherwise."""
        self.lit: frozenset[str] | None = None
        """The nodes that are as they are while all others are dim; None where all are."""
        self.marked: frozenset[str] = frozenset()
        """The nodes with a ring around them: those that are meant by what is lit."""
        self.wanted: Literal["input", "output"] | None = None
        """While a wire is dragged: the kind of port that takes it."""
        self.target: Input | Output | None = None
        """The port that is lit up: where a dragged wire would be fastened, or under the resting pointer."""
        self.insertion: Input | None = None
        """The wire into which a dragged node would be put."""
        self.frame: str | None = None
        """The frame that is selected: it, and not what is in it."""
        self.joining: frozenset[str] = frozenset()
        """The frames that nodes which are being dragged would be put into."""
        self.found: frozenset[str] = frozenset()
        """The nodes that a search has found."""
        self.overlay: Overlay | None = None
        """What is shown as heat."""
        self.staged: bool = True
        """Whether nodes from afar are as high as their outputs are large, with a block around each stage."""
        self._stages: tuple[int, Analysis | None, Stages | None] | None = None
        self._heat: tuple[int, Overlay, Heat] | None = None
        self.fixes: list[FixReport] = []
        self.seeks = False
        """Whether they are still looked for."""
        """What would make the graph sound, for the first of its errors."""
        self._hidden: Input | None = None
        self._labels: dict[str, Label] = {}
        self._problems: dict[str, list[ProblemReport]] = {}
        self._severity: tuple[int, Kinds] | None = None
        self._kinds: tuple[int, Kinds] | None = None
        self._selected: tuple[int, Mask] | None = None
        self._dark: tuple[int, frozenset[str], Mask] | None = None
        self._muted: tuple[int, Mask] | None = None
        self._shared: tuple[int, dict[str, int]] | None = None
        self._looked_into = not path

    @property
    def body(self) -> Body:
        """The nodes and wires that are shown."""
        return self.scope.body

    # Following document, analysis and selection

    def stands(self) -> bool:
        """Tell whether what is shown is still there: a change may have removed the use, or the module."""
        return scope_at(self.document.graph, self.path) == self.scope

    def update(self, change: Change) -> None:
        """Follow a change that the document has just taken, and that leaves what is shown standing."""
        own = self.scope.own(change)
        modules = {key.split(".")[1] for key in change.differences if key.startswith("modules.")}
        if self.body is self.geometry.graph:
            self.geometry.update(own, modules)
        else:  # undone and done again it is another one
            self.geometry = Geometry(self.body, self.catalog, self.geometry.flow)
            self._labels.clear()
        self.geometry.turn(self.document.graph.info.flow)
        self._kinds = self._severity = self._selected = self._muted = None
        self.target = self.insertion = None
        self.joining = frozenset()
        for key in own:
            kind, _, name = key.partition(".")
            if kind in ("nodes", "wires"):  # a port that repeats has a name for each wire
                self._labels.pop(name if kind == "nodes" else input_of(name).node, None)
        if any(isinstance(node, Node) and node.weights for pair in own.values() for node in pair):
            self._labels.clear()
        if modules or "recipe" in change.differences:
            self._labels.clear()
        graph = self.body
        self.selection = frozenset(name for name in self.selection if name in graph.nodes)
        self.wires = frozenset(end for end in self.wires if end in graph.wires)
        self.found = frozenset(name for name in self.found if name in graph.nodes)
        if self.frame not in graph.frames:
            self.frame = None

    def analyse(self, analysis: Analysis | None) -> None:
        """Take what an analysis says; one of an older revision is shown until a newer one comes."""
        self.analysis = analysis
        self.fixes = []
        self._problems = {}
        for problem in analysis.problems if analysis else ():
            for holder in holders(self.scope, problem["node"] or ""):
                self._problems.setdefault(holder, []).append(problem)
        for problems in self._problems.values():
            problems.sort(key=lambda problem: -Severity[problem["severity"].upper()])
        self._labels.clear()
        self._kinds = self._severity = self._muted = None
        self._looked_into = analysis is not None and (not self.path or any(map(self.report, self.body.nodes)))

    def report(self, name: str) -> NodeReport | None:
        """Return what the last analysis tells of a node, here and at this use."""
        return self.analysis.nodes.get(path_to(self.path, name)) if self.analysis else None

    def select(self, nodes: Iterable[str], wires: Iterable[Input] = ()) -> bool:
        """Select what of these is there; tell whether that changed anything."""
        graph, framed = self.body, self.frame is not None
        self.frame = None
        chosen = frozenset(name for name in nodes if name in graph.nodes)
        ends = frozenset(end for end in wires if end in graph.wires)
        if (chosen, ends) == (self.selection, self.wires):
            return framed
        self.selection, self.wires = chosen, ends
        self._kinds = self._selected = None
        return True

    # Nodes

    def operator(self, name: str) -> Operator | None:
        """Return the operator of a node, None where the catalogue does not have it."""
        return self.catalog.of(self.body, self.body.nodes[name])

    def label(self, name: str) -> Label:
        """Return the texts of a node's card."""
        found = self._labels.get(name)
        if found is None:
            found = self._labels[name] = self._make_label(name)
        return found

    def _make_label(self, name: str) -> Label:
        node = self.body.nodes[name]
        operator = self.catalog.of(self.body, node)
        if operator is None:
            return Label(
                node.title or node.operator,
                name,
                tr("This operator is not known here"),
                "",
                ports=self._port_names(name),
            )
        report = self.report(name)
        values = report.get("values", {}) if report else {}
        summary = operator.summary({**node.options, **{key: values[key] for key in node.options if key in values}})
        recipe = self.document.graph.recipe
        source = self.catalog.sources.get(recipe.data or "")
        if operator.role == "input" and source is not None and not self.path:
            field = recipe.field(name)
            if any(item.name == field for item in source.fields):
                summary += f" · {source.id}"
        if operator.role == "input" and self.scope.module:
            summary = feeder(self.document.graph, self.path, name)
        if node.learning.frozen:
            summary = " · ".join(filter(None, (summary, tr("frozen"))))
        parameters = brief_count(report["parameters"]) if report and report["parameters"] else ""
        repeat = values.get("repeat", node.repeat)
        each = tr("each {ports}", ports=", ".join(node.scan)) if node.scan else ""
        copies = f"×{repeat}" if node.repeat != 1 else each
        link = self._sets().get(node.weights) if node.weights else None
        ports = self._port_names(name)
        return Label(node.title or tr(operator.title), name, summary, parameters, copies, link, ports)

    def _port_names(self, name: str) -> Names:
        """Return what is written at a node's ports; the free place of one that repeats has no number yet."""
        ends, starts = self.geometry.inputs(name), self.geometry.outputs(name)
        wired = self.body.wires
        inputs = [end.port if end.index is None else f"{end.index}" if end in wired else "" for end in ends]
        return tuple(inputs) if len(ends) > 1 else (), tuple(s.port for s in starts) if len(starts) > 1 else ()

    def _sets(self) -> dict[str, int]:
        """Return the sets of weights that several nodes share, numbered."""
        if self._shared is None or self._shared[0] != self.geometry.structure:
            counts = Counter(node.weights for node in self.body.nodes.values() if node.weights)
            names = sorted(name for name, count in counts.items() if count > 1)
            self._shared = self.geometry.structure, {name: number for number, name in enumerate(names)}
        return self._shared[1]

    def problems(self, name: str) -> list[ProblemReport]:
        """Return the problems of a node, the worst first."""
        return self._problems.get(name, [])

    def offer(self) -> tuple[str, ProblemReport, list[FixReport]] | None:
        """Return what would help the selected node: the node, its worst problem with a remedy, and the changes."""
        if len(self.selection) != 1 or self.analysis is None or self.analysis.revision != self.document.revision:
            return None
        (name,) = self.selection
        first = next((item for item in self.analysis.problems if item["severity"] == "error"), None)
        for problem in self.problems(name):
            fixes = problem["fixes"] or (self.fixes if problem is first else [])
            if fixes or "file" in problem or (problem is first and self.seeks):
                return name, problem, fixes
        return None

    def severities(self) -> Kinds:
        """Return the worst severity of each node, by slot."""
        if self._severity is None or self._severity[0] != self.geometry.structure:
            found = np.zeros(len(self.geometry.nodes), dtype=np.int8)
            for name, problems in self._problems.items():
                if name in self.geometry.nodes:
                    found[self.geometry.nodes.slot[name]] = Severity[problems[0]["severity"].upper()]
            self._severity = self.geometry.structure, found
        return self._severity[1]

    def selected(self) -> Mask:
        """Return which nodes are selected, by slot."""
        if self._selected is None or self._selected[0] != self.geometry.structure:
            self._selected = self.geometry.structure, self.geometry.mask(self.selection)
        return self._selected[1]

    def dim(self) -> Mask | None:
        """Return which nodes are dim, by slot: those that cannot take the wire that is dragged, or are not lit."""
        if self.possible is not None:
            return ~self.possible
        if self.lit is None:
            return None
        if self._dark is None or self._dark[:2] != (self.geometry.structure, self.lit):
            self._dark = self.geometry.structure, self.lit, ~self.geometry.mask(self.lit)
        return self._dark[2]

    def muted(self) -> Mask:
        """Return which nodes are bypassed at this use, by slot."""
        if self._muted is None or self._muted[0] != self.geometry.structure:
            names = [name for name, node in self.body.nodes.items() if node.when and self.bypassed(name)]
            self._muted = self.geometry.structure, self.geometry.mask(names)
        return self._muted[1]

    def bypassed(self, name: str) -> bool:
        """Tell whether a node is bypassed here: its switch is off."""
        report = self.report(name)
        return self.body.nodes[name].when == OFF or bool(report and report.get("bypassed"))

    def heat(self) -> Heat | None:
        """Return what the overlay says of each node, by slot; None where nothing is shown as heat."""
        if self.overlay is None:
            return None
        kept = self._heat
        if kept is None or kept[0] != self.geometry.structure or kept[1] is not self.overlay:
            paths = [path_to(self.path, name) for name in self.geometry.nodes.keys]
            kept = self._heat = self.geometry.structure, self.overlay, heat(self.overlay, paths)
        return kept[2]

    def stages(self) -> Stages | None:
        """Return the stages and sizes that are shown from afar; None where none are, or nothing is known."""
        if not self.staged or self.analysis is None:
            return None
        kept = self._stages
        if kept is None or kept[0] != self.geometry.structure or kept[1] is not self.analysis:
            geometry = self.geometry
            shapes = [self._first_shape(name) for name in geometry.nodes.keys]
            slots = geometry.nodes.slot
            wires = ((slots[start.node], slots[end.node]) for end, start in self.body.wires.items())
            kept = self._stages = geometry.structure, self.analysis, stages(shapes, wires)
        return kept[2]

    def _first_shape(self, name: str) -> list[int | str] | None:
        """Return the shape of what a node gives, or of what arrives where it gives nothing."""
        report = self.report(name)
        kinds = iter(report["outputs"].values()) if report is not None else iter(())
        given = next((kind["shape"] for kind in kinds), None)
        if given is None and report is not None:
            came = next((self.type(start) for start in self.body.into(name).values()), None)
            given = came["shape"] if came is not None else None
        return given

    # Frames

    def frames(self) -> dict[str, Box]:
        """Return the frames with their boxes, titles included; those that hold more lie below the others."""
        order = sorted(self.body.frames, key=lambda name: (-len(self.body.frames[name].nodes), name))
        boxes = {name: self.geometry.bounds(self.body.frames[name].nodes) for name in order}
        return {name: box.framed() for name, box in boxes.items() if box is not None}

    def bounds(self) -> Box | None:
        """Return the box around everything that is shown; None where there is nothing."""
        found = self.geometry.bounds()
        for box in self.frames().values():
            found = box.joined(found or box)
        return found

    def frame_at(self, place: tuple[float, float]) -> str | None:
        """Return the frame whose title is at a place, the uppermost where several are."""
        x, y = place
        titles = {name: box for name, box in self.frames().items() if box.top <= y <= box.top + FRAME_TITLE}
        return next((name for name in reversed(titles) if titles[name].left <= x <= titles[name].right), None)

    def frames_under(self, place: tuple[float, float], moved: Collection[str]) -> frozenset[str]:
        """Return the frames on which nodes that are moved are dropped at a place: those of no node among them."""
        x, y = place
        return frozenset(
            name
            for name, box in (self.frames() if self.body.frames else {}).items()
            if box.left <= x <= box.right and box.top <= y <= box.bottom
            if set(moved).isdisjoint(self.body.frames[name].nodes)
        )

    def node_at(self, place: tuple[float, float]) -> str | None:
        """Return the node whose card is seen at a place; what is selected lies over everything else."""
        return self.geometry.node_at(*place, self.selected())

    # Wires

    def type(self, start: Output) -> WireType | None:
        """Return what travels on the wires from an output, None where that is not known."""
        report = self.report(start.node)
        return report["outputs"].get(start.port) if report else None

    def shape(self, start: Output) -> str:
        """Return the shape on the wires from an output as it is written on them, empty where it is not known."""
        kind = self.type(start)
        if kind is None:
            return ""
        return "×".join(map(str, kind["shape"])) or "scalar"

    def kinds(self) -> Kinds:
        """Return the WireKind of each wire, by slot."""
        if self._kinds is None or self._kinds[0] != self.geometry.structure:
            self._kinds = self.geometry.structure, self._find_kinds()
        return self._kinds[1]

    def _find_kinds(self) -> Kinds:
        wires = self.geometry.wires
        found = np.zeros(len(wires), dtype=np.int8)
        if self.analysis is not None:
            current = self.analysis.revision == self.document.revision
            for end, slot in wires.slot.items():
                start = self.body.wires[end]
                report = self.report(start.node)
                if report is None:
                    found[slot] = WireKind.UNKNOWN if current and self._looked_into else WireKind.PLAIN
                elif start.port not in report["outputs"]:
                    found[slot] = WireKind.UNKNOWN
        if self.selection:
            found[(found == WireKind.PLAIN) & self.selected()[self.geometry.sources()]] = WireKind.ACTIVE
        for name, problems in self._problems.items():
            faulty = {item["port"] for item in problems if item["severity"] == "error" and is_of(item, name)}
            for end in self.body.into(name) if name in self.body.nodes else ():
                if end.port in faulty:
                    found[wires.slot[end]] = WireKind.FAULTY
        found[wires.slots(self.wires)] = WireKind.SELECTED
        if self._hidden is not None and self._hidden in wires:
            found[wires.slot[self._hidden]] = WireKind.HIDDEN
        return found

    def hide(self, wire: Input | None) -> None:
        """Leave a wire out of the picture while its end is dragged; None ends that."""
        self._hidden = wire
        self._kinds = None


def is_of(problem: ProblemReport, name: str) -> bool:
    """Tell whether a problem is a node's own, and not one of something inside of it."""
    return (problem["node"] or "").rpartition(".")[2] == name

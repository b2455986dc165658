"""A network and data that do not fit each other: the one edit after which it learns from them.

What the network computes stays as it is, so that weights from elsewhere still find their places: images are brought to
its size by an operator behind its input, and only the last layer gets as many results as there are classes. Of a text
that has more pieces than the network knows, the table behind its input and the last layer get a row for each.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from grapheditor.authoring.options import Value
from grapheditor.catalog import Catalog
from grapheditor.edit import edits
from grapheditor.edit.change import Change, Draft, between
from grapheditor.edit.edits import Arriving
from grapheditor.edit.scope import Scope
from grapheditor.graph import Graph, Node, Objective, Output
from grapheditor.graph.names import fresh, natural

Sizes = tuple[int | str, ...]
ROWS = "num_embeddings"
WIDTHS = ("out_features", "out_channels")
"""Options that say how many numbers a layer gives: of the last one, how many classes it tells apart."""
LABEL = "label"
"""What is told apart where there are several kinds of classes, such as fine and coarse ones."""
ROW, COLUMN = 100.0, 300.0
"""How far along the flow one operator stands behind another, down and to the right."""


@dataclass(frozen=True, slots=True)
class Adaptation:
    """What makes a network learn from data.

    misfits: what does not fit, in clauses. does: what the change does about it, in a few words each. refused: whether a
    training would be refused without it; else there is only nothing to minimise yet.
    """

    change: Change
    misfits: tuple[str, ...]
    does: tuple[str, ...]
    refused: bool


def adapt(graph: Graph, catalog: Catalog, fields: Sequence[Arriving]) -> Adaptation | None:
    """Return what brings a network and the fields of its data together; None where nothing has to be done.

    Inputs take the field of their name, or else one of their kind, in its shape. An image of another size goes through
    a Resize first; where nothing normalises yet, through Normalize too. Where no loss is there, the scores are compared
    with the data's classes, and the last layer gives as many of them as there are.
    """
    made = _Adapting(graph, catalog, fields)
    made.bind()
    for name, arriving in made.bound.items():
        made.take(name, arriving)
        made.tell_pieces_apart(name, arriving)
    made.refused = bool(made.misfits)
    made.tell_classes_apart()
    if not made.misfits:
        return None
    made.normalise()
    change = between(graph, made.graph, "Adapt to the data")
    return Adaptation(change, tuple(made.misfits), tuple(made.does), made.refused) if change else None


@dataclass(slots=True)
class _Adapting:
    """A graph that is being adapted, copied before its first change.

    bound: the inputs that something takes, and the fields that they take.
    """

    graph: Graph
    catalog: Catalog
    fields: Sequence[Arriving]
    bound: dict[str, Arriving] = field(default_factory=dict)
    misfits: list[str] = field(default_factory=list)
    does: list[str] = field(default_factory=list)
    refused: bool = False
    _copied: bool = False

    def _apply(self, change: Change) -> None:
        """Make a change of the copy; it was found on the graph as it is now."""
        if not self._copied:
            self.graph, self._copied = self.graph.copy(), True
        change.apply(self.graph)

    def _inputs(self, used: bool) -> list[str]:
        nodes = (name for name, node in self.graph.nodes.items() if node.operator == "input")
        return sorted((name for name in nodes if bool(self.graph.out_of(name)) == used), key=natural)

    def _option(self, name: str, option: str) -> Value:
        node = self.graph.nodes[name]
        declared = self.catalog.operators[node.operator].option(option)
        assert declared is not None
        return node.options.get(option, declared.default)

    def _set(self, name: str, option: str, value: object, module: str = "") -> None:
        self._apply(edits.set_option(Scope(self.graph, module), self.catalog, [name], option, value))

    # Inputs

    def bind(self) -> None:
        """Give each input that something takes a field: that of its name, or the first of its kind that is free."""
        known = {item.name: item for item in self.fields}
        used = self._inputs(used=True)
        self.bound = {name: known[named] for name in used if (named := self.graph.recipe.field(name)) in known}
        for name in used:
            if name in self.bound:
                continue
            taken = {item.name for item in self.bound.values()}
            free = [item for item in self.fields if item.name not in taken and self._alike(name, item)]
            if free:
                self.bound[name] = free[0]
                self._rebind(name, free[0].name)

    def _alike(self, name: str, arriving: Arriving) -> bool:
        """Tell whether an input takes such things: as many dimensions, numbers or classes."""
        shape = self._option(name, "shape")
        assert isinstance(shape, tuple)
        return len(shape) - 1 == len(arriving.shape) and (self._option(name, "dtype") == "int64") == (
            arriving.dtype == "int64"
        )

    def _rebind(self, name: str, field_name: str) -> None:
        idle = [other for other in self._inputs(used=False) if self.graph.recipe.field(other) == field_name]
        self._apply(edits.remove(Scope(self.graph), idle))
        fields = {key: value for key, value in self.graph.recipe.fields.items() if key != name}
        self._apply(edits.set_recipe(self.graph, fields={**fields, name: field_name}))
        self.does.append(f"{name} takes {field_name}")

    def take(self, name: str, arriving: Arriving) -> None:
        """Let an input take its field in the shape that it has; what it feeds still gets images of the size it had."""
        shape = self._option(name, "shape")
        assert isinstance(shape, tuple)
        sizes = shape[1:]
        if self._option(name, "dtype") != arriving.dtype:
            self.misfits.append(f"{name} takes {self._option(name, 'dtype')}, and the data has {arriving.dtype}")
            self._set(name, "dtype", arriving.dtype)
        if len(sizes) == len(arriving.shape) and all(map(_fits, sizes, arriving.shape)):
            return
        self.misfits.append(f"{name} takes {_shown(sizes)}, and the data has {_shown(arriving.shape)}")
        self._set(name, "shape", (shape[0], *arriving.shape))
        self.does.append(f"{name} of {_shown(arriving.shape)}")
        if len(sizes) == len(arriving.shape) == 3 and not self._has_masks:
            self._resize(name, arriving.shape[1:], sizes[1:])

    def _resize(self, name: str, given: Sizes, wanted: Sizes) -> None:
        """Bring an image from one height and width to another; what shrinks keeps its fine lines from flickering."""
        pairs = [(a, b) for a, b in zip(given, wanted, strict=True) if isinstance(a, int) and isinstance(b, int)]
        if len(pairs) == 2 and given != wanted:
            size = wanted[0] if wanted[0] == wanted[1] else wanted
            self._insert(name, "resize", {"size": size, "antialias": any(a > b for a, b in pairs)})
            self.does.append(f"Resize to {_shown(wanted)}")

    @property
    def _has_masks(self) -> bool:
        """Whether the data says the class of each pixel, which has to stand where the pixel does."""
        return any(item.classes and len(item.shape) > 1 for item in self.fields)

    def normalise(self) -> None:
        """Bring images to mean 0 and deviation 1, unless something in the network does so."""
        bodies = (self.graph, *self.graph.modules.values())
        kinds = {node.operator for body in bodies for node in body.nodes.values()}
        if any(self.catalog.operators[kind].fitted for kind in kinds & self.catalog.operators.keys()):
            return
        for name, arriving in self.bound.items():
            if len(arriving.shape) == 3 and arriving.dtype.startswith("float"):
                self._insert(name, "normalize", {})
                self.does.append("Normalize")

    def _insert(self, name: str, operator: str, options: dict[str, Value]) -> None:
        """Put an operator behind an input; all that stands further on makes room."""
        draft, (x, y) = Draft(self.graph, "Insert"), self.graph.nodes[name].at
        made = fresh(self.catalog.operators[operator].stem, self.graph.nodes)
        right, down = (COLUMN, 0.0) if self.graph.info.flow == "right" else (0.0, ROW)
        for other in self.graph.nodes.values():
            if other.at[0] > x if right else other.at[1] > y:
                draft.put(f"nodes.{other.id}", other.moved((other.at[0] + right, other.at[1] + down)))
        draft.put(f"nodes.{made}", Node(made, operator, at=(x + right, y + down)))
        for end in self.graph.out_of(name):
            draft.put(f"wires.{end}", Output(made))
        draft.put(f"wires.{made}.x", Output(name))
        self._apply(draft.change())
        for option, value in options.items():
            self._set(made, option, value)

    # Classes, and pieces of a text

    def tell_pieces_apart(self, name: str, arriving: Arriving) -> None:
        """Have the tables behind an input know all that its numbers name."""
        for end in sorted(self.graph.out_of(name), key=str):
            kind = self.catalog.operators.get(self.graph.nodes[end.node].operator)
            rows = self._option(end.node, ROWS) if kind is not None and kind.option(ROWS) is not None else None
            if type(rows) is int and rows < arriving.kinds:
                text = f"{end.node} has {rows:,} rows, and {arriving.name} has {arriving.kinds:,} kinds of numbers"
                self.misfits.append(text)
                self._set(end.node, ROWS, arriving.kinds)
                self.does.append(f"{arriving.kinds:,} rows in {end.node}")

    def tell_classes_apart(self) -> None:
        """Have the network tell the data's classes apart, and learn to."""
        target = self._target()
        losses = self._of_role("loss")
        scores = self._scores(losses, target)
        if target is not None and scores is not None:
            self._widen(scores, target, bool(losses))
            if not losses:
                self._compare(scores, target)
        if self._of_role("loss"):
            self._minimise()

    def _target(self) -> Arriving | None:
        """Return the field that is told: one that is compared already, or the label, or else other classes."""
        compared = {start.node for end, start in self.graph.wires.items() if end.port == "target"}
        first = (item for name, item in self.bound.items() if name in compared and item.kinds and item.dtype == "int64")
        known = [item for item in self.fields if item.classes and item.dtype == "int64"]
        return next(first, None) or next((item for item in known if item.name == LABEL), next(iter(known), None))

    def _of_role(self, role: str) -> list[str]:
        kinds = ((name, self.catalog.of(self.graph, node)) for name, node in self.graph.nodes.items())
        return sorted((name for name, kind in kinds if kind is not None and kind.role == role), key=natural)

    def _scores(self, losses: Sequence[str], target: Arriving | None) -> Output | None:
        """Return what is compared with the target, or the first result of a network without a loss."""
        for name in losses:
            true, said = self.graph.inputs(name, "target"), self.graph.inputs(name, "x")
            if true and said and target is not None and self.bound.get(true[0].node) == target:
                return said[0]
        ends = [] if losses else [start for name in self._of_role("output") for start in self.graph.inputs(name, "x")]
        return next(iter(ends), None)

    def _widen(self, scores: Output, target: Arriving, learns: bool) -> None:
        """Let the last layer give one score for each class, or for each piece of a text.

        More of them than a network that learns needs are left alone, unless it has to be adapted anyway.
        """
        place = self._head(Scope(self.graph), scores)
        if place is None:
            return
        scope, name, option = place
        node = scope.body.nodes[name]
        kind = self.catalog.of(self.graph, node)
        declared = kind.option(option) if kind is not None else None
        count = node.options.get(option, declared.default if declared is not None else None)
        if type(count) is not int or count == target.kinds:
            return
        spare = learns and count > target.kinds
        if spare and not self.misfits:
            return
        self.refused |= learns and not spare
        what = "classes" if target.classes else "pieces of text"
        self.misfits.append(f"it tells {count:,} {what} apart, and the data has {target.kinds:,}")
        self._set(name, option, target.kinds, scope.module)
        self.does.append(f"{target.kinds:,} {what}")

    def _head(self, scope: Scope, start: Output) -> tuple[Scope, str, str] | None:
        """Return where it is said how many numbers arrive: body, node and option; None where several places say it."""
        body = scope.body
        for _ in body.nodes:
            node = body.nodes[start.node]
            module = self.graph.modules.get(node.operator)
            if module is not None:
                return self._head_of(scope, node, start.port)
            operator = self.catalog.operators.get(node.operator)
            if operator is None:
                return None
            option = next((name for name in WIDTHS if operator.option(name) is not None), None)
            if option is not None:
                return scope, node.id, option
            arriving = list(body.into(node.id).values())
            if len(arriving) != 1:
                return None
            start = arriving[0]
        return None

    def _head_of(self, scope: Scope, use: Node, port: str) -> tuple[Scope, str, str] | None:
        """Return the same for a result of a module: an option of the use, or a place in a definition used but once."""
        inner, module = Scope(self.graph, use.operator), self.graph.modules[use.operator]
        ends = [module.inputs(name, "x") for given, name in module.head.outputs if given == port]
        found = self._head(inner, ends[0][0]) if ends and ends[0] else None
        if found is None:
            return None
        place, name, option = found
        value = place.body.nodes[name].options.get(option)
        if isinstance(value, str) and place == inner:
            known = [item.name for item in inner.options]
            wanted = value.removeprefix("=").strip()
            return (scope, use.id, wanted) if wanted in known else None
        uses = sum(node.operator == use.operator for node in self._all_nodes())
        return found if uses == 1 and use.repeat == 1 else None

    def _all_nodes(self) -> Iterator[Node]:
        for body in (self.graph, *self.graph.modules.values()):
            yield from body.nodes.values()

    def _compare(self, scores: Output, target: Arriving) -> None:
        """Add what the classes are compared with, a loss and a metric, and minimise the loss."""
        self._apply(edits.add_inputs(self.graph, [target])[0])
        inputs = (*self._inputs(used=False), *self._inputs(used=True))
        label = next(name for name in inputs if self.graph.recipe.field(name) == target.name)
        draft, (x, y) = Draft(self.graph, "Compare"), self.graph.nodes[scores.node].at
        for place, (operator, stem) in enumerate((("cross_entropy", "loss"), ("accuracy", "accuracy")), 1):
            name = stem if stem not in self.graph.nodes else fresh(stem, self.graph.nodes)
            draft.put(f"nodes.{name}", Node(name, operator, at=(x + COLUMN * place, y + ROW)))
            draft.put(f"wires.{name}.x", scores)
            draft.put(f"wires.{name}.target", Output(label))
        self._apply(draft.change())

    def _minimise(self) -> None:
        """Minimise the first loss, where nothing is minimised."""
        if not self.graph.recipe.objectives:
            loss = self._of_role("loss")[0]
            self._apply(edits.set_recipe(self.graph, objectives=(Objective(loss),)))
            self.misfits.append("nothing says what it is to learn")
            self.does.append(f"{loss} is minimised")


def _fits(wanted: int | str, size: int | str) -> bool:
    """Tell whether a size may arrive: it is that one, or the input takes any."""
    return isinstance(wanted, str) or wanted == size


def _shown(sizes: Sequence[object]) -> str:
    return "×".join(map(str, sizes)) or "one number"

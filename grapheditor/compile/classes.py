"""Which classes the source of a graph has: one for each module definition, with what differs between its uses as
arguments of the constructor.

Values are the truth, texts are hints: an argument is written as an expression of the module's options where that gives
the right value in every use, as a literal where all uses agree, else it becomes an argument of the constructor.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from grapheditor.authoring.expression import Constant, Construct, Expression, Known, Word, walk
from grapheditor.authoring.options import Value
from grapheditor.compile.facts import BodyInfo, NodeInfo
from grapheditor.compile.text import literal, signature
from grapheditor.graph import Body, Module
from grapheditor.graph.arithmetic import (
    Binary,
    Name,
    Number,
    SizeError,
    Term,
    compute,
    is_expression,
    names,
    parse,
    show,
)
from grapheditor.graph.order import inner_first

Values = list[list[Value]]
"""What something is in each use of a class, and there in each copy of a chain."""
FACTORS = (2, 3, 4, 6, 8, 16)
"""A size that is such a multiple of an option in every use is written so."""
ARRIVING = ("in_features", "in_channels", "num_features", "normalized_shape", "input_size", "embed_dim", "num_channels")
"""Arguments of torch's layers that the shape of what arrives decides."""


@dataclass(slots=True)
class Parameter:
    """An argument of a class's constructor: what it is in each use, and its default."""

    name: str
    values: list[Value]
    default: Value | None = None

    @property
    def annotation(self) -> str:
        """The type of its values."""
        kinds = {_kind(value) for value in self.values}
        return " | ".join(sorted(kinds, key=["bool", "int", "float", "str", "tuple[int, ...]"].index))


def _kind(value: Value) -> str:
    return "tuple[int, ...]" if isinstance(value, tuple) else type(value).__name__


@dataclass(slots=True)
class Scope:
    """A class in the making: a body and what is known of it in each use."""

    name: str
    body: Body
    uses: list[Mapping[str, NodeInfo]]
    options: list[Mapping[str, Value]]
    left_out: frozenset[str] = frozenset()
    """Options that some node which uses the module does not set: they have a default in the constructor too."""
    parameters: list[Parameter] = field(default_factory=list)
    stored: dict[str, str] = field(default_factory=dict)
    """Attributes that ``forward`` reads, and the text that the constructor gives them."""

    def terms(self) -> Iterator[Term]:
        """Yield the expressions that a person wrote in the body, the module's options first."""
        if isinstance(self.body, Module):
            yield from (Name(item.name) for item in self.body.head.options)
        for node in self.body.nodes.values():
            yield from own_terms(self.body, node.id)

    def present(self, node: str) -> list[int]:
        """Return the uses in which a node is not bypassed."""
        return [i for i, nodes in enumerate(self.uses) if node in nodes and not nodes[node].bypassed]

    def conditional(self, node: str) -> bool:
        """Tell whether a node is bypassed in some uses and not in others."""
        known = self.body.nodes[node]
        return bool(known.when) and known.repeat == 1 and 0 < len(self.present(node)) < len(self.uses)

    def info(self, node: str) -> NodeInfo:
        """Return what is known of a node in the first use that has it, else that it is bypassed."""
        present = self.present(node)
        return self.uses[present[0] if present else 0][node]

    def write(self, values: Values, uses: Sequence[int], name: str, prefer: Iterable[Term] = ()) -> str:
        """Return the text that has these values in these uses, for the constructor."""
        for term in prefer:
            if self._is(term, values, uses):
                return self.term(term)
        flat = [value for row in values for value in row]
        if all(_same(value, flat[0]) for value in flat):
            return literal_of(flat[0])
        for term in self.terms():
            if self._is(term, values, uses):
                return self.term(term)
        if all(_same(value, row[0]) for row in values for value in row):
            return self._argument([row[0] for row in values], uses, name)
        return self._along(values, uses, name)

    def _along(self, values: Values, uses: Sequence[int], name: str) -> str:
        """Write what changes from copy to copy: a line through the first two, or another first one, else a list."""
        lines = [_line(row) for row in values]
        if all(line is not None for line in lines):
            first = self.write([[line[0]] for line in lines if line], uses, name)
            step = self.write([[line[1]] for line in lines if line], uses, f"{name}_step", self.terms())
            return f"{first} + {'i' if step == '1' else f'i * {step}'}"
        if all(_same(value, row[1]) for row in values if len(row) > 1 for value in row[1:]):
            first = self.write([[row[0]] for row in values], uses, f"first_{name}")
            rest = self.write([[row[-1]] for row in values], uses, name)
            return f"{first} if i == 0 else {rest}"
        if all(_same(tuple(row), tuple(values[0])) for row in values):  # type: ignore[arg-type]
            return f"[{', '.join(map(literal_of, values[0]))}][i]"
        raise SizeError(f"{name} changes from copy to copy in a way that no expression was found for")

    def _is(self, term: Term, values: Values, uses: Sequence[int]) -> bool:
        try:
            return all(
                _same(compute(term, {**self.options[use], "i": i}), value)  # type: ignore[dict-item]
                for use, row in zip(uses, values, strict=True)
                for i, value in enumerate(row)
            )
        except SizeError:
            return False

    def term(self, term: Term) -> str:
        """Write an expression of the module's options; they become arguments of the constructor."""
        for name in sorted(names(term) - {"i"}):
            self.need(name)
        return show(term, wide=True)

    def need(self, option: str) -> None:
        """Make an option of the module an argument of the constructor."""
        assert isinstance(self.body, Module)
        if all(item.name != option for item in self.parameters):
            values = [options[option] for options in self.options]
            default = next(item.default for item in self.body.head.options if item.name == option)
            self.parameters.append(Parameter(option, values, default if option in self.left_out else None))

    def _argument(self, values: list[Value], uses: Sequence[int], name: str) -> str:
        known = dict(zip(uses, values, strict=True))
        for item in self.parameters:
            if all(_same(item.values[use], value) for use, value in known.items()):
                return item.name
        for option in self.body.head.options if isinstance(self.body, Module) else ():
            for factor in FACTORS:
                multiple = Binary("*", Number(factor), Name(option.name))
                if len(set(values)) > 1 and self._is(multiple, [[value] for value in values], uses):
                    return self.term(multiple)
        taken = {item.name for item in self.parameters} | {
            item.name for item in (self.body.head.options if isinstance(self.body, Module) else ())
        }
        free = next(word for word in (name, *(f"{name}{i}" for i in range(2, len(taken) + 3))) if word not in taken)
        self.parameters.append(Parameter(free, [known.get(use, values[0]) for use in range(len(self.uses))]))
        return free

    def ordered(self) -> list[Parameter]:
        """Return the constructor's arguments: sizes that arrive, the module's options, those with a default last."""
        options = [item.name for item in self.body.head.options] if isinstance(self.body, Module) else []

        def place(item: Parameter) -> tuple[bool, int]:
            return item.default is not None, options.index(item.name) if item.name in options else -1

        return sorted(self.parameters, key=place)

    def store(self, text: str, name: str) -> str:
        """Keep a value for ``forward``; return the attribute."""
        for attribute, kept in self.stored.items():
            if kept == text:
                return attribute
        taken = set(self.body.nodes) | set(self.stored)
        free = next(word for word in (name, *(f"{name}{i}" for i in range(2, len(taken) + 3))) if word not in taken)
        self.stored[free] = text
        return free


def own_terms(body: Body, node: str) -> list[Term]:
    """Return the expressions among a node's options."""
    return [parse(str(value)[1:]) for value in body.nodes[node].options.values() if is_expression(value)]


def _same(a: Value, b: Value) -> bool:
    return type(a) is type(b) and a == b


def _line(row: Sequence[Value]) -> tuple[int, int] | None:
    """Return start and step of whole numbers that rise evenly, None where they do not."""
    numbers = [value for value in row if isinstance(value, int) and not isinstance(value, bool)]
    if len(numbers) != len(row):
        return None
    step = numbers[1] - numbers[0] if len(numbers) > 1 else 0
    even = all(value == numbers[0] + i * step for i, value in enumerate(numbers))
    return (numbers[0], step) if even else None


def literal_of(value: Value) -> str:
    """Write a value as Python does."""
    if isinstance(value, tuple):
        return f"({', '.join(map(literal_of, value))}{',' if len(value) == 1 else ''})"
    return literal(value)


def replacements(scope: Scope, node: str) -> dict[int, Expression]:
    """Return what stands, in the recordings of a node's first use, for the leaves that are not the same in all."""
    uses = scope.present(node)
    rows = [[copy.recording for copy in scope.uses[use][node].instances] for use in uses]
    found: dict[int, Expression] = {}
    prefer = own_terms(scope.body, node)
    for place, construct in enumerate(rows[0][0].constructs):
        named = _named(construct)
        columns = [[list(walk((item.constructs[place],))) for item in row] for row in rows]
        for at, leaf in enumerate(columns[0][0]):
            if isinstance(leaf, Constant | Known):
                values = [[_value(copy[at]) for copy in row] for row in columns]
                name = named.get(id(leaf), "size")
                hints = [*prefer, *(scope.terms() if name in ARRIVING else ())]
                found |= _replaced(leaf, values, scope.write(values, uses, name, hints))
    inside = {id(item) for construct in rows[0][0].constructs for item in walk((construct,))}
    columns = [[list(walk(item.outputs)) for item in row] for row in rows]
    for at, leaf in enumerate(columns[0][0]):
        if isinstance(leaf, Constant) and id(leaf) not in inside:
            values = [[_value(copy[at]) for copy in row] for row in columns]
            if any(not _same(value, values[0][0]) for row in values for value in row):
                name = next(
                    (key for key, value in (scope.info(node).options or {}).items() if _same(value, values[0][0])),
                    "size",
                )
                found[id(leaf)] = Word(f"self.{scope.store(scope.write(values, uses, name, prefer), name)}")
    return found


def _replaced(leaf: Expression, values: Values, text: str) -> dict[int, Expression]:
    return {} if text == literal_of(values[0][0]) else {id(leaf): Word(text, 10 if text.isidentifier() else 0)}


def _value(leaf: Expression) -> Value:
    assert isinstance(leaf, Constant | Known)
    return leaf.value  # type: ignore[return-value]


def _named(construct: Construct) -> dict[int, str]:
    """Name the leaves of a construct after torch's parameters."""
    parameters = list(signature(construct.function) or ())
    found: dict[int, str] = {}
    for name, item in [*zip(parameters, construct.arguments, strict=False), *construct.keywords]:
        found.update((id(part), name) for part in walk((item,)))
    return found


class Classes:
    """All classes of a graph. ``main`` is the graph's own; ``inner`` those of its modules, used ones first."""

    def __init__(self, body: Body, nodes: Mapping[str, NodeInfo], name: str) -> None:
        self.main = Scope(name, body, [nodes], [{}])
        self.inner: list[Scope] = []
        self._of: dict[int, Scope] = {}
        self._place: dict[int, int] = {}
        self._kept: list[BodyInfo] = []
        self._collect(body, [nodes])

    def of(self, inside: BodyInfo) -> Scope:
        """Return the class that a module's inside is an object of."""
        return self._of[id(inside)]

    def place(self, inside: BodyInfo) -> int:
        """Return which of the class's uses an inside is."""
        return self._place[id(inside)]

    def _collect(self, body: Body, uses: list[Mapping[str, NodeInfo]]) -> None:
        """Find every inside below some uses of a body, and group those of a module by what they do."""
        found: dict[str, dict[int, NodeInfo]] = {}
        self._find(body, uses, found)
        left_out = {name: _left_out(body, body.modules[name]) for name in found}
        for name in filter(found.__contains__, inner_first(body)):
            groups: dict[str, list[NodeInfo]] = {}
            for info in found[name].values():
                groups.setdefault(self._signature(body.modules[name], info), []).append(info)
            for number, infos in enumerate(groups.values(), 1):
                insides = [info.inside for info in infos if info.inside is not None]
                scope = Scope(
                    name if number == 1 else f"{name}{number}",
                    body.modules[name],
                    [inside.nodes for inside in insides],
                    [info.options or {} for info in infos],
                    left_out[name],
                )
                self.inner.append(scope)
                for place, inside in enumerate(insides):
                    self._of[id(inside)], self._place[id(inside)] = scope, place
                self._kept += insides

    def _find(self, body: Body, uses: list[Mapping[str, NodeInfo]], found: dict[str, dict[int, NodeInfo]]) -> None:
        for nodes in uses:
            for name, info in nodes.items():
                module = body.modules.get(body.nodes[name].operator)
                if module is None or info.bypassed:
                    continue
                known = found.setdefault(module.id, {})
                for copy in info.instances:
                    if copy.inside is not None and id(copy.inside) not in known:
                        known[id(copy.inside)] = copy
                        self._find(module, [copy.inside.nodes], found)

    def _signature(self, module: Module, info: NodeInfo) -> str:
        """Describe what a module computes, apart from sizes and from what ``when`` leaves out."""
        assert info.inside is not None
        lines = []
        for name, item in info.inside.nodes.items():
            node = module.nodes[name]
            if node.when and node.repeat == 1:
                lines.append(f"{name} when")
                continue
            parts = {self._of[id(copy.inside)].name if copy.inside else _shape_of(copy) for copy in item.instances}
            lines.append(f"{name} {sorted(parts)} {item.copies is None}")
        return "\n".join(lines)


def _left_out(body: Body, module: Module) -> frozenset[str]:
    bodies: list[Body] = [body, *body.modules.values()]
    using = [node for item in bodies for node in item.nodes.values() if node.operator == module.id]
    names = {item.name for item in module.head.options}
    return frozenset(name for name in names if any(name not in node.options for node in using))


def _shape_of(info: NodeInfo) -> str:
    if not info.recordings:
        return "given"
    made = [f"{item.function} {item.name} {len(list(walk((item,))))}" for item in info.recording.constructs]
    kinds = [f"{type(item).__name__} {getattr(item, 'name', '')}" for item in walk(info.recording.outputs)]
    return f"{made} {kinds}"

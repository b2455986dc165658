"""Which classes the source of a graph has: one for each module definition, with what differs between its uses as
arguments of the constructor.

Values are the truth, texts are hints: an argument is written as an expression of the module's options where that gives
the right value in every use, as a literal where all uses agree, else it becomes an argument of the constructor.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from grapheditor.authoring.expression import Constant, Construct, Expression, Known, Word, fingerprint, walk
from grapheditor.authoring.options import Value
from grapheditor.compile.facts import BodyInfo, NodeInfo
from grapheditor.compile.record import Recording
from grapheditor.compile.sequences import (
    OPEN,
    Entry,
    Row,
    agree,
    annotation,
    conditions,
    flat,
    growth,
    line,
    long_enough,
    one_of,
    same,
    whole,
)
from grapheditor.compile.text import literal_of, signature
from grapheditor.graph import Body, Module
from grapheditor.graph.arithmetic import (
    Name,
    Number,
    SizeError,
    Term,
    compute,
    is_expression,
    names,
    parse,
    replaced,
    show,
    term_of,
)
from grapheditor.graph.order import inner_first

if TYPE_CHECKING:
    from grapheditor.compile.copies import Loop

ARRIVING = ("in_features", "in_channels", "num_features", "normalized_shape", "input_size", "embed_dim", "num_channels")
"""Arguments of torch's layers that the shape of what arrives decides."""
MAYBE = "maybe "
MOST_DERIVED = 200
"""So many expressions of the modules inside are tried for a value."""


@dataclass(slots=True)
class Parameter:
    """An argument of a class's constructor: what it is in each use, and its default."""

    name: str
    values: list[Entry]
    default: Value | None = None

    @property
    def annotation(self) -> str:
        """The type of its values."""
        return annotation(self.values)


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
    variables: set[str] = field(default_factory=set)
    """What the values that a comprehension goes through are called in it."""
    stored: dict[str, str] = field(default_factory=dict)
    """Attributes that ``forward`` reads, and the text that the constructor gives them."""

    def terms(self) -> Iterator[Term]:
        """Yield the expressions that a person wrote in the body, the module's options first."""
        if isinstance(self.body, Module):
            yield from (Name(item.name) for item in self.body.head.options)
        for node in self.body.nodes.values():
            yield from own_terms(self.body, node.id)

    def derived(self) -> Iterator[Term]:
        """Yield the expressions of the modules inside, with what the body's nodes set in the place of their options."""
        seen: set[Term] = set()
        for term in _derived(self.body):
            if len(seen) < MOST_DERIVED and term not in seen:
                seen.add(term)
                yield term

    def present(self, node: str) -> list[int]:
        """Return the uses in which a node is not bypassed."""
        return [i for i, nodes in enumerate(self.uses) if node in nodes and not nodes[node].bypassed]

    def wanted(self, node: str) -> list[int]:
        """Return the uses in which a node's condition holds; copies may still be none."""
        when = self.body.nodes[node].when
        return [
            use
            for use, nodes in enumerate(self.uses)
            if not nodes[node].bypassed or not when or compute(parse(when), self.options[use])  # type: ignore[arg-type]
        ]

    def conditional(self, node: str) -> bool:
        """Tell whether a node is left out by its condition in some uses and not in others."""
        return bool(self.present(node)) and len(self.wanted(node)) < len(self.uses)

    def info(self, node: str) -> NodeInfo:
        """Return what is known of a node in the first use that has it, else that it is bypassed."""
        present = self.present(node)
        return self.uses[present[0] if present else 0][node]

    def write(
        self, rows: Sequence[Row], uses: Sequence[int], name: str, prefer: Iterable[Term] = (), loop: Loop | None = None
    ) -> str:
        """Return the text that has these values in these uses, for the constructor.

        loop: of copies, the comprehension in which the text stands.
        """

        def written(terms: Iterable[Term]) -> str | None:
            terms = (term for term in terms if loop is not None or "i" not in names(term))
            return next((self.term(term) for term in terms if self._is(term, rows, uses)), None)

        text = written(prefer)
        if text is not None:
            return text
        if agree(flat(rows)):
            return literal_of(one_of(flat(rows)))
        text = written(self.terms()) or written(self.derived())
        if text is not None:
            return text
        if all(map(agree, rows)):
            return self.argument([one_of(row) for row in rows], uses, name)
        assert loop is not None
        return self._along(rows, uses, name, loop)

    def _along(self, rows: Sequence[Row], uses: Sequence[int], name: str, loop: Loop) -> str:
        """Write what changes from copy to copy: a condition on the index, a pattern, else values to go through."""
        if all(isinstance(entry, bool) for entry in flat(rows)):
            text = self._condition(rows, uses, loop)
        else:
            text = self._pattern(rows, uses, name) or self._first_and_rest(rows, uses, name)
        return loop.through(name, rows) if text is None else text

    def _condition(self, rows: Sequence[Row], uses: Sequence[int], loop: Loop) -> str | None:
        for term in conditions(max(map(len, rows))):
            if self._is(term, rows, uses):
                return show(term, wide=True)
        for last, symbol in ((True, "=="), (False, "<")):
            if all(agree([entry, last == (i == len(row) - 1)]) for row in rows for i, entry in enumerate(row)):
                return f"i {symbol} {loop.count()} - 1"
        return None

    def _pattern(self, rows: Sequence[Row], uses: Sequence[int], name: str) -> str | None:
        """Write whole numbers that rise evenly, or are multiplied by the same number from one to the next."""
        if not whole(rows) or not long_enough(rows):
            return None
        lines = [line(row) for row in rows]
        if all(found is not None for found in lines):
            first = _tight(self.write([[found[0]] for found in lines if found], uses, name))
            step = self.write([[found[1]] for found in lines if found], uses, f"{name}_step", self.terms())
            sign, step = ("-", step[1:]) if step.startswith("-") else ("+", step)
            return f"{first} {sign} {'i' if step == '1' else f'i * {_tight(step)}'}"
        powers = [growth(row) for row in rows if row]
        if all(found is not None for found in powers):
            first = self.write([[row[0] if row else OPEN] for row in rows], uses, f"first_{name}")
            factor = self.write([[found[1]] for found in powers if found], uses, f"{name}_factor", self.terms())
            return f"{_tight(first)} * {_tight(factor)}**i"
        return None

    def _first_and_rest(self, rows: Sequence[Row], uses: Sequence[int], name: str) -> str | None:
        """Write what is one thing in the first copy and another one in all behind it."""
        if not all(agree(row[1:]) for row in rows):
            return None
        if max(map(len, rows)) == 2 and agree(map(tuple, rows)):
            return None
        rest = self.write([row[1:] for row in rows], uses, name)
        first = self.write([row[:1] for row in rows], uses, name if self.free(name) == name else f"first_{name}")
        return f"{first} if i == 0 else {rest}"

    def _is(self, term: Term, rows: Sequence[Row], uses: Sequence[int]) -> bool:
        try:
            return all(
                agree([compute(term, {**self.options[use], "i": i}), entry])  # type: ignore[dict-item]
                for use, row in zip(uses, rows, strict=True)
                for i, entry in enumerate(row)
            )
        except SizeError:
            return False

    def term(self, term: Term, above: int = 0) -> str:
        """Write an expression of the module's options; they become arguments of the constructor."""
        for name in sorted(names(term) - {"i"}):
            self.need(name)
        return show(term, above, wide=True)

    def need(self, option: str) -> None:
        """Make an option of the module an argument of the constructor."""
        assert isinstance(self.body, Module)
        if all(item.name != option for item in self.parameters):
            values: list[Entry] = [options[option] for options in self.options]
            default = next(item.default for item in self.body.head.options if item.name == option)
            self.parameters.append(Parameter(option, values, default if option in self.left_out else None))

    def argument(self, entries: Sequence[Entry], uses: Sequence[int], name: str) -> str:
        """Return the argument of the constructor that is this in these uses; a new one where there is none."""
        wanted = {use: entry for use, entry in zip(uses, entries, strict=True) if entry is not OPEN}
        for item in self.parameters:
            shared = [use for use in wanted if item.values[use] is not OPEN]
            if shared and all(same(item.values[use], wanted[use]) for use in shared):
                item.values = [wanted.get(use, entry) for use, entry in enumerate(item.values)]
                return item.name
        text = self.free(name)
        self.parameters.append(Parameter(text, [wanted.get(use, OPEN) for use in range(len(self.uses))]))
        return text

    def free(self, name: str) -> str:
        """Return a name like this one that no argument and no option has, nor the values of a comprehension."""
        taken = {item.name for item in self.parameters} | self.variables
        taken |= {item.name for item in self.body.head.options} if isinstance(self.body, Module) else set()
        return next(word for word in (name, *(f"{name}{i}" for i in range(2, len(taken) + 3))) if word not in taken)

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


def _derived(body: Body) -> Iterator[Term]:
    for node in body.nodes.values():
        module = body.modules.get(node.operator)
        if module is not None:
            given = {item.name: node.options.get(item.name, item.default) for item in module.head.options}
            known = {name: term_of(value) for name, value in given.items() if not isinstance(value, tuple)}
            own = [term for inner in module.nodes for term in own_terms(module, inner)]
            for term in (*own, *_derived(module)):
                found = replaced(term, known) if names(term) <= known.keys() else Number(0)
                if names(found) and "i" not in names(found):
                    yield found


def _tight(text: str) -> str:
    return text if re.fullmatch(r"[\w.]+", text) else f"({text})"


def replacements(
    scope: Scope, node: str, uses: Sequence[int], rows: Sequence[Sequence[NodeInfo | None]], loop: Loop | None = None
) -> dict[int, Expression]:
    """Return what stands, in the first recording of a node, for the leaves that are not the same in all.

    rows: the node's copies in each use; None for one of another kind.
    """
    first = next(copy for row in rows for copy in row if copy is not None).recording
    found: dict[int, Expression] = {}
    prefer = own_terms(scope.body, node)

    def columns(leaves: Callable[[Recording], list[Expression]]) -> Iterator[tuple[Expression, list[list[Entry]]]]:
        every = [[None if copy is None else leaves(copy.recording) for copy in row] for row in rows]
        for at, leaf in enumerate(leaves(first)):
            if isinstance(leaf, Constant | Known):
                yield leaf, [[OPEN if copy is None else _value(copy[at]) for copy in row] for row in every]

    for place, construct in enumerate(first.constructs):
        named = _named(construct)
        for leaf, values in columns(lambda item, place=place: _made_with(item.constructs[place])):  # type: ignore[misc]
            name = named.get(id(leaf), "size")
            hints = [*prefer, *((*scope.terms(), *scope.derived()) if name in ARRIVING else ())]
            found |= _replaced(leaf, scope.write(values, uses, name, hints, loop))
    inside = {id(item) for construct in first.constructs for item in walk((construct,))}
    for leaf, values in columns(lambda item: list(walk(item.outputs))):
        if not isinstance(leaf, Constant) or id(leaf) in inside:
            continue
        given = _named_by(scope.body, node, leaf.option)
        if given or not agree(flat(values)):
            options = (scope.info(node).options or {}).items()
            guess = next((key for key, value in options if same(value, one_of(flat(values)))), "size")
            name = leaf.option or guess
            found[id(leaf)] = Word(f"self.{scope.store(scope.write(values, uses, name, given or prefer), name)}")
    return found


def _named_by(body: Body, node: str, option: str | None) -> list[Term]:
    """Return the expression that gives an option of a node its value, where options of the module are in it."""
    value = body.nodes[node].options.get(option) if option is not None else None
    term = parse(str(value)[1:]) if is_expression(value) else None
    return [term] if term is not None and names(term) - {"i"} else []


def _made_with(construct: Construct) -> list[Expression]:
    """Return the parts of a construct that its constructor prints: of a size only its value."""
    found: list[Expression] = []
    waiting: list[Expression] = [construct]
    while waiting:
        item = waiting.pop(0)
        found.append(item)
        waiting += [] if isinstance(item, Known) else item.children()
    return found


def _replaced(leaf: Expression, text: str) -> dict[int, Expression]:
    return {} if text == literal_of(_value(leaf)) else {id(leaf): Word(text, 10 if text.isidentifier() else 0)}


def _value(leaf: Expression) -> Entry:
    assert isinstance(leaf, Constant | Known)
    return leaf.value


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
            for number, infos in enumerate(self._grouped(body.modules[name], found[name].values()), 1):
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

    def _grouped(self, module: Module, infos: Iterable[NodeInfo]) -> list[list[NodeInfo]]:
        """Put together the uses of a module that one class can print."""
        groups: list[tuple[dict[str, str | None], list[NodeInfo]]] = []
        for info in infos:
            kinds = self._kinds(module, info)
            for known, members in groups:
                if known.keys() == kinds.keys() and all(_goes_with(known[node], kinds[node]) for node in kinds):
                    known.update({node: kind for node, kind in kinds.items() if kind is not None})
                    members.append(info)
                    break
            else:
                groups.append((kinds, [info]))
        return [members for _, members in groups]

    def _kinds(self, module: Module, info: NodeInfo) -> dict[str, str | None]:
        """Describe what each node of a module computes, apart from sizes; None where it is left out."""
        assert info.inside is not None
        return {
            name: None
            if item.bypassed
            else f"{MAYBE * _can_be_left_out(module, name, item)}{sorted({self.kind(copy) for copy in item.instances})}"
            for name, item in info.inside.nodes.items()
        }

    def kind(self, info: NodeInfo) -> str:
        """Describe what an operator or module computes, apart from sizes: those of one kind are printed alike."""
        if info.inside is not None:
            return self.of(info.inside).name
        if not info.recordings:
            return "given"
        return fingerprint((*info.recording.constructs, *info.recording.outputs), literals=False)


def _goes_with(one: str | None, other: str | None) -> bool:
    if one is None or other is None:
        return one is other or (one or other or "").startswith(MAYBE)
    return one == other


def _can_be_left_out(body: Body, name: str, info: NodeInfo) -> bool:
    """Tell whether one class can have a node in some of its uses and pass on in others what arrives at it."""
    node = body.nodes[name]
    module = body.modules.get(node.operator)
    if node.weights or node.scan:
        return False
    if module is None:
        return bool(info.instances[0].recordings) and len(info.outputs) == 1
    if node.repeat != 1:
        first, _ = module.head.outputs[0]
        every = len(module.head.carried) == len(module.head.outputs)
        return every and module.head.carried[first] == module.head.inputs[0]
    return len(module.head.outputs) == 1


def _left_out(body: Body, module: Module) -> frozenset[str]:
    bodies: list[Body] = [body, *body.modules.values()]
    using = [node for item in bodies for node in item.nodes.values() if node.operator == module.id]
    names = {item.name for item in module.head.options}
    return frozenset(name for name in names if any(name not in node.options for node in using))

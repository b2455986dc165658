"""Joins the recordings of all nodes into one expression graph, ready to be printed."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from grapheditor.authoring import Operator
from grapheditor.authoring.expression import (
    Call,
    Chain,
    Conditional,
    Constant,
    Construct,
    Expression,
    Given,
    Item,
    Word,
    walk,
)
from grapheditor.catalog import Catalog
from grapheditor.compile.classes import Classes, Scope, replacements
from grapheditor.compile.copies import Calls
from grapheditor.compile.facts import BodyInfo, NodeInfo
from grapheditor.compile.substitute import Copied
from grapheditor.compile.text import write_construct
from grapheditor.graph import Graph, Module, Output
from grapheditor.graph.arithmetic import parse
from grapheditor.graph.names import natural
from grapheditor.graph.order import ancestors


class Linked:
    """The recordings of a class's nodes joined into one expression graph: what arrives is what the node before gives.

    texts: what the constructor writes for a layer, by identity; of any other layer its construct says it all.
    conditions: under which the constructor makes the parts of a node at all.
    unpacked: of a call that gives several results, the expressions that stand for each.
    """

    def __init__(self, scope: Scope, classes: Classes, catalog: Catalog) -> None:
        self.scope = scope
        self.classes = classes
        self.graph = scope.body
        self.catalog = catalog
        self.nodes = {name: scope.info(name) for nodes in scope.uses[:1] for name in nodes}
        self.order = list(self.nodes)
        self.outputs: dict[Output, Expression] = {}
        self.arguments: dict[str, Expression] = {}
        self.attributes: dict[int, str] = {}
        self.constructs: dict[str, list[Construct]] = {}
        self.texts: dict[int, str] = {}
        self.conditions: dict[str, str] = {}
        self.unpacked: dict[int, list[Expression]] = {}
        self.owner: dict[int, str] = {}
        self._taken = set(self.graph.nodes)
        self._places = {name: i for i, name in enumerate(self.order)}
        self._sets: dict[str, str] = {}
        self._needed = set(self.used())
        for name in self.order:
            self._link(name)

    def arriving(self, node: str, port: str) -> list[Expression]:
        """Return what arrives at a port."""
        return [self.outputs[start] for start in self.graph.inputs(node, port) if start in self.outputs]

    def result(self, node: str) -> Expression:
        """Return what a node stands for: its first output, or what arrives at an output node."""
        operator = self.operator(node)
        return self.outputs[Output(node, operator.outputs[0].name)] if operator.outputs else self.arriving(node, "x")[0]

    def rank(self, step: Expression) -> int:
        """Return the place of a step's node in the graph's order."""
        return self._places[self.owner[id(step)]]

    def operator(self, node: str) -> Operator:
        """Return the operator or module of a node."""
        operator = self.catalog.of(self.graph, self.graph.nodes[node])
        assert operator is not None
        return operator

    def role(self, node: str) -> str:
        """Return the role of a node's operator."""
        return self.operator(node).role

    def with_role(self, *roles: str) -> list[str]:
        """Return the nodes of some roles that take part, in the natural order of their ids."""
        return sorted(
            (name for name in self.nodes if self.role(name) in roles and self.scope.present(name)), key=natural
        )

    def inputs(self, ends: Iterable[str]) -> list[str]:
        """Return the input nodes that some nodes need; of a module all of them, in the order of its ports."""
        if isinstance(self.graph, Module):
            return [name for name in self.graph.head.inputs if name in self.nodes]
        needed = ancestors(self.graph, ends)
        return [name for name in self.with_role("input") if name in needed]

    def used(self) -> list[str]:
        """Return the nodes that a result, a loss or a metric needs, in the graph's order."""
        needed = ancestors(self.graph, results_of(self) + self.with_role("loss", "metric"))
        return [name for name in self.order if name in needed]

    def _link(self, name: str) -> None:
        operator, info = self.operator(name), self.nodes[name]
        self.constructs[name] = []
        if isinstance(self.graph, Module) and name in self.graph.head.inputs:
            self._own(name, Given())
        elif not self.scope.present(name):
            if operator.outputs:
                self.outputs[Output(name, operator.outputs[0].name)] = self.arriving(name, operator.inputs[0].name)[0]
        elif self.graph.nodes[name].repeat != 1 or info.inside is not None:
            self._link_module(name, operator)
        else:
            self._link_recording(name, operator, info)
        if self.scope.conditional(name) and operator.outputs:
            self._make_conditional(name, operator)
        if operator.role == "input":
            self.arguments[name] = self.outputs[Output(name)]

    def _own(self, name: str, value: Expression) -> None:
        self.outputs[Output(name)] = value
        self.owner[id(value)] = name

    def _link_recording(self, name: str, operator: Operator, info: NodeInfo) -> None:
        arriving: dict[tuple[str, int | None], Expression] = {}
        for port in operator.inputs:
            for i, expression in enumerate(self.arriving(name, port.name)):
                arriving[port.name, i if port.repeats else None] = expression
        uses = self.scope.present(name)
        rows = [[self.scope.uses[use][name]] for use in uses]
        copy = Copied(arriving, replacements(self.scope, name, uses, rows))
        for port, expression in zip(operator.outputs, info.recording.outputs, strict=True):
            self.outputs[Output(name, port.name)] = copy(expression)
        made = [item for construct in info.recording.constructs if isinstance(item := copy(construct), Construct)]
        for part in copy.made:
            self.owner[id(part)] = name
        self._name(name, made)

    def _name(self, name: str, made: list[Construct]) -> None:
        """Give the layers of a node their attributes: its own, or those of the node whose weights it shares."""
        shared = self.graph.nodes[name].weights
        owner = self._sets.setdefault(shared, name) if shared and name in self._needed else name
        holder = self.holder(name)
        for i, item in enumerate(made):
            if owner != name:
                self.attributes[id(item)] = self.attributes[id(self.constructs[owner][i])]
            else:
                self.attributes[id(item)] = holder if item.name is None else self._free(f"{holder}_{item.name}")
        self.constructs[name] = made if owner == name else []

    def holder(self, name: str) -> str:
        """Return the node that the weights of a node are named after: of a set the one called like it, else the first.

        So a weight keeps its name whichever nodes of the set take part, and in whatever order.
        """
        shared = self.graph.nodes[name].weights
        if not shared or name not in self._needed:
            return name
        called = self.graph.nodes.get(shared)
        if called is not None and called.weights == shared and shared in self._needed:
            return shared
        return self._sets.get(shared, name)

    def _link_module(self, name: str, operator: Operator) -> None:
        """A module is a layer that is called; its copies stand in a Sequential, or in a list that is gone through."""
        ports = [port for port in operator.inputs if self.arriving(name, port.name)]
        arguments = tuple(self.arriving(name, port.name)[0] for port in ports)
        construct = Construct("nn.Module", ())
        self.owner[id(construct)] = name
        self._name(name, [construct])
        node = self.graph.nodes[name]
        chain = node.repeat != 1
        alone = len(ports) == 1 and len(operator.outputs) == 1
        self.texts[id(construct)] = Calls(self.scope, self.classes).text(name, alone)
        if node.scan or (chain and not alone):
            module = self.graph.modules[node.operator]
            places = [port.name for port in ports]
            outs = [port.name for port in operator.outputs]
            kept = module.head.state if node.scan else module.head.carried
            carried = tuple((outs.index(out), places.index(port)) for out, port in kept.items())
            scanned = tuple(places.index(port) for port in node.scan)
            step: Expression = Chain(construct, arguments, carried, len(outs), scanned)
        else:
            step = Call(construct, arguments)
        self.owner[id(step)] = name
        count = len(operator.outputs)
        results: list[Expression] = [step] if count == 1 else [Item(step, Constant(i)) for i in range(count)]
        if len(results) > 1 or isinstance(step, Chain):
            self.unpacked[id(step)] = results
        for port, result in zip(operator.outputs, results, strict=True):
            self.outputs[Output(name, port.name)] = result

    def _make_conditional(self, name: str, operator: Operator) -> None:
        """In some uses the node passes on what arrives: a layer becomes an Identity there, a step a choice."""
        start = Output(name, operator.outputs[0].name)
        yes, no = self.outputs[start], self.arriving(name, operator.inputs[0].name)[0]
        term = parse(self.graph.nodes[name].when)
        chains = any(isinstance(step, Chain) and self.owner[id(step)] == name for step in walk((yes,)))
        single = isinstance(yes, Call) and isinstance(yes.function, Construct)
        if self.constructs[name] and not single and not chains:
            self.conditions[name] = self.scope.term(term)
        for construct in self.constructs[name] if single or chains else ():
            made = self.texts.get(id(construct)) or write_construct(construct)
            other = "nn.ModuleList()" if chains else "nn.Identity()"
            self.texts[id(construct)] = f"{made} if {self.scope.term(term, above=1)} else {other}"
        if chains or (self.constructs[name] and isinstance(yes, Call) and single and yes.arguments == (no,)):
            return
        text = self.scope.term(term)
        stored = self.scope.store(text, text if text.isidentifier() else f"with_{name}")
        chosen = Conditional(Word(f"self.{stored}"), yes, no)
        self.owner[id(chosen)] = name
        self.outputs[start] = chosen

    def _free(self, part: str) -> str:
        """Return the attribute of a part of a node; ids of nodes come first."""
        while part in self._taken:
            part += "_"
        self._taken.add(part)
        return part


def results_of(linked: Linked) -> list[str]:
    """Return the nodes whose values ``forward`` returns.

    These are the output nodes; without any, the layers whose results nothing uses; without any of those, what the
    losses take. A module gives what its ports say.
    """
    if isinstance(linked.graph, Module):
        return [node for _, node in linked.graph.head.outputs if linked.scope.present(node)]
    declared = linked.with_role("output")
    if declared:
        return declared
    ends = [name for name in linked.with_role("layer") if not linked.graph.out_of(name)]
    if ends:
        return ends
    return sorted(
        {start.node for name in linked.with_role("loss") for start in linked.graph.inputs(name, "x")},
        key=natural,
    )


class Linking:
    """All classes of a graph, joined: those of its modules, used ones first, and its own."""

    def __init__(self, graph: Graph, nodes: Mapping[str, NodeInfo], catalog: Catalog, name: str) -> None:
        self.info = graph.info
        self.ties = {path: tie.source for path, tie in graph.ties.items()}
        self.classes = Classes(graph, nodes, name)
        self.inner = [Linked(scope, self.classes, catalog) for scope in self.classes.inner]
        self.main = Linked(self.classes.main, self.classes, catalog)

    def layer(self, path: str) -> str | None:
        """Return what the layer at a path is, such as ``nn.Linear``; None where a type checker does not know it."""
        linked = self.main
        *outer, last = path.split(".")
        for part in outer:
            info = linked.nodes.get(part)
            if info is None or info.inside is None or info.copies is not None or linked.scope.conditional(part):
                return None
            linked = self._linked(info.inside)
        for name, constructs in linked.constructs.items():
            for construct in constructs:
                if linked.attributes[id(construct)] == last:
                    single = linked.graph.nodes[name].repeat == 1 and not linked.scope.conditional(name)
                    return construct.function if single else None
        return None

    def _linked(self, inside: BodyInfo) -> Linked:
        scope = self.classes.of(inside)
        return next(item for item in self.inner if item.scope is scope)

    def weights(self, linked: Linked, use: int = 0) -> Iterator[tuple[str, str, tuple[int, ...]]]:
        """Yield each weight that the printed classes make: its path, that of the node it is in, and its shape."""
        for name in linked.used():
            info = linked.scope.uses[use].get(name)
            constructs = linked.constructs[name]
            if info is None or info.bypassed or not constructs:
                continue
            holder = linked.holder(name)
            for i, copy in enumerate(info.instances):
                index = "" if info.copies is None else f".{i}"
                if copy.inside is not None:
                    inner = self._linked(copy.inside)
                    prefix = f"{linked.attributes[id(constructs[0])]}{index}."
                    for path, node, shape in self.weights(inner, self.classes.place(copy.inside)):
                        yield f"{prefix}{path}", f"{holder}{index}.{node}", shape
                    continue
                for weight in copy.held:
                    attribute = f"{linked.attributes[id(constructs[weight.construct])]}{index}"
                    yield ".".join(filter(None, (attribute, weight.name))), f"{holder}{index}", weight.shape

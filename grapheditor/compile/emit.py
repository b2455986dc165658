"""Prints a graph as a readable module: ``forward`` for what is exported, ``objective`` for training.

There are three printings of one expression: the plain one is what a person would write, what is exported and what
trains; in the instrumented one each intermediate has a name and is shown to a watcher; in the whole one, from which
ONNX is made, a loop over places is one call.
"""

from __future__ import annotations

import re
from collections.abc import Container, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import count

from grapheditor.authoring.expression import Conditional, Construct, Expression, Item, walk
from grapheditor.compile.backend import MetaBackend
from grapheditor.compile.facts import find_weight
from grapheditor.compile.learning import condition_of, frozen, still, written_learning
from grapheditor.compile.link import Linked, Linking, results_of
from grapheditor.compile.page import Page, quoted, wrapped
from grapheditor.compile.statements import Line, Statements, is_step
from grapheditor.compile.text import literal_of, write_construct
from grapheditor.graph import Graph, Info, Module, Output
from grapheditor.graph.names import natural, refusal

TENSOR = "torch.Tensor"
WATCH = "_watch"
"""What the instrumented source calls with the module, a node's name in it, and the node's value; no id begins so."""
OBJECTIVE = "objective"
VALUES = "values"
Place = tuple[str, str]
"""A node and one of its input ports."""


@dataclass(frozen=True, slots=True)
class Printed:
    """The source, and the arguments of its methods.

    name: that of the graph's own class. modules: by the names of the other classes the definitions that they are.
    """

    page: Page
    name: str
    inputs: tuple[str, ...]
    results: tuple[str, ...]
    objective_inputs: tuple[str, ...]
    methods: Mapping[str, tuple[str, ...]]
    modules: Mapping[str, str] = field(default_factory=dict)

    @property
    def text(self) -> str:
        """The source."""
        return self.page.text()

    @property
    def lines(self) -> dict[str, tuple[int, ...]]:
        """For each node of the graph the numbers of its lines, from 1; those in modules stand in other classes."""
        return self.page.lines(self.name)

    @property
    def lines_by_key(self) -> dict[str, tuple[int, ...]]:
        """The same also of the nodes in modules, by the keys of their records: ``modules.Block.nodes.conv1``."""
        found = dict(self.lines)
        for scope, module in self.modules.items():
            for node, numbers in self.page.lines(scope).items():
                key = f"modules.{module}.nodes.{node}"
                found[key] = (*found.get(key, ()), *numbers)
        return found


def class_name(title: str) -> str:
    """Return a class name for a title: ``Digits convnet`` becomes DigitsConvnet."""
    parts = re.findall(r"[A-Za-z0-9]+", title)
    name = "".join(part[0].upper() + part[1:] for part in parts)
    return (
        name
        if re.fullmatch(r"[A-Z][A-Za-z0-9]{0,60}", name) and name not in ("F", "True", "False", "None")
        else "Network"
    )


def print_module(program: Linking, *, watched: bool = False, whole: bool = False) -> Printed:
    """Print a graph as the source of its classes: those of its modules, used ones first, then its own.

    watched: the instrumented printing, in which every intermediate has a name and is shown to WATCH. whole: a loop over
    places is a call of SCAN.
    """
    linked = program.main
    results = results_of(linked)
    scalars = linked.with_role("loss") + linked.with_role("metric")
    inputs, objective_inputs = linked.inputs(results), linked.inputs(scalars)
    page = Page()
    page.add(quoted(f"{program.info.title or 'A network'}, drawn with grapheditor.", ""))
    page.add("\nimport torch\nfrom torch import nn")
    bodies = Page()
    for inner in program.inner:
        bodies.scope = inner.scope.name
        ends = results_of(inner)
        _open_class(bodies, inner, _module_doc(inner))
        _keep_still(bodies, inner)
        bodies.add()
        _Method(bodies, inner, watched=watched, whole=whole).forward(inner.inputs(ends), ends)
    bodies.scope = linked.scope.name
    _open_class(bodies, linked, _class_doc(linked, program.info, inputs, results))
    for path in sorted(program.ties, key=natural):
        bodies.add(wrapped(_tie(program, path, program.ties[path]), 8), [path.partition(".")[0]])
    _keep_still(bodies, linked)
    bodies.add()
    _Method(bodies, linked, watched=watched, whole=whole).forward(inputs, results)
    if scalars:
        bodies.add()
        _Method(bodies, linked, watched=watched, whole=whole).objective(inputs, results, objective_inputs, scalars)
    alone = _printed_alone(linked)
    for node in alone:
        bodies.add()
        _Method(bodies, linked, watched=watched, whole=whole).loss(node, linked.inputs([node]))
    if any(re.search(r"\bF\.", text) for text, _, _ in bodies.rows):
        page.add("from torch.nn import functional as F")
    page.rows += bodies.rows
    page.parts = bodies.parts
    methods = {objective_method(node): tuple(linked.inputs([node])) for node in alone}
    modules = {inner.scope.name: inner.graph.id for inner in program.inner if isinstance(inner.graph, Module)}
    return Printed(page, linked.scope.name, tuple(inputs), tuple(results), tuple(objective_inputs), methods, modules)


def objective_method(node: str) -> str:
    """Return the name of the method that computes one of several losses."""
    return f"{OBJECTIVE}_{node}"


def _printed_alone(linked: Linked) -> list[str]:
    """Return the losses that have a method of their own: those of several objectives, which learn one after another."""
    assert isinstance(linked.graph, Graph)
    losses = [item.minimise for item in linked.graph.recipe.objectives]
    return list(dict.fromkeys(node for node in losses if node in linked.nodes)) if len(losses) > 1 else []


def _tie(program: Linking, path: str, source: str) -> str:
    """Write that a weight is another one, so that a type checker knows both where it can."""
    owner, _, name = path.rpartition(".")
    target = program.layer(owner)
    written = f"self.{path}" if target is not None or "." not in path else f'self.get_submodule("{owner}").{name}'
    declared = "Tensor" if target is None or ("." in path and name in _declared(target)) else "Parameter"
    if declared == "Tensor" and program.layer(source.rpartition(".")[0]) is not None:
        return f"{written} = self.{source}"
    weight = find_weight(program.main.scope.uses[0], source)
    kind = "parameter" if weight is None or weight.trained else "buffer"
    return f'{written} = self.get_{kind}("{source}")'


def _declared(layer: str) -> Mapping[str, object]:
    """Return what torch declares of a layer's attributes as a tensor; others have the type that they are made with."""
    return getattr(MetaBackend().resolve(layer), "__annotations__", {})


def _open_class(page: Page, linked: Linked, doc: str) -> None:
    page.add(f"\n\nclass {linked.scope.name}(nn.Module):")
    page.add(quoted(doc, "    "))
    page.add()
    _constructor(page, linked)


def _module_doc(linked: Linked) -> str:
    assert isinstance(linked.graph, Module)
    return linked.graph.head.doc or f"{linked.scope.name}, a part of the network."


def print_values(
    linked: Linked, nodes: Sequence[str], ports: Sequence[Place], alone: bool
) -> tuple[Page, tuple[str, ...]]:
    """Print a class whose method VALUES computes what nodes give, then what arrives at ports; and the method's inputs.

    All of it in one pass, in the graph's order. The class stands for the graph's own: a module is given for ``self``.
    alone: whether ``forward`` is left out of it, as in the methods of several losses; else it is called where
    ``objective`` would call it, so that the same random numbers are drawn.
    """
    starts = [linked.graph.inputs(node, port)[0] for node, port in ports]
    inputs = linked.inputs([*nodes, *(start.node for start in starts)])
    page = Page(linked.scope.name)
    page.add("import torch\nfrom torch import nn\nfrom torch.nn import functional as F\n\n")
    page.add(f"class {linked.scope.name}(nn.Module):")
    wanted = [*map(linked.result, nodes), *(linked.outputs[start] for start in starts)]
    _Method(page, linked, watched=False, whole=False).values(inputs, wanted, alone)
    return page, tuple(inputs)


def _names(linked: Linked, inputs: Iterable[str]) -> dict[int, str]:
    names = {key: f"self.{name}" for key, name in linked.attributes.items()}
    names.update({id(linked.arguments[name]): name for name in inputs})
    return names


def _constructor(page: Page, linked: Linked) -> None:
    given = [
        f"{item.name}: {item.annotation}" + ("" if item.default is None else f" = {literal_of(item.default)}")
        for item in linked.scope.ordered()
    ]
    page.add(wrapped(f"def __init__({', '.join(['self', *given])}) -> None:", 4))
    page.add("        super().__init__()")
    for attribute, text in linked.scope.stored.items():
        page.add(wrapped(f"self.{attribute} = {text}", 8))
    for node in linked.used():
        condition = linked.conditions.get(node)
        if condition is not None:
            page.add(wrapped(f"if {condition}:", 8), [node])
        for construct in linked.constructs[node]:
            made = linked.texts.get(id(construct)) or write_construct(construct)
            text = f"self.{linked.attributes[id(construct)]} = {made}"
            page.add(wrapped(text, 8 if condition is None else 12), [node])
        _learning(page, linked, node)
    for node, attribute in frozen(linked):
        page.add(f"        self.{attribute}.requires_grad_(False)", [node])


def _learning(page: Page, linked: Linked, node: str) -> None:
    """Print how a node's weights are drawn, where torch is not to draw them, and of what they are made."""
    lines = list(written_learning(linked, node))
    condition = condition_of(linked, node)
    if lines and condition is not None and node not in linked.conditions:
        page.add(wrapped(f"if {condition}:", 8), [node])
    for line in lines:
        text = line.lstrip(" ")
        page.add(wrapped(text, 8 + len(line) - len(text) + (0 if condition is None else 4)), [node])


def _keep_still(page: Page, linked: Linked) -> None:
    """Print the method that keeps what does not learn as it is after training, while the rest learns."""
    attributes = list(still(linked))
    if not attributes:
        return
    page.add(f'\n    def train(self, mode: bool = True) -> "{linked.scope.name}":')
    page.add("        super().train(mode)")
    for attribute in attributes:
        page.add(f"        self.{attribute}.eval()")
    page.add("        return self")


class _Method:
    """Prints one method of a class onto a page.

    watched: each intermediate by itself, and shown to WATCH. whole: a loop over places is one call.
    """

    def __init__(self, page: Page, linked: Linked, *, watched: bool, whole: bool) -> None:
        self.page = page
        self.linked = linked
        self.watched = watched
        self.whole = whole

    def forward(self, inputs: list[str], results: list[str]) -> None:
        """Print the method that computes what the network gives."""
        returns = TENSOR if len(results) == 1 else f"tuple[{', '.join([TENSOR] * len(results))}]"
        self._define("forward", inputs, returns)
        statements = self._statements(_names(self.linked, inputs))
        lasts = self._compute(statements, [self.linked.result(node) for node in results])
        nodes = {node for last in lasts for node in self._nodes(last)} | set(results)
        if len(results) == 1 and not lasts[0].typed:
            name = _free(results[0], statements.taken)
            self._add(f"{name}: {TENSOR} = {lasts[0].text}", nodes)
            lasts[0].text = name
        self._add(f"return {', '.join(last.text for last in lasts)}", nodes)

    def objective(self, inputs: list[str], results: list[str], arguments: list[str], scalars: list[str]) -> None:
        """Print the method that computes losses and metrics; it calls ``forward`` where they need no more of it."""
        self._define(OBJECTIVE, arguments, f"dict[str, {TENSOR}]")
        wanted = list(map(self.linked.result, scalars))
        names = self._behind_forward(inputs, results, arguments, wanted)
        self._return(scalars, self._compute(self._statements(names), wanted))

    def loss(self, node: str, arguments: list[str]) -> None:
        """Print the method that computes one loss and nothing else."""
        self._define(objective_method(node), arguments, f"dict[str, {TENSOR}]")
        lasts = self._compute(self._statements(_names(self.linked, arguments)), [self.linked.result(node)])
        self._return([node], lasts)

    def values(self, arguments: list[str], wanted: list[Expression], alone: bool) -> None:
        """Print the method that computes these values, and returns them as a tuple."""
        self._define(VALUES, arguments, f"tuple[{TENSOR}, ...]")
        results = results_of(self.linked)
        inputs = self.linked.inputs(results)
        names = _names(self.linked, arguments) if alone else self._behind_forward(inputs, results, arguments, wanted)
        lasts = self._compute(self._statements(names), wanted)
        nodes = {node for last in lasts for node in self._nodes(last)}
        self.page.add(f"        return ({', '.join(last.text for last in lasts)},)", nodes)

    def _behind_forward(
        self, inputs: list[str], results: list[str], arguments: list[str], wanted: list[Expression]
    ) -> dict[int, str]:
        """Print a call of ``forward`` where these values need no more of it; return the names of what is there."""
        linked = self.linked
        names = _names(linked, arguments)
        if _behind_results(linked, results, wanted, set(inputs) <= set(arguments)):
            texts = [_free(node, set(arguments)) for node in results]
            self._add(f"{', '.join(texts)} = self({', '.join(inputs)})")
            names.update({id(linked.result(node)): text for node, text in zip(results, texts, strict=True)})
        return names

    def _return(self, scalars: list[str], lasts: list[Line]) -> None:
        self.page.add("        return {")
        for node, last in zip(scalars, lasts, strict=True):
            self._add(f'"{node}": {last.text},', self._nodes(last) | {node}, indent=12)
        self.page.add("        }")

    def _define(self, name: str, inputs: list[str], returns: str) -> None:
        given = ", ".join(["self", *(f"{item}: {TENSOR}" for item in inputs)])
        self._add(f"def {name}({given}) -> {returns}:", inputs, indent=4)
        for item in inputs if self.watched else ():
            self._add(f'{WATCH}(self, "{item}", {item})', [item])

    def _statements(self, names: Mapping[int, str]) -> Statements:
        return Statements(names, self.linked.rank, self.linked.unpacked, whole=self.whole)

    def _compute(self, statements: Statements, roots: list[Expression]) -> list[Line]:
        """Print all but the last lines, which are returned: one for each root."""
        views = _views(self.linked) if self.watched else {}
        lasts = statements.compute(roots, _own_names(self.linked, views, statements.taken))
        for key, text in statements.texts.items():
            self.page.add_part(text, self.linked.owner[key])
        for node, weight in _weights(self.linked, roots) if self.watched else ():
            self._add(f'{WATCH}(self, "{node}", {statements.text(weight)})', [node])
        ends = {id(step): i for i, line in enumerate(statements.lines) for step in line.steps}
        for i, line in enumerate(statements.lines):
            self._add(line.text, self._nodes(line))
            done = [step for step in line.steps if ends[id(step)] == i]
            for path, view in (item for step in done for item in views.get(id(step), ())):
                self._add(f'{WATCH}(self, "{path}", {statements.text(view)})', self._nodes(line))
        return lasts

    def _add(self, text: str, nodes: Iterable[str] = (), indent: int = 8) -> None:
        plain = text.lstrip(" ")
        self.page.add(wrapped(plain, indent + len(text) - len(plain)), nodes)

    def _nodes(self, line: Line) -> set[str]:
        return {self.linked.owner[id(step)] for step in line.steps if id(step) in self.linked.owner}


def _behind_results(linked: Linked, results: list[str], wanted: list[Expression], reachable: bool) -> bool:
    """Tell whether these values need of the network only what ``forward`` returns.

    What it computes on the way must not be needed: it would be computed twice, and differently where it is random.
    """
    ends = tuple(linked.result(node) for node in results)
    cut = {id(end) for end in ends}
    inside = {id(step) for step in walk(ends) if is_step(step)}
    waiting = list(wanted)
    found = False
    seen: set[int] = set()
    while waiting:
        item = waiting.pop()
        if id(item) in cut:
            found = True
        elif id(item) not in seen:
            seen.add(id(item))
            if isinstance(item, Construct) or id(item) in inside:
                return False
            waiting.extend(item.children())
    return found and reachable


def _views(linked: Linked) -> dict[int, list[tuple[str, Expression]]]:
    """Return, for each step, the nodes' values that it gives: ``relu1``, or ``split1.first`` of several."""
    found: dict[int, list[tuple[str, Expression]]] = {}
    for output, expression in linked.outputs.items():
        step = expression
        while isinstance(step, Item) and not is_step(step):
            step = step.value
        if is_step(step) and linked.owner.get(id(step)) == output.node:
            several = len(linked.operator(output.node).outputs) > 1
            found.setdefault(id(step), []).append((str(output) if several else output.node, expression))
    return found


def _weights(linked: Linked, roots: list[Expression]) -> list[tuple[str, Expression]]:
    """Return the nodes whose value is a weight, which no line computes, as far as these need them."""
    known = {id(item) for item in walk(tuple(roots)) if isinstance(item, Construct)}
    return [(output.node, item) for output, item in linked.outputs.items() if id(item) in known]


def _own_names(linked: Linked, views: Mapping[int, object], taken: Container[str]) -> dict[int, str]:
    """Name every step after its node, but for those that a condition may leave out."""
    chosen = {linked.owner[id(item)] for item in linked.outputs.values() if isinstance(item, Conditional)}
    names: dict[int, str] = {}
    used = set(linked.nodes)
    for step in filter(is_step, walk(tuple(linked.outputs.values()))) if views else ():
        node = linked.owner[id(step)]
        if node in chosen and not isinstance(step, Conditional):
            continue
        whole = id(step) in views
        name = (
            node
            if whole and node not in taken
            else next(part for i in count(1) if (part := f"{node}_{i}") not in used and part not in taken)
        )
        used.add(name)
        names[id(step)] = name
    return names


def _free(node: str, taken: Container[str]) -> str:
    """Return a node's id as the name of a local, or something like it where that is taken."""
    while node in taken or refusal(node) is not None:
        node += "_"
    return node


def _class_doc(linked: Linked, info: Info, inputs: list[str], results: list[str]) -> str:
    doc = info.doc or info.title or "A network."
    sizes = [f"{name}: {linked.nodes[name].outputs['out']}" for name in inputs]
    given = []
    for name in results:
        start = linked.graph.inputs(name, "x")[0] if linked.role(name) == "output" else Output(name)
        given.append(f"{name}: {linked.nodes[start.node].outputs[start.port]}")
    return f"{doc}\n\nTakes {', '.join(sizes) or 'nothing'}. Gives {', '.join(given)}."

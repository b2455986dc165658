"""The catalogue: finds operators in nodes/, templates in templates/ and data sources in data/sources/, by the same way.

Adding an operator or a template is adding one function to a file there; no list has to be told. The user's own
operators (:mod:`grapheditor.own`) stand among the others, as far as they are trusted.
"""

from __future__ import annotations

import hashlib
import importlib.util
import re
import sys
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache, cached_property, lru_cache
from pathlib import Path
from types import MappingProxyType, ModuleType
from typing import Any

from grapheditor.authoring import Absent, Operator, Removed, Template, Tour
from grapheditor.authoring.names import meant
from grapheditor.authoring.operator import CATEGORIES
from grapheditor.authoring.ports import Port
from grapheditor.authoring.template import GROUPS
from grapheditor.data.dataset import Field, no_source
from grapheditor.data.declare import Source, declared
from grapheditor.data.guess import IMAGES, guess
from grapheditor.errors import DataError
from grapheditor.graph import Body, Graph, Head, Module, Node, Problem
from grapheditor.graph.arithmetic import check_term, is_expression
from grapheditor.graph.migrate import History
from grapheditor.graph.order import inner_first
from grapheditor.own import Own

__all__ = ["Catalog", "Field", "Nodes", "Source", "catalog", "check_size", "interface"]

HOME = Path(__file__).parent
MOST_CHECKED = 20_000
"""Of so many nodes it is remembered what is wrong with what they say."""
MOST_NODES = 1_000_000
"""A graph with more operators than this, copies counted, is not looked at."""


@dataclass(frozen=True, slots=True)
class Nodes:
    """The operators, by id, and what is said of those that there are not.

    absent: what has no operator, by torch's name, and what to take instead: the end of a sentence. own: the files of
    the user's own operators, those that are not trusted included.
    """

    operators: Mapping[str, Operator]
    removed: Mapping[str, Removed] = field(default_factory=dict)
    absent: Mapping[str, str] = field(default_factory=dict)
    own: Own = field(default_factory=lambda: Own({}))


class Catalog:
    """All that can be placed, loaded or learned from, by id.

    nodes: declares the operators, when they are asked for first; the window does that behind its first paint.
    """

    def __init__(
        self,
        nodes: Callable[[], Nodes],
        templates: Mapping[str, Template],
        sources: Mapping[str, Source],
        tours: Mapping[str, Tour] = MappingProxyType({}),
    ) -> None:
        self.templates, self.sources, self.tours = templates, sources, tours
        self._declare = nodes
        self._made: dict[str, Graph] = {}
        """Graphs of templates as they come: windows draw them, and the engine looks at them."""
        self._checked: dict[str, tuple[Node, Operator, tuple[frozenset[str], bool], tuple[Problem, ...]]] = {}
        """What was found wrong with what nodes say, by their paths: after an edit most are the very same."""

    @cached_property
    def nodes(self) -> Nodes:
        """The operators and what belongs to them."""
        return self._declare()

    @property
    def operators(self) -> Mapping[str, Operator]:
        """The operators by id, those of the user's own that are trusted among them."""
        return self.nodes.operators

    @property
    def own(self) -> Own:
        """The files of the user's own operators."""
        return self.nodes.own

    def look(self) -> None:
        """Look for the user's own operators, where this process has not looked into this folder before."""
        if "nodes" in vars(self):
            self.own.look_once()

    def find(self, body: Body, name: str) -> Operator | None:
        """Return the operator of an id, or the module of that name of a body's document; None where there is none."""
        module = body.modules.get(name)
        return interface(name, module.head) if module is not None else self.operators.get(name)

    def of(self, body: Body, node: Node) -> Operator | None:
        """Return the operator or module of a node, with as many outputs as the node says."""
        found = self.find(body, node.operator)
        return found.at(node.options) if found is not None and found.many else found

    def told_of(self, text: str) -> str | None:
        """Say what to take instead of a layer of torch that has no operator; None where a text is the name of none.

        The name may be typed in part, and in small letters.
        """
        typed = re.sub(r"[^a-z0-9]", "", text.lower().removeprefix("nn."))
        absent = self.nodes.absent
        found = [name for name in absent if len(typed) > 3 and name.lower().startswith(typed)]
        return f"There is no {found[0]}: {absent[found[0]]}" if found else None

    def missing(self, graph: Graph) -> set[str]:
        """Return the ids of operators that a graph asks for and that are not there."""
        bodies: list[Body] = [graph, *graph.modules.values()]
        asked = {node.operator for body in bodies for node in body.nodes.values()}
        return asked - set(self.operators) - set(graph.modules)

    @property
    def history(self) -> History:
        """How files of older formats are read."""
        return History(operators=self.operators)

    def guess(self, path: Path) -> tuple[str, dict[str, str]] | None:
        """Return the id of the source that opens what is at a path, and the options that name it; None for none."""
        return guess(path)

    def is_image(self, path: Path) -> bool:
        """Tell whether a file is an image by its name."""
        return path.name.lower().endswith(IMAGES) and path.is_file()

    def by_category(self) -> dict[str, list[Operator]]:
        """Return the operators in the palette's groups and order."""
        groups: dict[str, list[Operator]] = {category: [] for category in CATEGORIES}
        for item in self.operators.values():
            groups[item.category].append(item)
        return {category: items for category, items in groups.items() if items}

    def new(self, template: str, options: Mapping[str, Any] | None = None) -> Graph:
        """Make a graph from a template; ValueError with a sentence where the id or an option is wrong."""
        if template not in self.templates:
            known = self.templates
            raise ValueError(f"There is no template {template}; there are: {', '.join(known)}.{meant(template, known)}")
        from grapheditor.edit.sketch import sketch

        if options:
            return sketch(self, self.templates[template], options)
        if template not in self._made:
            self._made[template] = sketch(self, self.templates[template], {})
        return self._made[template].copy()

    def check_nodes(self, graph: Graph) -> list[Problem]:
        """Return what can be said without shapes: unknown operators, ports and options, inputs without a wire.

        A node of a module is named behind it (``Bottleneck.conv1``).
        """
        problems = self._check_body(graph, "", frozenset())
        for name, module in graph.modules.items():
            problems += self._check_body(module, f"{name}.", frozenset(item.name for item in module.head.options))
        return problems + list(check_size(graph))

    def _check_body(self, body: Body, prefix: str, known: frozenset[str]) -> list[Problem]:
        problems: list[Problem] = []
        inner = set(body.head.inputs) if isinstance(body, Module) else set()
        for name, node in body.nodes.items():
            path = f"{prefix}{name}"
            operator = self.of(body, node)
            if operator is None:
                problems.append(self._missing(body, node.operator, path))
                continue
            problems += self._check_values(path, node, operator, known, of_caller=name in inner)
            problems += _check_scan(body, path, node)
            problems += _check_ports(body, name, path, operator)
        for end, start in body.wires.items():
            source = self.of(body, body.nodes[start.node])
            if source is not None and source.output(start.port) is None:
                text = f"{start.node} ({source.title}) has no output {start.port}, which {end} asks for."
                problems.append(Problem("error", text, f"{prefix}{end.node}", end.port))
        return problems

    def _check_values(
        self, path: str, node: Node, operator: Operator, known: frozenset[str], *, of_caller: bool
    ) -> tuple[Problem, ...]:
        """Check what a node says, once as long as it is the very same. of_caller: others give its options."""
        before = self._checked.get(path)
        if before is not None and before[0] is node and before[1] is operator and before[2] == (known, of_caller):
            return before[3]
        scope = known | {"i"} if node.repeat != 1 else known
        found = () if of_caller else tuple(_check_options(path, node, operator, scope))
        found += tuple(_check_terms(path, node, known))
        if len(self._checked) >= MOST_CHECKED:
            self._checked.clear()
        self._checked[path] = node, operator, (known, of_caller), found
        return found

    def _missing(self, body: Body, name: str, path: str) -> Problem:
        """Say that an operator is not there: what became of it, which file would bring it, or what may be meant."""
        gone, file = self.nodes.removed.get(name), self.own.bringing(name)
        if file is not None:
            return Problem("error", f"There is no operator {name}: {file.why()}", path, file=file.name)
        if gone is not None:
            return Problem("error", f"There is no operator {name} any more: {gone.instead}", path)
        if name in self.nodes.absent:
            return Problem("error", f"There is no operator {name}: {self.nodes.absent[name]}", path)
        near = meant(name, [*self.operators, *body.modules])
        return Problem("error", f"There is no operator {name}.{near}", path)

    def check_recipe(self, graph: Graph) -> list[Problem]:
        """Return what is wrong with the recipe: losses that are none, data and fields that are not here."""
        problems: list[Problem] = []
        for objective in graph.recipe.objectives:
            name = objective.minimise
            if name not in graph.nodes:
                problems.append(Problem("error", f"The recipe minimises {name}, which is not in the graph."))
                continue
            operator = self.of(graph, graph.nodes[name])
            if operator is not None and operator.role != "loss":
                problems.append(Problem("error", "The recipe minimises this, and it is not a loss.", name))
        source = self.sources.get(graph.recipe.data or "")
        if graph.recipe.data is not None and source is None:
            problems.append(Problem("warning", no_source(graph.recipe.data, self.sources)))
        if source is not None:
            try:
                source.check(graph.recipe.source)
            except DataError as error:
                problems.append(Problem("error", error.message))
        if source is not None and source.fields:
            known = [field.name for field in source.fields]
            for name, field in graph.recipe.fields.items():
                if field not in known:
                    text = f"{source.title} has no field {field}; it has: {', '.join(known)}.{meant(field, known)}"
                    problems.append(Problem("warning", text, name if name in graph.nodes else None))
        return problems


def _check_options(path: str, node: Node, operator: Operator, known: frozenset[str]) -> Iterator[Problem]:
    for key, value in node.options.items():
        option = operator.option(key)
        if option is None:
            names = [item.name for item in operator.options]
            rest = f"; its options are: {', '.join(names) or 'none'}.{meant(key, names)}"
            text = f"{operator.title} has no option {key}{_gone(operator, key) or rest}"
            yield Problem("error", text, path, option=key)
            continue
        try:
            if is_expression(value) and key == operator.many:
                raise ValueError("how many outputs there are must be a number itself")
            if is_expression(value):
                check_term(str(value)[1:], known)
            else:
                option.check(value)
        except ValueError as error:
            yield Problem("error", f"{key}: {error}." if is_expression(value) else f"{error}.", path, option=key)


def _check_terms(path: str, node: Node, known: frozenset[str]) -> Iterator[Problem]:
    for name, text in (("when", node.when), ("repeat", node.repeat)):
        if isinstance(text, str) and text:
            try:
                check_term(text, known)
            except ValueError as error:
                yield Problem("error", f"{name}: {error}.", path)


def check_size(graph: Graph) -> Iterator[Problem]:
    """Say which nodes stand for more operators than any machine has room for, as far as copies are numbers."""

    def counted(node: Node, known: Mapping[str, int]) -> int:
        return (node.repeat if isinstance(node.repeat, int) else 1) * known.get(node.operator, 1)

    counts: dict[str, int] = {}
    for name in inner_first(graph):
        counts[name] = sum(counted(node, counts) for node in graph.modules[name].nodes.values())
    for name, node in graph.nodes.items():
        if counted(node, counts) > MOST_NODES:
            number = counted(node, counts)
            shown = f"{number:,}" if number < 10**15 else f"10^{len(str(number)) - 1}"
            yield Problem("error", f"It stands for {shown} operators; at most {MOST_NODES:,} are looked at.", name)


def _check_scan(body: Body, path: str, node: Node) -> Iterator[Problem]:
    if not node.scan:
        return
    module = body.modules.get(node.operator)
    if module is None:
        yield Problem("error", "scan: only a module is run place by place; put it into one.", path)
    elif node.repeat != 1:
        yield Problem("error", "It is both repeated and run place by place; put one of the two into a module.", path)
    else:
        inputs = [name for name in module.head.inputs if name not in module.head.state]
        for port in node.scan:
            if port not in inputs:
                shown = ", ".join(inputs) or "none"
                yield Problem("error", f"scan: {port} is no input that can be gone through; those are: {shown}.", path)


def _check_ports(body: Body, name: str, path: str, operator: Operator) -> Iterator[Problem]:
    wired = set()
    for end in body.into(name):
        port = operator.input(end.port)
        if port is None or port.repeats != (end.index is not None):
            text = f"{operator.title} has no input {end.port}" + ("" if end.index is None else f".{end.index}")
            yield Problem("error", text + (_gone(operator, end.port) or "."), path, end.port)
        wired.add(end.port)
    for port in operator.inputs:
        if port.name not in wired and not port.optional:
            yield Problem("error", f"Nothing is wired to {path}.{port.name}.", path, port.name)


def _gone(operator: Operator, name: str) -> str:
    """Say what became of an option or a port that files of an older format may have; nothing where it never was."""
    found = next((former.removed[name] for former in operator.formerly if name in former.removed), None)
    return f" any more: {found}" if found else ""


@lru_cache(maxsize=1000)
def interface(name: str, head: Head) -> Operator:
    """Return a module as an operator: what it shows to whoever uses it as a node. It has no body that could be run."""
    words = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", " ", name)
    return Operator(
        id=name,
        stem=words.lower().replace(" ", "_"),
        title=name,
        category="Module",
        doc=head.doc or f"A module of this graph: {words.lower()}.",
        inputs=tuple(Port(item) for item in head.inputs),
        outputs=tuple(Port(port) for port, _ in head.outputs),
        options=head.options,
        role="layer",
        shows=(),
        fitted=(),
        version="",
        body=_no_body,
    )


def _no_body(*_inputs: object, **_options: object) -> None:
    raise TypeError("a module is inferred from its nodes")


def catalog() -> Catalog:
    """Return the catalogue of what ships with the program, and of what the user has of their own and trusts."""
    found = _shipped()
    found.look()
    return found


@cache
def _shipped() -> Catalog:
    drawn = [item for module in _modules("templates") for item in _declared(module, Template)]
    templates = {item.id: item for item in sorted(drawn, key=lambda item: GROUPS.index(item.category))}
    tours = {item.id: item for module in _modules("templates") for item in _declared(module, Tour)}
    return Catalog(lambda: _nodes(templates), templates, declared(), tours)


def _nodes(templates: Mapping[str, Template]) -> Nodes:
    """Declare the operators that ship, and look for the user's own, which may not be called like a template either."""
    modules = list(_modules("nodes"))
    operators = {item.id: item for module in modules for item in _declared(module, Operator)}
    removed = {item.id: item for module in modules for item in _declared(module, Removed)}
    absent = {
        name: why for module in modules for item in _declared(module, Absent) for name, why in item.instead.items()
    }
    own = Own(operators, templates)
    own.look_once()
    return Nodes(operators, removed, absent, own)


@cache
def shipped() -> str:
    """Return a digest of the operators and templates that ship with the program, and of how templates become graphs."""
    found = hashlib.sha256()
    for path in (*_files("nodes"), *_files("templates"), HOME / "edit" / "sketch.py"):
        found.update(path.read_bytes())
    return found.hexdigest()


def _declared(module: ModuleType, kind: type[Any]) -> list[Any]:
    return [value for value in vars(module).values() if isinstance(value, kind)]


def _files(kind: str) -> list[Path]:
    folder = HOME / kind if (HOME / kind).is_dir() else HOME.parent / kind
    return sorted(path for path in folder.glob("*.py") if not path.name.startswith("_"))


def _modules(kind: str) -> Iterator[ModuleType]:
    """Import the files of a folder: inside the package where it is installed, beside it in a checkout."""
    for path in _files(kind):
        name = f"grapheditor.{kind}.{path.stem}"
        if name not in sys.modules:
            spec = importlib.util.spec_from_file_location(name, path)
            assert spec is not None and spec.loader is not None
            module = importlib.util.module_from_spec(spec)
            sys.modules[name] = module
            spec.loader.exec_module(module)
        yield sys.modules[name]

"""From a graph to the module that runs: the printed source itself, executed and known to tracebacks."""

from __future__ import annotations

import hashlib
import linecache
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any, cast

import torch
from torch import nn
from torch.nn import functional

from grapheditor.catalog import Catalog, catalog
from grapheditor.compile.analysis import Analysis
from grapheditor.compile.emit import (
    OBJECTIVE,
    VALUES,
    Place,
    Printed,
    class_name,
    objective_method,
    print_module,
    print_values,
)
from grapheditor.compile.guard import check
from grapheditor.compile.infer import Inference
from grapheditor.compile.link import Linked, Linking, results_of
from grapheditor.compile.page import Page
from grapheditor.graph import Graph, Problem
from grapheditor.graph.arithmetic import SizeError


class CompileError(ValueError):
    """The graph has errors; ``problems`` names them all, message and node are those of the first."""

    def __init__(self, problems: list[Problem]) -> None:
        first = problems[0]
        super().__init__(f"{first.node}: {first.message}" if first.node else first.message)
        self.problems = problems
        self.message = first.message
        self.node = first.node
        self.port = first.port


@dataclass(frozen=True, slots=True)
class Fit:
    """An operator whose buffers are taken from the training data: mean and deviation of what arrives at it."""

    node: str
    inputs: tuple[str, ...]
    arrives: Callable[..., tuple[torch.Tensor, ...]]
    mean: str
    std: str


@dataclass(frozen=True, slots=True)
class Values:
    """A method beside those of a module: what some nodes give, then what arrives at some ports, in one pass."""

    inputs: tuple[str, ...]
    method: Callable[..., tuple[torch.Tensor, ...]]


@dataclass(frozen=True, slots=True)
class Program:
    """A compiled graph: its source, and what one needs to know to call the module."""

    graph: Graph
    analysis: Analysis
    printed: Printed
    linking: Linking = field(repr=False)
    fits: tuple[Fit, ...] = field(repr=False)
    kind: type[nn.Module] = field(repr=False)
    pages: dict[str, Page] = field(default_factory=dict, repr=False)
    """What was printed besides the source, by the name of the file that tracebacks show."""

    @property
    def source(self) -> str:
        """The printed source."""
        return self.printed.text

    @property
    def inputs(self) -> tuple[str, ...]:
        """The arguments of ``forward``: ids of input nodes."""
        return self.printed.inputs

    @property
    def results(self) -> tuple[str, ...]:
        """The nodes whose values ``forward`` returns."""
        return self.printed.results

    @property
    def objective_inputs(self) -> tuple[str, ...]:
        """The arguments of ``objective``; empty where the graph has no loss or metric."""
        return self.printed.objective_inputs

    @property
    def scalars(self) -> tuple[str, ...]:
        """The losses and metrics that ``objective`` returns, by node."""
        main = self.linking.main
        return (*main.with_role("loss"), *main.with_role("metric"))

    def method(self, loss: str | None = None) -> tuple[str, tuple[str, ...]]:
        """Return the method that computes what an objective minimises, or all losses and metrics; its arguments."""
        name = objective_method(loss) if loss else OBJECTIVE
        if name in self.printed.methods:
            return name, self.printed.methods[name]
        return OBJECTIVE, self.printed.objective_inputs

    def returned(self, loss: str | None = None) -> tuple[str, ...]:
        """Return the nodes whose values :meth:`method` returns."""
        return (loss,) if loss and self.method(loss)[0] != OBJECTIVE else self.scalars

    @property
    def owners(self) -> Mapping[str, str]:
        """The path of the node that each weight and buffer belongs to, by its name: ``picture`` of picture_weight."""
        return {name: node for name, node, _ in self.linking.weights(self.linking.main)}

    def holder(self, path: str) -> str:
        """Return the path of a node, or that of the node whose weights it shares; a set's name stands for its nodes."""
        first, dot, rest = path.partition(".")
        nodes, used = self.graph.nodes, set(self.linking.main.used())
        sharing = (name for name, node in nodes.items() if name in used and node.weights == first)
        name = first if first in nodes else next(sharing, first)
        return f"{self.linking.main.holder(name)}{dot}{rest}" if name in nodes else path

    def values(self, ports: Sequence[Place], loss: str | None = None) -> Values:
        """Return the method that computes what that of a loss returns, then what arrives at ports; each has a wire."""
        alone = self.method(loss)[0] != OBJECTIVE
        return _values(self.linking.main, self.returned(loss), ports, self.pages, alone=alone)

    def input_shape(self, name: str) -> tuple[int | str, ...]:
        """Return an input's sizes as they were declared: integers, symbols, expressions."""
        shape = catalog().operators["input"].values(self.graph.nodes[name].options)["shape"]
        assert isinstance(shape, tuple)
        return shape

    def input_type(self, name: str) -> str:
        """Return an input's element type, such as ``float32``."""
        return str(catalog().operators["input"].values(self.graph.nodes[name].options)["dtype"])

    def module(self) -> nn.Module:
        """Return a fresh module, its weights drawn from torch's current generator."""
        return self.kind()


def compile_graph(graph: Graph, *, inference: Inference | None = None) -> Program:
    """Compile a graph; CompileError where it has errors."""
    inference = inference or Inference(catalog())
    analysis = inference.analyse(graph)
    linking = link(graph, inference.catalog, analysis)
    printed = print_module(linking)
    space = execute(printed.text, printed.name)
    kind = cast(type[nn.Module], space[printed.name])
    pages: dict[str, Page] = {}
    program = Program(graph, analysis, printed, linking, _fits(linking.main, pages), kind, pages)
    _compare(program, linking)
    return program


def link(graph: Graph, known: Catalog, analysis: Analysis) -> Linking:
    """Join a sound graph's recordings; CompileError where it has errors or nothing to compute."""
    errors = [problem for problem in analysis.problems if problem.severity == "error"]
    if errors:
        raise CompileError(errors)
    try:
        linking = Linking(graph, analysis.nodes, known, class_name(graph.info.title))
    except SizeError as error:
        raise CompileError([Problem("error", f"There is no source for it: {error}.")]) from error
    printed = {path for path, _, _ in linking.weights(linking.main)}
    for path, tie in graph.ties.items():
        missing = next((item for item in (path, tie.source) if item not in printed), None)
        if missing is not None:
            node = missing.partition(".")[0]
            text = f"{path} is tied to {tie.source}, and nothing that is computed has the weight {missing}."
            raise CompileError([Problem("error", text, node if node in graph.nodes else None)])
    if not results_of(linking.main):
        raise CompileError([Problem("error", "The graph computes nothing yet: add operators behind an input.")])
    return linking


def execute(text: str, name: str, known: Mapping[str, Any] = MappingProxyType({})) -> dict[str, Any]:
    """Run a source that our printer wrote; its lines show in tracebacks. known: further names that it uses.

    Unprintable where it holds what the printer never writes.
    """
    tree = check(text, frozenset(known))
    digest = hashlib.sha256(text.encode()).hexdigest()[:12]
    filename = f"<grapheditor {name} {digest}>"
    linecache.cache[filename] = (len(text), None, text.splitlines(keepends=True), filename)
    space: dict[str, Any] = {
        "__name__": f"grapheditor.compiled.{name}",
        "torch": torch,
        "nn": nn,
        "F": functional,
        **known,
    }
    exec(compile(tree, filename, "exec", dont_inherit=True), space)  # noqa: S102 - the text is our printer's
    return space


def _values(
    linked: Linked, nodes: Sequence[str], ports: Sequence[Place], pages: dict[str, Page], *, alone: bool
) -> Values:
    page, inputs = print_values(linked, nodes, ports, alone)
    name = linked.scope.name
    method = getattr(execute(page.text(), name)[name], VALUES)
    pages[method.__code__.co_filename] = page
    return Values(inputs, method)


def _fits(linked: Linked, pages: dict[str, Page]) -> tuple[Fit, ...]:
    fits = []
    for name in linked.used():
        operator = linked.catalog.of(linked.graph, linked.graph.nodes[name])
        if operator is None or not operator.fitted:
            continue
        arrival = _values(linked, [], [(name, operator.inputs[0].name)], pages, alone=True)
        buffers = {item.name: linked.attributes[id(item)] for item in linked.constructs[name]}
        mean, std = (buffers[buffer] for buffer in operator.fitted)
        fits.append(Fit(name, arrival.inputs, arrival.method, mean, std))
    return tuple(fits)


def _compare(program: Program, linking: Linking) -> None:
    """The printed module must have the weights that inference promised; a difference is a defect of an operator."""
    promised: dict[str, tuple[str | None, tuple[int, ...] | None]] = {
        path: (node, shape) for path, node, shape in linking.weights(linking.main)
    }
    with torch.device("meta"):
        built = program.module().state_dict(keep_vars=True)
    for key, value in built.items():
        owner, shape = promised.get(key, (None, None))
        if shape != tuple(value.shape):
            text = f"The printed weight {key} is {list(value.shape)}, and inference had {shape}."
            raise CompileError([Problem("error", text, owner and owner.partition(".")[0])])
    for key, (owner, _) in promised.items():
        if key not in built:
            node = owner and owner.partition(".")[0]
            raise CompileError([Problem("error", f"The weight {key} is missing from the printed module.", node)])

"""Prints a graph as a readable module: one class, ``forward`` for what is exported, ``objective`` for training."""

from __future__ import annotations

import re
import textwrap
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from grapheditor.authoring.expression import Construct, children
from grapheditor.compile.classes import literal_of
from grapheditor.compile.link import Linked, Linking, results_of, write_construct
from grapheditor.compile.statements import WIDTH, Line, Statements
from grapheditor.graph import Info, Module, Output
from grapheditor.graph.names import natural, refusal

TENSOR = "torch.Tensor"


@dataclass(frozen=True, slots=True)
class Printed:
    """The source, for each node the numbers (from 1) of its lines, and the arguments of its methods."""

    text: str
    name: str
    lines: Mapping[str, tuple[int, ...]]
    inputs: tuple[str, ...]
    results: tuple[str, ...]
    objective_inputs: tuple[str, ...]


@dataclass(slots=True)
class _Page:
    """Lines of source, each with the nodes that it comes from."""

    rows: list[tuple[str, frozenset[str]]] = field(default_factory=list)

    def add(self, text: str = "", nodes: Iterable[str] = ()) -> None:
        self.rows.extend((part, frozenset(nodes)) for part in text.split("\n"))

    def text(self) -> str:
        return "\n".join(text.rstrip() for text, _ in self.rows) + "\n"

    def lines(self) -> dict[str, tuple[int, ...]]:
        found: dict[str, list[int]] = {}
        for number, (_, nodes) in enumerate(self.rows, 1):
            for node in nodes:
                found.setdefault(node, []).append(number)
        return {node: tuple(numbers) for node, numbers in found.items()}


def class_name(title: str) -> str:
    """Return a class name for a title: ``Digits convnet`` becomes DigitsConvnet."""
    parts = re.findall(r"[A-Za-z0-9]+", title)
    name = "".join(part[0].upper() + part[1:] for part in parts)
    return (
        name
        if re.fullmatch(r"[A-Z][A-Za-z0-9]{0,60}", name) and name not in ("F", "True", "False", "None")
        else "Network"
    )


def print_module(program: Linking) -> Printed:
    """Print a graph as the source of its classes: those of its modules, used ones first, then its own."""
    linked = program.main
    info = program.info
    results = results_of(linked)
    scalars = linked.with_role("loss") + linked.with_role("metric")
    inputs = linked.inputs(results)
    objective_inputs = linked.inputs(scalars)
    name = linked.scope.name
    bodies = _Page()
    for inner in program.inner:
        _class(bodies, inner, _module_doc(inner))
    methods = _Page()
    _method(methods, linked, "forward", inputs, results)
    if scalars:
        methods.add()
        _objective(methods, linked, inputs, results, objective_inputs, scalars)
    bodies.add(f"\n\nclass {name}(nn.Module):")
    bodies.add(_quoted(_class_doc(linked, info, inputs, results), "    "))
    bodies.add()
    _constructor(bodies, linked)
    for path in sorted(program.ties, key=natural):
        bodies.add(f"        {_attribute(path)} = {_attribute(program.ties[path])}", [path.partition(".")[0]])
    bodies.add()
    bodies.rows += methods.rows
    page = _Page()
    page.add(_quoted(f"{info.title or 'A network'}, drawn with grapheditor.", ""))
    page.add("\nimport torch\nfrom torch import nn")
    if any(re.search(r"\bF\.", text) for text, _ in bodies.rows):
        page.add("from torch.nn import functional as F")
    page.rows += bodies.rows
    return Printed(page.text(), name, page.lines(), tuple(inputs), tuple(results), tuple(objective_inputs))


def _attribute(path: str) -> str:
    """Write the path of a weight as an attribute: ``self.blocks[0].head.weight``."""
    return "self" + "".join(f"[{part}]" if part.isdigit() else f".{part}" for part in path.split("."))


def _class(page: _Page, linked: Linked, doc: str) -> None:
    """Print the class of a module. Its lines belong to no node of the graph: it is used in several places."""
    inner = _Page()
    inner.add(f"\n\nclass {linked.scope.name}(nn.Module):")
    inner.add(_quoted(doc, "    "))
    inner.add()
    _constructor(inner, linked)
    inner.add()
    results = results_of(linked)
    _method(inner, linked, "forward", linked.inputs(results), results)
    page.rows += [(text, frozenset()) for text, _ in inner.rows]


def _module_doc(linked: Linked) -> str:
    assert isinstance(linked.graph, Module)
    return linked.graph.head.doc or f"{linked.scope.name}, a part of the network."


def print_arrival(linked: Linked, node: str, port: str) -> tuple[str, tuple[str, ...]]:
    """Print a function that computes what arrives at a port, with the module as ``self``; and its further arguments."""
    start = linked.graph.inputs(node, port)[0]
    inputs = linked.inputs([start.node])
    page = _Page()
    page.add("import torch\nfrom torch import nn\nfrom torch.nn import functional as F\n\n")
    statements = Statements(_names(linked, inputs), linked.rank, linked.unpacked)
    (last,) = statements.compute([linked.outputs[start]])
    page.add(f"def arrives({', '.join(['self', *inputs])}):")
    for line in statements.lines:
        page.add(f"    {line.text}")
    page.add(f"    return {last.text}")
    return page.text(), tuple(inputs)


def _names(linked: Linked, inputs: Iterable[str]) -> dict[int, str]:
    names = {key: f"self.{name}" for key, name in linked.attributes.items()}
    names.update({id(linked.arguments[name]): name for name in inputs})
    return names


def _constructor(page: _Page, linked: Linked) -> None:
    given = [
        f"{item.name}: {item.annotation}" + ("" if item.default is None else f" = {literal_of(item.default)}")
        for item in linked.scope.ordered()
    ]
    page.add(_wrapped(f"def __init__({', '.join(['self', *given])}) -> None:", 4))
    page.add("        super().__init__()")
    for attribute, text in linked.scope.stored.items():
        page.add(_wrapped(f"self.{attribute} = {text}", 8))
    for node in linked.used():
        for construct in linked.constructs[node]:
            made = linked.texts.get(id(construct)) or write_construct(construct)
            page.add(_wrapped(f"self.{linked.attributes[id(construct)]} = {made}", 8), [node])


def _method(page: _Page, linked: Linked, name: str, inputs: list[str], results: list[str]) -> None:
    returns = TENSOR if len(results) == 1 else f"tuple[{', '.join([TENSOR] * len(results))}]"
    page.add(_wrapped(_definition(name, inputs, returns), 4), inputs)
    statements = Statements(_names(linked, inputs), linked.rank, linked.unpacked)
    lasts = statements.compute([linked.result(node) for node in results])
    _write_lines(page, linked, statements.lines)
    nodes = {node for last in lasts for node in _nodes(linked, last)} | set(results)
    page.add(_wrapped(f"return {', '.join(last.text for last in lasts)}", 8), nodes)


def _objective(
    page: _Page,
    linked: Linked,
    inputs: list[str],
    results: list[str],
    arguments: list[str],
    scalars: list[str],
) -> None:
    page.add(_wrapped(_definition("objective", arguments, f"dict[str, {TENSOR}]"), 4), arguments)
    names = _names(linked, arguments)
    behind = _behind_results(linked, results, scalars, set(inputs) <= set(arguments))
    if behind:
        texts = [_result_name(linked, node, arguments) for node in results]
        page.add(_wrapped(f"{', '.join(texts)} = self({', '.join(inputs)})", 8))
        names.update({id(linked.result(node)): text for node, text in zip(results, texts, strict=True)})
    statements = Statements(names, linked.rank, linked.unpacked)
    lasts = statements.compute([linked.result(node) for node in scalars])
    _write_lines(page, linked, statements.lines)
    page.add("        return {")
    for node, last in zip(scalars, lasts, strict=True):
        page.add(_wrapped(f'"{node}": {last.text},', 12), _nodes(linked, last) | {node})
    page.add("        }")


def _behind_results(linked: Linked, results: list[str], scalars: list[str], reachable: bool) -> bool:
    """Tell whether losses and metrics need of the network only what ``forward`` returns."""
    cut = {id(linked.result(node)) for node in results}
    waiting = [linked.result(node) for node in scalars]
    found = False
    seen: set[int] = set()
    while waiting:
        item = waiting.pop()
        if id(item) in cut:
            found = True
        elif id(item) not in seen:
            seen.add(id(item))
            if isinstance(item, Construct):
                return False
            waiting.extend(children(item))
    return found and reachable


def _result_name(linked: Linked, node: str, taken: list[str]) -> str:
    return node if node not in taken and refusal(node) is None else f"{node}_"


def _definition(name: str, inputs: list[str], returns: str) -> str:
    return f"def {name}({', '.join(['self', *(f'{item}: {TENSOR}' for item in inputs)])}) -> {returns}:"


def _write_lines(page: _Page, linked: Linked, lines: Iterable[Line]) -> None:
    for line in lines:
        page.add(_wrapped(line.text, 8), _nodes(linked, line))


def _nodes(linked: Linked, line: Line) -> set[str]:
    return {linked.owner[id(step)] for step in line.steps if id(step) in linked.owner}


def _wrapped(text: str, indent: int) -> str:
    """Indent a line; where it is too long, break it as a formatter would: a choice, then the outermost call."""
    margin = " " * indent
    if len(text) + indent <= WIDTH or "(" not in text:
        return margin + text
    choice = re.fullmatch(r"(self\.\w+ = )(.+) if (.+) else (nn\.Identity\(\))", text)
    if choice:
        whole = f"{choice[2]} if {choice[3]} else {choice[4]}"
        rows = (whole,) if indent + 4 + len(whole) <= WIDTH else (choice[2], f"if {choice[3]}", f"else {choice[4]}")
        inner = "\n".join(_wrapped(row, indent + 4) for row in rows)
        return f"{margin}{choice[1]}(\n{inner}\n{margin})"
    tail = next((end for end in (")", "]") if text.endswith(end)), None)
    start = text.find("(")
    stop = len(text) - 1 if tail == ")" else text.rfind(")")
    inner = text[start + 1 : stop]
    one = f"{margin}    {inner}"
    if len(one) <= WIDTH:
        return f"{margin}{text[: start + 1]}\n{one}\n{margin}{text[stop:]}"
    parts = "".join(f"{margin}    {part},\n" for part in _split(inner))
    return f"{margin}{text[: start + 1]}\n{parts}{margin}{text[stop:]}"


def _split(text: str) -> list[str]:
    parts, depth, start = [], 0, 0
    for i, letter in enumerate(text):
        depth += (letter in "([{") - (letter in ")]}")
        if letter == "," and not depth:
            parts.append(text[start:i].strip())
            start = i + 1
    return [*parts, text[start:].strip()]


def _class_doc(linked: Linked, info: Info, inputs: list[str], results: list[str]) -> str:
    doc = info.doc or info.title or "A network."
    sizes = [f"{name}: {linked.nodes[name].outputs['out']}" for name in inputs]
    given = []
    for name in results:
        start = linked.graph.inputs(name, "x")[0] if linked.role(name) == "output" else Output(name)
        given.append(f"{name}: {linked.nodes[start.node].outputs[start.port]}")
    return f"{doc}\n\nTakes {', '.join(sizes)}. Gives {', '.join(given)}."


def _quoted(text: str, margin: str) -> str:
    """Write a docstring; nothing in the text can end it."""
    safe = "".join(letter if letter.isprintable() or letter == "\n" else " " for letter in text)
    safe = "\n".join(textwrap.fill(part, WIDTH - len(margin) - 3) for part in safe.strip().split("\n"))
    safe = safe.replace("\\", "\\\\").replace('"""', "'''")
    if safe.endswith('"'):
        safe = f'{safe[:-1]}\\"'
    lines = [f"{margin}{line}".rstrip() for line in f'"""{safe}'.split("\n")]
    return "\n".join(lines) + ('"""' if len(lines) == 1 else f'\n{margin}"""')

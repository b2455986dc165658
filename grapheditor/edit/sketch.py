"""From a drawing, as a template makes one, to a graph: ids, wires, modules, places."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from grapheditor.authoring import Drawing, Handle, Operator, Template
from grapheditor.authoring.drawing import Definition, Drawn, output_id
from grapheditor.edit.layout import arrange
from grapheditor.graph import Body, Graph, Head, Info, Input, Node, Objective, Output, Recipe, Tie, schema
from grapheditor.graph.arithmetic import is_expression
from grapheditor.graph.names import fresh, refusal
from grapheditor.graph.recipe_schema import decode

if TYPE_CHECKING:
    from grapheditor.catalog import Catalog


def sketch(catalog: Catalog, template: Template, options: Mapping[str, Any]) -> Graph:
    """Return the graph that a template draws; ValueError with a sentence where an option is unknown or not allowed."""
    drawing = template.draw(options)
    graph = Graph()
    graph.put("info", Info(template.title, template.doc))
    _modules(catalog, graph, drawing)
    ids = _body(catalog, graph, graph, "", drawing)
    graph.put("recipe", _recipe(drawing, ids))
    for path, source in drawing.ties.items():
        graph.put(f"ties.{path}", Tie(source))
    return graph


def _modules(catalog: Catalog, graph: Graph, drawing: Drawing) -> None:
    """Put the modules that a drawing uses into the graph, those that they use first."""
    for name, definition in drawing.modules.items():
        if name in graph.modules:
            continue
        inner, results = definition.draw()
        _modules(catalog, graph, inner)
        graph.put(f"modules.{name}", _head(definition, list(results)))
        _body(catalog, graph, graph.modules[name], f"modules.{name}.", inner)


def _head(definition: Definition, ports: list[str]) -> Head:
    outputs = tuple((port, output_id(port, definition.inputs)) for port in ports)
    return Head(definition.doc, definition.options, definition.inputs, outputs)


def _body(catalog: Catalog, graph: Graph, body: Body, prefix: str, drawing: Drawing) -> list[str]:
    """Put the nodes of a drawing into a body and lay them out; return their ids in the order of drawing."""
    ids: list[str] = []
    for drawn in drawing.nodes:
        operator = catalog.find(body, drawn.operator)
        if operator is None:
            raise ValueError(f"There is no operator {drawn.operator}.")
        name = drawn.id or fresh(operator.stem, body.nodes)
        if name in body.nodes:
            raise ValueError(f"Two nodes are drawn with the id {name}.")
        if (reason := refusal(name)) is not None:
            raise ValueError(f"A node is drawn with the id {name}, which cannot be one: {reason}.")
        ids.append(name)
        options, wires = _bind(operator, drawn)
        node = Node(
            name,
            operator.id,
            options,
            drawn.title,
            when=drawn.when,
            repeat=drawn.repeat,
            weights=drawn.weights,
            scan=drawn.scan,
        )
        if drawn.learning:
            said = schema.decode(f"nodes.{name}", {"operator": operator.id, **_listed(drawn.learning)})
            assert isinstance(said, Node)
            node = replace(node, learning=said.learning)
        graph.put(f"{prefix}nodes.{name}", node)
        for (port, index), handle in wires.items():
            source = catalog.find(body, drawing.nodes[handle.index].operator)
            assert source is not None
            output = handle.output or source.outputs[0].name
            graph.put(f"{prefix}wires.{Input(name, port, index)}", Output(ids[handle.index], output))
    for name, at in arrange(body, catalog).items():
        graph.put(f"{prefix}nodes.{name}", replace(body.nodes[name], at=at))
    return ids


def _bind(operator: Operator, drawn: Drawn) -> tuple[dict[str, Any], dict[tuple[str, int | None], Handle]]:
    given = dict(zip((port.name for port in operator.inputs), drawn.inputs, strict=False))
    options: dict[str, Any] = {}
    for name, value in drawn.keywords.items():
        if operator.input(name) is not None:
            given[name] = value
            continue
        option = operator.option(name)
        if option is None:
            raise ValueError(f"{operator.title} has no option {name}.")
        checked = value if is_expression(value) else option.check(value)
        if checked != option.default or operator.category == "Module":
            options[name] = checked
    wires: dict[tuple[str, int | None], Handle] = {}
    for port, value in given.items():
        if isinstance(value, Handle):
            wires[port, None] = value
        elif value is not None:
            wires.update({(port, i): handle for i, handle in enumerate(value)})
    return options, wires


def _recipe(drawing: Drawing, ids: list[str]) -> Recipe:
    """Return the recipe, read as a file's is: so a template is refused what a file would be."""
    values = dict(drawing.recipe)
    if source := values.pop("source", None):
        values["data"] = {"source": values.get("data"), "options": source}
    values["objectives"] = [
        {"minimise": ids[loss.index], "settings": Objective("").settings, **chosen}
        for loss, chosen in drawing.objectives
    ]
    recipe: Recipe = decode("recipe", _listed(values))
    return recipe


def _listed(value: Any) -> Any:
    """Return a value with lists for tuples, as JSON has them."""
    if isinstance(value, Mapping):
        return {key: _listed(item) for key, item in value.items()}
    return [_listed(item) for item in value] if isinstance(value, list | tuple) else value

"""Another operator in the place of a node: its wires and the options of the same name stay."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import replace

from grapheditor.authoring import Operator
from grapheditor.catalog import Catalog
from grapheditor.edit.change import Change
from grapheditor.edit.scope import Scope
from grapheditor.graph import Input, Output
from grapheditor.graph.arithmetic import is_expression
from grapheditor.graph.body import OptionValue


def replace_with(scope: Scope, catalog: Catalog, node: str, operator: str) -> Change:
    """Let a node be another operator or module.

    Wires go to the port of the same name, else to the first that is free; options stay where the new operator has them
    and takes their value. ValueError where a wire would find no port.
    """
    old = scope.body.nodes[node]
    declared = catalog.find(scope.body, operator)
    if declared is None:
        raise ValueError(f"There is no operator {operator}.")
    inputs, outputs = inputs_kept(scope, node, declared), _outputs_kept(scope, node, declared)
    if inputs is None or outputs is None:
        raise ValueError(f"{declared.title} has not the ports that the wires of {node} need.")
    options: dict[str, OptionValue] = {}
    for name, value in old.options.items():
        option = declared.option(name)
        with suppress(ValueError):
            checked = value if option is None or is_expression(value) else option.check(value)
            if option is not None and checked != option.default:
                options[name] = checked
    draft = scope.draft(f"Replace with {declared.title}")
    scan = tuple(port for port in old.scan if declared.input(port) is not None)
    learning = replace(old.learning, initial={}, parametrized={})
    draft.put(
        f"nodes.{node}", replace(old, operator=operator, options=options, weights="", scan=scan, learning=learning)
    )
    for end, start in scope.body.into(node).items():
        draft.put(f"wires.{end}", None)
        draft.put(f"wires.{inputs[end]}", start)
    for end, start in scope.body.out_of(node).items():
        draft.put(f"wires.{end}", outputs[start])
    return draft.change()


def inputs_kept(scope: Scope, node: str, operator: Operator) -> Mapping[Input, Input] | None:
    """Return where the wires into a node would end at another operator; None where one finds no port."""
    wires = sorted(scope.body.into(node), key=lambda end: (end.port, end.index or 0))
    found: dict[Input, Input] = {}
    taken: set[str] = set()
    for end in wires:
        same = operator.input(end.port)
        if same is not None and same.repeats == (end.index is not None):
            found[end] = end
            taken.add(end.port)
    for end in wires:
        if end in found:
            continue
        port = next((item for item in operator.inputs if item.repeats or item.name not in taken), None)
        if port is None:
            return None
        taken.add(port.name)
        used = sum(1 for other in found.values() if other.port == port.name)
        found[end] = Input(node, port.name, used if port.repeats else None)
    return found


def _outputs_kept(scope: Scope, node: str, operator: Operator) -> Mapping[Output, Output] | None:
    starts = sorted(set(scope.body.out_of(node).values()))
    free = [port.name for port in operator.outputs if Output(node, port.name) not in starts]
    found = {start: start for start in starts if operator.output(start.port) is not None}
    for start in starts:
        if start not in found:
            if not free:
                return None
            found[start] = Output(node, free.pop(0))
    return found


def can_replace(scope: Scope, catalog: Catalog, node: str, operator: Operator) -> bool:
    """Tell whether an operator can stand in the place of a node: its role is alike, and each wire finds a port."""
    now = catalog.of(scope.body, scope.body.nodes[node])
    fixed = ("input", "output")
    if operator.id == scope.body.nodes[node].operator or operator.role in fixed or (now and now.role in fixed):
        return False
    return inputs_kept(scope, node, operator) is not None and _outputs_kept(scope, node, operator) is not None

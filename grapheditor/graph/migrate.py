"""Migration: the parsed JSON of an older file, brought from format to format until it says what today's files say.

A step is what changed from one format number to the next: a function over the whole text where its structure changed,
and what operators declare of their former selves (``authoring.Former``). What is not as the format asks for is left as
it is: the schema, which comes behind, names it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

from grapheditor.authoring.former import Former
from grapheditor.graph.reading import SchemaError

Values = dict[str, Any]
Step = Callable[[Values], Values]
FORMAT = 1
"""What is written. Raise it with every rename and with every change of the structure, and say below what changed."""
STEPS: Mapping[int, Step] = {}
"""From a format to the next: a pure function over the parsed JSON, where more changed than operators can say."""


class Declared(Protocol):
    """What a migration needs of an operator; authoring.Operator is one."""

    @property
    def id(self) -> str: ...

    @property
    def formerly(self) -> Sequence[Former]: ...


@dataclass(frozen=True, slots=True)
class History:
    """How files became what they are: the newest format, the steps to it, the operators with their former names.

    Without operators only files of the newest format can be read: an older one might name what is called otherwise now.
    """

    newest: int = FORMAT
    steps: Mapping[int, Step] = field(default_factory=lambda: STEPS)
    operators: Mapping[str, Declared] | None = None


def migrate(values: Values, history: History) -> Values:
    """Return the values of a file as the newest format says them; SchemaError where that cannot be done."""
    version = values["grapheditor"]
    if isinstance(version, bool) or not isinstance(version, int) or version < 1:
        raise SchemaError("grapheditor", "the version must be a whole number from 1")
    if version > history.newest:
        raise SchemaError(
            "grapheditor", f"was written by a newer grapheditor (format {version}; this one reads {history.newest})"
        )
    if version < history.newest and history.operators is None:
        raise SchemaError("grapheditor", f"format {version} is read only together with the catalogue of operators")
    for number in range(version, history.newest):
        values = _with_nodes(values, _formers(history.operators or {}, number))
        if number in history.steps:
            values = history.steps[number](values)
    return {**values, "grapheditor": history.newest}


def _formers(operators: Mapping[str, Declared], number: int) -> dict[str, tuple[str, Former]]:
    """Return, by an operator's id in this format, its id in the next and what else changed."""
    found: dict[str, tuple[str, Former]] = {}
    for operator in operators.values():
        later = [item for item in sorted(operator.formerly, key=lambda item: item.until) if item.until >= number]
        name = operator.id
        for item in reversed(later):
            if item.until == number:
                found[item.id or name] = name, item
            name = item.id or name
    return found


def _with_nodes(values: Values, formers: Mapping[str, tuple[str, Former]]) -> Values:
    """Bring the nodes and wires of the graph and of its modules to the next format."""
    if not formers:
        return values
    values = dict(values)
    bodies = [("nodes", "wires", "")]
    bodies += [("modules", "modules", f"{name}.") for name in _modules(values)]
    for nodes, wires, prefix in bodies:
        inner = f"{prefix}nodes." if prefix else ""
        changed = dict(_changed(values.get(nodes), inner, formers))
        values[nodes] = _nodes(values.get(nodes), inner, changed)
        values[wires] = _wires(values.get(wires), f"{prefix}wires." if prefix else "", changed)
    return {name: value for name, value in values.items() if value is not None}


def _modules(values: Values) -> list[str]:
    records = values.get("modules")
    return [name for name in records if "." not in name] if isinstance(records, dict) else []


def _changed(
    records: Any, prefix: str, formers: Mapping[str, tuple[str, Former]]
) -> Iterator[tuple[str, tuple[str, Former]]]:
    """Yield the nodes of one body whose operator changed."""
    for key, node in records.items() if isinstance(records, dict) else ():
        operator = node.get("operator") if isinstance(node, dict) else None
        if key.startswith(prefix) and isinstance(operator, str) and operator in formers:
            yield key[len(prefix) :], formers[operator]


def _nodes(records: Any, prefix: str, changed: Mapping[str, tuple[str, Former]]) -> Any:
    if not isinstance(records, dict):
        return records
    found = dict(records)
    for name, (operator, former) in changed.items():
        node = {**found[prefix + name], "operator": operator}
        given = node.get("options", {})
        if isinstance(given, dict):
            renamed = {former.options.get(key, key): value for key, value in given.items()}
            node["options"] = {**_plain(former.defaults), **renamed}
        found[prefix + name] = node
    return found


def _plain(values: Mapping[str, Any]) -> Values:
    return {name: list(value) if isinstance(value, tuple) else value for name, value in values.items()}


def _wires(records: Any, prefix: str, changed: Mapping[str, tuple[str, Former]]) -> Any:
    if not isinstance(records, dict) or not changed:
        return records
    found: Values = {}
    for key, start in records.items():
        if not key.startswith(prefix) or not isinstance(start, str):
            found[key] = start
            continue
        node, dot, rest = key[len(prefix) :].partition(".")
        port, number_dot, number = rest.partition(".")
        if node in changed:
            port = changed[node][1].inputs.get(port, port)
        found[f"{prefix}{node}{dot}{port}{number_dot}{number}"] = _start(start, changed)
    return found


def _start(text: str, changed: Mapping[str, tuple[str, Former]]) -> str:
    node, _, port = text.partition(".")
    if node not in changed:
        return text
    name = changed[node][1].outputs.get(port or "out", port or "out")
    return node if name == "out" else f"{node}.{name}"

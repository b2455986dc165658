"""The file: one JSON text, one record a line, sorted, so that an edit shows as the lines that changed.

Reading: limits, parse, schema, migration, then the model; nothing that is open changes before all of it has been read.
Writing: a temporary file beside it, flushed to disk, then renamed over the old one.
"""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import Any, NoReturn

from grapheditor.graph.carried import carried, is_picture
from grapheditor.graph.checks import find_cycle, nesting_cycle, nesting_depth
from grapheditor.graph.disk import LARGEST_FILE, FileError, load_file, replace_file
from grapheditor.graph.migrate import FORMAT, History, migrate
from grapheditor.graph.model import Body, Graph, Module, Record
from grapheditor.graph.names import natural
from grapheditor.graph.reading import SchemaError
from grapheditor.graph.schema import decode, encode

MOST_RECORDS = 200_000
LONGEST_KEY = 1_000
DEEPEST = 64
"""Modules within modules."""
MOST_BRACKETS = 600_000
"""Of a text whose objects and lists would fill the memory; a graph has about four to a node."""
MOST_COMMAS = 1_000_000
"""Of a text whose numbers and texts would: the largest graph that is read has about 600,000."""
SECTIONS = ("grapheditor", "info", "modules", "nodes", "wires", "frames", "ties", "recipe")


def read(path: Path, history: History | None = None) -> Graph:
    """Read a graph; FileError names the file, the place in it and what was expected.

    history: how older files are read; a catalogue has one.
    """
    return read_data(load_file(path), path, history)


def read_data(data: bytes, path: Path, history: History | None = None) -> Graph:
    """Read a graph from the content of its file, or of a picture that carries it; FileError as :func:`read`.

    The graph of a picture has no file: saving it must not write over the picture.
    """
    if is_picture(data):
        try:
            return read_text(carried(data), path, history)
        except ValueError as error:
            raise error if isinstance(error, FileError) else FileError(path, str(error)) from error
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise FileError(path, f"is not text in UTF-8 (byte {error.start:,})") from error
    graph = read_text(text, path, history)
    graph.path = path
    return graph


def read_text(text: str, path: Path | None = None, history: History | None = None) -> Graph:
    """Read a graph from a text; FileError as :func:`read`."""
    try:
        return _graph(migrate(_parse(text), history or History()))
    except SchemaError as error:
        raise FileError(path, error.message, error.place) from error


def write_text(graph: Graph) -> str:
    """Return the graph as the text of its file."""
    sections = [
        f'"grapheditor": {FORMAT}',
        f'"info": {_line(graph.info)}',
        _section("modules", _modules(graph)) if graph.modules else "",
        _section("nodes", _nodes(graph)),
        _section("wires", _wires(graph)),
        _section("frames", _frames(graph)) if graph.frames else "",
        _section("ties", {path: _line(graph.ties[path]) for path in sorted(graph.ties, key=natural)})
        if graph.ties
        else "",
        f'"recipe": {_line(graph.recipe)}',
    ]
    return "{\n" + ",\n".join(filter(None, sections)) + "\n}\n"


def _nodes(body: Body) -> dict[str, str]:
    return {name: _line(body.nodes[name]) for name in sorted(body.nodes, key=natural)}


def _wires(body: Body) -> dict[str, str]:
    ends = sorted(body.wires, key=lambda end: (natural(end.node), end.port, end.index or 0))
    return {str(end): _line(body.wires[end]) for end in ends}


def _frames(body: Body) -> dict[str, str]:
    return {name: _line(body.frames[name]) for name in sorted(body.frames, key=natural)}


def _modules(graph: Graph) -> dict[str, str]:
    lines: dict[str, str] = {}
    for name in sorted(graph.modules, key=natural):
        module = graph.modules[name]
        lines[name] = _line(module.head)
        lines |= {f"{name}.nodes.{key}": line for key, line in _nodes(module).items()}
        lines |= {f"{name}.wires.{key}": line for key, line in _wires(module).items()}
        lines |= {f"{name}.frames.{key}": line for key, line in _frames(module).items()}
    return lines


def write(graph: Graph, path: Path, *, keep: bool = False) -> None:
    """Write a graph, whole or not at all; FileError where the disk refuses. keep: as in :func:`replace_file`."""
    replace_file(path, write_text(graph).encode(), keep=keep)


def _line(record: Record) -> str:
    return json.dumps(encode(record), ensure_ascii=False)


def _section(name: str, lines: dict[str, str]) -> str:
    if not lines:
        return f'"{name}": {{}}'
    return f'"{name}": {{\n' + ",\n".join(f"{json.dumps(key)}: {line}" for key, line in lines.items()) + "\n}"


def _parse(text: str) -> dict[str, Any]:
    if text.count("[") + text.count("{") > MOST_BRACKETS:
        raise SchemaError("the text", "has more objects and lists than any graph")
    if text.count(",") > MOST_COMMAS:
        raise SchemaError("the text", "has more values than any graph")
    try:
        value = json.loads(
            text,
            object_pairs_hook=_object,
            parse_int=_parse_int,
            parse_float=_parse_float,
            parse_constant=_parse_constant,
        )
    except json.JSONDecodeError as error:
        raise SchemaError(f"line {error.lineno}, column {error.colno}", "is not JSON as it should be here") from error
    except RecursionError:
        raise SchemaError("the text", "is nested too deeply") from None
    if not isinstance(value, dict) or "grapheditor" not in value:
        raise SchemaError("the text", 'is not a graph: it has no "grapheditor" version')
    return value


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for key, value in pairs:
        if key in found:
            raise SchemaError(key[:40], "stands twice in the same object")
        if not (_whole(key) and _whole(value)):
            raise SchemaError(key.encode("ascii", "replace").decode()[:40], "holds half a character")
        found[key] = value
    return found


def _whole(value: Any) -> bool:
    """Tell whether texts hold no lone surrogates, which no file can hold; objects have been looked at before."""
    if isinstance(value, list):
        return all(map(_whole, value))
    return not isinstance(value, str) or value.isascii() or not any("\ud800" <= c <= "\udfff" for c in value)


def _parse_int(digits: str) -> int:
    if len(digits) > 30:
        raise SchemaError(f"{digits[:12]}...", f"is a number of {len(digits):,} digits")
    return int(digits)


def _parse_float(digits: str) -> float:
    value = float(digits)
    if not math.isfinite(value):
        raise SchemaError(digits[:40], "is too large for a number")
    return value


def _parse_constant(name: str) -> NoReturn:
    raise SchemaError(name, "is not a number that a graph may hold")


def _graph(values: dict[str, Any]) -> Graph:
    for name in values:
        if name not in SECTIONS:
            raise SchemaError(name[:40], f"is not known; a graph has {', '.join(SECTIONS)}")
    graph = Graph()
    for name in ("info", "recipe"):
        graph.put(name, decode(name, values.get(name, {})))
    for section in ("modules", "nodes", "wires", "frames", "ties"):
        records = values.get(section, {})
        if not isinstance(records, dict):
            raise SchemaError(section, "expected an object in braces")
        if len(records) > MOST_RECORDS:
            raise SchemaError(section, f"has {len(records):,} entries; at most {MOST_RECORDS:,} are read")
        for name, value in sorted(records.items(), key=_heads_first) if section == "modules" else records.items():
            key = f"{section}.{name[:LONGEST_KEY]}"
            if section == "modules" and name.partition(".")[0] not in graph.modules and "." in name:
                raise SchemaError(key, f"there is no module {name.partition('.')[0][:40]}")
            graph.put(key, decode(key, value))
    _check_wires(graph, "")
    _check_frames(graph, "")
    for name, module in graph.modules.items():
        _check_wires(module, f"modules.{name}.")
        _check_frames(module, f"modules.{name}.")
        _check_ports(module)
    _check_nesting(graph)
    return graph


def _heads_first(item: tuple[str, Any]) -> bool:
    return "." in item[0]


def _check_wires(body: Body, prefix: str) -> None:
    for end, start in body.wires.items():
        for name in (end.node, start.node):
            if name not in body.nodes:
                raise SchemaError(f"{prefix}wires.{end}", f"there is no node {name}")
    cycle = find_cycle(body)
    if cycle:
        raise SchemaError(f"{prefix}wires", f"form a cycle: {_shown(cycle)}")


def _check_frames(body: Body, prefix: str) -> None:
    for name, frame in body.frames.items():
        for node in frame.nodes:
            if node not in body.nodes:
                raise SchemaError(f"{prefix}frames.{name}", f"there is no node {node}")


def _check_ports(module: Module) -> None:
    for node, operator in [(name, "input") for name in module.head.inputs] + [
        (name, "output") for _, name in module.head.outputs
    ]:
        if node not in module.nodes or module.nodes[node].operator != operator:
            raise SchemaError(f"modules.{module.id}.{operator}s", f"there is no {operator} node {node}")


def _check_nesting(graph: Graph) -> None:
    cycle = nesting_cycle(graph)
    if cycle:
        raise SchemaError("modules", f"hold themselves: {_shown(cycle)}")
    if nesting_depth(graph) > DEEPEST:
        raise SchemaError("modules", f"are nested more than {DEEPEST} deep")


def _shown(cycle: list[str]) -> str:
    return " → ".join([*cycle[:8], "..." if len(cycle) > 8 else cycle[0]])


__all__ = [
    "LARGEST_FILE",
    "FileError",
    "read",
    "read_data",
    "read_text",
    "replace_file",
    "write",
    "write_text",
]

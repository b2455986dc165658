"""The verb ``library``: list the modules that are kept, keep one of a graph's, remove one."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from grapheditor import state
from grapheditor.cli import FILES, FINE, USAGE, VerbError
from grapheditor.command.shared import file_argument, print_value, read_graph

if TYPE_CHECKING:
    import argparse
    from collections.abc import Callable

    from grapheditor.edit.library import Kept, Library


def arguments(part: argparse.ArgumentParser) -> None:
    """Declare the arguments of ``grapheditor library``."""
    import argparse as parsing

    actions = part.add_subparsers(dest="action", metavar="list|add|remove", required=True)
    listed = actions.add_parser("list", help="list the modules that are kept", allow_abbrev=False)
    added = actions.add_parser("add", help="keep a module of a graph", allow_abbrev=False)
    removed = actions.add_parser("remove", help="take a module out; its file stays as NAME~", allow_abbrev=False)
    file_argument(added)
    for item in (added, removed):
        item.add_argument("module", metavar="MODULE", help="a module's name, such as Bottleneck")
    for item in (listed, added, removed):
        item.add_argument("--json", action="store_true", default=parsing.SUPPRESS, help="print one JSON value")


def run(given: argparse.Namespace) -> int:
    """List, keep or remove."""
    actions: dict[str, Callable[[argparse.Namespace], int]] = {"list": _list, "add": _add, "remove": _remove}
    return actions[given.action](given)


def _library() -> Library:
    from grapheditor.catalog import catalog
    from grapheditor.edit.library import Library

    found = Library(catalog().history)
    found.refresh(state.library())
    return found


def _list(given: argparse.Namespace) -> int:
    library = _library()
    if given.json:
        print(json.dumps([_described(item) for item in library.kept.values()]))
        return FINE
    print(f"{library.folder}: {len(library.kept)} kept.")
    for item in library.kept.values():
        declared = item.declared
        if declared is None:
            print(f"  {item.name:<22} broken: {item.problem}")
            continue
        options = " ".join(f"{option.name}={option.show(option.default)}" for option in declared.options)
        print(f"  {item.name:<22} {declared.headline}" + (f"\n  {'':<22} {options}" if options else ""))
    return FINE


def _described(item: Kept) -> dict[str, object]:
    declared = item.declared.describe() if item.declared is not None else None
    return {"name": item.name, "path": str(item.path), "problem": item.problem or None, "module": declared}


def _add(given: argparse.Namespace) -> int:
    from grapheditor.authoring.names import meant
    from grapheditor.edit.library import SUFFIX, keep, part_of
    from grapheditor.graph import FileError

    graph = read_graph(given.file, trust=given.trust)
    try:
        part = part_of(graph, given.module)
    except ValueError as error:
        raise VerbError(f"{error}{meant(given.module, graph.modules)}", USAGE, given.file) from error
    folder = state.library()
    try:
        outcome = keep(folder, part)
    except FileError as error:
        raise VerbError(error.message, FILES, error.path) from error
    path = folder / f"{given.module}{SUFFIX}"
    words = {
        "new": f"{path} written.",
        "same": f"{path} has this very module already.",
        "replaced": f"{path} written; the version before is {path.name}~.",
    }
    print_value(given, {"path": str(path), "outcome": outcome}, words[outcome])
    return FINE


def _remove(given: argparse.Namespace) -> int:
    from grapheditor.authoring.names import meant
    from grapheditor.edit.library import remove
    from grapheditor.graph import FileError

    kept = _library().kept
    if given.module not in kept:
        known = ", ".join(kept) or "none"
        text = f"there is no {given.module[:60]} in your library; there is: {known}.{meant(given.module, kept)}"
        raise VerbError(text, USAGE)
    try:
        path = remove(kept[given.module].path)
    except FileError as error:
        raise VerbError(error.message, FILES, error.path) from error
    print_value(given, {"path": str(path)}, f"{given.module} removed; it stays as {path}.")
    return FINE

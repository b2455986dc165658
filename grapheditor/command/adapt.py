"""The verb ``adapt``: a graph is brought to data that it was not made for."""

from __future__ import annotations

import argparse
from pathlib import Path

from grapheditor.cli import FINE, USAGE, VerbError
from grapheditor.command.recipe import data_arguments, use_recipe
from grapheditor.command.shared import file_argument, print_value, read_graph, save_graph, sentences


def arguments(part: argparse.ArgumentParser) -> None:
    """Say what the verb takes."""
    file_argument(part)
    data_arguments(part)
    part.add_argument("-o", dest="output", type=Path, metavar="NAME", help="the adapted graph (FILE itself)")


def run(given: argparse.Namespace) -> int:
    """Adapt a graph to its data, or to other data, and write it."""
    from grapheditor.catalog import catalog
    from grapheditor.data import open_data
    from grapheditor.edit import edits
    from grapheditor.edit.adapt import adapt

    graph, known = read_graph(given.file, trust=given.trust), catalog()
    use_recipe(graph, given)
    recipe, path = graph.recipe, given.output or given.file
    if recipe.data is None:
        raise VerbError("the recipe names no data: --data says which", USAGE, given.file)
    with sentences(given.file):
        dataset = open_data(recipe.data, recipe.source, given.file.parent, trust=given.trust)
    fields = [edits.Arriving.of(item) for item in dataset.fields]
    found = adapt(graph, known, fields)
    if found is not None:
        found.change.apply(graph)
    save_graph(graph, path, keep=True)
    misfits, does = (found.misfits, found.does) if found is not None else ((), ())
    said = [*(f"{item}." for item in misfits), f"{path} written: {', '.join(does) or 'it fits its data as it is'}."]
    print_value(given, {"path": str(path), "misfits": misfits, "does": does}, "\n".join(said))
    return FINE

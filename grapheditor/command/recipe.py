"""What the command line says of a recipe for once: its data, that data's options, and any other part of it."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from grapheditor.cli import USAGE, VerbError
from grapheditor.command.shared import option_argument, positive, source_options
from grapheditor.graph.recipe import SETTINGS, Recipe

if TYPE_CHECKING:
    import argparse

    from grapheditor.graph import Graph


def data_arguments(part: argparse.ArgumentParser) -> None:
    """Take a source of data and its options, as `grapheditor data preview` does, and any other part of a recipe."""
    part.add_argument("--data", metavar="ID", help="other data than the recipe's: `grapheditor data list` lists it")
    part.add_argument(
        "-p", dest="option", action="append", default=[], metavar="NAME=VALUE", help="an option of the data"
    )
    part.add_argument(
        "--set",
        dest="changes",
        action="append",
        default=[],
        metavar="PATH=VALUE",
        help="any part of the recipe, as it stands in the file: fields.image=features, "
        "objectives.0.optimizer=Adam, objectives.0.settings.momentum=0.9",
    )


def recipe_arguments(part: argparse.ArgumentParser) -> None:
    """Take what a recipe says of data, rates and all else."""
    data_arguments(part)
    part.add_argument("--lr", type=positive, metavar="RATE", help="the learning rate of all objectives")


def settings_arguments(part: argparse.ArgumentParser, *names: str) -> None:
    """Take these plain settings of a recipe, all of them where none is named."""
    for name, option in SETTINGS[Recipe].items():
        if not names or name in names:
            option_argument(part, option)


def use_data(graph: Graph, given: argparse.Namespace) -> None:
    """Let the recipe name the data that was asked for; options alone change those of its own data."""
    if given.data is None and not given.option:
        return
    from grapheditor.catalog import catalog
    from grapheditor.data.dataset import no_source

    known = catalog().sources
    name = given.data or graph.recipe.data
    if name is None:
        raise VerbError("-p is an option of the data, and the recipe names none: --data says which.", USAGE)
    if name not in known:
        raise VerbError(no_source(name, known), USAGE)
    options = source_options(known[name], given.option)
    kept = graph.recipe.source if name == graph.recipe.data else {}
    graph.put("recipe", replace(graph.recipe, data=name, source={**kept, **options}))


def use_recipe(graph: Graph, given: argparse.Namespace) -> None:
    """Change the recipe as it was asked for: at paths, its data, its plain settings and its rates, in this order."""
    graph.put("recipe", _changed(graph.recipe, given.changes))
    use_data(graph, given)
    graph.put("recipe", replace(graph.recipe, **settings_of(given)))
    if getattr(given, "lr", None) is not None:
        objectives = graph.recipe.objectives
        faster = tuple(replace(item, settings={**item.settings, "lr": given.lr}) for item in objectives)
        graph.put("recipe", replace(graph.recipe, objectives=faster))


def settings_of(given: argparse.Namespace) -> dict[str, Any]:
    """Return the plain settings of a recipe, and the metrics, that were given."""
    names = (*SETTINGS[Recipe], "metrics")
    return {name: getattr(given, name) for name in names if getattr(given, name, None) is not None}


def _changed(recipe: Recipe, changes: Sequence[str]) -> Recipe:
    """Return a recipe with other values at some places of its JSON, checked as a file's recipe is."""
    from grapheditor.graph.reading import SchemaError
    from grapheditor.graph.recipe_schema import decode, encode

    if not changes:
        return recipe
    values: Any = encode(recipe)
    for change in changes:
        path, equals, text = change.partition("=")
        if not equals or not path:
            raise VerbError(f"--set {change[:80]} is not a path and a value, such as epochs=3.", USAGE)
        values = _with(values, path.split("."), _value(text), path)
    try:
        return decode("recipe", values)
    except SchemaError as error:
        raise VerbError(f"--set: {error}", USAGE) from error


def _value(text: str) -> Any:
    """Read a value as JSON; what is none is a text."""
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return text


def _with(values: Any, names: Sequence[str], value: Any, path: str) -> Any:
    """Return JSON with a value at a place; what is missing on the way is made, and a list may grow by one."""
    if not names:
        return value
    name, *rest = names
    if isinstance(values, list):
        number = int(name) if name.isascii() and name.isdigit() and len(name) < 6 else -1
        if not 0 <= number <= len(values):
            raise VerbError(f"--set {path}: {name} is no place in a list of {len(values)}; they count from 0.", USAGE)
        inner = values[number] if number < len(values) else {}
        return [*values[:number], _with(inner, rest, value, path), *values[number + 1 :]]
    if not isinstance(values, dict):
        raise VerbError(f"--set {path}: there is a plain value above {name}, nothing can stand under it.", USAGE)
    return {**values, name: _with(values.get(name, {}), rest, value, path)}

"""In what the graphs of runs differ, recipe included, and by what each learns, in words."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from grapheditor.edit.compare import Changed, Comparison
from grapheditor.graph.recipe import SETTINGS, Objective, Recipe
from grapheditor.ui.texts import counted, mark, tr

AS_NOW = mark("as it is now")
LOOKS = {"title", "at", "doc"}
"""Fields of a node that are no part of the network."""
MOST_DIFFERENCES = 3
TOLD = ("lr", "optimizer", "batch", "epochs")
"""Of a recipe this is told also where no other run has it otherwise."""
DEFAULTS = {name: option.default for name, option in SETTINGS[Recipe].items()}
OF_OBJECTIVES = {name: option.default for name, option in SETTINGS[Objective].items()}


@dataclass(frozen=True, slots=True)
class Difference:
    """Something that is not the same in two graphs. before, after: what it is in each, None where it is not set."""

    kind: Literal["added", "removed", "renamed", "changed", "wired"]
    what: str = ""
    before: Any = None
    after: Any = None


def differences(comparison: Comparison, *, recipe: bool = True) -> Iterator[Difference]:
    """Yield what differs between two graphs: nodes first, then what the nodes are, wires and, if wanted, the recipe."""
    for old, new in comparison.renamed:
        yield Difference("renamed", new, old, new)
    for key in comparison.removed:
        if not _is_wire(key):
            yield Difference("removed", _thing(key))
    for key in comparison.added:
        if not _is_wire(key):
            yield Difference("added", _thing(key))
    for item in comparison.changed:
        yield from _changes(item)
    if any(map(_is_wire, (*comparison.added, *comparison.removed))):
        yield Difference("wired")
    for item in comparison.changed:
        if recipe and item.key == "recipe":
            yield from recipe_differences(item.before, item.after)


def _changes(item: Changed) -> Iterator[Difference]:
    if item.key in ("info", "recipe"):
        return
    if _is_wire(item.key):
        yield Difference("wired")
    elif not item.fields:
        yield Difference("changed", _thing(item.key), item.before, item.after)
    for name in item.fields:
        if name not in LOOKS:
            what = f"{_thing(item.key)}.{name.removeprefix('options.')}"
            yield Difference("changed", what, _value(item.before, name), _value(item.after, name))


def recipe_differences(before: Mapping[str, Any], after: Mapping[str, Any]) -> Iterator[Difference]:
    """Yield what differs between two recipes, as records and files have them."""
    old, new = recipe_settings(before), recipe_settings(after)
    for name in {**old, **new}:
        if old.get(name) != new.get(name):
            yield Difference("changed", _called(name), old.get(name), new.get(name))


def recipe_settings(recipe: Mapping[str, Any]) -> dict[str, Any]:
    """Return all that a recipe sets, one by one: ``lr``, ``batch``; with several objectives ``loss1.lr``."""
    found: dict[str, Any] = {}
    objectives = recipe.get("objectives")
    items = [item for item in objectives if isinstance(item, dict)] if isinstance(objectives, list) else []
    for i, item in enumerate(items):
        loss = str(item.get("minimise", ""))
        prefix = "" if len(items) == 1 else f"{loss}." if f"{loss}.minimise" not in found else f"{loss} {i + 1}."
        settings = item.get("settings")
        given = settings if isinstance(settings, dict) else {}
        values = {**OF_OBJECTIVES, **{name: item[name] for name in item if name != "settings"}, **given}
        found |= {f"{prefix}{name}": value for name, value in values.items()}
    data = recipe.get("data")
    if isinstance(data, dict):
        options = data.get("options")
        found["data"] = data.get("source")
        found |= {f"data.{name}": value for name, value in (options.items() if isinstance(options, dict) else ())}
    elif data is not None:
        found["data"] = data
    rest = {name: value for name, value in recipe.items() if name not in ("objectives", "data")}
    return found | DEFAULTS | rest


def short_recipes(recipes: Sequence[Mapping[str, Any]]) -> list[str]:
    """Say each of some recipes in few words; what tells them apart goes first: ``lr 0.1 · SGD · batch 100``."""
    known = [recipe_settings(recipe) for recipe in recipes]
    names = {name: None for found in known for name in found}
    apart = [name for name in names if len({repr(found.get(name)) for found in known}) > 1]
    usual = [name for ending in TOLD for name in names if name.rpartition(".")[2] == ending]
    order = [name for name in usual if name in apart] + [name for name in apart if name not in usual]
    order += [name for name in usual if name not in apart]
    return [" · ".join(_brief(name, found[name]) for name in order if name in found) for found in known]


def _brief(name: str, value: Any) -> str:
    if name == "optimizer":
        return plain(value)
    if name == "epochs" and isinstance(value, int):
        return counted(value, "{n} epoch", "{n} epochs")
    return f"{_called(name)} {plain(value)}"


def said(found: Sequence[Difference]) -> str:
    """Say in what the graph of a run is another than the open one: ``conv1.out_channels was 16, without relu3``."""
    parts = list(dict.fromkeys(map(_said, found)))
    if not parts:
        return tr(AS_NOW)
    more = len(parts) - MOST_DIFFERENCES
    shown = ", ".join(parts[:MOST_DIFFERENCES])
    return tr("{these} and {n} more", these=shown, n=more) if more > 0 else shown


def _said(item: Difference) -> str:
    match item.kind:
        case "renamed":
            return tr("{new} was called {old}", new=item.after, old=item.before)
        case "removed":
            return tr("with {node}", node=item.what)
        case "added":
            return tr("without {node}", node=item.what)
        case "wired":
            return tr("wired otherwise")
    if item.before is None:
        return tr("{what} was not set", what=item.what)
    return tr("{what} was {value}", what=item.what, value=plain(item.before))


def between(comparison: Comparison, older: str, newer: str) -> list[tuple[str, str]]:
    """Say what differs between the graphs of two runs, in lines: what it is, and ``16 → 32``. older, newer: names."""
    found = dict.fromkeys(_between(item, older, newer) for item in differences(comparison))
    return list(found) or [("", tr("Graph and recipe are the same."))]


def _between(item: Difference, older: str, newer: str) -> tuple[str, str]:
    match item.kind:
        case "renamed":
            return item.what, tr("was called {old}", old=item.before)
        case "removed":
            return item.what, tr("only in {run}", run=older)
        case "added":
            return item.what, tr("only in {run}", run=newer)
        case "wired":
            return tr("wires"), tr("wired otherwise")
    unset = tr("not set")
    before, after = (unset if value is None else plain(value) for value in (item.before, item.after))
    return item.what, f"{before} → {after}"


def plain(value: Any) -> str:
    """Write what a recipe sets, or an option of a node, as people read it."""
    if isinstance(value, dict):
        return ", ".join(f"{key} {plain(item)}" for key, item in value.items())
    if isinstance(value, Sequence) and not isinstance(value, str):
        return ", ".join(map(plain, value))
    return str(value)


def _called(name: str) -> str:
    """Return how a setting of a recipe is called; the names of losses before it stay as they are."""
    before, dot, last = name.rpartition(".")
    return f"{before}{dot}{tr(last.replace('_', ' '))}"


def _value(record: Any, name: str) -> Any:
    inside = record.get("options") or {} if name.startswith("options.") else record
    return inside.get(name.removeprefix("options.")) if isinstance(inside, dict) else None


def _is_wire(key: str) -> bool:
    return ".wires." in f".{key}"


def _thing(key: str) -> str:
    return key.removeprefix("modules.").replace("nodes.", "")

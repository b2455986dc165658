"""The recipe as JSON and back. What has its default is left out; a refusal names the place and what was expected."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import MISSING, fields
from typing import Any, TypeVar

from grapheditor.authoring.options import Option
from grapheditor.graph import reading
from grapheditor.graph.reading import SchemaError, items, mapping, option_name, option_value, setting, text_of
from grapheditor.graph.recipe import SETTINGS, Augmentation, Objective, Recipe, Schedule, Target

T = TypeVar("T")


def encode(recipe: Recipe) -> dict[str, Any]:
    """Return a recipe as JSON, as a file gives it back: lists, no tuples."""
    values: dict[str, Any] = {}
    if recipe.data is not None:
        options = {key: reading.plain(value) for key, value in sorted(recipe.source.items())}
        values["data"] = {"source": recipe.data, "options": options} if options else recipe.data
    if recipe.fields:
        values["fields"] = dict(sorted(recipe.fields.items()))
    if recipe.augment:
        values["augment"] = {name: [_record(step) for step in steps] for name, steps in sorted(recipe.augment.items())}
    if recipe.objectives:
        values["objectives"] = [_objective_values(item) for item in recipe.objectives]
    if recipe.targets:
        values["targets"] = [_record(item) for item in recipe.targets]
    if recipe.metrics:
        values["metrics"] = list(recipe.metrics)
    return values | _settings(recipe)


def _objective_values(item: Objective) -> dict[str, Any]:
    values = {**_record(item), "optimizer": item.optimizer}
    values.setdefault("settings", {})
    if item.weights:
        values["weights"] = list(item.weights)
    if item.schedules:
        values["schedules"] = [_record(schedule) for schedule in item.schedules]
    return values


def _record(record: Any) -> dict[str, Any]:
    """Return what has no default, options, and those settings that differ from their default."""
    values = {item.name: getattr(record, item.name) for item in fields(record) if _required(item)}
    for name in ("settings", "options"):
        given = getattr(record, name, None)
        if given:
            values[name] = {key: reading.plain(value) for key, value in sorted(given.items())}
    return values | _settings(record)


def _settings(record: Any) -> dict[str, Any]:
    found = {name: getattr(record, name) for name in SETTINGS[type(record)]}
    return {name: value for name, value in found.items() if value != SETTINGS[type(record)][name].default}


def _required(item: Any) -> bool:
    return item.default is MISSING and item.default_factory is MISSING


def decode(place: str, value: Any) -> Recipe:
    """Read a recipe; SchemaError where it is not what the format asks for."""
    known = {"data", "fields", "augment", "objectives", "targets", "metrics"}
    found = reading.fields(place, value, known | SETTINGS[Recipe].keys())
    data, source = _data(f"{place}.data", found.get("data"))
    return Recipe(
        data=data,
        source=source,
        fields={
            name: text_of(f"{place}.fields.{name}", text)
            for name, text in mapping(f"{place}.fields", found.get("fields", {})).items()
        },
        augment={
            name: _several(f"{place}.augment.{name}", steps, _augmentation)
            for name, steps in mapping(f"{place}.augment", found.get("augment", {})).items()
        },
        objectives=_several(f"{place}.objectives", found.get("objectives", []), _objective),
        targets=_several(f"{place}.targets", found.get("targets", []), _target),
        metrics=_several(f"{place}.metrics", found.get("metrics", []), text_of),
        **_checked(Recipe, place, found),
    )


def _data(place: str, value: Any) -> tuple[str | None, dict[str, Any]]:
    if value is None or isinstance(value, str):
        return (None if value is None else text_of(place, value)), {}
    found = reading.fields(place, value, {"source", "options"})
    return text_of(f"{place}.source", found.get("source")), _values(place, "options", found, option_value)


def _objective(place: str, value: Any) -> Objective:
    known = {"minimise", "weights", "settings", "schedules"}
    found = reading.fields(place, value, known | SETTINGS[Objective].keys())
    return Objective(
        minimise=text_of(f"{place}.minimise", found.get("minimise")),
        weights=_several(f"{place}.weights", found.get("weights", []), text_of),
        settings=_values(place, "settings", found, setting),
        schedules=_several(f"{place}.schedules", found.get("schedules", []), _schedule),
        **_checked(Objective, place, found),
    )


def _schedule(place: str, value: Any) -> Schedule:
    found = reading.fields(place, value, {"name", "settings"} | SETTINGS[Schedule].keys())
    name = text_of(f"{place}.name", found.get("name"))
    return Schedule(name, _values(place, "settings", found, setting), **_checked(Schedule, place, found))


def _target(place: str, value: Any) -> Target:
    found = reading.fields(place, value, {"node", "of"} | SETTINGS[Target].keys())
    node, of = (text_of(f"{place}.{name}", found.get(name)) for name in ("node", "of"))
    return Target(node, of, **_checked(Target, place, found))


def _augmentation(place: str, value: Any) -> Augmentation:
    found = reading.fields(place, value, {"name", "options"})
    return Augmentation(text_of(f"{place}.name", found.get("name")), _values(place, "options", found, option_value))


def _several(place: str, value: Any, read: Callable[[str, Any], T]) -> tuple[T, ...]:
    return tuple(read(f"{place}.{i}", item) for i, item in enumerate(items(place, value)))


def _values(place: str, name: str, found: Mapping[str, Any], read: Callable[[str, Any], Any]) -> dict[str, Any]:
    place = f"{place}.{name}"
    return {
        option_name(place, key): read(f"{place}.{key}", value)
        for key, value in mapping(place, found.get(name, {})).items()
    }


def _checked(kind: type[object], place: str, found: Mapping[str, Any]) -> dict[str, Any]:
    return {
        name: _check(f"{place}.{name}", option, found[name]) for name, option in SETTINGS[kind].items() if name in found
    }


def _check(place: str, option: Option, value: Any) -> Any:
    try:
        return option.check(value)
    except ValueError as error:
        raise SchemaError(place, str(error)) from error

"""The recipe: its file, and what happens to it when nodes get other names or go."""

from __future__ import annotations

import json
from collections.abc import Callable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from grapheditor.graph import FileError, Graph, read_text, write_text
from grapheditor.graph.recipe import SETTINGS, Augmentation, Objective, Recipe, Schedule, Target
from grapheditor.graph.recipe_schema import decode, encode

names = st.from_regex(r"[a-z][a-z0-9_]{0,8}", fullmatch=True)
numbers = st.one_of(st.integers(-5, 5), st.floats(-2, 2), st.booleans(), names)
settings_ = st.dictionaries(
    names, numbers | st.lists(st.integers(0, 9) | st.floats(0, 1), max_size=3).map(tuple), max_size=2
)


def plain(kind):
    """Return a strategy for the plain settings of a record."""

    def values(option):
        if option.choices:
            return st.sampled_from(option.choices)
        low = 0 if option.minimum is None else option.minimum
        high = 1000 if option.maximum is None else min(option.maximum, 1000)
        match option.kind:
            case "boolean":
                return st.booleans()
            case "integer":
                return st.integers(int(low), int(high))
            case "number":
                return st.floats(low, high)
            case _:
                return names

    return st.fixed_dictionaries({}, optional={name: values(option) for name, option in SETTINGS[kind].items()})


schedules = st.builds(
    lambda name, settings, rest: Schedule(name, settings, **rest),
    names,
    st.dictionaries(names, numbers, max_size=2),
    plain(Schedule),
)
objectives = st.builds(
    lambda name, weights, settings, steps, rest: Objective(name, tuple(weights), settings=settings, schedules=tuple(steps), **rest),
    names, st.lists(names, max_size=2), settings_, st.lists(schedules, max_size=2), plain(Objective),
)  # fmt: skip
augmentations = st.lists(st.builds(Augmentation, names, st.dictionaries(names, numbers, max_size=2)), max_size=2).map(
    tuple
)
targets = st.builds(lambda node, of, rest: Target(node, of, **rest), names, names, plain(Target))


@st.composite
def recipes(draw):
    data = draw(st.none() | names)
    return Recipe(
        data=data,
        source=draw(st.dictionaries(names, numbers, max_size=2)) if data else {},
        fields=draw(st.dictionaries(names, names, max_size=2)),
        augment=draw(st.dictionaries(names, augmentations, max_size=2)),
        objectives=tuple(draw(st.lists(objectives, max_size=2))),
        targets=tuple(draw(st.lists(targets, max_size=2))),
        metrics=tuple(draw(st.lists(names, max_size=2))),
        **draw(plain(Recipe)),
    )


@settings(deadline=None)
@given(recipes())
def test_any_recipe_survives_its_file(recipe):
    graph = Graph()
    graph.put("recipe", recipe)
    assert read_text(write_text(graph)).recipe == recipe


@settings(deadline=None)
@given(recipes())
def test_as_json_it_is_what_a_file_gives_back(recipe):
    values = encode(recipe)
    assert json.loads(json.dumps(values)) == values
    assert decode("recipe", values) == recipe


def test_what_has_its_default_is_not_written():
    graph = Graph()
    graph.put("recipe", Recipe(data="digits", objectives=(Objective("loss"),)))
    recipe = json.loads(write_text(graph))["recipe"]
    assert recipe == {
        "data": "digits",
        "objectives": [{"minimise": "loss", "optimizer": "AdamW", "settings": {"lr": 1e-3}}],
    }


@pytest.mark.parametrize(
    ("recipe", "place", "words"),
    [
        ({"speed": 1}, "recipe.speed", "is not known here"),
        ({"batch": 1.5}, "recipe.batch", "a whole number"),
        ({"batch": True}, "recipe.batch", "a whole number"),
        ({"validation": 0.95}, "recipe.validation", "at most 0.9"),
        ({"precision": "int8"}, "recipe.precision", "one of float32, bfloat16, float16"),
        ({"compile": 1}, "recipe.compile", "on or off"),
        ({"data": 3}, "recipe.data", "object in braces"),
        ({"data": {"source": "table", "folder": "x"}}, "recipe.data.folder", "is not known here"),
        ({"data": {"source": "table", "options": {"a b": 1}}}, "recipe.data.options", "not the name of an option"),
        ({"data": {"source": "table", "options": {"a": {}}}}, "recipe.data.options.a", "expected a number"),
        ({"objectives": {}}, "recipe.objectives", "list in brackets"),
        ({"objectives": [{}]}, "recipe.objectives.0.minimise", "expected text"),
        ({"objectives": [{"minimise": "loss", "every": 0}]}, "recipe.objectives.0.every", "at least 1"),
        ({"objectives": [{"minimise": "loss", "weights": [3]}]}, "recipe.objectives.0.weights.0", "expected text"),
        ({"objectives": [{"minimise": "loss", "settings": {"lr": ["x"]}}]}, "recipe.objectives.0.settings.lr", "a list of numbers"),
        ({"objectives": [{"minimise": "loss", "schedules": [{"name": "StepLR", "each": "minute"}]}]}, "recipe.objectives.0.schedules.0.each", "one of step, epoch"),
        ({"targets": [{"node": "a"}]}, "recipe.targets.0.of", "expected text"),
        ({"targets": [{"node": "a", "of": "b", "keep": 1.0}]}, "recipe.targets.0.keep", "at most"),
        ({"metrics": "f1"}, "recipe.metrics", "list in brackets"),
        ({"metrics": [1]}, "recipe.metrics.0", "expected text"),
        ({"augment": {"image": [{"options": {}}]}}, "recipe.augment.image.0.name", "expected text"),
    ],
)  # fmt: skip
def test_a_recipe_that_is_none_is_refused_by_place(recipe, place, words):
    with pytest.raises(FileError) as caught:
        read_text(json.dumps({"grapheditor": 1, "recipe": recipe}))
    assert (caught.value.place or "").startswith(place)
    assert words in caught.value.message


RECIPE = Recipe(
    data="digits",
    augment={"image": (Augmentation("random_crop"),), "other": ()},
    objectives=(Objective("loss", ("body", "head.linear1")), Objective("cost", ("head",))),
    targets=(Target("slow", "fast"), Target("slow.conv1", "head.conv1")),
    monitor="loss",
)


def moving(old: str, new: str) -> Callable[[str], str]:
    return lambda path: ".".join(new if part == old else part for part in path.split("."))


def test_a_renamed_node_takes_its_recipe_along():
    found = RECIPE.renamed(moving("head", "top")).renamed(moving("loss", "entropy"))
    assert [item.weights for item in found.objectives] == [("body", "top.linear1"), ("top",)]
    assert found.targets[1].of == "top.conv1"
    assert (found.objectives[0].minimise, found.monitor) == ("entropy", "entropy")
    assert found.renamed(moving("image", "picture"), "image").augment.keys() == {"picture", "other"}
    assert found.renamed(moving("image", "picture"), "image").fields == {"picture": "image"}


def test_a_removed_node_is_forgotten_by_the_recipe():
    """The objective that only changed the head goes too: without a name it would change all weights."""
    found = RECIPE.without(lambda path: path.split(".")[0] in {"head", "image"})
    assert [(item.minimise, item.weights) for item in found.objectives] == [("loss", ("body",))]
    found = found.without("loss".__eq__)
    assert found.objectives == ()
    assert found.targets == (Target("slow", "fast"),)
    assert found.augment.keys() == {"other"}
    assert found.monitor == ""

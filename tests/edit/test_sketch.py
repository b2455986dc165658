"""From a drawing to a graph: the recipe that a template says, in one call for each objective."""

from __future__ import annotations

import pytest

from grapheditor.authoring import template
from grapheditor.catalog import catalog
from grapheditor.edit import edits
from grapheditor.edit.scope import Scope
from grapheditor.edit.sketch import sketch
from grapheditor.graph import Info, Objective, Recipe, read_text, write_text
from grapheditor.graph.reading import SchemaError
from grapheditor.graph.recipe import Augmentation, Schedule

KNOWN = catalog()


def drawn(*calls, losses=2):
    """Return the graph of a template with losses whose recipe is said by these calls: (which loss or None, values)."""

    def body(g):
        image = g.input(shape=("N", 1, 8, 8), id="image")
        values = g.linear(g.flatten(image), id="layer")
        found = [g.mse_loss(values, values, id=f"loss{i}") for i in range(losses)]
        for which, said in calls:
            g.train(*([] if which is None else [found[which]]), **said)

    return sketch(KNOWN, template("Where it began", title="Drawn")(body), {})


def test_each_call_with_a_loss_is_an_objective_and_the_rest_is_the_recipe() -> None:
    settings = {"lr": 0.1, "betas": (0.5, 0.999)}
    schedule = {"name": "StepLR", "settings": {"step_size": 3}, "each": "epoch"}
    crop = {"name": "random_crop", "options": {"padding": 2}}
    graph = drawn(
        (0, {"weights": ("layer",), "optimizer": "Adam", "settings": settings, "schedules": [schedule], "clip": 1.0}),
        (1, {"every": 2, "epochs": 3}),
        (None, {"data": "shapes", "source": {"size": 32}, "augment": {"image": [crop]}}),
    )
    stepwise = (Schedule("StepLR", {"step_size": 3}, each="epoch"),)
    first = Objective("loss0", ("layer",), "Adam", settings, stepwise, clip=1.0)
    assert graph.recipe == Recipe(
        data="shapes",
        source={"size": 32},
        augment={"image": (Augmentation("random_crop", {"padding": 2}),)},
        objectives=(first, Objective("loss1", every=2)),
        epochs=3,
    )
    assert read_text(write_text(graph)) == graph


def test_a_network_that_is_not_trained_has_the_default_recipe() -> None:
    assert drawn(losses=0).recipe == Recipe()


@pytest.mark.parametrize(
    ("said", "words"),
    [
        ({"epochs": 0}, r"recipe\.epochs: .*1"),
        ({"rate": 0.1}, r"recipe\.rate: is not known here"),
        ({"settings": {"betas": ("a",)}}, r"recipe\.objectives\.0\.settings\.betas: expected a list of numbers"),
        ({"schedules": [{"settings": {}}]}, r"recipe\.objectives\.0\.schedules\.0\.name: expected text"),
    ],
)
def test_a_recipe_that_a_file_could_not_have_is_refused(said, words: str) -> None:
    with pytest.raises(SchemaError, match=words):
        drawn((0, said))


def test_an_id_that_a_file_could_not_have_is_refused() -> None:
    def body(g):
        g.input(id="training")

    with pytest.raises(ValueError, match="training, which cannot be one: training is already an attribute"):
        sketch(KNOWN, template("Where it began", title="Drawn")(body), {})


def test_whoever_changes_a_new_graph_changes_no_other_of_its_template() -> None:
    first = KNOWN.new("mlp")
    as_drawn = write_text(first)
    edits.remove(Scope(first), ["linear1"]).apply(first)
    first.put("info", Info("Another", ""))
    assert write_text(first) != as_drawn
    assert write_text(KNOWN.new("mlp")) == as_drawn

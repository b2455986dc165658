"""What is wrong with a recipe is found before a training, by the same checks and in the same words."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest
from small import small_graph, with_objective

from grapheditor.compile import compile_graph
from grapheditor.errors import TrainError
from grapheditor.graph.recipe import Augmentation, Schedule, Target
from grapheditor.training.loop import train
from grapheditor.training.plan import refusals, refused
from grapheditor.training.setup import make_setup

if TYPE_CHECKING:
    from pathlib import Path


@pytest.mark.parametrize(
    ("objective", "recipe", "words"),
    [
        ({"optimizer": "Adma"}, {}, "no optimizer Adma"),
        ({"optimizer": "Adma"}, {}, "Did you mean Adam?"),
        ({"settings": {"lr": "fast"}}, {}, "SGD: lr must be 0.001 or the like, not 'fast'"),
        ({"settings": {"lr": -1.0}}, {}, "SGD does not take its settings"),
        ({"schedules": (Schedule("CosineLR"),)}, {}, "Did you mean CosineAnnealingLR?"),
        ({"schedules": (Schedule("StepLR"),)}, {}, "StepLR needs the setting step_size."),
        ({"weights": ("relu1",)}, {}, "weights of relu1, which has none"),
        ({"weights": ("linaer1",)}, {}, "linaer1, which is not in the graph. Did you mean linear1?"),
        ({"weights": ("linear2",)}, {"targets": (Target("linear2", "linear1"),)}, "are not alike"),
        ({}, {"monitor": "acuracy"}, "no loss or metric of the graph. Did you mean accuracy?"),
        ({}, {"metrics": ("iou",)}, "The metric iou measures a class at each pixel; loss compares one class a sample"),
        ({}, {"monitor": "f1"}, "does not measure it: name it among its metrics"),
        ({}, {"fields": {"imge": "image"}}, "no such input; it has: image, label. Did you mean image?"),
        ({}, {"augment": {"image": (Augmentation("nois"),)}}, "Did you mean noise?"),
        ({}, {"augment": {"label": (Augmentation("noise"),)}}, "label holds whole numbers"),
    ],
)
def test_what_a_training_refuses_is_known_without_one(
    tmp_path: Path, objective: dict[str, Any], recipe: dict[str, Any], words: str
) -> None:
    graph = with_objective(small_graph(**recipe), **objective)
    found = refusals(compile_graph(graph))
    assert any(words in error.message for error in found)
    with pytest.raises(TrainError) as caught:
        train(graph, tmp_path, "small", send=lambda _: None, stopped=lambda: False)
    assert caught.value.message in [error.message for error in found]


def test_all_is_told_at_once_and_of_a_sound_recipe_nothing() -> None:
    assert not refusals(compile_graph(small_graph()))
    graph = with_objective(small_graph(monitor="nothing"), optimizer="None", weights=("nowhere",))
    graph.put("recipe", replace(graph.recipe, fields={"nobody": "image"}))
    assert len(refusals(compile_graph(graph))) == 3


def test_each_says_its_place_in_the_recipe() -> None:
    graph = with_objective(small_graph(monitor="x", fields={"nobody": "image"}), schedules=(Schedule("StepLR"),))
    graph.put("recipe", replace(graph.recipe, targets=(Target("linear2", "linear1"),)))
    found = [problem.place for problem in refused(compile_graph(graph))]
    assert found == ["monitor", "fields", "targets.0", "objectives.0.schedules"]
    graph.put("recipe", replace(graph.recipe, objectives=()))
    assert refused(compile_graph(graph)) == []


def test_patience_that_cannot_run_out_is_told() -> None:
    idle = make_setup(small_graph(patience=3, validation=0.0), "cpu").notes
    assert any("patience stops nothing" in note for note in idle)
    assert not any("patience" in note for note in make_setup(small_graph(patience=3), "cpu").notes)

"""Outputs that are kept while a training goes on: which, of what, and that nothing else changes by it."""

from __future__ import annotations

import json
from dataclasses import replace
from itertools import count
from pathlib import Path

import numpy as np
import pytest
import torch
from small import Trained, small_graph
from test_look import shown

from grapheditor.catalog import catalog
from grapheditor.runs import outputs
from grapheditor.runs.errors import RunError
from grapheditor.runs.folder import delete_run
from grapheditor.runs.following import Follower
from grapheditor.runs.outputs import output_steps, read_output, spacing
from grapheditor.training.errors import TrainingError
from grapheditor.training.loop import resume
from grapheditor.training.pictures import CELLS, generated, points_of


def contest(**recipe):
    """A GAN of few steps whose generator's points are kept."""
    graph = catalog().new("gan-gaussians", {"width": 8})
    source = {"samples": 500, "deviation": 0.1}
    given = {"epochs": 2, "batch": 50, "record": "maker", "record_every": 4} | recipe
    graph.put("recipe", replace(graph.recipe, source=source, **given))
    return graph


def run_of(trained: Trained) -> Path:
    return Path(trained.result["run"])


def test_every_so_many_steps_the_output_is_kept_from_the_same_noise(tmp_path):
    run = run_of(Trained(contest(), tmp_path))
    steps = output_steps(run)
    assert steps == (0, 4, 8, 12, 16, 20)
    assert Follower(run).look().outputs == steps
    first, last = read_output(run, 0), read_output(run, 20)
    assert (first.node, first.step) == ("maker", 0)
    assert (shown(first.picture) != shown(last.picture)).any(), "it learns"
    still = contest(epochs=1, batch=50)
    objectives = tuple(replace(item, settings={"lr": 0.0}) for item in still.recipe.objectives)
    still.put("recipe", replace(still.recipe, objectives=objectives))
    run = run_of(Trained(still, tmp_path))
    assert read_output(run, 0).picture == read_output(run, 8).picture, "what does not learn stays what it is"


def test_a_training_is_the_same_bit_for_bit_with_and_without(tmp_path):
    graph = small_graph()
    kept = small_graph(record="linear2", record_every=3)
    assert Trained(kept, tmp_path).losses == Trained(graph, tmp_path).losses


def test_a_long_run_keeps_pictures_farther_apart(tmp_path, monkeypatch):
    monkeypatch.setattr(outputs, "MOST", 4)
    run = run_of(Trained(contest(epochs=3, record_every=1), tmp_path))
    assert output_steps(run) == (0, 8, 16, 24)
    assert [spacing(10, step) for step in (0, 40, 41, 80, 81)] == [10, 10, 20, 20, 40]


def test_a_resumed_run_goes_on_keeping_them(tmp_path):
    asked = count()
    run = run_of(Trained(contest(), tmp_path, stopped=lambda: next(asked) > 9))
    assert output_steps(run) == (0, 4, 8)
    resume(run, send=lambda message: None, stopped=lambda: False)
    whole = run_of(Trained(contest(), tmp_path))
    assert output_steps(run) == output_steps(whole)
    assert read_output(run, 16).picture == read_output(whole, 16).picture


def test_what_is_no_node_is_refused_before_and_what_is_not_computed_at_the_beginning(tmp_path):
    with pytest.raises(TrainingError, match=r"keeps the output of mker while .* Did you mean maker"):
        Trained(contest(record="mker"), tmp_path)
    assert not list(tmp_path.iterdir())
    with pytest.raises(TrainingError, match="keeps the output of made, which is not computed for any loss"):
        Trained(contest(record="made"), tmp_path)
    with pytest.raises(TrainingError, match=r"Did you mean generator\.linear"):
        Trained(contest(record="generator.linear"), tmp_path)


def test_it_follows_its_node():
    recipe = contest(record="maker.linear1").recipe
    assert recipe.renamed(lambda path: path.replace("maker", "forger")).record == "forger.linear1"
    assert recipe.without(lambda path: path.startswith("maker")).record == ""


def test_pictures_of_what_is_made():
    colours = generated(torch.rand(20, 3, 8, 8))
    assert (colours["channels"], colours["tiles"]) == (3, [4, 4, 16, 16])
    grey = generated(torch.rand(4, 1, 8, 8))
    assert (grey["channels"], grey["tiles"]) == (1, [2, 2, 4, 4])
    points = generated(torch.tensor([[1.9, 1.9], [1.9, 1.9], [-2.0, 0.0]]))
    sheet = shown(points)[..., 0]
    assert sheet.shape == (CELLS, CELLS)
    row, column = np.unravel_index(sheet.argmax(), sheet.shape)
    assert row < 4 < CELLS - 4 < column, "up and to the right"
    assert sheet.sum() == pytest.approx(3, abs=0.01)
    assert points["half"] == 2
    assert "behind" not in points
    both = generated(torch.tensor([[0.5, 0.5]]), torch.tensor([[-2.9, 0.0], [0.5, 0.5]]))
    assert both["half"] == 3, "one scale for what is made and the data"
    behind = shown({**both, "pixels": both["behind"]})[..., 0]
    assert (np.argwhere(behind > 0)[:, 1] < 2).any()
    assert np.count_nonzero(behind) == 2
    assert np.count_nonzero(shown(both)) == 1
    places = torch.rand(4, 2)
    assert points_of({"real": places}) is places
    assert points_of({"x": places, "label": torch.zeros(4)}) is None, "what is computed of them may be anything"
    assert generated(torch.rand(5, 10))["tiles"] == [1, 1, 1, 1]
    assert generated(torch.rand(2, 8, 6, 6))["tiles"] == [3, 3, 8, 8], "feature maps of the first"
    assert generated(torch.zeros(0, 2))["width"] == CELLS


def test_damage_is_told_and_a_run_is_deleted_with_them(tmp_path):
    run = run_of(Trained(contest(epochs=1), tmp_path))
    path = run / "outputs" / "00000004.json"
    path.write_text('{"step": 5, "node": "maker", "picture": {}}')
    with pytest.raises(RunError, match="is damaged"):
        read_output(run, 4)
    path.write_text("{")
    with pytest.raises(RunError, match="it is not JSON"):
        read_output(run, 4)
    assert delete_run(run) == []
    assert not run.exists()


@pytest.mark.parametrize("spare", [0, 5])
def test_of_scores_for_the_next_token_what_the_network_writes_is_kept(spare, tmp_path):
    book = tmp_path / "book.txt"
    book.write_text("the sea, the sea. " * 400, "utf-8")
    letters = len(set(book.read_text("utf-8"))) + spare
    graph = catalog().new("lstm-text", {"vocabulary": letters, "width": 24, "layers": 1, "dropout": 0.0})
    source = {"file": str(book), "length": 24, "step": 6}
    recipe = replace(graph.recipe, data="text", source=source, epochs=4, batch=16, record="head", record_every=50)
    graph.put("recipe", recipe)
    run = run_of(Trained(graph, tmp_path))
    first, last = (read_output(run, step) for step in (output_steps(run)[0], output_steps(run)[-1]))
    assert not first.picture
    assert len(first.text) == len(last.text) == 160
    assert "the sea, the sea. the sea" in last.text, last.text
    assert "the sea" not in first.text
    both = [read_output(run_of(Trained(graph, tmp_path)), step).text for step in (0, last.step)]
    assert both == [first.text, last.text], "the same numbers are drawn each time"


def test_a_damaged_output_is_said(tmp_path):
    for values in (
        {"step": 3, "node": "a"},
        {"step": 3, "node": "a", "text": 5},
        {"step": 4, "node": "a", "text": "x"},
        [3],
    ):
        (tmp_path / "outputs").mkdir(exist_ok=True)
        (tmp_path / "outputs" / "00000003.json").write_text(json.dumps(values), "utf-8")
        with pytest.raises(RunError, match="is damaged"):
            read_output(tmp_path, 3)

"""Samples in the inspector: shown on demand, true to the recipe, others by a click."""

from __future__ import annotations

from PySide6.QtWidgets import QLabel, QListWidget, QWidget

from grapheditor.edit import edits
from grapheditor.graph.recipe import Augmentation


def test_samples_are_shown_as_they_reach_the_network(drive):
    session = drive.window.session
    drive.window.new("mnist-convnet")
    drive.wait_for_analysis()
    assert session.examiner.pid is None, "nobody has asked yet"
    drive.click("samples-show")
    preview = session.preview
    drive.wait(lambda: preview.found is not None)
    grid = drive.find("samples-list", QListWidget)
    assert grid.count() == 10
    first = grid.item(0)
    assert first.text() in "0123456789"
    assert not first.icon().isNull()
    assert drive.find("samples-told", QLabel).text() == "train 10,000, test 2,000."
    assert "label" not in drive.find("balance", QWidget).accessibleName()
    assert "7: " in drive.find("balance", QWidget).accessibleName()
    before = preview.found
    drive.click("samples-others")
    drive.wait(lambda: preview.found is not before)
    assert [one["number"] for one in preview.found.samples] != [one["number"] for one in before.samples]
    before = preview.found
    augment = {"image": (Augmentation("random_crop"),)}
    session.edit(edits.set_recipe(session.graph, augment=augment))
    drive.wait(lambda: preview.found is not before)
    pictures = [[one["pictures"]["image"]["pixels"] for one in found.samples] for found in (before, preview.found)]
    assert [one["number"] for one in preview.found.samples] == [one["number"] for one in before.samples]
    assert pictures[0] != pictures[1], "they are moved, as in training"


def test_data_that_is_not_there_is_said(drive):
    session = drive.window.session
    drive.window.new("mnist-convnet")
    drive.wait_for_analysis()
    session.edit(edits.set_recipe(session.graph, data="image-folder", source={"folder": "/nowhere/at/all"}))
    drive.window.canvas.select([])
    drive.click("samples-show")
    drive.wait(lambda: session.preview.why_not)
    assert "/nowhere/at/all" in drive.find("samples-told", QLabel).text()

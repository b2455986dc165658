"""Trying a graph out in the window: time by node as heat and in the inspector, a learning rate taken, a batch learned."""

from __future__ import annotations

import math
import re
from dataclasses import replace

import pytest
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QLabel, QPushButton

from grapheditor.edit import edits
from grapheditor.ui.trials import spent


def told(drive) -> str:
    return drive.find("notice-text", QLabel).text()


def test_the_time_of_each_node_is_shown_as_heat_and_in_the_inspector(drive):
    window = drive.window
    window.new("mnist-convnet")
    drive.wait_for_analysis()
    window.perform("profile")
    assert drive.find("legend-choice", QPushButton).text() == "Heat: Time, not known yet"
    assert "measuring each node" in drive.find("status-told", QLabel).text()
    drive.wait(lambda: window.session.trials.timing is not None)
    timing = window.session.trials.timing
    assert told(drive).startswith("A step takes ")
    heat = window.canvas.scene.heat()
    assert heat is not None
    slots = window.canvas.scene.geometry.nodes.slots(["conv2", "relu1"])
    conv, relu = heat.values[slots]
    assert conv > relu > 0, "a convolution takes longer than an activation"
    assert sum(value for value in heat.values if value == value) == pytest.approx(1.0, abs=0.02)
    window.canvas.select(["conv2"])
    labels = [item.text() for item in window.editor.inspector.findChildren(QLabel)]
    forward, backward = timing.seconds("conv2")
    assert any(text.startswith(f"{spent(forward)} (") for text in labels)
    assert any(text.startswith(f"{spent(backward)} (") for text in labels)
    window.canvas.delete_selection()
    drive.wait_for_analysis()
    assert "before the last edits" in window.editor.heating.legend.note.text()


def test_what_is_in_a_module_and_its_copies_counts_together(drive):
    window = drive.window
    window.new("gan-gaussians")
    drive.wait_for_analysis()
    window.perform("profile")
    drive.wait(lambda: window.session.trials.timing is not None)
    timing = window.session.trials.timing
    inner = [path for path in timing.forward if path.count(".") >= 1]
    assert inner
    around = inner[0].partition(".")[0]
    own = [path for path in timing.forward if path.startswith(f"{around}.") and path not in _parents(timing.forward)]
    inside = sum(timing.forward[path] for path in own)
    assert inside <= timing.forward[around] < 1.1 * inside, (
        "what it does itself, such as taking its result, comes to it"
    )


def _parents(paths) -> set[str]:
    return {".".join(path.split(".")[:end]) for path in paths for end in range(1, path.count(".") + 1)}


def test_a_learning_rate_is_found_and_taken(drive):
    window = drive.window
    window.new("mlp")
    drive.wait_for_analysis()
    before = window.session.graph.recipe.objectives[0].settings.get("lr")
    window.perform("find-lr")
    drive.wait(lambda: window.session.trials.running is None)
    assert "falls most steeply at a learning rate of" in told(drive)
    offered = [item for item in window.notice.findChildren(QPushButton) if item.text().startswith("Take ")]
    offered[0].click()
    rate = window.session.graph.recipe.objectives[0].settings["lr"]
    assert rate == float(offered[0].text().removeprefix("Take "))
    assert rate != before
    window.perform("undo")
    assert window.session.graph.recipe.objectives[0].settings.get("lr") == before


def test_the_curve_of_learning_rates_is_seen_and_any_place_of_it_is_taken(drive):
    window = drive.window
    window.new("mlp")
    drive.wait_for_analysis()
    window.perform("find-lr")
    tab = window.editor.training
    assert tab.isVisible()
    drive.wait(lambda: tab.rates is not None and tab.rates.isVisible())
    chart, curve = tab.rates, window.session.trials.curve
    assert not tab.hint.isVisible()
    seen = chart.figure.box.viewRange()[0]
    assert seen[0] < math.log10(curve.rates[0]) < math.log10(curve.rates[-1]) < seen[1]
    assert [button.text() for button in chart.buttons] == [f"Take {rate:g}" for rate in curve.suggested]
    bottom = chart.figure.bottom
    ticks = bottom.tickStrings([-5.0, -4.0], 1.0, 1.0)
    assert ticks == ["10⁻⁵", "0.0001"]
    rate = curve.rates[len(curve.rates) // 2]
    place = chart.figure.box.mapViewToScene(QPointF(math.log10(rate), chart.figure.box.viewRange()[1][0]))
    before = line_at(drive, chart, place.x())
    spot = chart.figure.mapFromScene(place)
    middle = QPoint(round(spot.x()), chart.figure.viewport().height() // 2)
    QTest.mouseMove(chart.figure.viewport(), middle)
    QTest.mouseClick(chart.figure.viewport(), Qt.MouseButton.LeftButton, pos=middle)
    assert chart.candidate == pytest.approx(rate, rel=0.1)
    drive.wait(lambda: line_at(drive, chart, place.x()) > before + 20)
    offered = chart.buttons[-1]
    assert offered.text() == f"Take {chart.candidate:g}"
    QTest.mouseClick(offered, Qt.MouseButton.LeftButton)
    assert window.session.graph.recipe.objectives[0].settings["lr"] == chart.candidate
    assert not chart.buttons[-1].isEnabled(), "it has that rate now"
    chart.figure.setFocus()
    chart.point(math.log10(curve.rates[20]))
    assert f"learning rate {curve.rates[20]:.2g}" in chart.figure.readout.text
    drive.key(Qt.Key.Key_Return)
    assert chart.candidate == float(f"{curve.rates[20]:.2g}")
    drive.click("rates-close")
    assert tab.rates is None
    assert tab.hint.isVisible()


def line_at(drive, chart, x: float) -> int:
    """Return how many pixels of the candidate's colour stand above each other near a place."""
    figure = chart.figure
    image = figure.grab().toImage()
    found, at = drive.window.theme.colour("warning"), figure.mapFromScene(QPointF(x, 0)).x()
    columns = range(int(at) - 6, int(at) + 7)
    near = [
        sum(abs(image.pixelColor(column, row).hue() - found.hue()) < 12 for row in range(0, image.height(), 2))
        for column in columns
    ]
    return max(near)


def test_what_may_help_is_said_without_verbs_and_offered(drive):
    window = drive.window
    window.new("mlp")
    drive.wait_for_analysis()
    recipe = window.session.graph.recipe
    slow = replace(recipe.objectives[0], settings={"lr": 1e-9})
    window.session.edit(edits.set_recipe(window.session.graph, objectives=(slow,)))
    drive.wait_for_analysis()
    window.perform("overfit")
    drive.wait(lambda: window.session.trials.running is None)
    assert "a rising one shows which does" in told(drive)
    assert "grapheditor" not in told(drive)
    offered = [item.text() for item in window.notice.findChildren(QPushButton) if item.isVisible()]
    assert "Find a learning rate" in offered


def test_one_batch_is_learned_by_heart(drive):
    window = drive.window
    window.new("mlp")
    drive.wait_for_analysis()
    window.perform("overfit")
    drive.wait(lambda: window.session.trials.running is None)
    assert told(drive).startswith("It learned the batch by heart")


def test_a_trial_is_given_up(drive):
    window = drive.window
    window.new("mlp")
    drive.wait_for_analysis()
    window.perform("find-lr")
    assert window.session.trials.why_not().startswith("Something is being tried already")
    drive.click("status-cancel")
    assert window.session.trials.running is None
    assert window.session.trials.why_not() is None


def test_what_an_epoch_takes_is_measured_told_and_forgotten_by_what_changes_it(drive):
    window, session = drive.window, drive.window.session
    window.new("mlp")
    drive.wait_for_analysis()
    told, measure = drive.find("duration-told", QLabel), drive.find("measure-duration", QPushButton)
    assert not told.isVisibleTo(window)
    drive.click("measure-duration")
    assert measure.text() == "Measuring three steps…"
    drive.wait(lambda: session.trials.lasts is not None, 60)
    epochs = session.graph.recipe.epochs
    assert told.text().startswith("An epoch takes about ")
    assert f" on cpu, all {epochs} take " in told.text()
    assert not measure.isVisibleTo(window)
    assert drive.find("training-hint", QLabel).text().endswith(told.text())
    assert drive.find("notice-text", QLabel).text() == told.text()

    session.edit(edits.set_recipe(session.graph, epochs=epochs * 3))
    assert f"all {epochs * 3} take" in session.trials.duration
    session.edit(edits.set_title(session.scope, "linear1", "First"))
    assert session.trials.duration
    session.edit(edits.set_recipe(session.graph, batch=7))
    assert session.trials.duration == ""
    drive.wait(lambda: drive.find("measure-duration", QPushButton).isVisibleTo(window))


def test_a_trial_says_how_far_it_is(drive):
    window, trials = drive.window, drive.window.session.trials
    window.new("mnist-convnet")
    drive.wait_for_analysis()
    said = []
    trials.advanced.connect(lambda: said.append(drive.find("status-told", QLabel).text()))
    window.perform("find-lr")
    drive.wait(lambda: trials.curve is not None, 60)
    steps = [int(found[1]) for text in said if (found := re.match(r"trying learning rates \((\d+) of 200\)", text))]
    assert steps == sorted(set(steps))
    assert len(steps) > 1
    assert trials.doing == ""

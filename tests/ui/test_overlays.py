"""Gradient, dead units and what is not finite as heat in the real window: of real runs, and of networks without one."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication, QLabel, QPushButton

from grapheditor.catalog import catalog
from grapheditor.graph import write
from grapheditor.ui.lens.overview import with_borders
from tests.ui.conftest import Driver


def value_of(drive: Driver, node: str) -> float | None:
    """Return the number of a node that is shown; None where it has none."""
    heat, scene = drive.window.canvas.scene.heat(), drive.window.canvas.scene
    if heat is None:
        return None
    value = heat.values[scene.geometry.nodes.slots([node])][0]
    return None if np.isnan(value) else float(value)


def opened(drive: Driver, tmp_path, **settings) -> Driver:
    """Open the digits network with more epochs than any test lets it have. settings: of its objective."""
    graph = catalog().new("mnist-convnet")
    objective = graph.recipe.objectives[0]
    objective = replace(objective, settings={**objective.settings, **settings})
    graph.put("recipe", replace(graph.recipe, epochs=500, objectives=(objective,)))
    path = tmp_path / "digits.graph.json"
    write(graph, path)
    drive.window.open(path)
    drive.wait_for_analysis()
    return drive


def legend_of(drive: Driver):
    return drive.window.editor.heating.legend


def test_gradients_are_followed_while_a_run_goes_on(drive, tmp_path):
    opened(drive, tmp_path)
    window, source = drive.window, drive.window.session.pins.source
    window.perform("train")
    drive.wait(lambda: window.session.training.run is not None and window.session.training.run.state == "running")
    window.perform("heat-gradient")
    assert drive.find("legend-choice", QPushButton).text() == "Heat: Gradient, not known yet"
    drive.wait(lambda: value_of(drive, "conv1") is not None)
    assert drive.find("legend-choice", QPushButton).text() == "Heat: Gradient"
    assert value_of(drive, "loss") == 1.0
    assert 0 < value_of(drive, "conv1") < 10
    assert value_of(drive, "image") is None
    legend = legend_of(drive)
    assert legend.scale.ends == ("vanishes", "explodes")
    first = source.step
    assert legend.note.text() == f"32 samples, step {first:,}"
    assert "vanishes, explodes" in legend.accessibleName()
    before = value_of(drive, "linear1")
    drive.wait(lambda: source.step > first + 5)
    drive.wait(lambda: value_of(drive, "linear1") != before)
    assert not window.session.pins.source.nodes, "nothing is looked at closely for it"
    window.perform("heat-none")
    asked = source.asked
    drive.wait(lambda: window.session.training.run.step > source.step + 20)
    assert source.asked <= asked + 1, "what is not shown is not asked for"
    assert source.overview is None


def test_dead_units_of_a_network_without_a_run(drive):
    window = drive.window
    window.new("gan-gaussians")
    drive.wait_for_analysis()
    window.perform("heat-dead")
    drive.wait(lambda: value_of(drive, "generator") is not None)
    overview = window.session.pins.source.overview
    inside = [item["dead"] for path, item in overview["nodes"].items() if path.startswith("generator.")]
    assert value_of(drive, "generator") == pytest.approx(max(inside)), "a module shows the most inside it"
    legend = legend_of(drive)
    assert legend.note.text().endswith("weights: fresh")
    assert legend.more.text() == "Share that is 0 throughout. A module: the most inside it."
    assert legend.scale.numbers[-1] == "100 %", "the scale does not stretch"
    window.session.enter("generator")
    assert value_of(drive, "relu1") == pytest.approx(overview["nodes"]["generator.relu1"]["dead"])


def test_a_run_that_failed_shows_where_at_once_and_a_click_leads_there(drive, tmp_path):
    opened(drive, tmp_path, lr=1e38)
    window = drive.window
    window.perform("heat-not-finite")
    drive.wait(lambda: value_of(drive, "conv1") is not None)
    legend = legend_of(drive)
    assert value_of(drive, "conv1") == 0.0
    assert legend.more.text() == "All numbers are finite."
    assert not legend.lead.isVisible()
    window.perform("train")
    run = lambda: window.session.training.run  # noqa: E731
    drive.wait(lambda: run() is not None and run().state == "failed")
    fault = run().fault
    assert fault is not None
    assert value_of(drive, fault.node) == 1.0
    others = [name for name in window.session.graph.nodes if name != fault.node]
    assert all(value_of(drive, name) is None for name in others)
    assert legend.note.text() == f"{run().title} failed at step {fault.step:,}"
    window.canvas.select(())
    drive.click("legend-lead")
    assert fault.node in drive.find("legend-lead", QPushButton).text()
    assert window.canvas.selection == {fault.node}
    assert drive.find("notice-text", QLabel).text().startswith(fault.message)


def test_why_nothing_is_seen_stands_in_the_legend(drive):
    window = drive.window
    window.new("resnet18")
    drive.wait_for_analysis()
    window.perform("heat-gradient")
    drive.wait(lambda: bool(legend_of(drive).note.text()))
    assert "There is no data to look at" in legend_of(drive).note.text()


def test_the_key_goes_through_them(drive):
    window = drive.window
    window.new("mnist-convnet")
    drive.wait_for_analysis()
    window.canvas.setFocus()
    seen = []
    for _ in range(8):
        drive.key(Qt.Key.Key_H)
        seen.append(window.editor.heating.chosen)
    assert seen[4:] == ["gradient", "dead", "not-finite", ""]
    QApplication.processEvents()
    assert window.canvas.scene.heat() is None


def test_a_module_and_its_copies_show_the_worst_inside():
    found = with_borders({"stage.0.conv": 3.0, "stage.1.conv": 1.0, "stage.1": 2.0, "head": 5.0}, min)
    assert found == {
        "stage.0.conv": 3.0, "stage.1.conv": 1.0, "stage.1": 1.0, "head": 5.0, "stage.0": 3.0, "stage": 1.0
    }  # fmt: skip

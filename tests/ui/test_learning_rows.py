"""How a node's weights learn, said in the inspector of a real window, and seen on the canvas and in the source."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QComboBox, QPushButton

from grapheditor.graph.learning import INITIALIZERS, PARAMETRIZATIONS, Way
from grapheditor.ui.inspector.learning import ITSELF, USUAL


def choose(drive, name, text):
    box = drive.find(name, QComboBox)
    box.setFocus()
    box.setCurrentIndex(box.findData(text))
    box.activated.emit(box.currentIndex())
    drive.settle()


def test_weights_are_drawn_frozen_and_learn_at_a_rate_of_their_own(drive):
    window = drive.window
    window.new("mnist-convnet")
    drive.wait_for_analysis()
    window.canvas.select(["conv1"])
    drive.click("more-weights")
    box = drive.find("option-initial-weight", QComboBox)
    assert [box.itemData(place) for place in range(box.count())] == [USUAL, *INITIALIZERS]
    choose(drive, "option-initial-weight", "kaiming_normal")
    choose(drive, "option-initial-weight-nonlinearity", "relu")
    choose(drive, "option-initial-bias", "zeros")
    node = drive.graph.nodes["conv1"]
    assert node.learning.initial == {"weight": Way("kaiming_normal", {"nonlinearity": "relu"}), "bias": Way("zeros")}
    choose(drive, "option-initial-weight-nonlinearity", "leaky_relu")
    assert drive.graph.nodes["conv1"].learning.initial["weight"] == Way("kaiming_normal")
    drive.type("option-rate", "0.1")
    drive.click("option-frozen")
    node = drive.graph.nodes["conv1"]
    assert (node.learning.frozen, node.learning.rate) == (True, 0.1)
    assert "frozen" in window.canvas.scene.label("conv1").summary
    drive.wait(lambda: window.statusbar.parameters.text() == "105,506 parameters, 832 of them frozen")
    drive.click("more-weights")
    assert drive.find("more-weights").text() == "▸ More · 4 set"
    drive.wait(lambda: "nn.init.kaiming_normal_" in window.editor.inspector.page.code.text.text())
    for _ in range(4):
        window.perform("undo")
    assert drive.graph.nodes["conv1"].learning.initial.keys() == {"weight"}
    choose(drive, "option-initial-weight", USUAL)
    assert drive.graph.nodes["conv1"].learning.initial == {}


def test_a_weight_is_made_of_others_and_what_it_is_made_of_is_counted(drive):
    window = drive.window
    window.new("mnist-convnet")
    drive.wait_for_analysis()
    window.canvas.select(["conv1"])
    drive.click("more-weights")
    box = drive.find("option-parametrized-weight", QComboBox)
    assert [box.itemData(place) for place in range(box.count())] == [ITSELF, *PARAMETRIZATIONS]
    choose(drive, "option-parametrized-weight", "weight_norm")
    drive.wait(lambda: window.session.report("conv1")["parameters"] == 832 + 32)
    assert list(window.session.report("conv1")["weights"]) == ["weight", "bias"]
    drive.type("option-parametrized-weight-dim", "1")
    drive.wait(lambda: window.session.report("conv1")["parameters"] == 832 + 1)
    assert drive.graph.nodes["conv1"].learning.parametrized == {"weight": Way("weight_norm", {"dim": 1})}
    drive.wait(
        lambda: "parametrizations.weight_norm(self.conv1, dim=1)" in window.editor.inspector.page.code.text.text()
    )
    choose(drive, "option-parametrized-weight", ITSELF)
    drive.wait(lambda: window.session.report("conv1")["parameters"] == 832)
    assert not drive.graph.nodes["conv1"].learning.parametrized


def test_what_cannot_be_drawn_is_said_at_once(drive):
    drive.window.new("mnist-convnet")
    drive.wait_for_analysis()
    drive.window.canvas.select(["conv1"])
    drive.click("more-weights")
    choose(drive, "option-initial-bias", "orthogonal")
    drive.wait(
        lambda: any("orthogonal cannot draw bias" in item["message"] for item in drive.window.session.findings.problems)
    )


def test_several_nodes_are_frozen_together_and_what_has_no_weights_offers_nothing(drive):
    window = drive.window
    window.new("mnist-convnet")
    drive.wait_for_analysis()
    window.canvas.select(["conv1", "conv2", "relu1"])
    drive.click("more-weights")
    QTest.keyClick(drive.find("option-frozen"), Qt.Key.Key_Space)
    assert {name for name, node in drive.graph.nodes.items() if node.learning.frozen} == {"conv1", "conv2"}
    window.canvas.select(["relu1"])
    drive.settle()
    assert window.findChild(QPushButton, "more-weights") is None

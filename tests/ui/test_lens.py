"""The lens in the real window: real runs, real probers, what is painted."""

from __future__ import annotations

import os
import signal
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import QPoint, QRect, QRectF, Qt
from PySide6.QtGui import QImage, QPainter
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QPushButton

from grapheditor.catalog import catalog
from grapheditor.edit import edits
from grapheditor.graph import Input, Node, write
from grapheditor.ui.app import application
from grapheditor.ui.lens import source as asking
from grapheditor.ui.lens import writing
from grapheditor.ui.lens.card import EDGE, WIDE, Card
from grapheditor.ui.lens.picture import PictureView, fitting, ground
from grapheditor.ui.lens.room import free_place
from grapheditor.ui.theme import THEMES, figures, px
from tests.ui.conftest import Driver


@pytest.fixture
def digits(tmp_path) -> Path:
    """The digits network in a file, with more epochs than any test lets it have."""
    graph = catalog().new("mnist-convnet")
    graph.put("recipe", replace(graph.recipe, epochs=500))
    path = tmp_path / "digits.graph.json"
    write(graph, path)
    return path


@pytest.fixture
def opened(drive, digits) -> Driver:
    drive.window.open(digits)
    drive.wait_for_analysis()
    return drive


def card_of(drive: Driver, what) -> Card:
    pins = drive.window.session.pins
    return drive.window.editor.lenses.cards[pins.find(what)]


def source_of(drive: Driver):
    return drive.window.session.pins.source


def at_rest(drive: Driver) -> bool:
    source = source_of(drive)
    return source.step is not None and not source.busy and source._timer.isActive() is False


def wire_to(drive: Driver, node: str) -> Input:
    return next(end for end in drive.graph.wires if end.node == node)


def trained(drive: Driver):
    drive.window.perform("train")
    training = drive.window.session.training
    drive.wait(lambda: training.run is not None and training.run.state == "running", 60)
    return training.run


def painted(card: Card) -> np.ndarray:
    """Return the card's picture as it is painted: rows, columns, red green blue."""
    image = card.picture.grab().toImage().convertToFormat(QImage.Format.Format_RGB888)
    data = np.frombuffer(image.constBits(), np.uint8).reshape(image.height(), image.bytesPerLine())
    return data[:, : 3 * image.width()].reshape(image.height(), image.width(), 3).copy()


def test_a_pin_shows_the_feature_maps_of_a_run_as_they_are_learned(opened):
    run = trained(opened)
    opened.click_node("conv1")
    opened.key(Qt.Key.Key_P)
    card, source = card_of(opened, "conv1"), source_of(opened)
    opened.wait(lambda: source.step is not None, 30)
    first = source.step
    assert card.title.text() == "conv1"
    assert card.step.text() == f"step {first:,}"
    text = card.figures.text()
    assert all(word in text for word in ("mean ", "std ", "dead ", "grad ‖·‖ ")), text
    assert all(word in card.accessibleName() for word in (f"step {first:,}", "mean ", "Lens: conv1"))
    pixels = painted(card)
    theme = opened.window.theme
    accent, other = theme.colour("accent"), theme.colour("activation")
    reddish, bluish = pixels[..., 0].astype(int) - pixels[..., 2], pixels[..., 2].astype(int) - pixels[..., 0]
    assert accent.blue() > accent.red()
    assert other.red() > other.blue()
    assert (bluish > 60).sum() > 50, "numbers above 0 are in the accent"
    assert (reddish > 60).sum() > 50, "numbers below 0 are in another hue"
    opened.wait(lambda: source.step > first + 5, 30)
    assert card.step.text() == f"step {source.step:,}"
    assert not source.problem
    assert (painted(card) != pixels).any(), "what it has learned since is seen"
    assert run.alive


def test_a_lens_at_a_wire_says_from_where_to_where_and_moves_with_the_canvas(opened):
    trained(opened)
    wire = wire_to(opened, "pool1")
    opened.window.canvas.select([], [wire])
    opened.window.perform("lens")
    card, canvas = card_of(opened, wire), opened.window.canvas
    opened.wait(lambda: source_of(opened).step is not None, 30)
    assert card.title.text() == "conv1 → pool1"
    lead = canvas._leads[0]
    assert card.geometry().adjusted(-1, -1, 1, 1).contains(lead.end.toPoint())
    before = card.pos()
    canvas.pan(40, -30)
    assert card.pos() - before == QPoint(40, -30)
    QTest.mousePress(card, Qt.MouseButton.LeftButton, pos=QPoint(60, 4))
    QTest.mouseMove(card, QPoint(40, 24))
    QTest.mouseRelease(card, Qt.MouseButton.LeftButton, pos=QPoint(40, 24))
    moved = card.pos()
    assert moved - before == QPoint(20, -10)
    canvas.pan(10, 10)
    assert card.pos() - moved == QPoint(10, 10)
    line = canvas.grab().toImage()
    (x1, y1), end = canvas.view.to_screen(*canvas._leads[0].start), canvas._leads[0].end
    along = [(x1 + (end.x() - x1) * step / 200, y1 + (end.y() - y1) * step / 200) for step in range(200)]
    seen = [line.pixelColor(round(x), round(y)).lightness() for x, y in along]
    muted = opened.window.theme.colour("muted").lightness()
    assert sum(abs(value - muted) < 30 for value in seen) > 40, "a dashed line leads there"
    opened.click("lens-close")
    assert not opened.window.session.pins.all
    assert not canvas._leads


def test_a_card_that_a_zoom_would_cut_off_gets_another_place_unless_a_hand_has_put_it_there(opened):
    canvas = opened.window.canvas
    canvas.fit()
    canvas.select(["conv1"])
    opened.window.perform("lens")
    card = card_of(opened, "conv1")
    box = canvas.scene.geometry.box("conv1")
    corner = canvas.view.to_screen(box.left, box.top)
    opened.wait(lambda: canvas.rect().contains(card.geometry()))
    canvas.zoom_to(2.0)
    canvas.pan(*(want - have for want, have in zip((300, 20), canvas.view.to_screen(box.left, box.top), strict=True)))
    assert corner != canvas.view.to_screen(box.left, box.top)
    canvas.zoom_to(1.9)
    assert canvas.rect().contains(card.geometry())
    QTest.mousePress(card, Qt.MouseButton.LeftButton, pos=QPoint(60, 4))
    QTest.mouseMove(card, QPoint(60, 4 - card.y() - 100))
    QTest.mouseRelease(card, Qt.MouseButton.LeftButton, pos=QPoint(60, 4))
    (pin,) = opened.window.session.pins.all
    before = pin.offset
    for zoom in (2.0, 2.2, 2.5, 3.0, 4.0):
        canvas.zoom_to(zoom)
        assert pin.offset == before, "a hand has put it there"


def test_its_parts_are_gradient_and_weights_with_their_updates(opened):
    trained(opened)
    opened.window.canvas.select(["conv1"])
    opened.window.perform("lens")
    card, source = card_of(opened, "conv1"), source_of(opened)
    opened.wait(lambda: source.step is not None, 30)
    output = painted(card)
    opened.click("lens-gradient")
    assert card.figures.text().startswith("mean ")
    assert "dead" not in card.figures.text()
    assert painted(card).shape != output.shape or (painted(card) != output).any()
    opened.window.perform("lens-part")
    assert card.pin.part == "weights"
    asked = source.asked
    opened.wait(lambda: source.asked > asked + 1 and not source.busy, 30)
    assert "a step moves" in card.figures.text(), "the filters are told with their updates"
    assert card.weight.isVisible()
    card.weight.setCurrentText("bias")
    card.weight.activated.emit(card.weight.currentIndex())
    assert card.pin.weight == "bias"
    assert "32" in card.picture.toolTip()


def test_few_numbers_are_a_table_and_data_has_its_own_colours(opened):
    pins = opened.window.session.pins
    opened.window.canvas.fit()
    pins.toggle("linear2")
    pins.toggle("image")
    opened.wait(lambda: at_rest(opened), 60)
    table, image = card_of(opened, "linear2").picture, card_of(opened, "image").picture
    assert sum(map(len, table._numbers)) == 10
    assert image._image is not None
    pixels = painted(card_of(opened, "image"))
    grey = (np.ptp(pixels.astype(int), axis=2) < 3).mean()
    assert grey > 0.6, "black and white, beside the card's own ground"
    assert (pixels > 240).any()
    other = painted(card_of(opened, "image"))
    opened.find("lens-next", QPushButton)
    card_of(opened, "image").sample_wanted.emit(1)
    opened.wait(lambda: at_rest(opened) and source_of(opened).first == 1, 30)
    assert "sample 2 of 9,000" in card_of(opened, "image").sample.text()
    assert painted(card_of(opened, "image")).shape == other.shape
    assert (painted(card_of(opened, "image")) != other).any(), "another digit"


def test_without_a_run_weights_are_fresh_then_those_of_the_run_and_edits_are_told(opened, monkeypatch):
    window, session = opened.window, opened.window.session
    pins, source = session.pins, session.pins.source
    pins.toggle("conv1")
    opened.wait(lambda: at_rest(opened), 60)
    assert source.problem == ""
    assert card_of(opened, "conv1").step.text() == "fresh weights"
    fresh = dict(source.nodes["conv1"]["weights"]["weight"])
    assert source.pid is not None
    asked, first = source._probing._number, source.pid
    opened.window.canvas.select(["conv1"])
    assert source._probing._number == asked, "nothing changed, nothing is asked"

    run = trained(opened)
    opened.wait(lambda: run.epoch >= 1, 60)
    assert source.pid is None, "it is not in the way of a training"
    window.perform("stop")
    opened.wait(lambda: run.ended, 60)
    opened.wait(lambda: source.weights.startswith("digits-001") and at_rest(opened), 60)
    assert source.step > 0
    assert source.pid not in (None, first)
    learned = source.nodes["conv1"]["weights"]["weight"]
    assert learned["std"] != fresh["std"]
    assert "digits-001" in card_of(opened, "conv1").told.text()

    with opened.qtbot.waitSignal(source.changed, timeout=60_000):
        session.edit(edits.set_option(session.scope, session.catalog, ["conv1"], "out_channels", 8))
    opened.wait(lambda: at_rest(opened) and source.nodes["conv1"]["shape"][1] == 8, 60)
    assert "before the last edits and do not fit" in card_of(opened, "conv1").told.text()

    monkeypatch.setattr("grapheditor.ui.lens.probing.IDLE", 1)
    source._probing._idle.setInterval(1)
    pins.clear()
    source._probing._idle.start()
    opened.wait(lambda: source.pid is None, 10)


def test_a_graph_that_cannot_be_computed_says_so_on_the_card(opened):
    session, source = opened.window.session, source_of(opened)
    session.pins.toggle("conv1")
    opened.wait(lambda: at_rest(opened), 60)
    session.edit(edits.set_option(session.scope, session.catalog, ["linear2"], "out_features", 7))
    opened.wait(lambda: "out of bounds" in source.problem, 60)  # labels of ten classes
    session.edit(edits.set_option(session.scope, session.catalog, ["conv1"], "kernel_size", 99))
    opened.wait(lambda: "conv1" in source.problem, 60)
    assert card_of(opened, "conv1").told.text() == source.problem
    opened.window.perform("undo")
    opened.window.perform("undo")
    opened.wait(lambda: not source.problem and at_rest(opened), 60)


@pytest.mark.skipif(os.name != "posix", reason="signals of POSIX")
def test_a_prober_that_dies_is_replaced(opened):
    session, source = opened.window.session, source_of(opened)
    session.pins.toggle("conv1")
    opened.wait(lambda: at_rest(opened), 60)
    before = source.pid
    os.kill(before, signal.SIGKILL)
    opened.wait(lambda: source.pid is None, 10)
    source.choose(3)
    opened.wait(lambda: at_rest(opened) and source.nodes, 60)
    assert source.pid not in (None, before)
    assert not source.problem


def test_pins_follow_renames_and_come_back_with_what_they_are_at(opened):
    window, session, pins = opened.window, opened.window.session, opened.window.session.pins
    pins.toggle("conv2")
    wire = wire_to(opened, "pool2")
    pins.toggle(wire)
    node, end = pins.all
    session.rename("conv2", "filters")
    assert node.what == "filters"
    assert pins.title(end) == "filters → pool2"
    session.rename("pool2", "small")
    assert end.what == Input("small", "x")
    window.perform("undo")
    window.perform("undo")
    assert (node.what, end.what) == ("conv2", wire)
    cards = window.editor.lenses.cards
    window.canvas.select(["conv2"])
    window.canvas.delete_selection()
    QApplication.processEvents()
    assert cards[node].isHidden()
    assert cards[end].isHidden()
    window.perform("undo")
    QApplication.processEvents()
    assert not cards[node].isHidden()
    assert pins.path(node) == "conv2"
    assert len(window.canvas._leads) == 2


def test_in_a_module_the_use_that_is_shown_is_looked_at(opened):
    window, session, pins = opened.window, opened.window.session, opened.window.session.pins
    window.canvas.select(["conv1", "pool1", "relu1"])
    window.canvas.group_selection()
    opened.key(Qt.Key.Key_Return)
    use = next(name for name, node in session.graph.nodes.items() if node.operator in session.graph.modules)
    session.enter_node(use)
    pins.toggle("conv1")
    assert pins.path(pins.all[0]) == f"{use}.conv1"
    opened.wait(lambda: at_rest(opened) and f"{use}.conv1" in source_of(opened).nodes, 60)
    card = card_of(opened, "conv1")
    assert not card.isHidden()
    session.rename("conv1", "edges")
    assert pins.path(pins.all[0]) == f"{use}.edges"
    session.leave_module()
    QApplication.processEvents()
    assert card.isHidden(), "it is at what is in the module"
    session.rename(use, "stem")
    assert pins.path(pins.all[0]) == "stem.edges"


def test_alt_over_a_node_looks_for_as_long_as_it_is_held(opened):
    canvas, pins = opened.window.canvas, opened.window.session.pins
    canvas.center_on("conv1")
    left, top, _, _ = canvas.scene.geometry.box("conv1")
    x, y = canvas.view.to_screen(left + 60, top + 14)
    canvas._look((left + 60, top + 14))
    assert pins.passing is not None
    assert pins.passing.what == "conv1"
    opened.wait(lambda: at_rest(opened), 60)
    (card,) = [item for item in canvas.findChildren(Card) if not item.isHidden()]
    assert "mean" in card.figures.text()
    assert not card.geometry().contains(QPoint(round(x), round(y)))
    QTest.keyRelease(canvas, Qt.Key.Key_Alt)
    assert pins.passing is None
    QApplication.processEvents()
    assert not [item for item in canvas.findChildren(Card) if not item.isHidden()]


def test_looking_costs_a_run_no_more_than_it_says(opened, monkeypatch):
    """However long an answer but the first holds the run up, 45 times as long nothing is asked."""
    run = trained(opened)
    source, asked = source_of(opened), []

    def ask(_folder, asks):
        asked.append(asks)
        return {"nodes": {}, "step": len(asked), "of": 10, "seconds": 20.0 if asked[1:] else 0.1}

    monkeypatch.setattr(asking, "_ask", ask)
    opened.window.session.pins.toggle("conv1")
    opened.wait(lambda: source.step == 2, 30)  # the first answer, which loads what is needed, is not counted
    assert asked[0]["nodes"] == asked[1]["nodes"] == ["conv1"]
    assert source._timer.remainingTime() / 1000 == pytest.approx(20 * asking.SPARING, rel=0.05), (
        "as exact as a coarse timer is"
    )
    step = run.step
    opened.wait(lambda: run.step > step + 20, 30)
    assert len(asked) == 2
    opened.window.canvas.pan(5000, 0)
    assert source._wanted == (), "what is not in sight is not asked for"


def test_what_has_no_data_or_no_loss_says_so(drive):
    drive.click("start-empty")
    session = drive.window.session
    draft = session.scope.draft("Add")
    draft.put("nodes.x", Node("x", "input"))
    session.edit(draft.change())
    session.pins.toggle("x")
    assert "There is no data" in card_of(drive, "x").told.text()
    assert source_of(drive).pid is None


@pytest.mark.parametrize("theme", THEMES.values(), ids=list(THEMES))
def test_zero_is_the_ground_of_both_themes(theme):
    assert ground(theme).name() in (theme.canvas, theme.raised)


def test_figures_have_room_on_a_card():
    node = {"mean": -1.23e-10, "std": 3.4e-10, "dead": 1.0, "gradient": {"norm": 2.1e-3}}
    assert writing.lines(node, "output") == ["mean −1.2e-10  std 3.4e-10", "dead 100 %", "grad ‖·‖ 0.0021"]
    assert [writing.brief(number) for number in (0, 0.13, 1204, -6.04, 2.1e-5)] == [
        "0",
        "0.13",
        "1,204",
        "−6",
        "2.1e-5",
    ]


@pytest.mark.parametrize("columns", [1, 4, 5])
@pytest.mark.parametrize(
    "number", [-0.0045, 0.00012, -12345.0, 1204.0, -1.2e-12, -0.13, 0.0, -9.96e-3, 7e30, -6.04, 99.7]
)
def test_no_sign_or_digit_is_cut_off_a_number_in_a_table(qtbot, number, columns):
    application()  # its fonts
    view = PictureView(THEMES["dark"])
    view.setFixedWidth(WIDE - 2 * EDGE - 2)
    view.show_numbers([[number] + [0.0] * (columns - 1)])
    cell = min(view.width() / columns, px(64))
    text, font = fitting(number, figures(11), cell - 4)
    said = float(text.replace("−", "-").replace(",", ""))
    assert said == pytest.approx(number, rel=0.06 if columns < 5 and abs(number) > 1e-9 else 0.25), text
    assert font.pixelSize() >= 10
    shown = view.grab().toImage()
    wanted = QImage(shown.size(), shown.format())
    wanted.fill(shown.pixelColor(0, 0))
    painter = QPainter(wanted)
    painter.setFont(font)
    painter.setPen(view.theme.colour("text"))
    painter.drawText(
        QRectF(-200, 0, 200 + cell - 3, px(20) - 1), Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter, text
    )
    painter.end()
    seen = QRect(0, 0, int(cell) - 2, px(20) - 1)
    assert shown.copy(seen) == wanted.copy(seen), text


def test_a_vector_shows_two_digits_of_what_is_small():
    application()
    assert fitting(-0.0045, figures(11), (WIDE - 2 * EDGE - 2) / 4 - 4)[0] == "−0.0045"
    assert writing.table({"picture": {"numbers": [[1.0] * 10]}}) == [[1.0] * 4, [1.0] * 4, [1.0] * 2]


@pytest.mark.parametrize("size", [(640, 300), (500, 500), (330, 900)])
def test_a_card_of_numbers_that_is_too_large_for_a_canvas_keeps_its_head(drive, size):
    drive.window.new("mnist-convnet")
    canvas = drive.window.canvas
    canvas.setFixedSize(*size)
    drive.settle()
    canvas.fit()
    for name in drive.graph.nodes:
        box = canvas.view.on_screen(canvas.scene.geometry.box(name))
        anchor = ((box.left + box.right) / 2, (box.top + box.bottom) / 2)
        for wide, high in ((240, 260), (240, 420)):
            x, y = free_place(canvas, (wide, high), anchor, 60.0, ())
            assert 0 <= x <= max(8, canvas.width() - wide)
            assert 0 <= y <= max(8, canvas.height() - high)


def test_a_card_takes_no_more_room_than_the_canvas_has(opened):
    """The histogram goes first, then the picture becomes smaller; with more room both are back."""
    canvas = opened.window.canvas
    canvas.select(["conv1"])
    opened.window.perform("lens")
    card = card_of(opened, "conv1")
    opened.wait(lambda: source_of(opened).step is not None, 30)
    opened.wait(lambda: not card.histogram.isHidden())
    high, picture = card.height(), card.picture.height()
    for size in ((900, high - 10), (900, 230), (200, 900), (900, 900)):
        canvas.setFixedSize(*size)
        opened.settle()
        assert card.height() <= size[1] - 16
        assert card.width() <= size[0] - 16
        assert card.histogram.isHidden() == (size[1] < high)
        assert (card.picture.height() < picture) == (size == (900, 230))

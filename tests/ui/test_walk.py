"""One sample is followed through the network in the real window: step by step, number by number."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QTextDocument
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QWidget

from grapheditor.edit import edits
from grapheditor.graph import Input
from grapheditor.ui.canvas.geometry import Box
from grapheditor.ui.lens.card import Card
from grapheditor.ui.lens.pin import Number
from grapheditor.ui.lens.working_card import WorkingCard
from grapheditor.ui.theme import THEMES
from tests.ui.conftest import Driver


@pytest.fixture
def opened(drive) -> Driver:
    drive.window.new("mnist-convnet")
    drive.wait_for_analysis()
    return drive


class Walker:
    """What is seen of a walk."""

    def __init__(self, drive: Driver) -> None:
        self.drive = drive
        self.window = drive.window
        self.board = drive.window.editor.lenses
        self.pins = drive.window.session.pins
        self.walk = self.pins.walk

    @property
    def card(self) -> Card:
        card = self.board.card(self.walk.pin)
        assert card is not None
        return card

    @property
    def told(self) -> str:
        return self.board.bar.told.text()

    def wait_until_seen(self) -> None:
        self.drive.wait(lambda: self.pins.seen(self.walk.pin) is not None and not self.pins.source.busy, 60)

    def wait_until_told(self) -> dict:
        self.drive.wait(lambda: self.pins.source.working is not None, 60)
        return self.pins.source.working

    def click_number(self, at: tuple[int, ...]) -> None:
        """Click where a number is painted."""
        QApplication.processEvents()
        picture = self.card.picture
        (box,) = picture.layout_of.boxes(at, at)
        left, top, across, down = picture._frame()
        x, y = left + (box.x() + box.width() / 2) * across, top + (box.y() + box.height() / 2) * down
        QTest.mouseClick(picture, Qt.MouseButton.LeftButton, pos=picture.rect().topLeft() + _point(x, y))


def _point(x: float, y: float):
    from PySide6.QtCore import QPoint

    return QPoint(int(x), int(y))


def whole(card: WorkingCard) -> bool:
    """Tell whether nothing of what is written on a card is cut off, or has to be scrolled to."""
    page = QTextDocument()
    page.setDefaultFont(card.text.font())
    page.setDocumentMargin(0)
    page.setHtml(card.text.text())
    page.setTextWidth(card.text.width())
    seen = card.sheet.viewport().size()
    return seen.width() >= page.size().width() and seen.height() >= page.size().height()


def test_a_sample_goes_forward_by_nodes_and_its_gradient_back_by_wires(opened):
    walker = Walker(opened)
    opened.window.canvas.setFocus()
    for _ in range(3):
        opened.key(Qt.Key.Key_F10)
    assert walker.told == "Forward 3 of 15: conv1"
    assert opened.window.canvas.selection == {"conv1"}
    dim = opened.window.canvas.scene.dim()
    slots = opened.window.canvas.scene.geometry.nodes
    assert [bool(dim[slots.slot[name]]) for name in ("normalize", "conv1", "pool1")] == [False, False, True]
    walker.wait_until_seen()
    assert walker.card.figures.text().startswith("mean ")
    assert walker.pins.source.nodes["conv1"]["shape"] == [1, 32, 24, 24], "one sample"
    opened.key(Qt.Key.Key_F9)
    assert walker.told == "Forward 2 of 15: normalize"
    opened.key(Qt.Key.Key_F8)
    assert walker.told == "Back 1 of 11: loss → linear2"
    assert opened.window.canvas.selected_wires == {Input("loss", "x")}
    walker.wait_until_seen()
    assert walker.card.buttons["gradient"].isChecked()
    scores = walker.pins.seen(walker.walk.pin)["gradient"]
    assert sum(scores["picture"]["numbers"][0]) == pytest.approx(0, abs=1e-5), "softmax less one-hot"
    opened.key(Qt.Key.Key_F10)
    before = walker.told
    opened.key(Qt.Key.Key_F8)
    assert walker.told == "Forward 2 of 15: normalize", "where one was on that way"
    opened.key(Qt.Key.Key_F8)
    assert walker.told == before
    assert before.startswith("Back 2 of 11: ")
    opened.key(Qt.Key.Key_Escape)
    assert not walker.walk.on
    assert opened.window.canvas.scene.dim() is None
    assert not walker.board._extra


@pytest.mark.parametrize("wide", [420, 700, 1100])
def test_the_bar_of_a_walk_leaves_the_legend_of_heat_uncovered(opened, wide):
    canvas, walker = opened.window.canvas, Walker(opened)
    opened.window.editor.heating.choose("parameters")
    canvas.setFixedSize(wide, 420)
    walker.walk.begin()
    opened.settle()
    bar, legend = walker.board.bar, opened.window.editor.heating.legend
    assert bar.isVisible() and legend.isVisible()
    assert not bar.geometry().intersects(legend.geometry())
    assert canvas.rect().contains(bar.geometry())


def test_it_comes_back_only_where_an_objective_sends_something(opened):
    session = opened.window.session
    change, name = edits.add_node(session.scope, session.catalog, "linear", (400, 400), "relu3")
    session.edit(change)
    opened.wait_for_analysis()
    walker = Walker(opened)
    walker.walk.begin()
    stops = [stop.what for stop in walker.walk.stops]
    assert name in stops
    assert Input(name, "x") not in stops
    assert Input("linear2", "x") in stops


@pytest.mark.parametrize("template", ["mnist-convnet", "unet"])
def test_nothing_covers_what_is_walked_to(drive, template):
    """Nodes on the way forward, both ends of a wire on the way back, skips over half of the network too."""
    drive.window.new(template)
    drive.wait_for_analysis()
    walker, canvas = Walker(drive), drive.window.canvas
    walker.walk.begin()
    count = len(walker.walk.stops)
    for place in range(count):
        what = walker.walk.stop.what
        ends = [what.node, canvas.scene.body.wires[what].node] if isinstance(what, Input) else [what]
        for name in ends:
            left, top, right, bottom = canvas.view.on_screen(canvas.scene.geometry.box(name))
            seen = QRectF(left, top, right - left, bottom - top)
            assert QRectF(canvas.rect()).contains(seen), (what, name)
            assert not QRectF(walker.board.bar.geometry()).intersects(seen), (what, name)
            if canvas.minimap.needed(canvas.scene, canvas.view, canvas.width(), canvas.height()):
                corner = canvas.minimap.box(canvas.width(), canvas.height())
                assert not corner.meets(Box(left, top, right, bottom)), (what, name)
        assert walker.walk.place == place
        walker.walk.step(1)


def test_a_number_says_how_it_came_about_and_leads_back_to_the_pixels(opened):
    walker = Walker(opened)
    walker.walk.begin("conv1")
    walker.wait_until_seen()
    walker.click_number((5, 10, 12))
    told = walker.wait_until_told()
    assert (told["form"], told["at"]) == ("products", [5, 10, 12])
    card = walker.board.working
    assert card.isVisible()
    assert card.title.text().startswith("conv1 [5, 10, 12] = ")
    assert "25 numbers of" in card.text.text()
    opened.wait(lambda: whole(card))
    assert walker.card.picture.place == (5, 10, 12)
    walker.card.picture.setFocus()
    opened.key(Qt.Key.Key_Right)
    opened.wait(lambda: (walker.pins.source.working or {}).get("at") == [5, 10, 13])
    card.text.linkActivated.emit("normalize|0,12,13|")
    assert walker.told == "Forward 2 of 15: normalize"
    told = walker.wait_until_told()
    assert told["formula"] == "({0} − {1}) / {2}"
    card.text.linkActivated.emit("image|0,12,13|")
    assert walker.wait_until_told()["form"] == "given"
    opened.window.canvas.setFocus()
    opened.key(Qt.Key.Key_Escape)
    assert walker.pins.number is None
    assert walker.walk.on
    assert not card.isVisible()


@pytest.mark.parametrize(("side", "fits"), [(2, True), (3, True), (4, True), (5, True), (7, True), (11, False)])
def test_tables_of_any_size_are_whole_or_can_be_scrolled(qtbot, side, fits):
    canvas = QWidget()
    canvas.resize(500, 450)
    card = WorkingCard(canvas, THEMES["dark"])
    numbers = [[-0.00123 * (x + 1) for x in range(side)] for _ in range(side)]
    source = {"of": "image", "low": [0, 0], "high": [side, side], "count": side * side}
    told = {
        "form": "products", "function": "conv2d", "value": 1.0, "rest": 0.5, "sources": [source],
        "patch": {"at": [0, 0], "values": numbers, "factors": numbers},
    }  # fmt: skip
    card.show_told(Number("conv", (0, 0)), told)
    canvas.show()
    QApplication.processEvents()
    assert whole(card) == fits
    assert canvas.rect().contains(card.geometry())
    bars = card.sheet.horizontalScrollBar(), card.sheet.verticalScrollBar()
    for bar, size, seen in zip(bars, (card.text.width(), card.text.height()), (
        card.sheet.viewport().width(), card.sheet.viewport().height()
    ), strict=True):  # fmt: skip
        assert bar.maximum() >= size - seen


def test_the_way_goes_on_in_a_module_and_out_of_it_again(drive):
    drive.window.new("resnet20")
    drive.wait_for_analysis()
    walker = Walker(drive)
    walker.walk.begin("stage1")
    drive.window.perform("enter")
    assert drive.window.session.place == "stage1.0"
    assert walker.told.startswith("Forward 1 of ")
    assert walker.walk.pin.place == "stage1.0"
    drive.window.perform("leave")
    assert walker.walk.stop.what == "stage1"
    assert drive.window.canvas.selection == {"stage1"}


def test_it_goes_on_by_itself_and_from_what_is_clicked(opened):
    walker = Walker(opened)
    walker.walk.begin()
    opened.click_node("pool2")
    assert walker.walk.stop.what == "pool2"
    walker.board.bar.play.click()
    assert walker.walk.plays
    opened.wait(lambda: walker.walk.stop.what != "pool2", 60)
    walker.board.bar.play.click()
    assert not walker.walk.plays


def test_a_pin_answers_too_without_a_walk(opened):
    walker = Walker(opened)
    opened.click_node("linear2")
    opened.window.perform("lens")
    pin = walker.pins.find("linear2")
    opened.wait(lambda: walker.pins.seen(pin) is not None, 60)
    card = walker.board.cards[pin]
    card.picture.setFocus()
    opened.key(Qt.Key.Key_Down)
    told = walker.wait_until_told()
    assert walker.pins.number == Number("linear2", (0,))
    assert (told["form"], told["sources"][0]["count"]) == ("products", 200)
    opened.key(Qt.Key.Key_Down)
    assert walker.pins.number == Number("linear2", (4,)), "the row below"


def test_an_objective_shows_its_gradients_way_and_the_weights_it_changes(drive):
    drive.window.new("gan-gaussians")
    drive.wait_for_analysis()
    scene = drive.window.canvas.scene
    objectives = drive.graph.recipe.objectives
    (place,) = [n for n, one in enumerate(objectives) if "generator" in one.weights]
    drive.window.perform("graph")
    drive.click("show-way" if place == 0 else f"show-way-{place + 1}")
    assert scene.marked == {"maker"}, "the use of the generator that this loss is about"
    assert scene.lit == {"maker", "judged", "fooling"}
    drive.window.canvas.setFocus()
    drive.key(Qt.Key.Key_Escape)
    assert scene.lit is None
    assert scene.marked == frozenset()

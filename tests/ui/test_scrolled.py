"""Long lists are made as far as they are seen: at once where they are shown, further as they are scrolled or walked."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication, QLabel

from grapheditor.catalog import catalog
from grapheditor.ui.scrolled import Cell, Scrolled
from grapheditor.ui.theme import px, set_scale

HEIGHTS = (20, 44, 30)


def cells(count: int, made: list[int]) -> list[Cell]:
    def make(number: int) -> QLabel:
        made.append(number)
        return QLabel(str(number))

    return [Cell(str(i), HEIGHTS[i % 3], lambda i=i: make(i)) for i in range(count)]


@pytest.fixture
def area(qtbot):
    found = Scrolled(wide=100, gap=10, right=5)
    qtbot.addWidget(found)
    found.resize(350, 400)
    found.show()
    yield found
    set_scale(100)


def test_what_is_in_sight_is_made_and_no_more_than_as_much_again(area):
    made: list[int] = []
    area.show_cells(cells(1000, made))
    assert area.columns == 3
    assert area.keys == [str(i) for i in range(1000)]
    assert made == list(range(len(made))) and 24 <= len(made) <= 48
    area.verticalScrollBar().setValue(area.verticalScrollBar().maximum())
    assert 999 in made and len(made) < 100
    bottom = area.reach("999").geometry().bottom()
    assert bottom <= area.widget().height() <= bottom + 11


def test_cells_stand_beside_and_below_each_other_and_none_upon_another(area):
    area.show_cells(cells(20, []))
    for width in (350, 120, 800):
        area.resize(width, 2000)
        boxes = [area.reach(key).geometry() for key in area.keys]
        assert area.columns == len({box.left() for box in boxes}) == max(1, min(7, width // 110))
        for i, box in enumerate(boxes):
            assert box.height() == HEIGHTS[i % 3] and box.right() < area.viewport().width()
            assert not any(box.intersects(other) for other in boxes[:i])


def test_it_follows_the_scale_of_the_type(area):
    area.show_cells(cells(9, []))
    set_scale(150)
    area.arrange()
    assert area.columns == 2
    assert [area.reach(str(i)).height() for i in range(3)] == [px(high) for high in HEIGHTS]


def test_what_is_kept_is_the_same_widget_and_what_is_not_is_gone(area):
    made: list[int] = []
    area.show_cells(cells(4, made))
    before = area.made
    area.show_cells([cell for cell in cells(4, made) if cell.key != "1"], keep=True)
    assert made == [0, 1, 2, 3] and area.made == [before[0], before[2], before[3]]
    assert [widget.isVisible() for widget in before] == [True, False, True, True]
    area.show_cells(cells(4, made))
    assert made == [0, 1, 2, 3] * 2 and not any(widget.isVisible() for widget in before)


def test_the_palette_makes_what_is_seen_of_all_operators_and_the_arrows_go_on(drive):
    drive.window.new("mlp")
    panel = drive.window.editor.palette_panel
    assert len(panel.listed) >= len(catalog().operators) > 300
    assert len(panel.rows()) < 60
    last = [*panel.listed][-1]
    panel.search.setFocus()
    for name in panel.listed:
        drive.key(Qt.Key.Key_Down)
        assert QApplication.focusWidget().objectName() == name
    assert not drive.row(last).visibleRegion().isEmpty()


def test_tab_goes_from_card_to_card_also_where_others_were_made_before(drive):
    gallery = drive.window.start.gallery
    drive.wait(lambda: gallery.drawn)
    gallery.area.reach(gallery.shown[-1])
    gallery.area.verticalScrollBar().setValue(0)
    [*gallery.chips.values()][-1].setFocus()
    for name in gallery.shown:
        drive.key(Qt.Key.Key_Tab)
        assert QApplication.focusWidget() is gallery.card(name)
        assert not gallery.card(name).visibleRegion().isEmpty()

"""Small parts that are painted many times a second cost no more than they must."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QEvent, QObject
from PySide6.QtWidgets import QApplication, QHBoxLayout, QWidget

from grapheditor.ui.widgets import Progress, Ticker


class Counter(QObject):
    """Counts the events of a kind."""

    def __init__(self, watched: QObject, kind: QEvent.Type) -> None:
        super().__init__()
        self.kind, self.count = kind, 0
        watched.installEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        self.count += event.type() == self.kind
        return False


@pytest.mark.parametrize("busy", [True, False])
def test_a_bar_moves_only_while_nobody_knows_how_far_something_is(qtbot, busy):
    bar = Progress("of something")
    qtbot.addWidget(bar)
    bar.setRange(0, 0 if busy else 10)
    bar.show()
    event = QEvent(QEvent.Type.StyleAnimationUpdate)
    event.setAccepted(False)
    QApplication.sendEvent(bar, event)
    assert event.isAccepted() == busy, "Qt goes on with an animation as long as this is accepted"


def test_a_line_that_changes_lays_nothing_out_anew(qtbot):
    whole, line = QWidget(), Ticker(size=11)
    qtbot.addWidget(whole)
    row = QHBoxLayout(whole)
    row.addWidget(line)
    whole.show()
    line.setText("epoch 1 / 10 · 3,412 samples/s")
    QApplication.processEvents()
    counter, wide = Counter(whole, QEvent.Type.LayoutRequest), line.width()
    for rate in range(3000, 3020):
        line.setText(f"epoch 1 / 10 · {rate:,} samples/s")
        QApplication.processEvents()
    assert (counter.count, line.width()) == (0, wide)
    line.setText("epoch 10 / 10 · 33,412 samples/s · 0:12 left")
    assert line.width() >= line.fontMetrics().horizontalAdvance(line.text())
    line.setText("failed")
    assert line.width() < wide

"""Samples of the data in the inspector, as they reach the network, and how many there are of each class."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QIcon, QPainter, QPaintEvent
from PySide6.QtWidgets import (
    QFrame,
    QHBoxLayout,
    QListView,
    QListWidget,
    QListWidgetItem,
    QSizePolicy,
    QVBoxLayout,
    QWidget,
)

from grapheditor.engine.messages import SeenReport
from grapheditor.ui.canvas.painting import painting
from grapheditor.ui.packed import pixmap
from grapheditor.ui.preview import DataPreview
from grapheditor.ui.telling import sentence
from grapheditor.ui.texts import tr
from grapheditor.ui.theme import figures, px
from grapheditor.ui.widgets import label, link

SIDE = 48
"""Pixels of a picture's longer side."""
MOST_BARS = 60


class Samples(QWidget):
    """A link that shows the samples, and they below it."""

    def __init__(self, preview: DataPreview, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.preview = preview
        self.setObjectName("samples")
        self.fold = link("", "samples-show")
        self.fold.clicked.connect(lambda: preview.show(not preview.shown))
        self.others = link(tr("Others"), "samples-others")
        self.others.setToolTip(tr("The first samples of another epoch"))
        self.others.clicked.connect(preview.turn)
        head = QHBoxLayout()
        head.addWidget(self.fold)
        head.addStretch(1)
        head.addWidget(self.others)
        self.told = label(muted=True, size=11)
        self.told.setObjectName("samples-told")
        self.told.setWordWrap(True)
        self.list = _Grid()
        self.balance = Balance()
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(4)
        column.addLayout(head)
        for part in (self.told, self.list, self.balance):
            column.addWidget(part)
        preview.changed.connect(self.refresh)
        self.refresh()

    def refresh(self) -> None:
        """Show what is known."""
        preview = self.preview
        found = preview.found if preview.shown else None
        self.fold.setText(tr("▾ Samples") if preview.shown else tr("▸ Samples"))
        self.others.setVisible(found is not None)
        self.told.setText(self._said())
        self.told.setVisible(bool(self.told.text()))
        self.list.show_samples(found.samples if found is not None else [])
        self.list.setVisible(found is not None)
        balance = next(iter(found.balance.values()), {}) if found is not None else {}
        self.balance.show_counts(balance)

    def _said(self) -> str:
        preview = self.preview
        if not preview.shown:
            return ""
        if preview.why_not:
            return sentence(preview.why_not)
        found = preview.found
        if found is None:
            return tr("Looking them up…") if preview.waits else ""
        parts = ", ".join(f"{tr(name)} {count:,}" for name, count in found.parts.items())
        why = f" {tr('As the data has them: {why}', why=sentence(found.why_raw))}" if found.why_raw else ""
        return f"{parts}.{why}"


class _Grid(QListWidget):
    """The samples side by side, a picture each, or in lines where they have none."""

    def __init__(self) -> None:
        super().__init__()
        self.setObjectName("samples-list")
        self.setAccessibleName(tr("Samples of the data"))
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setFont(figures(10))
        self.setMovement(QListView.Movement.Static)
        self.setResizeMode(QListView.ResizeMode.Adjust)
        self.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)

    def show_samples(self, samples: list[SeenReport]) -> None:
        """Show these."""
        self.clear()
        drawn = any(one["pictures"] for one in samples)
        self.setViewMode(QListView.ViewMode.IconMode if drawn else QListView.ViewMode.ListMode)
        self.setIconSize(QSize(px(SIDE), px(SIDE)))
        cell = QSize(px(SIDE + 10), px(SIDE + 20))
        self.setGridSize(cell if drawn else QSize())
        for one in samples:
            words = ", ".join(one["words"].values())
            pictures: Mapping[str, dict[str, Any] | None] = one["pictures"]
            for name, picture in list(pictures.items())[:2] or [("", None)]:
                item = QListWidgetItem(words)
                whole = "; ".join([tr("sample {n:,}", n=one["number"]), *filter(None, (name, words))])
                item.setToolTip(whole)
                item.setData(Qt.ItemDataRole.AccessibleTextRole, whole)
                if picture is not None:
                    item.setIcon(QIcon(pixmap(picture, px(SIDE))))
                self.addItem(item)
        beside = max(1, px(310) // cell.width())
        rows = -(-self.count() // beside) if drawn else self.count()
        self.setFixedHeight(rows * cell.height() + 4 if drawn else rows * px(18) + 4)


class Balance(QWidget):
    """How many samples there are of each class, as small columns."""

    def __init__(self) -> None:
        super().__init__()
        self.setObjectName("balance")
        self.counts: Mapping[str, int] = {}
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)

    def show_counts(self, counts: Mapping[str, int]) -> None:
        """Show these; nothing of very many classes."""
        self.counts = counts if len(counts) <= MOST_BARS else {}
        said = ", ".join(f"{name}: {count:,}" for name, count in self.counts.items())
        self.setAccessibleName(tr("Samples of each class: {said}", said=said))
        self.setToolTip(said)
        self.setVisible(bool(self.counts))
        self.update()

    def sizeHint(self) -> QSize:
        return QSize(px(200), px(46))

    def paintEvent(self, event: QPaintEvent) -> None:
        most = max(self.counts.values(), default=0) or 1
        wide = self.width() / max(1, len(self.counts))
        named = wide >= px(14)
        high = self.height() - (px(14) if named else 0)
        palette = self.palette()
        with painting(QPainter(self)) as painter:
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            painter.setFont(figures(9))
            for place, (name, count) in enumerate(self.counts.items()):
                tall = high * count / most
                painter.setPen(Qt.PenStyle.NoPen)
                painter.setBrush(palette.highlight())
                painter.drawRoundedRect(QRectF(place * wide + 1, high - tall, wide - 2, tall), 1.5, 1.5)
                if named:
                    painter.setPen(palette.windowText().color())
                    short = painter.fontMetrics().elidedText(name, Qt.TextElideMode.ElideRight, int(wide))
                    painter.drawText(
                        QRectF(place * wide, high, wide, self.height() - high), Qt.AlignmentFlag.AlignCenter, short
                    )

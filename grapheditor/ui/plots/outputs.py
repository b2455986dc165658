"""What a run's network gave on its way: the pictures that its recipe keeps, with a slider over the steps."""

from __future__ import annotations

from functools import partial
from pathlib import Path

from PySide6.QtCore import QPoint, QRect, QSignalBlocker, QSize, Qt
from PySide6.QtGui import QImage, QPainter, QPaintEvent
from PySide6.QtWidgets import QFrame, QPlainTextEdit, QSlider, QVBoxLayout, QWidget

from grapheditor.runs.following import Sight
from grapheditor.runs.outputs import Output, output_steps, read_output
from grapheditor.ui.background import Background
from grapheditor.ui.canvas.painting import painting
from grapheditor.ui.packed import image
from grapheditor.ui.plots.points import Points
from grapheditor.ui.telling import sentence
from grapheditor.ui.texts import tr
from grapheditor.ui.theme import Theme, figures, px
from grapheditor.ui.widgets import label

WIDE = 240


class Outputs(QFrame):
    """Shows the newest output of a run as it is made, until the slider is moved to an older one."""

    def __init__(self, theme: Theme, name: str = "outputs") -> None:
        super().__init__()
        self.setProperty("chart", True)
        self.setObjectName(name)
        self.setFixedWidth(px(WIDE))
        self.title = label(bold=True)
        self.step = label(mono=True, muted=True, size=11)
        self.still = Still()
        self.points = Points(theme)
        self.text = QPlainTextEdit()
        self.text.setObjectName(f"{name}-text")
        self.text.setAccessibleName(tr("What it writes"))
        self.text.setReadOnly(True)
        self.text.setFont(figures(11))
        self.text.setTabChangesFocus(True)
        self.slider = QSlider(Qt.Orientation.Horizontal)
        self.slider.setObjectName(f"{name}-step")
        self.slider.setAccessibleName(tr("Step of the output"))
        self.slider.valueChanged.connect(self._load)
        column = QVBoxLayout(self)
        column.setContentsMargins(14, 8, 14, 8)
        column.setSpacing(4)
        for widget in (self.title, self.step):
            column.addWidget(widget)
        column.addWidget(self.still, 1)
        column.addWidget(self.points, 1)
        column.addWidget(self.text, 1)
        column.addWidget(self.slider)
        self.steps: tuple[int, ...] = ()
        self.shown: Output | None = None
        self._folder: Path | None = None
        self._thread = Background(name, self)
        self._thread.failed.connect(lambda text: self.step.setText(sentence(text)))
        self.hide()

    def set_theme(self, theme: Theme) -> None:
        """Draw in another theme."""
        self.points.set_theme(theme)

    def show_sight(self, sight: Sight | None) -> None:
        """Follow a run; where it keeps no outputs, show nothing."""
        self._show_steps(*((sight.folder, sight.outputs) if sight is not None else (None, ())))

    def show_run(self, folder: Path) -> None:
        """Show what a run has kept until now."""
        self._thread.do(partial(output_steps, folder), partial(self._show_steps, folder))

    def _show_steps(self, folder: Path | None, steps: tuple[int, ...]) -> None:
        self.setVisible(bool(steps))
        if (folder, steps) == (self._folder, self.steps):
            return
        at = self.slider.value()
        newest = folder != self._folder or not self.steps or at >= len(self.steps) - 1
        seen = None if newest else self.steps[at]
        self._folder, self.steps = folder, steps
        if not steps:
            return
        older = [place for place, step in enumerate(steps) if seen is not None and step <= seen]
        with QSignalBlocker(self.slider):
            self.slider.setRange(0, len(steps) - 1)
            self.slider.setValue(len(steps) - 1 if newest else (older or [0])[-1])
        self._load()

    def _load(self) -> None:
        """Read what the slider stands at."""
        folder, place = self._folder, self.slider.value()
        if folder is None or not 0 <= place < len(self.steps):
            return
        step = self.steps[place]
        self.slider.setAccessibleDescription(tr("step {step:,}", step=step))
        self._thread.do(partial(read_output, folder, step), partial(self._take, folder, step))

    def _take(self, folder: Path, step: int, found: Output) -> None:
        place = self.slider.value()
        if folder != self._folder or not 0 <= place < len(self.steps) or self.steps[place] != step:
            return
        points = "half" in found.picture
        try:
            if points:
                self.points.show_points(found.picture)
            elif not found.text:
                self.still.show_image(image(found.picture))
        except (KeyError, TypeError, ValueError):
            self.step.setText(tr("What was kept after step {step:,} is damaged.", step=step))
            return
        self.shown = found
        self.still.setVisible(not found.text and not points)
        self.points.setVisible(points)
        self.text.setVisible(bool(found.text))
        if self.text.toPlainText() != found.text:
            self.text.setPlainText(found.text)
        self.text.setAccessibleName(tr("What it writes after step {step:,}", step=step))
        self.title.setText(found.node)
        self.step.setText(tr("step {step:,}", step=step))
        for part in (self.still, self.points):
            part.setAccessibleName(tr("Output of {node} after step {step:,}", node=found.node, step=step))


class Still(QWidget):
    """A picture as large as there is room, without smoothing what is made larger."""

    def __init__(self) -> None:
        super().__init__()
        self.image = QImage()

    def show_image(self, shown: QImage) -> None:
        """Show another one."""
        self.image = shown
        self.update()

    def minimumSizeHint(self) -> QSize:
        return QSize(px(60), px(60))

    def paintEvent(self, event: QPaintEvent) -> None:
        if self.image.isNull():
            return
        size = self.image.size().scaled(self.size(), Qt.AspectRatioMode.KeepAspectRatio)
        box = QRect(QPoint(0, 0), size)
        box.moveCenter(self.rect().center())
        with painting(QPainter(self)) as painter:
            smaller = size.width() < self.image.width()
            painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform, smaller)
            painter.drawImage(box, self.image)

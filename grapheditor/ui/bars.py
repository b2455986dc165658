"""The bar above the editor and the one below it."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QHBoxLayout, QMenu, QPushButton, QWidget

from grapheditor.ui.breadcrumb import Breadcrumb
from grapheditor.ui.keys import Keymap, shown
from grapheditor.ui.session import Session
from grapheditor.ui.texts import tr
from grapheditor.ui.theme import Theme, figures
from grapheditor.ui.widgets import Icons, fixed, label, restyle, short, size

EXPORTS = ("export-onnx", "export-python", "export-weights")


class TopBar(QWidget):
    """Undo, tidy, the graph's name, device, batch, Train, Stop, Export, Commands: buttons of actions."""

    device_chosen = Signal(str)

    def __init__(self, session: Session, actions: dict[str, QAction], icons: Icons, theme: Theme) -> None:
        super().__init__()
        self.session = session
        self._actions = actions
        self._icons = icons
        self.setObjectName("topbar")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        fixed(self, height=46)
        row = QHBoxLayout(self)
        row.setContentsMargins(14, 6, 14, 6)
        row.setSpacing(8)
        self._with_keys: dict[str, tuple[QPushButton, str]] = {}
        self._start = [self._button("new", tr("New")), self._button("open", tr("Open"))]
        self.name = Breadcrumb(session)
        self.device = QPushButton()
        self.device.setObjectName("device")
        self.device.setToolTip(tr("The device that trains"))
        self.device.setAccessibleName(tr("Device"))
        self.device.setMenu(QMenu(self.device))
        self.batch = QPushButton()
        self.batch.setObjectName("batch")
        self.batch.setToolTip(tr("Precision and samples a step: click to change"))
        self.batch.setAccessibleName(tr("Precision and batch"))
        self.batch.clicked.connect(actions["graph"].trigger)
        for pill in (self.device, self.batch):
            pill.setFont(figures(11))
        self.train = self._button("train", tr("Train"))
        self.train.setProperty("primary", True)
        self.stop = self._button("stop", tr("Stop"))
        self.export = QPushButton(tr("Export"))
        self.export.setObjectName("export")
        menu = QMenu(self.export)
        menu.addActions([actions[name] for name in EXPORTS])
        self.export.setMenu(menu)
        actions["export-onnx"].changed.connect(self._follow_export)
        self._follow_export()
        self._editor: list[QWidget] = [
            self._button("undo", ""), self._button("redo", ""), self._button("tidy", tr("Tidy")), self.name,
            self.device, self.batch, self.train, self.stop, self.export,
        ]  # fmt: skip
        commands = self._button("commands", tr("Commands"))
        for button in (*self._start, *self._editor[:3]):
            row.addWidget(button)
        row.addSpacing(12)
        row.addWidget(self.name)
        row.addStretch(1)
        for button in (*self._editor[4:], commands):
            row.addWidget(button)
        self.set_theme(theme)
        session.opened.connect(self.refresh)
        session.edited.connect(self.refresh)
        session.titled.connect(self.refresh)
        session.run_changed.connect(self.refresh)
        self.refresh()

    def _button(self, name: str, text: str) -> QPushButton:
        action = self._actions[name]
        button = QPushButton(text)
        button.setObjectName(name)
        button.setAccessibleName(action.text().rstrip("…"))
        button.clicked.connect(action.trigger)

        def follow() -> None:
            button.setEnabled(action.isEnabled())
            button.setToolTip(action.toolTip())

        action.changed.connect(follow)
        follow()
        if name in ("new", "open", "tidy", "commands"):
            self._with_keys[name] = button, text
        return button

    def show_keys(self, keymap: Keymap) -> None:
        """Show the keys of what people do most on its buttons."""
        for name, (button, text) in self._with_keys.items():
            keys = keymap.keys(name)
            button.setText(f"{text}  {shown(keys[0])}" if keys else text)

    def _follow_export(self) -> None:
        action = self._actions["export-onnx"]
        self.export.setEnabled(action.isEnabled())
        self.export.setToolTip(tr("ONNX, PyTorch source or weights") if action.isEnabled() else action.toolTip())

    def set_theme(self, theme: Theme) -> None:
        """Colour the icons."""
        names = {"undo": "undo", "redo": "redo", "tidy": "sitemap-outline", "stop": "stop", "commands": "magnify"}
        for name, icon in names.items():
            button = self.findChild(QPushButton, name)
            assert button is not None
            self._icons.put(button, icon, theme.text)
        self._icons.put(self.train, "play", theme.on_accent)
        self._icons.put(self.export, "tray-arrow-up", theme.text)
        self.device.setStyleSheet(f"color: {theme.good};")

    def refresh(self) -> None:
        """Show the graph's name, the device and the batch."""
        session = self.session
        on = session.document is not None
        for widget in self._editor:
            widget.setVisible(on)
        for widget in self._start:
            widget.setVisible(not on)
        running = session.run is not None and session.run.alive
        self.stop.setVisible(on or running)
        if not on:
            return
        device = next((item for item in session.devices if item["id"] == session.device), None)
        self.device.setText(f"● {device['title'] if device else session.device}")
        recipe = session.graph.recipe
        self.batch.setText(f"{recipe.precision} · {tr('batch')} {recipe.batch}")
        menu = self.device.menu()
        menu.clear()
        for item in session.devices:
            action = menu.addAction(item["title"])
            action.triggered.connect(lambda _checked=False, name=item["id"]: self.device_chosen.emit(name))
        self.train.setText(tr("Training") if running else tr("Train"))


class StatusBar(QWidget):
    """What is known of the graph at a glance, and whose weights an export would take."""

    problems_chosen = Signal()

    def __init__(self, session: Session, theme: Theme) -> None:
        super().__init__()
        self.session = session
        self.theme = theme
        self.setObjectName("statusbar")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        fixed(self, height=26)
        row = QHBoxLayout(self)
        row.setContentsMargins(14, 0, 14, 0)
        row.setSpacing(22)
        self.engine = label(size=11)
        self.engine.setObjectName("engine-state")
        self.problems = QPushButton()
        self.problems.setObjectName("problem-count")
        self.problems.setCursor(Qt.CursorShape.PointingHandCursor)
        self.problems.clicked.connect(self.problems_chosen)
        self.parameters, self.work, self.memory = label(size=11), label(size=11), label(size=11)
        self.told = label(size=11)
        self.weights, self.saved, self.checked = label(size=11), label(size=11), label(size=11)
        self.weights.setObjectName("weights")
        for item in (self.engine, self.problems, self.parameters, self.work, self.memory, self.told):
            row.addWidget(item)
        row.addStretch(1)
        for item in (self.weights, self.saved, self.checked):
            row.addWidget(item)
        for signal in (
            session.opened, session.edited, session.titled, session.analysed, session.engine.state_changed,
            session.exporting_changed,
        ):  # fmt: skip
            signal.connect(self.refresh)
        for signal in (session.opened, session.edited):
            signal.connect(self.told.clear)
        for signal in (session.opened, session.weights_changed, session.printed):
            signal.connect(self._show_weights)
        self.refresh()

    def tell(self, text: str) -> None:
        """Show a hint until the next edit."""
        self.told.setText(text)

    def refresh(self) -> None:
        """Show everything as it is now."""
        session = self.session
        ready = session.engine.is_ready
        self.engine.setText(f"● {session.engine.state}")
        self.engine.setStyleSheet(f"color: {self.theme.good if ready else self.theme.warning};")
        on = session.document is not None
        for item in (self.problems, self.parameters, self.work, self.memory, self.told, self.weights, self.saved):
            item.setVisible(on)
        if not on:
            self.checked.hide()
            return
        self._show_analysis()
        edited = session.document is not None and session.document.edited
        never = session.path is None
        self.saved.setText("not saved yet" if never else "edited" if edited else "saved")
        if session.exporting is not None:
            self.told.setText(f"writing {session.exporting.name}")
        elif self.told.text().startswith("writing "):
            self.told.setText("")

    def _show_weights(self) -> None:
        if self.session.document is not None:
            self.weights.setText(f"weights: {self.session.weights_title}")

    def _show_analysis(self) -> None:
        analysis = self.session.analysis
        if analysis is not None:
            partly = " so far" if any(item["severity"] == "error" for item in analysis.problems) else ""
            self.parameters.setText(f"{analysis.parameters:,} parameters{partly}")
            self.work.setText(f"{short(analysis.multiply_adds)} multiply-adds")
            self.memory.setText(f"activations {size(analysis.activation_bytes)} × batch")
            self.checked.setText(f"checked in {analysis.milliseconds:.0f} ms")
        for item in (self.parameters, self.work, self.memory, self.checked):
            item.setVisible(analysis is not None)
        errors = [item for item in analysis.problems if item["severity"] == "error"] if analysis else []
        self.problems.setVisible(bool(errors))
        self.problems.setText(f"{len(errors)} problem{'s' if len(errors) != 1 else ''}")
        restyle(self.problems, "wrong", bool(errors))
        self.problems.setStyleSheet(f"color: {self.theme.error};" if errors else "")

    def set_theme(self, theme: Theme) -> None:
        """Show the state in another theme's colours."""
        self.theme = theme
        self.refresh()

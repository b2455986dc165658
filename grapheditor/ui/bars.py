"""The bar above the editor and the one below it."""

from __future__ import annotations

import time
from collections import Counter

from PySide6.QtCore import QEvent, QObject, Qt, QTimer, Signal
from PySide6.QtGui import QAction, QResizeEvent
from PySide6.QtWidgets import QHBoxLayout, QMenu, QPushButton, QWidget, QWidgetAction

from grapheditor.ui.breadcrumb import Breadcrumb
from grapheditor.ui.keys import Keymap, shown
from grapheditor.ui.session import Session
from grapheditor.ui.texts import counted, mark, tr
from grapheditor.ui.theme import Theme, figures
from grapheditor.ui.widgets import Crowd, Icons, fixed, label, short, size

EXPORTS = ("export-onnx", "export-python", "export-weights", "export-picture")

ICONS = {
    "undo": "undo", "redo": "redo", "tidy": "sitemap-outline", "group": "group", "stop": "stop", "commands": "magnify",
}  # fmt: skip
LASTS = 10_000
"""Milliseconds for which a hint stands in the status bar."""


class TopBar(QWidget):
    """Undo, tidy, group, the graph's name, device, batch, Train, Pause, Stop, Export, Commands: buttons of actions."""

    refused = Signal(str)
    """The button of an action was pressed that cannot be done now."""

    def __init__(self, session: Session, actions: dict[str, QAction], icons: Icons, theme: Theme) -> None:
        super().__init__()
        self.session = session
        self.theme = theme
        self._actions = actions
        self._icons = icons
        self.setObjectName("topbar")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        fixed(self, height=46)
        row = QHBoxLayout(self)
        row.setContentsMargins(14, 6, 14, 6)
        row.setSpacing(8)
        self._with_keys: dict[str, tuple[QPushButton, str]] = {}
        self._keys: dict[str, str] = {}
        self._refusing: dict[QPushButton, str] = {}
        self._start = [self._button("new", tr("New")), self._button("open", tr("Open"))]
        self.name = Breadcrumb(session)
        self.device = QPushButton()
        self.device.setObjectName("device")
        self.device.setToolTip(tr("The device that trains"))
        self.device.setAccessibleName(tr("Device"))
        self.device.setMenu(_menu(actions["device"]))
        self.batch = QPushButton()
        self.batch.setObjectName("batch")
        self.batch.setToolTip(tr("Precision and samples a step: click to change"))
        self.batch.setAccessibleName(tr("Precision and batch"))
        self.batch.clicked.connect(actions["graph"].trigger)
        for pill in (self.device, self.batch):
            pill.setFont(figures(11))
        self.train = self._button("train", tr("Train"))
        self.train.setProperty("primary", True)
        self.group = self._button("group", tr("Group"))
        self.pause = self._button("pause", "")
        self.stop = self._button("stop", tr("Stop"))
        self.export = QPushButton(tr("Export"))
        self.export.setObjectName("export")
        self.export.setToolTip(tr("ONNX, PyTorch source, weights or a picture"))
        self.export.setMenu(self._exports())
        self._editor: list[QWidget] = [
            self._button("undo", ""), self._button("redo", ""), self._button("tidy", tr("Tidy")),
            self.group, self.name, self.device, self.batch, self.train, self.pause, self.stop,
            self.export,
        ]  # fmt: skip
        self.name.behind = self._editor[3]
        commands = self._button("commands", tr("Commands"))
        for button in (*self._start, *self._editor[:4]):
            row.addWidget(button)
        row.addSpacing(12)
        row.addWidget(self.name)
        row.addStretch(1)
        for button in (*self._editor[5:], commands):
            row.addWidget(button)
        self.set_theme(theme)
        session.opened.connect(self.refresh)
        session.edited.connect(self.refresh)
        session.titled.connect(self.refresh)
        session.training.changed.connect(self.refresh)
        session.abilities.changed.connect(self.refresh)
        session.entered.connect(lambda: QTimer.singleShot(0, self, self._fit))
        self.refresh()

    def _button(self, name: str, text: str) -> QPushButton:
        action = self._actions[name]
        button = QPushButton(text)
        button.setObjectName(name)
        button.clicked.connect(action.trigger)
        self._refusing[button] = name
        button.installEventFilter(self)

        def follow() -> None:
            button.setEnabled(action.isEnabled())
            button.setToolTip(action.toolTip())
            button.setAccessibleName(action.text().partition("\t")[0].replace("&&", "&").rstrip("…"))

        action.changed.connect(follow)
        follow()
        if name in ("new", "open", "tidy", "group", "commands"):
            self._with_keys[name] = button, text
        return button

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """A button that is disabled swallows presses; here they ask for what there is to say about it."""
        pressed = event.type() == QEvent.Type.MouseButtonPress
        if pressed and isinstance(watched, QPushButton) and not watched.isEnabled():
            self.refused.emit(self._refusing[watched])
        return super().eventFilter(watched, event)

    def show_keys(self, keymap: Keymap) -> None:
        """Show the keys of what people do most on its buttons."""
        self._keys = {name: shown(keymap.keys(name)[0]) for name in self._with_keys if keymap.keys(name)}
        self._fit()

    def _fit(self) -> None:
        """Show on the buttons what there is room for: words and keys, words, icons; then without those used rarely."""
        layout = self.layout()
        if layout is None:
            return
        on = self.session.document is not None
        for left_out in range(5):
            with_keys, with_words = left_out < 1, left_out < 2
            self.group.setVisible(on and left_out < 3)
            self.pause.setVisible((on and left_out < 3) or self.pause.isEnabled())
            self.batch.setVisible(on and left_out < 4)
            for name, (button, text) in self._with_keys.items():
                said = f"{text}  {self._keys[name]}" if with_keys and name in self._keys else text
                button.setText(said if with_words or button.icon().isNull() else "")
            for button, text in ((self.stop, tr("Stop")), (self.export, tr("Export"))):
                button.setText(text if with_words or button.icon().isNull() else "")
            layout.invalidate()
            if layout.sizeHint().width() <= self.width():
                break
        layout.activate()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._fit()

    def _exports(self) -> QMenu:
        """Return the menu of exports, which tells below them why some cannot be done now."""
        menu, actions = QMenu(self.export), [self._actions[name] for name in EXPORTS]
        menu.addActions(actions)
        why = label(muted=True, size=11)
        why.setObjectName("export-why-not")
        why.setWordWrap(True)
        fixed(why, width=250)
        why.setContentsMargins(24, 4, 12, 6)
        told = QWidgetAction(menu)
        told.setDefaultWidget(why)
        menu.addAction(told)

        def tell() -> None:
            reasons = dict.fromkeys(action.toolTip() for action in actions if not action.isEnabled())
            why.setText("\n".join(reasons))
            for item in (told, why):
                item.setVisible(bool(reasons))

        menu.aboutToShow.connect(tell)
        return menu

    def set_theme(self, theme: Theme) -> None:
        """Colour the icons; with the theme the size of the text may be another one."""
        self.theme = theme
        for name, icon in ICONS.items():
            button = self.findChild(QPushButton, name)
            assert button is not None
            self._icons.put(button, icon, theme.text)
        self._show_pause()
        self._icons.put(self.train, "play", theme.on_accent)
        self._icons.put(self.export, "tray-arrow-up", theme.text)
        self.device.setStyleSheet(f"color: {theme.good};")
        QTimer.singleShot(0, self, self._fit)

    def _show_pause(self) -> None:
        run = self.session.training.run
        paused = run is not None and run.state == "paused"
        self._icons.put(self.pause, "play-pause" if paused else "pause", self.theme.text)

    def refresh(self) -> None:
        """Show the graph's name, the device and the batch."""
        session = self.session
        on = session.document is not None
        for widget in self._editor:
            widget.setVisible(on)
        for widget in self._start:
            widget.setVisible(not on)
        running = session.training.run is not None and session.training.run.alive
        self.stop.setVisible(on or running)
        self.pause.setVisible(on or running)
        self._show_pause()
        if not on:
            return
        device = session.abilities.chosen
        self.device.setText(f"● {device['title'] if device else session.abilities.device}")
        recipe = session.graph.recipe
        self.batch.setText(f"{recipe.precision} · {tr('batch')} {recipe.batch}")
        QTimer.singleShot(0, self, self._fit)
        paused = session.training.run is not None and session.training.run.state == "paused"
        said = tr("Paused") if paused else tr("Training")
        self.train.setText(said if running else tr("Waiting") if session.training.waiting else tr("Train"))


class StatusBar(QWidget):
    """What is known of the graph at a glance, and whose weights it has; a menu there takes others."""

    problems_chosen = Signal()

    def __init__(self, session: Session, weights: QAction, begin: QAction, theme: Theme) -> None:
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
        self.parameters, self.work, self.memory, self.peak = (label(size=11) for _ in range(4))
        self.told = label(size=11)
        self.told.setObjectName("status-told")
        self.cancel = QPushButton(tr("Cancel"))
        self.cancel.setObjectName("status-cancel")
        self.cancel.setToolTip(tr("Give this up (Escape)"))
        self.cancel.clicked.connect(session.give_up)
        self.cancel.hide()
        self._since = 0.0
        self._pulse = QTimer(self)
        self._pulse.setInterval(1000)
        self._pulse.timeout.connect(self._tell_going)
        self._hint = self._going = ""
        self.fading = QTimer(self)
        self.fading.setSingleShot(True)
        self.fading.timeout.connect(lambda: self.tell(""))
        """What is told until the next edit, and of what goes on, which goes before it."""
        self.saved, self.checked = label(size=11), label(size=11)
        for name in ("parameters", "work", "memory", "peak", "saved", "checked"):
            getattr(self, name).setObjectName(f"status-{name}")
        self.weights = QPushButton()
        self.weights.setObjectName("weights")
        self.weights.setToolTip(tr("Whose weights exports, lenses and results take: click to take others"))
        self.weights.setMenu(_menu(weights))
        self.begins = QPushButton()
        self.begins.setObjectName("begins")
        self.begins.setMenu(_menu(begin))
        for item in (
            self.engine,
            self.problems,
            self.parameters,
            self.work,
            self.memory,
            self.peak,
            self.told,
            self.cancel,
        ):
            row.addWidget(item)
        row.addStretch(1)
        for item in (self.begins, self.weights, self.saved, self.checked):
            row.addWidget(item)
        rarely = (
            self.checked, self.memory, self.work, self.saved, self.weights, self.parameters, self.peak, self.begins,
        )  # fmt: skip
        self._crowd = Crowd(row, rarely)
        self._clock = QTimer(self)
        self._clock.setInterval(5000)
        self._clock.timeout.connect(self._show_saved)
        self._clock.start()
        findings, engine = session.findings, session.engine
        found = (findings.analysed, findings.foretold_changed, findings.planned)
        others = (session.exports.changed, session.trials.changed, session.abilities.changed)
        for signal in (
            session.opened, session.edited, session.titled, engine.state_changed, engine.ready, *found, *others,
        ):  # fmt: skip
            signal.connect(self.refresh)
        session.training.changed.connect(self._tell_going)
        session.data.changed.connect(self._tell_going)
        session.trials.advanced.connect(self._tell_going)
        session.fetching.changed.connect(self._tell_going)
        session.beginning.changed.connect(self._show_beginning)
        for signal in (session.opened, session.edited):
            signal.connect(lambda: self.tell(""))
        for signal in (session.opened, session.weights.changed, session.findings.rested):
            signal.connect(self._show_weights)
        self.refresh()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._crowd.fit()

    def event(self, event: QEvent) -> bool:
        """Where a text has become longer, others may have to go."""
        if event.type() == QEvent.Type.LayoutRequest:
            self._crowd.fit()
        return super().event(event)

    def tell(self, text: str) -> None:
        """Show a hint, until the next edit or for long enough to be read: what it is about may not hold any more."""
        self._hint = text
        if text:
            self.fading.start(LASTS)
        else:
            self.fading.stop()
        self._show_told()

    def _show_told(self) -> None:
        self.told.setText(self._hint or self._going)

    def refresh(self) -> None:
        """Show everything as it is now."""
        session = self.session
        ready = session.engine.is_ready and not session.engine.late
        self.engine.setText(f"● {session.engine.state}")
        colour = self.theme.good if ready else self.theme.error if session.engine.stopped else self.theme.warning
        self._paint(self.engine, colour)
        on = session.document is not None
        self.told.setVisible(on)
        for item in (self.weights, self.saved):
            self._crowd.want(item, on)
        self._show_analysis()
        self._show_beginning()
        if not on:
            self._crowd.want(self.peak, False)
            return
        self._show_peak()
        self._show_saved()
        self._tell_going()

    def _tell_going(self) -> None:
        """Tell how far an export or the opening of data is, or of a run that waits for the engine."""
        session, before = self.session, self._going
        waits = tr("training starts as soon as the engine has looked at the graph") if session.training.waiting else ""
        work = going(session)
        if bool(work) != self._pulse.isActive():
            self._since = time.monotonic()
            if work:
                self._pulse.start()
            else:
                self._pulse.stop()
        self.cancel.setVisible(bool(work))
        seconds = time.monotonic() - self._since
        self._going = tr("{what} · {n:.0f} s", what=work, n=seconds) if work and seconds >= 1 else work or waits
        if bool(self._going) != bool(before):
            self._hint = ""
        self._show_told()

    def _paint(self, widget: QWidget, colour: str) -> None:
        """Give a text its colour, which Qt takes long for, so only where it is another one."""
        sheet = f"color: {colour};" if colour else ""
        if widget.styleSheet() != sheet:
            widget.setStyleSheet(sheet)

    def _show_weights(self) -> None:
        if self.session.document is not None:
            self.weights.setText(tr("weights: {whose} ▾", whose=self.session.weights.title))

    def _show_beginning(self) -> None:
        """Say what the next run begins from, where that is not fresh weights."""
        beginning = self.session.beginning
        self._crowd.want(self.begins, self.session.document is not None and beginning.place is not None)
        self.begins.setText(tr("begins from {what} ▾", what=beginning.title))
        self.begins.setToolTip(beginning.told)
        self._paint(self.begins, self.theme.warning if beginning.why_not else "")

    def _show_saved(self) -> None:
        session = self.session
        if session.document is None:
            return
        if session.path is None:
            text = tr("not saved yet")
        elif session.document.edited:
            text = tr("edited")
        elif session.saved_at is None:
            text = tr("saved")
        else:
            text = tr("saved {ago}", ago=ago(time.time() - session.saved_at))
        self.saved.setText(text)
        safe = session.path is not None and not session.document.edited
        self.saved.setToolTip("" if safe else tr("A copy for recovery is kept."))

    def _show_analysis(self) -> None:
        analysis = self.session.findings.analysis if self.session.document is not None else None
        if analysis is not None:
            partly = any(item["severity"] == "error" for item in analysis.problems)
            if partly:
                text = tr("{n:,} parameters so far", n=analysis.parameters)
            else:
                text = counted(analysis.parameters, "{n} parameter", "{n} parameters")
            frozen = tr("{n:,} of them frozen", n=analysis.frozen) if analysis.frozen else ""
            self.parameters.setText(", ".join(filter(None, (text, frozen))))
            at = ", ".join(f"{name} = {number:,}" for name, number in analysis.sizes.items())
            work = tr("{n} multiply-adds", n=short(analysis.multiply_adds))
            self.work.setText(tr("{work} at {sizes}", work=work, sizes=at) if at else work)
            self.work.setToolTip(tr("For one sample; sizes that are free are told at {sizes}.", sizes=at) if at else "")
            self.memory.setText(tr("activations {size} × batch", size=size(analysis.activation_bytes)))
            self.checked.setText(tr("checked in {n:.0f} ms", n=analysis.milliseconds))
        for item in (self.parameters, self.work, self.memory, self.checked):
            self._crowd.want(item, analysis is not None)
        counts = Counter(item["severity"] for item in self.session.findings.problems) if analysis else Counter()
        texts = [counted(counts["error"], "{n} problem", "{n} problems")] if counts["error"] else []
        texts += [counted(counts["warning"], "{n} warning", "{n} warnings")] if counts["warning"] else []
        self.problems.setVisible(bool(texts))
        self.problems.setText(", ".join(texts))
        self._paint(self.problems, self.theme.error if counts["error"] else self.theme.warning)

    def _show_peak(self) -> None:
        """Say how much memory training takes at its peak, of how much the device has."""
        session, found = self.session, self.session.findings.foretold
        sound = session.findings.analysis is not None and session.findings.error is None
        self._crowd.want(self.peak, found is not None and sound)
        if found is None:
            return
        if not session.findings.foretold_holds:
            self.peak.setText(tr("peak at batch {batch}: …", batch=session.graph.recipe.batch))
            self.peak.setToolTip(tr("What a step of training holds at one time is being worked out anew."))
            self._paint(self.peak, "")
            return
        device = session.abilities.chosen
        room = device["memory"] if device else 0
        if found.peak is None:
            self.peak.setText(tr("peak at batch {batch}: not known", batch=found.batch))
            self.peak.setToolTip(found.problem or "")
            self._paint(self.peak, "")
            return
        above = bool(room) and found.peak > room
        peak = size(found.peak)
        peak = tr("{part} of {whole}", part=peak, whole=size(room)) if room else peak
        text = tr("peak at batch {batch}: {peak}", batch=found.batch, peak=peak)
        self.peak.setText(f"▲ {text}" if above else text)
        where = device["title"] if device else session.abilities.device
        says = [tr("What a step of training holds at one time; {device} has {room}.", device=where, room=size(room))]
        says += [tr("That is more than there is: a smaller batch takes less.")] if above else []
        self.peak.setToolTip(" ".join(says))
        self._paint(self.peak, self.theme.warning if above else "")

    def set_theme(self, theme: Theme) -> None:
        """Show the state in another theme's colours."""
        self.theme = theme
        self.refresh()


STEPS = {
    "compile": mark("compiling"), "weights": mark("loading the weights"), "convert": mark("converting to ONNX"),
    "store": mark("storing the draft"), "compare": mark("comparing with PyTorch"), "write": mark("writing the file"),
}  # fmt: skip


def going(session: Session) -> str:
    """Say what a person waits for and how far it is; nothing where that is nothing that could be given up."""
    path, step = session.exports.path, session.exports.step
    if path is not None:
        if step not in STEPS:
            return tr("exporting {name}", name=path.name)
        said = tr("{name}: {step}", name=path.name, step=tr(STEPS[step]))
        if path.suffix != ".onnx":
            return said
        return said + tr(" ({n} of {all})", n=list(STEPS).index(step) + 1, all=len(STEPS))
    if session.data.opening:
        return tr("opening {name}", name=session.data.opening)
    return session.fetching.doing or session.trials.doing


def _menu(action: QAction) -> QMenu:
    """Return the menu of an action that lets choose."""
    menu = action.menu()
    assert isinstance(menu, QMenu)
    return menu


def ago(seconds: float) -> str:
    """Write how long ago something was: ``2 s ago``, ``5 min ago``, ``3 h ago``."""
    seconds = max(0.0, seconds)
    if seconds < 60:
        return tr("{n:.0f} s ago", n=seconds)
    return tr("{n:.0f} min ago", n=seconds / 60) if seconds < 3600 else tr("{n:.0f} h ago", n=seconds / 3600)

"""The real program is killed while hands edit in it: whether what had been shown is there after the next start.

The program runs in a process of its own and writes down, with a system call each, every state that its document takes and
how many states the canvas had been painted with: what the system has, SIGKILL leaves. Afterwards a real window opens the
file and takes what is offered. It must show the last state that had been painted, or one that came behind it.
"""

from __future__ import annotations

import faulthandler
import json
import os
import random
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

COUNT = 50
MOMENT, PAINTED, SAVING, COMPACTING, CHANGED, UNNAMED = (
    "at any moment", "right behind a paint", "while it saves", "while the journal is compacted",
    "while another program changes the file", "a graph without a file",
)  # fmt: skip
KINDS = (MOMENT, PAINTED, SAVING, COMPACTING, CHANGED, UNNAMED)
CALLS = ("open", "write", "fsync", "close", "replace", "rename", "link", "unlink")
"""Of the system, which a save or a compaction is made of; one of them is the last that is made."""
PATIENCE = 90.0
"""Seconds for a program to come to the moment that is waited for."""


OFFERED = 2.0
"""Seconds for a window to offer what is left."""


@dataclass(frozen=True, slots=True)
class Plan:
    """When a program ends. kind: what it is at; edits: changes before that; within: which part of it is the last."""

    seed: int
    kind: str
    edits: int
    within: float


# In the program


def program(note: str, path: str, words: str) -> None:
    """Be the program: hands edit until the moment has come. note: where states are written down."""
    from hands import Hands
    from PySide6.QtCore import QTimer
    from PySide6.QtWidgets import QApplication

    from grapheditor.ui import app
    from grapheditor.ui.window import Window

    plan = Plan(**json.loads(words))
    faulthandler.register(signal.SIGUSR1, all_threads=False)  # where it hangs
    application = app.application()
    witness = Witness(os.open(note, os.O_WRONLY | os.O_CREAT | os.O_APPEND), plan)

    def begin() -> None:
        (window,) = (item for item in QApplication.topLevelWidgets() if isinstance(item, Window))
        if not path:
            window.new("mnist-convnet")
        witness.follow(window)
        hands = Hands(window, plan.seed)
        timer = QTimer(window)

        def act() -> None:
            hands.act()
            if plan.kind == SAVING and witness.states > plan.edits:
                hands._keys("Ctrl+S")

        timer.timeout.connect(act)
        timer.start(5)

    QTimer.singleShot(0, application, begin)
    raise SystemExit(app.run(Path(path) if path else None))


class Witness:
    """Writes down what the document was and what was painted, and ends the program where the plan says so."""

    def __init__(self, descriptor: int, plan: Plan) -> None:
        self.descriptor, self.plan = descriptor, plan
        self.states = 0
        self.painted = 0
        self.armed: int | None = None
        """So many calls of the system are made before the end; None while it is not near."""

    def follow(self, window: Any) -> None:
        """Watch a window's document and canvas, its saves and its journal."""
        from PySide6.QtCore import QEvent, QObject
        from PySide6.QtWidgets import QFileDialog

        from grapheditor.edit import journal
        from grapheditor.graph import write_text

        document = window.session.document

        def changed(_change: object) -> None:
            self._note({"state": write_text(document.graph)})
            self.states += 1

        class Eyes(QObject):
            def eventFilter(eyes, watched: QObject, event: QEvent) -> bool:  # noqa: N802, N805 - a name of Qt
                if watched is window.canvas and event.type() == QEvent.Type.Paint:
                    watched.removeEventFilter(eyes)
                    watched.event(event)
                    watched.installEventFilter(eyes)
                    self._paint()
                    return True
                return False

        changed(None)
        document._observers.insert(0, changed)  # before the journal hears of it
        self.eyes = Eyes(window)
        window.canvas.installEventFilter(self.eyes)
        QFileDialog.getSaveFileName = lambda *_: ("", "")  # type: ignore[method-assign]
        for name in CALLS:
            setattr(os, name, self._counted(getattr(os, name)))
        if self.plan.kind == COMPACTING:
            journal.MOST_BYTES = 4_000
            self._lead_to_end(journal.Journal, "_write_anew", 12)
        if self.plan.kind == SAVING:
            self._lead_to_end(type(window.session), "save", 30)

    def _note(self, what: dict[str, Any]) -> None:
        data = json.dumps(what).encode() + b"\n"
        _WRITE(self.descriptor, data)

    def _paint(self) -> None:
        if self.painted != self.states:
            self.painted = self.states
            self._note({"painted": self.states})
            if self.plan.kind == PAINTED and self.states > self.plan.edits:
                os.kill(os.getpid(), signal.SIGKILL)

    def _counted(self, call: Callable[..., Any]) -> Callable[..., Any]:
        def made(*words: Any, **named: Any) -> Any:
            if self.armed is not None:
                self.armed -= 1
                if self.armed <= 0:
                    os.kill(os.getpid(), signal.SIGKILL)
            return call(*words, **named)

        return made

    def _lead_to_end(self, owner: type, name: str, calls: int) -> None:
        """Let the program end within a method, once there are enough changes. calls: of the system, about as many as it makes."""
        work = getattr(owner, name)

        def done(*words: Any, **named: Any) -> Any:
            if self.states > self.plan.edits:
                self.armed = 1 + round(self.plan.within * calls)
            return work(*words, **named)

        setattr(owner, name, done)


_WRITE = os.write


# Around it


@dataclass(frozen=True, slots=True)
class Death:
    """What a killed program had noted: the texts of all states, and which of them was painted last."""

    states: list[str]
    painted: int


def kill(plan: Plan, note: Path, path: Path | None) -> Death:
    """Start the program, let hands edit in it, and have it killed as planned."""
    from grapheditor.catalog import catalog
    from grapheditor.edit import edits
    from grapheditor.edit.scope import Scope
    from grapheditor.graph import read

    words = json.dumps({"seed": plan.seed, "kind": plan.kind, "edits": plan.edits, "within": plan.within})
    command = [sys.executable, __file__, str(note), str(path or ""), words]
    log = note.with_name("log")
    with log.open("w") as told, subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=told) as process:
        try:
            until, moment = time.monotonic() + PATIENCE, None
            while process.poll() is None and time.monotonic() < until:
                if moment is None and len(_noted(note).states) > plan.edits:
                    moment = time.monotonic() + plan.within * 1.5
                    if plan.kind == CHANGED and path is not None:
                        graph = read(path, catalog().history)
                        edits.add_node(Scope(graph), catalog(), "dropout", (2000.0, 0.0))[0].apply(graph)
                        graph.save(path)
                if plan.kind in (MOMENT, CHANGED, UNNAMED) and moment is not None and time.monotonic() > moment:
                    break
                time.sleep(0.001 if moment else 0.01)
            late = process.poll() is None and time.monotonic() > until
            if late:
                process.send_signal(signal.SIGUSR1)
                time.sleep(0.5)
        finally:
            process.kill()
    if late or process.wait() != -signal.SIGKILL:
        raise RuntimeError(
            f"{plan}: {'the moment did not come' if late else 'it ended by itself'}: {log.read_text()[-3000:]}"
        )
    return _noted(note)


def _noted(note: Path) -> Death:
    states, painted = [], 0
    for line in note.read_bytes().split(b"\n")[:-1] if note.exists() else []:
        found = json.loads(line)
        states += [found["state"]] if "state" in found else []
        painted = found.get("painted", painted)
    return Death(states, painted)


def recovered(settings: Any, path: Path | None) -> tuple[str, bool]:
    """Open a window as people do after a crash; return the text of the graph then, and whether anything was offered."""
    from PySide6.QtCore import Qt
    from PySide6.QtTest import QTest
    from PySide6.QtWidgets import QAbstractButton, QApplication

    from grapheditor.graph import write_text
    from grapheditor.ui.window import Window

    window = Window(settings)
    window.show()
    QApplication.processEvents()
    if path is not None:
        window.open(path)
        names = [f"notice-{number}" for number in range(3)]
    else:
        window.show_start()
        names = ["recover-0"]
    QApplication.processEvents()
    until, offer = time.monotonic() + OFFERED, None
    while offer is None and time.monotonic() < until:
        QApplication.processEvents()
        buttons = [item for name in names for item in window.findChildren(QAbstractButton, name)]
        offer = next((item for item in buttons if item.isVisible() and item.text() == "Recover"), None)
    if offer is not None:
        QTest.mouseClick(offer, Qt.MouseButton.LeftButton)
        QApplication.processEvents()
    text = write_text(window.session.graph) if window.session.document is not None else ""
    window.session.safety.leave()
    window.session.document = None
    window.close()
    window.deleteLater()
    QApplication.processEvents()
    return text, offer is not None


def lost(plan: Plan, death: Death, text: str) -> str:
    """Say what is missing in a recovered graph; an empty text where nothing is."""
    from grapheditor.catalog import catalog
    from grapheditor.edit.change import between
    from grapheditor.graph import read_text

    history = catalog().history
    if not text:
        return "" if death.painted <= 1 else "nothing was offered"
    found = read_text(text, history=history)
    for number in range(len(death.states), max(death.painted, 1) - 1, -1):
        state = read_text(death.states[number - 1], history=history)
        differences = between(state, found, "").differences
        if plan.kind == CHANGED:  # what the other program has done may be there as well
            differences = {key: pair for key, pair in differences.items() if not key.startswith("nodes.dropout")}
        if not differences:
            return ""
    return (
        f"of {len(death.states)} states {death.painted} were painted, and the graph that is back is none behind those"
    )


def plans(count: int) -> list[Plan]:
    """Return the deaths of one run, all kinds in turn."""
    found = []
    for number in range(count):
        chance = random.Random(number + 1)
        kind = KINDS[number % len(KINDS)]
        found.append(Plan(number + 1, kind, chance.randint(2, 25), chance.random()))
    return found


def run(count: int = COUNT) -> None:
    """Kill the program 50 times and print what each kind of death cost."""
    import waiting
    from PySide6.QtCore import QSettings

    from grapheditor import state
    from grapheditor.catalog import catalog

    waiting.application()
    settings = QSettings(f"{waiting.HOME.name}/deaths.ini", QSettings.Format.IniFormat)
    shown = offered = 0
    for plan in plans(count):
        with tempfile.TemporaryDirectory() as place:
            for left in state.documents().glob("*.journal"):
                left.unlink()
            path = None if plan.kind == UNNAMED else Path(place) / "graph.graph.json"
            if path is not None:
                catalog().new("mnist-convnet").save(path)
            death = kill(plan, Path(place) / "note", path)
            text, was_offered = recovered(settings, path)
            why = lost(plan, death, text)
            shown += death.painted
            offered += was_offered
            print(
                f"seed {plan.seed}, killed {plan.kind} behind {len(death.states) - 1} changes, {max(0, death.painted - 1)} of "
                f"them shown (moment {plan.within:.2f}): {why or 'all there'}",
                flush=True,
            )
            if why:
                raise AssertionError(f"{plan}: {why}")
    print(f"{count} SIGKILLs while editing: every one of {shown:,} states that had been shown was there after the next start "
          f"({offered} recovered from the journal, the others saved)", flush=True)  # fmt: skip


if __name__ == "__main__":
    program(*sys.argv[1:])

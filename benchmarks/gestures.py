"""Random gestures on a real window: none raises, what is shown follows the document, undoing all gives the first graph.

``play`` makes them, ``run`` is the benchmark. While they are made every way is watched in which a program with a window
can fail without ending: exceptions in slots and threads, messages of Qt, an engine that fails, a dialog that nobody
asked for.
"""

from __future__ import annotations

import sys
import threading
import time
import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType

from hands import Hands
from PySide6.QtCore import QMessageLogContext, QTimer, QtMsgType, qInstallMessageHandler
from PySide6.QtWidgets import QApplication, QDialog, QFileDialog, QMessageBox

from grapheditor.edit.journal import remains
from grapheditor.engine.messages import Analysis, Failed, Message
from grapheditor.graph import read_text, write_text
from grapheditor.ui.canvas.geometry import Geometry
from grapheditor.ui.window import Window

COUNT, SEEDS = 2_000, (1,)
CHECKED = 100
"""Gestures after which everything is compared with everything."""
LAST = 15
"""Gestures that are told when one fails."""
CANCELLED = {"getOpenFileNames": ([], ""), "getOpenFileName": ("", ""), "getSaveFileName": ("", "")}
"""Dialogs of the system, and what they answer to who cancels them."""
QUIET = ("propagateSizeHints", "XDG_RUNTIME_DIR", "does not support raise()", "does not support grabbing")
"""What Qt says about a screen that is none."""


class Faults:
    """What went wrong, in words."""

    def __init__(self, window: Window) -> None:
        self.found: list[str] = []
        self._window = window

    def message(self, kind: QtMsgType, _context: QMessageLogContext, text: str) -> None:
        """Take a message of Qt."""
        if kind not in (QtMsgType.QtDebugMsg, QtMsgType.QtInfoMsg) and not any(word in text for word in QUIET):
            self.found.append(f"Qt: {text}")

    def exception(self, kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
        """Take an exception that nobody caught."""
        self.found.append("".join(traceback.format_exception(kind, error, trace)))

    def receive(self, message: Message) -> None:
        """Take what an engine says."""
        if isinstance(message, Failed):
            self.found.append(f"engine: {message.message}\n{message.details}")

    def look_for_dialogs(self) -> None:
        """Close a dialog that stands in the way."""
        dialog = QApplication.activeModalWidget()
        if dialog is not None:
            self.found.append(f"a dialog opened: {type(dialog).__name__} {dialog.windowTitle()}")
            if isinstance(dialog, QDialog):
                dialog.reject()


@contextmanager
def watched(window: Window) -> Iterator[Faults]:
    """Watch all ways in which something can fail; yield what is found."""
    faults = Faults(window)
    engine = window.session.engine
    timer = QTimer(window)
    timer.timeout.connect(faults.look_for_dialogs)
    timer.start(50)
    engine.received.connect(faults.receive)
    engine.told.connect(lambda text, _wrong: faults.found.append(f"engine: {text}"))
    before = sys.excepthook, threading.excepthook, sys.unraisablehook
    sys.excepthook = faults.exception
    threading.excepthook = lambda told: faults.exception(
        told.exc_type, told.exc_value or SystemExit(), told.exc_traceback
    )
    sys.unraisablehook = lambda told: faults.found.append(f"unraisable: {told.exc_value!r} in {told.object!r}")
    handler = qInstallMessageHandler(faults.message)
    dialogs = {name: getattr(QFileDialog, name) for name in CANCELLED}
    question = QMessageBox.question
    for name, nothing in CANCELLED.items():
        setattr(QFileDialog, name, lambda *_words, nothing=nothing: nothing)
    QMessageBox.question = lambda *_words: QMessageBox.StandardButton.Cancel  # type: ignore[method-assign]
    try:
        yield faults
    finally:
        qInstallMessageHandler(handler)
        QMessageBox.question = question  # type: ignore[method-assign]
        for name, dialog in dialogs.items():
            setattr(QFileDialog, name, dialog)
        sys.excepthook, threading.excepthook, sys.unraisablehook = before
        timer.deleteLater()
        engine.received.disconnect(faults.receive)


def wait(condition: Callable[[], bool], what: str, seconds: float = 120) -> None:
    """Let the event loop turn until something is so."""
    until = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > until:
            raise TimeoutError(f"{what} takes too long")
        QApplication.processEvents()
        time.sleep(0.001)
    QApplication.processEvents()


def analysed(window: Window) -> bool:
    """Tell whether what the engine has said is about the present revision."""
    session = window.session
    assert session.document is not None
    return session.findings.analysis is not None and session.findings.analysis.revision == session.document.revision


def settled(window: Window, seconds: float = 0.3) -> Analysis:
    """Return what the engine has said last, once it says nothing more: a look into a module is another answer."""
    session = window.session
    wait(lambda: analysed(window), "the analysis")
    found, since = session.findings.analysis, time.monotonic()
    while time.monotonic() < since + seconds:
        wait(lambda: True, "a turn of the event loop")
        if session.findings.analysis is not found:
            found, since = session.findings.analysis, time.monotonic()
    assert found is not None
    return found


def alike(one: tuple[float, ...] | None, other: tuple[float, ...] | None) -> bool:
    """Tell whether two rows of arrays are the same but for rounding: a lane is a sum in another order."""
    if one is None or other is None or len(one) != len(other):
        return one is other
    return all(abs(a - b) < 1e-6 for a, b in zip(one, other, strict=True))


def check(window: Window) -> None:
    """Compare what the window shows with its document: the picture, the file, the journal, the engine's graph."""
    session, scene = window.session, window.canvas.scene
    document, graph = session.document, session.graph
    assert document is not None
    wait(lambda: not window.canvas.tidying.active, "laying out")
    window.canvas._glide.finish()
    fresh = Geometry(scene.body, session.catalog, graph.info.flow)
    assert scene.body is session.body, "the canvas shows another body than the session"
    found, wanted = scene.geometry.places(), fresh.places()
    wrong = {key: pair for key in {**found, **wanted} if not alike(*(pair := (found.get(key), wanted.get(key))))}
    assert not wrong, f"the canvas's arrays are not what the document says: {dict(list(wrong.items())[:4])}"
    assert read_text(write_text(graph), history=session.catalog.history) == graph, "the file would be another graph"
    session.safety._journal.wait()  # type: ignore[union-attr]
    left = [item for item in remains(session.safety.folder) if item.path == session.path]
    if left or document.edited:
        (found,) = left
        assert found.graph(session.catalog.history) == graph, "the journal holds another graph"
    before = settled(window)
    session._send_all()
    wait(lambda: session.findings.analysis is not before, "the analysis of the whole graph")
    after = settled(window)
    different = [name for name in {**before.nodes, **after.nodes} if before.nodes.get(name) != after.nodes.get(name)]
    assert not different, (
        f"the engine had another graph: {[(name, before.nodes.get(name), after.nodes.get(name)) for name in different[:3]]}"
    )
    said, due = (sorted(map(str, item.problems)) for item in (before, after))
    assert said == due, f"the engine had other problems: {said}, not {due}"


def play(window: Window, seed: int, count: int, checked: int = CHECKED) -> tuple[int, int]:
    """Make random gestures, then undo all; return how many steps that were and how often nodes were compared.

    AssertionError tells the seed, the number of the gesture, the last ones and what went wrong.
    """
    session = window.session
    assert session.document is not None
    start, hands, number, checks = session.graph.copy(), Hands(window, seed), 0, 0
    try:
        with watched(window) as faults:
            for number in range(1, count + 1):
                hands.act()
                if hands.chance.random() < 0.6:
                    wait(lambda: analysed(window), "the analysis")
                if number % checked == 0 or number == count:
                    hands.rest()
                    check(window)
                    checks += 1
                assert not faults.found, "\n".join(faults.found)
            steps = undo_all(window, hands)
            assert session.graph == start, "undoing all did not give the first graph"
            assert not faults.found, "\n".join(faults.found)
    except (AssertionError, TimeoutError) as error:
        last = "\n".join(
            f"    {number - len(hands.told[-LAST:]) + i + 1}. {told}" for i, told in enumerate(hands.told[-LAST:])
        )
        raise AssertionError(f"seed {seed}, gesture {number}:\n{last}\n{error}") from error
    return steps, checks


def undo_all(window: Window, hands: Hands) -> int:
    """Undo all by the keyboard, do it again and undo it once more; return how many steps there were."""
    document = window.session.document
    assert document is not None
    hands.rest()
    after, steps = document.graph.copy(), len(document._undo)
    for key, more, wanted in (
        ("Ctrl+Z", "can_undo", None),
        ("Ctrl+Shift+Z", "can_redo", after),
        ("Ctrl+Z", "can_undo", None),
    ):
        for _ in range(steps + len(document._redo)):
            if getattr(document, more) is None:
                break
            hands._keys(key)
        if wanted is not None:
            for _ in range(len(document._undo) - steps):
                hands._keys("Ctrl+Z")
            assert document.graph == wanted, "doing all again did not give the last graph"
    keyboard = QApplication.activeWindow(), QApplication.focusWidget(), QApplication.activePopupWidget()
    assert document.can_undo is None, (
        f"undo by the keyboard stopped before {document.can_undo}; {keyboard} have the keyboard"
    )
    return steps


def run() -> None:
    """Make 2,000 gestures on a window with ResNet-18 open, for each seed."""
    import waiting

    path = Path(waiting.HOME.name) / "gestures.graph.json"
    for seed in SEEDS:
        with waiting.window() as made:
            made.session.catalog.new("resnet18").save(path)
            made.open(path)
            wait(lambda: analysed(made), "the analysis")
            begun = time.perf_counter()
            steps, checks = play(made, seed, COUNT)
            print(
                f"{COUNT:,} random gestures, seed {seed}: no exception, no message of Qt, the engine lives; {checks} times "
                f"picture, file, journal and engine agreed with the document; {steps} steps undone, done again and undone: "
                f"equal to the first graph; {time.perf_counter() - begun:.0f} s",
                flush=True,
            )

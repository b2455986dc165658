"""The canvas: full repaints, steps of dragging, opening, memory, the first paint; and two other editors beside it."""

from __future__ import annotations

import json
import os
import random
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

import numpy as np
from flat import flat
from PySide6.QtGui import QImage
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from grapheditor.catalog import catalog
from grapheditor.edit import Document, edits
from grapheditor.edit.layout import arrange
from grapheditor.edit.scope import Scope
from grapheditor.engine.worker import analysed
from grapheditor.graph import Graph, Input, Node, Output
from grapheditor.ui.app import application
from grapheditor.ui.canvas import Canvas
from grapheditor.ui.theme import DARK

SIZE = (1600, 1000)
TURNS = 25
ANALYSED = "ResNet-152 flat, with its shapes"
KINDS = ("conv2d", "batch_norm2d", "relu", "max_pool2d", "linear")


def grid(nodes: int, wires: int, across: int) -> Graph:
    """Return so many nodes in rows, with so many wires, each from one of the row above."""
    chance = random.Random(1)
    graph = Graph()
    for i in range(nodes):
        kind = "add" if i >= across else "input"
        kind = chance.choice(KINDS) if kind == "add" and chance.random() < 0.5 else kind
        graph.put(f"nodes.n{i}", Node(f"n{i}", kind, at=((i % across) * 266.0, (i // across) * 96.0)))
    drawn = 0
    for port in ("x", "y"):
        for i in range(across, nodes):
            if drawn == wires or (port == "y" and graph.nodes[f"n{i}"].operator != "add"):
                continue
            above = (i // across - 1) * across
            near = above + min(across - 1, max(0, i % across + chance.randrange(-2, 3)))
            graph.put(f"wires.{Input(f'n{i}', port)}", Output(f"n{near}"))
            drawn += 1
    return graph


def arranged(graph: Graph) -> Graph:
    """Return a graph laid out."""
    edits.move(Scope(graph), arrange(graph, catalog())).apply(graph)
    return graph


def shown(graph: Graph) -> Canvas:
    """Return a canvas of the size of a screen with a graph on it."""
    made = Canvas(Document(graph), catalog(), DARK)
    made.animate = False
    made.resize(*SIZE)
    made.show()
    if not QTest.qWaitForWindowExposed(made):
        raise SystemExit("The window was not shown: nothing is painted, and no figure would mean anything.")
    QApplication.processEvents()
    return made


def spent(work: Callable[[], object], turns: int = TURNS) -> tuple[float, float]:
    """Return the median and the 95th percentile of a work's milliseconds of this thread's processor time."""
    found = []
    for _ in range(turns):
        begun = time.thread_time()
        work()
        found.append((time.thread_time() - begun) * 1e3)
    return statistics.median(found), statistics.quantiles(found, n=20)[-1]


def zoomed(made: Canvas, zoom: float | None) -> None:
    """Show all, or the middle at a zoom."""
    made.fit()
    if zoom is not None:
        made.zoom_to(zoom)


def canvas() -> None:
    application()
    _memory()
    large = grid(10_000, 15_000, 100)
    cases = [("10,000 nodes", large, 10), ("1,000 nodes", grid(1000, 1500, 25), 8)]
    cases += [(ANALYSED, arranged(flat(catalog(), catalog().new("resnet152"))), 8)]
    for title, graph, most in cases:
        made = shown(graph)
        if title == ANALYSED:
            made.set_analysis(analysed(graph))
        for zoom in (None, 0.35, 1.0):
            zoomed(made, zoom)
            made.repaint()
            middle, late = spent(made.repaint)
            where = "at fit" if zoom is None else f"at {zoom}"
            print(f"full repaint, {title}, {len(graph.wires):,} wires, {where}: median {middle:.1f} ms, "
                  f"p95 {late:.1f} (at most {most}, 16)", flush=True)  # fmt: skip
        if graph is large:
            _drag(made)
        made.close()
    for count, most in ((1000, 0.1), (10_000, 1.0)):
        graph = grid(count, count * 3 // 2, 25 if count == 1000 else 100)
        made = shown(Graph())
        begun = time.thread_time()
        made.set_document(Document(graph))
        made.repaint()
        print(f"opening {count:,} nodes: {time.thread_time() - begun:.2f} s (at most {most})", flush=True)
        made.close()
    _first_paint()


def _drag(made: Canvas) -> None:
    """Drag a node with four wires, a step at a time, by the mouse."""
    from PySide6.QtCore import QPoint, Qt

    graph = made.document.graph
    wired = {name: len(graph.into(name)) + len(graph.out_of(name)) for name in graph.nodes}
    for zoom, most in ((1.0, 3), (None, 8)):
        middle = [name for name, count in wired.items() if count == 4 and 4000 < int(name[1:]) < 6000]
        chosen = middle[len(middle) // 2]
        zoomed(made, zoom)
        if zoom is not None:
            made.center_on(chosen)
        left, top, right, bottom = made.scene.geometry.box(chosen)
        x, y = made.view.to_screen((left + right) / 2, (top + bottom) / 2)
        QTest.mousePress(made, Qt.MouseButton.LeftButton, pos=QPoint(round(x), round(y)))
        QTest.mouseMove(made, QPoint(round(x) + 9, round(y) + 9))
        QApplication.processEvents()
        steps = iter(range(10, 10_000))

        def step(x: float = x, y: float = y, steps: object = steps) -> None:
            by = next(steps)  # type: ignore[call-overload]
            QTest.mouseMove(made, QPoint(round(x) + by % 60, round(y) + by % 40))
            QApplication.processEvents()

        found, late = spent(step, 200)
        QTest.mouseRelease(made, Qt.MouseButton.LeftButton, pos=QPoint(round(x) + 9, round(y) + 9))
        QApplication.processEvents()
        made.document.undo()
        where = "at fit" if zoom is None else f"at {zoom}"
        print(f"a step of dragging a node with 4 wires among 10,000, {where}: median {found:.1f} ms, p95 {late:.1f} "
              f"(at most {most})", flush=True)  # fmt: skip


def _memory() -> None:
    """Let another process show an empty graph, then 10,000 nodes."""
    code = """
        import os
        os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
        import canvases
        from pathlib import Path
        from grapheditor.graph import Graph
        from grapheditor.edit import Document
        canvases.application()
        def resident():
            return int(Path("/proc/self/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE") / 1e6
        made = canvases.shown(Graph())
        made.repaint()
        before = resident()
        made.set_document(Document(canvases.grid(10_000, 15_000, 100)))
        for zoom in (None, 0.35, 1.0):
            canvases.zoomed(made, zoom)
            made.repaint()
        print(resident() - before)
    """
    if not Path("/proc/self/statm").exists():
        print("memory: only Linux tells it")
        return
    lines = "\n".join(line[8:] for line in code.splitlines())
    done = subprocess.run(
        [sys.executable, "-c", lines], capture_output=True, text=True, check=True, cwd=Path(__file__).parent
    )
    print(f"memory of 10,000 nodes over an empty window: {float(done.stdout):.0f} MB (at most 100)", flush=True)


def _first_paint() -> None:
    """Start the program seven times and wait for its first picture; see skeleton.py, which asks for torch too."""
    import skeleton

    skeleton.window()


def rivals() -> None:
    """Compare with two other editors, each in a process of its own, all at the same places and painting in turns."""
    folder = os.environ.get("RIVALS")
    if not folder:
        print("RIVALS says no folder with other editors: the comparison is left out")
        return
    application()
    graph = grid(1000, 1500, 25)
    numbers = {name: i for i, name in enumerate(graph.nodes)}
    given = {
        "nodes": [list(node.at) for node in graph.nodes.values()],
        "wires": [[numbers[start.node], numbers[end.node]] for end, start in graph.wires.items()],
    }
    made = shown(graph)
    zoomed(made, None)
    made.repaint()
    made.grab().save(f"{folder}/grapheditor.png")
    _look(f"{folder}/grapheditor.png")
    with tempfile.TemporaryDirectory() as place, ExitStack() as stack:
        path = Path(place) / "graph.json"
        path.write_text(json.dumps(given), "utf-8")
        others = [stack.enter_context(_rival(name, folder, path)) for name in ("OdenGraphQt", "qtpynodeeditor")]
        turns = [(spent(made.repaint, 3)[0], *(other.paint() for other in others)) for _ in range(9)]
    ours, *theirs = (statistics.median(column) for column in zip(*turns, strict=True))
    for other, taken in zip(others, theirs, strict=True):
        print(f"1,000 nodes and 1,500 wires at fit, in turns: {ours:.1f} ms, {other.name} {other.version} {taken:.0f} ms: "
              f"{taken / ours:.0f} times as fast (at least 10)", flush=True)  # fmt: skip


@dataclass
class Rival:
    """Another editor that shows the graph, and paints it when it is told to."""

    name: str
    version: str
    process: subprocess.Popen[str]

    def paint(self) -> float:
        """Return the milliseconds of one full repaint."""
        assert self.process.stdin is not None and self.process.stdout is not None
        self.process.stdin.write("\n")
        self.process.stdin.flush()
        return float(self.process.stdout.readline())


@contextmanager
def _rival(name: str, folder: str, graph: Path, limit: float = 120) -> Iterator[Rival]:
    """Start another editor and wait, for a limited time, until it has drawn the graph."""
    picture = f"{folder}/{name}.png"
    command = [sys.executable, str(Path(__file__).with_name("rivals.py")), name, folder, str(graph), picture]
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
    ) as process:
        late = threading.Timer(limit, process.kill)
        late.start()
        assert process.stdout is not None
        version = process.stdout.readline().strip()
        late.cancel()
        if not version:
            raise RuntimeError(f"{name} has not drawn 1,000 nodes within {limit:.0f} s, or is not in {folder}")
        _look(picture)
        try:
            yield Rival(name, version, process)
        finally:
            process.kill()


def _look(picture: str) -> None:
    """See that a graph was drawn, and all of it: it fills the picture, and there is something in all of its parts."""
    image = QImage(picture).convertToFormat(QImage.Format.Format_RGB32)
    wide, high = image.width(), image.height()
    pixels = np.frombuffer(image.constBits(), dtype=np.uint8).reshape(high, wide, 4)[4:-4, 4:-4, :3].astype(np.int16)
    colours, counts = np.unique(pixels.reshape(-1, 3), axis=0, return_counts=True)
    commonest = colours[counts.argsort()[-2:]]
    drawn = np.min([np.abs(pixels - colour).max(axis=2) for colour in commonest], axis=0) > 12  # a grid is paler
    rows, columns = np.flatnonzero(drawn.any(axis=1)), np.flatnonzero(drawn.any(axis=0))
    if not len(rows):
        raise RuntimeError(f"{picture} is blank")
    part = drawn[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]
    cells = [cell.any() for band in np.array_split(part, 20) for cell in np.array_split(band, 20, axis=1)]
    print(f"{picture}: {wide}×{high}, {part.shape[1]}×{part.shape[0]} of it covered, {sum(cells)} of {len(cells)} parts drawn in",
          flush=True)  # fmt: skip
    if min(part.shape[0] / high, part.shape[1] / wide) < 0.75 or sum(cells) < 0.98 * len(cells):
        raise RuntimeError(f"{picture} does not show the graph whole")

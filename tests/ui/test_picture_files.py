"""Pictures show what the canvas shows, as lines where the format has lines, and give the graph back."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QImage
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QComboBox, QFileDialog

from grapheditor.catalog import catalog
from grapheditor.edit import Document, edits, modules
from grapheditor.edit.scope import Scope
from grapheditor.engine.messages import Analysis
from grapheditor.graph import Graph, Info, read
from grapheditor.ui.canvas.scene import Scene
from grapheditor.ui.pictures import Look, PictureError, write_picture
from grapheditor.ui.pictures.tikz import escape
from grapheditor.ui.pictures.write import Ground
from grapheditor.ui.theme import DARK, LIGHT, load_fonts

KNOWN = catalog()


def scene(template: str = "resnet18") -> Scene:
    return Scene(Document(KNOWN.new(template)), KNOWN)


@pytest.fixture(autouse=True)
def _application(qapp: object) -> None:
    """Fonts need one, and these tests may be the first to draw."""
    load_fonts()


def test_an_svg_has_the_words_as_text_and_no_pixels(tmp_path: Path) -> None:
    path = tmp_path / "net.svg"
    write_picture(path, scene(), Look(LIGHT))
    text = path.read_text("utf-8")
    for word in ("Conv2d", "BasicStage", "stage3", "Linear"):
        assert f">{word}" in text
    assert "<image" not in text
    assert read(path, KNOWN.history) == KNOWN.new("resnet18")


def test_a_png_is_as_large_as_asked_in_the_colours_of_its_theme(tmp_path: Path) -> None:
    sizes = []
    for scale, theme in ((1.0, LIGHT), (2.0, DARK)):
        path = tmp_path / f"net{scale}.png"
        write_picture(path, scene("mlp"), Look(theme, scale=scale))
        image = QImage(str(path))
        assert image.pixelColor(1, 1).name() == theme.canvas
        pixels = np.frombuffer(bytes(image.convertToFormat(QImage.Format.Format_RGB32).constBits()), np.uint32)
        assert len(np.unique(pixels)) > 50, "cards and texts are drawn"
        sizes.append(image.size())
        assert read(path, KNOWN.history) == KNOWN.new("mlp")
    assert sizes[1] == sizes[0] * 2


def test_a_pdf_is_one_page_with_its_fonts(tmp_path: Path) -> None:
    path = tmp_path / "net.pdf"
    write_picture(path, scene(), Look(LIGHT))
    data = path.read_bytes()
    assert data.startswith(b"%PDF")
    assert len(re.findall(rb"/Type\s*/Page\b", data)) == 1
    assert b"Inter" in data


def test_tikz_names_every_node_and_draws_every_wire(tmp_path: Path) -> None:
    path = tmp_path / "net.tex"
    shown = scene("mnist-convnet")
    write_picture(path, shown, Look(LIGHT))
    text = path.read_text("ascii")
    assert text.count(r"\filldraw") == len(shown.body.nodes)
    assert text.count(r"\draw[wire") == len(shown.body.wires)
    assert text.count("{") - text.count(r"\{") == text.count("}") - text.count(r"\}")
    assert r"N$\times$1$\times$28$\times$28" in text


def test_what_tex_reads_as_orders_is_written_as_text() -> None:
    assert escape(r"a_b 5% \x {y} 3×3 ☃") == r"a\_b 5\% \textbackslash{}x \{y\} 3$\times$3 ?"
    assert escape("Größe, Łódź, µ ≤ σ²") == r"Größe, Łódź, $\mu$ $\leq$ $\sigma$$^2$"
    assert escape("Hồ ﬁx ½") == "Ho fix 1/2", "what the fonts of LaTeX lack is written with what they have"


def test_tikz_says_what_the_cards_say(tmp_path: Path) -> None:
    shown = scene("resnet50")
    document = shown.document
    document.commit(edits.set_title(Scope(document.graph), "stage1", "Größe & Maß"))
    document.commit(modules.set_repeat(Scope(document.graph), "stage2", 12))
    shown = Scene(document, KNOWN)
    shown.analyse(Analysis(document.revision, {}, [], 0, 0, 0, 0.0))
    write_picture(tmp_path / "net.tex", shown, Look(LIGHT))
    whole = (tmp_path / "net.tex").read_text("utf-8")
    assert r"\usepackage[utf8]{inputenc}" in whole
    assert r"\bfseries Größe \& Maß}" in whole
    assert whole.count(r"\filldraw") == len(document.graph.nodes) + 2 * 4, "a module's card is a stack"
    assert whole.count(r"\draw[wire, dashed") == len(document.graph.wires), "no shape is known yet"
    assert r"\bfseries BottleneckStage $\times$12}" in whole


def test_a_selection_is_drawn_alone_and_carries_itself_alone(tmp_path: Path) -> None:
    path = tmp_path / "part.svg"
    write_picture(path, scene(), Look(LIGHT), ["conv1", "bn1", "stage1"])
    text = path.read_text("utf-8")
    assert ">Conv2d" in text and ">Linear" not in text
    part = read(path, KNOWN.history)
    assert part.nodes.keys() == {"conv1", "bn1", "stage1"}
    assert "BasicBlock" in part.modules


def test_what_cannot_be_drawn_is_said(tmp_path: Path) -> None:
    graph = Graph()
    graph.put("info", Info("Nothing"))
    with pytest.raises(PictureError, match="no nodes"):
        write_picture(tmp_path / "net.svg", Scene(Document(graph), KNOWN), Look(LIGHT))
    with pytest.raises(PictureError, match=r"\.svg, \.pdf, \.png, \.tex, not as \.gif"):
        write_picture(tmp_path / "net.gif", scene(), Look(LIGHT))
    assert not list(tmp_path.iterdir())


def test_the_command_line_draws_with_shapes_and_without_a_screen(tmp_path: Path) -> None:
    source, out = tmp_path / "net.graph.json", tmp_path / "net.svg"
    KNOWN.new("resnet18").save(source)
    command = [sys.executable, "-m", "grapheditor"]
    quiet = {key: value for key, value in os.environ.items() if key not in ("DISPLAY", "QT_QPA_PLATFORM")}
    done = subprocess.run([*command, "export", source, "-o", out, "--theme", "dark"], capture_output=True, env=quiet)
    assert done.returncode == 0, done.stderr.decode()
    assert b"it carries the graph" in done.stdout
    text = out.read_text("utf-8")
    assert ">N×64×56×56<" in text, "shapes are on the wires"
    assert DARK.canvas in text
    done = subprocess.run([*command, "summary", out, "--json"], capture_output=True, env=quiet)
    assert b"11689512" in done.stdout, "any verb takes a picture for a graph"
    wrong = subprocess.run(
        [*command, "export", source, "-o", out, "--module", "stage9"], capture_output=True, env=quiet
    )
    assert wrong.returncode == 1
    assert b"There is no module at stage9." in wrong.stderr
    inner = subprocess.run(
        [*command, "export", source, "-o", out, "--module", "stage2"], capture_output=True, env=quiet
    )
    assert inner.returncode == 0
    assert "BasicBlock" in out.read_text("utf-8")


def test_what_is_selected_found_or_pointed_at_is_not_in_the_picture(tmp_path: Path) -> None:
    plain, worked_on = scene("mlp"), scene("mlp")
    first, *_ = worked_on.body.nodes
    worked_on.select([*worked_on.body.nodes], [*worked_on.body.wires])
    worked_on.found, worked_on.target = frozenset([first]), next(iter(worked_on.body.wires))
    for name, shown in (("plain.svg", plain), ("worked.svg", worked_on)):
        write_picture(tmp_path / name, shown, Look(LIGHT))
    assert (tmp_path / "plain.svg").read_bytes() == (tmp_path / "worked.svg").read_bytes()
    assert worked_on.selection == {*worked_on.body.nodes}


@pytest.mark.parametrize(("ground", "colour"), [("theme", DARK.canvas), ("white", "#ffffff"), ("none", None)])
def test_the_ground_is_chosen(tmp_path: Path, ground: Ground, colour: str | None) -> None:
    write_picture(tmp_path / "net.png", scene("mlp"), Look(DARK, ground))
    pixel = QImage(str(tmp_path / "net.png")).pixelColor(1, 1)
    assert (pixel.name() if pixel.alpha() else None) == colour


def test_the_window_asks_how_a_picture_looks_and_remembers(drive, tmp_path: Path, monkeypatch) -> None:
    path = tmp_path / "net.png"
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_: (str(path), ""))
    drive.window.new("mlp")
    drive.window.canvas.select_all()
    drive.window.perform("export-picture")
    for name, key in (
        ("picture-theme", Qt.Key.Key_L),
        ("picture-ground", Qt.Key.Key_W),
        ("picture-scale", Qt.Key.Key_1),
    ):
        box = drive.find(name, QComboBox)
        box.setFocus()
        QTest.keyClick(box, key)
    drive.click("picture-file")
    drive.wait(path.exists)
    image = QImage(str(path))
    assert image.pixelColor(1, 1).name() == "#ffffff"
    drive.window.perform("export-picture")
    boxes = drive.window.findChildren(QComboBox)
    said = {box.objectName(): box.currentData() for box in boxes if box.objectName().startswith("picture-")}
    assert said == {"picture-theme": "light", "picture-ground": "white", "picture-scale": "1"}
    write_picture(tmp_path / "same.png", drive.window.canvas.scene, Look(LIGHT, "white", 1.0))
    assert image == QImage(str(tmp_path / "same.png"))

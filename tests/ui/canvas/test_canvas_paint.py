"""What is painted: pixels where the geometry says, at every level of zoom; and what is told in words."""

from __future__ import annotations

import random
from dataclasses import replace

import pytest
from PySide6.QtCore import QEvent, QPoint, QRect
from PySide6.QtGui import QColor, QHelpEvent, QImage
from PySide6.QtWidgets import QApplication, QToolTip

from grapheditor.catalog import catalog
from grapheditor.edit import edits
from grapheditor.edit.layout import arrange
from grapheditor.edit.scope import Scope
from grapheditor.graph import Graph, Input, Node, Output
from grapheditor.ui.canvas.pills import pills
from grapheditor.ui.canvas.texts import brief_count
from grapheditor.ui.theme import DARK, LIGHT


def picture(canvas) -> QImage:
    return canvas.grab().toImage()


def near(colour: QColor, wanted: QColor | str, slack: int = 12) -> bool:
    wanted = QColor(wanted)
    pairs = zip(colour.getRgb()[:3], wanted.getRgb()[:3], strict=True)
    return all(abs(a - b) <= slack for a, b in pairs)


def pixel(image: QImage, canvas, x: float, y: float) -> QColor:
    sx, sy = canvas.view.to_screen(x, y)
    return image.pixelColor(int(sx), int(sy))


@pytest.mark.parametrize("theme", [DARK, LIGHT], ids=["dark", "light"])
@pytest.mark.parametrize("zoom", [1.0, 0.7, 0.4])
def test_the_category_bar_is_where_the_geometry_says(make, chain, theme, zoom):
    canvas = make(chain)
    canvas.set_theme(theme)
    canvas.zoom_to(zoom)
    image = picture(canvas)
    for name in chain.nodes:
        left, top, _, bottom = canvas.scene.geometry.box(name)
        operator = canvas.scene.operator(name)
        middle = (top + bottom) / 2
        found = [pixel(image, canvas, left + dx / zoom, middle) for dx in range(int(zoom * 5), int(zoom * 9) + 3)]
        assert any(near(colour, theme.category(operator.category), 30) for colour in found), name
        assert near(pixel(image, canvas, left + 130, bottom - 4 / zoom), theme.card)


def test_what_is_selected_lies_over_the_others_for_the_eye_and_the_mouse(make, hand, chain):
    canvas = make(chain)
    canvas.document.commit(edits.move(Scope(chain), {"image": (40.0, 130.0)}))
    for name in ("image", "conv1"):
        canvas.select([name])
        left, top, _, bottom = canvas.scene.geometry.box("image")
        edge = [pixel(picture(canvas), canvas, left + dx, (top + bottom) / 2) for dx in (-1, 0, 1)]
        assert any(near(found, DARK.accent, 40) for found in edge) == (name == "image")
        hand(canvas).click((150.0, 150.0))
        assert canvas.selection == {name}


def test_far_out_nodes_are_blocks_of_their_category(make, chain):
    canvas = make(chain)
    canvas.zoom_to(0.1)
    image = picture(canvas)
    left, top, right, bottom = canvas.scene.geometry.box("conv1")
    assert near(pixel(image, canvas, (left + right) / 2, (top + bottom) / 2), DARK.convolution)


def test_a_problem_outlines_its_node_and_a_selection_in_the_accent(make, chain, analysed):
    canvas = make(chain)
    problem = {"severity": "error", "message": "It does not fit.", "node": "conv1", "port": "x"}
    canvas.set_analysis(analysed({"image": ["N", 3]}, [problem]))
    canvas.select(["relu1"])
    image = picture(canvas)
    for name, colour in (("conv1", DARK.error), ("relu1", DARK.accent), ("pool1", DARK.card_edge)):
        left, top, _, bottom = canvas.scene.geometry.box(name)
        edge = [pixel(image, canvas, left + dx, (top + bottom) / 2) for dx in (-1, 0, 1)]
        assert any(near(found, colour, 40) for found in edge), name


@pytest.mark.parametrize("zoom", [1.0, 0.4])
def test_a_problem_has_a_sign_besides_its_colour(make, chain, analysed, zoom):
    canvas = make(chain)
    problem = {"severity": "error", "message": "It does not fit.", "node": "conv1"}
    canvas.set_analysis(analysed({"image": ["N", 3]}, [problem]))
    canvas.select(["conv1"])
    canvas.zoom_to(zoom)
    _, top, right, _ = canvas.scene.geometry.box("conv1")
    x, y = canvas.view.to_screen(right - 2 * zoom, top)
    image = picture(canvas)
    found = [image.pixelColor(int(x) + dx, int(y) + 1) for dx in range(-6, 6)]
    assert any(near(colour, DARK.error, 12) for colour in found)
    assert any(near(colour, DARK.on_accent, 90) for colour in found)


def test_a_wire_is_painted_and_one_into_a_problem_is_dashed(make, chain, analysed):
    canvas = make(chain)
    x, top = canvas.scene.geometry.where(Output("conv1"))
    _, bottom = canvas.scene.geometry.where(Input("relu1", "x"))

    def painted(colour: str) -> float:
        image = picture(canvas)
        rows = range(int(top) + 8, int(bottom) - 8)
        return sum(near(pixel(image, canvas, x, y), colour, 25) for y in rows) / len(rows)

    assert painted(DARK.wire) == 1.0
    problem = {"severity": "error", "message": "It does not fit.", "node": "relu1", "port": "x"}
    canvas.set_analysis(analysed({"conv1": ["N", 3]}, [problem]))
    assert 0.3 < painted(DARK.error) < 0.8
    canvas.set_analysis(analysed({"image": ["N", 3], "conv1": None}))
    assert 0.3 < painted(DARK.wire) < 0.8


def test_the_shape_stands_beside_its_wire_and_never_on_a_card(make, chain, analysed):
    canvas = make(chain)
    before = picture(canvas)
    canvas.set_analysis(analysed({"image": ["N", 1, 28, 28], "conv1": ["N", 32, 26, 26]}))
    after = picture(canvas)
    x, y = canvas.view.to_screen(113.0, 236.0)
    beside = QRect(int(x) + 6, int(y) - 12, 90, 24)
    assert before.copy(beside) != after.copy(beside)
    canvas.document.commit(edits.move(Scope(chain), {"pool1": (130.0, 210.0)}))
    covered = picture(canvas)
    assert near(covered.pixelColor(int(x) + 100, int(y) + 15), DARK.card)


@pytest.mark.parametrize("seed", range(5))
def test_no_pill_covers_a_card_or_another_pill(make, analysed, seed):
    chance = random.Random(seed)
    graph = catalog().new("mnist-convnet")
    canvas = make(graph)
    canvas.set_analysis(analysed({name: ["N", 32, 24, 24] for name in graph.nodes}))
    places = {name: (chance.uniform(0, 900.0), chance.uniform(0, 700.0)) for name in graph.nodes}
    canvas.document.commit(edits.move(Scope(graph), places))
    everywhere = canvas.scene.geometry.bounds().grown(1000.0)
    shown = pills(canvas.scene, everywhere, canvas.artist.texts)
    boxes = [pill.box for pill in shown] + [canvas.scene.geometry.box(name) for name in graph.nodes]
    assert shown
    for i in range(len(shown)):
        for other in boxes[i + 1 :]:
            a, b = boxes[i], other
            assert a.right <= b.left or b.right <= a.left or a.bottom <= b.top or b.bottom <= a.top


def test_in_a_tidy_drawing_no_pill_covers_the_names_of_ports(make, analysed):
    graph = Graph()
    for name, operator in {"image": "input", "parts": "chunk", "mixed": "attention", "sum": "add"}.items():
        options = {"chunks": 3} if operator == "chunk" else {}
        graph.put(f"nodes.{name}", Node(name, operator, options))
    graph.put("wires.parts.x", Output("image"))
    for port, part in {"query": "first", "key": "second", "value": "third"}.items():
        graph.put(f"wires.mixed.{port}", Output("parts", part))
    graph.put("wires.sum.x", Output("mixed"))
    graph.put("wires.sum.y", Output("parts", "third"))
    for name, at in arrange(graph, catalog()).items():
        graph.put(f"nodes.{name}", replace(graph.nodes[name], at=at))
    canvas = make(graph)
    known = analysed({name: ["N", "T", 24] for name in graph.nodes})
    for node, ports in {"parts": ("first", "second", "third")}.items():
        (kind,) = known.nodes[node]["outputs"].values()
        known.nodes[node]["outputs"] = dict.fromkeys(ports, kind)
    canvas.set_analysis(known)
    geometry = canvas.scene.geometry
    shown = pills(canvas.scene, geometry.bounds().grown(100.0), canvas.artist.texts)
    rows = [(geometry.box("parts").bottom, 16.0), (geometry.box("mixed").top - 16.0, 16.0)]
    between = [pill.box for pill in shown if geometry.box("parts").bottom <= pill.box.top < geometry.box("mixed").top]
    assert between
    for box in between:
        for top, high in rows:
            assert box.bottom <= top or box.top >= top + high


def test_where_cards_stand_near_a_pill_stays_below_the_names_of_outputs(make, analysed):
    graph = Graph()
    graph.put("nodes.image", Node("image", "input"))
    graph.put("nodes.parts", Node("parts", "chunk", at=(0.0, 100.0)))
    graph.put("nodes.relu1", Node("relu1", "relu", at=(-37.0, 192.0)))
    graph.put("wires.parts.x", Output("image"))
    graph.put("wires.relu1.x", Output("parts", "first"))
    canvas = make(graph)
    known = analysed({"image": ["N", 24], "parts": ["N", 12]})
    (kind,) = known.nodes["parts"]["outputs"].values()
    known.nodes["parts"]["outputs"] = {"first": kind, "second": kind}
    canvas.set_analysis(known)
    geometry = canvas.scene.geometry
    (pill,) = [item for item in pills(canvas.scene, geometry.bounds(), canvas.artist.texts) if item.box.top > 150.0]
    assert pill.text == "N×12"
    assert geometry.box("parts").bottom + 16.0 <= pill.box.top
    assert pill.box.bottom <= geometry.box("relu1").top


def test_a_part_painted_anew_looks_as_the_whole_does(make, hand, chain, analysed, qtbot):
    """What a drag paints anew, step by step, must leave the same picture as painting everything."""
    canvas = make(chain)
    canvas.set_analysis(analysed({"image": ["N", 1, 28, 28], "conv1": ["N", 32, 26, 26], "pool1": ["N", 1]}))
    mouse = hand(canvas)
    screen = canvas.grab()
    mouse.press(mouse.middle("relu1"))
    dirty = []
    update = canvas.update
    canvas.update = lambda *rect: (dirty.extend(rect), update(*rect))[1]
    for at in ((150.0, 360.0), (220.0, 390.0), (300.0, 330.0), (280.0, 300.0)):
        mouse.go(at)
        assert dirty
        for rect in dirty:
            canvas.render(screen, rect.topLeft(), rect)
        dirty.clear()
    assert screen.toImage() == canvas.grab().toImage()


def test_a_step_of_a_drag_paints_only_around_the_node(make, hand, chain):
    canvas = make(chain)
    mouse = hand(canvas)
    mouse.press(mouse.middle("pool1"))
    areas = []
    canvas.update = lambda *rect: areas.extend(rect)
    mouse.go((520.0, 150.0))
    assert areas
    assert all(rect.width() * rect.height() < canvas.width() * canvas.height() / 2 for rect in areas)


def test_an_empty_canvas_says_how_to_begin(make):
    canvas = make()
    image = picture(canvas)
    middle = [image.pixelColor(x, 900 // 2 - 12) for x in range(450, 750)]
    assert any(near(colour, DARK.muted, 40) for colour in middle)


def test_an_unknown_operator_is_painted_and_named(make):
    graph = Graph()
    graph.put("nodes.a", Node("a", "conv9d"))
    canvas = make(graph)
    canvas.grab()
    assert canvas.scene.label("a").title == "conv9d"


@pytest.mark.parametrize("zoom", [0.02, 0.1, 0.3, 0.5, 1.0, 4.0])
def test_every_zoom_paints_the_templates(make, zoom):
    for name in catalog().templates:
        canvas = make(catalog().new(name))
        canvas.select_all()
        canvas.zoom_to(zoom)
        assert not picture(canvas).isNull()


# In words


def tip(canvas, x: float, y: float) -> str:
    sx, sy = canvas.view.to_screen(x, y)
    place = QPoint(round(sx), round(sy))
    QApplication.sendEvent(canvas, QHelpEvent(QEvent.Type.ToolTip, place, canvas.mapToGlobal(place)))
    return QToolTip.text()


def test_tooltips_say_the_problem_first_then_what_it_is_and_costs(make, chain, analysed):
    canvas = make(chain)
    problem = {"severity": "error", "message": "5 < 7 does not fit.", "node": "conv1", "port": "x"}
    shapes = {"image": ["N", 1, 28, 28], "conv1": None}
    canvas.set_analysis(analysed(shapes, [problem], {"conv1": 51264}))
    said = tip(canvas, 100.0, 140.0)
    assert said.index("5 &lt; 7 does not fit.") < said.index("Conv2d") < said.index("Slide learned filters")
    assert "51,264 parameters" in said
    said = tip(canvas, 113.0, 86.0)
    assert said.index("5 &lt; 7") < said.index("N×1×28×28")
    assert "float32" in said
    assert "image to conv1.x" in said


def test_a_screen_reader_is_told_what_is_selected(make, chain, analysed):
    canvas = make(chain)
    assert canvas.accessibleName() == "Graph"
    assert canvas.accessibleDescription() == "4 nodes, none selected."
    problem = {"severity": "warning", "message": "It is slow.", "node": "conv1"}
    canvas.set_analysis(analysed({"conv1": ["N", 32, 26, 26]}, [problem]))
    canvas.select(["conv1"])
    said = canvas.accessibleDescription()
    assert "Conv2d conv1 selected. 32 · 3×3" in said
    assert "Gives N×32×26×26." in said
    assert "Warning: It is slow." in said


@pytest.mark.parametrize(
    ("number", "text"), [(0, "0"), (832, "832"), (51264, "51.3 K"), (999960, "1.0 M"), (25557032, "25.6 M")]
)
def test_counts_are_brief(number, text):
    assert brief_count(number) == text

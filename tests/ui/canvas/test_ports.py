"""Ports say what they are, and a dragged wire says what it fits: by real events."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt

from grapheditor.graph import Graph, Info, Input, Node, Output
from grapheditor.ui.canvas import fitting


@pytest.fixture
def parts() -> Graph:
    """An image and labels above a convolution, a subtraction, an attention and a loss."""
    graph = Graph()
    places = {
        "image": ("input", (0.0, 0.0)),
        "labels": ("input", (300.0, 0.0)),
        "conv1": ("conv2d", (0.0, 120.0)),
        "sub1": ("subtract", (0.0, 260.0)),
        "loss": ("cross_entropy", (300.0, 260.0)),
        "cat1": ("concatenate", (600.0, 260.0)),
    }
    for name, (operator, at) in places.items():
        graph.put(f"nodes.{name}", Node(name, operator, at=at))
    graph.put("wires.conv1.x", Output("image"))
    graph.put("wires.sub1.y", Output("conv1"))
    graph.put("wires.cat1.xs.0", Output("conv1"))
    return graph


@pytest.fixture
def known(analysed):
    """What is known of them: an image of float32, labels of int64."""
    found = analysed({"image": ["N", 3, 8, 8], "conv1": ["N", 32, 6, 6], "labels": ["N"], "sub1": None})
    found.nodes["labels"]["outputs"]["out"]["dtype"] = "int64"
    return found


@pytest.fixture
def hints(monkeypatch):
    """Record what the canvas writes beside the pointer in its next picture: text, and whether it is a refusal."""

    def read(canvas) -> list[tuple[str, bool]]:
        said: list[tuple[str, bool]] = []
        paint = type(canvas.artist).paint_hint

        def noted(artist, painter, text, at, room, *, error):
            said.append((text, error))
            paint(artist, painter, text, at, room, error=error)

        with monkeypatch.context() as patch:
            patch.setattr(type(canvas.artist), "paint_hint", noted)
            canvas.grab()
        return said

    return read


def painted(canvas, x: float, y: float, wide: float, high: float) -> int:
    """Return how many pixels of a part of the plane have the colour of words at ports."""
    left, top = canvas.view.to_screen(x, y)
    picture = canvas.grab().toImage()
    ground = canvas.theme.colour("canvas").lightness()
    seen = [
        picture.pixelColor(round(left) + i, round(top) + j).lightness()
        for i in range(round(wide * canvas.view.zoom))
        for j in range(round(high * canvas.view.zoom))
    ]
    return sum(abs(light - ground) > 60 for light in seen)


@pytest.mark.parametrize(("port", "first", "second"), [
    (Input("sub1", "y"), "y takes any numbers", "from conv1: N×32×6×6 float32"),
    (Input("sub1", "x"), "x takes any numbers", "Nothing is wired to it."),
    (Input("conv1", "x"), "x takes 4 dimensions (batch × channels × height × width) of decimal numbers",
     "from image: N×3×8×8 float32"),
    (Input("loss", "target"), "target takes whole numbers", "Nothing is wired to it."),
    (Input("cat1", "xs", 1), "xs 1 takes any numbers", "Nothing is wired to it."),
    (Output("conv1"), "out gives N×32×6×6 float32", "to cat1.xs.0, sub1.y"),
    (Output("labels"), "out gives N int64", "Nothing takes it."),
])  # fmt: skip
def test_a_port_under_the_pointer_says_its_name_what_it_takes_and_what_is_wired(
    make, hand, parts, known, hints, port, first, second
):
    canvas = make(parts)
    canvas.set_analysis(known)
    mouse = hand(canvas)
    mouse.go(mouse.port(port), button=Qt.MouseButton.NoButton)
    ((text, error),) = hints(canvas)
    assert text.split("\n") == [first, second]
    assert not error
    mouse.go((0.0, 700.0), button=Qt.MouseButton.NoButton)
    assert hints(canvas) == []


def test_ports_of_a_card_with_several_carry_their_names_where_they_can_be_read(make, parts):
    canvas = make(parts)
    x, y = canvas.scene.geometry.where(Input("sub1", "x"))
    assert painted(canvas, x + 5, y - 13, 12, 9)
    x, y = canvas.scene.geometry.where(Input("conv1", "x"))
    assert not painted(canvas, x + 8, y - 13, 12, 9)
    canvas.view.zoom = 0.7
    x, y = canvas.scene.geometry.where(Input("sub1", "x"))
    assert not painted(canvas, x + 8, y - 13, 12, 8)


def test_to_the_right_names_stand_at_a_selected_card(make, parts):
    parts.put("info", Info(flow="right"))
    canvas = make(parts)
    x, y = canvas.scene.geometry.where(Input("loss", "target"))
    assert not painted(canvas, x - 42, y - 11, 30, 9)
    canvas.select(["loss"])
    assert painted(canvas, x - 42, y - 11, 30, 9)


def test_the_places_of_a_port_that_repeats_are_numbered_as_they_are_wired(make, hand, parts):
    canvas = make(parts)
    assert canvas.scene.label("cat1").ports == (("0", ""), ())
    mouse = hand(canvas)
    mouse.drag(mouse.port(Output("image")), mouse.port(Input("cat1", "xs", 1)))
    assert canvas.scene.label("cat1").ports == (("0", "1", ""), ())


def lit(canvas) -> set[str]:
    return {name for name, able in zip(canvas.scene.geometry.nodes.keys, canvas.scene.possible, strict=True) if able}


def test_only_what_can_take_the_type_lights_up(make, hand, parts, known):
    canvas = make(parts)
    canvas.set_analysis(known)
    mouse = hand(canvas)
    mouse.press(mouse.port(Output("labels")))
    mouse.go((500.0, 500.0))
    assert lit(canvas) == {"sub1", "loss", "cat1"}
    mouse.key(Qt.Key.Key_Escape)
    mouse.press(mouse.port(Input("loss", "target")))
    mouse.go((500.0, 500.0))
    assert lit(canvas) == {"labels", "sub1", "cat1"}, "what sub1 and cat1 give is not known"


def test_a_wire_over_what_it_does_not_suit_says_why_and_can_be_drawn(make, hand, parts, known, hints):
    canvas = make(parts)
    canvas.set_analysis(known)
    mouse = hand(canvas)
    mouse.press(mouse.port(Output("labels")))
    mouse.go((300.0, 100.0))
    mouse.go(mouse.port(Input("conv1", "x")))
    ((text, error),) = hints(canvas)
    wanted = "conv1.x takes 4 dimensions (batch × channels × height × width) of decimal numbers"
    assert (text, error) == (f"{wanted}; N int64 arrives.", True)
    mouse.go(mouse.port(Input("loss", "target")))
    assert hints(canvas) == [("target takes whole numbers\nNothing is wired to it.", False)]
    mouse.go(mouse.port(Input("conv1", "x")))
    mouse.release(mouse.port(Input("conv1", "x")))
    assert parts.wires[Input("conv1", "x")] == Output("labels")


def test_a_wire_dropped_on_a_node_takes_the_first_free_input_that_fits(make, hand, parts, known):
    canvas = make(parts)
    canvas.set_analysis(known)
    mouse = hand(canvas)
    mouse.drag(mouse.port(Output("labels")), mouse.middle("loss"))
    assert parts.wires[Input("loss", "target")] == Output("labels")


def test_a_mask_takes_truths_alone():
    port = fitting.Port("mask", fitting.Port("x").wants.__class__(element="boolean"))
    assert fitting.fits(port, {"dtype": "bool", "shape": ["N"]})
    assert not fitting.fits(port, {"dtype": "int64", "shape": ["N"]})

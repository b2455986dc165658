"""Frames on the canvas: nodes that are dropped on one belong to it, a layout keeps its nodes together, and pictures."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt

from grapheditor.catalog import catalog
from grapheditor.edit import Document, frames
from grapheditor.edit.scope import Scope
from grapheditor.graph import Graph, Node, Output
from grapheditor.ui.canvas.geometry import Box
from grapheditor.ui.canvas.scene import Scene
from grapheditor.ui.outline import outline
from grapheditor.ui.pictures.tikz import tikz
from grapheditor.ui.theme import DARK

ALT = Qt.KeyboardModifier.AltModifier


@pytest.fixture
def framed(make, chain):
    """A canvas with a frame around conv1 and relu1; pool1 stands beside it."""
    change, _ = frames.add_frame(Scope(chain), ["conv1", "relu1"], "Stem", 2)
    change.apply(chain)
    return make(chain)


@pytest.mark.parametrize("held", [Qt.KeyboardModifier.NoModifier, ALT])
def test_a_node_that_is_dropped_on_a_frame_belongs_to_it(framed, hand, held):
    canvas = framed
    before = canvas.document.graph.copy()
    box = canvas.scene.frames()["frame1"]
    hand(canvas).press(hand(canvas).middle("pool1"))
    inside = (box.right - 20, box.top + 110)
    hand(canvas).go((box.right + 60, inside[1]), held)
    assert canvas.scene.joining == frozenset()
    hand(canvas).go(inside, held)
    assert canvas.scene.joining == (frozenset() if held else {"frame1"})
    hand(canvas).release(inside, held)
    members = canvas.document.graph.frames["frame1"].nodes
    assert members == (("conv1", "relu1") if held else ("conv1", "relu1", "pool1"))
    assert canvas.document.graph.nodes["pool1"].at != before.nodes["pool1"].at
    assert canvas.scene.joining == frozenset()
    canvas.document.undo()
    assert canvas.document.graph == before


def test_a_node_that_is_moved_within_its_frame_stays_in_it_alone(framed, hand):
    canvas = framed
    x, y = hand(canvas).middle("relu1")
    hand(canvas).drag((x, y), (x + 30, y + 10))
    assert canvas.document.graph.frames["frame1"].nodes == ("conv1", "relu1")


def test_a_layout_keeps_the_nodes_of_a_frame_together(make):
    """Three branches side by side, a frame around the outer two: the middle one does not lie in it."""
    graph = Graph()
    graph.put("nodes.image", Node("image", "input"))
    graph.put("nodes.cat1", Node("cat1", "concatenate"))
    for number, name in enumerate(("left", "middle", "right")):
        graph.put(f"nodes.{name}", Node(name, "conv2d"))
        graph.put(f"wires.{name}.x", Output("image"))
        graph.put(f"wires.cat1.xs.{number}", Output(name))
    frames.add_frame(Scope(graph), ["left", "right"])[0].apply(graph)
    canvas = make(graph)
    for flow in ("down", "right"):
        canvas.tidy() if flow == "down" else canvas.turn("right")
        (frame,) = canvas.scene.frames().values()
        lying_in = [name for name in graph.nodes if canvas.scene.geometry.box(name).meets(frame)]
        assert sorted(lying_in) == ["left", "right"]


def test_frames_are_in_tikz_and_in_the_outline(chain):
    change, _ = frames.add_frame(Scope(chain), ["conv1", "relu1"], "Stem & more", 2)
    change.apply(chain)
    scene = Scene(Document(chain), catalog())
    text = tikz(scene, DARK, Box(-50, -50, 700, 500))
    box = scene.frames()["frame1"]
    assert f"({box.left:g}, {box.top:g}) rectangle ({box.right:g}, {box.bottom:g})" in text
    assert r"Stem \& more" in text
    assert "fill=framepooling" in text
    assert text.index("fill=framepooling") < text.index("draw[wire")
    found = outline(chain, catalog())
    names = [block.category for block in found.blocks]
    ((colour, inside),) = found.frames
    assert colour == 2
    assert {names[i] for i in inside} == {"Convolution", "Activation"}
    assert outline(Graph(), catalog()).frames == ()

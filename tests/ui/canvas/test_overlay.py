"""Numbers of nodes as heat: what scale they have, where their colour is, and that the number stands beside it."""

from __future__ import annotations

import math

import numpy as np
import pytest
from PySide6.QtGui import QColor

from grapheditor.ui.canvas.geometry import Box
from grapheditor.ui.canvas.heat import RAMPS, ramp
from grapheditor.ui.canvas.overlay import Overlay, heat
from grapheditor.ui.canvas.stages import ROW, labelled
from grapheditor.ui.theme import DARK, LIGHT


def overlay(values, **more) -> Overlay:
    return Overlay("test", "Test", values, lambda value: f"{value:g} u", **more)


def luminance(colour: QColor) -> float:
    parts = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in colour.getRgbF()[:3]]
    return float(np.dot(parts, (0.2126, 0.7152, 0.0722)))


def pixel(canvas, x: float, y: float) -> QColor:
    sx, sy = canvas.view.to_screen(x, y)
    return canvas.grab().toImage().pixelColor(int(sx), int(sy))


def near(colour: QColor, wanted: QColor, slack: int = 8) -> bool:
    return all(abs(a - b) <= slack for a, b in zip(colour.getRgb()[:3], wanted.getRgb()[:3], strict=True))


def test_a_linear_scale_begins_at_nothing_and_unknown_nodes_have_none():
    found = heat(overlay({"a": 10.0, "b": 40.0}), ["a", "b", "c"])
    assert found.shares.tolist()[:2] == [0.25, 1.0]
    assert math.isnan(found.shares[2])
    assert (found.low, found.high) == (0.0, 40.0)
    assert found.at(0.5) == 20.0


def test_a_logarithmic_scale_tells_magnitudes_apart_and_has_nothing_as_cold_as_the_least():
    found = heat(overlay({"a": 1e-6, "b": 1e-4, "c": 1e-2, "d": 0.0, "e": -1.0}, scale="log"), list("abcde"))
    assert found.shares[:3] == pytest.approx([0.0, 0.5, 1.0])
    assert found.shares[3] == 0.0
    assert np.isnan(found.shares[4])
    assert found.at(0.5) == pytest.approx(1e-4)
    assert heat(overlay({"a": 0.0}, scale="log"), ["a"]).shares.tolist() == [0.0]


def test_a_scale_has_a_span_that_numbers_near_each_other_do_not_stretch():
    found = heat(overlay({"a": 5.0, "b": 10.0}, scale="log", decades=3), ["a", "b"])
    assert found.shares == pytest.approx([1 - math.log10(2) / 3, 1.0])
    assert found.low == pytest.approx(0.01)
    assert heat(overlay({"a": 0.1}, high=1.0), ["a"]).shares.tolist() == [0.1]


def test_numbers_of_all_copies_are_those_of_each():
    found = overlay({"blocks.conv": 3.0, "blocks.1.conv": 5.0})
    assert (found.value("blocks.0.conv"), found.value("blocks.1.conv"), found.value("blocks.2.bn")) == (3.0, 5.0, None)


def test_numbers_that_are_all_alike_are_all_as_hot():
    assert heat(overlay({"a": 2.0, "b": 2.0}, scale="log"), ["a", "b"]).shares.tolist() == [1.0, 1.0]
    assert heat(overlay({"a": 0.0}), ["a"]).shares.tolist() == [0.0]
    assert np.isnan(heat(overlay({}), ["a"]).shares).all()


@pytest.mark.parametrize("theme", [DARK, LIGHT], ids=["dark", "light"])
def test_heat_is_told_apart_by_brightness_alone(theme):
    found = [luminance(ramp(theme, share / 10)) for share in range(11)]
    rising = found if theme is DARK else found[::-1]
    assert all(a < b for a, b in zip(rising, rising[1:], strict=False))
    assert luminance(ramp(theme, 1.0)) == pytest.approx(luminance(QColor(RAMPS[theme.name][-1])))


@pytest.mark.parametrize("theme", [DARK, LIGHT], ids=["dark", "light"])
def test_blocks_have_the_colour_of_their_heat_and_the_highest_their_number(make, chain, theme):
    canvas = make(chain)
    canvas.set_theme(theme)
    canvas.zoom_to(0.2)
    middles = {}
    for name in chain.nodes:
        left, top, right, bottom = canvas.scene.geometry.box(name)
        middles[name] = (left + right) / 2, (top + bottom) / 2
    before = canvas.grab().toImage()
    canvas.show_overlay(overlay({"image": 0.0, "conv1": 8.0, "relu1": 4.0}))
    assert near(pixel(canvas, *middles["image"]), ramp(theme, 0.0))
    assert near(pixel(canvas, *middles["relu1"]), ramp(theme, 0.5))
    assert near(pixel(canvas, *middles["conv1"]), ramp(theme, 1.0))
    assert near(pixel(canvas, *middles["pool1"]), theme.colour("line"))
    with_heat = canvas.grab().toImage()
    right, (_, y) = canvas.scene.geometry.box("conv1").right, middles["conv1"]
    beside = [(right + 30 + dx, y + dy) for dx in range(0, 100, 5) for dy in (-10, -5, 0, 5, 10)]
    places = [tuple(map(int, canvas.view.to_screen(*place))) for place in beside]
    assert any(before.pixelColor(*place) != with_heat.pixelColor(*place) for place in places)
    canvas.show_overlay(None)
    assert canvas.grab().toImage() == before


@pytest.mark.parametrize("zoom", [1.0, 0.4])
def test_cards_glow_and_carry_their_number(make, chain, zoom):
    canvas = make(chain)
    canvas.zoom_to(zoom)
    before = canvas.grab().toImage()
    canvas.show_overlay(overlay({"conv1": 8.0, "relu1": 0.0}))
    left, top, _, bottom = canvas.scene.geometry.box("conv1")
    assert near(pixel(canvas, left - 4, (top + bottom) / 2), ramp(DARK, 1.0))
    assert near(pixel(canvas, left + 150, bottom - 8), DARK.colour("card"))
    after = canvas.grab().toImage()
    x, y = map(int, canvas.view.to_screen(left, bottom))
    assert any(after.pixelColor(x + dx, y + 11) != before.pixelColor(x + dx, y + 11) for dx in range(2, 20))
    left, top, _, bottom = canvas.scene.geometry.box("pool1")
    assert near(pixel(canvas, left - 4, (top + bottom) / 2), DARK.colour("canvas"))


def test_stages_hang_together_and_have_one_size():
    from grapheditor.ui.canvas.stages import stages

    shapes = [["N", 3, 8, 8], ["N", 16, 8, 8], ["N", 16, 4, 4], ["N", 32, 4, 4], ["N", 512], ["N", 10], ["N"], None]
    found = stages(shapes, [(0, 1), (1, 2), (2, 3), (3, 4), (4, 5), (5, 6)])
    assert found.sizes == ["N×·×8×8", "N×·×4×4", "N×·"]
    assert [part.tolist() for part in np.split(found.members, found.starts[1:])] == [[0, 1], [2, 3], [4, 5]]
    assert found.extents.tolist() == pytest.approx(
        [
            (192 / 1024) ** (1 / 3),
            1.0,
            (256 / 1024) ** (1 / 3),
            (512 / 1024) ** (1 / 3),
            0.5 ** (1 / 3),
            0.2136,
            0.12,
            1.0,
        ],
        abs=1e-3,
    )
    assert stages([None, None], [(0, 1)]) is None
    assert stages([["N", 4], ["N", 4]], [(0, 1)]).sizes == []


def test_sizes_of_stages_stand_outside_of_all_of_them_and_not_over_each_other():
    nested = [Box(0, 0, 100, 200), Box(10, 30, 90, 170), Box(20, 60, 80, 140), Box(0, 300, 100, 305)]
    outer, middle, inner, flat = labelled(nested)
    assert (outer, flat) == ((-6, 100), None)
    assert middle == (-6, 30 + ROW / 2)
    assert inner == (-6, 60 + ROW / 2)
    left, right = labelled([Box(0, 0, 100, 50), Box(400, 0, 500, 50)])
    assert (left, right) == ((-6, 25), (394, 25)), "what stands side by side keeps its middle"
    assert labelled([Box(0, 0, 50, 14), Box(0, 0, 50, 14)])[1] is None


@pytest.mark.parametrize("flow", ["down", "right"])
def test_from_afar_nodes_are_as_high_as_their_outputs_are_large(make, chain, analysed, flow):
    from dataclasses import replace

    chain.put("info", replace(chain.info, flow=flow))
    canvas = make(chain)
    canvas.set_analysis(analysed({"image": ["N", 1, 32, 32], "conv1": ["N", 8, 32, 32], "relu1": ["N", 8, 1, 1]}))
    canvas.zoom_to(0.2)
    left, top, right, bottom = canvas.scene.geometry.box("relu1")
    middle = (left + right) / 2, (top + bottom) / 2
    off = (left + 20, middle[1]) if flow == "down" else (middle[0], top + 4)
    ground = DARK.category("Activation")
    assert near(pixel(canvas, *middle), ground, 20)
    assert not near(pixel(canvas, *off), ground, 20)
    canvas.show_stages(False)
    assert near(pixel(canvas, *off), ground, 20)

"""Shape pills: where on a wire its shape is written, and where it would be in the way."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from grapheditor.edit.layout import WIDTH
from grapheditor.graph import Flow
from grapheditor.ui.canvas import curves
from grapheditor.ui.canvas.geometry import HEIGHT, Box, X, Y
from grapheditor.ui.canvas.rows import Floats, Mask
from grapheditor.ui.canvas.scene import Scene, WireKind
from grapheditor.ui.canvas.texts import Texts

HIGH = 20.0
PADDING = 7.0
BESIDE = 8.0
"""From a wire that runs straight down to its pill."""
WIDEST = 180.0
"""Pills reach at most this far from their wire; repainting takes in as much around it."""
_LEAN = 20.0
_NAMES = 16.0
"""What the names of inputs take above a card, and those of outputs below one."""


class Pill(NamedTuple):
    """A shape and where it stands."""

    text: str
    box: Box


def pills(scene: Scene, shown: Box, texts: Texts) -> list[Pill]:
    """Return the pills in a box of the plane.

    Beside the middle of a wire that runs straight, on one that swings. A pill that would cover a card, or one of an
    earlier wire, is left out; that depends on its neighbours only, so a part that is repainted looks as it did.
    """
    geometry = scene.geometry
    slots = geometry.wires_in(shown.grown(2 * WIDEST, 2 * HIGH))
    slots = slots[scene.kinds()[slots] != WireKind.HIDDEN]
    starts = [scene.body.wires[geometry.wires.keys[slot]] for slot in slots]
    labels = [scene.shape(start) for start in starts]
    kept = [i for i, label in enumerate(labels) if label]
    if not kept:
        return []
    slots, starts = slots[kept], [starts[i] for i in kept]
    labels = [labels[i] for i in kept]
    widths = np.array([min(texts.width(label, "figures") + 2 * PADDING, WIDEST) for label in labels])
    below = np.array([bool(scene.label(start.node).ports[1]) for start in starts])
    above = np.array([bool(scene.label(geometry.wires.keys[slot].node).ports[0]) for slot in slots])
    boxes = _boxes(geometry.routes(slots), widths, (below, above), geometry.flow)
    cards = geometry.nodes.table[geometry.nodes_in(shown.grown(3 * WIDEST, 3 * HIGH))]
    around = np.stack([cards[:, X], cards[:, Y], cards[:, X] + WIDTH, cards[:, Y] + cards[:, HEIGHT]], axis=1)
    clear: Mask = np.asarray(~_overlap(boxes, around).any(axis=1))
    clear &= ~np.tril(_overlap(boxes, boxes) & clear[None, :], -1).any(axis=1)
    return [Pill(labels[i], Box(*boxes[i].tolist())) for i in np.flatnonzero(clear)]


def _boxes(rows: Floats, widths: Floats, named: tuple[Mask, Mask], flow: Flow) -> Floats:
    middle = curves.middles(rows, flow)
    if flow == "right":
        left, top = middle[:, 0] - widths / 2, middle[:, 1] - HIGH / 2
        return np.stack([left, top, left + widths, top + HIGH], axis=1)
    across = np.where(curves.beside(rows), np.inf, np.abs(rows[:, 2] - rows[:, 0]))
    beside = middle[:, 0] + BESIDE + np.minimum(across / 4, _LEAN)
    left = np.where(across < widths, beside, middle[:, 0] - widths / 2)
    top = middle[:, 1] - HIGH / 2
    below, above = named
    first = rows[:, 1] + np.where(below, _NAMES, 4.0)
    top = np.where(below, np.maximum(top, first), top)
    top = np.where(above, np.minimum(top, np.maximum(rows[:, 3] - _NAMES - HIGH, first)), top)
    return np.stack([left, top, left + widths, top + HIGH], axis=1)


def _overlap(first: Floats, second: Floats) -> Mask:
    a, b = first[:, None], second[None]
    beside = (a[..., 2] <= b[..., 0]) | (b[..., 2] <= a[..., 0])
    apart: Mask = beside | (a[..., 3] <= b[..., 1]) | (b[..., 3] <= a[..., 1])
    return ~apart

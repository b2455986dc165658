"""What of a graph is in sight, said so that it is the same in a window of another size."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Sight:
    """The place of the plane in the middle of the canvas, and the zoom. whole: all is in sight, and stays so."""

    x: float
    y: float
    zoom: float
    whole: bool = False

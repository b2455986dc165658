"""One thing that is looked at, and one number of it."""

from __future__ import annotations

from dataclasses import dataclass

from grapheditor.graph import Input

What = str | Input
"""What is pinned in a body: a node, by its id, or a wire, by its end."""


@dataclass(eq=False, slots=True)
class Pin:
    """One thing that is looked at.

    place: the path of the use in which it is. part: output, gradient, weights or attention. weight: which of the
    weights. offset: how far the card stands from it on the plane, None where it was put nowhere yet. found_for: the
    zoom and the size of the canvas for which the offset was found; None where a hand has put the card there.
    """

    place: str
    what: What
    part: str = "output"
    weight: str = ""
    offset: tuple[float, float] | None = None
    found_for: tuple[float, int, int] | None = None


@dataclass(frozen=True, slots=True)
class Number:
    """A number whose working is asked for: the path of its node, its place in one sample.

    call: which of the node's calls gave it, where it is only on the way to the node's value.
    """

    path: str
    at: tuple[int, ...]
    call: int | None = None

"""Where a size was set: the node upstream that made a dimension what it is."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from grapheditor.graph.body import Body, Output

Sizes = Callable[[Output], Sequence[object] | None]
"""Returns the sizes of what a node gives, None where they are not known."""


def origin(body: Body, sizes: Sizes, start: Output, axis: int) -> Output:
    """Follow a size upstream as long as what arrives has it too, at the same place if it can; return where that ends.

    The end is what made the size, or an input through which it came.
    """
    while True:
        known = sizes(start)
        wanted = known[axis] if known is not None and axis < len(known) else None
        arriving = [
            (before, place)
            for before in body.into(start.node).values()
            for place, size in enumerate(sizes(before) or ())
            if size == wanted
        ]
        if not arriving:
            return start
        start, axis = min(arriving, key=lambda item: item[1] != axis)

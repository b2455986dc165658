"""What the editor does unasked while one builds, each of which a person can switch off."""

from __future__ import annotations

from dataclasses import dataclass, fields


@dataclass(slots=True)
class Helpers:
    """Plain flags. behind: a new node is wired behind the selected one, or behind the input that still waits.
    objective: the first loss becomes the first objective. target: the only label there is goes to the target of a new
    loss or metric. flatten: where a linear layer would act on the last dimension of an image, Flatten is offered.
    output: what feeds only losses is offered as the output, where the graph has none. onnx: what ONNX cannot say is
    told while one draws.
    """

    behind: bool = True
    objective: bool = True
    target: bool = True
    flatten: bool = True
    output: bool = True
    onnx: bool = True


HELPERS = Helpers()
"""What this process helps with. The settings write it, everybody else reads it."""
NAMES = tuple(item.name for item in fields(Helpers))


def wanted(helper: str) -> bool:
    """Tell whether what a helper says is to be said; what comes from none (empty) always is."""
    return not helper or bool(getattr(HELPERS, helper))

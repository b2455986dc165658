"""What an ONNX file cannot say: known of operators and their options, before an export is tried."""

from __future__ import annotations

from collections.abc import Mapping

from grapheditor.authoring import Operator
from grapheditor.authoring.options import Value
from grapheditor.compile.facts import WireType


def unsaid(operator: Operator, options: Mapping[str, Value]) -> str | None:
    """Say why an operator cannot be exported, to stand behind the node's name; None where it can.

    What draws numbers gives others in the file than in the module, and nothing could say whether they are right.
    """
    if operator.random:
        return (
            "draws other numbers each time, so an exported file cannot be compared with the module; put an input in its"
            " place."
        )
    if not operator.onnx:
        return f"({operator.title}) cannot be said in ONNX by PyTorch; compute it before or behind the network."
    defaults = {item.name: item.default for item in operator.options}
    lost = next((name for name in operator.unsaid if options.get(name, defaults[name]) != defaults[name]), None)
    if lost is None:
        return None
    words = f"({operator.title}): PyTorch cannot say its {lost.replace('_', ' ')} in ONNX"
    return f"{words}; only {defaults[lost]} can be exported."


def ungiven(kind: WireType) -> str | None:
    """Say why a result of some type cannot be one of a file, to stand behind its name; None where it can."""
    if kind.dtype.startswith("complex"):
        return "would be of complex numbers, which an ONNX file cannot give; take their real and imaginary parts."
    return None

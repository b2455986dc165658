"""What nodes/ and templates/ are written with. Imports the standard library only.

An operator is a typed function whose body is the PyTorch that a person would write; ``nn``, ``F`` and ``torch`` here
are recorders that turn one run of that body into an expression tree. A template is a function that draws a network.
"""

from grapheditor.authoring.operator import Operator, operator
from grapheditor.authoring.options import (
    Count,
    Counts,
    DType,
    Factor,
    Option,
    Pair,
    Positive,
    Probability,
    Shape,
    Size,
)
from grapheditor.authoring.ports import Floats, Image, Integers, Port
from grapheditor.authoring.recorder import Refusal, expect, given
from grapheditor.authoring.template import Drawing, Handle, Template, template
from grapheditor.authoring.values import F, Tensor, nn, torch

__all__ = [
    "Count",
    "Counts",
    "DType",
    "Drawing",
    "F",
    "Factor",
    "Floats",
    "Handle",
    "Image",
    "Integers",
    "Operator",
    "Option",
    "Pair",
    "Port",
    "Positive",
    "Probability",
    "Refusal",
    "Shape",
    "Size",
    "Template",
    "Tensor",
    "expect",
    "given",
    "nn",
    "operator",
    "template",
    "torch",
]

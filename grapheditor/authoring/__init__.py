"""What nodes/ and templates/ are written with. Imports the standard library only.

An operator is a typed function whose body is the PyTorch that a person would write; ``nn``, ``F`` and ``torch`` here
are recorders that turn one run of that body into an expression tree. A template is a function that draws a network.
"""

from grapheditor.authoring.drawing import INDEX, Drawing, Handle, choice, module
from grapheditor.authoring.former import Former, Removed
from grapheditor.authoring.operator import Operator, operator
from grapheditor.authoring.options import (
    Count,
    Counts,
    DType,
    Factor,
    File,
    Folder,
    Option,
    Pair,
    Positive,
    Probability,
    Shape,
    Share,
    Size,
    Sizes,
)
from grapheditor.authoring.ports import Floats, Image, Integers, Mask, Places, Port
from grapheditor.authoring.recorder import Refusal, expect, given
from grapheditor.authoring.template import Template, template
from grapheditor.authoring.values import F, Tensor, nn, torch

__all__ = [
    "INDEX",
    "Count",
    "Counts",
    "DType",
    "Drawing",
    "F",
    "Factor",
    "File",
    "Floats",
    "Folder",
    "Former",
    "Handle",
    "Image",
    "Integers",
    "Mask",
    "Operator",
    "Option",
    "Pair",
    "Places",
    "Port",
    "Positive",
    "Probability",
    "Refusal",
    "Removed",
    "Shape",
    "Share",
    "Size",
    "Sizes",
    "Template",
    "Tensor",
    "choice",
    "expect",
    "given",
    "module",
    "nn",
    "operator",
    "template",
    "torch",
]

"""What nodes/ and templates/ are written with. Imports the standard library only.

An operator is a typed function whose body is the PyTorch that a person would write; ``nn``, ``F`` and ``torch`` here
are recorders that turn one run of that body into an expression tree. A template is a function that draws a network.
"""

from grapheditor.authoring.checks import (
    WHAT,
    expect_alike,
    expect_broadcast,
    expect_classes,
    expect_dim,
    expect_dims,
    expect_groups,
    expect_window,
    sides,
)
from grapheditor.authoring.drawing import INDEX, Drawing, Handle, choice, module
from grapheditor.authoring.former import Absent, Former, Removed
from grapheditor.authoring.matrix import matrix
from grapheditor.authoring.operator import Operator, operator
from grapheditor.authoring.options import (
    Count,
    Counts,
    DType,
    Factor,
    File,
    Folder,
    Margins,
    Option,
    Pair,
    Positive,
    Probability,
    Shape,
    Share,
    Size,
    Sizes,
    Triple,
    Triples,
)
from grapheditor.authoring.ports import Complex, Floats, Image, Integers, Mask, Numbers, Places, Port, Signal, Volume
from grapheditor.authoring.recorder import Refusal, expect, given, while_training
from grapheditor.authoring.template import Template, template
from grapheditor.authoring.tour import Guide, Stop, Tour, tour
from grapheditor.authoring.values import F, Tensor, nn, torch

__all__ = [
    "INDEX",
    "WHAT",
    "Absent",
    "Complex",
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
    "Guide",
    "Handle",
    "Image",
    "Integers",
    "Margins",
    "Mask",
    "Numbers",
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
    "Signal",
    "Size",
    "Sizes",
    "Stop",
    "Template",
    "Tensor",
    "Tour",
    "Triple",
    "Triples",
    "Volume",
    "choice",
    "expect",
    "expect_alike",
    "expect_broadcast",
    "expect_classes",
    "expect_dim",
    "expect_dims",
    "expect_groups",
    "expect_window",
    "given",
    "matrix",
    "module",
    "nn",
    "operator",
    "sides",
    "template",
    "torch",
    "tour",
    "while_training",
]

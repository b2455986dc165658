"""Ports: what an operator's positional parameters and its return annotation declare."""

from __future__ import annotations

import types
from dataclasses import dataclass
from typing import Annotated, Any, Literal, Union, get_args, get_origin

from grapheditor.authoring.options import Value
from grapheditor.authoring.values import Tensor

Element = Literal["any", "number", "float", "integer", "boolean", "complex"]


@dataclass(frozen=True, slots=True)
class Wants:
    """What a port asks of a tensor: names for its dimensions (None: any number) and the kind of its elements."""

    axes: tuple[str, ...] | None = None
    element: Element = "any"

    def takes_rank(self, rank: int) -> bool:
        """Tell whether a tensor of so many dimensions is taken."""
        return self.axes is None or len(self.axes) == rank

    def takes_type(self, dtype: str) -> bool:
        """Tell whether elements of a type, by torch's name for it, are taken."""
        return {
            "any": True,
            "number": dtype.startswith(("float", "bfloat", "int", "uint")),
            "float": dtype.startswith(("float", "bfloat")),
            "integer": dtype.startswith(("int", "uint")),
            "boolean": dtype == "bool",
            "complex": dtype.startswith("complex"),
        }[self.element]


Numbers = Annotated[Tensor, Wants(element="number")]
Floats = Annotated[Tensor, Wants(element="float")]
Signal = Annotated[Tensor, Wants(("batch", "channels", "length"), "float")]
Image = Annotated[Tensor, Wants(("batch", "channels", "height", "width"), "float")]
Volume = Annotated[Tensor, Wants(("batch", "channels", "depth", "height", "width"), "float")]
Places = Annotated[Tensor, Wants(("batch", "places", "features"), "float")]
Integers = Annotated[Tensor, Wants(element="integer")]
Mask = Annotated[Tensor, Wants(element="boolean")]
Complex = Annotated[Tensor, Wants(element="complex")]


@dataclass(frozen=True, slots=True)
class Port:
    """An input or output of an operator. A repeating input takes as many wires as are drawn."""

    name: str
    wants: Wants = Wants()
    repeats: bool = False
    optional: bool = False


def input_port(name: str, annotation: Any, optional: bool) -> Port:
    """Read an input port from a parameter's annotation: ``Tensor``, ``list[Tensor]``, or one of the aliases above."""
    wants = _wants(annotation)
    if wants is not None:
        return Port(name, wants, optional=optional)
    if get_origin(annotation) is list:
        wants = _wants(get_args(annotation)[0])
        if wants is not None:
            return Port(name, wants, repeats=True)
    if get_origin(annotation) in (Union, types.UnionType):
        for member in get_args(annotation):
            wants = _wants(member)
            if wants is not None:
                return Port(name, wants, optional=True)
    raise TypeError(f"the port {name} must be a Tensor, list[Tensor] or Tensor | None, not {annotation}")


ORDINALS = ("first", "second", "third", "fourth", "fifth", "sixth", "seventh", "eighth", "ninth", "tenth")
"""The outputs of an operator whose options say how many it has."""


def several(many: Value) -> tuple[Port, ...]:
    """Return as many outputs as an option says: by a number, or by a list with something for each."""
    number = len(many) if isinstance(many, tuple) else many
    return tuple(Port(name) for i, name in enumerate(ORDINALS) if i < int(number))


def output_ports(annotation: Any, many: Value | None = None) -> tuple[Port, ...]:
    """Read the outputs from the return annotation.

    None, Tensor, a NamedTuple of tensors that names them, or ``tuple[Tensor, ...]`` where many says how many there are.
    """
    if many is not None:
        if get_origin(annotation) is tuple and get_args(annotation) == (Tensor, ...):
            return several(many)
        raise TypeError(f"an operator with `many` returns tuple[Tensor, ...], not {annotation}")
    if annotation is None or annotation is type(None):
        return ()
    if _wants(annotation) is not None:
        return (Port("out"),)
    fields = getattr(annotation, "_fields", None)
    if fields:
        return tuple(Port(name) for name in fields)
    either = "None, a Tensor, a NamedTuple of tensors or, with `many`, tuple[Tensor, ...]"
    raise TypeError(f"an operator returns {either}, not {annotation}")


def _wants(annotation: Any) -> Wants | None:
    if annotation is Tensor:
        return Wants()
    if get_origin(annotation) is Annotated:
        kind, *notes = get_args(annotation)
        if kind is Tensor:
            return next((note for note in notes if isinstance(note, Wants)), Wants())
    return None

"""A module: a body under a name, with typed options, used as a node. Its ports are its input and output nodes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from grapheditor.graph.body import Body

if TYPE_CHECKING:
    from grapheditor.authoring.options import Option


@dataclass(frozen=True, slots=True)
class Head:
    """What is known of a module from outside.

    inputs: ids of the input nodes of its body, which are the names of its ports. outputs: name of a port and the id of
    the output node behind it. Both are in the order of the ports. Of a repeated module the outputs that have an input
    of the same name, else the first of both, are carried from copy to copy; of one that is run place by place those of
    the same name are its state.
    """

    doc: str = ""
    options: tuple[Option, ...] = ()
    inputs: tuple[str, ...] = ("x",)
    outputs: tuple[tuple[str, str], ...] = (("out", "out"),)

    @property
    def state(self) -> dict[str, str]:
        """Which outputs have an input of the same name."""
        return {port: port for port, _ in self.outputs if port in self.inputs}

    @property
    def carried(self) -> dict[str, str]:
        """Which output of a copy is which input of the next."""
        return self.state or ({self.outputs[0][0]: self.inputs[0]} if self.outputs and self.inputs else {})


class Module(Body):
    """The definition of a module; its id is the class of the printed source (``Bottleneck``)."""

    def __init__(self, name: str, head: Head, modules: dict[str, Module]) -> None:
        super().__init__(modules)
        self.id = name
        self.head = head

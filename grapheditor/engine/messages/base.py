"""What all messages are, and what several of them carry."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import MISSING, Field, field
from typing import Any, ClassVar, NotRequired, Self, TypedDict, dataclass_transform

Size = int | str


class WireType(TypedDict):
    """What travels on a wire: element type and sizes, integers or expressions of the free symbols."""

    dtype: str
    shape: list[Size]


class NodeReport(TypedDict):
    """What is known of a node for one sample: its outputs by port, and its costs.

    values: what those of its options are here that are expressions, as far as all copies agree; ``repeat`` among them.
    bypassed: its switch is off here. weights: what an operator's weights are called and their sizes, where it has any.
    """

    outputs: dict[str, WireType]
    parameters: int
    multiply_adds: int
    activation_bytes: int
    values: NotRequired[dict[str, Any]]
    bypassed: NotRequired[bool]
    weights: NotRequired[dict[str, list[int]]]


class FixReport(TypedDict):
    """A change that would help: what it is called, and the records it puts."""

    title: str
    records: dict[str, Any]


class ProblemReport(TypedDict):
    """A problem as grapheditor.graph.Problem has it; helper and file only where there are such."""

    severity: str
    message: str
    node: str | None
    port: str | None
    place: str | None
    option: str | None
    fixes: list[FixReport]
    helper: NotRequired[str]
    file: NotRequired[str]


class Device(TypedDict):
    """A device that torch can use: its id (cpu, cuda:0, mps), a title for people, and its memory in bytes."""

    id: str
    title: str
    memory: int


@dataclass_transform(field_specifiers=(field,))
class Message:
    """Base of all messages: made of the fields that a class declares, and equal where these are.

    A dataclass writes and compiles code of its own for each class; with more than fifty of them the window's start
    waits for that.
    """

    FIELDS: ClassVar[Mapping[str, Any]] = {}
    """The default of each field: MISSING, a value, or a Field that makes one."""

    def __init_subclass__(cls) -> None:
        cls.FIELDS = {name: vars(cls).get(name, MISSING) for name in cls.__annotations__}

    def __init__(self, *values: Any, **named: Any) -> None:
        given = dict(zip(self.FIELDS, values, strict=False)) | named
        if len(values) > len(self.FIELDS) or len(given) < len(values) + len(named) or given.keys() - self.FIELDS.keys():
            raise TypeError(f"{type(self).__name__} is made of {', '.join(self.FIELDS)}")
        for name, default in self.FIELDS.items():
            if name in given:
                value = given[name]
            elif isinstance(default, Field) and default.default_factory is not MISSING:
                value = default.default_factory()
            elif default is not MISSING:
                value = default
            else:
                raise TypeError(f"{type(self).__name__} lacks {name}")
            setattr(self, name, value)

    def contents(self) -> dict[str, Any]:
        """Return what it is made of, by the names of its fields."""
        return {name: getattr(self, name) for name in self.FIELDS}

    def changed(self, **named: Any) -> Self:
        """Return the same message with some fields different."""
        return type(self)(**self.contents() | named)

    def __eq__(self, other: object) -> bool:
        return type(self) is type(other) and self.contents() == other.contents()

    __hash__ = None  # type: ignore[assignment]

    def __repr__(self) -> str:
        return f"{type(self).__name__}({', '.join(f'{name}={value!r}' for name, value in self.contents().items())})"

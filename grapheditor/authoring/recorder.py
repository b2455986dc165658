"""Recorders: running an operator's body with one gives an expression tree and, by a backend, its values.

Each call of ``nn``, ``F`` or ``torch`` goes to the active :class:`Recorder`, from there to its backend (the meta
device, in compile/), and comes back as a value that carries its expression.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any, Protocol

from grapheditor.authoring.expression import (
    TRAINING,
    Call,
    Conditional,
    Constant,
    Construct,
    Expression,
    Given,
    Global,
    Item,
    Member,
    Operation,
    Reference,
    Word,
)
from grapheditor.authoring.values import (
    Float,
    Int,
    Layer,
    Tensor,
    Traced,
    active,
    current,
    expressions_of,
    values_of,
)


class Refusal(ValueError):
    """An operator cannot take what arrives: a sentence for people, the port it is about, the option that could help."""

    def __init__(self, message: str, port: str | None = None, option: str | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.port = port
        self.option = option


class Backend(Protocol):
    """Evaluates what is recorded. Values are the backend's own; the recorder only carries them."""

    def resolve(self, name: str) -> Any:
        """Return what a dotted name such as ``nn.Conv2d`` stands for; AttributeError where torch has no such name."""

    def call(self, function: Any, arguments: Sequence[Any], keywords: dict[str, Any]) -> Any:
        """Call a resolved function, a bound method or a layer."""

    def given(self, shape: Sequence[int | str], dtype: str) -> Any:
        """Make a value of that shape and type, as if the caller had passed it in."""

    def is_tensor(self, value: Any) -> bool:
        """Tell whether a value is a tensor."""

    def is_layer(self, value: Any) -> bool:
        """Tell whether a value is a layer: called later, made once."""

    def is_constructor(self, function: Any) -> bool:
        """Tell whether calling a function makes a layer, a parameter or a buffer."""


class Recorder:
    """Records one run of a body; ``constructs`` lists what belongs into the constructor, in order."""

    def __init__(self, backend: Backend) -> None:
        self.backend = backend
        self.constructs: list[tuple[Construct, Any]] = []

    @contextmanager
    def recording(self) -> Iterator[None]:
        """Make this the recorder that bodies talk to."""
        token = active.set(self)
        try:
            yield
        finally:
            active.reset(token)

    def arrives(self, port: str, value: Any, index: int | None = None) -> Tensor:
        """Wrap the value that arrives at a port."""
        return Tensor(self, Reference(port, index), value)

    def call(self, name: str, arguments: tuple[Any, ...], keywords: dict[str, Any]) -> Any:
        """Record a call of torch's function or the construction of a layer."""
        function = self.backend.resolve(name)
        if not self.backend.is_constructor(function):
            return self._apply(Global(name), function, arguments, keywords)
        title = keywords.pop("name", None)
        construct = Construct(name, *expressions_of(arguments, keywords), name=title)
        value = self.backend.call(function, *values_of(arguments, keywords))
        self.constructs.append((construct, value))
        return Layer(self, construct, value) if self.backend.is_layer(value) else Tensor(self, construct, value)

    def method(self, owner: Traced, name: str, arguments: tuple[Any, ...], keywords: dict[str, Any]) -> Any:
        """Record a call of a method."""
        return self._apply(Member(owner.expression, name), getattr(owner.value, name), arguments, keywords)

    def layer(self, layer: Layer, arguments: tuple[Any, ...], keywords: dict[str, Any]) -> Any:
        """Record a call of a layer."""
        return self._apply(layer.expression, layer.value, arguments, keywords)

    def operation(self, symbol: str, function: Callable[..., Any], *operands: Any) -> Any:
        """Record arithmetic on tensors."""
        expressions, _ = expressions_of(operands, {})
        values, _ = values_of(operands, {})
        return self.wrap(self.backend.call(function, values, {}), Operation(symbol, expressions))

    def _apply(
        self, expression: Expression, function: Any, arguments: tuple[Any, ...], keywords: dict[str, Any]
    ) -> Any:
        call = Call(expression, *expressions_of(arguments, keywords))
        return self.wrap(self.backend.call(function, *values_of(arguments, keywords)), call)

    def wrap(self, value: Any, expression: Expression) -> Any:
        """Wrap a backend's value so that it carries its expression."""
        if self.backend.is_tensor(value):
            return Tensor(self, expression, value)
        if value is None or isinstance(value, bool | str):
            return value
        if isinstance(value, int):
            return Int(value, expression)
        if isinstance(value, float):
            return Float(value, expression)
        if isinstance(value, tuple | list):
            return tuple(self.wrap(item, Item(expression, Constant(i))) for i, item in enumerate(value))
        return Traced(self, expression, value)


def given(shape: Sequence[int | str], dtype: str) -> Tensor:
    """Return the tensor that the network's caller passes in; symbols have become numbers when a body runs."""
    recorder = current()
    return Tensor(recorder, Given(), recorder.backend.given(shape, dtype))


def while_training(yes: Tensor, no: Tensor) -> Tensor:
    """Return a tensor that is the first one in training, and the second, of the same shape, after it."""
    return Tensor(current(), Conditional(Word(TRAINING), yes.expression, no.expression), yes.value)


def expect(condition: object, message: str, port: str | None = None, option: str | None = None) -> None:
    """Refuse what arrives, with a sentence for people, unless the condition holds.

    port: The input that the sentence is about. option: The option whose value does not go with what arrives.
    """
    if not condition:
        raise Refusal(message, port, option)

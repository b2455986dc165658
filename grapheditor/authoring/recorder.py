"""Recorders: running an operator's body with these gives an expression tree and, by a backend, its values.

``nn``, ``F`` and ``torch`` are names that stand for PyTorch's without importing it. While a :class:`Recorder` is active
each call goes to its backend (the meta device, in compile/), and comes back as a value that carries its expression.
Sizes are ``int`` subclasses, so that a body can compute with them and the tree still knows where they came from.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from typing import TYPE_CHECKING, Any, NoReturn, Protocol

from grapheditor.authoring.expression import (
    Call,
    Constant,
    Construct,
    Expression,
    Given,
    Global,
    Item,
    Known,
    Member,
    Operation,
    Reference,
    Several,
    Slice,
)


class Refusal(ValueError):
    """An operator cannot take what arrives: a sentence for people, and the port it is about."""

    def __init__(self, message: str, port: str | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.port = port


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


_active: ContextVar[Recorder] = ContextVar("recorder")


def _current() -> Recorder:
    try:
        return _active.get()
    except LookupError:
        raise RuntimeError("nn, F and torch can be called only inside the body of an operator") from None


class Recorder:
    """Records one run of a body; ``constructs`` lists what belongs into the constructor, in order."""

    def __init__(self, backend: Backend) -> None:
        self.backend = backend
        self.constructs: list[tuple[Construct, Any]] = []

    @contextmanager
    def recording(self) -> Iterator[None]:
        """Make this the recorder that bodies talk to."""
        token = _active.set(self)
        try:
            yield
        finally:
            _active.reset(token)

    def arrives(self, port: str, value: Any, index: int | None = None) -> Tensor:
        """Wrap the value that arrives at a port."""
        return Tensor(self, Reference(port, index), value)

    def call(self, name: str, arguments: tuple[Any, ...], keywords: dict[str, Any]) -> Any:
        """Record a call of torch's function or the construction of a layer."""
        function = self.backend.resolve(name)
        if not self.backend.is_constructor(function):
            return self._apply(Global(name), function, arguments, keywords)
        title = keywords.pop("name", None)
        construct = Construct(name, *_expressions(arguments, keywords), name=title)
        value = self.backend.call(function, *_values(arguments, keywords))
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
        expressions, _ = _expressions(operands, {})
        values, _ = _values(operands, {})
        return self.wrap(self.backend.call(function, values, {}), Operation(symbol, expressions))

    def _apply(
        self, expression: Expression, function: Any, arguments: tuple[Any, ...], keywords: dict[str, Any]
    ) -> Any:
        call = Call(expression, *_expressions(arguments, keywords))
        return self.wrap(self.backend.call(function, *_values(arguments, keywords)), call)

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
    recorder = _current()
    return Tensor(recorder, Given(), recorder.backend.given(shape, dtype))


def expect(condition: object, message: str, port: str | None = None) -> None:
    """Refuse what arrives, with a sentence for people, unless the condition holds."""
    if not condition:
        raise Refusal(message, port)


class Traced:
    """A value that carries its expression."""

    __slots__ = ("expression", "recorder", "value")

    def __init__(self, recorder: Recorder, expression: Expression, value: Any) -> None:
        self.recorder = recorder
        self.expression = expression
        self.value = value


class Layer(Traced):
    """A layer of torch.nn, made once and called on tensors."""

    __slots__ = ()

    def __call__(self, *arguments: Any, **keywords: Any) -> Any:
        return self.recorder.layer(self, arguments, keywords)


class Tensor(Traced):
    """A tensor in an operator's body. It has torch's methods and operators, but nothing that changes it in place."""

    __slots__ = ()

    @property
    def shape(self) -> tuple[int, ...]:
        """The sizes, each knowing that it is ``x.shape[i]``."""
        expression = Member(self.expression, "shape")
        return tuple(Int(size, Item(expression, Constant(i))) for i, size in enumerate(self.value.shape))

    @property
    def ndim(self) -> int:
        """The number of dimensions, a plain number: it decides structure."""
        return len(self.value.shape)

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        if name.endswith("_"):
            raise TypeError(f"{name} changes a tensor in place; use {name.rstrip('_')}, which makes a new one")
        attribute = getattr(self.value, name)
        if callable(attribute):
            return lambda *arguments, **keywords: self.recorder.method(self, name, arguments, keywords)
        return self.recorder.wrap(attribute, Member(self.expression, name))

    def __getitem__(self, index: Any) -> Any:
        value = self.recorder.backend.call(_getitem, [self.value, _value(index)], {})
        return self.recorder.wrap(value, Item(self.expression, _expression(index)))

    def __setitem__(self, index: Any, value: Any) -> NoReturn:
        raise TypeError("assigning to a part of a tensor changes it in place; use torch.where or torch.cat")

    def __bool__(self) -> NoReturn:
        raise TypeError("the value of a tensor is not known while a graph is drawn; use torch.where")

    def __iter__(self) -> Iterator[Any]:
        return (self[i] for i in range(self.value.shape[0]))

    __hash__ = None  # type: ignore[assignment]

    if TYPE_CHECKING:  # set below, from the table of operators

        def __add__(self, other: Any) -> Tensor: ...
        def __radd__(self, other: Any) -> Tensor: ...
        def __sub__(self, other: Any) -> Tensor: ...
        def __rsub__(self, other: Any) -> Tensor: ...
        def __mul__(self, other: Any) -> Tensor: ...
        def __rmul__(self, other: Any) -> Tensor: ...
        def __truediv__(self, other: Any) -> Tensor: ...
        def __rtruediv__(self, other: Any) -> Tensor: ...
        def __pow__(self, other: Any) -> Tensor: ...
        def __matmul__(self, other: Any) -> Tensor: ...
        def __lt__(self, other: Any) -> Tensor: ...
        def __gt__(self, other: Any) -> Tensor: ...
        def __neg__(self) -> Tensor: ...
        def __invert__(self) -> Tensor: ...


def _getitem(value: Any, index: Any) -> Any:
    return value[index]


class Int(int):
    """A size that knows its expression."""

    expression: Expression

    def __new__(cls, value: int, expression: Expression) -> Int:
        self = super().__new__(cls, value)
        self.expression = expression
        return self


class Float(float):
    """A number that knows its expression."""

    expression: Expression

    def __new__(cls, value: float, expression: Expression) -> Float:
        self = super().__new__(cls, value)
        self.expression = expression
        return self


ARITHMETIC: dict[str, tuple[str, Callable[[Any, Any], Any]]] = {
    "add": ("+", lambda a, b: a + b),
    "sub": ("-", lambda a, b: a - b),
    "mul": ("*", lambda a, b: a * b),
    "truediv": ("/", lambda a, b: a / b),
    "floordiv": ("//", lambda a, b: a // b),
    "mod": ("%", lambda a, b: a % b),
    "pow": ("**", lambda a, b: a**b),
}
_TENSOR_ONLY: dict[str, tuple[str, Callable[[Any, Any], Any]]] = {
    "matmul": ("@", lambda a, b: a @ b),
    "and": ("&", lambda a, b: a & b),
    "or": ("|", lambda a, b: a | b),
    "xor": ("^", lambda a, b: a ^ b),
    "eq": ("==", lambda a, b: a == b),
    "ne": ("!=", lambda a, b: a != b),
    "lt": ("<", lambda a, b: a < b),
    "le": ("<=", lambda a, b: a <= b),
    "gt": (">", lambda a, b: a > b),
    "ge": (">=", lambda a, b: a >= b),
}


def _on_tensor(symbol: str, function: Callable[[Any, Any], Any], swap: bool) -> Callable[[Tensor, Any], Any]:
    def method(self: Tensor, other: Any) -> Any:
        operands = (other, self) if swap else (self, other)
        return self.recorder.operation(symbol, function, *operands)

    return method


def _on_number(symbol: str, function: Callable[[Any, Any], Any], swap: bool) -> Callable[[Any, Any], Any]:
    def method(self: Any, other: Any) -> Any:
        if not isinstance(other, int | float):
            return NotImplemented
        a, b = (other, self) if swap else (self, other)
        value = function(_plain(a), _plain(b))
        expression = Operation(symbol, (_expression(a), _expression(b)))
        if isinstance(value, int):
            return Int(value, expression)
        return Float(value, expression) if isinstance(value, float) else value

    return method


def _plain(number: Any) -> Any:
    return int(number) if isinstance(number, int) else float(number)


for _name, (_symbol, _function) in ARITHMETIC.items():
    for _swap in (False, True):
        _dunder = f"__{'r' if _swap else ''}{_name}__"
        setattr(Tensor, _dunder, _on_tensor(_symbol, _function, _swap))
        setattr(Int, _dunder, _on_number(_symbol, _function, _swap))
        setattr(Float, _dunder, _on_number(_symbol, _function, _swap))
for _name, (_symbol, _function) in _TENSOR_ONLY.items():
    setattr(Tensor, f"__{_name}__", _on_tensor(_symbol, _function, False))
_UNARY: tuple[tuple[str, str, Callable[[Any], Any]], ...] = (
    ("__neg__", "-", lambda a: -a),
    ("__invert__", "~", lambda a: ~a),
)
for _dunder, _symbol, _negate in _UNARY:
    setattr(Tensor, _dunder, lambda self, s=_symbol, f=_negate: self.recorder.operation(s, f, self))


def _negative(number: Int | Float) -> Int | Float:
    expression = Operation("-", (_expression(number),))
    return Int(-int(number), expression) if isinstance(number, Int) else Float(-float(number), expression)


for _kind in (Int, Float):
    setattr(_kind, "__neg__", _negative)  # noqa: B010 - int declares another type for it


class Namespace:
    """Stands for a module of torch's; its attributes are recorded when they are called."""

    __slots__ = ("_name",)

    def __init__(self, name: str) -> None:
        self._name = name

    def __getattr__(self, name: str) -> Namespace:
        if name.startswith("__"):
            raise AttributeError(name)
        return Namespace(f"{self._name}.{name}")

    def __call__(self, *arguments: Any, **keywords: Any) -> Any:
        return _current().call(self._name, arguments, keywords)


nn: Any = Namespace("nn")
F: Any = Namespace("F")
torch: Any = Namespace("torch")


def _expression(value: Any) -> Expression:
    match value:
        case Traced():
            return value.expression
        case Int():
            return Known(value.expression, int(value))
        case Float():
            return Known(value.expression, float(value))
        case Namespace():
            return Global(value._name)
        case list() | tuple():
            bracket = "[" if isinstance(value, list) else "("
            return Several(tuple(map(_expression, value)), bracket)
        case slice():
            parts = (value.start, value.stop, value.step)
            return Slice(*(None if part is None else _expression(part) for part in parts))
        case None | bool() | int() | float() | str():
            return Constant(value)
        case _ if value is Ellipsis:
            return Global("...")
        case _:
            raise TypeError(f"an operator's body cannot pass a {type(value).__name__} to torch")


def _value(value: Any) -> Any:
    match value:
        case Traced():
            return value.value
        case Namespace():
            return _current().backend.resolve(value._name)
        case bool():
            return value
        case int():
            return int(value)
        case float():
            return float(value)
        case list():
            return [_value(item) for item in value]
        case tuple():
            return tuple(_value(item) for item in value)
        case slice():
            return slice(*(None if part is None else _value(part) for part in (value.start, value.stop, value.step)))
        case _:
            return value


def _expressions(
    arguments: tuple[Any, ...], keywords: dict[str, Any]
) -> tuple[tuple[Expression, ...], tuple[tuple[str, Expression], ...]]:
    named = tuple((key, _expression(value)) for key, value in keywords.items())
    return tuple(map(_expression, arguments)), named


def _values(arguments: tuple[Any, ...], keywords: dict[str, Any]) -> tuple[list[Any], dict[str, Any]]:
    return [_value(item) for item in arguments], {key: _value(value) for key, value in keywords.items()}

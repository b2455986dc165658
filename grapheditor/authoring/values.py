"""The values in an operator's body: tensors, sizes and layers that know the expression they came from.

``nn``, ``F`` and ``torch`` are names that stand for PyTorch's without importing it. Sizes are ``int`` subclasses, so
that a body can compute with them and the tree still knows where they came from.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextvars import ContextVar
from typing import TYPE_CHECKING, Any, NoReturn

from grapheditor.authoring.expression import (
    Constant,
    Expression,
    Global,
    Item,
    Known,
    Member,
    Operation,
    Several,
    Slice,
)

if TYPE_CHECKING:
    from grapheditor.authoring.recorder import Recorder

active: ContextVar[Recorder] = ContextVar("recorder")


def current() -> Recorder:
    """Return the recorder that is active; RuntimeError outside the body of an operator."""
    try:
        return active.get()
    except LookupError:
        raise RuntimeError("nn, F and torch can be called only inside the body of an operator") from None


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
        value = self.recorder.backend.call(_getitem, [self.value, value_of(index)], {})
        return self.recorder.wrap(value, Item(self.expression, expression_of(index)))

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


class Chosen(int):
    """A whole number that is the value of an option; what is computed from it is a plain number."""

    option: str

    def __new__(cls, value: int, option: str) -> Chosen:
        self = super().__new__(cls, value)
        self.option = option
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
        expression = Operation(symbol, (expression_of(a), expression_of(b)))
        if isinstance(value, int):
            return Int(value, expression)
        return Float(value, expression) if isinstance(value, float) else value

    return method


def _left_to(symbol: str) -> Callable[[Chosen, Any], Any]:
    """Arithmetic of an option with a size is the size's."""
    plain = getattr(int, symbol)

    def method(self: Chosen, other: Any) -> Any:
        return NotImplemented if isinstance(other, Int | Float) else plain(self, other)

    return method


def _plain(number: Any) -> Any:
    return int(number) if isinstance(number, int) else float(number)


for _name, (_symbol, _function) in ARITHMETIC.items():
    for _swap in (False, True):
        _dunder = f"__{'r' if _swap else ''}{_name}__"
        setattr(Tensor, _dunder, _on_tensor(_symbol, _function, _swap))
        setattr(Int, _dunder, _on_number(_symbol, _function, _swap))
        setattr(Float, _dunder, _on_number(_symbol, _function, _swap))
    setattr(Chosen, f"__{_name}__", _left_to(f"__{_name}__"))
for _name, (_symbol, _function) in _TENSOR_ONLY.items():
    setattr(Tensor, f"__{_name}__", _on_tensor(_symbol, _function, False))
_UNARY: tuple[tuple[str, str, Callable[[Any], Any]], ...] = (
    ("__neg__", "-", lambda a: -a),
    ("__invert__", "~", lambda a: ~a),
)
for _dunder, _symbol, _negate in _UNARY:
    setattr(Tensor, _dunder, lambda self, s=_symbol, f=_negate: self.recorder.operation(s, f, self))


def _negative(number: Int | Float) -> Int | Float:
    expression = Operation("-", (expression_of(number),))
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
        return current().call(self._name, arguments, keywords)


nn: Any = Namespace("nn")
F: Any = Namespace("F")
torch: Any = Namespace("torch")


def expression_of(value: Any) -> Expression:
    """Return the expression of what a body passes on; TypeError where it has none."""
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
            return Several(tuple(map(expression_of, value)), bracket)
        case slice():
            parts = (value.start, value.stop, value.step)
            return Slice(*(None if part is None else expression_of(part) for part in parts))
        case Chosen():
            return Constant(int(value), value.option)
        case None | bool() | int() | float() | str():
            return Constant(value)
        case _ if value is Ellipsis:
            return Global("...")
        case _:
            raise TypeError(f"an operator's body cannot pass a {type(value).__name__} to torch")


def value_of(value: Any) -> Any:
    """Return the backend's value of what a body passes on."""
    match value:
        case Traced():
            return value.value
        case Namespace():
            return current().backend.resolve(value._name)
        case bool():
            return value
        case int():
            return int(value)
        case float():
            return float(value)
        case list():
            return [value_of(item) for item in value]
        case tuple():
            return tuple(value_of(item) for item in value)
        case slice():
            return slice(*(None if part is None else value_of(part) for part in (value.start, value.stop, value.step)))
        case _:
            return value


def expressions_of(
    arguments: tuple[Any, ...], keywords: dict[str, Any]
) -> tuple[tuple[Expression, ...], tuple[tuple[str, Expression], ...]]:
    """Return the expressions of the arguments of a call."""
    named = tuple((key, expression_of(value)) for key, value in keywords.items())
    return tuple(map(expression_of, arguments)), named


def values_of(arguments: tuple[Any, ...], keywords: dict[str, Any]) -> tuple[list[Any], dict[str, Any]]:
    """Return the backend's values of the arguments of a call."""
    return [value_of(item) for item in arguments], {key: value_of(value) for key, value in keywords.items()}

"""The expression tree that recording an operator's body gives: a graph of calls, shared parts shared by identity.

Every class is compared by identity on purpose: two equal calls in a body are two calls, and one call used twice is one.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

TRAINING = "self.training"
"""How a class says that it is being trained."""


@dataclass(frozen=True, slots=True, eq=False)
class Expression:
    """Base of all expressions."""

    def children(self) -> tuple[Expression, ...]:
        """Return the direct sub-expressions, in the order of evaluation."""
        return ()


@dataclass(frozen=True, slots=True, eq=False)
class Reference(Expression):
    """What arrives at a port, or an option of the surrounding module."""

    name: str
    index: int | None = None


@dataclass(frozen=True, slots=True, eq=False)
class Given(Expression):
    """What the caller of the network passes in: the value of an input node."""


@dataclass(frozen=True, slots=True, eq=False)
class Constant(Expression):
    """A literal: int, float, bool, str or None. option: of the operator, whose value it is."""

    value: int | float | bool | str | None
    option: str | None = None


@dataclass(frozen=True, slots=True, eq=False)
class Known(Expression):
    """A size: in ``forward`` it is printed as its text (``x.shape[1]``), in a constructor as its value."""

    text: Expression
    value: int | float

    def children(self) -> tuple[Expression, ...]:
        return (self.text,)


@dataclass(frozen=True, slots=True, eq=False)
class Global(Expression):
    """A name of torch's, such as ``F.relu`` or ``torch.float32``."""

    name: str


@dataclass(frozen=True, slots=True, eq=False)
class Member(Expression):
    """An attribute, ``value.name``."""

    value: Expression
    name: str

    def children(self) -> tuple[Expression, ...]:
        return (self.value,)


@dataclass(frozen=True, slots=True, eq=False)
class Item(Expression):
    """A subscript, ``value[index]``."""

    value: Expression
    index: Expression

    def children(self) -> tuple[Expression, ...]:
        return (self.value, self.index)


@dataclass(frozen=True, slots=True, eq=False)
class Slice(Expression):
    """A slice inside a subscript, ``start:stop:step``."""

    start: Expression | None
    stop: Expression | None
    step: Expression | None

    def children(self) -> tuple[Expression, ...]:
        return tuple(part for part in (self.start, self.stop, self.step) if part is not None)


@dataclass(frozen=True, slots=True, eq=False)
class Operation(Expression):
    """An arithmetic operation or comparison with one or two operands."""

    symbol: str
    operands: tuple[Expression, ...]

    def children(self) -> tuple[Expression, ...]:
        return self.operands


@dataclass(frozen=True, slots=True, eq=False)
class Several(Expression):
    """A list or a tuple of expressions."""

    items: tuple[Expression, ...]
    bracket: str = "["

    def children(self) -> tuple[Expression, ...]:
        return self.items


@dataclass(frozen=True, slots=True, eq=False)
class Call(Expression):
    """A call of a function, a method, or a layer made by a :class:`Construct`."""

    function: Expression
    arguments: tuple[Expression, ...]
    keywords: tuple[tuple[str, Expression], ...] = ()

    def children(self) -> tuple[Expression, ...]:
        return (self.function, *self.arguments, *(value for _, value in self.keywords))


@dataclass(frozen=True, slots=True, eq=False)
class Construct(Expression):
    """Something made once, in the constructor: a layer, a parameter or a buffer."""

    function: str
    arguments: tuple[Expression, ...]
    keywords: tuple[tuple[str, Expression], ...] = ()
    name: str | None = None

    def children(self) -> tuple[Expression, ...]:
        return (*self.arguments, *(value for _, value in self.keywords))


@dataclass(frozen=True, slots=True, eq=False)
class Word(Expression):
    """A text that the printer knows: an argument of the constructor, an expression of several. rank: how it binds."""

    text: str
    rank: int = 10


@dataclass(frozen=True, slots=True, eq=False)
class Chain(Expression):
    """Calls of a layer one behind another. carried: which result of a call is which argument of the next.

    Without scanned arguments it is copies of a layer that are called; with them one layer, for each place (dimension 1)
    of those. Its value is the tuple of the results: what is carried, of the last call; any other, stacked over the
    copies, or over the places.
    """

    layers: Expression
    arguments: tuple[Expression, ...]
    carried: tuple[tuple[int, int], ...]
    results: int
    scanned: tuple[int, ...] = ()

    def children(self) -> tuple[Expression, ...]:
        return (self.layers, *self.arguments)


@dataclass(frozen=True, slots=True, eq=False)
class Conditional(Expression):
    """One of two values, by a condition that does not depend on what arrives."""

    condition: Expression
    yes: Expression
    no: Expression

    def children(self) -> tuple[Expression, ...]:
        return (self.yes, self.condition, self.no)


def walk(roots: tuple[Expression, ...]) -> Iterator[Expression]:
    """Yield every expression below the roots once, what is needed before what needs it."""
    seen: set[int] = set()
    for root in roots:
        open_ = [(root, iter(root.children()))] if id(root) not in seen else []
        seen.add(id(root))
        while open_:
            expression, rest = open_[-1]
            child = next(rest, None)
            if child is None:
                open_.pop()
                yield expression
            elif id(child) not in seen:
                seen.add(id(child))
                open_.append((child, iter(child.children())))


def fingerprint(roots: tuple[Expression, ...], *, values: bool = False, literals: bool = True) -> str:
    """Describe the tree as text: equal texts mean the same steps, the same literals and the same sharing.

    values: also what each size was, as a constructor needs it. literals: what they are counts.
    """
    numbers: dict[int, int] = {}
    lines: list[str] = []
    for expression in walk(roots):
        numbers[id(expression)] = len(numbers)
        parts = " ".join(str(numbers[id(child)]) for child in expression.children())
        own = "" if isinstance(expression, Constant) and not literals else _own(expression, values)
        lines.append(f"{type(expression).__name__} {own} {parts}")
    lines.append(" ".join(str(numbers[id(root)]) for root in roots))
    return "\n".join(lines)


def _own(expression: Expression, values: bool) -> str:
    match expression:
        case Known(value=value):
            return repr(value) if values else ""
        case Reference(name=name, index=index):
            return f"{name} {index}"
        case Constant(value=value):
            return f"{type(value).__name__} {value!r}"
        case Global(name=name) | Member(name=name):
            return name
        case Operation(symbol=symbol):
            return symbol
        case Several(bracket=bracket):
            return bracket
        case Call(keywords=keywords):
            return ",".join(name for name, _ in keywords)
        case Construct(function=function, keywords=keywords, name=name):
            return f"{function} {name} {','.join(key for key, _ in keywords)}"
        case Slice(start=start, stop=stop, step=step):
            return "".join("." if part is None else "x" for part in (start, stop, step))
        case _:
            return ""

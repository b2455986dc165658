"""Arithmetic on sizes and options, such as ``32*h``, ``(T + 1)//2`` or ``2 if i == 0 else 1``.

An own allow-list, bounded in length and magnitude, no eval. What is printed comes from the parsed tree only, so a
comment or a trick in the text cannot reach the source.
"""

from __future__ import annotations

import ast
import math
from collections.abc import Container, Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import TypeVar

LONGEST = 200
LARGEST = 2**62
Value = int | float | bool | str
Amount = TypeVar("Amount", int, float)
_RANKS = {
    "or": 1, "and": 2, "not": 3, "==": 4, "!=": 4, "<": 4, "<=": 4, ">": 4, ">=": 4,
    "+": 5, "-": 5, "*": 6, "/": 6, "//": 6, "%": 6, "**": 8,
}  # fmt: skip
_CHOICE, _MINUS = 0, 7
_BINARY: dict[type[ast.AST], str] = {
    ast.Add: "+", ast.Sub: "-", ast.Mult: "*", ast.Div: "/", ast.FloorDiv: "//", ast.Mod: "%", ast.Pow: "**",
    ast.Eq: "==", ast.NotEq: "!=", ast.Lt: "<", ast.LtE: "<=", ast.Gt: ">", ast.GtE: ">=",
    ast.And: "and", ast.Or: "or",
}  # fmt: skip


class SizeError(ValueError):
    """A text is not arithmetic on numbers and names, or its value is out of bounds."""


@dataclass(frozen=True, slots=True)
class Number:
    """A whole number."""

    value: int


@dataclass(frozen=True, slots=True)
class Literal:
    """Any other constant: a decimal number, True, False, a word."""

    value: float | bool | str


@dataclass(frozen=True, slots=True)
class Name:
    """A symbol, or an option of the surrounding module."""

    name: str


@dataclass(frozen=True, slots=True)
class Binary:
    """Two operands and an operator between them; ``not`` has False on its left."""

    symbol: str
    left: Term
    right: Term


@dataclass(frozen=True, slots=True)
class Choice:
    """One of two, by a condition: ``yes if condition else no``."""

    condition: Term
    yes: Term
    no: Term


Term = Number | Literal | Name | Binary | Choice


@lru_cache(maxsize=10_000)
def parse(text: str) -> Term:
    """Read an expression; SizeError with a sentence where it is not allowed."""
    if len(text) > LONGEST:
        raise SizeError(f"an expression has at most {LONGEST} characters")
    try:
        tree = ast.parse(text.strip().replace("×", "*"), mode="eval").body
    except (SyntaxError, ValueError, MemoryError, RecursionError):
        raise SizeError(f"{text!r} is not arithmetic such as 32*h") from None
    return _term(tree, text)


def _term(tree: ast.expr, text: str) -> Term:
    match tree:
        case ast.Constant(value=bool() | float() | str() as value) if not isinstance(value, float) or math.isfinite(
            value
        ):
            return Literal(value)
        case ast.Constant(value=int(value)):
            return Number(_bounded(value))
        case ast.Name(id=name) if name.isascii():
            return Name(name)
        case ast.UnaryOp(op=ast.USub(), operand=operand):
            return Binary("-", Number(0), _term(operand, text))
        case ast.UnaryOp(op=ast.Not(), operand=operand):
            return Binary("not", Literal(False), _term(operand, text))
        case ast.BinOp(left=left, op=op, right=right) if type(op) in _BINARY:
            return Binary(_BINARY[type(op)], _term(left, text), _term(right, text))
        case ast.Compare(left=left, ops=[op], comparators=[right]) if type(op) in _BINARY:
            return Binary(_BINARY[type(op)], _term(left, text), _term(right, text))
        case ast.BoolOp(op=op, values=values):
            terms = [_term(value, text) for value in values]
            found = terms[0]
            for term in terms[1:]:
                found = Binary(_BINARY[type(op)], found, term)
            return found
        case ast.IfExp(test=test, body=body, orelse=orelse):
            return Choice(_term(test, text), _term(body, text), _term(orelse, text))
    raise SizeError(f"{text!r} may hold numbers, names, + - * / // % **, comparisons and a choice (1 if i == 0 else 2)")


def evaluate(term: Term, values: Mapping[str, int]) -> int:
    """Compute a size; SizeError where a name is unknown, the result is no whole number or out of bounds."""
    found = compute(term, values)
    if not isinstance(found, int):
        raise SizeError(f"{show(term)} is {found!r}, not a whole number")
    return int(found)


def compute(term: Term, values: Mapping[str, Value]) -> Value:
    """Compute the value of an option; SizeError where a name is unknown or the arithmetic cannot be done."""
    match term:
        case Number(value=value) | Literal(value=value):
            return value
        case Name(name=name):
            if name not in values:
                raise SizeError(f"{name} is not known here")
            return values[name]
        case Choice(condition=condition, yes=yes, no=no):
            return compute(yes if compute(condition, values) else no, values)
        case Binary(symbol="and", left=left, right=right):
            return compute(left, values) and compute(right, values)
        case Binary(symbol="or", left=left, right=right):
            return compute(left, values) or compute(right, values)
        case Binary(symbol=symbol, left=left, right=right):
            return _apply(symbol, compute(left, values), compute(right, values))


def _apply(symbol: str, left: Value, right: Value) -> Value:
    match symbol:
        case "==":
            return left == right
        case "!=":
            return left != right
        case "not":
            return not right
    if isinstance(left, str) or isinstance(right, str):
        raise SizeError(f"a word cannot be used with {symbol}")
    match symbol:
        case "<":
            return left < right
        case "<=":
            return left <= right
        case ">":
            return left > right
        case ">=":
            return left >= right
        case "+":
            return _bounded(left + right)
        case "-":
            return _bounded(left - right)
        case "*":
            return _bounded(left * right)
        case "**":
            return _power(left, right)
    if right == 0:
        raise SizeError("a division by zero")
    return _bounded(left / right if symbol == "/" else left // right if symbol == "//" else left % right)


def _power(left: float, right: float) -> int | float:
    if isinstance(left, int) and isinstance(right, int) and right >= 0:
        if right * max(left.bit_length(), 1) > 64:
            raise SizeError("a power is out of bounds")
        return _bounded(int(pow(left, right)))
    if left <= 0 or abs(right) > 64:
        raise SizeError("a power is out of bounds")
    power: float = float(left) ** float(right)
    return _bounded(power)


def _bounded(value: Amount) -> Amount:
    if not abs(value) <= LARGEST:
        raise SizeError("a size is out of bounds")
    return value


def is_expression(value: object) -> bool:
    """Tell whether an option's value is an expression, a text that begins with ``=``."""
    return isinstance(value, str) and value.startswith("=")


def check_term(text: str, known: Container[str]) -> None:
    """Raise SizeError where a text is no expression of known names."""
    for name in sorted(names(parse(text))):
        if name not in known:
            raise SizeError(f"{name} is not an option of the module around it")


def parts(term: Term) -> Iterator[Term]:
    """Yield a term and all that it is made of."""
    yield term
    match term:
        case Binary(left=left, right=right):
            yield from parts(left)
            yield from parts(right)
        case Choice(condition=condition, yes=yes, no=no):
            for part in (condition, yes, no):
                yield from parts(part)


def names(term: Term) -> set[str]:
    """Return the names in an expression."""
    return {part.name for part in parts(term) if isinstance(part, Name)}


def term_of(value: Value) -> Term:
    """Return the term of an option's value, which may be an expression (``=4*width``)."""
    if is_expression(value):
        return parse(str(value)[1:])
    return Number(value) if type(value) is int else Literal(value)


def replaced(term: Term, known: Mapping[str, Term]) -> Term:
    """Return a term with others in the place of the names that are known."""
    match term:
        case Name(name=name):
            return known.get(name, term)
        case Binary(symbol=symbol, left=left, right=right):
            return Binary(symbol, replaced(left, known), replaced(right, known))
        case Choice(condition=condition, yes=yes, no=no):
            return Choice(replaced(condition, known), replaced(yes, known), replaced(no, known))
        case _:
            return term


def show(term: Term, above: int = 0, *, wide: bool = False) -> str:
    """Write the expression, with parentheses only where they are needed. wide: with spaces, as in a source."""
    match term:
        case Number(value=value):
            return str(value)
        case Literal(value=str(value)):
            return '"' + value.replace("\\", "\\\\").replace('"', '\\"') + '"' if value.isprintable() else ascii(value)
        case Literal(value=value):
            return repr(value)
        case Name(name=name):
            return name
        case Choice(condition=condition, yes=yes, no=no):
            text = f"{show(yes, 1, wide=wide)} if {show(condition, 1, wide=wide)} else {show(no, wide=wide)}"
            return f"({text})" if above > _CHOICE else text
        case Binary(symbol="not", right=right):
            text, rank = f"not {show(right, _RANKS['not'], wide=wide)}", _RANKS["not"]
            return f"({text})" if rank < above else text
        case Binary(symbol="-", left=Number(value=0), right=right):
            text = f"-{show(right, _MINUS, wide=wide)}"
            return f"({text})" if above > _MINUS else text
        case Binary(symbol=symbol, left=left, right=right):
            rank = _RANKS[symbol]
            gap = "" if rank >= _RANKS["*" if not wide else "**"] else " "
            before, behind = (rank + 1, rank) if symbol == "**" else (rank, rank + 1)
            if rank == _RANKS["=="]:
                before = rank + 1
            text = f"{show(left, before, wide=wide)}{gap}{symbol}{gap}{show(right, behind, wide=wide)}"
            return f"({text})" if rank < above else text

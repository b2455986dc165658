"""Arithmetic on sizes, such as ``32*h`` or ``(T + 1)//2``: an own allow-list, bounded in length and magnitude, no eval.

What is printed comes from the parsed tree only, so a comment or a trick in the text cannot reach the source.
"""

from __future__ import annotations

import ast
from collections.abc import Mapping
from dataclasses import dataclass

LONGEST = 200
LARGEST = 2**62
_SYMBOLS: dict[type[ast.operator], tuple[str, int]] = {
    ast.Add: ("+", 1),
    ast.Sub: ("-", 1),
    ast.Mult: ("*", 2),
    ast.FloorDiv: ("//", 2),
    ast.Mod: ("%", 2),
    ast.Pow: ("**", 4),
}


class SizeError(ValueError):
    """A text is not arithmetic on whole numbers and names, or its value is out of bounds."""


@dataclass(frozen=True, slots=True)
class Number:
    """A whole number."""

    value: int


@dataclass(frozen=True, slots=True)
class Name:
    """A symbol, or an option of the surrounding module."""

    name: str


@dataclass(frozen=True, slots=True)
class Binary:
    """Two operands and one of ``+ - * // % **``."""

    symbol: str
    left: Term
    right: Term


Term = Number | Name | Binary


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
        case ast.Constant(value=int(value)) if not isinstance(value, bool):
            return Number(_bounded(value))
        case ast.Name(id=name) if name.isascii():
            return Name(name)
        case ast.UnaryOp(op=ast.USub(), operand=operand):
            return Binary("-", Number(0), _term(operand, text))
        case ast.BinOp(left=left, op=op, right=right) if type(op) in _SYMBOLS:
            return Binary(_SYMBOLS[type(op)][0], _term(left, text), _term(right, text))
    raise SizeError(f"{text!r} may hold whole numbers, names and + - * // % ** only")


def evaluate(term: Term, values: Mapping[str, int]) -> int:
    """Compute the value; SizeError where a name is unknown or the result is out of bounds."""
    match term:
        case Number(value=value):
            return value
        case Name(name=name):
            if name not in values:
                raise SizeError(f"{name} is not known here")
            return values[name]
        case Binary(symbol=symbol, left=left, right=right):
            return _bounded(_apply(symbol, evaluate(left, values), evaluate(right, values)))


def _apply(symbol: str, left: int, right: int) -> int:
    match symbol:
        case "+":
            return left + right
        case "-":
            return left - right
        case "*":
            return left * right
        case "**":
            if right < 0 or right * max(left.bit_length(), 1) > 64:
                raise SizeError("a power is out of bounds")
            return int(left**right)
        case _:
            if right == 0:
                raise SizeError("a division by zero")
            return left // right if symbol == "//" else left % right


def _bounded(value: int) -> int:
    if abs(value) > LARGEST:
        raise SizeError("a size is out of bounds")
    return value


def names(term: Term) -> set[str]:
    """Return the names in an expression."""
    match term:
        case Name(name=name):
            return {name}
        case Binary(left=left, right=right):
            return names(left) | names(right)
        case _:
            return set()


def show(term: Term, above: int = 0) -> str:
    """Write the expression, with parentheses only where they are needed."""
    match term:
        case Number(value=value):
            return str(value)
        case Name(name=name):
            return name
        case Binary(symbol="-", left=Number(value=0), right=right):
            return f"-{show(right, 3)}"
        case Binary(symbol=symbol, left=left, right=right):
            rank = next(rank for sign, rank in _SYMBOLS.values() if sign == symbol)
            gap = " " if rank == 1 else ""
            text = f"{show(left, rank)}{gap}{symbol}{gap}{show(right, rank + 1)}"
            return f"({text})" if rank < above else text

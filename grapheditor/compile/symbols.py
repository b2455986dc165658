"""Free symbols: the points at which a graph is evaluated, and the expressions that are fitted to what comes out.

An expression is offered only if it holds at every point, and there are always at least three more points than the
fit has unknowns.
"""

from __future__ import annotations

import random
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import lru_cache
from itertools import combinations, product
from math import gcd, lcm

from grapheditor.graph.arithmetic import Binary, Name, Number, Term, evaluate, names, parse

CHECKS = 3
WHOLE = 4
"""With more symbols than this, only pairs of them are looked at with their products."""
_BATCH, _FACTOR = range(2, 40), range(3, 41)
SCALES = (
    (range(9, 33), range(48, 128)),
    (range(2, 9), range(16, 48)),
    (range(64, 128), range(256, 512)),
    (range(2, 5), range(4, 9)),
)
"""Sizes of places in a sequence, and of sides of an image: those that are tried first, then smaller and larger ones.

Of the last all are tried: whoever knows four places only is known at each length that there is."""
ALWAYS = {
    range(9, 33): (16, 15, 17),
    range(48, 128): (64, 62, 63, 65, 66, 255, 256, 513),
    range(2, 9): (8,),
    range(16, 48): (32, 30, 31, 33, 34),
    range(2, 5): (4, 3, 2),
    range(4, 9): (8, 7, 6, 5, 4),
    range(64, 128): (96, 95, 97),
    range(256, 512): (384, 382, 383, 385, 386, 1535, 1536, 3073),
}
"""Always tried: sizes around which a division by a power of two changes its result, and a large one as a lever.

The first of them is what a symbol stands for where one size has to be told.
"""
Arriving = tuple[Term, tuple[int, ...]]
"""The size of a dimension that arrives at an operator: as an expression, and at each point."""


def choices(shapes: Iterable[Sequence[int | str]], scale: int = 0, counted: Iterable[str] = ()) -> dict[str, range]:
    """Return the sizes that each symbol in the shapes of a graph's inputs may take.

    A symbol that is a whole first dimension is a batch and takes small values from 2 (batch norm refuses a batch of 1),
    one with a factor (32*h) small ones. The length of a plain sequence (N×T) is short, since a network may know places
    up to some length only; any other length starts at 48. scale: which of SCALES they are taken from. counted: symbols
    of sizes that depend on values.
    """
    places, lengths = SCALES[scale]
    found: dict[str, range] = {}
    for shape in shapes:
        for i, size in enumerate(shape):
            if isinstance(size, str):
                term = parse(size)
                plain = _BATCH if i == 0 else places if len(shape) == 2 else lengths
                values = plain if isinstance(term, Name) else _FACTOR
                for name in sorted(names(term)):
                    found.setdefault(name, values)
    found.update((name, _FACTOR) for name in counted)
    return found


def enough(known: Mapping[str, range]) -> int:
    """Return at how many points something must be seen that depends on these symbols; one where there are none."""
    number = len(known)
    unknowns = 1 + number + number * (number - 1) // 2 if number <= WHOLE else 1 + number
    return max([unknowns + CHECKS, *(len(ALWAYS.get(values, ())) for values in known.values())]) if known else 1


def points(known: Mapping[str, range]) -> list[dict[str, int]]:
    """Choose points for the symbols; one point without symbols where there are none.

    The first of them are enough for what depends on some of the symbols only.
    """
    draw = random.Random(1)  # noqa: S311 - the same points every time
    drawn = {name: _drawn(draw, values, enough(known)) for name, values in known.items()}
    return [dict(zip(drawn, sizes, strict=True)) for sizes in zip(*drawn.values(), strict=False)] or [{}]


def _drawn(draw: random.Random, values: range, count: int) -> list[int]:
    """Draw sizes, different ones while there are any, in any order behind the first; those of ALWAYS before others."""
    first, *always = ALWAYS.get(values) or (draw.choice(values),)
    others = [value for value in values if value != first and value not in always]
    near = always + draw.sample(others, min(len(others), max(0, CHECKS + 1 - len(always))))
    far = [value for value in others if value not in near]
    found = [first, *draw.sample(near, len(near)), *draw.sample(far, min(len(far), count - len(near) - 1))]
    return found + draw.choices(found, k=max(0, count - len(found)))


def fit(
    at: Sequence[Mapping[str, int]], values: Sequence[int], arriving: Sequence[Arriving] = (), *, whole: bool = False
) -> Term | None:
    """Return the simplest expression that gives the values at all points, None where none of the known forms does.

    Forms: a constant; a multiple of powers of up to three symbols; a sum of multiples of the symbols and of products of
    two; the same of what arrives; (a·s + b) // c of something that arrives, or of a symbol where nothing does. An
    operator divides what arrives at it: of a symbol further away a division might fit by chance. whole: without
    divisions, as in a sum of many costs.
    """
    if len(set(values)) == 1:
        return Number(values[0])
    symbols = sorted({name for point in at for name in point})
    found = _form(symbols, at, values)
    if found is not None or whole:
        return found
    known = {tuple(point[symbol] for point in at): symbol for symbol in symbols}
    others = {f"·{i}": item for i, item in enumerate(arriving) if len(set(item[1])) > 1 and item[1] not in known}
    wider = [{**point, **{name: sizes[i] for name, (_, sizes) in others.items()}} for i, point in enumerate(at)]
    form = _form([*others, *symbols], wider, values) if others else None
    if form is None:
        near = [known[sizes] for _, sizes in arriving if sizes in known] if arriving else symbols
        form = next((found for name in (*others, *near) if (found := _floor(name, wider, values)) is not None), None)
    return None if form is None else _substituted(form, {name: term for name, (term, _) in others.items()})


def _form(symbols: Sequence[str], at: Sequence[Mapping[str, int]], values: Sequence[int]) -> Term | None:
    for size in (1, 2, 3):
        for chosen in combinations(symbols, size):
            found = _powers(chosen, at, values)
            if found is not None:
                return found
    for size in sorted({1, 2, len(symbols)}):
        for chosen in combinations(symbols, min(size, len(symbols))):
            found = _polynomial(chosen, at, values, products=size <= WHOLE)
            if found is not None:
                return found
    return None


def _substituted(term: Term, known: Mapping[str, Term]) -> Term:
    """Put expressions in the place of names. A division of a division becomes one: (x//a + b)//c is (x + ab)//(ac)."""
    match term:
        case Name(name=name):
            return known.get(name, term)
        case Binary(symbol=symbol, left=left, right=right):
            left, right = _substituted(left, known), _substituted(right, known)
            inner, shift = _shifted(left)
            match symbol, inner, right:
                case "//", Binary(symbol="//", left=above, right=Number(value=a)), Number(value=c):
                    return Binary("//", _plus(above, a * shift), Number(a * c))
                case ("+", _, Number(value=b)) | ("-", _, Number(value=b)) if shift or isinstance(inner, Number):
                    return _plus(inner, shift + (b if symbol == "+" else -b))
            return Binary(symbol, left, right)
        case _:
            return term


def _shifted(term: Term) -> tuple[Term, int]:
    match term:
        case Binary(symbol="+", left=left, right=Number(value=value)):
            return left, value
        case Binary(symbol="-", left=left, right=Number(value=value)):
            return left, -value
    return term, 0


def _plus(term: Term, number: int) -> Term:
    inner, shift = _shifted(term)
    number += shift
    return inner if not number else Binary("+" if number > 0 else "-", inner, Number(abs(number)))


def _powers(symbols: Sequence[str], at: Sequence[Mapping[str, int]], values: Sequence[int]) -> Term | None:
    """Find a multiple of a product of all symbols, each once or twice."""
    for powers in product((1, 2), repeat=len(symbols)):
        monomial = tuple(symbol for symbol, power in zip(symbols, powers, strict=True) for _ in range(power))
        sizes = [_product(point, monomial) for point in at]
        factor, rest = divmod(values[0], sizes[0])
        if not rest and factor and all(size * factor == value for size, value in zip(sizes, values, strict=True)):
            return _sum([(factor, monomial)])
    return None


def _polynomial(
    symbols: Sequence[str], at: Sequence[Mapping[str, int]], values: Sequence[int], *, products: bool
) -> Term | None:
    monomials: list[tuple[str, ...]] = [(), *((s,) for s in symbols)]
    if products:
        monomials += combinations(symbols, 2)
    if len(at) < len(monomials) + CHECKS:
        return None
    rows = tuple(tuple(_product(point, monomial) for monomial in monomials) for point in at)
    system = _system(rows)
    solution = None if system is None else system.solve(values)
    if solution is None:
        return None
    return _sum([(factor, monomial) for factor, monomial in zip(solution, monomials, strict=True) if factor])


def _product(point: Mapping[str, int], monomial: Iterable[str]) -> int:
    value = 1
    for name in monomial:
        value *= point[name]
    return value


@dataclass(frozen=True, slots=True)
class _System:
    """A linear system with more rows than unknowns, solved for some of its rows once and for all.

    inverse: of the chosen rows, times scale, so that all of it is whole.
    """

    rows: tuple[tuple[int, ...], ...]
    chosen: tuple[int, ...]
    inverse: tuple[tuple[int, ...], ...]
    scale: int

    def solve(self, values: Sequence[int]) -> list[int] | None:
        """Return the whole numbers that fulfil every row; None where there are none."""
        solution = []
        for row in self.inverse:
            number, rest = divmod(sum(a * values[i] for a, i in zip(row, self.chosen, strict=True)), self.scale)
            if rest:
                return None
            solution.append(number)
        fulfilled = all(
            sum(a * b for a, b in zip(row, solution, strict=True)) == value
            for row, value in zip(self.rows, values, strict=True)
        )
        return solution if fulfilled else None


@lru_cache(maxsize=4096)
def _system(rows: tuple[tuple[int, ...], ...]) -> _System | None:
    """Prepare a system; None where its rows leave an unknown open."""
    width = len(rows[0])
    table = [[*map(Fraction, row), *(Fraction(i == j) for j in range(len(rows)))] for i, row in enumerate(rows)]
    order = list(range(len(rows)))
    for column in range(width):
        pivot = next((i for i in range(column, len(table)) if table[i][column]), None)
        if pivot is None:
            return None
        table[column], table[pivot] = table[pivot], table[column]
        order[column], order[pivot] = order[pivot], order[column]
        head = table[column][column]
        table[column] = [part / head for part in table[column]]
        for i, row in enumerate(table[:width]):
            if i != column and row[column]:
                table[i] = [a - row[column] * b for a, b in zip(row, table[column], strict=True)]
        for i in range(max(width, column + 1), len(table)):
            if table[i][column]:
                factor = table[i][column]
                table[i] = [a - factor * b for a, b in zip(table[i], table[column], strict=True)]
    chosen = tuple(order[:width])
    inverse = [[row[width + i] for i in chosen] for row in table[:width]]
    scale = lcm(*(part.denominator for row in inverse for part in row))
    return _System(rows, chosen, tuple(tuple(int(part * scale) for part in row) for row in inverse), scale)


def _sum(parts: list[tuple[int, tuple[str, ...]]]) -> Term:
    parts.sort(key=lambda part: (-len(part[1]), part[1]))
    total: Term | None = None
    for factor, monomial in parts:
        term: Term | None = None
        size = abs(factor) if total is not None else factor
        if size != 1 or not monomial:
            term = Number(size)
        for name in monomial:
            term = Name(name) if term is None else Binary("*", term, Name(name))
        assert term is not None
        total = term if total is None else Binary("+" if factor > 0 else "-", total, term)
    return total or Number(0)


def _floor(symbol: str, at: Sequence[Mapping[str, int]], values: Sequence[int]) -> Term | None:
    """Find (a·s + b) // c of the smallest c; None where the points leave several b, or another c up to 2c."""
    low, high = min(at, key=lambda p: p[symbol]), max(at, key=lambda p: p[symbol])
    span = high[symbol] - low[symbol]
    if not span:
        return None
    rise = Fraction(values[at.index(high)] - values[at.index(low)], span)
    found: tuple[int, int, int] | None = None
    for divisor in range(2, 65):
        if found is not None and divisor > 2 * found[2]:
            break
        slope = round(rise * divisor)
        if slope < 1 or gcd(slope, divisor) > 1:
            continue
        least = max(divisor * v - slope * p[symbol] for p, v in zip(at, values, strict=True))
        most = min(divisor * v + divisor - 1 - slope * p[symbol] for p, v in zip(at, values, strict=True))
        if least < most or (least == most and found is not None):
            return None
        if least == most:
            found = slope, least, divisor
    if found is None:
        return None
    slope, shift, divisor = found
    scaled: Term = Name(symbol) if slope == 1 else Binary("*", Number(slope), Name(symbol))
    return Binary("//", _plus(scaled, shift), Number(divisor))


def value(size: int | str, point: Mapping[str, int]) -> int:
    """Return a declared size at a point; SizeError where its text is not arithmetic."""
    return size if isinstance(size, int) else evaluate(parse(size), point)

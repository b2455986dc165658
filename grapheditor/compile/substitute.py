"""Copies of expressions in which something else stands for what arrives and for some leaves."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from grapheditor.authoring.expression import (
    Call,
    Conditional,
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
    Word,
    walk,
)


class Copied:
    """Copies expressions with references replaced; shared parts stay shared."""

    def __init__(
        self, arriving: Mapping[tuple[str, int | None], Expression], replaced: Mapping[int, Expression]
    ) -> None:
        self.arriving = arriving
        self.replaced = replaced
        self.made: list[Expression] = []
        self._done: dict[int, tuple[Expression, Expression]] = {}

    def __call__(self, expression: Expression) -> Expression:
        for item in walk((expression,)):
            if id(item) not in self._done:
                copied = self.replaced.get(id(item)) or self._copy(item)
                self._done[id(item)] = (item, copied)
                if not isinstance(item, Reference):
                    self.made.append(copied)
        return self._done[id(expression)][1]

    def _get(self, expression: Expression) -> Expression:
        return self._done[id(expression)][1]

    def _keywords(self, pairs: Sequence[tuple[str, Expression]]) -> tuple[tuple[str, Expression], ...]:
        return tuple((key, self._get(value)) for key, value in pairs)

    def _copy(self, item: Expression) -> Expression:
        get = self._get
        match item:
            case Reference(name=name, index=index):
                # what a layer is made with needs nothing that arrives: sizes are written as values
                return self.arriving.get((name, index), item)
            case Known(text=text, value=value):
                return Known(get(text), value)
            case Member(value=value, name=name):
                return Member(get(value), name)
            case Item(value=value, index=index):
                return Item(get(value), get(index))
            case Slice(start=start, stop=stop, step=step):
                return Slice(*(None if part is None else get(part) for part in (start, stop, step)))
            case Operation(symbol=symbol, operands=operands):
                return Operation(symbol, tuple(map(get, operands)))
            case Several(items=items, bracket=bracket):
                return Several(tuple(map(get, items)), bracket)
            case Call(function=function, arguments=arguments, keywords=keywords):
                return Call(get(function), tuple(map(get, arguments)), self._keywords(keywords))
            case Construct(function=function, arguments=arguments, keywords=keywords, name=name):
                return Construct(function, tuple(map(get, arguments)), self._keywords(keywords), name)
            case Constant(value=value, option=option):
                return Constant(value, option)
            case Global(name=name):
                return Global(name)
            case Conditional(condition=condition, yes=yes, no=no):
                return Conditional(get(condition), get(yes), get(no))
            case Word():
                return item
            case _:
                return Given()

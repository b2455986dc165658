"""From an expression graph to the statements of a method: what is folded into one line, what gets a name.

A *step* is a call or an operation on tensors; all else (sizes, literals, subscripts) is written where it is used. A
person folds a short chain around a layer into one line and gives its result the name that just fell free. The order of
evaluation stays that of the graph, so that random layers draw the same numbers in every printing.
"""

from __future__ import annotations

import keyword
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import takewhile

from grapheditor.authoring.expression import (
    Call,
    Chain,
    Conditional,
    Construct,
    Expression,
    Item,
    Known,
    Member,
    Operation,
    Several,
    walk,
)
from grapheditor.compile.text import write

WIDTH = 88
MARGIN = 8 + len("return ")
LAYERS_IN_A_LINE = 2
CALLS_IN_A_LINE = 3
LOCALS = ("x", "y", "z", "u", "v", "w")


@dataclass(slots=True)
class Line:
    """A text that computes some steps, the last one last; ``rank`` says how tightly it binds.

    typed: whether a type checker knows that it is a tensor; of what a layer gives it knows nothing.
    """

    text: str = ""
    rank: int = 0
    typed: bool = True
    layers: int = 0
    calls: int = 0
    steps: list[Expression] = field(default_factory=list)

    def absorb(self, other: Line) -> None:
        """Take in a line that is folded into this one."""
        self.layers += other.layers
        self.calls = max(self.calls, other.calls)
        self.steps += other.steps


class Statements:
    """Writes the lines that compute some expressions; one object writes one method.

    names: what has a name before the first line: arguments, and attributes such as ``self.conv1``, by identity.
    rank: the place of a step's node in the graph's order. unpacked: of a step that gives several results, what stands
    for each of them. texts: what each step was written as, by identity. whole: a loop over places is one call.
    """

    def __init__(
        self,
        names: Mapping[int, str],
        rank: Callable[[Expression], int],
        unpacked: Mapping[int, Sequence[Expression]] | None = None,
        *,
        whole: bool = False,
    ) -> None:
        self._rank = rank
        self._unpacked = unpacked or {}
        self._whole = whole
        self.lines: list[Line] = []
        self.texts: dict[int, str] = {}
        self._names = dict(names)
        self._reserved = {name for name in names.values() if "." not in name}
        self._open: dict[int, Line] = {}
        self._uses: Counter[int] = Counter()
        self._locals: dict[str, int] = {}
        self._typed_names: dict[str, bool] = {}
        self._reached: set[int] | None = None
        self._several: set[int] = set()
        """Steps that give several results at once, of which single ones are taken."""

    @property
    def taken(self) -> set[str]:
        """The names that are in use: arguments, locals, also those that fell free."""
        return self._reserved | set(self._typed_names)

    def text(self, expression: Expression) -> str:
        """Return the text of an expression, all of whose steps have names."""
        return self._line(expression).text

    def compute(self, roots: Sequence[Expression], named: Mapping[int, str] | None = None) -> list[Line]:
        """Write the lines before the last; return one line for each root, not yet assigned or returned.

        named: steps that get a line and a name of their own, by identity.
        """
        named = named or {}
        self._reserved.update(named.values())
        below = list(walk(tuple(roots)))
        self._reached = None if named else set(map(id, below))
        self._several.update(id(item.value) for item in below if isinstance(item, Item))
        steps = sorted(self._steps(roots), key=self._rank)
        for step in steps:
            self._uses.update(map(id, self._operands(step)))
        for root in roots:
            self._uses.update([id(root)] if is_step(root) else map(id, self._operands(root)))
        for step in steps:
            self._place(step, named.get(id(step)))
        return [self._line(root) for root in roots]

    def _place(self, step: Expression, name: str | None) -> None:
        if isinstance(step, Chain) and not (self._whole and step.scanned):
            self._loop(step)
            return
        if isinstance(step, Conditional) and len(self._inside(step)) > 1:
            self._choice(step, name)
            return
        line = self._line(step)
        if not self._fits(step, line) or self._overtakes(line):
            for operand in self._operands(step):
                if id(operand) in self._open:
                    self._assign(operand)
            line = self._line(step)
        for folded in line.steps:
            self._open.pop(id(folded), None)
        self._open[id(step)] = line
        if name is not None or self._uses[id(step)] > 1 or id(step) in self._unpacked:
            self._assign(step, name)

    def _loop(self, chain: Chain) -> None:
        """Write a loop over copies or places: what is carried keeps its name, what is collected goes into a list."""
        operands = self._operands(chain)
        self._assign_all()
        arguments = [self._line(item).text for item in chain.arguments]
        self._uses.subtract(map(id, operands))
        layer = self._names[id(chain.layers)]
        copy = layer if chain.scanned else self._one_of(chain.layers)
        header = self._go_through(chain, arguments) if chain.scanned else f"for {copy} in {layer}:"
        results: list[str] = [""] * chain.results
        once = {text for text in arguments if arguments.count(text) == 1}
        for result, argument in chain.carried:
            text = arguments[argument]
            dying = [name for name, key in self._locals.items() if name == text in once and self._uses[key] <= 0]
            results[result] = next(iter(dying), None) or self._fresh()
            self._locals[results[result]] = id(chain)
            self._typed_names.setdefault(results[result], self._typed_names.get(text, True))
            if not dying:
                self.lines.append(Line(f"{results[result]} = {text}", steps=[chain]))
            arguments[argument] = results[result]
        lists: dict[int, str] = {}
        for i, known in enumerate(results):
            if not known and not self._is_read(self._unpacked[id(chain)][i]):
                results[i] = "_"
            elif not known:
                results[i] = self._fresh()
                self._locals[results[i]] = id(chain)
                lists[i] = self._fresh()
                self._reserved.add(lists[i])
                self._typed_names.setdefault(results[i], False)
                self.lines.append(Line(f"{lists[i]}: list[torch.Tensor] = []", steps=[chain]))
        self.lines.append(Line(header, steps=[chain]))
        self.lines.append(Line(f"    {', '.join(results)} = {copy}({', '.join(arguments)})", steps=[chain]))
        for i, collected in lists.items():
            self.lines.append(Line(f"    {collected}.append({results[i]})", steps=[chain]))
        for i, collected in lists.items():
            over = f"{collected}, 1" if chain.scanned else collected
            self.lines.append(Line(f"{results[i]} = torch.stack({over})", steps=[chain]))
        self._names[id(chain)] = results[0]
        for expression, target in zip(self._unpacked[id(chain)], results, strict=True):
            self._names[id(expression)] = target

    def _choice(self, step: Conditional, name: str | None) -> None:
        """Write an ``if`` around the steps of a node; without them what arrives is passed on."""
        operands = self._operands(step)
        self._assign_all()
        self._uses.subtract(map(id, operands))
        passed = self._line(step.no)
        dying = self._locals.get(passed.text) is not None and self._uses[self._locals[passed.text]] <= 0
        target = name or (passed.text if dying else self._fresh())
        if name is None:
            self._locals[target] = id(step)
        self._typed_names.setdefault(target, passed.typed)
        if target != passed.text:
            self.lines.append(Line(f"{target} = {passed.text}", steps=[step]))
        inner = Statements(self._names, self._rank, self._unpacked)
        inner._reserved |= self._reserved | set(self._locals)
        inner._typed_names = dict(self._typed_names)
        (last,) = inner.compute([step.yes])
        self.texts |= inner.texts
        self.lines.append(Line(f"if {self.text(step.condition)}:", steps=[step]))
        self.lines += [replace(line, text=f"    {line.text}") for line in inner.lines]
        self.lines.append(Line(f"    {target} = {last.text}", steps=[*last.steps, step]))
        self._names[id(step)] = target

    def _inside(self, step: Conditional) -> list[Expression]:
        """Return the steps of a node that its condition may leave out."""
        found, waiting = [], [step.yes]
        seen: set[int] = set()
        while waiting:
            item = waiting.pop()
            own = is_step(item) and id(item) not in self._names and self._rank(item) == self._rank(step)
            if own and id(item) not in seen:
                seen.add(id(item))
                found.append(item)
            if own or not is_step(item):
                waiting += self._below(item) if id(item) not in self._names else []
        return found

    def _go_through(self, chain: Chain, arguments: list[str]) -> str:
        """Return the head of a loop over places, and put one place's name where all of them arrive."""
        ones, all_of_them = [], []
        for i in chain.scanned:
            ones.append(self._fresh())
            self._reserved.add(ones[-1])
            all_of_them.append(f"{arguments[i]}.unbind(1)")
            arguments[i] = ones[-1]
        if len(ones) == 1:
            return f"for {ones[0]} in {all_of_them[0]}:"
        return f"for {', '.join(ones)} in zip({', '.join(all_of_them)}, strict=True):"

    def _one_of(self, layers: Expression) -> str:
        """Return a name for one of several layers: ``block`` of ``self.blocks``."""
        whole = self._names[id(layers)].rpartition(".")[2].rstrip("0123456789_")
        one = whole[:-1] if whole.endswith("s") and not whole.endswith("ss") else "layer"
        return one if one not in self._reserved and one.isidentifier() and not keyword.iskeyword(one) else "layer"

    def _line(self, expression: Expression) -> Line:
        if id(expression) in self._names:
            return Line(self._names[id(expression)], 10, self._is_typed(expression))
        if id(expression) in self._open:
            return self._open[id(expression)]
        line = Line(typed=self._is_typed(expression))

        def nested(child: Expression) -> tuple[str, int]:
            if id(child) in self._names:
                return self._names[id(child)], 10
            if id(child) in self._open:
                line.absorb(self._open[id(child)])
                return self._open[id(child)].text, self._open[id(child)].rank
            return write(child, nested)

        line.text, line.rank = write(expression, nested)
        if is_step(expression):
            line.steps.append(expression)
            self.texts[id(expression)] = line.text
            line.calls += isinstance(expression, Call)
            line.layers += is_layer_call(expression)
        return line

    def _is_typed(self, expression: Expression) -> bool:
        if id(expression) in self._names:
            return self._typed_names.get(self._names[id(expression)], True)
        if id(expression) in self._open:
            return self._open[id(expression)].typed
        match expression:
            case Call(function=Construct()):
                return False
            case Call(function=Member(value=value)) | Item(value=value) | Member(value=value):
                return self._is_typed(value)
            case Operation(operands=operands):
                return all(map(self._is_typed, operands))
            case Conditional(yes=yes, no=no):
                return self._is_typed(yes) and self._is_typed(no)
            case _:
                return True

    def _fits(self, step: Expression, line: Line) -> bool:
        if line.layers > LAYERS_IN_A_LINE or line.calls > CALLS_IN_A_LINE or len(line.text) + MARGIN > WIDTH:
            return False
        opened = [operand for operand in self._operands(step) if id(operand) in self._open]
        if is_layer_call(step):
            return all(_leads_into_layer(operand) for operand in opened)
        return len([operand for operand in opened if self._open[id(operand)].layers]) < 2

    def _overtakes(self, line: Line) -> bool:
        """Tell whether folding would put a layer behind another one that waits and comes later in the graph."""
        folded = set(map(id, line.steps))
        waiting = [key in folded for key, other in self._open.items() if other.layers]
        return any(mine and not all(waiting[at:]) for at, mine in enumerate(waiting))

    def _assign(self, step: Expression, name: str | None = None) -> None:
        for earlier in list(takewhile(lambda key: key != id(step), self._open)):
            if earlier in self._open:
                self._assign(self._open[earlier].steps[-1])
        line = self._open.pop(id(step))
        free = self._release(line)
        if id(step) in self._unpacked:
            target = self._unpack(step, free, line.typed)
        else:
            apart = name is None and line.typed and id(step) in self._several
            target = self._apart() if apart else name or free or self._fresh()
            if name is None and not apart:
                self._locals[target] = id(step)
            self._names[id(step)] = target
            self._typed_names.setdefault(target, line.typed)
        self.lines.append(Line(f"{target} = {line.text}", 0, line.typed, line.layers, line.calls, line.steps))

    def _assign_all(self) -> None:
        """Write the lines that wait to be folded: what is written next must not come before them."""
        while self._open:
            self._assign(next(iter(self._open.values())).steps[-1])

    def _unpack(self, step: Expression, free: str | None, typed: bool) -> str:
        """Give each result of a step a name of its own."""
        targets = []
        for result in self._unpacked[id(step)]:
            if not self._is_read(result):
                targets.append("_")
                continue
            target = free or self._fresh()
            free = None
            self._locals[target] = id(step)
            self._names[id(result)] = target
            self._typed_names.setdefault(target, typed)
            targets.append(target)
        return ", ".join(targets)

    def _is_read(self, result: Expression) -> bool:
        """Tell whether one of several results is used; where each step is shown, all are."""
        return self._reached is None or id(result) in self._reached

    def _release(self, line: Line) -> str | None:
        """Count down the uses of names in a line; return the first local name that falls free."""
        for step in line.steps:
            self._uses.subtract(map(id, self._operands(step)))
        free = [name for name, key in self._locals.items() if not self._uses[key]]
        for name in free:
            del self._locals[name]
        return free[0] if free else None

    def _fresh(self) -> str:
        numbered = (f"h{i}" for i in range(1, len(self._locals) + len(self._reserved) + 2))
        taken = self._reserved | set(self._locals)
        return next(name for name in (*LOCALS, *numbered) if name not in taken)

    def _apart(self) -> str:
        """Return a name that no tensor has, before or after: for results of which single ones are taken."""
        target = next(name for name in (f"parts{i or ''}" for i in range(1000)) if name not in self.taken)
        self._reserved.add(target)
        return target

    def _steps(self, roots: Sequence[Expression]) -> list[Expression]:
        """Return the steps below the roots, each behind what it needs."""
        order: list[Expression] = []
        seen: set[int] = set()
        stack = [(root, False) for root in reversed(roots)]
        while stack:
            item, visited = stack.pop()
            if visited:
                order.append(item)
            elif id(item) not in seen and id(item) not in self._names:
                seen.add(id(item))
                if is_step(item):
                    stack.append((item, True))
                below = self._operands(item)
                stack.extend((child, False) for child in reversed(below))
        return order

    def _operands(self, expression: Expression) -> list[Expression]:
        """Return the steps that an expression needs directly, once for each use, named ones included."""
        if isinstance(expression, Conditional):
            inside = self._inside(expression)
            if len(inside) > 1:
                own = set(map(id, inside))
                outside = [item for step in inside for item in self._below(step) if id(item) not in own]
                return [*outside, *self._below(Several((expression.no,)))]
        return self._below(expression)

    def _below(self, expression: Expression) -> list[Expression]:
        found: list[Expression] = []
        for child in expression.children():
            if isinstance(child, Construct):
                continue
            if is_step(child) and not isinstance(expression, Known):
                found.append(child)
            else:
                found += self._below(child)
        return found


def is_step(expression: Expression) -> bool:
    """Tell whether an expression computes a tensor."""
    return isinstance(expression, Call | Operation | Chain | Conditional)


def is_layer_call(expression: Expression) -> bool:
    """Tell whether an expression calls a layer."""
    return isinstance(expression, Call) and isinstance(expression.function, Construct)


def _leads_into_layer(step: Expression) -> bool:
    """A layer is folded only around another layer, or around a method such as ``x.flatten(1)``."""
    return is_layer_call(step) or (isinstance(step, Call) and isinstance(step.function, Member))

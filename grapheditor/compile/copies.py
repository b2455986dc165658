"""How modules, and copies of them or of a layer, are made in the constructor of the class around them."""

from __future__ import annotations

import re
from collections.abc import Sequence

from grapheditor.compile.classes import Classes, Scope, replacements
from grapheditor.compile.facts import NodeInfo
from grapheditor.compile.sequences import OPEN, Entry, Row, agree, filled, flat, known
from grapheditor.compile.substitute import Copied
from grapheditor.compile.text import literal_of, write_construct
from grapheditor.graph.arithmetic import is_expression, parse

Copies = Sequence[Sequence[NodeInfo | None]]
"""The copies of a node in each use; None stands for one of another kind."""


class Loop:
    """The comprehension that makes the copies of a node: over their numbers, or over what differs among them."""

    def __init__(self, scope: Scope, name: str, uses: Sequence[int], lengths: Sequence[int]) -> None:
        self.scope = scope
        self.name = name
        self.uses = uses
        self.lengths = lengths
        self._columns: list[tuple[str, list[Row]]] = []

    def count(self) -> str:
        """Return the text of how many copies there are."""
        repeat = self.scope.body.nodes[self.name].repeat
        prefer = [parse(repeat)] if isinstance(repeat, str) else []
        return self.scope.write([[length] for length in self.lengths], self.uses, f"{self.name}_copies", prefer)

    def through(self, name: str, rows: Sequence[Row]) -> str:
        """Go through values; return what one of them is called."""
        whole: list[Row] = [filled(row) for row in rows]
        for variable, column in self._columns:
            if all(agree([tuple(a), tuple(b)]) for a, b in zip(column, whole, strict=True)):
                return variable
        own = {variable for variable, _ in self._columns}
        taken = own | {"i"}
        variable = next(word for word in (name, f"each_{name}", f"other_{name}") if self._is_free(word, taken))
        self.scope.variables.add(variable)
        self._columns.append((variable, whole))
        return variable

    def _is_free(self, word: str, taken: set[str]) -> bool:
        return word not in taken and (word in self.scope.variables or self.scope.free(word) == word)

    def head(self, made: str) -> str:
        """Return ``for i in range(3)`` or what it is for a text that makes one copy."""
        counted = re.search(r"\bi\b", made) is not None
        if not self._columns:
            return f"for {'i' if counted else '_'} in range({self.count()})"
        names = ", ".join(variable for variable, _ in self._columns)
        values = self._values()
        if not counted:
            return f"for {names} in {values}"
        one = names if len(self._columns) == 1 else f"({names})"
        return f"for i, {one} in enumerate({values})"

    def _values(self) -> str:
        """Return what is gone through: values, where all uses have the same, else arguments of the constructor."""
        alike = [all(agree([tuple(row), tuple(rows[0])]) for row in rows) for _, rows in self._columns]
        if all(alike):
            columns = [rows[0] for _, rows in self._columns]
            row = tuple(columns[0]) if len(columns) == 1 else tuple(zip(*columns, strict=True))
            return literal_of(row)
        texts = [
            literal_of(tuple(rows[0]))
            if same_everywhere
            else self.scope.argument([tuple(row) for row in rows], self.uses, _plural(variable))
            for (variable, rows), same_everywhere in zip(self._columns, alike, strict=True)
        ]
        return texts[0] if len(texts) == 1 else f"zip({', '.join(texts)}, strict=True)"


def _plural(name: str) -> str:
    word = name.removeprefix("each_").removeprefix("other_")
    return f"all_{word}" if word.endswith("s") else f"{word}s"


class Calls:
    """Writes how a module, or copies of a layer, are made in the constructor of the class around them."""

    def __init__(self, scope: Scope, classes: Classes) -> None:
        self.scope = scope
        self.classes = classes

    def text(self, name: str, alone: bool) -> str:
        """Return the text for a node. alone: one input and one output, so that copies can stand in a Sequential."""
        if self.scope.body.nodes[name].repeat == 1:
            uses = self.scope.present(name)
            return self._one_kind(name, uses, [[self.scope.uses[use][name]] for use in uses], None)
        uses = self.scope.wanted(name)
        rows = [self.scope.uses[use][name].copies or () for use in uses]
        loop = Loop(self.scope, name, uses, [len(row) for row in rows])
        made = self._any_kind(name, uses, rows, loop)
        inner = f"{made} {loop.head(made)}"
        return f"nn.Sequential(*({inner}))" if alone else f"nn.ModuleList({inner})"

    def _any_kind(self, name: str, uses: Sequence[int], rows: Copies, loop: Loop) -> str:
        """Write a copy: of one kind, or by a condition of several."""
        kinds = [[None if copy is None else self.classes.kind(copy) for copy in row] for row in rows]
        first = next(kind for row in kinds for kind in row if kind is not None)
        mine = [[kind == first for kind in row] for row in kinds]
        one = [[copy if it else None for copy, it in zip(a, b, strict=True)] for a, b in zip(rows, mine, strict=True)]
        made = self._one_kind(name, uses, one, loop)
        if all(kind in (first, None) for row in kinds for kind in row):
            return made
        flags: list[Row] = [[OPEN if kind is None else kind == first for kind in row] for row in kinds]
        condition = self.scope.write(flags, uses, f"{name}_kind", (), loop)
        others = [
            [None if it else copy for copy, it in zip(a, b, strict=True)] for a, b in zip(rows, mine, strict=True)
        ]
        return f"{made} if {condition} else {self._any_kind(name, uses, others, loop)}"

    def _one_kind(self, name: str, uses: Sequence[int], rows: Copies, loop: Loop | None) -> str:
        first = next(copy for row in rows for copy in row if copy is not None)
        if first.inside is None:
            (construct,) = first.recording.constructs
            return write_construct(Copied({}, replacements(self.scope, name, uses, rows, loop))(construct))
        scope = self.classes.of(first.inside)
        texts = []
        for item in scope.ordered():
            values = [[self._given(item.values, copy) for copy in row] for row in rows]
            if item.default is not None and agree([*flat(values), item.default]):
                continue
            text = self._argument(name, uses, values, item.name, loop)
            if text is None:
                text = literal_of(next(known(item.values)))
            texts.append(text if item.default is None else f"{item.name}={text}")
        return f"{scope.name}({', '.join(texts)})"

    def _given(self, values: Sequence[Entry], copy: NodeInfo | None) -> Entry:
        return OPEN if copy is None or copy.inside is None else values[self.classes.place(copy.inside)]

    def _argument(
        self, name: str, uses: Sequence[int], values: Sequence[Row], option: str, loop: Loop | None
    ) -> str | None:
        if not flat(values):
            return None
        given = self.scope.body.nodes[name].options.get(option)
        prefer = [parse(str(given)[1:])] if is_expression(given) else []
        return self.scope.write(values, uses, option, prefer, loop)

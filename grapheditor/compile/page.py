"""Lines of source and the nodes that they come from, laid out as a formatter would."""

from __future__ import annotations

import re
import textwrap
from collections.abc import Iterable
from dataclasses import dataclass, field
from itertools import pairwise

from grapheditor.compile.statements import WIDTH


@dataclass(slots=True)
class Page:
    """Lines of source, each with the class that it stands in and the nodes that it comes from.

    scope: the class that is added to. parts: the nodes that a call or operation in a class comes from, by its text.
    """

    scope: str = ""
    rows: list[tuple[str, str, frozenset[str]]] = field(default_factory=list)
    parts: dict[tuple[str, str], set[str]] = field(default_factory=dict)

    def add(self, text: str = "", nodes: Iterable[str] = ()) -> None:
        """Add lines to the class ``scope``."""
        self.rows.extend((part, self.scope, frozenset(nodes)) for part in text.split("\n"))

    def add_part(self, text: str, node: str) -> None:
        """Say which node a call or operation in the class ``scope`` comes from."""
        self.parts.setdefault((self.scope, squeezed(text)), set()).add(node)

    def text(self) -> str:
        """Return the source."""
        return "\n".join(text.rstrip() for text, _, _ in self.rows) + "\n"

    def lines(self, scope: str) -> dict[str, tuple[int, ...]]:
        """Return, for each node of a class, the numbers of its lines, from 1."""
        found: dict[str, list[int]] = {}
        for number, (_, owner, nodes) in enumerate(self.rows, 1):
            for node in nodes if owner == scope else ():
                found.setdefault(node, []).append(number)
        return {node: tuple(numbers) for node, numbers in found.items()}


def squeezed(text: str) -> str:
    """Leave out of a text what breaking it into lines adds."""
    return re.sub(r",(?=[)\]])", "", re.sub(r"\s+", "", text))


def wrapped(text: str, indent: int) -> str:
    """Indent a statement; where it is too long, break it as a formatter would."""
    return "\n".join(_statement(text, indent))


def _statement(text: str, indent: int) -> list[str]:
    margin = " " * indent
    if len(text) + indent <= WIDTH or "(" not in text:
        return [margin + text]
    target, assigned, value = text.partition(" = ")
    if assigned and not text.startswith("def ") and len(_around(value, (" if ", " else "))) > 1:
        return [f"{margin}{target} = (", *_expression(value, indent + 4), f"{margin})"]
    results = _split(text.removeprefix("return ")) if text.startswith("return ") else []
    if len(results) > 1:
        each = [line for part in results for line in _expression(part, indent + 4, ",")]
        return [f"{margin}return (", *each, f"{margin})"]
    return _expression(text, indent)


def _expression(text: str, indent: int, tail: str = "") -> list[str]:
    """Break an expression that stands in brackets, or a statement: at a choice or a loop, then the outermost bracket.

    tail: what follows the expression on its last line.
    """
    margin = " " * indent
    if indent + len(text) + len(tail) <= WIDTH:
        return [f"{margin}{text}{tail}"]
    for words in (" for ",), (" if ", " else "):
        parts = _around(text, words)
        if len(parts) > 1:
            broken = [line for part in parts[:-1] for line in _expression(part, indent)]
            return broken + _expression(parts[-1], indent, tail)
    assigned = text.find(" = ") if re.match(r"[\w.()\"]+ = ", text) else 0
    pairs = [pair for pair in _brackets(text) if pair[1] - pair[0] > 1]
    pairs = [pair for pair in pairs if pair[0] > assigned] or pairs
    if not pairs:
        return [f"{margin}{text}{tail}"]
    start, stop = pairs[0] if text.startswith("def ") else max(pairs, key=lambda pair: pair[1] - pair[0])
    inner = text[start + 1 : stop]
    parts = [inner] if len(_around(inner, (" for ",))) > 1 else _split(inner)
    called = text[start] == "(" and text[start - 1 : start].isidentifier()
    listed = len(parts) > 1 and not re.match(r"[\w)\]]", text[start - 1 : start] or "*")
    if indent + 4 + len(inner) <= WIDTH and not listed:
        body = [f"{margin}    {inner}"]
    elif len(parts) == 1 or not (called or listed):
        body = _expression(inner, indent + 4)
    else:
        body = [line for part in parts if part for line in _expression(part, indent + 4, ",")]
    return [f"{margin}{text[: start + 1]}", *body, f"{margin}{text[stop:]}{tail}"]


def _around(text: str, words: tuple[str, ...]) -> list[str]:
    """Split a text before words that stand in no bracket and no literal; the words begin the parts behind the first."""
    hidden = text
    for start, stop in _brackets(text):
        hidden = hidden[: start + 1] + "·" * (stop - start - 1) + hidden[stop:]
    hidden = re.sub(r'"(\\.|[^"\\])*"', lambda found: "·" * len(found[0]), hidden)
    places = sorted(found.start() for word in words for found in re.finditer(re.escape(word), hidden))
    bounds = [0, *(place + 1 for place in places), len(text) + 1]
    return [text[first : last - 1] for first, last in pairwise(bounds)]


def _brackets(text: str) -> list[tuple[int, int]]:
    """Return where the outermost brackets open and close; those in literals are no brackets."""
    found, opened, literal = [], [], False
    for i, letter in enumerate(text):
        if letter == '"' and (not literal or text[i - 1] != "\\"):
            literal = not literal
        elif letter in "([{" and not literal:
            opened.append(i)
        elif letter in ")]}" and not literal:
            start = opened.pop()
            if not opened:
                found.append((start, i))
    return found


def _split(text: str) -> list[str]:
    parts, depth, start = [], 0, 0
    for i, letter in enumerate(text):
        depth += (letter in "([{") - (letter in ")]}")
        if letter == "," and not depth:
            parts.append(text[start:i].strip())
            start = i + 1
    return [*parts, text[start:].strip()]


def quoted(text: str, margin: str) -> str:
    """Write a docstring; nothing in the text can end it."""
    safe = "".join(letter if letter.isprintable() or letter == "\n" else " " for letter in text)
    safe = "\n".join(textwrap.fill(part, WIDTH - len(margin) - 3) for part in safe.strip().split("\n"))
    safe = safe.replace("\\", "\\\\").replace('"""', "'''")
    if safe.endswith('"'):
        safe = f'{safe[:-1]}\\"'
    lines = [f"{margin}{line}".rstrip() for line in f'"""{safe}'.split("\n")]
    fits = len(lines) == 1 and len(lines[0]) + 3 <= WIDTH
    return "\n".join(lines) + ('"""' if fits else f'\n{margin}"""')

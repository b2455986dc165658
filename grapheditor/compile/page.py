"""Lines of source and the nodes that they come from, laid out as a formatter would."""

from __future__ import annotations

import re
import textwrap
from collections.abc import Iterable
from dataclasses import dataclass, field

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
    """Indent a line; where it is too long, break it as a formatter would: a choice, then the outermost call."""
    margin = " " * indent
    if len(text) + indent <= WIDTH or "(" not in text:
        return margin + text
    choice = re.fullmatch(r"(self\.\w+ = )(.+) if (.+) else (nn\.Identity\(\))", text)
    if choice:
        whole = f"{choice[2]} if {choice[3]} else {choice[4]}"
        rows = (whole,) if indent + 4 + len(whole) <= WIDTH else (choice[2], f"if {choice[3]}", f"else {choice[4]}")
        inner = "\n".join(wrapped(row, indent + 4) for row in rows)
        return f"{margin}{choice[1]}(\n{inner}\n{margin})"
    results = _split(text.removeprefix("return ")) if text.startswith("return ") else []
    if len(results) > 1:
        each = "".join(f"{margin}    {part},\n" for part in results)
        return f"{margin}return (\n{each}{margin})"
    pairs = _brackets(text)
    start, stop = pairs[0] if text.startswith("def ") else max(pairs, key=lambda pair: pair[1] - pair[0])
    inner = text[start + 1 : stop]
    parts = _split(inner)
    called = text[start] == "(" and text[start - 1 : start].isidentifier()
    if indent + 4 + len(inner) <= WIDTH or len(parts) < 2 or not called:
        return f"{margin}{text[: start + 1]}\n{margin}    {inner}\n{margin}{text[stop:]}"
    each = "".join(f"{margin}    {part},\n" for part in parts)
    return f"{margin}{text[: start + 1]}\n{each}{margin}{text[stop:]}"


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
    return "\n".join(lines) + ('"""' if len(lines) == 1 else f'\n{margin}"""')

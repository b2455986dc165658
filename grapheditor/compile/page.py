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
    tail = next((end for end in (")", "]") if text.endswith(end)), None)
    start = text.find("(")
    stop = len(text) - 1 if tail == ")" else text.rfind(")")
    inner = text[start + 1 : stop]
    one = f"{margin}    {inner}"
    if len(one) <= WIDTH:
        return f"{margin}{text[: start + 1]}\n{one}\n{margin}{text[stop:]}"
    parts = "".join(f"{margin}    {part},\n" for part in _split(inner))
    return f"{margin}{text[: start + 1]}\n{parts}{margin}{text[stop:]}"


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

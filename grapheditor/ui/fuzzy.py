"""Finding by a few letters: how well a text answers what was typed."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from grapheditor.ui.texts import tr

if TYPE_CHECKING:
    from grapheditor.authoring import Template


def score(query: str, texts: Iterable[str]) -> float | None:
    """Return how far texts are from a query, the first text counting most; None where a word of it is in none.

    Each word must begin a word of some text, lie within one, or be found as letters in this order in the first
    (``rsn50`` finds ResNet-50).
    """
    lowered = [text.lower() for text in texts]
    total = 0.0
    for part in query.lower().split():
        places = [_place(part, text, i) for i, text in enumerate(lowered)]
        found = min((place for place in places if place is not None), default=None)
        if found is None:
            return None
        total += found
    return total


def of_template(template: Template) -> tuple[str, ...]:
    """Return the texts by which a template is found."""
    return template.title, template.source, template.paper, tr(template.category), template.headline, template.id


def _place(part: str, text: str, rank: int) -> float | None:
    if text.startswith(part):
        return rank + len(text) / 1000
    words = text.replace("-", " ").replace("(", " ").split()
    if any(word.startswith(part) for word in words):
        return rank + 1.0 + len(text) / 1000
    if part in text:
        return rank + 2.0 + len(text) / 1000
    if rank:
        return None
    spread = _spread(part, text)
    return None if spread is None else 8.0 + spread


def _spread(part: str, text: str) -> float | None:
    """Return which share of a text lies between the letters of a word, None where they are not in it in this order."""
    at = first = text.find(part[0])
    for letter in part[1:]:
        at = text.find(letter, at + 1) if at >= 0 else -1
    return None if at < 0 else (at - first + 1) / (len(text) + 1)

"""Words of sentences for people: what may have been meant by a name that is not known; nouns that are counted."""

from __future__ import annotations

from collections.abc import Iterable

LONGEST = 80
"""Characters of a name that are compared."""


def meant(name: str, known: Iterable[str]) -> str:
    """Return the question that follows a refusal (`` Did you mean table?``); nothing where no known name is near."""
    from difflib import get_close_matches

    names = {item.casefold(): item for item in known}
    near = get_close_matches(name.casefold()[:LONGEST], names)
    letters = sorted(name.casefold())
    likely = min(near, key=lambda item: sorted(item) != letters, default=None)  # letters in another order come first
    return f" Did you mean {names[likely]}?" if likely is not None else ""


def plural(count: int, noun: str) -> str:
    """Return a number and its noun: 1 epoch, 2 epochs, 1,000 epochs."""
    return f"{count:,} {noun}" + ("" if count == 1 else "s")

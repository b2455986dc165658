"""What somebody may have meant who typed a name that is not known."""

from __future__ import annotations

from collections.abc import Iterable
from difflib import get_close_matches

LONGEST = 80
"""Characters of a name that are compared."""


def meant(name: str, known: Iterable[str]) -> str:
    """Return the question that follows a refusal (`` Did you mean table?``); nothing where no known name is near."""
    names = {item.casefold(): item for item in known}
    near = get_close_matches(name.casefold()[:LONGEST], names, 1)
    return f" Did you mean {names[near[0]]}?" if near else ""

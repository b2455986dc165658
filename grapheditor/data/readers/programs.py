"""Python of the user's own: only its very bytes that were trusted are run."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from grapheditor import trust
from grapheditor.errors import DataError

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path


def load(path: Path, content: bytes) -> Callable[..., Any]:
    """Run a file's content, and return its function ``dataset``; UntrustedError where the content is not trusted."""
    found = getattr(trust.run(path, content, "data"), "dataset", None)
    if not callable(found):
        raise DataError(f"{path}: has no function `dataset`.")
    made: Callable[..., Any] = found
    return made

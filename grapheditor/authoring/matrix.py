"""Matrices as one writes them: rows between semicolons or lines, numbers between spaces or commas, or single digits."""

from __future__ import annotations

import re

MOST = 64
"""Rows and columns at most: larger ones are data, and come from a file."""


def matrix(text: str) -> tuple[tuple[float, ...], ...]:
    """Read ``1 0 1; 0 1 0`` or ``101; 010``; ValueError with a sentence where that is no matrix."""
    rows = [_row(part.strip()) for part in re.split(r"[;\n]", text) if part.strip()]
    if not rows or len(rows) > MOST or len(rows[0]) > MOST:
        raise ValueError(f"A matrix has 1 to {MOST} rows and columns, such as 1 0 1; 0 1 0")
    uneven = next((i for i, row in enumerate(rows) if len(row) != len(rows[0])), None)
    if uneven is not None:
        raise ValueError(f"Row {uneven + 1} has {len(rows[uneven])} numbers, and the first has {len(rows[0])}")
    return tuple(rows)


def _row(text: str) -> tuple[float, ...]:
    parts = list(text) if text.isascii() and text.isdigit() else re.split(r"[\s,]+", text)
    try:
        found = tuple(map(float, parts))
    except ValueError:
        raise ValueError(f"{text[:40]!r} is not a row of numbers") from None
    if not all(abs(item) < 1e9 for item in found):
        raise ValueError(f"{text[:40]!r} has a number that is too large")
    return found

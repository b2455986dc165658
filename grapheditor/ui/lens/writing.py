"""What a look tells, in words and figures: ``mean 0.13  std 0.87  dead 3 %``."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from grapheditor.ui.texts import counted, mark, tr

Figures = Mapping[str, Any]
TITLES = {
    "output": mark("Output"),
    "gradient": mark("Gradient"),
    "weights": mark("Weights"),
    "attention": mark("Attention"),
}
"""The parts of what is seen of a node."""


def parts(node: Figures) -> list[str]:
    """Return which parts are known of a node."""
    return [part for part in TITLES if part == "output" or node.get(part)]


def shown(node: Figures, part: str, weight: str = "") -> Figures:
    """Return figures and picture of a part; of weights, those of one, by default of the first."""
    if part == "output" or part not in node:
        return node
    if part == "weights":
        weights: Mapping[str, Figures] = node["weights"]
        return weights.get(weight) or next(iter(weights.values()))
    found: Figures = node[part]
    return found


def lines(node: Figures, part: str, weight: str = "", *, data: bool = False) -> list[str]:
    """Return the lines below a picture. data: it comes from the data, which has no units that could be dead."""
    figures = shown(node, part, weight)
    first = []
    if "mean" in figures:
        first += [tr("mean {n}", n=brief(figures["mean"])), tr("std {n}", n=brief(figures["std"]))]
    if part == "output" and "dead" in node and not data:
        first.append(tr("dead {share} %", share=f"{100 * node['dead']:.0f}"))
    second = []
    if part == "output" and "norm" in (node.get("gradient") or {}):
        second.append(tr("grad ‖·‖ {n}", n=brief(node["gradient"]["norm"])))
    elif part in ("gradient", "weights") and "norm" in figures:
        second.append(f"‖·‖ {brief(figures['norm'])}")
    if part in ("output", "gradient") and "of" in (node.get("gradient") or {}):
        second.append(tr("of {objective}", objective=node["gradient"]["of"]))
    if "update" in figures:
        second.append(tr("a step moves {share}", share=brief(figures["update"])))
    if part == "attention":
        second.append(counted(figures["shape"][0], "{n} head", "{n} heads"))
    return [line for group in (first, second) for line in _wrapped(group)]


def _wrapped(found: list[str]) -> list[str]:
    """Return lines that have room on a card."""
    rows: list[str] = []
    for part in found:
        if rows and len(rows[-1]) + 2 + len(part) <= LONGEST_LINE:
            rows[-1] += f"  {part}"
        else:
            rows.append(part)
    return rows


def warning(node: Figures, part: str, weight: str = "") -> str:
    """Say what is wrong with the numbers; empty where nothing is."""
    count = shown(node, part, weight).get("not_finite", 0)
    return counted(count, "{n} number is not finite", "{n} numbers are not finite") if count else ""


def cut(figures: Figures) -> str:
    """Say how much of a tensor the picture leaves out; empty where it shows all."""
    _, _, some, all_ = figures["picture"]["tiles"]
    return tr("{some} of {all} shown", some=f"{some:,}", all=f"{all_:,}") if some < all_ else ""


def table(figures: Figures) -> list[list[float]] | None:
    """Return the numbers to be shown as a table, where they are few."""
    numbers: list[list[float]] | None = figures["picture"].get("numbers")
    if not numbers or not numbers[0]:
        return None
    if len(numbers) == 1:
        row = numbers[0]
        return [row[i : i + BESIDE] for i in range(0, len(row), BESIDE)] if len(row) <= MOST_NUMBERS else None
    return numbers if len(numbers) <= COLUMNS and len(numbers[0]) <= COLUMNS else None


LONGEST_LINE = 30
"""Characters of the figures' type that a card is wide."""
BESIDE, COLUMNS, MOST_NUMBERS = 4, 5, 40
"""Numbers of a vector that stand beside each other; of a matrix, at most; and of a vector that is shown as a table."""


def brief(number: float) -> str:
    """Write a number in a few characters: ``0.13``, ``2.1e-3``, ``1,204``."""
    if number == 0:
        return "0"
    if 100 <= abs(number) < 1e5:
        return f"{number:,.0f}".replace("-", "−")
    return _plain(f"{number:.2g}")


def shorter(number: float) -> list[str]:
    """Return how a number can be written where :func:`brief` has no room, the most exact first."""
    return [_plain(f"{number:{form}}") for form in (".1e", ".1g", ".0e")]


def _plain(text: str) -> str:
    """Write an exponent as short as it can be, and a real minus before the number."""
    digits, _, power = text.partition("e")
    text = f"{digits}e{int(power)}" if power else digits
    return text.replace("-", "−", 1) if text.startswith("-") else text

"""The verb ``find-lr``: a learning-rate range test."""

from __future__ import annotations

import json
import math
from typing import TYPE_CHECKING

from grapheditor.cli import FINE, TRAINING, USAGE, VerbError
from grapheditor.command.progress import Counted
from grapheditor.command.shared import positive, sentences
from grapheditor.command.trying import make_trial, trial_arguments

if TYPE_CHECKING:
    import argparse

    from grapheditor.training.trial import RangeTest

WIDTH, HEIGHT = 60, 12


def arguments(part: argparse.ArgumentParser) -> None:
    """Say what the verb takes."""
    trial_arguments(part, 200)
    part.add_argument("--from", dest="low", type=positive, default=1e-7, metavar="RATE", help="the first rate (1e-7)")
    part.add_argument("--to", dest="high", type=positive, default=10.0, metavar="RATE", help="the last rate (10)")


def run(given: argparse.Namespace) -> int:
    """Try rising learning rates on fresh weights, which are not kept, and suggest one."""
    if given.high <= given.low:
        raise VerbError(f"--to {given.high:g} must be above --from {given.low:g}.", USAGE)
    show = Counted(given.steps, "steps", quiet=given.json)
    with sentences(given.file):
        trial = make_trial(given)
        from grapheditor.training.trial import rate_test

        found = rate_test(trial, given.low, given.high, given.steps, show)
    show.line.end()
    if given.json:
        print(json.dumps(found.describe()))
    else:
        print("\n".join([*_plot(found), "", *_words(found)]))
    return FINE if found.steepest is not None or found.tenth is not None else TRAINING


def _words(found: RangeTest) -> list[str]:
    if found.steepest is None and found.tenth is None:
        return ["No rate made the loss fall; `grapheditor overfit` helps to see why."]
    said = []
    if found.steepest is not None:
        said.append(f"The loss falls most steeply at {found.steepest:.2g}.")
    if found.tenth is not None:
        said.append(f"It rises again above {10 * found.tenth:.2g}; a tenth of that is {found.tenth:.2g}.")
    else:
        said.append("It did not rise again up to the last rate; --to tries larger ones.")
    rates = [rate for rate in (found.steepest, found.tenth) if rate is not None]
    return [*said, f"Suggested: --lr {min(rates):.1g} to {max(rates):.1g}."]


def _plot(found: RangeTest) -> list[str]:
    """Draw the smoothed loss over the logarithm of the rate; what is far above the first loss is cut off."""
    if len(found.rates) < 2:
        return ["There is nothing to draw."]
    top = min(max(found.smoothed), max(found.smoothed[0], min(found.smoothed)) * 1.2 + 1e-12)
    low = min(found.smoothed)
    first, last = math.log10(found.rates[0]), math.log10(found.rates[-1])
    cells = [[" "] * WIDTH for _ in range(HEIGHT)]
    for rate, loss in zip(found.rates, found.smoothed, strict=True):
        across = round((WIDTH - 1) * (math.log10(rate) - first) / (last - first))
        down = round((HEIGHT - 1) * (top - min(loss, top)) / max(top - low, 1e-12))
        cells[down][across] = "•"
    marks = [f"{top:.3g}", *[""] * (HEIGHT - 2), f"{low:.3g}"]
    width = max(map(len, marks))
    lines = [f"{mark:>{width}} │{''.join(row).rstrip()}" for mark, row in zip(marks, cells, strict=True)]
    begin, end = f"{found.rates[0]:.1g}", f"{found.rates[-1]:.1g}"
    axis = f"{'':>{width}}  {begin}{'learning rate':^{WIDTH - len(begin) - len(end)}}{end}"
    return [f"{found.objective}, smoothed", *lines, f"{'':>{width}} └{'─' * WIDTH}", axis]

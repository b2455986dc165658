"""The verb ``overfit``: can a graph learn one batch by heart? What cannot will not learn more."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from grapheditor.authoring.names import plural
from grapheditor.cli import FINE, TRAINING
from grapheditor.command.progress import Counted
from grapheditor.command.shared import sentences
from grapheditor.command.trying import make_trial, trial_arguments

if TYPE_CHECKING:
    import argparse

    from grapheditor.training.trial import Heart

SHOWN = 10
"""So many moments of the way are printed."""


def arguments(part: argparse.ArgumentParser) -> None:
    """Say what the verb takes."""
    trial_arguments(part, 300)


def run(given: argparse.Namespace) -> int:
    """Train on one batch until it is known by heart; say whether it is, and what may help."""
    show = Counted(given.steps, "steps", quiet=given.json)
    with sentences(given.file):
        trial = make_trial(given)
        from grapheditor.training.trial import overfit

        found = overfit(trial, given.steps, show)
    show.line.end()
    said = [found.verdict, *(item.written for item in found.advice)]
    print(json.dumps(found.describe()) if given.json else "\n".join([*_way(found), "", *said]))
    return FINE if found.learned else TRAINING


def _way(found: Heart) -> list[str]:
    """Return the losses and metrics at some steps, the first and the last among them."""
    steps = max(map(len, found.values.values()), default=0)
    chosen = sorted({round(i * (steps - 1) / (SHOWN - 1)) for i in range(SHOWN)}) if steps else []
    lines = [f"one batch of {plural(found.batch, 'sample')}"]
    for step in chosen:
        known = {name: values[step] for name, values in found.values.items() if step < len(values)}
        lines.append(f"  step {step + 1:>5,}  " + "  ".join(f"{name} {value:.5g}" for name, value in known.items()))
    return lines

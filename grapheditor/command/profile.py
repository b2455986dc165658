"""The verb ``profile``: where the time and memory of a training step go, node by node, and what an epoch takes."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from grapheditor.authoring.names import plural
from grapheditor.cli import FINE
from grapheditor.command.progress import Counted
from grapheditor.command.shared import print_table, sentences
from grapheditor.command.trying import make_trial, trial_arguments

if TYPE_CHECKING:
    import argparse

    from grapheditor.training.duration import Duration
    from grapheditor.training.timing import Timing


def arguments(part: argparse.ArgumentParser) -> None:
    """Say what the verb takes."""
    trial_arguments(part, 20)


def run(given: argparse.Namespace) -> int:
    """Measure steps of a training of fresh weights, which are not kept."""
    show = Counted(given.steps, "steps", quiet=given.json)
    with sentences(given.file):
        trial = make_trial(given)
        from grapheditor.training.duration import foretell_duration
        from grapheditor.training.timing import profile

        found = profile(trial, given.steps, show)
        lasts = foretell_duration(trial)
    show.line.end()
    if given.json:
        print(json.dumps({**found.describe(), "duration": lasts.describe()}))
    else:
        _print(found, lasts)
    return FINE


def _print(found: Timing, lasts: Duration) -> None:
    from grapheditor.training.memory import size_of

    rows = [("node", "forward ms", "backward ms", "share", "kept")]
    rows += [
        (node.path, _ms(node.forward), _ms(node.backward), f"{node.seconds / found.total:.1%}", size_of(node.kept))
        for node in found.nodes
    ]
    steps = plural(found.steps, "step")
    print(f"{', '.join(found.losses)} on {found.device}, batches of {found.batch:,}, medians of {steps}\n")
    print_table(rows, 1)
    both = found.forward + found.backward
    step = both + found.update
    print(
        f"\nA plain step takes {_ms(step)} ms ({found.batch / step:,.0f} samples/s): forward {_ms(found.forward)}, "
        f"backward {_ms(found.backward)}, update {_ms(found.update)}."
    )
    print(
        f"An epoch takes about {lasts.epoch:.3g} s, with its reading and {lasts.measuring:.2g} s of measuring; "
        f"{plural(lasts.epochs, 'epoch')} {lasts.epochs * lasts.epoch:.3g} s."
    )
    print(
        f"Check: the nodes together take {_ms(found.total)} ms, {_ms(found.rest)} belong to none; that is "
        f"{(found.total + found.rest) / both:.2f} of a plain forward and backward."
    )
    peak = f"{size_of(found.peak)} measured, " if found.peak is not None else ""
    print(f"Peak of memory: {peak}{size_of(found.foretold)} foretold.")
    print(
        "A node's forward is what passes until its value is there, its backward what passes from the gradient of its "
        "value to the next one's,\neach read once the device has finished; kept is what autograd keeps by its doing."
    )


def _ms(seconds: float) -> str:
    return f"{1000 * seconds:.3f}"

"""The verb ``replay``: what made a run fail, once more, and at which node."""

from __future__ import annotations

import argparse

from grapheditor.cli import FINE, PROBLEMS
from grapheditor.command.shared import print_value, run_argument, run_of, sentences, trust_argument, trust_run

MOST_SHOWN = 20


def arguments(part: argparse.ArgumentParser) -> None:
    """Say what the verb takes."""
    run_argument(part)
    trust_argument(part)


def run(given: argparse.Namespace) -> int:
    """Go through the batch again at which a run failed by a number that is not finite."""
    folder = run_of(given)
    trust_run(folder, trust=given.trust)
    with sentences(folder):
        from grapheditor.training.replay import replay

        found = replay(folder)
    now = str(found.fault) if found.fault else "now all numbers are finite"
    shown = ", ".join(map(str, found.samples[:MOST_SHOWN]))
    more = f" and {len(found.samples) - MOST_SHOWN:,} more" if len(found.samples) > MOST_SHOWN else ""
    text = f"{found.message}\nOnce more, on {found.device}: {now}.\nThe batch: samples {shown}{more}."
    print_value(given, found.describe(), text)
    return FINE if found.same else PROBLEMS

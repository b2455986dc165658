"""What the verbs share that train for a moment and keep nothing: find-lr, overfit and profile."""

from __future__ import annotations

from typing import TYPE_CHECKING

from grapheditor.command.recipe import recipe_arguments, settings_arguments, use_recipe
from grapheditor.command.shared import device_argument, file_argument, read_graph, whole

if TYPE_CHECKING:
    import argparse

    from grapheditor.training.trial import Trial


def trial_arguments(part: argparse.ArgumentParser, steps: int) -> None:
    """Take a graph, how many steps, and of which batch."""
    file_argument(part)
    part.add_argument("--steps", type=whole(1, 10**6), default=steps, metavar="N", help=f"how many steps ({steps})")
    recipe_arguments(part)
    settings_arguments(part, "batch", "unreadable")
    device_argument(part)


def make_trial(given: argparse.Namespace) -> Trial:
    """Set up a short training of the graph that was named."""
    from grapheditor.engine.process import calm_threads

    calm_threads()
    from grapheditor.training.trial import Trial

    graph = read_graph(given.file, trust=given.trust)
    use_recipe(graph, given)
    return Trial(graph, given.device or "cpu", given.file.parent, trust=given.trust)

"""A process that looks inside a network that nobody trains: it answers each Probe with a Probed, until its input ends.

    python -m grapheditor.engine.prober

The window lets it go when a training begins. What was opened and compiled is kept for as long as the graph stays what
it is.
"""

from __future__ import annotations

from copy import copy
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from grapheditor.engine.messages import Probe, Probed
from grapheditor.engine.process import calm_threads, claim_streams, give_way, use_one_core

if TYPE_CHECKING:
    from grapheditor.training.look import Onlooker
    from grapheditor.training.setup import Setup

MOST_FITTED = 4096
"""Samples from which the statistics of fresh networks are taken."""


def main() -> None:
    """Serve until nobody asks any more."""
    channel = claim_streams()
    give_way()
    calm_threads()
    use_one_core()
    prober = Prober()
    while (wanted := channel.receive()) is not None:
        if isinstance(wanted, Probe):
            channel.send(prober.answer(wanted))


class Prober:
    """Keeps the network that was looked into last."""

    def __init__(self) -> None:
        self._key: tuple[str, str, str] | None = None
        self._onlooker: Onlooker | None = None
        self._step, self._fits = 0, True

    def answer(self, wanted: Probe) -> Probed:
        """Return what is seen, or the sentence why nothing is."""
        from grapheditor.compile import CompileError
        from grapheditor.errors import TrainError
        from grapheditor.graph import FileError

        try:
            key = wanted.text, wanted.home, wanted.run
            if self._onlooker is None or key != self._key:
                self._onlooker = None
                self._make(wanted)
                self._key = key
            assert self._onlooker is not None
            return Probed(wanted.request, self._onlooker.answer(self._step, wanted.asks), self._fits)
        except CompileError as error:
            return Probed(wanted.request, problem=str(error))
        except TrainError as error:
            return Probed(wanted.request, problem=error.message)
        except FileError as error:
            return Probed(wanted.request, problem=str(error))
        except (RuntimeError, ValueError, IndexError) as error:  # of torch, about these sizes
            text = f"{type(error).__name__}: {error}".splitlines()[0]
            return Probed(wanted.request, problem=f"The graph cannot be computed: {text}")

    def _make(self, wanted: Probe) -> None:
        """Set up a network with the weights that are wanted, or fresh ones."""
        from grapheditor.runs.errors import RunError
        from grapheditor.runs.folder import CHECKPOINTS
        from grapheditor.training.checkpoint import find_checkpoint
        from grapheditor.training.fit import fit_statistics
        from grapheditor.training.learned import load_into
        from grapheditor.training.look import Onlooker

        setup = _set_up(wanted)
        self._step, self._fits = 0, True
        run = Path(wanted.run) if wanted.run else None
        if run is not None:
            try:
                load_into(setup.compute.module, run, "best")
                self._step = find_checkpoint(run / CHECKPOINTS, "best").step
            except RunError:
                self._fits = False
                setup = _set_up(wanted)  # some of the weights may have fitted
        if run is None or not self._fits:
            fit_statistics(_fewer(setup), lambda: False)
        self._onlooker = Onlooker(setup)


def _set_up(wanted: Probe) -> Setup:
    import torch

    from grapheditor.graph import read_text
    from grapheditor.training.setup import make_setup

    torch.set_num_threads(1)
    graph = read_text(wanted.text)
    graph.put("recipe", replace(graph.recipe, compile=False, average=0.0))
    return make_setup(graph, "cpu", Path(wanted.home).resolve())


def _fewer(setup: Setup) -> Setup:
    """Return a setup that learns from the samples alone that come first."""
    from grapheditor.training.feed import order_of

    found = copy(setup)
    found.learn = order_of(setup.learn, setup.recipe.seed, 1)[:MOST_FITTED]
    return found


if __name__ == "__main__":
    main()

"""Keeping what a node gives while a training goes on, of the same samples and the same random numbers each time."""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch

from grapheditor.authoring.names import meant
from grapheditor.graph.disk import FileError
from grapheditor.runs.outputs import Output, spacing, write_output
from grapheditor.training.chance import generator, random_state, restore_random
from grapheditor.training.errors import RecipeError, RunError
from grapheditor.training.failure import explained
from grapheditor.training.look import Lens, first_samples
from grapheditor.training.pictures import generated, points_of
from grapheditor.training.writing import encoding_of, is_scores, write

if TYPE_CHECKING:
    from pathlib import Path

    from torch import Tensor

    from grapheditor.training.setup import Setup

MOST_SAMPLES = 256


class Recorder:
    """Keeps the output that a recipe names. The training stays bit for bit what it would have been."""

    def __init__(self, setup: Setup, run: Path) -> None:
        self._setup = setup
        self._run = run
        self._lens = Lens(setup)
        self._batch: dict[str, Tensor] | None = None

    def due(self, step: int) -> bool:
        """Tell whether an output is kept after so many steps."""
        recipe = self._setup.recipe
        return bool(recipe.record) and step % spacing(recipe.record_every, step) == 0

    def keep(self, step: int) -> None:
        """Keep the output as it is now.

        TrainingError where the node is not computed, RunError where the disk refuses.
        """
        recipe = self._setup.recipe
        with explained(self._setup.program, f"At step {step:,}, for the output that is kept", self._setup.capacity):
            value, known = self._value(recipe.record)
        if value is None:
            text = f"The recipe keeps the output of {recipe.record}, which is not computed for any loss."
            raise RecipeError(text + meant(recipe.record, known), recipe.record)
        try:
            write_output(self._run, self._output(step, value), recipe.record_every)
        except (FileError, OSError) as error:
            raise RunError(f"{self._run}: an output could not be kept: {error}") from error

    def _output(self, step: int, value: Tensor) -> Output:
        """Return a picture of a value; of scores for the next token, what the network writes."""
        setup, node = self._setup, self._setup.recipe.record
        encoding = encoding_of(setup)
        assert self._batch is not None
        if encoding is None or not is_scores(setup, node, value, encoding):
            return Output(step, node, generated(value, points_of(self._batch)))
        chance = generator(setup.recipe.seed, "the text that is kept")
        text = write(self._lens, node, encoding, self._batch[setup.program.inputs[0]][:1], chance)
        return Output(step, node, text=text)

    def _value(self, node: str) -> tuple[Tensor | None, list[str]]:
        """Return what a node gives, of one that is computed several times the last, and which nodes give anything."""
        setup = self._setup
        found: dict[str, Tensor | None] = {}
        if self._batch is None:
            self._batch = first_samples(setup, 0, min(setup.recipe.batch, MOST_SAMPLES))

        def take(path: str, value: Tensor) -> None:
            found[path] = value.detach() if path == node else None

        device = setup.compute.device
        before = random_state(device)
        try:
            torch.manual_seed(generator(setup.recipe.seed, "the output that is kept").initial_seed())
            self._lens.compute(self._batch, take, learning=False)
        finally:
            restore_random(device, before)
        return found.get(node), list(found)

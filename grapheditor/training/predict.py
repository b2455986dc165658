"""What a run's network makes of new samples, batch by batch, under the names of the classes it learned."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np
import torch

from grapheditor.catalog import catalog
from grapheditor.compile import compile_graph
from grapheditor.training.compute import Compute
from grapheditor.training.device import choose_device
from grapheditor.training.errors import DataError, TrainingError
from grapheditor.training.failure import explained
from grapheditor.training.learned import classified, description_of, load_into
from grapheditor.training.run import recorded_graph

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray
    from torch import Tensor

    from grapheditor.data import Description, Field
    from grapheditor.data.incoming import Sample
    from grapheditor.training.checkpoint import Which


@dataclass(frozen=True, slots=True)
class Prediction:
    """What is said of a sample.

    results: by result of the graph; of classes their probabilities, (classes, ...), of all else the values.
    """

    name: str
    results: Mapping[str, NDArray[Any]]


class Predictor:
    """A run's network, ready to be asked. The data that it learned from need not be there."""

    def __init__(self, run: Path, which: Which = "best", device: str = "cpu", batch: int | None = None) -> None:
        """batch: how many samples are computed together; by default as in training.

        RunError where the run or its weights cannot be read, DataError where an input takes a field that is not known.
        """
        place = choose_device(device)
        graph = recorded_graph(run)
        graph.put("recipe", replace(graph.recipe, compile=False, batch=batch or graph.recipe.batch))
        self._program = compile_graph(graph)
        self._compute = Compute(self._program.module(), place, graph.recipe)
        load_into(self._compute.module, run, which)
        self._compute.module.eval()
        self._batch = graph.recipe.batch
        description = description_of(run)
        self.inputs: dict[str, Field] = {
            name: description.field(graph.recipe.field(name)) for name in self._program.inputs
        }
        self.classes = self._classes(description.fields)
        """The names of the classes, by those results that are scores of some."""
        self.targets = self._targets(description)
        """The fields that results are compared with."""

    def called(self, result: str) -> str:
        """Return what a result is for people: the numbers of the data that it was compared with, else its own name."""
        target = self.targets.get(result)
        return target.name if target is not None and result not in self.classes else result

    def _targets(self, description: Description) -> dict[str, Field]:
        """Return the field that a result is compared with, by a loss or a metric."""
        graph, known = self._program.graph, catalog()
        measured: dict[str, str] = {}
        for end, target in graph.wires.items():
            operator = known.of(graph, graph.nodes[end.node])
            measures = operator is not None and operator.role in ("loss", "metric") and end.port == "target"
            said = next(iter(graph.inputs(end.node, "x")), None)
            if measures and said is not None and graph.nodes[target.node].operator == "input":
                measured.setdefault(self._shaped(said.node), graph.recipe.field(target.node))
        results = ((name, measured.get(self._shaped(self._behind(name)))) for name in self.results)
        fields = {item.name: item for item in description.fields}
        return {name: fields[field] for name, field in results if field in fields}

    def _shaped(self, node: str) -> str:
        """Return the node whose numbers a node gives in another shape, or itself."""
        graph, known = self._program.graph, catalog()
        operator, above = known.of(graph, graph.nodes[node]), list(graph.into(node).values())
        while operator is not None and operator.category == "Shape" and len(above) == 1:
            node = above[0].node
            operator, above = known.of(graph, graph.nodes[node]), list(graph.into(node).values())
        return node

    @property
    def fields(self) -> tuple[Field, ...]:
        """What a sample must have."""
        return tuple(dict.fromkeys(self.inputs.values()))

    @property
    def results(self) -> tuple[str, ...]:
        """The names of what is said of each sample."""
        return self._program.results

    def __call__(self, samples: Iterable[Sample | DataError]) -> Iterator[Prediction | DataError]:
        """Yield what is said of each sample, in their order; what could not be read passes through."""
        waiting: list[Sample] = []
        for sample in samples:
            unlike = isinstance(sample, DataError) or (waiting and _shapes(sample) != _shapes(waiting[0]))
            if waiting and (unlike or len(waiting) == self._batch):
                yield from self._predict(waiting)
                waiting = []
            if isinstance(sample, DataError):
                yield sample
            else:
                waiting.append(sample)
        if waiting:
            yield from self._predict(waiting)

    def _predict(self, samples: list[Sample]) -> Iterator[Prediction | DataError]:
        """Yield what is said of samples; where it cannot be said of all at once, of each, or why it cannot."""
        try:
            found = list(self._said(samples))
        except TrainingError as error:
            if len(samples) == 1:
                yield DataError(error.message, error.node)
                return
            found = [item for sample in samples for item in self._predict([sample])]
        yield from found

    @torch.inference_mode()
    def _said(self, samples: list[Sample]) -> Iterator[Prediction | DataError]:
        compute = self._compute
        with explained(self._program, samples[0].name):
            batch = {
                name: compute.input(
                    torch.from_numpy(np.stack([sample.fields[field.name] for sample in samples])),
                    getattr(torch, self._program.input_type(name)),
                )
                for name, field in self.inputs.items()
            }
            values = compute.call("forward", self._program.inputs, batch)
        several = values if isinstance(values, tuple) else (values,)
        arrays = {name: self._shown(name, value) for name, value in zip(self.results, several, strict=True)}
        for name, value in arrays.items():
            if not value.ndim or len(value) != len(samples):
                raise DataError(f"{name} is not one result a sample: nothing can be said of single files.", name)
        for i, sample in enumerate(samples):
            said = {name: value[i] for name, value in arrays.items()}
            lost = next((name for name in self.classes if not np.isfinite(said[name]).all()), None)
            if lost is None:
                yield Prediction(sample.name, said)
            else:
                yield DataError(f"{sample.name}: {lost} is not finite, so no class can be said.", lost)

    def _shown(self, name: str, value: Tensor) -> NDArray[Any]:
        """Scores become probabilities; what is one already stays."""
        value = value.float() if value.is_floating_point() else value
        scores = name in self.classes and not self._is_softmax(name)
        found: NDArray[Any] = (value.softmax(1) if scores else value).cpu().numpy()
        return found

    def _classes(self, fields: tuple[Field, ...]) -> dict[str, tuple[str, ...]]:
        graph = self._program.graph
        known = {item.scores: item.classes for item in classified(graph, fields)}
        found = {}
        for result in self.results:
            node = self._behind(result)
            softmax = graph.nodes[node].operator == "softmax"
            below = next(iter(graph.inputs(node, "x")), None) if softmax else None
            classes = known.get(node) or (known.get(below.node) if below else None)
            if classes:
                found[result] = classes
        return found

    def _behind(self, result: str) -> str:
        """Return the node whose value a result is."""
        graph = self._program.graph
        above = graph.inputs(result, "x") if graph.nodes[result].operator == "output" else []
        return above[0].node if above else result

    def _is_softmax(self, result: str) -> bool:
        return self._program.graph.nodes[self._behind(result)].operator == "softmax"


def _shapes(sample: Sample) -> dict[str, tuple[int, ...]]:
    return {name: value.shape for name, value in sample.fields.items()}

"""Whether what tours say of a training comes true: ``python benchmarks/tours.py``, for a nightly run.

It goes through each tour as one would in the window, does what each stop offers, and trains where a tour says what will
come of it, in a process of its own. What tours say of it in words stands here in figures, each with its bounds; all
curves of a run can be asked for, by their first, least, greatest and last value. Names given as arguments choose tours.
What needs a public data set that is not in the folder of data sets (GRAPHEDITOR_DATA) is left out, and the table says
so. Ends with 1 where something does not come true.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from grapheditor.authoring.tour import Stop
from grapheditor.catalog import catalog
from grapheditor.edit import edits
from grapheditor.edit.scope import scope_at
from grapheditor.graph import Graph, write
from grapheditor.runs.reader import Reader

Bounds = tuple[float, float]
MOST = float("inf")


@dataclass(frozen=True)
class Promise:
    """What comes of a training after a tour's stop, counted as the window counts them."""

    tour: str
    stop: int
    figures: Mapping[str, Bounds]


PROMISES = (
    Promise("mnist-convnet", 6, {"last test_accuracy": (0.965, 0.99)}),
    Promise("mnist-convnet", 7, {"last train_loss": (2.25, 2.4)}),
    Promise("perceptron", 4, {"first accuracy": (0, 1), "last test_accuracy": (0.985, 1)}),
    Promise("logistic-regression", 4, {"first loss": (2.0, 2.8), "last test_accuracy": (0.88, 0.92)}),
    Promise("mlp", 3, {"first loss": (2.1, 2.5), "last test_accuracy": (0.94, 0.96)}),
    Promise("mlp", 5, {"last test_accuracy": (0.93, 0.95)}),
    Promise("t-c", 4, {"last train_accuracy": (1, 1)}),
    Promise("lenet-5", 4, {"last test_accuracy": (0.96, 0.98)}),
    Promise("broken-net", 5, {"last test_accuracy": (0.965, 0.99)}),
    Promise("learning-rate", 3, {"first loss": (8, 10), "last loss": (0.001, 0.02)}),
    Promise("learning-rate", 5, {"first loss": (8, 10), "greatest test_loss": (0.001, 0.02)}),
    Promise("learning-rate", 6, {"least loss": (7, 10), "greatest loss": (8, 15)}),
    Promise("learning-rate", 7, {"first loss": (8, 10), "greatest loss": (1_000, MOST)}),
    Promise("vanishing-gradient", 2, {"last train_loss": (2.28, 2.32)}),
    Promise("vanishing-gradient", 5, {"last test_accuracy": (0.85, 0.885)}),
    Promise("vanishing-gradient", 7, {"last test_accuracy": (0.88, 0.91)}),
    Promise(
        "dropout",
        2,
        {
            "last train_accuracy": (0.995, 1),
            "last validation_accuracy": (0.88, 0.9),
            "least validation_loss": (0.3, 0.38),
            "last validation_loss": (0.41, 0.5),
        },
    ),
    Promise("dropout", 4, {"last validation_loss": (0.3, 0.41), "last validation_accuracy": (0.9, 0.92)}),
    Promise("batch-normalisation", 3, {"last test_accuracy": (0.05, 0.15)}),
    Promise("batch-normalisation", 5, {"last test_accuracy": (0.5, 0.7)}),
    Promise("xor", 3, {"last train_accuracy": (0.4, 0.76)}),
    Promise("xor", 5, {"last train_accuracy": (1, 1)}),
    Promise("rnn-names", 4, {"last test_accuracy": (0.65, 1)}),
    Promise("word2vec", 4, {"last test_loss": (2, 2.8)}),
    Promise("cooccurrence", 3, {"first loss": (0.2, 0.4), "last train_loss": (0.07, 0.12)}),
    Promise("lstm-text", 4, {"first bits": (5.9, 6.2), "last test_bits": (2.5, 2.65)}),
    Promise("masked-lm", 4, {"first bits": (5.9, 6.3), "last test_bits": (2, 3.3)}),
    Promise("char-gpt", 4, {"first bits": (5.9, 6.3), "last test_bits": (2, 3.0)}),
    Promise("painted-image", 4, {"first pixels": (0.8, 1.2), "last pixels": (0, 0.15)}),
    Promise("unet-shapes", 3, {"last test_accuracy": (0.92, 0.94), "last test_iou": (0.45, 0.6)}),
)


def main(arguments: list[str] | None = None) -> int:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("tours", nargs="*")
    asked = parser.parse_args(arguments).tours
    chosen = [promise for promise in PROMISES if not asked or promise.tour in asked]
    kept = True
    for promise in chosen:
        for line, held in lines(promise):
            print(line, flush=True)
            kept &= held
    print("All of it comes true." if kept else "Not all of it comes true.")
    return 0 if kept else 1


def lines(promise: Promise) -> Iterator[tuple[str, bool]]:
    """Return lines of the table, each with whether what it says is as it should be."""
    head = f"{promise.tour:22}{promise.stop:3}  "
    graph = led(promise)
    source = catalog().sources[graph.recipe.data or ""]
    if not source.here:
        yield f"{head}left out: {source.id} is not here", True
        return
    start = time.perf_counter()
    found = trained(graph)
    seconds = time.perf_counter() - start
    for name, (least, most) in promise.figures.items():
        value = found.get(name, float("nan"))
        held = least <= value <= most
        said = f"{least:g} to {most:g}" if most < MOST else f"at least {least:g}"
        yield f"{head}{name:30}{value:10.4g}  {said:20}{'' if held else 'NOT SO':8}{seconds:6.1f} s", held


def led(promise: Promise) -> Graph:
    """Return the graph of a tour behind a stop, with all that was offered until then."""
    tour = catalog().tours[promise.tour]
    graph = catalog().new(tour.template, tour.options)
    for stop in tour.stops[: promise.stop]:
        change(graph, stop)
    return graph


def change(graph: Graph, stop: Stop) -> None:
    """Do what a stop offers, but for the window's actions."""
    for path, options in stop.change.items():
        scope = scope_at(graph, path.rpartition(".")[0])
        assert scope is not None, path
        for option, value in options.items():
            edits.set_option(scope, catalog(), [path.rpartition(".")[2]], option, value).apply(graph)
    edits.set_learning(graph, stop.recipe).apply(graph)


def trained(graph: Graph) -> dict[str, float]:
    """Train a graph as people do; return the first, least, greatest and last value of each curve."""
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "tour.graph.json"
        write(graph, file)
        command = [sys.executable, "-m", "grapheditor", "train", str(file)]
        subprocess.run(command, check=False, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, cwd=folder)
        reader = Reader(Path(folder) / "runs" / "tour-001")
        reader.read()
        found = {}
        for series in (reader.steps, reader.epochs):
            for name, curve in series.items():
                values = curve.values
                ends = {"first": values[0], "least": values.min(), "greatest": values.max(), "last": values[-1]}
                found |= {f"{end} {name}": float(value) for end, value in ends.items()}
        return found


if __name__ == "__main__":
    sys.exit(main())

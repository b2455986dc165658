"""The verb ``evaluate``: losses and metrics of a run's weights on a part of the data, class by class."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

from grapheditor.authoring.names import plural
from grapheditor.cli import FINE
from grapheditor.command.recipe import data_arguments, settings_arguments, use_recipe
from grapheditor.command.shared import (
    device_argument,
    is_graph,
    learned_arguments,
    metrics_argument,
    print_table,
    read_graph,
    run_of,
    say_unreadable,
    sentences,
    trust_argument,
    trust_run,
)

if TYPE_CHECKING:
    import argparse

    from grapheditor.graph import Graph

WIDEST = 20
"""So many classes are shown as a table; of more, those that are confused most."""


def arguments(part: argparse.ArgumentParser) -> None:
    """Say what the verb takes."""
    learned_arguments(part)
    part.add_argument("--run", type=Path, metavar="DIR", help="of a graph: whose weights to take (the latest)")
    part.add_argument(
        "--part", choices=("train", "validation", "test"), default="test", help="the samples to measure on (test)"
    )
    data_arguments(part)
    metrics_argument(part)
    settings_arguments(part, "batch", "unreadable")
    device_argument(part)
    trust_argument(part)


def run(given: argparse.Namespace) -> int:
    """Measure what a run has learned."""
    graph, folder, home = _learned(given)
    use_recipe(graph, given)
    with sentences(folder):
        from grapheditor.training.learned import evaluate

        device = given.device or "cpu"
        found = evaluate(graph, folder, given.part, which=given.which, device=device, home=home, trust=given.trust)
    say_unreadable(found.unreadable)
    tables = [item.describe() for item in found.confusions]
    if given.json:
        value = {"run": str(folder), "which": given.which, "step": found.step, "part": found.part}
        value |= {"data": found.data, "samples": found.samples, "metrics": found.metrics, "classified": tables}
        value |= {"unreadable": list(found.unreadable)} if found.unreadable else {}
        print(json.dumps(value))
        return FINE
    measured = f"{plural(found.samples, f'{found.part} sample')} of {found.data}"
    print(f"{folder}, {given.which} weights (step {found.step:,}), {measured}")
    for name, number in found.metrics.items():
        print(f"  {name:<24} {number:.6g}")
    for table in tables:
        _print_classes(table)
    return FINE


def _learned(given: argparse.Namespace) -> tuple[Graph, Path, Path]:
    """Return a graph, the run whose weights it is to have, and where relative paths of its data begin.

    A graph stands for its newest run, as that was; with a run named, that run's weights are measured in the graph.
    """
    path = Path(given.run_named)
    if is_graph(path) and given.run:
        return read_graph(path, trust=given.trust), given.run, path.parent
    folder = given.run or run_of(given)
    trust_run(folder, trust=given.trust)
    with sentences(folder):
        from grapheditor.runs.record import read_record
        from grapheditor.training.run import recorded_graph

        return recorded_graph(folder), folder, Path(read_record(folder).home)


def _print_classes(table: dict[str, Any]) -> None:
    classes, counts = table["classes"], table["confusion"]
    print(f"\n{table['scores']} against {table['labels']}")
    rows = [("class", "count", "accuracy", "precision")]
    rows += [(item["class"], f"{item['count']:,}", _share(item["accuracy"]), _share(item["precision"]))
             for item in sorted(classes, key=lambda item: item["accuracy"] or 0.0)[:WIDEST]]  # fmt: skip
    print_table(rows, 1)
    if len(classes) > WIDEST:
        print(f"and {len(classes) - WIDEST:,} more classes, with a higher accuracy")
    names = [item["class"] for item in classes]
    if len(names) <= WIDEST:
        print("\ntrue class in rows, what was said in columns")
        cells = [
            [name, *(f"{count:,}" if count else "·" for count in row)] for name, row in zip(names, counts, strict=True)
        ]
        print_table([["", *(name[:6] for name in names)], *cells], 1)
        return
    pairs = [(count, i, j) for i, row in enumerate(counts) for j, count in enumerate(row) if i != j and count]
    print("\nconfused most")
    for count, i, j in sorted(pairs, reverse=True)[:WIDEST]:
        print(f"  {names[i]} taken for {names[j]}: {count:,}")


def _share(value: float | None) -> str:
    return "–" if value is None else f"{value:.2%}"

"""The figures of the catalogue, printed: ``python benchmarks/operators.py``. One thread, seconds of the processor.

A graph that uses every operator is analysed with an empty memo (at most 1 s), and again after one edit (at most 20 ms). What
holds of each operator is a table that ``python -m pytest tests/nodes --table`` prints.
"""

from __future__ import annotations

import gc
import os
import statistics
import sys
import time
from dataclasses import replace
from pathlib import Path

os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "tests" / "nodes"))

import torch
from arrivals import place

from grapheditor.catalog import catalog
from grapheditor.compile import Inference
from grapheditor.graph import Graph, Info

KNOWN = catalog()
EDITS = 30


def every() -> Graph:
    """Return a graph with one node of each operator, between inputs that suit it."""
    graph = Graph()
    graph.put("info", Info("Every operator"))
    for name, operator in KNOWN.operators.items():
        if operator.role not in ("input", "output"):
            place(graph, operator, {}, f"{name}_it")
    return graph


def main() -> None:
    torch.set_num_threads(1)
    load = ", ".join(f"{part:.2f}" for part in os.getloadavg())
    print(f"load {load}, {os.cpu_count()} cores, torch {torch.__version__}")
    graph = every()
    Inference(KNOWN).analyse(KNOWN.new("mlp"))  # the first inference of a process costs torch a second
    gc.collect()
    gc.freeze()  # as the engine does
    began = time.process_time()
    inference = Inference(KNOWN)
    analysis = inference.analyse(graph)
    cold = time.process_time() - began
    wrong = [problem for problem in analysis.problems if problem.severity == "error"]
    assert not wrong, wrong[:3]
    edits = []
    for i in range(EDITS):
        node = graph.nodes["linear_it"]
        graph.put("nodes.linear_it", replace(node, options={**node.options, "out_features": 100 + i}))
        began = time.process_time()
        inference.analyse(graph)
        edits.append(time.process_time() - began)
    print(
        f"{len(KNOWN.operators)} operators, {len(graph.nodes):,} nodes: analysed in {cold:.2f} s (at most 1), "
        f"after an edit in {statistics.median(edits) * 1e3:.1f} ms (at most 20)"
    )


if __name__ == "__main__":
    main()

"""The prober: the same figures as a training of the graph would tell, without one."""

from __future__ import annotations

import queue
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from grapheditor.catalog import catalog
from grapheditor.engine.client import Child
from grapheditor.engine.messages import Message, Probe, Probed
from grapheditor.engine.prober import MOST_FITTED, Prober
from grapheditor.graph import Graph, Node, write_text
from grapheditor.training.feed import order_of
from grapheditor.training.loop import train
from grapheditor.training.setup import make_setup


def small() -> Graph:
    graph = catalog().new("mlp", {"first": 16, "second": 16})
    graph.put("recipe", replace(graph.recipe, epochs=1, batch=500))
    return graph


def asked(graph: Graph, *nodes: str, run: str = "", first: int = 0) -> Probe:
    asks = {"nodes": list(nodes), "samples": 16, "first": first, "closely": True, "partly": True}
    return Probe(1, write_text(graph), "", run, asks)


def test_fresh_weights_are_those_with_which_a_run_would_begin() -> None:
    graph = small()
    found = Prober().answer(asked(graph, "linear1", "normalize"))
    assert (found.problem, found.fits, found.found["step"]) == ("", True, 0)
    setup = make_setup(graph, "cpu")
    mean = float(setup.compute.module.linear1.weight.detach().mean())
    assert found.found["nodes"]["linear1"]["weights"]["weight"]["mean"] == pytest.approx(mean, rel=1e-5)
    assert abs(found.found["nodes"]["normalize"]["mean"]) < 0.3, "statistics are those of the data"
    assert len(order_of(setup.learn, 0, 1)) > MOST_FITTED, "of some of them"


def test_a_run_gives_its_weights_and_those_that_do_not_fit_are_told(tmp_path: Path) -> None:
    graph = small()
    trained = train(graph, tmp_path, "small", send=lambda _: None, stopped=lambda: False)
    prober = Prober()
    fresh = prober.answer(asked(graph, "linear1"))
    learned = prober.answer(asked(graph, "linear1", run=trained["run"]))
    assert learned.fits
    assert learned.found["step"] == trained["steps"]
    stds = [item.found["nodes"]["linear1"]["weights"]["weight"]["std"] for item in (fresh, learned)]
    assert stds[0] != stds[1]
    graph.put("nodes.linear1", Node("linear1", "linear", {"out_features": 24}, at=graph.nodes["linear1"].at))
    other = prober.answer(asked(graph, "linear1", run=trained["run"]))
    assert (other.fits, other.found["step"], other.problem) == (False, 0, "")
    assert other.found["nodes"]["linear1"]["shape"] == [16, 24]


def test_what_cannot_be_computed_is_a_sentence() -> None:
    prober, graph = Prober(), small()
    graph.put("nodes.linear3", Node("linear3", "linear", {"out_features": -1}))
    assert "linear3" in prober.answer(asked(graph, "linear1")).problem
    assert prober.answer(Probe(1, "{", "", "", {})).problem
    graph = small()
    graph.put("recipe", replace(graph.recipe, data="numpy", source={"train": "nowhere.npz"}))
    assert prober.answer(asked(graph, "linear1")).problem
    assert not prober.answer(asked(small(), "linear1")).problem, "it goes on"
    beyond = prober.answer(asked(small(), "linear1", first=10**8))
    assert "is a number from 0 to" in beyond.problem
    assert "conv9" not in prober.answer(asked(small(), "conv9")).found["nodes"]


def test_the_process_answers_until_its_input_ends() -> None:
    news: queue.Queue[Any] = queue.Queue()

    def received(message: Message) -> None:
        news.put(message)

    child = Child("prober", received, lambda code, log: news.put((code, log)))
    graph = small()
    child.send(asked(graph, "linear1"))
    answer = news.get(timeout=120)
    assert isinstance(answer, Probed)
    assert answer.found["nodes"]["linear1"]["picture"]["width"] > 0
    child.leave()
    assert news.get(timeout=30) == (0, "")

"""Runs that were made once, of graphs that learn in a second; shared by the tests here."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

from grapheditor import cli
from grapheditor.catalog import catalog
from grapheditor.graph import Graph, Node, Objective, Output, Recipe
from grapheditor.training.loop import train


def within(capsys, *arguments: object, code: int = 0) -> Any:
    """Run a verb in this process, and return its JSON."""
    assert cli.main([*map(str, arguments), "--json"]) == code
    return json.loads(capsys.readouterr().out)


def printed(capsys, *arguments: object, code: int = 0) -> tuple[str, str]:
    """Run a verb in this process, and return what it prints and what it says besides."""
    assert cli.main([*map(str, arguments)]) == code
    return capsys.readouterr()


def digits_graph(**recipe: Any) -> Graph:
    """Return a perceptron for the digits."""
    graph = catalog().new("mlp", {"first": 16, "second": 16})
    graph.put("recipe", replace(graph.recipe, **{"epochs": 1, **recipe}))
    return graph


def classifier(name: str, shape: tuple[Any, ...], dtype: str, label: str, classes: int, *first: Node) -> Graph:
    """Return a graph that takes one field, goes through these nodes, and learns the classes of another field."""
    graph = Graph()
    graph.put(f"nodes.{name}", Node(name, "input", {"shape": shape, "dtype": dtype}))
    graph.put(f"nodes.{label}", Node(label, "input", {"shape": ("N",), "dtype": "int64"}))
    last = name
    for node in (*first, Node("linear", "linear", {"out_features": classes})):
        graph.put(f"nodes.{node.id}", node)
        graph.put(f"wires.{node.id}.x", Output(last))
        last = node.id
    for node in (Node("loss", "cross_entropy"), Node("accuracy", "accuracy")):
        graph.put(f"nodes.{node.id}", node)
        graph.put(f"wires.{node.id}.x", Output(last))
        graph.put(f"wires.{node.id}.target", Output(label))
    graph.put("nodes.scores", Node("scores", "output"))
    graph.put("wires.scores.x", Output(last))
    return graph


def learn(graph: Graph, folder: Path, name: str, **recipe: Any) -> Path:
    """Train a graph, and return its run."""
    if not graph.recipe.objectives:
        graph.put("recipe", Recipe(objectives=(Objective("loss"),)))
    graph.put("recipe", replace(graph.recipe, **recipe))
    result = train(graph, folder / "runs", name, home=folder, send=lambda _: None, stopped=lambda: False)
    return Path(result["run"])

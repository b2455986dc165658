"""A small graph that learns in a second, and a training of it in this process; shared by the tests here."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import torch

from grapheditor.catalog import catalog
from grapheditor.data import open_data
from grapheditor.data.splitting import classes_of, split_indices
from grapheditor.graph import Input, Node, Output
from grapheditor.training.data import tensor
from grapheditor.training.loop import train

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from torch import Tensor

    from grapheditor.engine.messages import Message
    from grapheditor.graph import Graph


def small_graph(epochs: int = 1, **recipe: Any) -> Graph:
    """Return a perceptron with dropout for the digits, with these fields of the recipe changed."""
    graph = catalog().new("mlp", {"first": 16, "second": 16})
    graph.put("nodes.dropout1", Node("dropout1", "dropout", {"p": 0.1}))
    graph.put("wires.dropout1.x", graph.wires[Input("linear2", "x")])
    graph.put("wires.linear2.x", Output("dropout1"))
    graph.put("recipe", replace(graph.recipe, epochs=epochs, **recipe))
    return graph


def with_objective(graph: Graph, **values: Any) -> Graph:
    """Return the graph with these fields of its objective changed."""
    objective = replace(graph.recipe.objectives[0], **values)
    graph.put("recipe", replace(graph.recipe, objectives=(objective,)))
    return graph


def load(part: str = "train", name: str = "digits") -> dict[str, Tensor]:
    """Return the fields of a part of a data source as tensors."""
    return {field: tensor(column) for field, column in open_data(name).parts[part].columns.items()}


def held_out(seed: int = 0) -> tuple[Tensor, Tensor]:
    """Return the numbers of the digits to learn from and of those held out, as a recipe's 0.1 has them."""
    data = open_data("digits")
    learn, held = split_indices(data.train, 0.1, seed, classes_of(data), purpose="validation")
    return torch.from_numpy(learn), torch.from_numpy(held)


class Trained:
    """A training that has ended, and what it said."""

    def __init__(self, graph: Graph, folder: Path, stopped: Callable[[], bool] = lambda: False) -> None:
        self.messages: list[Message] = []
        self.result = train(graph, folder, "small", send=self.messages.append, stopped=stopped)

    def of(self, kind: type[Any]) -> list[Any]:
        """Return the messages of a kind."""
        return [message for message in self.messages if isinstance(message, kind)]

    @property
    def losses(self) -> list[float]:
        """The loss of every step."""
        return [value for message in self.messages for value in getattr(message, "values", {}).get("loss", [])]

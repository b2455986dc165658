"""What a loss shares with the network besides its results is computed once: random numbers are drawn once."""

from __future__ import annotations

import torch

from grapheditor.authoring import template
from grapheditor.catalog import catalog
from grapheditor.compile import compile_graph
from grapheditor.edit.sketch import sketch


def hiding(g):
    x = g.input(shape=("N", 8), id="x")
    chosen = g.random_mask(x, p=0.5, id="chosen")
    seen = g.masked_fill(x, chosen, value=-1.0, id="seen")
    g.output(seen, id="shown")
    g.mse_loss(seen, g.masked_fill(x, chosen, value=-1.0, id="wanted"), id="loss")


def test_a_mask_that_network_and_loss_need_is_drawn_once() -> None:
    program = compile_graph(sketch(catalog(), template("Where it began", title="Drawn")(hiding), {}))
    objective = program.source.partition("def objective")[2]
    assert objective.count("torch.rand") == 1
    assert program.module().objective(torch.rand(50, 8))["loss"].item() == 0


def test_a_set_of_weights_is_named_after_the_node_that_is_called_like_it() -> None:
    def twice(g):
        x = g.input(shape=("N", 8), id="x")
        g.output(g.linear(g.linear(x, out_features=8, id="early", weights="late"), out_features=8, id="late",
                          weights="late"), id="result")  # fmt: skip

    program = compile_graph(sketch(catalog(), template("Where it began", title="Drawn")(twice), {}))
    assert list(program.module().state_dict()) == ["late.weight", "late.bias"]
    assert program.owners == {"late.weight": "late", "late.bias": "late"}
    assert program.holder("early") == program.holder("late") == "late"

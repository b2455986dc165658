"""What nodes say of how they learn, in a training: frozen ones stay as they are, others learn at a rate of their own."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
import torch
from small import Trained, small_graph, with_objective

from grapheditor.compile import compile_graph
from grapheditor.graph.learning import Learning
from grapheditor.graph.recipe import Schedule
from grapheditor.runs.reader import Reader
from grapheditor.training.errors import TrainingError
from grapheditor.training.loop import train
from grapheditor.training.optimizer import make_optimizer
from grapheditor.training.run import load_weights
from grapheditor.training.schedule import Rates


def said(graph, **nodes):
    for name, values in nodes.items():
        graph.put(f"nodes.{name}", replace(graph.nodes[name], learning=Learning(**values)))
    return graph


def rates_of(graph, steps: int) -> list[list[float]]:
    """Return the rates of the groups, step by step, as a training of so many steps has them."""
    program = compile_graph(graph)
    objective = graph.recipe.objectives[0]
    optimizer = make_optimizer(objective, program, program.module())
    rates = Rates(objective, optimizer, steps, 1)
    found = []
    for _ in range(steps):
        assert rates.rate == pytest.approx(optimizer.param_groups[0]["lr"])
        found.append([group["lr"] for group in optimizer.param_groups])
        optimizer.step()
        rates.stepped()
    return found


def test_frozen_weights_stay_and_others_learn(tmp_path: Path) -> None:
    graph = said(small_graph(batch=900), linear1={"frozen": True})
    torch.manual_seed(graph.recipe.seed)
    run = Path(Trained(graph, tmp_path).result["run"])
    learned = load_weights(run, "last")
    first = compile_graph(graph)
    torch.manual_seed(graph.recipe.seed)
    begun = first.module().state_dict()
    assert torch.equal(learned["linear1.weight"], begun["linear1.weight"])
    assert not torch.equal(learned["linear2.weight"], begun["linear2.weight"])


def test_where_all_is_frozen_there_is_nothing_to_learn(tmp_path: Path) -> None:
    graph = said(small_graph(), **{f"linear{i}": {"frozen": True} for i in (1, 2, 3)})
    with pytest.raises(TrainingError, match="are frozen, or follow others"):
        train(graph, tmp_path, "small", send=print, stopped=lambda: False)


@pytest.mark.parametrize(
    "schedules",
    [
        (),
        (Schedule("OneCycleLR", {"max_lr": 0.1, "cycle_momentum": False}),),
        (Schedule("StepLR", {"step_size": 3}),),
        (Schedule("LinearLR", {"start_factor": 0.1}, steps=5), Schedule("CosineAnnealingLR", {"eta_min": 0.01})),
    ],
    ids=lambda item: "-".join(schedule.name for schedule in item) or "none",
)
def test_a_factor_multiplies_whatever_the_schedule_says(schedules) -> None:
    plain = rates_of(with_objective(small_graph(), schedules=schedules), 12)
    found = rates_of(said(with_objective(small_graph(), schedules=schedules), linear2={"rate": 10.0}), 12)
    assert [row[0] for row in found] == pytest.approx([row[0] for row in plain])
    assert [row[1] for row in found] == pytest.approx([10 * row[0] for row in plain])


def test_a_factor_is_that_of_the_step(tmp_path: Path) -> None:
    """One step of SGD without momentum moves a weight by its gradient times its rate."""
    moved = {}
    for factor in (1.0, 0.25):
        graph = said(with_objective(small_graph(batch=1000, validation=0.0, epoch_batches=1)), linear3={"rate": factor})
        torch.manual_seed(graph.recipe.seed)
        begun = compile_graph(graph).module().state_dict()
        run = Path(Trained(graph, tmp_path / str(factor)).result["run"])
        learned = load_weights(run, "last")
        moved[factor] = {name: learned[name] - begun[name] for name in ("linear2.weight", "linear3.weight")}
        reader = Reader(run)
        reader.read()
        assert reader.steps["learning_rate"].values.tolist() == [pytest.approx(0.1)]
    torch.testing.assert_close(moved[0.25]["linear2.weight"], moved[1.0]["linear2.weight"])
    torch.testing.assert_close(moved[0.25]["linear3.weight"], 0.25 * moved[1.0]["linear3.weight"], rtol=1e-4, atol=1e-7)

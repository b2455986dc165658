"""What a recipe's settings do: schedules, patience, monitor, weights that are kept, averages, targets, several objectives."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
import torch
from small import Trained, small_graph, with_objective

from grapheditor.compile import compile_graph
from grapheditor.graph import Input, Node, Output
from grapheditor.graph.recipe import Objective, Schedule, Target
from grapheditor.runs.reader import Reader
from grapheditor.training.checkpoint import find_checkpoint, read_file
from grapheditor.training.errors import TrainingError
from grapheditor.training.loop import train
from grapheditor.training.run import load_weights
from grapheditor.training.schedule import schedule_names

SHORT = {"batch": 900, "epochs": 3}
"""Ten steps an epoch."""
NEEDS = {
    "StepLR": {"step_size": 7}, "MultiStepLR": {"milestones": (5, 20)}, "ExponentialLR": {"gamma": 0.9},
    "CyclicLR": {"base_lr": 0.01, "max_lr": 0.1, "cycle_momentum": False, "step_size_up": 4},
    "CosineAnnealingWarmRestarts": {"T_0": 4}, "OneCycleLR": {"max_lr": 0.1, "cycle_momentum": False},
}  # fmt: skip


def rates(trained: Trained) -> list[float]:
    reader = Reader(Path(trained.result["run"]))
    reader.read()
    return reader.steps["learning_rate"].values.tolist()


def refused(graph, tmp_path: Path) -> TrainingError:
    with pytest.raises(TrainingError) as caught:
        train(graph, tmp_path, "small", send=print, stopped=lambda: False)
    return caught.value


@pytest.mark.parametrize("name", schedule_names())
def test_each_schedule_of_torch_goes_as_torch_says(tmp_path: Path, name: str) -> None:
    each = "epoch" if name == "ReduceLROnPlateau" else "step"
    settings = NEEDS.get(name, {})
    found = rates(
        Trained(with_objective(small_graph(**SHORT), schedules=(Schedule(name, settings, each=each),)), tmp_path)
    )
    if each == "epoch":
        assert found == pytest.approx([0.1] * 30)
        return
    weight = torch.nn.Parameter(torch.zeros(1))
    optimizer = torch.optim.SGD([weight], lr=0.1)
    lengths = {"OneCycleLR": {"total_steps": 30}, "CosineAnnealingLR": {"T_max": 30}}
    lengths |= {other: {"total_iters": 30} for other in ("LinearLR", "ConstantLR", "PolynomialLR")}
    given = {key: list(value) if isinstance(value, tuple) else value for key, value in settings.items()}
    scheduler = getattr(torch.optim.lr_scheduler, name)(optimizer, **given, **lengths.get(name, {}))
    wanted = []
    for _ in range(30):
        wanted.append(optimizer.param_groups[0]["lr"])
        optimizer.step()
        scheduler.step()
    assert found == pytest.approx(wanted, rel=1e-6)


def test_schedules_follow_one_another(tmp_path: Path) -> None:
    schedules = (Schedule("LinearLR", {"start_factor": 0.1}, steps=10), Schedule("CosineAnnealingLR"))
    found = rates(Trained(with_objective(small_graph(**SHORT), schedules=schedules), tmp_path))
    assert found[0] == pytest.approx(0.01)
    assert max(found) == found[10] == pytest.approx(0.1)
    assert found[29] < 0.002


@pytest.mark.parametrize(
    ("schedules", "words"),
    [
        ((Schedule("Step"),), "There is no schedule Step; there is: StepLR"),
        ((Schedule("LambdaLR"),), "There is no schedule LambdaLR"),
        ((Schedule("StepLR", {"size": 3}),), "StepLR has no setting size; its settings are: step_size"),
        ((Schedule("StepLR"),), "StepLR needs the setting step_size"),
        ((Schedule("ReduceLROnPlateau"),), "stands alone, and moves each epoch"),
        ((Schedule("ExponentialLR", {"gamma": 0.9}), Schedule("ExponentialLR", {"gamma": 0.9}, each="epoch")), "all with the steps or all with the epochs"),
    ],
)  # fmt: skip
def test_a_schedule_that_cannot_be_followed_is_refused(tmp_path: Path, schedules, words: str) -> None:
    assert words in refused(with_objective(small_graph(), schedules=schedules), tmp_path).message


def test_it_stops_when_nothing_gets_better(tmp_path: Path) -> None:
    graph = with_objective(small_graph(batch=900, epochs=20, patience=2), settings={"lr": 0.0})
    result = Trained(graph, tmp_path).result
    assert (result["epochs"], result["stopped"]) == (3, False)
    assert "test_loss" in result["metrics"]


def test_the_monitored_metric_chooses_the_best(tmp_path: Path) -> None:
    trained = Trained(small_graph(batch=300, epochs=6, monitor="accuracy"), tmp_path)
    reader = Reader(Path(trained.result["run"]))
    reader.read()
    accuracies = reader.epochs["validation_accuracy"].values.tolist()
    assert (
        find_checkpoint(Path(trained.result["run"]) / "checkpoints", "best").epoch
        == accuracies.index(max(accuracies)) + 1
    )
    assert "looks at conv9" in refused(small_graph(monitor="conv9"), tmp_path).message


def test_weights_of_every_so_many_epochs_are_kept(tmp_path: Path) -> None:
    run = Path(Trained(small_graph(batch=900, epochs=5, keep=2), tmp_path).result["run"])
    assert sorted(path.name for path in (run / "checkpoints").glob("epoch-*.json")) == [
        "epoch-00002.json",
        "epoch-00004.json",
    ]


def test_the_average_is_that_of_the_weights_after_each_step(tmp_path: Path) -> None:
    graph = small_graph(batch=1000, epochs=1, average=0.5, validation=0.0)
    run = Path(Trained(graph, tmp_path).result["run"])
    checkpoint = find_checkpoint(run / "checkpoints")
    weights, average = (read_file(run / "checkpoints", checkpoint.files[part]) for part in ("weights", "average"))
    torch.manual_seed(0)
    module = compile_graph(graph).module()
    expected = {name: item.detach().clone() for name, item in module.named_parameters()}
    for after in range(1, 11):
        asked = iter(range(10**6))
        other = Path(
            Trained(graph, tmp_path / str(after), lambda asked=asked, after=after: next(asked) > after).result["run"]
        )
        now = read_file(other / "checkpoints", find_checkpoint(other / "checkpoints").files["weights"])
        expected = {name: torch.lerp(value, now[name], 0.5) for name, value in expected.items()}
    assert all(torch.allclose(average[name], value, atol=1e-6) for name, value in expected.items())
    assert not torch.allclose(weights["linear1.weight"], average["linear1.weight"])
    assert torch.equal(load_weights(run)["linear1.weight"], average["linear1.weight"])


def following(keep: float = 0.0, every: int = 1):
    """Return a network with a second head that follows the first one's weights, and learns nothing itself."""
    graph = small_graph(batch=1000, epochs=1, targets=(Target("slow", "linear3", every=every, keep=keep),))
    graph.put("nodes.slow", replace(graph.nodes["linear3"], id="slow"))
    graph.put("wires.slow.x", graph.wires[Input("linear3", "x")])
    graph.put("nodes.other", Node("other", "output"))
    graph.put("wires.other.x", Output("slow"))
    return graph


def test_a_target_follows(tmp_path: Path) -> None:
    weights = load_weights(Path(Trained(following(), tmp_path).result["run"]), "last")
    assert torch.equal(weights["slow.weight"], weights["linear3.weight"])
    slow = load_weights(Path(Trained(following(keep=0.9), tmp_path).result["run"]), "last")
    assert not torch.equal(slow["slow.weight"], slow["linear3.weight"])
    rare = load_weights(Path(Trained(following(every=1000), tmp_path).result["run"]), "last")
    torch.manual_seed(0)
    assert torch.equal(rare["slow.weight"], compile_graph(following()).module().linear3.weight), "it begins as a copy"


def test_a_target_of_other_weights_is_refused(tmp_path: Path) -> None:
    graph = following()
    graph.put("recipe", replace(graph.recipe, targets=(Target("slow", "linear1"),)))
    assert "are to follow those of linear1, and they are not alike" in refused(graph, tmp_path).message


def test_objectives_change_their_own_weights_once_in_so_many_steps(tmp_path: Path) -> None:
    graph = small_graph(batch=900, epochs=1)
    graph.put("nodes.second", replace(graph.nodes["loss"], id="second"))
    for port in ("x", "target"):
        graph.put(f"wires.second.{port}", graph.wires[Input("loss", port)])
    objectives = (
        Objective("loss", ("linear1", "linear2"), "SGD", {"lr": 0.1}),
        Objective("second", ("linear3",), "SGD", {"lr": 0.1}, every=4),
    )
    graph.put("recipe", replace(graph.recipe, objectives=objectives))
    trained = Trained(graph, tmp_path)
    reader = Reader(Path(trained.result["run"]))
    reader.read()
    second = reader.steps["second"]
    assert [
        step for step, value in zip(second.steps.tolist(), second.values.tolist(), strict=True) if value == value
    ] == [4, 8]
    assert {"gradient_norm_loss", "gradient_norm_second", "learning_rate_second"} <= reader.steps.keys()


def test_gradients_are_clipped(tmp_path: Path) -> None:
    free, clipped = (Trained(with_objective(small_graph(batch=900), clip=clip), tmp_path) for clip in (0.0, 1e-9))
    weights = load_weights(Path(clipped.result["run"]), "last")
    torch.manual_seed(0)
    fresh = compile_graph(small_graph()).module().state_dict()
    assert torch.allclose(weights["linear1.weight"], fresh["linear1.weight"], atol=1e-7)
    assert not torch.allclose(
        load_weights(Path(free.result["run"]), "last")["linear1.weight"], fresh["linear1.weight"], atol=1e-4
    )


def test_an_epoch_may_be_a_part_of_the_samples(tmp_path: Path) -> None:
    result = Trained(small_graph(batch=100, epochs=2, epoch_batches=7, accumulate=2), tmp_path).result
    assert result["steps"] == 8


def test_float16_on_a_processor_is_refused(tmp_path: Path) -> None:
    assert "take bfloat16, or another device" in refused(small_graph(precision="float16"), tmp_path).message

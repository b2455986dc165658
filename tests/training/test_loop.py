"""The loop: what it says, what it leaves behind, and how it ends when something is wrong."""

from __future__ import annotations

import errno
import json
import math
import os
import re
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from small import Trained, held_out, load, small_graph, with_objective

from grapheditor.catalog import catalog
from grapheditor.compile import CompileError, compile_graph
from grapheditor.engine.messages import Epoch, Started, Steps
from grapheditor.graph import Node, Output
from grapheditor.runs.metrics import Writer
from grapheditor.runs.reader import Reader
from grapheditor.runs.record import read_record
from grapheditor.training.checkpoint import find_checkpoint
from grapheditor.training.errors import DataError, DeviceError, RecipeError, RunError, TrainingError
from grapheditor.training.feed import order_of
from grapheditor.training.loop import train
from grapheditor.training.run import load_weights


def refused(graph, folder: Path, device: str = "cpu") -> Exception:
    """Return the error of a training that must not begin, and leave no run."""
    with pytest.raises((TrainingError, DataError, DeviceError, CompileError)) as caught:
        train(graph, folder, "small", device=device, send=lambda _: None, stopped=lambda: False)
    assert list(folder.iterdir()) == []
    return caught.value


def test_it_tells_every_step_and_every_epoch(trained: Trained) -> None:
    (started,) = trained.of(Started)
    assert (started.epochs, started.steps_per_epoch) == (2, 90)
    told = 0
    for message in trained.of(Steps):
        assert message.first == told
        told += len(message.values["loss"])
        assert len(message.values["accuracy"]) == len(message.values["loss"])
        assert message.rate > 0
        assert message.seconds_left >= 0
    assert told == trained.result["steps"] == 180
    epochs = trained.of(Epoch)
    assert [(message.epoch, message.step) for message in epochs] == [(1, 90), (2, 180)]
    assert epochs[0].metrics["train_loss"] == pytest.approx(sum(trained.losses[:90]) / 90)
    assert epochs[1].metrics.keys() == {
        f"{part}_{name}" for part in ("train", "validation") for name in ("loss", "accuracy")
    }


def test_the_result_is_that_of_the_last_checkpoint(trained: Trained) -> None:
    run = Path(trained.result["run"])
    assert trained.result.keys() == {"run", "stopped", "epochs", "steps", "metrics", "samples_per_second"}
    assert trained.result["epochs"] == 2
    assert 0.8 < trained.result["metrics"]["test_accuracy"] <= 1
    last = find_checkpoint(run / "checkpoints", "last")
    assert (last.epoch, last.step, last.metrics) == (2, 180, trained.result["metrics"])
    record = read_record(run)
    assert (record.state, record.result) == ("finished", json.loads(json.dumps(trained.result)))
    assert (record.progress.epoch, record.progress.step, record.progress.steps) == (2, 180, 180)


def test_the_metrics_file_tells_the_same(trained: Trained) -> None:
    reader = Reader(Path(trained.result["run"]))
    reader.read()
    assert reader.steps["loss"].steps.tolist() == list(range(1, 181))
    assert reader.steps["loss"].values.astype("float32").tolist() == trained.losses
    gauges = {"samples_per_second", "seconds", *(["memory"] if sys.platform == "linux" else [])}
    assert reader.steps.keys() == {"loss", "accuracy", "learning_rate", "gradient_norm"} | gauges
    known = reader.steps["memory"].values if "memory" in gauges else []
    assert all(1e7 < value < 1e12 for value in known), "bytes of a process with torch"
    taken = reader.steps["seconds"].values
    assert taken[0] > 0
    assert (np.diff(taken) > 0).all()
    assert reader.epochs["validation_loss"].steps.tolist() == [90, 180]
    assert reader.epochs["test_loss"].steps.tolist() == [180]


def test_a_checkpoint_measures_what_it_says(trained: Trained) -> None:
    """The weights on disk, in a fresh module, give the validation and test metrics of their manifest."""
    graph = small_graph(epochs=2)
    module = compile_graph(graph).module()
    module.load_state_dict(load_weights(Path(trained.result["run"]), "last"))
    module.eval()
    learned, tests = load(), load("test")
    _, held = held_out()
    with torch.inference_mode():
        test = module.objective(tests["image"].float(), tests["label"])
        validation = module.objective(learned["image"][held].float(), learned["label"][held])
    metrics = trained.result["metrics"]
    assert test["accuracy"].item() == pytest.approx(metrics["test_accuracy"], abs=1e-6)
    assert test["loss"].item() == pytest.approx(metrics["test_loss"], rel=1e-4)
    assert validation["loss"].item() == pytest.approx(metrics["validation_loss"], rel=1e-4)


def test_the_same_seed_gives_the_same_losses(trained: Trained, tmp_path: Path) -> None:
    torch.rand(3)
    again = Trained(small_graph(epochs=2), tmp_path)
    assert again.losses == trained.losses
    assert again.result["metrics"] == trained.result["metrics"]
    other = Trained(small_graph(seed=1), tmp_path)
    assert other.losses[:90] != trained.losses[:90]


def test_it_equals_a_hand_written_loop(trained: Trained) -> None:
    graph = small_graph(epochs=2)
    data = load()
    learn, _ = held_out()
    weights = load_weights(Path(trained.result["run"]), "last")
    torch.manual_seed(0)
    module = compile_graph(graph).module()
    module.normalize_mean.copy_(weights["normalize_mean"])
    module.normalize_std.copy_(weights["normalize_std"])
    optimizer = torch.optim.SGD(module.parameters(), lr=0.1)
    losses = []
    for epoch in (1, 2):
        order = order_of(learn, 0, epoch)
        images, labels = data["image"][order], data["label"][order]
        for image, label in zip(images.split(100), labels.split(100), strict=True):
            loss = torch.nn.functional.cross_entropy(module(image.float()), label)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            losses.append(loss.item())
    assert losses == trained.losses
    assert all(torch.equal(weights[name], value) for name, value in module.state_dict().items())


def test_without_validation_the_last_is_the_best(tmp_path: Path) -> None:
    run = Path(Trained(small_graph(epochs=2, validation=0.0, batch=999), tmp_path).result["run"])
    assert find_checkpoint(run / "checkpoints", "best").step == 22, "ten batches of 999 and one of 10, twice"
    assert "validation_loss" not in find_checkpoint(run / "checkpoints", "last").metrics


def test_the_best_is_that_of_the_lowest_validation_loss(trained: Trained) -> None:
    losses = [message.metrics["validation_loss"] for message in trained.of(Epoch)]
    best = find_checkpoint(Path(trained.result["run"]) / "checkpoints", "best")
    assert best.epoch == losses.index(min(losses)) + 1
    assert best.metrics == trained.of(Epoch)[best.epoch - 1].metrics, "the test set decides nothing"


def test_an_equal_validation_loss_is_no_better(tmp_path: Path) -> None:
    graph = with_objective(small_graph(epochs=2), settings={"lr": 0.0})
    run = Path(Trained(graph, tmp_path).result["run"])
    assert find_checkpoint(run / "checkpoints", "best").epoch == 1
    assert find_checkpoint(run / "checkpoints", "last").epoch == 2


def test_a_loss_of_another_name_is_still_called_loss(tmp_path: Path) -> None:
    graph = small_graph()
    graph.put("nodes.entropy", replace(graph.nodes["loss"], id="entropy"))
    for end, start in list(graph.into("loss").items()):
        graph.put(f"wires.{end}", None)
        graph.put(f"wires.{end._replace(node='entropy')}", start)
    graph.put("nodes.loss", None)
    result = Trained(with_objective(graph, minimise="entropy"), tmp_path).result
    assert {"train_loss", "test_loss"} <= result["metrics"].keys()


def test_only_the_chosen_weights_change(trained: Trained, tmp_path: Path) -> None:
    graph = with_objective(small_graph(), weights=("linear3",))
    weights = load_weights(Path(Trained(graph, tmp_path).result["run"]), "last")
    torch.manual_seed(0)
    fresh = compile_graph(graph).module().state_dict()
    changed = {name for name in weights if not torch.equal(weights[name], fresh[name])}
    assert changed == {"linear3.weight", "linear3.bias", "normalize_mean", "normalize_std"}


@pytest.mark.parametrize("after", [0, 1, 90, 130])
def test_a_stop_leaves_a_checkpoint(tmp_path: Path, after: int) -> None:
    asked = iter(range(10**6))
    result = Trained(small_graph(epochs=3), tmp_path, lambda: next(asked) >= after + 1).result
    run = Path(result["run"])
    assert (result["steps"], result["epochs"]) == (after, after // 90)
    assert find_checkpoint(run / "checkpoints", "last").step == after
    assert result["metrics"] == find_checkpoint(run / "checkpoints", "last").metrics
    assert "validation_loss" in result["metrics"]
    assert "test_loss" not in result["metrics"]
    assert read_record(run).state == "stopped"
    compile_graph(small_graph()).module().load_state_dict(load_weights(run, "last"))


def test_a_stop_keeps_what_was_learned_before_it_measures_and_measures_for_a_moment(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("grapheditor.training.loop.MEASURED_AT_STOP", -1.0)
    asked = iter(range(10**6))
    result = Trained(small_graph(epochs=3), tmp_path, lambda: next(asked) >= 41).result
    kept = find_checkpoint(Path(result["run"]) / "checkpoints", "last")
    assert (result["stopped"], kept.step) == (True, 40)
    assert result["metrics"] == kept.metrics == find_checkpoint(Path(result["run"]) / "checkpoints", "best").metrics
    assert "train_loss" in kept.metrics
    assert "validation_loss" not in kept.metrics, "there was no time"


def test_a_loss_that_is_no_number_names_its_step_and_keeps_the_checkpoint(tmp_path: Path) -> None:
    graph = with_objective(small_graph(), settings={"lr": 1e38})
    with pytest.raises(TrainingError, match=r"The loss became .* at step 2: .* is at linear1") as caught:
        Trained(graph, tmp_path)
    assert caught.value.node == "linear1"
    record = read_record(tmp_path / "small-001")
    assert record.state == "failed"
    assert (record.error.message, record.error.node) == (caught.value.message, "linear1")
    assert not list((tmp_path / "small-001" / "checkpoints").iterdir())


def test_weights_that_are_no_numbers_are_not_kept(tmp_path: Path) -> None:
    graph = small_graph(batch=10_000, validation=0.0)
    graph = with_objective(graph, settings={"lr": 1e10, "weight_decay": 1e38})
    with pytest.raises(TrainingError, match=r"The weights \w+\.weight are no longer finite after step 1"):
        Trained(graph, tmp_path)
    assert not list((tmp_path / "small-001" / "checkpoints").iterdir())


@pytest.mark.parametrize("validation", [0.0, 0.1])
def test_a_number_that_decides_nothing_may_be_none(tmp_path: Path, validation: float) -> None:
    """A second loss that nothing minimises: logarithms of numbers below zero."""
    graph = small_graph(validation=validation)
    for name, operator in (("logs", "log"), ("other", "mse_loss")):
        graph.put(f"nodes.{name}", Node(name, operator))
    graph.put("wires.logs.x", Output("linear3"))
    graph.put("wires.other.x", Output("logs"))
    graph.put("wires.other.target", Output("linear3"))
    result = Trained(graph, tmp_path).result
    run = Path(result["run"])
    assert result["steps"] == 90 + 10 * (not validation)
    assert math.isnan(result["metrics"]["test_other"])
    assert math.isnan(find_checkpoint(run / "checkpoints").metrics["train_other"])
    assert read_record(run).state == "finished"
    assert read_record(run).result["metrics"]["test_other"] is None


def test_a_run_on_a_disk_that_takes_no_more_metrics_says_that_it_failed(tmp_path: Path, monkeypatch) -> None:
    def full(_writer: Writer, _descriptor: int, _data: bytes) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(Writer, "_append", full)
    with pytest.raises(RunError, match=r"metrics\.jsonl: .* No space left"):
        Trained(small_graph(), tmp_path)
    assert read_record(tmp_path / "small-001").state == "failed"


def test_labels_beyond_the_scores_are_told_in_words(tmp_path: Path) -> None:
    graph = catalog().new("mlp", {"classes": 5})
    graph.put("recipe", replace(graph.recipe, data="digits"))
    with pytest.raises(TrainingError, match=r"At step 1: A sample has the label \d, and the scores do not") as caught:
        Trained(graph, tmp_path)
    assert caught.value.node == "loss"


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({"optimizer": "Sgd"}, r"There is no optimizer Sgd; there is: .*SGD"),
        ({"optimizer": "Optimizer"}, "There is no optimizer Optimizer"),
        ({"optimizer": "lr_scheduler"}, "There is no optimizer lr_scheduler"),
        ({"optimizer": "LBFGS"}, "LBFGS needs several evaluations"),
        ({"optimizer": "SparseAdam"}, "SparseAdam takes sparse gradients alone"),
        ({"settings": {"rate": 0.1}}, "SGD has no setting rate; its settings are: lr, momentum"),
        ({"settings": {"params": 0.1}}, "SGD has no setting params"),
        ({"settings": {"lr": -1.0}}, r"SGD does not take its settings \(lr -1.0\): Invalid learning rate"),
        ({"settings": {"lr": "fast"}}, "SGD: lr must be 0.001 or the like, not 'fast'"),
        ({"weights": ("relu1",)}, "change the weights of relu1, which has none"),
        ({"weights": ("linear",)}, "change the weights of linear, which is not in the graph. Did you mean linear"),
    ],
)
def test_an_objective_that_cannot_be_followed_is_refused(tmp_path: Path, values, words: str) -> None:
    error = refused(with_objective(small_graph(), **values), tmp_path)
    assert isinstance(error, RecipeError)
    assert re.search(words, error.message), error.message


def test_a_metric_is_no_objective(tmp_path: Path) -> None:
    error = refused(with_objective(small_graph(), minimise="accuracy"), tmp_path)
    assert isinstance(error, CompileError)
    assert "is not a loss" in error.message


def test_a_graph_without_an_objective_is_refused(tmp_path: Path) -> None:
    assert "has no objective" in str(refused(small_graph(objectives=()), tmp_path))


def test_data_that_is_not_there_is_refused(tmp_path: Path) -> None:
    assert isinstance(refused(small_graph(data="pictures"), tmp_path), DataError)


@pytest.mark.parametrize("device", ["", "tpu", "cpu:1", "cuda:99", "cuda:x"])
def test_a_device_that_is_not_there_is_refused_with_those_that_are(tmp_path: Path, device: str) -> None:
    error = refused(small_graph(), tmp_path, device)
    assert isinstance(error, DeviceError)
    assert f"There is no device {device} here; there is: cpu" in error.message


def test_a_graph_with_errors_is_refused_by_the_compiler(tmp_path: Path) -> None:
    graph = small_graph()
    end = next(iter(graph.into("linear2")))
    graph.put(f"wires.{end}", None)
    error = refused(graph, tmp_path)
    assert isinstance(error, CompileError)
    assert error.node == "linear2"


def test_the_digits_recipe_reaches_96_per_cent(tmp_path: Path) -> None:
    result = Trained(catalog().new("mnist-convnet"), tmp_path).result
    assert result["epochs"] == 10
    assert result["metrics"]["test_accuracy"] >= 0.96

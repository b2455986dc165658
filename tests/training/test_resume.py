"""A training that was broken off goes on bit for bit: losses, weights, metrics."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from dataclasses import replace
from itertools import count
from pathlib import Path

import numpy as np
import pytest
import torch
from small import Trained, small_graph, with_objective

from grapheditor.catalog import catalog
from grapheditor.graph import Graph
from grapheditor.graph.recipe import Augmentation, Schedule
from grapheditor.runs.reader import Reader
from grapheditor.runs.series import Series
from grapheditor.training import resuming
from grapheditor.training.checkpoint import find_checkpoint, has_checkpoint
from grapheditor.training.errors import RunError
from grapheditor.training.loop import resume
from grapheditor.training.run import load_weights, recorded_graph

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "benchmarks"))
import kills

ONE_CYCLE = (Schedule("OneCycleLR", {"max_lr": 0.1}),)


def plain():
    return small_graph(epochs=2, batch=300)


def momentum():
    return with_objective(
        small_graph(epochs=2, batch=300), optimizer="AdamW", settings={"lr": 1e-3}, schedules=ONE_CYCLE, clip=1.0
    )


def accumulating():
    augment = {"image": (Augmentation("random_crop", {"padding": 2}), Augmentation("noise"))}
    return small_graph(epochs=2, batch=100, accumulate=3, augment=augment, average=0.9, epoch_batches=60)


def plateau():
    schedule = Schedule("ReduceLROnPlateau", {"patience": 0, "threshold": 1.0}, each="epoch")
    return with_objective(small_graph(epochs=3, batch=450), schedules=(schedule,))


def by_metric():
    schedule = Schedule("ReduceLROnPlateau", {"patience": 0}, each="epoch")
    recipe = {"metrics": ("f1", "auroc", "calibration_error"), "monitor": "auroc", "patience": 2}
    return with_objective(small_graph(epochs=3, batch=450, **recipe), schedules=(schedule,))


def warmed_up():
    schedules = (Schedule("LinearLR", {"start_factor": 0.1}, steps=20), Schedule("CosineAnnealingLR"))
    return with_objective(
        small_graph(epochs=2, batch=300, precision="bfloat16"),
        optimizer="Adam",
        settings={"lr": 1e-3, "betas": (0.8, 0.99)},
        schedules=schedules,
    )


def convolving():
    """Channels last, and an optimizer that goes through weights and momentum as they lie in memory."""
    graph = catalog().new("mnist-convnet")
    graph.put("recipe", replace(graph.recipe, data="digits", epochs=1, batch=50, epoch_batches=5))
    return with_objective(graph, optimizer="Adam", settings={"lr": 1e-3, "fused": True})


def contest():
    """A GAN: two objectives with noise, schedules and a batch that is smaller at the end."""
    graph = catalog().new("gan-gaussians", {"width": 8})
    source = {"samples": 1000, "deviation": 0.1}
    graph.put("recipe", replace(graph.recipe, source=source, epochs=3, batch=48, average=0.9))
    return graph


def losses_of(run: Path) -> list[float]:
    """Return the first objective's loss of every step, what was repeated after a death once."""
    reader = Reader(run)
    reader.read()
    losses = reader.steps.get("loss") or reader.steps.get("judging") or Series()
    assert losses.steps.tolist() == list(range(1, len(losses) + 1))
    return losses.values.astype("float32").tolist()


def epochs_of(run: Path) -> dict[str, list[tuple[int, float]]]:
    """Return the numbers of every epoch by name, with the steps at which they were measured."""
    reader = Reader(run)
    reader.read()
    return {
        name: list(zip(found.steps.tolist(), found.values.tolist(), strict=True))
        for name, found in reader.epochs.items()
    }


def go_on(run: Path, **more):
    messages: list = []
    result = resume(run, send=messages.append, stopped=more.pop("stopped", lambda: False), **more)
    return result, messages[0]


@pytest.mark.parametrize(
    ("make", "after"),
    [
        (plain, 0),
        (plain, 30),
        (momentum, 7),
        (accumulating, 26),
        (plateau, 20),
        (plateau, 41),
        (by_metric, 31),
        (warmed_up, 35),
        (convolving, 2),
        (contest, 30),
    ],
)
def test_a_stopped_training_goes_on_bit_for_bit(tmp_path: Path, make, after: int) -> None:
    whole = Path(Trained(make(), tmp_path / "whole").result["run"])
    asked = iter(range(10**6))
    broken = Path(Trained(make(), tmp_path / "broken", lambda: next(asked) > after).result["run"])
    torch.rand(5)
    result, started = go_on(broken)
    assert started.notes == ()
    assert losses_of(broken) == losses_of(whole)
    assert epochs_of(broken) == epochs_of(whole)
    for which in ("last", "best"):
        first, second = (load_weights(run, which) for run in (whole, broken))
        assert all(torch.equal(first[name], second[name]) for name in first)
    assert result["steps"] == len(losses_of(whole))


def test_a_finished_run_goes_on_with_more_epochs(tmp_path: Path) -> None:
    run = Path(Trained(small_graph(epochs=1), tmp_path).result["run"])
    with pytest.raises(RunError, match="has finished its 1 epoch; say how many"):
        go_on(run)
    result, _ = go_on(run, changes={"epochs": 2})
    assert (result["epochs"], result["steps"]) == (2, 180)
    assert losses_of(run) == Trained(small_graph(epochs=2), tmp_path).losses


def test_another_machine_or_setting_is_said_to_be_approximate(tmp_path: Path) -> None:
    asked = iter(range(10**6))
    run = Path(Trained(small_graph(epochs=1), tmp_path, lambda: next(asked) > 3).result["run"])
    record = json.loads((run / "run.json").read_text())
    record["environment"]["versions"]["torch"] = "1.0"
    (run / "run.json").write_text(json.dumps(record))
    _, started = go_on(run, changes={"batch": 50})
    assert started.notes == (
        f"The run goes on approximately, not bit for bit: torch was 1.0, is {torch.__version__}; batch is changed.",
    )


def broken_off(graph: Graph, folder: Path, after: int) -> Path:
    """Return a run that was stopped after so many steps."""
    asked = iter(range(10**6))
    return Path(Trained(graph, folder, lambda: next(asked) > after).result["run"])


def test_a_changed_setting_is_kept_when_the_run_goes_on_once_more(tmp_path: Path) -> None:
    run = broken_off(small_graph(epochs=1), tmp_path, 3)
    asked = iter(range(10**6))
    go_on(run, changes={"epochs": 2, "batch": 50, "seed": 0}, stopped=lambda: next(asked) > 3)
    result, started = go_on(run)
    assert (started.epochs, started.notes) == (2, ())
    assert result["epochs"] == 2
    assert json.loads((run / "run.json").read_text())["recipe"]["batch"] == 50
    assert recorded_graph(run).recipe.batch == 50


def test_a_run_whose_graph_was_changed_says_so(tmp_path: Path) -> None:
    run = broken_off(small_graph(epochs=1), tmp_path, 3)
    path = run / "graph.graph.json"
    path.write_text(path.read_text().replace('"relu"', '"sigmoid"').replace('"lr": 0.1', '"lr": 0.2'))
    _, started = go_on(run)
    assert started.notes == (
        "The run goes on approximately, not bit for bit: the graph is changed; objectives is changed.",
    )


def test_a_run_whose_data_was_changed_says_so(tmp_path: Path) -> None:
    generator = np.random.default_rng(0)
    image, label = generator.random((200, 1, 28, 28), np.float32), generator.integers(0, 10, 200)
    np.savez(tmp_path / "mine.npz", image=image, label=label)
    graph = small_graph(epochs=1, batch=10, data="numpy", source={"file": str(tmp_path / "mine.npz")})
    run = broken_off(graph, tmp_path / "runs", 3)
    _, started = go_on(run, stopped=lambda: True)
    assert started.notes == ()
    np.savez(tmp_path / "mine.npz", image=1 - image, label=label)
    _, started = go_on(run, stopped=lambda: True)
    assert "approximately, not bit for bit: the data is changed (mine.npz)." in started.notes[0]
    _, started = go_on(run, stopped=lambda: True)
    assert started.notes == (), "it is what the run learns from now"
    (run / "data.json").unlink()
    _, started = go_on(run)
    assert "what it learned from is not known" in started.notes[0]


def test_who_comes_second_waits_for_no_checkpoint_of_the_first(tmp_path: Path, monkeypatch) -> None:
    """Two go on at once: one makes the run, and what the other would have begun from is never too old."""
    run = broken_off(small_graph(epochs=2), tmp_path, 3)
    restore, said = resuming.restore_state, []

    def meanwhile(*given):
        with pytest.raises(RunError) as caught:
            go_on(run)
        said.append(caught.value.message)
        return restore(*given)

    monkeypatch.setattr(resuming, "restore_state", meanwhile)
    go_on(run, stopped=lambda: True)
    assert "is being made by" in said[0]


def test_what_was_out_of_patience_does_not_learn_for_one_more_epoch(tmp_path: Path) -> None:
    """The process dies between the last checkpoint and the word that it has finished."""
    graph = with_objective(small_graph(epochs=9, batch=300, patience=1), settings={"lr": 30.0})
    whole = Trained(graph, tmp_path)
    run = Path(whole.result["run"])
    with pytest.raises(RunError, match=r"without a better one; .* --patience 2"):
        go_on(run)
    record = json.loads((run / "run.json").read_text())
    (run / "run.json").write_text(json.dumps(record | {"state": "running"}))
    result, _ = go_on(run)
    assert (result["steps"], result["metrics"]) == (whole.result["steps"], whole.result["metrics"])
    assert go_on(run, changes={"patience": 5})[0]["epochs"] > result["epochs"]


@pytest.mark.parametrize(
    ("schedules", "settings"),
    [
        ((Schedule("CosineAnnealingLR"),), {"lr": 0.1}),
        (ONE_CYCLE, {"lr": 0.1, "momentum": 0.9}),
        ((Schedule("LinearLR", {"start_factor": 0.1}, steps=4), Schedule("CosineAnnealingLR")), {"lr": 0.1}),
        ((Schedule("CosineAnnealingLR", each="epoch"),), {"lr": 0.1}),
    ],
)
def test_with_more_epochs_a_schedule_goes_to_the_new_end(tmp_path: Path, schedules, settings) -> None:
    """From there on the rates are those of a training that was as long from its beginning."""

    def graph(epochs: int) -> Graph:
        return with_objective(small_graph(epochs=epochs, batch=450), settings=settings, schedules=schedules)

    def rates(run: Path) -> list[float]:
        reader = Reader(run)
        reader.read()
        return reader.steps["learning_rate"].values.tolist()

    short = Path(Trained(graph(2), tmp_path / "short").result["run"])
    long = Path(Trained(graph(5), tmp_path / "long").result["run"])
    before = rates(short)
    result, started = go_on(short, changes={"epochs": 5})
    assert result["epochs"] == 5
    assert rates(short) == before + rates(long)[len(before) :]
    (note,) = started.notes
    assert note.startswith(
        f"The training has another length now, and {' and '.join(s.name for s in schedules)} goes on"
    )


def test_a_schedule_whose_length_is_said_keeps_it(tmp_path: Path) -> None:
    schedules = (Schedule("LinearLR", {"total_iters": 6}, steps=6), Schedule("StepLR", {"step_size": 3}))
    graph = with_objective(small_graph(epochs=1, batch=450), schedules=schedules)
    run = Path(Trained(graph, tmp_path).result["run"])
    _, started = go_on(run, changes={"epochs": 2})
    assert started.notes == ()


def test_a_damaged_checkpoint_is_named_and_the_one_before_is_used(tmp_path: Path) -> None:
    asked = iter(range(10**6))
    run = Path(Trained(small_graph(epochs=2), tmp_path / "broken", lambda: next(asked) > 100).result["run"])
    whole = Trained(small_graph(epochs=2), tmp_path / "whole")
    newest = max(run.glob("checkpoints/*.weights.safetensors"))
    newest.write_bytes(newest.read_bytes()[:-1] + b"!")
    _, started = go_on(run)
    assert started.step < 101
    assert f"{newest}: is damaged" in started.notes[0]
    assert losses_of(run) == whole.losses
    assert not newest.exists(), "it never counts as the newest again"
    manifests = sorted(run.glob("checkpoints/*.json"))
    for path in manifests:
        path.write_text("{}")
    with pytest.raises(
        RunError, match=r"no checkpoint to go on from\. The newest: .* is damaged, or no check"
    ) as caught:
        go_on(run)
    numbered = [path for path in manifests if path.stem.isdigit()]
    assert str(numbered[-1]) in caught.value.message
    assert "is used" not in caught.value.message


def test_a_killed_command_goes_on_bit_for_bit(tmp_path: Path) -> None:
    """The process is killed as soon as its metrics tell of so many steps, twice."""
    graph = warmed_up()
    graph.save(tmp_path / "net.graph.json")
    train = [sys.executable, "-m", "grapheditor", "train"]
    command = [*train, str(tmp_path / "net.graph.json"), "--json", "--run-dir", str(tmp_path)]
    for steps in (14, 37):
        kill_after(command, tmp_path / "net-001", steps)
        command = [*train, str(tmp_path / "net-001"), "--json", "--resume"]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    assert json.loads(done.stdout)["steps"] == 60
    assert losses_of(tmp_path / "net-001") == Trained(graph, tmp_path / "whole").losses


@pytest.mark.parametrize("network", range(len(kills.NETWORKS)), ids=lambda i: list(kills.NETWORKS)[i].partition(":")[0])
def test_networks_that_are_killed_at_random_moments_end_with_the_same_bits(network: int, capsys) -> None:
    """The benchmark's kills, fewer of them; it raises AssertionError itself."""
    occurred = kills.kills(2, seed=network, only=network)
    said = capsys.readouterr().out
    assert said.count("killed at step") == 2
    assert "the same bits" in said
    assert "refused by name" in said
    assert occurred.total() >= 2


def kill_after(command: list[str], run: Path, steps: int) -> None:
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL)
    while process.poll() is None and not (has_checkpoint(run / "checkpoints", "last") and len(losses_of(run)) >= steps):
        os.sched_yield()
    process.send_signal(signal.SIGKILL)
    assert process.wait() == -signal.SIGKILL, "it was still on its way"


def test_the_time_that_a_run_has_taken_goes_on_where_it_was(tmp_path) -> None:
    asked = count()
    run = Path(Trained(plain(), tmp_path, stopped=lambda: next(asked) > 30).result["run"])
    before = find_checkpoint(run / "checkpoints", "last").values["clock"]
    assert before > 0
    go_on(run)
    reader = Reader(run)
    reader.read()
    seconds = reader.steps["seconds"]
    assert (np.diff(seconds.values) > 0).all()
    assert all(value >= before for step, value in zip(seconds.steps, seconds.values, strict=True) if step > 30)


@pytest.mark.parametrize(
    "changes", [{"batch": 900}, {"batch": 300}, {"epoch_batches": 5}, {"epochs": 6, "batch": 1500}]
)
def test_a_schedule_ends_with_a_training_whose_steps_are_others_now(tmp_path: Path, changes) -> None:
    """The steps that were made count as they were made, not as an epoch has them now."""
    graph = with_objective(small_graph(epochs=3, batch=450), settings={"lr": 0.1, "momentum": 0.9}, schedules=ONE_CYCLE)
    asked = iter(range(10**6))
    run = Path(Trained(graph, tmp_path, lambda: next(asked) > 30).result["run"])
    result, started = go_on(run, changes=changes)
    assert result["epochs"] == changes.get("epochs", 3)
    assert "OneCycleLR goes on to its end" in "".join(started.notes)
    reader = Reader(run)
    reader.read()
    rates = reader.steps["learning_rate"].values.tolist()
    assert rates[-1] == min(rates) < 1e-3

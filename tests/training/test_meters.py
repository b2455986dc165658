"""Metrics over the whole of a part: each against its definition in numpy, and what a recipe makes of them."""

from __future__ import annotations

import math
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from small import Trained, small_graph, with_objective

from grapheditor.compile import compile_graph
from grapheditor.graph import Graph, Node, Objective, Output, Recipe
from grapheditor.graph.recipe import Schedule
from grapheditor.runs.reader import Reader
from grapheditor.training.checkpoint import find_checkpoint
from grapheditor.training.compute import Compute
from grapheditor.training.errors import TrainingError
from grapheditor.training.learned import evaluate
from grapheditor.training.meters import IGNORED, LossMeter, Measured, Observer, check_kept, counting, measured
from grapheditor.training.metrics import BINS, FIRST, KINDS, METRICS
from grapheditor.training.run import load_weights
from grapheditor.training.schedule import Rates

SHAPES = {"classes": (), "texts": (5,), "masks": (4, 3)}
CLASSES = 7
DOCS = Path(__file__).resolve().parents[2] / "docs" / "training.md"


def scored(kind: str, seed: int, samples: int = 60) -> tuple[torch.Tensor, torch.Tensor]:
    """Return scores with ties and classes, some of them ignored, one of them never true."""
    chance = torch.Generator().manual_seed(seed)
    scores = torch.randint(-2, 3, (samples, CLASSES, *SHAPES[kind]), generator=chance).float() / 2
    target = torch.randint(0, CLASSES - 1, (samples, *SHAPES[kind]), generator=chance)
    scores.scatter_add_(1, target[:, None], torch.randint(0, 3, target[:, None].shape, generator=chance).float())
    target[torch.rand(target.shape, generator=chance) < 0.2] = IGNORED
    return scores, target


def told(name: str, kind: str, said: torch.Tensor, true: torch.Tensor, batch: int = 17) -> float | None:
    """Return what a metric says of all that arrived in batches; None where it says nothing."""
    meter = LossMeter([Measured(name, METRICS[name], "loss", kind)])
    for part in zip(said.split(batch), true.split(batch), strict=True):
        meter.add(*part)
    return dict(meter.values()).get(name)


def flat(scores: torch.Tensor, target: torch.Tensor) -> tuple[np.ndarray, np.ndarray]:
    """Return probabilities (M, classes) and classes (M) of what counts."""
    rows = np.moveaxis(scores.double().numpy(), 1, -1).reshape(-1, scores.shape[1])
    true = target.numpy().reshape(-1)
    rows, true = rows[true != -100], true[true != -100]
    return torch.from_numpy(rows).softmax(1).numpy(), true


def per_class(said, true, of):
    """Return the mean of a function of hits, false alarms and misses over the classes that occur or are said."""
    named = said.argmax(1)
    found = []
    for i in range(said.shape[1]):
        hits, alarms, misses = (((a == i) & (b == i)).sum() if j == 0 else ((a == i) & (b != i)).sum()
                                for j, (a, b) in enumerate([(named, true), (named, true), (true, named)]))  # fmt: skip
        if hits + alarms + misses:
            found.append(of(hits, alarms, misses))
    return np.mean(found)


def share(part, whole):
    return part / whole if whole else 0.0


def auroc(said, true):
    """The share of pairs of a sample of the class and another one that are in order; a tie is half of one."""
    found = []
    for i in range(said.shape[1]):
        yes, no = said[true == i, i], said[true != i, i]
        if len(yes) and len(no):
            found.append((yes[:, None] > no).mean() + (yes[:, None] == no).mean() / 2)
    return np.mean(found)


def average_precision(said, true):
    """The sum of precision times the growth of recall, threshold by threshold."""
    found = []
    for i in range(said.shape[1]):
        if not (true == i).any():
            continue
        area = before = 0.0
        for threshold in sorted(set(said[:, i]), reverse=True):
            chosen = said[:, i] >= threshold
            recall = (true[chosen] == i).sum() / (true == i).sum()
            area += (recall - before) * (true[chosen] == i).mean()
            before = recall
        found.append(area)
    return np.mean(found)


def kappa(said, true):
    named = said.argmax(1)
    agreed = (named == true).mean()
    chance = sum((named == i).mean() * (true == i).mean() for i in range(said.shape[1]))
    return (agreed - chance) / (1 - chance)


def calibration_error(said, true):
    sure, right = said.max(1), said.argmax(1) == true
    bins = np.minimum((sure * BINS).astype(int), BINS - 1)
    return sum((bins == i).mean() * abs(sure[bins == i].mean() - right[bins == i].mean()) for i in set(bins))


def top5(said, true):
    hits = [true[i] in sorted(range(said.shape[1]), key=lambda c: (-row[c], c))[:FIRST] for i, row in enumerate(said)]
    return np.mean(hits)


OF_CLASSES = {
    "top5": top5,
    "f1": lambda said, true: per_class(
        said, true, lambda hits, alarms, misses: 2 * hits / (2 * hits + alarms + misses)
    ),
    "precision": lambda said, true: per_class(said, true, lambda hits, alarms, _: share(hits, hits + alarms)),
    "recall": lambda said, true: per_class(said, true, lambda hits, _, misses: share(hits, hits + misses)),
    "iou": lambda said, true: per_class(said, true, lambda hits, alarms, misses: hits / (hits + alarms + misses)),
    "auroc": auroc,
    "average_precision": average_precision,
    "kappa": kappa,
    "calibration_error": calibration_error,
    "perplexity": lambda said, true: np.exp(-np.log(said[np.arange(len(true)), true]).mean()),
}
OF_NUMBERS = {
    "mae": lambda said, true: np.abs(said - true).mean(),
    "rmse": lambda said, true: np.sqrt(((said - true) ** 2).mean()),
    "r2": lambda said, true: np.mean(1 - ((said - true) ** 2).sum(0) / ((true - true.mean(0)) ** 2).sum(0)),
}


def test_each_metric_has_a_definition_here() -> None:
    assert OF_CLASSES.keys() | OF_NUMBERS.keys() == METRICS.keys()


@pytest.mark.parametrize(
    ("name", "kind"), [(name, kind) for name, item in METRICS.items() for kind in item.kinds if kind in SHAPES]
)
def test_a_metric_of_classes_is_that_of_its_definition(name: str, kind: str) -> None:
    for seed in range(5):
        scores, target = scored(kind, seed)
        assert told(name, kind, scores, target) == pytest.approx(OF_CLASSES[name](*flat(scores, target)), rel=1e-6)


@pytest.mark.parametrize("name", OF_NUMBERS)
@pytest.mark.parametrize(("middle", "spread"), [(0.0, 1.0), (1e6, 1.0), (0.0, 1e-4)])
def test_a_metric_of_numbers_is_that_of_its_definition(name: str, middle: float, spread: float) -> None:
    """Years and fractions of a millimetre, too: no digits are lost far from zero, and nothing is small in itself."""
    true = middle + spread * torch.randn(61, 3, dtype=torch.float64, generator=torch.Generator().manual_seed(1))
    said = true + spread * torch.rand(61, 3, dtype=torch.float64, generator=torch.Generator().manual_seed(2))
    assert told(name, "numbers", said, true) == pytest.approx(OF_NUMBERS[name](said.numpy(), true.numpy()), rel=1e-8)
    assert told(name, "numbers", said[:, 0], true[:, 0]) == pytest.approx(
        OF_NUMBERS[name](said.numpy()[:, :1], true.numpy()[:, :1]), rel=1e-8
    )


def test_scores_between_nought_and_one_are_scores_too() -> None:
    """torchmetrics takes them for probabilities, batch by batch, unless they are made some first."""
    scores, target = scored("classes", 3)
    scores = scores.sigmoid()
    assert told("auroc", "classes", scores, target) == pytest.approx(auroc(*flat(scores, target)))


def test_of_what_there_is_nothing_nothing_is_said() -> None:
    scores, target = scored("classes", 0)
    assert told("auroc", "classes", scores, torch.zeros_like(target)) is None
    assert told("average_precision", "classes", scores, torch.zeros_like(target)) == 1.0
    assert told("r2", "numbers", torch.ones(4), torch.ones(4)) is None
    for name, metric in METRICS.items():
        kind = metric.kinds[0]
        if kind == "classes":
            assert told(name, kind, scores, torch.full_like(target, IGNORED)) is None


def test_what_is_told_of_an_epoch_is_that_of_the_whole_part(tmp_path: Path) -> None:
    metrics = ("f1", "auroc", "perplexity")
    trained = Trained(small_graph(epochs=2, batch=300, metrics=metrics), tmp_path)
    reader = Reader(Path(trained.result["run"]))
    reader.read()
    assert all(len(reader.epochs[f"validation_{name}"]) == 2 for name in metrics)
    assert trained.result["metrics"]["test_perplexity"] == pytest.approx(
        math.exp(trained.result["metrics"]["test_loss"]), rel=1e-5
    )
    graph = small_graph(batch=77, metrics=("f1",), monitor="auroc")
    again = evaluate(graph, Path(trained.result["run"]), "test", which="last", home=Path())
    assert again.metrics["test_f1"] == pytest.approx(trained.result["metrics"]["test_f1"], rel=1e-12)
    assert "test_auroc" not in again.metrics


def test_a_metric_chooses_the_best_epoch_and_ends_a_training(tmp_path: Path) -> None:
    graph = small_graph(batch=300, epochs=6, metrics=("f1", "calibration_error"), monitor="f1")
    run = Path(Trained(graph, tmp_path).result["run"])
    reader = Reader(run)
    reader.read()
    found = reader.epochs["validation_f1"].values.tolist()
    assert find_checkpoint(run / "checkpoints", "best").epoch == found.index(max(found)) + 1
    still = {"batch": 900, "epochs": 9, "patience": 2, "metrics": ("f1", "calibration_error")}
    for monitor in still["metrics"]:
        graph = with_objective(small_graph(**still, monitor=monitor), settings={"lr": 0.0})
        assert Trained(graph, tmp_path).result["epochs"] == 3


def test_a_plateau_waits_for_what_the_recipe_looks_at(tmp_path: Path) -> None:
    weight = torch.nn.Parameter(torch.zeros(1))
    objective = Objective("loss", schedules=(Schedule("ReduceLROnPlateau", {"patience": 0}, each="epoch"),))
    for highest, values in ((True, (0.5, 0.6, 0.7)), (False, (0.7, 0.6, 0.5))):
        rates = Rates(objective, torch.optim.SGD([weight], lr=1.0), 10, 3, highest)
        for value in values:
            rates.epoch_ended(value)
        assert rates.rate == 1.0
        rates.epoch_ended(values[-1])
        assert rates.rate == pytest.approx(0.1)
    schedule = Schedule("ReduceLROnPlateau", {"patience": 0, "threshold": 0.0}, each="epoch")
    recipe = {"batch": 900, "epochs": 3, "metrics": ("f1",), "monitor": "f1"}
    trained = Trained(with_objective(small_graph(**recipe), schedules=(schedule,)), tmp_path)
    reader = Reader(Path(trained.result["run"]))
    reader.read()
    first, second, _ = reader.epochs["validation_f1"].values.tolist()
    assert first < second
    assert reader.steps["learning_rate"].values.tolist() == pytest.approx([0.1] * 30)


def perceptron(*losses: Node, features: int = 4, scores: int = 3, **recipe) -> Graph:
    """Return a linear layer whose scores go to these losses, all with one target of whole numbers or of numbers."""
    graph = Graph()
    kind = "float32" if losses[0].operator in ("mse_loss", "l1_loss") else "int64"
    shape = ("N", scores) if kind == "float32" else ("N",)
    graph.put("nodes.x", Node("x", "input", {"shape": ("N", features)}))
    graph.put("nodes.y", Node("y", "input", {"shape": shape, "dtype": kind}))
    graph.put("nodes.linear", Node("linear", "linear", {"out_features": scores}))
    graph.put("wires.linear.x", Output("x"))
    for node in losses:
        graph.put(f"nodes.{node.id}", node)
        graph.put(f"wires.{node.id}.x", Output("linear"))
        graph.put(f"wires.{node.id}.target", Output("y"))
    objectives = tuple(Objective(node.id) for node in losses if node.operator != "accuracy")
    graph.put("recipe", Recipe(**{"objectives": objectives, **recipe}))
    return graph


def summed(*losses: Node, **recipe) -> Graph:
    """Return a perceptron whose only objective is the sum of its losses, which are told in bits too."""
    graph = perceptron(*losses, **recipe)
    graph.put("nodes.total", Node("total", "total_loss"))
    for i, node in enumerate(losses):
        graph.put(f"wires.total.xs.{i}", Output(node.id))
    graph.put("nodes.bits", Node("bits", "bits"))
    graph.put("wires.bits.x", Output("total"))
    graph.put("recipe", replace(graph.recipe, objectives=(Objective("total"),)))
    return graph


LOSS = Node("loss", "cross_entropy")


@pytest.mark.parametrize(
    ("graph", "words"),
    [
        (perceptron(LOSS, metrics=("f2",)), "There is no metric f2; there is: top5, f1"),
        (perceptron(LOSS, metrics=("recal",)), "Did you mean recall?"),
        (perceptron(LOSS, metrics=("iou",)), "measures a class at each pixel; loss compares one class a sample, which these measure: f1, "),
        (perceptron(LOSS, metrics=("rmse",)), "measures numbers; loss compares one class a sample"),
        (perceptron(LOSS, metrics=("top5",)), "of more than 5 classes; loss compares one class a sample of 3"),
        (perceptron(Node("loss", "mse_loss"), metrics=("f1",)), "loss compares numbers, which these measure: mae, rmse, r2."),
        (perceptron(Node("f1", "cross_entropy"), metrics=("f1",)), "told under the name of a node"),
        (perceptron(LOSS, Node("accuracy", "accuracy"), metrics=("f1",), objectives=()), "no objective minimises a loss that compares"),
    ],
)  # fmt: skip
def test_what_a_metric_cannot_measure_is_refused(graph: Graph, words: str) -> None:
    with pytest.raises(TrainingError) as caught:
        measured(compile_graph(graph))
    assert words in caught.value.message


def test_a_metric_is_measured_at_each_loss_that_it_suits() -> None:
    second = Node("second", "cross_entropy", {"label_smoothing": 0.1})
    found = measured(compile_graph(perceptron(LOSS, second, metrics=("f1", "kappa"))))
    assert [item.name for item in found] == ["loss.f1", "second.f1", "loss.kappa", "second.kappa"]
    (found,) = measured(compile_graph(summed(LOSS, metrics=("f1",))))
    assert (found.name, found.loss) == ("f1", "loss")


def test_scores_beyond_memory_are_refused() -> None:
    program = compile_graph(perceptron(LOSS, scores=1000, metrics=("auroc",)))
    check_kept(measured(program), program, 10**5)
    with pytest.raises(TrainingError, match="keeps the scores of all samples: 1,000,000 of 1,000 classes"):
        check_kept(measured(program), program, 10**6)


def test_what_is_made_of_one_loss_weighs_as_it_does() -> None:
    assert counting(compile_graph(summed(LOSS))) == {"loss": "loss", "total": "loss", "bits": "loss"}
    both = summed(LOSS, Node("second", "cross_entropy"))
    assert counting(compile_graph(both)) == {"loss": "loss", "second": "second"}
    assert counting(compile_graph(perceptron(Node("loss", "mse_loss")))) == {}


@pytest.mark.parametrize("weighed", [False, True], ids=["alike", "weighed"])
@pytest.mark.parametrize("ignored", [-100, 2])
def test_means_weigh_the_targets_that_count(tmp_path: Path, ignored: int, weighed: bool) -> None:
    """Batches in which few or no targets count weigh little or nothing: the mean is that of all at once."""
    rng = np.random.default_rng(0)
    x, y = rng.normal(size=(60, 4)).astype("float32"), rng.integers(0, 3, 60)
    y[20:40] = ignored
    y[40:58] = ignored
    np.savez(tmp_path / "rows.npz", train_x=x, train_y=y.clip(0), test_x=x, test_y=y)
    said = {"ignore_index": ignored}
    loss, accuracy = Node("loss", "cross_entropy", said), Node("accuracy", "accuracy", said)
    graph = perceptron(loss, accuracy, batch=20, epochs=1, metrics=() if weighed else ("perplexity",),
                       data="numpy", source={"file": str(tmp_path / "rows.npz")})  # fmt: skip
    if weighed:
        weigh_classes(graph)
    run = Path(Trained(graph, tmp_path).result["run"])
    parts = evaluate(graph, run, "test", which="last", home=Path()).metrics
    graph.put("recipe", replace(graph.recipe, batch=60))
    whole = evaluate(graph, run, "test", which="last", home=Path()).metrics
    assert parts == pytest.approx(whole, rel=1e-6)
    if not weighed:
        assert parts["test_perplexity"] == pytest.approx(math.exp(parts["test_loss"]), rel=1e-6)


def weigh_classes(graph: Graph) -> None:
    """Let the classes of the loss count by weights that are wired to it."""
    graph.put("nodes.weights", Node("weights", "numbers", {"values": "0.1 2 0.5"}))
    graph.put("wires.loss.weight", Output("weights"))


def of_rows(folder: Path, **recipe) -> Graph:
    """Return a perceptron for 60 rows, 21 of whose targets do not count; its weights are where they began."""
    rng = np.random.default_rng(0)
    x, y = rng.normal(size=(60, 4)).astype("float32"), rng.integers(0, 3, 60)
    y[::3], y[1] = -100, -100
    np.savez(folder / "rows.npz", train_x=x, train_y=y)
    recipe = {"epochs": 1, "validation": 0.0, "data": "numpy", "source": {"file": str(folder / "rows.npz")}} | recipe
    return perceptron(LOSS, Node("accuracy", "accuracy"), **recipe)


@pytest.mark.parametrize("weighed", [False, True], ids=["alike", "weighed"])
def test_means_of_a_training_weigh_the_targets_that_count_as_those_of_a_part_do(tmp_path: Path, weighed: bool) -> None:
    """At a learning rate of 0 the mean of an epoch is that of all samples at once, however they come in batches."""
    still = {"optimizer": "SGD", "settings": {"lr": 0.0}}
    for name, recipe in {
        "whole": {"batch": 60},
        "batches": {"batch": 7},
        "steps": {"batch": 7, "accumulate": 3},
    }.items():
        graph = with_objective(of_rows(tmp_path, **recipe), **still)
        if weighed:
            weigh_classes(graph)
        run = Trained(graph, tmp_path / name).result
        metrics = {key: value for key, value in run["metrics"].items() if key.startswith("train_")}
        assert set(metrics) == {"train_loss", "train_accuracy"}
        found = evaluate(graph, Path(run["run"]), "train", which="last", home=Path()).metrics
        assert metrics == pytest.approx({key: found[key] for key in metrics}, rel=1e-6), name


@pytest.mark.parametrize("weighed", [False, True], ids=["alike", "weighed"])
def test_batches_that_are_added_up_teach_what_they_would_as_one(tmp_path: Path, weighed: bool) -> None:
    """Also where in one of them fewer targets count, or lighter ones: a gradient is a mean over targets."""
    learned = []
    for name, recipe in {"whole": {"batch": 60}, "parts": {"batch": 7, "accumulate": 9}}.items():
        graph = with_objective(of_rows(tmp_path, **recipe), optimizer="SGD", settings={"lr": 1.0})
        if weighed:
            weigh_classes(graph)
        run = Trained(graph, tmp_path / name)
        assert run.result["steps"] == 1
        learned.append(load_weights(Path(run.result["run"]), "last"))
    first, second = learned
    for name, weight in first.items():
        assert torch.allclose(weight, second[name], atol=1e-6)


def test_a_target_that_is_computed_is_counted_in_the_pass_that_learns() -> None:
    """The same numbers are drawn as by the printed method, whose losses these are."""
    graph = perceptron(LOSS, Node("accuracy", "accuracy"))
    graph.put("nodes.noise", Node("noise", "dropout", {"p": 0.5}))
    graph.put("wires.noise.x", Output("linear"))
    graph.put("nodes.chosen", Node("chosen", "random_mask", {"p": 0.5}))
    graph.put("wires.chosen.x", Output("y"))
    graph.put("nodes.hidden", Node("hidden", "masked_fill", {"value": -100.0}))
    graph.put("wires.hidden.x", Output("y"))
    graph.put("wires.hidden.mask", Output("chosen"))
    for name in ("loss", "accuracy"):
        graph.put(f"wires.{name}.x", Output("noise"))
        graph.put(f"wires.{name}.target", Output("hidden"))
    program = compile_graph(graph)
    module = program.module().train()
    batch = {"x": torch.randn(50, 4), "y": torch.randint(0, 3, (50,))}
    torch.manual_seed(1)
    plain = module.objective(*(batch[name] for name in program.objective_inputs))
    torch.manual_seed(1)
    names = {"loss": "loss", "accuracy": "accuracy"}
    found, counts = Observer(program, names)(Compute(module, torch.device("cpu"), graph.recipe), batch, "loss")
    assert all(torch.equal(found[name], value) for name, value in plain.items())
    assert counts["loss"] is counts["accuracy"]
    torch.manual_seed(1)
    hidden = program.values([("loss", "target")]).method(module, *(batch[name] for name in program.objective_inputs))[
        -1
    ]
    assert int(counts["loss"]) == int((hidden != IGNORED).sum())
    assert 10 < int(counts["loss"]) < 40


def test_what_fails_while_measuring_names_its_node() -> None:
    program = compile_graph(perceptron(LOSS))
    from grapheditor.compile.trace import node_of

    values = program.values([("loss", "x")])
    with pytest.raises(IndexError) as caught:
        values.method(program.module(), torch.zeros(2, 4), torch.tensor([0, 3]))
    assert node_of(caught.value, program) == "loss"


def test_torchmetrics_is_loaded_where_it_measures_and_nowhere_else() -> None:
    code = (
        "import sys, grapheditor.training.metrics; before = 'torch' in sys.modules;"
        "import grapheditor.training.loop, grapheditor.training.learned;"
        "print(before, 'torchmetrics' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["False", "False"]


def test_the_table_in_the_documents_is_that_of_the_declarations() -> None:
    rows = [line.split("|")[1:-1] for line in DOCS.read_text("utf-8").splitlines() if line.startswith("| `")]
    found = {cells[0].strip(" `"): [cell.strip() for cell in cells[1:]] for cells in rows if len(cells) == 5}
    assert list(found) == list(METRICS)
    for name, item in METRICS.items():
        what = "classes of any kind" if len(item.kinds) == 3 else ", ".join(KINDS[kind] for kind in item.kinds)
        assert found[name] == [item.title, what, item.unit, "higher" if item.higher else "lower"]

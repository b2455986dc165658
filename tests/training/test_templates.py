"""Templates that learn by their own recipes, at sizes of a few seconds: several objectives, texts, an image that learns."""

from __future__ import annotations

import random
from dataclasses import replace
from pathlib import Path

import pytest
import torch
from small import Trained

from grapheditor.catalog import catalog
from grapheditor.compile import compile_graph
from grapheditor.compile.export import export
from grapheditor.engine.messages import Epoch
from grapheditor.training.errors import DataError, TrainingError
from grapheditor.training.loop import train
from grapheditor.training.memory import measure
from grapheditor.training.run import load_weights

SMALL = {
    "gan-gaussians": {"width": 32, "noise": 4},
    "masked-lm": {"width": 16, "layers": 1, "context": 16},
    "lstm-text": {"width": 24},
    "char-gpt": {"width": 16, "layers": 1, "heads": 2, "context": 16},
    "word2vec": {"vocabulary": 16, "width": 8, "reach": 1},
    "painted-image": {"size": 16},
}
FIRST = {"gan-gaussians": "judging", "painted-image": "loss"}


@pytest.fixture(autouse=True)
def text(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Put a text of few words where tinyshakespeare is looked for."""
    draw = random.Random(0)
    words = ("to be", "or not", "that is", "the question", "whether", "'tis nobler")
    path = tmp_path / "data" / "text" / "tinyshakespeare.txt"
    path.parent.mkdir(parents=True)
    path.write_text(" ".join(draw.choice(words) for _ in range(4000)), encoding="utf-8")
    monkeypatch.setenv("GRAPHEDITOR_DATA", str(tmp_path / "data"))
    return path


def small(name: str, **recipe):
    graph = catalog().new(name, SMALL[name])
    source = {"samples": 2000, "deviation": 0.1} if name == "gan-gaussians" else graph.recipe.source
    short = {"epochs": 4, "source": source}
    graph.put("recipe", replace(graph.recipe, **short | recipe))
    return graph


@pytest.mark.parametrize(
    ("name", "number", "share"),
    [
        ("masked-lm", "bits", 0.9),
        ("lstm-text", "bits", 0.8),
        ("char-gpt", "bits", 0.8),
        ("word2vec", "loss", 0.8),
        ("painted-image", "pixels", 0.7),
    ],
)
def test_what_is_measured_falls(tmp_path: Path, name: str, number: str, share: float) -> None:
    epochs = Trained(small(name), tmp_path / "runs").of(Epoch)
    first, last = (message.metrics[f"train_{number}"] for message in (epochs[0], epochs[-1]))
    assert last < share * first, [message.metrics for message in epochs]


def distance(module: torch.nn.Module) -> float:
    """Return how far what a generator makes is from the circle that the data lie on."""
    with torch.inference_mode():
        made = module.eval()(torch.randn(2000, 4, generator=torch.Generator().manual_seed(0)))
    return float((made.norm(dim=1) - 2).abs().mean())


def test_what_the_generator_makes_moves_to_the_data(tmp_path: Path) -> None:
    graph = small("gan-gaussians", epochs=60, batch=64)
    module = compile_graph(graph).module()
    before = distance(module)
    run = Path(Trained(graph, tmp_path / "runs").result["run"])
    module.load_state_dict(load_weights(run, "last"))
    assert distance(module) < 0.4 * before


@pytest.mark.parametrize(("learns", "rests"), [("discriminator", "generator"), ("generator", "discriminator")])
def test_the_step_of_one_leaves_the_weights_of_the_other(tmp_path: Path, learns: str, rests: str) -> None:
    graph = small("gan-gaussians", epochs=1)
    objectives = tuple(
        item if item.weights == (learns,) else replace(item, every=10**6) for item in graph.recipe.objectives
    )
    graph.put("recipe", replace(graph.recipe, objectives=objectives))
    run = Path(Trained(graph, tmp_path / "runs").result["run"])
    torch.manual_seed(graph.recipe.seed)
    fresh, learned = compile_graph(graph).module().state_dict(), load_weights(run, "last")
    changed = {name.partition(".")[0] for name in fresh if not torch.equal(fresh[name], learned[name])}
    assert changed == {learns}
    assert rests in {name.partition(".")[0] for name in fresh}


def test_only_the_picture_changes(tmp_path: Path) -> None:
    graph = small("painted-image")
    run = Path(Trained(graph, tmp_path / "runs").result["run"])
    torch.manual_seed(graph.recipe.seed)
    fresh, learned = compile_graph(graph).module().state_dict(), load_weights(run, "last")
    changed = {name for name in fresh if not torch.equal(fresh[name], learned[name])}
    assert changed == {"picture_weight", "normalize_mean", "normalize_std"}


@pytest.mark.parametrize("name", SMALL)
def test_what_it_learned_is_exported(tmp_path: Path, name: str) -> None:
    program = compile_graph(small(name))
    result = export(program, tmp_path / "net.onnx", None)
    assert result["max_relative_difference"] <= 1e-4
    wanted = {"gan-gaussians": ("noise",), "painted-image": ()}.get(name, ("tokens",))
    assert program.inputs == wanted


def test_what_is_hidden_is_what_is_asked_for() -> None:
    """The mask is drawn once: of a reader that knows nothing but what it sees, hidden places are the ones that cost."""
    module = compile_graph(small("masked-lm")).module()
    seen = []
    module.reader.register_forward_hook(lambda _module, given, scores: seen.append((given[0], scores)))
    tokens = torch.randint(0, 65, (8, 16))
    loss = module.objective(tokens)["loss"]
    ((given, scores),) = seen
    hidden = given == 65
    assert 0 < hidden.sum() < hidden.numel()
    assert torch.equal(given[~hidden], tokens[~hidden])
    expected = torch.nn.functional.cross_entropy(scores.transpose(1, 2)[hidden], tokens[hidden])
    assert loss.item() == pytest.approx(expected.item(), rel=1e-5)


@pytest.mark.parametrize("named", ["discriminator", "judged", "discriminator.linear1", "discriminator.linear1.weight"])
def test_an_objective_names_weights_by_any_node_that_has_them(tmp_path: Path, named: str) -> None:
    graph = small("gan-gaussians", epochs=1)
    first, second = graph.recipe.objectives
    graph.put("recipe", replace(graph.recipe, objectives=(replace(first, weights=(named,)), second)))
    Trained(graph, tmp_path / "runs")


def test_weights_of_a_node_that_is_not_there_are_refused(tmp_path: Path) -> None:
    graph = small("painted-image")
    (only,) = graph.recipe.objectives
    graph.put("recipe", replace(graph.recipe, objectives=(replace(only, weights=("pic",)),)))
    with pytest.raises(TrainingError, match=r"of pic, which is not in the graph. Did you mean picture\?"):
        Trained(graph, tmp_path / "runs")


def test_memory_counts_both_networks_of_a_contest() -> None:
    found = measure(compile_graph(small("gan-gaussians")), 10)
    generator = 4 * (5 * 32 + 33 * 32 + 33 * 2)
    discriminator = 4 * (3 * 32 + 33 * 32 + 33)
    assert found.weights == generator + discriminator
    assert found.gradients == max(generator, discriminator)
    assert 0 <= found.optimizer - 2 * (generator + discriminator) <= 4 * 12, "two moments, and a step count a tensor"
    assert found.optimizer_name == "Adam"
    assert found.training > found.weights + found.gradients + found.optimizer


def test_an_epoch_may_have_more_batches_than_the_data(tmp_path: Path) -> None:
    result = Trained(small("painted-image", epochs=2, epoch_batches=7), tmp_path / "runs").result
    assert result["steps"] == 14


def test_without_the_text_it_says_how_to_fetch_it(tmp_path: Path, text: Path) -> None:
    text.unlink()
    with pytest.raises(DataError, match=r"Tiny Shakespeare is not here yet: `grapheditor data fetch tinyshakespeare`"):
        train(small("lstm-text"), tmp_path / "runs", "text", send=lambda _: None, stopped=lambda: False)

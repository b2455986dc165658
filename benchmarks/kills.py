"""Trainings that are killed at random moments and go on: whether they end with the same bits, and what they repeat.

Each training runs in a process of its own, forked from one that has torch loaded already, and is ended by SIGKILL. What
it does is seen through shared memory: the step that it is at, when each step began, every loss that was told. Which
kind a death was of is read from what was left behind, not from what was intended.
"""

from __future__ import annotations

import multiprocessing
import os
import random
import shutil
import signal
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import torch

from grapheditor.authoring import Drawing, Handle, template
from grapheditor.catalog import catalog
from grapheditor.edit.sketch import sketch
from grapheditor.engine.messages import Epoch, Started, Steps
from grapheditor.graph import Graph, Recipe
from grapheditor.graph.recipe import Augmentation, Schedule
from grapheditor.training.checkpoint import read_weights, whole_checkpoints
from grapheditor.training.errors import RunError
from grapheditor.training.loop import resume, train

EPOCHS, STEPS = 3, 60
"""Of every training here."""
MOST_STEPS, MOST_SECONDS = 50, 2.0
"""What a death may repeat at most."""
WRITING, EDGE, WITHIN, TWICE = "checkpoint writing", "epoch edge", "within a step", "twice in one epoch"
DELAYS = {WRITING: 0.0, EDGE: 0.005, WITHIN: 0.02}
"""Seconds that pass at most between the moment that is waited for and the death."""


@template("Sequences and language", title="Perceptron")
def perceptron(g: Drawing) -> None:
    """Dropout, and two layers that share their weight."""
    x = g.flatten(g.normalize(g.input(shape=("N", 1, 28, 28), id="image")))
    x = g.dropout(g.relu(g.linear(x, out_features=64)), p=0.2)
    x = g.dropout(g.relu(g.linear(x, out_features=64, id="first")), p=0.2)
    _classify(g, g.tanh(g.linear(x, out_features=64, id="second")))
    g.tie("second.weight", "first.weight")


@template("Sequences and language", title="Reader of rows")
def reader(g: Drawing) -> None:
    """Two layers of LSTM with dropout between them, over the rows of a digit."""
    x = g.flatten(g.normalize(g.input(shape=("N", 1, 28, 28), id="image")), start_dim=1, end_dim=2)
    _classify(g, g.select(g.lstm(x, hidden_size=24, num_layers=2, dropout=0.3), index=-1))


@template("Sequences and language", title="Convolutions")
def convolutions(g: Drawing) -> None:
    """A convolution whose norm keeps statistics, with dropout behind it."""
    x = g.normalize(g.input(shape=("N", 1, 28, 28), id="image"))
    x = g.max_pool2d(g.relu(g.batch_norm2d(g.conv2d(x, out_channels=8, kernel_size=5))), kernel_size=4)
    _classify(g, g.dropout(g.flatten(x), p=0.3))


def _classify(g: Drawing, x: Handle) -> None:
    label = g.input(shape=("N",), dtype="int64", id="label")
    scores = g.linear(x, out_features=10, id="head")
    g.output(scores, id="scores")
    loss = g.cross_entropy(scores, label, id="loss")
    g.accuracy(scores, label, id="accuracy")
    g.train(loss, data="digits", optimizer="AdamW", settings={"lr": 3e-3}, epochs=EPOCHS, batch=50)


MOVED = {"image": (Augmentation("random_crop", {"padding": 2}), Augmentation("noise", {"deviation": 5.0}))}
ONE_CYCLE = Schedule("OneCycleLR", {"max_lr": 0.01})
PLATEAU = Schedule("ReduceLROnPlateau", {"patience": 0}, each="epoch")
NETWORKS: dict[str, tuple[Any, dict[str, Any], Schedule]] = {
    "perceptron: dropout, tied weights, augmentation, accumulation, average": (
        perceptron,
        {"augment": MOVED, "accumulate": 2, "average": 0.9, "epoch_batches": 2 * STEPS},
        ONE_CYCLE,
    ),
    "LSTM: recurrent dropout, accumulation": (reader, {"accumulate": 2, "epoch_batches": 2 * STEPS}, PLATEAU),
    "convolution: statistics of a norm, dropout, augmentation, bfloat16": (
        convolutions,
        {"augment": MOVED, "precision": "bfloat16", "epoch_batches": STEPS},
        ONE_CYCLE,
    ),
}
"""Each with a schedule and with validation."""


def networks() -> dict[str, Graph]:
    """Return the graphs to be trained."""
    graphs = {}
    for name, (drawn, recipe, schedule) in NETWORKS.items():
        graph = sketch(catalog(), drawn, {})
        graph.put("recipe", _scheduled(replace(graph.recipe, validation=0.1, **recipe), schedule))
        graphs[name] = graph
    return graphs


def _scheduled(recipe: Recipe, schedule: Schedule) -> Recipe:
    return replace(recipe, objectives=tuple(replace(item, schedules=(schedule,)) for item in recipe.objectives))


@dataclass(slots=True)
class Seen:
    """What a training shows of itself: arrays in memory that its processes and this one share.

    now: the step that it went on from, the step that it is at (from 1), the last step that it told of, the epochs that
    it told of. begun: when each step began. losses: by step.
    """

    now: Any
    begun: Any
    losses: Any

    @classmethod
    def new(cls, context: Any) -> Seen:
        return cls(
            context.RawArray("q", 4), *(context.RawArray("d", [float("nan")] * (EPOCHS * STEPS + 2)) for _ in "bl")
        )

    def send(self, message: Any) -> None:
        if isinstance(message, Started):
            self.now[0] = self.now[1] = self.now[2] = message.step
            self.now[3] = message.step // STEPS
        elif isinstance(message, Steps):
            for step, loss in enumerate(message.values["loss"], message.first + 1):
                self.losses[step] = loss
                self.now[2] = step
        elif isinstance(message, Epoch):
            self.now[3] = message.epoch

    def stopped(self) -> bool:
        """Asked before every step."""
        self.now[1] += 1
        self.begun[self.now[1]] = time.perf_counter()
        return False


def work(text: str, folder: str, seen: Seen) -> None:
    """Train a graph in a folder, or go on with what is there; the body of a process."""
    from grapheditor.graph import read_text

    torch.set_num_threads(1)
    run = Path(folder) / "net-001"
    if (run / "run.json").is_file():
        resume(run, send=seen.send, stopped=seen.stopped)
    else:
        train(read_text(text, catalog().history), Path(folder), "net", send=seen.send, stopped=seen.stopped)


@dataclass(slots=True)
class Death:
    """One death: of which kinds it was, at which step, what it repeated."""

    kinds: set[str]
    step: int
    kept: int
    seconds: float

    @property
    def repeated(self) -> int:
        """Steps that were complete or begun and are made again."""
        return self.step - self.kept


@dataclass(slots=True)
class Story:
    """A training that is killed several times."""

    context: Any
    text: str
    folder: Path
    seen: Seen
    draw: random.Random
    deaths: list[Death] = field(default_factory=list)

    @property
    def checkpoints(self) -> Path:
        return self.folder / "net-001" / "checkpoints"

    def process(self) -> Any:
        made = self.context.Process(target=work, args=(self.text, str(self.folder), self.seen))
        made.start()
        return made

    def die(self, wanted: str, step: int) -> bool:
        """Let a process train to a step and a moment of this kind, kill it there, and look at what it left.

        False where it was faster than this, and is at its end.
        """
        seen = self.seen
        seen.now[1] = seen.now[2] = 0
        process = self.process()
        due: Callable[[], bool] = {
            WITHIN: lambda: seen.now[1] >= step,
            EDGE: lambda: seen.now[2] >= step - step % STEPS + STEPS,
            WRITING: lambda: seen.now[1] >= step and bool(unfinished(self.checkpoints)),
        }[wanted]
        while process.exitcode is None and not (due() and any(self.checkpoints.glob("*.json"))):
            process.join(0.0005)
        until = time.perf_counter() + (self.draw.uniform(0, DELAYS[wanted]))
        while time.perf_counter() < until:
            pass
        os.kill(process.pid, signal.SIGKILL)
        process.join()
        when = time.perf_counter()
        if process.exitcode == 0:
            return False
        if process.exitcode != -signal.SIGKILL:
            raise AssertionError(f"{self.folder}: ended by itself ({process.exitcode}) before it was killed")
        self.deaths.append(self._look(when))
        return True

    def _look(self, when: float) -> Death:
        """Read from what is left what kind of death it was; the newest checkpoint must be whole."""
        seen = self.seen
        at, told, epochs = seen.now[1:4]
        kinds = {WRITING} if unfinished(self.checkpoints) else set()
        if told == at and at % STEPS == 0:
            kinds.add(EDGE)
        if told < at:
            kinds.add(WITHIN)
        if self.deaths and (self.deaths[-1].step - 1) // STEPS == (at - 1) // STEPS:
            kinds.add(TWICE)
        found = next(whole_checkpoints(self.checkpoints))
        if isinstance(found, RunError):
            raise AssertionError(f"after the death at step {at} (epoch {epochs}): {found.message}")
        kept = found[0].step
        begun = seen.begun[kept + 1]
        return Death(kinds, at, kept, when - begun if at > kept else 0.0)

    def finish(self) -> None:
        """Let a last process train to the end."""
        process = self.process()
        process.join()
        if process.exitcode:
            raise AssertionError(f"{self.folder}: did not go on to its end ({process.exitcode})")

    def result(self) -> tuple[list[float], dict[str, torch.Tensor]]:
        """Return the loss of every step and the weights of the last and the best checkpoint."""
        weights = {
            f"{which} {name}": value
            for which in ("last", "best")
            for name, value in read_weights(self.checkpoints, which).items()  # type: ignore[arg-type]
        }
        return self.seen.losses[1 : EPOCHS * STEPS + 1], weights


def unfinished(folder: Path) -> list[str]:
    """Return what a checkpoint that is being written has left: files under names for a time, tensors not yet named."""
    try:
        names = [path.name for path in folder.iterdir()]
    except FileNotFoundError:
        return []
    newest = max((int(name[:8]) for name in names if name[:8].isdigit() and name.endswith(".json")), default=-1)
    return [
        name for name in names if name.startswith(".") or (name.endswith(".safetensors") and int(name[:8]) > newest)
    ]


def alike(one: tuple[list[float], dict[str, torch.Tensor]], other: tuple[list[float], dict[str, torch.Tensor]]) -> bool:
    """Tell whether losses and weights are the same, bit for bit."""
    return one[0] == other[0] and one[1].keys() == other[1].keys() and all(one[1][n].equal(other[1][n]) for n in one[1])


def forks() -> Any:
    """Return a way to start processes that have loaded torch already, and what of it compiling a graph needs."""
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["torch._dynamo", "grapheditor.training.loop", "grapheditor.edit.sketch"])
    return context


def moments(draw: random.Random) -> list[tuple[str, int]]:
    """Draw when a training is to be killed: two moments of one epoch, and one in each epoch behind."""
    steps = [draw.randrange(28, 40), draw.randrange(42, STEPS)]
    steps += [draw.randrange(epoch * STEPS + 2, (epoch + 1) * STEPS - 25) for epoch in (1, 2)]
    return list(
        zip(draw.choices((WITHIN, WRITING), k=2) + draw.choices((WITHIN, WRITING, EDGE), k=2), steps, strict=True)
    )


def kills(count: int, seed: int = 0, only: int | None = None) -> Counter[str]:
    """Kill trainings so often, say what was found, and return how often each kind occurred.

    only: the one network that is trained, by number. AssertionError where anything is not as it should be.
    """
    context, deaths = forks(), list[Death]()
    graphs = list(networks().items())[slice(None) if only is None else slice(only, only + 1)]
    with tempfile.TemporaryDirectory() as name:
        wholes = {title: _story(context, graph, Path(name) / title[:4], 0) for title, graph in graphs}
        for whole in wholes.values():
            whole.finish()
        while len(deaths) < count:
            title, graph = graphs[seed % len(graphs)]
            story = _story(context, graph, Path(name) / f"{seed}", seed)
            ended = not all(story.die(*moment) for moment in moments(story.draw)[: count - len(deaths)])
            if not ended:
                story.finish()
            same = alike(story.result(), wholes[title].result())
            _tell(seed, title, story, same)
            if not same:
                raise AssertionError("the bits are not those of the training that nobody disturbed")
            if not deaths:
                _damage(story, wholes[title])
            deaths += story.deaths
            seed += 1
    return _judge(deaths)


def _story(context: Any, graph: Graph, folder: Path, seed: int) -> Story:
    from grapheditor.graph import write_text

    folder.mkdir()
    return Story(context, write_text(graph), folder, Seen.new(context), random.Random(seed))


def _damage(story: Story, whole: Story) -> None:
    """Flip a byte of a copy's newest checkpoint: it must be refused by name, and the one before used."""
    seen = Seen(story.seen.now, story.seen.begun, list(story.seen.losses))
    copied = replace(story, folder=story.folder.with_name("damaged"), seen=seen)
    shutil.copytree(story.folder, copied.folder)
    found = next(whole_checkpoints(copied.checkpoints))
    assert not isinstance(found, RunError)
    path = copied.checkpoints / found[0].files["weights"].name
    data = bytearray(path.read_bytes())
    data[story.draw.randrange(len(data))] ^= 1 << story.draw.randrange(8)
    path.write_bytes(data)
    notes: list[str] = []
    steps: list[int] = []

    def send(message: Any) -> None:
        seen.send(message)
        if isinstance(message, Started):
            notes.extend(message.notes)
            steps.append(message.step)

    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        resume(copied.folder / "net-001", send=send, stopped=lambda: False)
    finally:
        torch.set_num_threads(threads)
    if not any(path.name in note and "is damaged" in note for note in notes) or not alike(
        copied.result(), whole.result()
    ):
        raise AssertionError(f"a flipped byte of {path.name}: {notes or 'nothing said'}")
    print(f"  a flipped byte in {path.name}: refused by name; went on from step {steps[0]} instead of {found[0].step}")


def _tell(seed: int, title: str, story: Story, same: bool) -> None:
    print(f"seed {seed}, {title.partition(':')[0]}: {'the same bits' if same else 'OTHER BITS'}")
    for death in story.deaths:
        print(
            f"  killed at step {death.step} ({', '.join(sorted(death.kinds)) or 'between steps'}): "
            f"went on from {death.kept}, {death.repeated} steps or {death.seconds:.2f} s repeated"
        )


def _judge(deaths: list[Death]) -> Counter[str]:
    occurred = Counter(kind for death in deaths for kind in sorted(death.kinds))
    print(f"{len(deaths)} deaths, each with a checkpoint that could be loaded: {dict(occurred)}")
    steps, seconds = max(death.repeated for death in deaths), max(death.seconds for death in deaths)
    print(f"at most {steps} steps and {seconds:.2f} s repeated (at most {MOST_STEPS} and {MOST_SECONDS})")
    return occurred


if __name__ == "__main__":
    kills(int(sys.argv[1]) if len(sys.argv) > 1 else 50)

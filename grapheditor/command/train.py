"""The verb ``train``: a graph learns by its recipe, or a run goes on."""

from __future__ import annotations

import argparse
import math
import signal
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from grapheditor.authoring.names import plural
from grapheditor.cli import FILES, FINE, STOPPED, USAGE, VerbError
from grapheditor.command.progress import Line, bar, clock
from grapheditor.command.recipe import recipe_arguments, settings_arguments, settings_of, use_recipe
from grapheditor.command.shared import (
    file_argument,
    metrics_argument,
    print_value,
    read_graph,
    say_unreadable,
    sentences,
    stem,
    trust_run,
    weights_of,
)

if TYPE_CHECKING:
    from grapheditor.engine.messages import Message


def arguments(part: argparse.ArgumentParser) -> None:
    """Say what the verb takes."""
    file_argument(part)
    recipe_arguments(part)
    part.add_argument("--device", metavar="NAME", help="cpu, cuda, cuda:1, mps")
    part.add_argument(
        "--tensorboard", action="store_true", help="write TensorBoard's events too, into the run's folder"
    )
    part.add_argument("--resume", action="store_true", help="go on with a run: FILE is its folder, or its graph")
    part.add_argument(
        "--from",
        dest="begin",
        metavar="WEIGHTS",
        help="begin from weights, as far as they carry over: a run, or a file that `weights` reads",
    )
    metrics_argument(part)
    settings_arguments(part)
    part.add_argument("--run-dir", type=Path, metavar="DIR", help="the folder that gets the run (runs/ beside FILE)")


def run(given: argparse.Namespace) -> int:
    """Train a graph by its recipe."""
    from grapheditor.engine.process import calm_threads

    calm_threads()
    from grapheditor.training.loop import resume
    from grapheditor.training.loop import train as run_training

    graph = read_graph(given.file, trust=given.trust) if not given.resume else None
    show = _Progress(quiet=given.json)
    with sentences(given.file), _until_stopped() as stopped:
        if graph is None:
            folder = _run_to_resume(given)
            trust_run(folder, trust=given.trust)
            result = resume(
                folder,
                device=given.device,
                changes=settings_of(given),
                tensorboard=given.tensorboard,
                send=show,
                stopped=stopped,
            )
        else:
            use_recipe(graph, given)
            result = run_training(
                graph,
                runs_of(given),
                stem(given.file),
                device=given.device or "cpu",
                home=given.file.parent,
                trust=given.trust,
                tensorboard=given.tensorboard,
                begin=weights_of(given.begin, runs_of(given)) if given.begin else None,
                send=show,
                stopped=stopped,
            )
    metrics = ", ".join(f"{name} {value:.4g}" for name, value in result["metrics"].items())
    final = result["metrics"].get("train_loss", math.nan)
    if final > 2 * abs(show.first_loss):
        text = f"The loss rose from {show.first_loss:.4g} to {final:.4g}: a smaller learning rate often helps."
        print(text, file=sys.stderr)
    say_unreadable(result.get("unreadable", ()))
    ended = "stopped" if result["stopped"] else "trained"
    rate = f"{result['samples_per_second']:,.0f} samples/s"
    epochs = plural(result["epochs"], "epoch")
    print_value(given, result, f"{ended}: {epochs}, {rate}\n{metrics}\nrun: {result['run']}")
    return STOPPED if result["stopped"] else FINE


def runs_of(given: argparse.Namespace) -> Path:
    """Return the folder that gets the run."""
    return Path(given.run_dir or given.file.parent / "runs")


@contextmanager
def _until_stopped() -> Iterator[Callable[[], bool]]:
    """Yield what tells whether it was asked to stop; who asks twice does not wait for a checkpoint."""
    asked = False

    def stop(_number: int, _frame: object) -> None:
        nonlocal asked
        if asked:
            raise KeyboardInterrupt
        asked = True

    before = {number: signal.signal(number, stop) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield lambda: asked
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _run_to_resume(given: argparse.Namespace) -> Path:
    """Return the run to go on with: the folder itself, or the newest of a graph that has a checkpoint."""
    from grapheditor.runs.folder import latest_run

    for name in ("data", "option", "lr", "changes", "begin"):
        if getattr(given, name):
            option = {"option": "-p", "changes": "--set", "begin": "--from"}.get(name, f"--{name}")
            text = f"{option} belongs to a new training; a run goes on with the recipe that it has"
            raise VerbError(f"{text}, but for plain settings such as --epochs.", USAGE)
    if given.file.is_dir():
        return Path(given.file)
    found = latest_run(runs_of(given), stem(given.file), "last")
    if found is None:
        raise VerbError("there is no run of this graph with a checkpoint to go on from", FILES, given.file)
    return found


class _Progress:
    """Shows a run on the standard error: a line that is rewritten on a terminal, a line for each epoch elsewhere."""

    def __init__(self, *, quiet: bool) -> None:
        self.line = Line()
        self.quiet = quiet and not self.line.live
        self.epochs = self.per_epoch = 1
        self.first_loss = math.nan
        self.loss = "loss"

    def __call__(self, message: Message) -> None:
        """Take a message of the run."""
        from grapheditor.engine.messages import Epoch, Started, Steps

        match message:
            case Started(epochs=epochs, steps_per_epoch=steps, losses=losses, notes=notes):
                self.epochs, self.per_epoch, self.loss = epochs, max(1, steps), losses[0]
                for note in notes:
                    print(note, file=sys.stderr)
            case Steps(first=first, values=values, rate=rate, seconds_left=left):
                known = [value for value in values.get(self.loss, []) if value is not None]
                if known and math.isnan(self.first_loss):
                    self.first_loss = known[0]
                if known:
                    done = bar(first + max(map(len, values.values())), self.epochs * self.per_epoch)
                    self.line.show(f"{done} loss {known[-1]:.4f}  {rate:,.0f} samples/s  {clock(left)} left")
            case Epoch(epoch=epoch, metrics=metrics) if not self.quiet:
                text = "  ".join(f"{name} {value:.4f}" for name, value in metrics.items())
                self.line.say(f"epoch {epoch}/{self.epochs}  {text}")

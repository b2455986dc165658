"""What a run does, in a line."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from grapheditor.ui.following import Following
from grapheditor.ui.run import Run
from grapheditor.ui.telling import in_window
from grapheditor.ui.texts import counted, mark, tr

if TYPE_CHECKING:
    from grapheditor.runs.following import Sight


def waiting(beside: int, queue: int) -> str:
    """Say how many runs go on beside this one, and how many wait for its end."""
    said = [tr("{n} beside it", n=beside)] if beside else []
    said += [counted(queue, "{n} waits", "{n} wait")] if queue else []
    return "".join(f" · {text}" for text in said)


def status(run: Run | None) -> str:
    """Say in a line what a run does: ``epoch 3 / 10 · 0:12 left · 3,412 samples/s``."""
    sight = run.sight if run is not None else None
    if run is None or sight is None:
        return "" if run is None else tr("failed") if run.state == "failed" else tr("starting")
    progress = sight.record.progress
    epoch = tr("epoch {epoch} / {epochs}", epoch=min(progress.epochs, sight.epoch + 1), epochs=progress.epochs)
    match run.state:
        case "starting" | "running" if not sight.rate:
            return tr(sight.look.beat.doing or "starting")
        case "running":
            minutes, left = divmod(int(sight.seconds_left or 0), 60)
            rate = tr("{rate:,.0f} samples/s", rate=sight.samples_per_second)
            return f"{epoch} · {tr('{time} left', time=f'{minutes}:{left:02}')} · {rate}"
        case "paused":
            return f"{tr('paused')} · {epoch}"
        case "stalled":
            silent = sight.look.beat.silent()
            return tr("no step for {n:.0f} s: it may hang; Stop ends it and keeps its last checkpoint", n=silent)
        case "stopping":
            return tr("stopping")
        case _:
            return ended(sight, run.state)


def ended(sight: Sight, state: str) -> str:
    """Say in a line how a run has ended."""
    metrics = {name: float(curve.values[-1]) for name, curve in sight.epochs.items() if len(curve.values)}
    match state:
        case "finished":
            return counted(sight.record.progress.epochs, "{n} epoch", "{n} epochs") + result(metrics)
        case "stopped":
            return tr("stopped after step {n:,}", n=sight.step) + result(metrics)
        case _:
            return tr("failed")


def without_curves(run: Run | Following) -> str:
    """Say what became of a run that has ended and has no curves to show; nothing where they may still come."""
    sight = run.sight
    if sight is not None and sight.step:
        return ""
    if isinstance(run, Run):
        name, state = run.title, str(run.state) if run.ended else ""
        why = run.problem.message if run.problem is not None else ""
    elif sight is None or sight.look.lives or sight.more:
        return ""
    else:
        name, state, error = run.folder.name, str(sight.look.state), sight.record.error
        why = error.message if error is not None else ""
    if state in ("finished", "stopped"):
        return tr("{name} has ended before its first step.", name=name)
    if state in ("failed", "died"):
        return tr("{name} failed before it had curves to show. {why}", name=name, why=in_window(why)).strip()
    return ""


def result(metrics: Mapping[str, float]) -> str:
    """Say what a run came to: the accuracy and the loss on the rarest samples that were measured."""
    for part in (mark("test"), mark("validation"), mark("train")):
        said = []
        if f"{part}_accuracy" in metrics:
            said.append(tr("{part} accuracy {share:.1%}", part=tr(part), share=metrics[f"{part}_accuracy"]))
        if f"{part}_loss" in metrics:
            said.append(tr("{part} loss {loss:.4g}", part=tr(part), loss=metrics[f"{part}_loss"]))
        if said:
            return f" · {' · '.join(said)}"
    return ""

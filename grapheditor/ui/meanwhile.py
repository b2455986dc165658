"""What became of a graph's runs while no window looked after them, as it is found when the graph is opened."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from grapheditor.runs.errors import RunError
from grapheditor.runs.folder import greet_run, runs_called
from grapheditor.runs.lease import Look, look
from grapheditor.runs.record import Record, read_record
from grapheditor.ui.telling import Notice, in_window
from grapheditor.ui.texts import tr


@dataclass(frozen=True, slots=True)
class Meanwhile:
    """The runs of a graph. living: those that somebody makes, the oldest first. newest: that was trained, if any.

    told: what to tell of those that were let go and have ended.
    """

    living: tuple[Path, ...] = ()
    newest: Path | None = None
    told: Notice | None = None


def look_around(parent: Path, name: str) -> Meanwhile:
    """Look at all runs of a graph, without widgets and away from the window's thread; what is told is told once."""
    runs, living, said, wrong = runs_called(parent, name), [], [], False
    newest = None
    for folder in reversed(runs):
        with suppress(RunError):
            record = read_record(folder)
            found, left = look(folder, record), greet_run(folder)
            newest = folder if found.state != "taken" else newest
            if found.lives:
                living.append(folder)
            elif left:
                said.append(_said(folder, record, found))
                wrong = wrong or found.state not in ("finished", "stopped")
    told = Notice(" ".join(said), wrong=wrong) if said else None
    return Meanwhile(tuple(living), newest, told)


def _said(folder: Path, record: Record, found: Look) -> str:
    """Say how a run has ended that went on by itself."""
    from grapheditor.ui.plots.status import result  # needs the canvas: not before the first paint

    name = folder.name
    match found.state:
        case "finished":
            metrics = (record.result or {}).get("metrics") or {}
            numbers = {key: float(value) for key, value in metrics.items() if type(value) in (int, float)}
            return tr("{name} went on by itself and has finished{result}.", name=name, result=result(numbers))
        case "stopped":
            step = record.progress.step
            return tr("{name} went on by itself and was stopped after step {n:,}.", name=name, n=step)
        case "failed" if record.error is not None:
            return tr("{name} went on by itself and has failed: {why}", name=name, why=in_window(record.error.message))
    return tr("{name} went on by itself, and its process is gone: in the Runs tab it can be resumed.", name=name)

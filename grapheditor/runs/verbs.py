"""The verb ``runs``: what there is, how each of it is, and a hand on those that live."""

from __future__ import annotations

import json
import sys
import time
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

from grapheditor.cli import FILES, FINE, STOPPED, TRAINING, USAGE, VerbError
from grapheditor.command.progress import bar, clock
from grapheditor.command.shared import print_table
from grapheditor.runs.control import Control
from grapheditor.runs.errors import RunError
from grapheditor.runs.folder import Entry, delete_run, find_run, list_runs, name_run, star_run
from grapheditor.runs.lease import look
from grapheditor.runs.record import read_record

if TYPE_CHECKING:
    import argparse
    from collections.abc import Callable

    from grapheditor.runs.reader import Reader

MOMENT = 0.2
"""Seconds between two looks at a run."""
STOPPING = 60.0
"""Seconds for which the end of a run is waited for: a step and a checkpoint."""
ENDS = {"finished": FINE, "taken": FINE, "stopped": STOPPED, "failed": TRAINING, "died": TRAINING}


def arguments(part: argparse.ArgumentParser) -> None:
    """Say what the verb takes."""
    part.usage = "grapheditor runs [FOLDER | RUN | ACTION RUN ...] [--in FOLDER] [--json]"
    part.add_argument(
        "words",
        nargs="*",
        metavar="WORD",
        help=f"a folder of runs (runs/), a run, or what to do with one: {', '.join(ACTIONS)}; "
        "a run is a path, a folder's name such as digits-003, a number or a title",
    )
    part.add_argument("--in", dest="parent", type=Path, metavar="DIR", help="the folder in which runs are looked up")


def perform(given: argparse.Namespace) -> int:
    """List runs, describe one, or do something with one."""
    words: list[str] = given.words
    try:
        if words and words[0] in ACTIONS:
            return ACTIONS[words[0]](given, _find(given, words[1:2]), words[2:])
        if len(words) > 1:
            raise VerbError(f"{words[0]} is nothing that can be done with a run; there is {', '.join(ACTIONS)}", USAGE)
        folder = Path(words[0]) if words else given.parent or Path("runs")
        if not words or (folder.is_dir() and not (folder / "run.json").is_file()):
            return _list(given, folder)
        return _show(given, _find(given, words), [])
    except RunError as error:
        raise VerbError(error.message, FILES, node=error.node) from error


def _find(given: argparse.Namespace, words: list[str]) -> Path:
    if not words:
        raise VerbError(f"Say which run: grapheditor runs {given.words[0]} RUN", USAGE)
    return find_run(words[0], [given.parent] if given.parent else [Path("runs"), Path()])


def _list(given: argparse.Namespace, folder: Path) -> int:
    if not folder.is_dir():
        raise VerbError("there is no such folder; runs/ beside a graph gets its runs", FILES, folder)
    entries = list_runs(folder)
    if given.json:
        print(json.dumps([_describe(entry) for entry in entries]))
        return FINE
    if not entries:
        print(f"{folder}: no runs yet.")
        return FINE
    rows: list[tuple[str, ...]] = [("run", "state", "name", "started", "took", "epochs", "last")]
    rows += [_row(entry) for entry in entries]
    print_table(rows, 7)
    return FINE


def _row(entry: Entry) -> tuple[str, ...]:
    record, star = entry.record, " *" if entry.record.star else ""
    if entry.look is None:
        return (entry.folder.name, "damaged", "", "", "", "", entry.problem)
    seconds = record.seconds() if entry.look.lives or record.ended else None
    epochs = f"{record.progress.epoch}/{record.progress.epochs}" if record.progress.epochs else ""
    return (
        entry.folder.name + star,
        entry.look.state,
        record.name,
        record.started[:16].replace("T", " "),
        "" if seconds is None else clock(seconds),
        epochs,
        _sentence(_last(record.result)),
    )


def _last(result: dict[str, Any] | None) -> dict[str, float]:
    found = (result or {}).get("metrics", {})
    return {name: value for name, value in found.items() if type(value) in (int, float)} if found else {}


def _sentence(metrics: dict[str, float]) -> str:
    return ", ".join(f"{name} {value:.4g}" for name, value in metrics.items())


def _describe(entry: Entry) -> dict[str, Any]:
    return {
        "run": str(entry.folder),
        "number": entry.number,
        "state": entry.look.state if entry.look else None,
        "problem": entry.problem or None,
        "beat": asdict(entry.look.beat) if entry.look else None,
        "record": entry.record.describe(),
    }


def _show(given: argparse.Namespace, run: Path, rest: list[str]) -> int:
    """Print all that is known of a run."""
    from grapheditor.runs.reader import Reader, best_of

    _no_more(rest)
    record = read_record(run)
    seen = look(run, record)
    reader = Reader(run)
    reader.read()
    best = {name: best_of(name, series) for name, series in reader.epochs.items() if name != "epoch"}
    last = {name: float(series.values[-1]) for name, series in (reader.steps | reader.epochs).items() if len(series)}
    if given.json:
        values = _describe(Entry(run, run.name, 0, record, seen))
        del values["number"]
        print(json.dumps({**values, "best": best, "last": last, "damaged_lines": reader.damaged}))
        return FINE
    seconds = record.seconds() if seen.lives or record.ended else None
    error, progress, parent = record.error, record.progress, record.parent
    steps = f"{max(progress.step, seen.beat.step):,}"
    lines = {
        "state": seen.state + (f", {seen.beat.doing}" if seen.lives and seen.beat.doing else ""),
        "made by": seen.beat.holder() if seen.lives else "",
        "name": record.name + (" *" if record.star else ""),
        "error": ": ".join(filter(None, (error.node, error.message))) if error else "",
        "started": record.started.replace("T", " "),
        "took": "" if seconds is None else clock(seconds),
        "epochs": f"{progress.epoch:,} of {progress.epochs:,}" if progress.epochs else "",
        "steps": f"{steps} of {progress.steps:,}" if progress.steps else steps,
        "device": record.device,
        "seed": str(record.seed),
        "goes back to": f"{parent.run}, step {parent.step:,} ({parent.kind})" if parent else "",
        "versions": ", ".join(f"{name} {value}" for name, value in record.environment.get("versions", {}).items()),
    }
    print(run)
    for name, text in lines.items():
        if text.strip():
            print(f"  {name:<13} {text}")
    for name, value in last.items():
        at = f"   best {best[name][0]:.4g} at step {best[name][1]:,}" if name in best else ""
        print(f"  {name:<24} {value:<10.4g}{at}")
    if reader.damaged:
        print(f"  damaged lines of metrics, left out: {', '.join(map(str, reader.damaged[:8]))}", file=sys.stderr)
    return FINE


def _watch(given: argparse.Namespace, run: Path, rest: list[str]) -> int:
    """Follow a run until it ends; the exit code says how."""
    from grapheditor.runs.reader import Reader

    _no_more(rest)
    reader, live = Reader(run), sys.stderr.isatty()
    shown, marks = 0, [(time.monotonic(), look(run).beat.step)]
    while True:
        seen = look(run)  # first, so that what is read then is all of what an ended one wrote
        while reader.read():
            pass
        shown = _tell_epochs(reader, shown, quiet=given.json, clear="\r\x1b[K" if live else "")
        if not seen.lives:
            break
        if live:
            marks = [*marks[-25:], (time.monotonic(), seen.beat.step)]
            print(f"\r\x1b[K{_bar(run, reader, marks)}", end="", file=sys.stderr, flush=True)
        time.sleep(MOMENT)
    if live:
        print("\r\x1b[K", end="", file=sys.stderr)
    _show(given, run, [])
    return ENDS[seen.state]


def _tell_epochs(reader: Reader, shown: int, *, quiet: bool, clear: str) -> int:
    """Print the epochs that are new, a line each; return up to which step that is."""
    if quiet or "epoch" not in reader.epochs:
        return shown
    ends = reader.epochs["epoch"]
    for step, epoch in zip(ends.steps.tolist(), ends.values.tolist(), strict=True):
        if step > shown:
            shown = step
            values = {name: series for name, series in reader.epochs.items() if name != "epoch" and len(series)}
            found = {
                name: float(series.values[place])
                for name, series in values.items()
                if (place := int(series.steps.searchsorted(step))) < len(series) and series.steps[place] == step
            }
            print(f"{clear}epoch {int(epoch)}  {_sentence(found)}", file=sys.stderr)
    return shown


def _bar(run: Path, reader: Reader, marks: list[tuple[float, int]]) -> str:
    """Return a line of progress with the rate and the time left; both by the steps of the last seconds."""
    record = read_record(run)
    (begun, before), (now, step) = marks[0], marks[-1]
    rate = (step - before) / (now - begun) if now > begun else 0.0
    total = record.progress.steps
    texts = [bar(step, total), f"step {step:,}" + (f" of {total:,}" if total else "")]
    texts += [f"{name} {series.values[-1]:.4g}" for name, series in list(reader.steps.items())[:2] if len(series)]
    if rate > 0:
        texts.append(f"{rate:,.1f} steps/s")
        texts += [f"{clock((total - step) / rate)} left"] if total > step else []
    return "  ".join(texts)


def _stop(given: argparse.Namespace, run: Path, rest: list[str]) -> int:
    _no_more(rest)
    Control(run).stop()
    deadline = time.monotonic() + STOPPING
    while look(run).lives:
        if time.monotonic() > deadline:
            raise RunError(f"{run}: was told to stop, and is still in the middle of a step.")
        time.sleep(MOMENT)
    return _done(given, run, f"{run.name}: {look(run).state}.")


def _pause(given: argparse.Namespace, run: Path, rest: list[str]) -> int:
    _no_more(rest)
    Control(run).pause()
    return _done(given, run, f"{run.name} pauses after the step that it makes.")


def _continue(given: argparse.Namespace, run: Path, rest: list[str]) -> int:
    _no_more(rest)
    Control(run).go_on()
    return _done(given, run, f"{run.name} goes on.")


def _star(given: argparse.Namespace, run: Path, rest: list[str]) -> int:
    _no_more(rest)
    star = not read_record(run).star
    star_run(run, star)
    return _done(given, run, f"{run.name} has {'a' if star else 'no'} star{'' if star else ' any more'}.")


def _name(given: argparse.Namespace, run: Path, rest: list[str]) -> int:
    name_run(run, " ".join(rest))
    return _done(given, run, f"{run.name} is called {' '.join(rest)}." if rest else f"{run.name} has no name.")


def _delete(given: argparse.Namespace, run: Path, rest: list[str]) -> int:
    _no_more(rest)
    left = delete_run(run)
    text = f"{run} deleted." + (
        f" The run did not write these, and they stay: {', '.join(map(str, left))}" if left else ""
    )
    print(json.dumps({"run": str(run), "left": list(map(str, left))}) if given.json else text)
    return FINE


def _done(given: argparse.Namespace, run: Path, text: str) -> int:
    print(json.dumps({"run": str(run), "state": look(run).state}) if given.json else text)
    return FINE


def _no_more(rest: list[str]) -> None:
    if rest:
        raise VerbError(f"{' '.join(rest)} is one word too many; one run at a time", USAGE)


ACTIONS: dict[str, Callable[[argparse.Namespace, Path, list[str]], int]] = {
    "show": _show,
    "watch": _watch,
    "pause": _pause,
    "continue": _continue,
    "stop": _stop,
    "star": _star,
    "name": _name,
    "delete": _delete,
}

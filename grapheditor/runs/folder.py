"""Folders of runs: made under the next free number, listed, found by what people call them, deleted.

digits-003/
    graph.graph.json      the graph, recipe included
    data.json             the description of the data: fields, encodings, classes
    run.json              see grapheditor.runs.record
    metrics.jsonl         see grapheditor.runs.metrics
    checkpoints/          see grapheditor.training.checkpoint
    lease, control.json   who is making it and how to speak with it
    events/               TensorBoard's, where somebody asked for them
    log.txt               what its process says once no window listens any more
    left                  a window has let it go on by itself; whoever finds it says how it ended
"""

from __future__ import annotations

import os
import re
import stat
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from grapheditor.runs.control import CONTROL
from grapheditor.runs.errors import RunError
from grapheditor.runs.fault import FAULT, FAULT_TENSORS
from grapheditor.runs.lease import Lease, Look, look
from grapheditor.runs.metrics import METRICS
from grapheditor.runs.outputs import NAME, OUTPUTS
from grapheditor.runs.record import LOCK, RECORD, Record, read_record, update_record

if TYPE_CHECKING:
    from collections.abc import Iterator

GRAPH = "graph.graph.json"
DATA = "data.json"
CHECKPOINTS = "checkpoints"
EVENTS = "events"
LOG = "log.txt"
LEFT = "left"
LONGEST_TITLE = 200
NUMBERED = re.compile(r"(.+)-(\d{3,9})", re.DOTALL)
LAST = re.compile(r"\d{8,}\.json")
INSIDE = {
    CHECKPOINTS: re.compile(r"\.?(best|[a-z]+-\d+|\d{8,}(-[0-9a-f]{8})?)(\.[a-z]+)*\.(json|safetensors)(\.\w+)?"),
    EVENTS: re.compile(r"events\.out\.tfevents\..+"),
    OUTPUTS: re.compile(rf"\.?{NAME.pattern}(\.\w+)*"),
}
"""What a run writes into folders of its own; a dot in front and a tail behind are those of a file half written."""
FILES = (METRICS, GRAPH, DATA, LOG, LEFT, FAULT, FAULT_TENSORS, CONTROL, LOCK, RECORD)
"""What a run writes beside them; the record goes last, so that what is half deleted is still a run."""


@dataclass(frozen=True, slots=True)
class Entry:
    """A run in a list. number: 0 where its folder has another name than it was given.

    problem: a sentence instead of a record and how it is, where that cannot be read.
    """

    folder: Path
    name: str
    number: int
    record: Record
    look: Look | None
    problem: str = ""


def make_folder(parent: Path, name: str) -> Path:
    """Make the folder of a run, under the next free number; two processes that do so at once get two."""
    try:
        parent.mkdir(parents=True, exist_ok=True)
        number = max((number for _, number, _ in _numbered(parent, name)), default=0)
        while True:
            number += 1
            folder = parent / f"{plain(name)}-{number:03}"
            with suppress(FileExistsError):  # another process, or a disk that takes Digits and digits for one
                folder.mkdir()
                (folder / CHECKPOINTS).mkdir()
                return folder
    except OSError as error:
        raise RunError(f"{parent}: no run can be made here: {error.strerror}.") from error


def plain(name: str) -> str:
    """Make a title or a file's name fit for a folder on every system."""
    return re.sub(r"[^\w.-]+", "-", name).strip("-.")[:80] or "graph"


def name_of(run: Path) -> str:
    """Return what a run's folder is called before its number."""
    match = NUMBERED.fullmatch(run.name)
    return match[1] if match else run.name


def list_runs(parent: Path) -> list[Entry]:
    """Return the runs in a folder, by name and number; those that cannot be read are among them, with the reason."""
    try:
        found = sorted(_folders(parent))
    except OSError as error:
        raise RunError(f"{parent}: cannot be read: {error.strerror}.") from error
    return [_entry(name, number, path) for name, number, path in found if _is_run(path)]


def latest_run(parent: Path, name: str, checkpoint: str | None = "best") -> Path | None:
    """Return the newest run of this name that has such a checkpoint, any run for None; None where there is none."""
    with suppress(OSError):
        for _, _, path in sorted(_numbered(parent, name), reverse=True):
            if has_checkpoint(path, checkpoint) if checkpoint else _is_run(path):
                return path
    return None


def runs_called(parent: Path, name: str) -> list[Path]:
    """Return the runs of this name, the newest first; none where the folder cannot be read."""
    with suppress(OSError):
        return [path for _, _, path in sorted(_numbered(parent, name), reverse=True) if _is_run(path)]
    return []


def leave_run(run: Path) -> None:
    """Have it known that nobody looks after a run any more, where its folder can be written to."""
    with suppress(OSError):
        (run / LEFT).touch()


def greet_run(run: Path) -> bool:
    """Look after a run again; tell whether it was left."""
    with suppress(OSError):
        (run / LEFT).unlink()
        return True
    return False


def has_checkpoint(run: Path, checkpoint: str = "last") -> bool:
    """Tell whether a run has a checkpoint of this kind; the last ones, to go on from, are called after their steps."""
    with suppress(OSError):
        names = [path.name for path in (run / CHECKPOINTS).iterdir()]
        return f"{checkpoint}.json" in names or (checkpoint == "last" and any(map(LAST.fullmatch, names)))
    return False


def find_run(text: str, parents: list[Path]) -> Path:
    """Return the run that people mean by a path, a folder's name, a number or a title; RunError where that is not one.

    parents: the folders in which names and numbers are looked up.
    """
    with suppress(OSError, ValueError):
        if _is_run(Path(text)):
            return Path(text)
        for parent in parents:
            if os.path.basename(text) == text and _is_run(parent / text):  # noqa: PTH119 - whether it is a bare name
                return parent / text
    entries = [entry for parent in parents for entry in list_runs(parent)]
    if text.isascii() and text.isdigit() and len(text) < 10:
        found = [entry.folder for entry in entries if entry.number == int(text)]
    else:
        found = [entry.folder for entry in entries if entry.record.name == text != ""]
    if len(found) == 1:
        return found[0]
    if found:
        raise RunError(f"{text} may be {', '.join(path.name for path in found[:8])}: say which.")
    where = " or ".join("the working directory" if path == Path() else str(path) for path in parents)
    raise RunError(f"There is no run {text[:80]} in {where}; `grapheditor runs FOLDER` lists what a folder has.")


def name_run(run: Path, name: str) -> None:
    """Give a run a title; an empty one takes it away."""
    if len(name) > LONGEST_TITLE or not name.isprintable():
        raise RunError(f"A run's name is one line of at most {LONGEST_TITLE} characters.")
    update_record(run, name=name)


def star_run(run: Path, star: bool = True) -> None:
    """Mark a run as one to keep, or as any other."""
    update_record(run, star=star)


def delete_run(run: Path) -> list[Path]:
    """Delete what a run has written, and return what is left: files that it did not write, and the folder with them.

    RunError where somebody is making it, and where a file cannot be deleted. Links are taken away, never followed.
    """
    if run.is_symlink():
        raise RunError(f"{run}: is a link to another folder; delete the run there, or the link by hand.")
    read_record(run)
    lease = Lease(run)  # refused where somebody makes it; and nobody can resume it meanwhile
    gone = False
    try:
        for name, pattern in INSIDE.items():
            _clear(run / name, pattern)
        for name in FILES:
            _remove(run / name)
            for path in run.glob(f".{name}.*"):  # half written
                _remove(path)
        gone = True
    except OSError as error:
        raise RunError(f"{run}: cannot be deleted: {error.filename}: {error.strerror}.") from error
    finally:
        lease.release(remove=gone)
    with suppress(OSError):
        run.rmdir()
    return sorted(path for path in run.rglob("*") if not path.is_dir()) if run.exists() else []


def _clear(folder: Path, pattern: re.Pattern[str]) -> None:
    if not folder.is_dir() or folder.is_symlink():
        return
    for path in list(folder.iterdir()):
        if pattern.fullmatch(path.name):
            _remove(path)
    with suppress(OSError):
        folder.rmdir()


def _remove(path: Path) -> None:
    """Delete a file or a link; a folder of that name is not what a run wrote."""
    with suppress(FileNotFoundError):
        if not stat.S_ISDIR(path.lstat().st_mode):
            path.unlink()


def _entry(name: str, number: int, path: Path) -> Entry:
    try:
        record = read_record(path)
        return Entry(path, name, number, record, look(path, record))
    except RunError as error:
        return Entry(path, name, number, Record(), None, error.message)


def _is_run(path: Path) -> bool:
    return (path / RECORD).is_file()


def _numbered(parent: Path, name: str) -> Iterator[tuple[str, int, Path]]:
    """Return what is in a folder under a name, with its number."""
    return (item for item in _folders(parent) if item[1] and item[0] == plain(name))


def _folders(parent: Path) -> Iterator[tuple[str, int, Path]]:
    """Return what is in a folder: name, number (0 where it has none), path."""
    with suppress(FileNotFoundError, NotADirectoryError), os.scandir(parent) as items:
        for item in items:
            match = NUMBERED.fullmatch(item.name)
            yield (match[1], int(match[2]), parent / item.name) if match else (item.name, 0, parent / item.name)

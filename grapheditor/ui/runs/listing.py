"""What there is to say of the runs in a folder, read without widgets and away from the window's thread."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from grapheditor.edit.compare import compare
from grapheditor.graph import FileError, Graph, read
from grapheditor.graph.recipe_schema import encode
from grapheditor.runs.errors import RunError
from grapheditor.runs.folder import CHECKPOINTS, GRAPH, Entry, list_runs
from grapheditor.runs.folder import plain as folder_name
from grapheditor.runs.metrics import METRICS
from grapheditor.runs.reader import Reader, best_of
from grapheditor.runs.record import Begun, Parent
from grapheditor.ui.runs.differences import (
    Difference,
    between,
    differences,
    plain,
    recipe_differences,
    said,
    short_recipes,
)
from grapheditor.ui.telling import in_window
from grapheditor.ui.texts import mark, tr

Section = tuple[str, list[tuple[str, str]]]
"""A title, and names with what they are."""
WORDS = (
    mark("validation accuracy"), mark("test accuracy"), mark("train accuracy"), mark("validation loss"),
    mark("test loss"), mark("train loss"),
)  # fmt: skip
PREFERRED = tuple(words.replace(" ", "_") for words in WORDS)
"""The metric that a list shows is the first of these, else any."""


@dataclass(frozen=True, slots=True)
class RunRow:
    """A run as the table shows it.

    state: as in grapheditor.runs.lease, ``damaged`` where it cannot be read. best: the best value of its first metric.
    recipe: what it learns by, in few words. differs: in what its graph, recipe included, is another than the open one.
    own: whether it is of the open graph. can_give: whether it has weights. began, seconds: for sorting.
    """

    entry: Entry
    state: str
    doing: str = ""
    began: str = ""
    seconds: float = 0.0
    best: str = ""
    best_value: float = float("-inf")
    recipe: str = ""
    differs: str = ""
    own: bool = True
    can_give: bool = False

    @property
    def folder(self) -> Path:
        """Its folder."""
        return self.entry.folder

    @property
    def has_curves(self) -> bool:
        """Whether it can be compared with others."""
        return self.state not in ("damaged", "taken")

    @property
    def lives(self) -> bool:
        """Whether somebody is making it."""
        return self.entry.look is not None and self.entry.look.lives

    @property
    def name(self) -> str:
        """What it is called: its folder's name, and the title that people gave it."""
        record = self.entry.record
        return " ".join(
            filter(None, (self.folder.name, record.name and f"“{record.name}”", "★" if record.star else ""))
        )

    @property
    def took(self) -> str:
        """How long it took, or has taken."""
        return str(timedelta(seconds=int(self.seconds))).removeprefix("0:") if self.seconds else ""

    @property
    def epochs(self) -> str:
        """How many epochs are done, and of how many."""
        progress = self.entry.record.progress
        return f"{progress.epoch} / {progress.epochs}" if progress.epochs else ""


@dataclass(slots=True)
class Listing:
    """Lists the runs of a folder again and again; what has not changed since is not read anew."""

    _best: dict[Path, tuple[object, tuple[str, float]]] = field(default_factory=dict)
    _readers: dict[Path, Reader] = field(default_factory=dict)
    _differences: dict[tuple[Path, object], tuple[Difference, ...] | str] = field(default_factory=dict)

    def rows(
        self, folder: Path, name: str, graph: Graph | None, fingerprint: str, read_graph: Callable[[Path], Graph]
    ) -> list[RunRow]:
        """Return the runs in a folder, the newest first.

        name, graph, fingerprint: of what is open, a copy that nobody changes; without one nothing is said of
        differences.
        """
        if not folder.is_dir():
            return []
        entries, own = list_runs(folder), folder_name(name)
        recipes = _recipes(entries)
        found = []
        for entry in entries:
            row = replace(self._row(entry, recipes.get(entry.folder, "")), own=entry.name == own)
            if graph is not None and entry.look is not None:
                other = entry.name != own and entry.record.graph != fingerprint
                known = tr("a run of {name}", name=entry.name) if other else ""
                row = replace(row, differs=known or self._differs(entry, graph, fingerprint, read_graph))
            found.append(row)
        return sorted(found, key=lambda row: (row.began, row.entry.number), reverse=True)

    def _row(self, entry: Entry, recipe: str) -> RunRow:
        record, look = entry.record, entry.look
        if look is None:
            return RunRow(entry, "damaged", differs=entry.problem)
        best, value = self._best_metric(entry)
        known = (look.lives or record.ended) and record.seconds()
        return RunRow(
            entry,
            look.state,
            look.beat.doing if look.lives else "",
            record.started,
            known or 0.0,
            best,
            value,
            recipe,
            can_give=(entry.folder / CHECKPOINTS / "best.json").is_file(),
        )

    def _best_metric(self, entry: Entry) -> tuple[str, float]:
        """Return the best value of the metric that tells most, in words and as a number of which more is better."""
        path = entry.folder / METRICS
        try:
            found = path.stat()
            mark = (found.st_size, found.st_mtime_ns)
        except OSError:
            return "", float("-inf")
        if entry.folder in self._best and self._best[entry.folder][0] == mark:
            return self._best[entry.folder][1]
        reader = self._readers.pop(entry.folder, None) or Reader(entry.folder)
        try:
            reader.read()
        except RunError:
            return "", float("-inf")
        names = [name for name, series in reader.epochs.items() if name != "epoch" and len(series)]
        name = next((item for item in (*PREFERRED, *names) if item in names), None)
        result = ("", float("-inf"))
        if name is not None:
            value, _ = best_of(name, reader.epochs[name])
            result = (f"{figure(name, value)} {metric(name)}", -value if "loss" in name else value)
        if entry.look is not None and entry.look.lives:
            self._readers[entry.folder] = reader  # it reads what is new the next time
        self._best[entry.folder] = (mark, result)
        return result

    def _differs(self, entry: Entry, graph: Graph, fingerprint: str, read_graph: Callable[[Path], Graph]) -> str:
        """Say in what a run's graph and recipe are others than the open ones; its graph is read once, if need be."""
        record, key = entry.record, (entry.folder, fingerprint)
        if record.graph != fingerprint and key not in self._differences:
            try:
                found = differences(compare(read_graph(entry.folder / GRAPH), graph), recipe=False)
                self._differences[key] = tuple(found)
            except FileError as error:
                self._differences[key] = str(error)
        known = self._differences.get(key, ()) if record.graph != fingerprint else ()
        if isinstance(known, str):
            return known
        learned = recipe_differences(record.recipe, encode(graph.recipe)) if record.recipe else ()
        return said([*known, *learned])


def _recipes(entries: list[Entry]) -> dict[Path, str]:
    """Say by what each run learns; among runs of one graph, what tells them apart goes first."""
    found: dict[Path, str] = {}
    for name in {entry.name for entry in entries}:
        runs = [entry for entry in entries if entry.name == name and entry.look is not None]
        told = short_recipes([entry.record.recipe for entry in runs])
        found |= {entry.folder: text for entry, text in zip(runs, told, strict=True)}
    return found


def metric(name: str) -> str:
    """Write the name of a metric as words."""
    return tr(name.replace("_", " "))


def figure(name: str, value: float) -> str:
    """Write the value of a metric."""
    return f"{value:.1%}" if "accuracy" in name else f"{value:.4g}"


def when(text: str, now: datetime | None = None) -> str:
    """Write when something was, as people say it: ``today 14:02``, ``12 Nov 09:30``."""
    try:
        moment = datetime.fromisoformat(text).astimezone()
    except ValueError:
        return ""
    today = (now or datetime.now().astimezone()).date()
    if moment.date() == today:
        return tr("today {time}", time=f"{moment:%H:%M}")
    if moment.date() == today - timedelta(days=1):
        return tr("yesterday {time}", time=f"{moment:%H:%M}")
    return f"{moment:%d %b %H:%M}" if moment.year == today.year else f"{moment:%d %b %Y}"


def told_apart(older: Path, newer: Path, read_graph: Callable[[Path], Graph]) -> Section:
    """Say in what two runs differ, graph and recipe: a section for beside their table."""
    try:
        comparison = compare(read_graph(older / GRAPH), read_graph(newer / GRAPH))
        lines = between(comparison, older.name, newer.name)
    except FileError as error:
        lines = [("", str(error))]
    return tr("Compared"), [("", f"{older.name} → {newer.name}"), *lines]


def describe(row: RunRow) -> list[Section]:
    """Return all that is known of a run, in sections: a title, and names with what they are."""
    record = row.entry.record
    if row.entry.problem:
        return [(tr("Damaged"), [("", row.entry.problem)])]
    progress, parent, error = record.progress, record.parent, record.error
    metrics = (record.result or {}).get("metrics") or {}
    numbers = [(name, value) for name, value in metrics.items() if type(value) in (int, float)]
    rate = (record.result or {}).get("samples_per_second")
    sections: list[Section] = [
        (
            tr("Result"),
            [
                (tr("state"), f"{tr(row.state)}, {row.doing}" if row.doing else tr(row.state)),
                (tr("error"), ": ".join(filter(None, (error.node, in_window(error.message)))) if error else ""),
                *((metric(name), figure(name, value)) for name, value in numbers),
                (tr("best"), "" if numbers and not row.best else row.best),
                (tr("steps"), tr("{n:,} of {all:,}", n=progress.step, all=progress.steps) if progress.steps else ""),
                (tr("samples a second"), f"{rate:,.0f}" if isinstance(rate, float) else ""),
                (tr("goes back to"), _origin(parent) if parent else ""),
                (tr("began from"), _beginning(record.begun) if record.begun else ""),
            ],
        ),
        (tr("Said when it began"), [("", text) for text in record.notes if isinstance(text, str)]),
        (tr("Settings"), [*_settings(record.recipe), (tr("device"), record.device), (tr("seed"), str(record.seed))]),
        (tr("Graph"), [("", f"{row.differs[:1].upper()}{row.differs[1:]}")]),
    ]
    shown = [(title, [(name, text) for name, text in lines if text]) for title, lines in sections]
    return [(title, lines) for title, lines in shown if lines]


def _origin(parent: Parent) -> str:
    named = {"name": Path(parent.run).name, "step": f"{parent.step:,}", "kind": parent.kind}
    return tr("{name}, step {step} ({kind})", **named)


def _beginning(begun: Begun) -> str:
    name, share = Path(begun.source).name, f"{100 * begun.tensors:.0f} %"
    if begun.step:
        return tr("{name}, step {step} ({share} of the tensors)", name=name, step=f"{begun.step:,}", share=share)
    return tr("{name} ({share} of the tensors)", name=name, share=share)


def _settings(recipe: dict[str, Any]) -> Iterator[tuple[str, str]]:
    """Yield what a recipe sets, objectives one by one."""
    for name, value in recipe.items():
        if name == "objectives" and isinstance(value, list):
            for item in filter(lambda item: isinstance(item, dict), value):
                settings = item.get("settings")
                given = settings.items() if isinstance(settings, dict) else ()
                words = [str(item.get("optimizer", "AdamW")), *(f"{key} {number}" for key, number in given)]
                yield tr("minimise {loss}", loss=item.get("minimise", "")), ", ".join(words)
        elif name != "seed":
            yield tr(name.replace("_", " ")), plain(value)


def graph_reader(history: Any) -> Callable[[Path], Graph]:
    """Return what reads the graph of a run. history: the catalogue's."""
    return lambda path: read(path, history)

"""What the verbs share: reading graphs, the types and names of arguments, printing."""

from __future__ import annotations

import argparse
import json
import math
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from grapheditor.authoring.names import meant
from grapheditor.cli import FILES, PROBLEMS, TRAINING, USAGE, VerbError

if TYPE_CHECKING:
    from grapheditor.authoring.options import Option
    from grapheditor.data import Source
    from grapheditor.graph import Graph

SUFFIX = ".graph.json"


@contextmanager
def sentences(path: Path) -> Iterator[None]:
    """Raise VerbError, with the exit code that belongs to it, instead of what compiling and training raise."""
    from grapheditor.compile import CompileError
    from grapheditor.training.errors import TrainError

    try:
        yield
    except CompileError as error:
        raise VerbError(error.message, PROBLEMS, path, error.node, error.port) from error
    except TrainError as error:
        code = {"training": TRAINING, "recipe": USAGE}.get(error.kind, FILES)
        raise VerbError(error.message, code, path, error.node) from error


def run_argument(part: argparse.ArgumentParser) -> None:
    """Take a run, as people call it."""
    part.add_argument("run_named", metavar="RUN", help="a run: folder, number or title; or a graph: its newest run")
    part.add_argument("--in", dest="parent", type=Path, metavar="DIR", help="the folder in which runs are looked up")


def run_of(given: argparse.Namespace) -> Path:
    """Return the folder of the run that was named, or of a graph's newest run; VerbError where there is none."""
    from grapheditor.runs.errors import RunError
    from grapheditor.runs.folder import find_run, list_runs

    named = Path(given.run_named)
    if is_graph(named):
        return newest_run(named, getattr(given, "which", None), given.parent)
    parents = [given.parent] if given.parent else [Path("runs"), Path()]
    try:
        return find_run(given.run_named, parents)
    except RunError as error:
        known = [entry.folder.name for parent in parents for entry in list_runs(parent)]
        raise VerbError(error.message + meant(named.name, known), FILES) from error


def is_graph(path: Path) -> bool:
    """Tell a graph's file from all else that people may name."""
    return path.name.endswith(SUFFIX) and path.is_file()


def newest_run(graph: Path, which: str | None, parent: Path | None = None) -> Path:
    """Return the newest run of a graph that has such weights (any run for None); VerbError where there is none."""
    from grapheditor.runs.folder import latest_run

    found = latest_run(parent or graph.parent / "runs", stem(graph), which)
    if found is None:
        raise VerbError(f"there is no run of this graph yet: `grapheditor train {graph}` makes one", FILES, graph)
    return found


def weights_of(text: str, parent: Path) -> Path:
    """Return the place of weights that people name: a file of them, a run as they call it, or a graph: its newest run.

    parent: where runs are looked up first. RunError where there is no such thing.
    """
    from grapheditor.runs.folder import find_run

    place = Path(text)
    if is_graph(place):
        return newest_run(place, None)
    return place if place.is_file() else find_run(text, [parent, Path("runs"), Path()])


def learned_arguments(part: argparse.ArgumentParser) -> None:
    """Take a run, and which of its weights."""
    run_argument(part)
    part.add_argument(
        "--which", choices=("best", "last"), default="best", help="the weights of the best epoch, or the last (best)"
    )


def options_of(pairs: Sequence[str], options: Sequence[Option]) -> dict[str, Any]:
    """Read NAME=VALUE as these options take it; what they do not know stays a text."""
    known = {item.name: item for item in options}
    found: dict[str, Any] = {}
    try:
        for pair in pairs:
            name, equals, text = pair.partition("=")
            if not equals:
                raise ValueError(f"{pair} is not name=value")
            found[name] = known[name].parse(text) if name in known else text
    except ValueError as error:
        raise VerbError(str(error), USAGE) from error
    return found


def source_options(source: Source, pairs: Sequence[str]) -> dict[str, Any]:
    """Read NAME=VALUE as the options of a source of data, all of which it must have."""
    from grapheditor.errors import DataError

    found = options_of(pairs, source.options)
    try:
        source.check(found)
    except DataError as error:
        raise VerbError(error.message, USAGE) from error
    return found


def device_argument(part: argparse.ArgumentParser) -> None:
    """Take the device to compute on."""
    part.add_argument("--device", metavar="NAME", help="cpu, cuda, cuda:1, mps (cpu)")


def metrics_argument(part: argparse.ArgumentParser) -> None:
    """Take the metrics that are measured over the whole of a part; what is not given stays None."""
    from grapheditor.training.metrics import METRICS

    def read(text: str) -> tuple[str, ...]:
        return tuple(name for part in text.split(",") if (name := part.strip()))

    names = ", ".join(METRICS)
    doc = f"what is measured over the whole of a part besides the graph's own metrics, separated by commas: {names}"
    part.add_argument("--metrics", type=read, metavar="NAMES", help=doc)


def trust_argument(part: argparse.ArgumentParser) -> None:
    """Take whether Python of the user's own may run."""
    text = "trust the Python of your own that is needed: files of operators, and the one that reads the data"
    part.add_argument("--trust", action="store_true", help=text)


def stem(path: Path) -> str:
    """Return what a graph's runs are called: its file's name without the ending."""
    return path.name.removesuffix(SUFFIX) if path.name.endswith(SUFFIX) else path.stem


def read_graph(path: Path, *, trust: bool = False) -> Graph:
    """Read a graph; VerbError where it cannot be read.

    trust: files of the user's own that would bring operators which the graph asks for are trusted from now on.
    """
    from grapheditor.catalog import catalog
    from grapheditor.errors import DataError
    from grapheditor.graph import FileError, read

    if path.is_dir():
        raise VerbError(_folder(path), FILES, path)
    known = catalog()
    try:
        graph = read(path, known.history)
        if trust and known.own.trust_for(known.missing(graph)):
            graph = read(path, known.history)  # they may say how older files are read
    except FileError as error:
        text = f"{error.place}: {error.message}" if error.place else error.message
        raise VerbError(text, FILES, path) from error
    except DataError as error:
        raise VerbError(error.message, FILES) from error
    return graph


def trust_run(folder: Path, *, trust: bool) -> None:
    """Trust the files of the user's own that would bring operators which a run's graph asks for."""
    from grapheditor.runs.folder import GRAPH

    if trust and (folder / GRAPH).is_file():
        read_graph(folder / GRAPH, trust=True)


def save_graph(graph: Graph, path: Path, *, keep: bool = False) -> None:
    """Save a graph, unless a window has that very file open. keep: the version before stays as ``NAME~``."""
    from grapheditor import state
    from grapheditor.edit.lock import Lock, document_key
    from grapheditor.graph import FileError

    lock = Lock(state.documents(), document_key(path))
    if not lock.take():
        raise VerbError(f"is open in a window ({lock.holder()}): close it there first", FILES, path)
    try:
        graph.save(path, keep=keep)
    except FileError as error:
        raise VerbError(error.message, FILES, path) from error
    finally:
        lock.release()


def _folder(path: Path) -> str:
    """Say what a folder is that stands where a graph was expected."""
    from grapheditor.runs.folder import GRAPH
    from grapheditor.runs.record import RECORD

    if not (path / RECORD).is_file():
        return "is a folder; a graph is a file, *.graph.json"
    return f"is a run: `grapheditor train {path} --resume` goes on with it. Its graph is {path / GRAPH}"


def read_sized(given: argparse.Namespace) -> Graph:
    """Read a graph and put the sizes that were given in the place of its symbols."""
    from grapheditor.compile.summary import sized
    from grapheditor.graph.arithmetic import SizeError

    try:
        return sized(read_graph(given.file, trust=given.trust), dict(given.sizes))
    except SizeError as error:
        raise VerbError(f"--size: {error}", USAGE) from error


def print_value(given: argparse.Namespace, value: Any, text: str) -> None:
    """Print what a verb has to say: the value with --json, else the text."""
    print(json.dumps(value) if given.json else text)


def say_unreadable(texts: Sequence[str]) -> None:
    """Say on the standard error which samples were left out, the first few by name."""
    if texts:
        more = f" and {len(texts) - 3:,} more" if len(texts) > 3 else ""
        shown = "; ".join(text.removesuffix(".") for text in texts[:3])
        print(f"Left out, since they cannot be read: {shown}{more}.", file=sys.stderr)


def print_table(rows: Sequence[Sequence[str]], left: int = 3) -> None:
    """Print rows of cells, the first so many columns to the left, all others to the right."""
    widths = [max(len(row[i]) for row in rows) for i in range(len(rows[0]))]
    for row in rows:
        cells = [
            cell.ljust(width) if i < left else cell.rjust(width)
            for i, (cell, width) in enumerate(zip(row, widths, strict=True))
        ]
        print("  ".join(cells).rstrip())


def whole(low: int, high: int) -> Callable[[str], int]:
    """Return a reader of whole numbers in a range."""

    def read(text: str) -> int:
        if not text.isascii() or not text.isdigit() or len(text) > 20 or not low <= int(text) <= high:
            raise argparse.ArgumentTypeError(f"{text[:40]} is not a whole number from {low:,} to {high:,}")
        return int(text)

    return read


def _size(text: str) -> tuple[str, int]:
    name, equals, number = text.partition("=")
    if not equals or not name.isidentifier():
        raise argparse.ArgumentTypeError(f"{text[:40]} is not a symbol and its size, such as T=128")
    return name, whole(1, 10**9)(number)


def option_argument(part: argparse.ArgumentParser, option: Option) -> None:
    """Take an option as ``--its-name``; what is not given stays None."""

    def read(text: str) -> Any:
        try:
            return option.parse(text)
        except ValueError as error:
            raise argparse.ArgumentTypeError(str(error)) from error

    name = f"--{option.name.replace('_', '-')}"
    doc = (option.doc[:1].lower() + option.doc[1:].rstrip(".")).replace("%", "%%")
    if option.kind == "boolean":
        part.add_argument(name, action=argparse.BooleanOptionalAction, help=doc)
    else:
        words = "|".join(option.choices)
        part.add_argument(name, type=read, metavar=words or "N" if option.kind != "text" else "NAME", help=doc)


def positive(text: str) -> float:
    """Read a number above 0."""
    try:
        value = float(text)
    except ValueError:
        value = 0.0
    if not 0 < value < math.inf:
        raise argparse.ArgumentTypeError(f"{text[:40]} is not a number above 0")
    return value


def file_argument(part: argparse.ArgumentParser) -> None:
    """Take a graph's file, and whether what it needs of the user's own may run."""
    part.add_argument("file", type=Path, metavar="FILE", help="a graph, *.graph.json")
    trust_argument(part)


def sizes_argument(part: argparse.ArgumentParser) -> None:
    """Take sizes for symbols."""
    part.add_argument(
        "--size",
        dest="sizes",
        type=_size,
        action="append",
        default=[],
        metavar="T=128",
        help="what a symbol stands for",
    )

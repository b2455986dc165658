"""The verbs of the command line: one record each. Every verb prints for people, or one JSON value with ``--json``."""

from __future__ import annotations

import argparse
import json
import math
import signal
import sys
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from grapheditor import state
from grapheditor.cli import DISAGREES, FILES, FINE, PROBLEMS, STOPPED, TRAINING, USAGE, VerbError
from grapheditor.data.verb import arguments as data_arguments
from grapheditor.data.verb import run as data
from grapheditor.graph.recipe import SETTINGS, Recipe
from grapheditor.runs import verbs as runs

if TYPE_CHECKING:
    from grapheditor.authoring.options import Option
    from grapheditor.compile import Analysis, Inference
    from grapheditor.engine.messages import Message
    from grapheditor.graph import Graph, Problem
    from grapheditor.training.memory import Memory

SUFFIX = ".graph.json"


@dataclass(frozen=True, slots=True)
class Verb:
    """A verb: its name and help, what arguments it takes, and what it does; that returns the exit code."""

    name: str
    help: str
    arguments: Callable[[argparse.ArgumentParser], None]
    run: Callable[[argparse.Namespace], int]


def templates(given: argparse.Namespace) -> int:
    """List the templates."""
    from grapheditor.catalog import catalog

    return _list(given, catalog().templates.values())


def operators(given: argparse.Namespace) -> int:
    """List the operators."""
    from grapheditor.catalog import catalog

    return _list(given, catalog().operators.values())


def _list(given: argparse.Namespace, items: Iterable[Any]) -> int:
    if given.json:
        print(json.dumps([item.describe() for item in items]))
        return FINE
    category = None
    for item in items:
        if item.category != category:
            category = item.category
            print(f"\n{category}")
        options = " ".join(f"{option.name}={option.show(option.default)}" for option in item.options)
        print(f"  {item.id:<22} {item.headline}" + (f"\n  {'':<22} {options}" if options else ""))
    return FINE


def new(given: argparse.Namespace) -> int:
    """Make a graph from a template."""
    from grapheditor.catalog import catalog

    known = catalog()
    template = known.templates.get(given.template)
    options = {}
    try:
        for pair in given.option:
            name, equals, text = pair.partition("=")
            if not equals:
                raise ValueError(f"{pair} is not name=value.")
            option = next((item for item in template.options if item.name == name), None) if template else None
            options[name] = option.parse(text) if option else text
        graph = known.new(given.template, options)
    except ValueError as error:
        raise VerbError(str(error), USAGE) from error
    path = Path(given.output or f"{given.template}{SUFFIX}")
    try:
        if path.exists() and not given.force:
            raise VerbError("exists already; give another name, or --force to write over it", FILES, path)
    except OSError as error:
        raise VerbError(f"cannot be written: {error.strerror}", FILES, path) from error
    _save(graph, path, keep=True)
    _print(given, {"path": str(path)}, f"{path} written: {len(graph.nodes)} nodes.")
    return FINE


def check(given: argparse.Namespace) -> int:
    """Say what is wrong with a graph."""
    graph = _read(given.file)
    problems, parameters = _problems(graph)
    errors = [problem for problem in problems if problem.severity == "error"]
    if given.json:
        print(json.dumps({"problems": [problem.describe() for problem in problems]}))
    else:
        for problem in problems:
            print(f"{problem.severity}: {problem.node or 'graph'}: {problem.message}")
            for fix in problem.fixes:
                print(f"  it would help to {fix.title}")
        if not problems:
            print(f"{given.file}: no problems. {len(graph.nodes)} nodes, {parameters:,} parameters.")
    return PROBLEMS if errors else FINE


def _problems(graph: Graph) -> tuple[list[Problem], int]:
    """Return all that can be said of a graph, and its parameters; of one that is too large, only that it is."""
    from grapheditor.catalog import check_size

    problems = list(check_size(graph))
    if problems:
        return problems, 0
    from grapheditor.compile.advice import advice
    from grapheditor.compile.fixes import with_fixes

    inference = _inference()
    analysis = inference.analyse(graph)
    problems = with_fixes(inference, graph, analysis) + advice(graph, inference.catalog, analysis)
    return problems, analysis.parameters


def summary(given: argparse.Namespace) -> int:
    """Print shapes and costs of every node, and how much memory the graph takes."""
    from grapheditor.compile.summary import summary as summarise
    from grapheditor.graph.arithmetic import SizeError

    graph = _read_sized(given)
    analysis = _inference().analyse(graph)
    _refuse_problems(given.file, analysis)
    memory, reason = _memory(graph, given.batch)
    try:
        found = summarise(graph, analysis, given.batch, memory.nodes if memory else {})
    except SizeError as error:
        raise VerbError(f"--batch {given.batch:,}: {error}", USAGE) from error
    found["peak_bytes"] = memory.training if memory else None
    found["memory"] = memory.describe() if memory else None
    found["training_flops"] = _training_flops(graph, analysis)
    if given.json:
        print(json.dumps(found))
        return FINE
    _print_summary(found, given.batch or 1)
    print(f"\n{memory}" if memory else f"\nThe peak of memory is not known: {reason}")
    if found["training_flops"]:
        print(
            f"The training that the recipe plans takes about {found['training_flops']:.2e} floating point operations."
        )
    return FINE


def _print_summary(found: dict[str, Any], batch: int) -> None:
    numbers = ("parameters", "multiply_adds", "activation_bytes", "kept_bytes")
    rows: list[tuple[str, ...]] = [("node", "operator", "output", *(name.replace("_", " ") for name in numbers))]
    rows += [
        (
            row["path"] + (f" ×{row['count']}" if row["count"] > 1 else ""),
            row["operator"],
            ", ".join("×".join(map(str, item["shape"])) or "scalar" for item in row["outputs"]),
            *(f"{row[name]:,}" for name in numbers),
        )
        for row in found["nodes"]
    ]
    totals = (f"{found[name]:,}" for name in numbers)
    rows.append(("total", "", f"{batch} sample{'s' if batch > 1 else ''}", *totals))
    print_table(rows)


def _memory(graph: Graph, batch: int | None) -> tuple[Memory | None, str]:
    """Return what a graph takes, or None and why that is not known."""
    from grapheditor.compile import CompileError, compile_graph
    from grapheditor.training.errors import TrainError
    from grapheditor.training.memory import measure, smallest

    try:
        program = compile_graph(graph)
        return (smallest(program) if batch is None else measure(program, batch)), ""
    except (CompileError, TrainError) as error:
        return None, error.message


def _training_flops(graph: Graph, analysis: Analysis) -> int | None:
    """Return the floating point operations of the training that the recipe plans; None where it names no data."""
    from grapheditor.catalog import catalog
    from grapheditor.training.memory import planned_flops

    source = catalog().sources.get(graph.recipe.data or "")
    if source is None or "train" not in source.samples or not graph.recipe.objectives:
        return None
    return planned_flops(graph.recipe, analysis, source.samples["train"])


def train(given: argparse.Namespace) -> int:
    """Train a graph by its recipe."""
    from grapheditor.engine.process import calm_threads

    calm_threads()
    from grapheditor.compile import CompileError
    from grapheditor.training.errors import TrainError
    from grapheditor.training.loop import resume
    from grapheditor.training.loop import train as run_training

    graph = _with_overrides(_read(given.file), given) if not given.resume else None
    stopped = False

    def stop(_number: int, _frame: object) -> None:
        nonlocal stopped
        if stopped:
            raise KeyboardInterrupt
        stopped = True

    before = {number: signal.signal(number, stop) for number in (signal.SIGINT, signal.SIGTERM)}
    show = _Progress(quiet=given.json)
    try:
        if graph is None:
            changes = {name: getattr(given, name) for name in SETTINGS[Recipe] if getattr(given, name) is not None}
            run = _run_to_resume(given)
            result = resume(
                run,
                device=given.device,
                changes=changes,
                tensorboard=given.tensorboard,
                send=show,
                stopped=lambda: stopped,
            )
        else:
            result = run_training(
                graph,
                given.run_dir or given.file.parent / "runs",
                stem(given.file),
                device=given.device or "cpu",
                home=given.file.parent,
                trust=given.trust,
                tensorboard=given.tensorboard,
                send=show,
                stopped=lambda: stopped,
            )
    except CompileError as error:
        raise VerbError(error.message, PROBLEMS, given.file, error.node, error.port) from error
    except TrainError as error:
        code = TRAINING if error.kind == "training" else FILES
        raise VerbError(error.message, code, given.file, error.node) from error
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
    metrics = ", ".join(f"{name} {value:.4g}" for name, value in result["metrics"].items())
    stopped = result["stopped"]
    final = result["metrics"].get("train_loss", math.nan)
    if final > 2 * abs(show.first_loss):
        text = f"The loss rose from {show.first_loss:.4g} to {final:.4g}: a smaller learning rate often helps."
        print(text, file=sys.stderr)
    unreadable = result.get("unreadable", [])
    if unreadable:
        more = f" and {len(unreadable) - 3:,} more" if len(unreadable) > 3 else ""
        print(f"Left out, since they cannot be read: {'; '.join(unreadable[:3])}{more}.", file=sys.stderr)
    ended = "stopped" if stopped else "trained"
    rate = f"{result['samples_per_second']:,.0f} samples/s"
    epochs = f"{result['epochs']} epoch{'s' if result['epochs'] != 1 else ''}"
    _print(given, result, f"{ended}: {epochs}, {rate}\n{metrics}\nrun: {result['run']}")
    return STOPPED if stopped else FINE


def _run_to_resume(given: argparse.Namespace) -> Path:
    """Return the run to go on with: the folder itself, or the newest of a graph that has a checkpoint."""
    from grapheditor.runs.folder import latest_run

    if given.file.is_dir():
        return Path(given.file)
    found = latest_run(given.run_dir or given.file.parent / "runs", stem(given.file), "last")
    if found is None:
        raise VerbError("there is no run of this graph with a checkpoint to go on from", FILES, given.file)
    return found


def _with_overrides(graph: Graph, given: argparse.Namespace) -> Graph:
    """Return the graph with what the command line says of its recipe."""
    from grapheditor.catalog import catalog

    recipe = graph.recipe
    if given.data is not None:
        known = catalog().sources
        if given.data not in known:
            raise VerbError(f"There is no data {given.data}; there is: {', '.join(known)}.", FILES)
        recipe = replace(recipe, data=given.data)
    for name in SETTINGS[Recipe]:
        if getattr(given, name) is not None:
            recipe = replace(recipe, **{name: getattr(given, name)})
    if given.lr is not None:
        objectives = tuple(replace(item, settings={**item.settings, "lr": given.lr}) for item in recipe.objectives)
        recipe = replace(recipe, objectives=objectives)
    graph.put("recipe", recipe)
    return graph


class _Progress:
    """Shows a run on the standard error: a line that is rewritten on a terminal, a line for each epoch elsewhere."""

    def __init__(self, *, quiet: bool) -> None:
        self.live = sys.stderr.isatty()
        self.quiet = quiet and not self.live
        self.epochs = self.per_epoch = 1
        self.shown = 0.0
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
                if self.live and known and time.monotonic() - self.shown > 0.1:
                    self.shown = time.monotonic()
                    self._bar(first + max(map(len, values.values())), known[-1], rate, left)
            case Epoch(epoch=epoch, metrics=metrics) if not self.quiet:
                text = "  ".join(f"{name} {value:.4f}" for name, value in metrics.items())
                print(f"{self._clear()}epoch {epoch}/{self.epochs}  {text}", file=sys.stderr)

    def _bar(self, step: int, loss: float, rate: float, left: float) -> None:
        done = min(20, 20 * step // (self.epochs * self.per_epoch))
        bar = "█" * done + "░" * (20 - done)
        minutes, seconds = divmod(int(left), 60)
        text = f"{bar} loss {loss:.4f}  {rate:,.0f} samples/s  {minutes}:{seconds:02} left"
        print(f"{self._clear()}{text}", end="", file=sys.stderr, flush=True)

    def _clear(self) -> str:
        return "\r\x1b[K" if self.live else ""


def export(given: argparse.Namespace) -> int:
    """Export a graph as ONNX, PyTorch source or weights."""
    from grapheditor.compile import CompileError, compile_graph
    from grapheditor.compile.export import ExportError, Settings, check_path, takes_weights
    from grapheditor.compile.export import export as write
    from grapheditor.engine.exporter import from_run
    from grapheditor.runs.folder import latest_run
    from grapheditor.training.errors import TrainError

    graph = _read_sized(given)
    run = None
    try:
        settings = Settings(given.precision, given.opset, given.parity)
        check_path(given.output, settings)
        program = compile_graph(graph)
        if takes_weights(given.output):
            run = given.run or latest_run(given.file.parent / "runs", stem(given.file))
            if run is None:
                print("There is no run of this graph yet: the weights are fresh ones.", file=sys.stderr)
        loaded, metadata = from_run(run)
        result = write(program, given.output, loaded, replace(settings, metadata=metadata))
    except CompileError as error:
        raise VerbError(error.message, PROBLEMS, given.file, error.node, error.port) from error
    except TrainError as error:
        raise VerbError(error.message, FILES, given.run) from error
    except ExportError as error:
        codes = {"format": USAGE, "folder": FILES, "weights": FILES, "graph": PROBLEMS, "exporter": DISAGREES}
        where = {"weights": run, "graph": given.file}.get(error.reason, given.output)
        raise VerbError(error.message, codes[error.reason], where, error.node) from error
    agrees = ""
    if "max_relative_difference" in result:
        sizes = ", ".join(map(str, result["batches"]))
        agrees = f"; agrees with onnxruntime to {result['max_relative_difference']:.1e} at batches of {sizes}"
        agrees += f", and in each of {result['parity']['nodes']} nodes" if "parity" in result else ""
    _print(given, result, f"{result['path']} written{agrees}.")
    return FINE


def weights(given: argparse.Namespace) -> int:
    """Show which tensors of a file are which weights of a graph; write them under the graph's names."""
    from grapheditor.compile import CompileError, compile_graph
    from grapheditor.compile.foreign import read_state
    from grapheditor.compile.matched import MatchError
    from grapheditor.compile.weights import match
    from grapheditor.graph import FileError

    if given.output is not None and given.output.suffix.lower() != ".safetensors":
        raise VerbError("The name must end in .safetensors.", USAGE, given.output)
    graph = _read_sized(given)
    try:
        source = read_state(given.weights)
        found = match(source, compile_graph(graph), partial=True, rename=given.rename)
        if given.output is not None:
            found.write(given.output, source)
    except CompileError as error:
        raise VerbError(error.message, PROBLEMS, given.file, error.node, error.port) from error
    except MatchError as error:
        raise VerbError(error.message, USAGE) from error  # a pair that means nothing
    except FileError as error:
        raise VerbError(error.message, FILES, error.path) from error
    written = {} if given.output is None else {"path": str(given.output)}
    _print(given, {**found.describe(), **written}, found.report())
    if written and not given.json:
        print(f"{given.output} written.")
    return PROBLEMS if found.unclear or found.unused or found.missing else FINE


def diff(given: argparse.Namespace) -> int:
    """Say in what two graphs differ."""
    from grapheditor.edit.compare import compare

    found = compare(_read(given.first), _read(given.second))
    if given.json:
        print(json.dumps(found.describe()))
        return PROBLEMS if found else FINE
    for old, new in found.renamed:
        print(f"renamed  {old} is {new}")
    for sign, keys in (("removed", found.removed), ("added  ", found.added)):
        for key in keys:
            print(f"{sign}  {key}")
    for item in found.changed:
        print(f"changed  {item.key}" + (f": {', '.join(item.fields)}" if item.fields else ""))
    return PROBLEMS if found else FINE


def merge(given: argparse.Namespace) -> int:
    """Merge what two have made of one graph into the second file, as git asks a merge driver to."""
    from grapheditor.edit.compare import merge as merged

    graph, conflicts = merged(*map(_read, (given.base, given.ours, given.theirs)))
    _save(graph, given.ours)
    for key in conflicts:
        print(f"{given.ours}: {key}: both changed it; ours stays.", file=sys.stderr)
    _print(given, {"path": str(given.ours), "conflicts": conflicts}, f"{given.ours} merged.")
    return PROBLEMS if conflicts else FINE


def stem(path: Path) -> str:
    """Return what a graph's runs are called: its file's name without the ending."""
    return path.name.removesuffix(SUFFIX) if path.name.endswith(SUFFIX) else path.stem


def _read(path: Path) -> Graph:
    from grapheditor.catalog import catalog
    from grapheditor.graph import FileError, read

    try:
        return read(path, catalog().history)
    except FileError as error:
        text = f"{error.place}: {error.message}" if error.place else error.message
        raise VerbError(text, FILES, path) from error


def _save(graph: Graph, path: Path, *, keep: bool = False) -> None:
    """Save a graph, unless a window has that very file open. keep: the version before stays as ``NAME~``."""
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


def _inference() -> Inference:
    """Return an inference that knows what earlier processes found out."""
    from grapheditor.catalog import catalog
    from grapheditor.compile import Inference
    from grapheditor.compile.store import Store

    return Inference(catalog(), Store(state.memo()))


def _read_sized(given: argparse.Namespace) -> Graph:
    """Read a graph and put the sizes that were given in the place of its symbols."""
    from grapheditor.compile.summary import sized
    from grapheditor.graph.arithmetic import SizeError

    try:
        return sized(_read(given.file), dict(given.sizes))
    except SizeError as error:
        raise VerbError(f"--size: {error}", USAGE) from error


def _refuse_problems(path: Path, analysis: Analysis) -> None:
    for problem in analysis.problems:
        if problem.severity == "error":
            raise VerbError(problem.message, PROBLEMS, path, problem.node, problem.port)


def _print(given: argparse.Namespace, value: Any, text: str) -> None:
    print(json.dumps(value) if given.json else text)


def print_table(rows: Sequence[Sequence[str]], left: int = 3) -> None:
    """Print rows of cells, the first so many columns to the left, all others to the right."""
    widths = [max(len(row[i]) for row in rows) for i in range(len(rows[0]))]
    for row in rows:
        cells = [
            cell.ljust(width) if i < left else cell.rjust(width)
            for i, (cell, width) in enumerate(zip(row, widths, strict=True))
        ]
        print("  ".join(cells).rstrip())


def _whole(low: int, high: int) -> Callable[[str], int]:
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
    return name, _whole(1, 10**9)(number)


def _option_argument(part: argparse.ArgumentParser, option: Option) -> None:
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


def _rate(text: str) -> float:
    try:
        value = float(text)
    except ValueError:
        value = 0.0
    if not 0 < value < math.inf:
        raise argparse.ArgumentTypeError(f"{text[:40]} is not a number above 0")
    return value


def _file(part: argparse.ArgumentParser) -> None:
    part.add_argument("file", type=Path, metavar="FILE", help="a graph, *.graph.json")


def _nothing(part: argparse.ArgumentParser) -> None:
    """Take no arguments of its own."""


def _new_arguments(part: argparse.ArgumentParser) -> None:
    part.add_argument("template", metavar="ID", help="a template, as `grapheditor templates` lists them")
    part.add_argument("-p", dest="option", action="append", default=[], metavar="NAME=VALUE", help="set an option")
    part.add_argument("-o", dest="output", type=Path, metavar="FILE", help="where to write it")
    part.add_argument("--force", action="store_true", help="write over a file that is there")


def _sizes(part: argparse.ArgumentParser) -> None:
    part.add_argument(
        "--size",
        dest="sizes",
        type=_size,
        action="append",
        default=[],
        metavar="T=128",
        help="what a symbol stands for",
    )


def _summary_arguments(part: argparse.ArgumentParser) -> None:
    _file(part)
    part.add_argument("--batch", type=_whole(1, 10**9), metavar="N", help="costs for so many samples")
    _sizes(part)


def _train_arguments(part: argparse.ArgumentParser) -> None:
    _file(part)
    part.add_argument("--data", metavar="ID", help="the data to learn from")
    part.add_argument("--lr", type=_rate, metavar="RATE", help="the learning rate")
    part.add_argument("--device", metavar="NAME", help="cpu, cuda, cuda:1, mps")
    part.add_argument("--trust", action="store_true", help="trust the Python of your own that reads the data")
    part.add_argument(
        "--tensorboard", action="store_true", help="write TensorBoard's events too, into the run's folder"
    )
    part.add_argument("--resume", action="store_true", help="go on with a run: FILE is its folder, or its graph")
    for option in SETTINGS[Recipe].values():
        _option_argument(part, option)
    part.add_argument("--run-dir", type=Path, metavar="DIR", help="the folder that gets the run (runs/ beside FILE)")


def _export_arguments(part: argparse.ArgumentParser) -> None:
    _file(part)
    _sizes(part)
    part.add_argument(
        "-o",
        dest="output",
        type=Path,
        required=True,
        metavar="NAME",
        help="NAME.onnx, NAME.py or NAME.safetensors",
    )
    part.add_argument("--run", type=Path, metavar="DIR", help="the run whose weights to take (the latest)")
    part.add_argument("--precision", choices=("float32", "float16"), default="float32", help="what ONNX computes in")
    part.add_argument("--opset", type=_whole(1, 999), metavar="N", help="the version of ONNX's operators")
    part.add_argument("--parity", action="store_true", help="compare the values of all nodes with those in ONNX")


def _pair(text: str) -> tuple[str, str]:
    theirs, equals, ours = text.partition("=")
    if not (theirs and equals and ours):
        raise argparse.ArgumentTypeError(f"{text[:80]} is not a pair of beginnings, such as layers.*.a=blocks.*.query")
    return theirs, ours


def _weights_arguments(part: argparse.ArgumentParser) -> None:
    _file(part)
    part.add_argument("weights", type=Path, metavar="WEIGHTS", help="a state dict: *.safetensors, *.pt or *.pth")
    _sizes(part)
    part.add_argument("-o", dest="output", type=Path, metavar="NAME", help="NAME.safetensors, under the graph's names")
    part.add_argument(
        "--rename",
        type=_pair,
        action="append",
        default=[],
        metavar="THEIRS=OURS",
        help="beginnings of names that belong together; * is one part of a name",
    )


def _diff_arguments(part: argparse.ArgumentParser) -> None:
    part.add_argument("first", type=Path, metavar="A", help="a graph")
    part.add_argument("second", type=Path, metavar="B", help="the graph it is compared with")


def _merge_arguments(part: argparse.ArgumentParser) -> None:
    part.add_argument("base", type=Path, metavar="BASE", help="the graph both began with (git's %%O)")
    part.add_argument("ours", type=Path, metavar="OURS", help="ours, which gets the result (%%A)")
    part.add_argument("theirs", type=Path, metavar="THEIRS", help="theirs (%%B)")


VERBS = (
    Verb("new", "make a graph from a template", _new_arguments, new),
    Verb("check", "say what is wrong with a graph", _file, check),
    Verb("summary", "print shapes, costs and memory of every node", _summary_arguments, summary),
    Verb("train", "train a graph by its recipe", _train_arguments, train),
    Verb("runs", "list runs, follow and steer them", runs.arguments, runs.perform),
    Verb("export", "write ONNX, PyTorch source or weights", _export_arguments, export),
    Verb(
        "weights",
        "show which tensors of a file fit a graph, and take them",
        _weights_arguments,
        weights,
    ),
    Verb("diff", "say in what two graphs differ", _diff_arguments, diff),
    Verb("merge", "merge two graphs that began as one, as git's merge driver", _merge_arguments, merge),
    Verb("data", "list, fetch and show data to learn from", data_arguments, data),
    Verb("templates", "list the networks that ship", _nothing, templates),
    Verb("operators", "list the operators", _nothing, operators),
)

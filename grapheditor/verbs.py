"""The verbs of the command line: one record each. Every verb prints for people, or one JSON value with ``--json``."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from grapheditor import state
from grapheditor.authoring.names import meant
from grapheditor.cli import DISAGREES, FILES, FINE, PROBLEMS, USAGE, VerbError
from grapheditor.command import adapt, evaluate, find_lr, library, overfit, predict, profile, replay, train
from grapheditor.command.picture import ENDINGS, export_picture, picture_arguments
from grapheditor.command.shared import (
    SUFFIX,
    file_argument,
    options_of,
    print_table,
    print_value,
    read_graph,
    read_sized,
    save_graph,
    sentences,
    sizes_argument,
    stem,
    trust_argument,
    whole,
)
from grapheditor.data.verb import arguments as data_arguments
from grapheditor.data.verb import run as data
from grapheditor.runs import verbs as runs

if TYPE_CHECKING:
    from grapheditor.compile import Analysis, Inference
    from grapheditor.graph import Graph, Problem
    from grapheditor.training.memory import Memory

SECONDS_FOR_FIXES = 5.0
"""Of the processor's time; what has been found by then is told."""


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
    from grapheditor.errors import DataError

    known = catalog()
    if given.trust is not None:
        file = known.own.files.get(given.trust)
        if file is None:
            text = f"There is no {given.trust[:80]} in {state.operators()}."
            raise VerbError(text + meant(given.trust, known.own.files), USAGE)
        try:
            known.own.trust(file)
        except DataError as error:
            raise VerbError(error.message, FILES) from error
    code = _list(given, [item for group in known.by_category().values() for item in group])
    if known.own.files and not given.json:
        print(f"\nYour own: {state.operators()}")
        for file in known.own.files.values():
            print(f"  {file.name:<22} {file.why() or ', '.join(item.id for item in file.operators)}")
    return code


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
    options = options_of(given.option, template.options if template else ())
    try:
        graph = known.new(given.template, options)
    except ValueError as error:
        raise VerbError(str(error), USAGE) from error
    path = Path(given.output or f"{given.template}{SUFFIX}")
    try:
        if path.exists() and not given.force:
            raise VerbError("exists already; give another name, or --force to write over it", FILES, path)
    except OSError as error:
        raise VerbError(f"cannot be written: {error.strerror}", FILES, path) from error
    save_graph(graph, path, keep=True)
    print_value(given, {"path": str(path)}, f"{path} written: {len(graph.nodes)} nodes.")
    return FINE


def check(given: argparse.Namespace) -> int:
    """Say what is wrong with a graph."""
    graph = read_graph(given.file, trust=given.trust)
    problems, parameters = _problems(graph)
    errors = [problem for problem in problems if problem.severity == "error"]
    if given.json:
        print(json.dumps({"problems": [problem.describe() for problem in problems]}))
    else:
        for problem in problems:
            print(f"{problem.severity}: {problem.node or problem.place or 'graph'}: {problem.message}")
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
    from grapheditor.compile.fixes import after, with_fixes

    inference = _inference()
    analysis = inference.analyse(graph)
    problems = with_fixes(inference, graph, analysis, after(SECONDS_FOR_FIXES))
    problems += advice(graph, inference.catalog, analysis)
    return problems + (_refused(graph) if analysis.sound else []), analysis.parameters


def _refused(graph: Graph) -> list[Problem]:
    """Return as problems what a training would refuse about the recipe of a sound graph."""
    from grapheditor.compile import compile_graph
    from grapheditor.training.plan import refused

    return refused(compile_graph(graph))


def summary(given: argparse.Namespace) -> int:
    """Print shapes and costs of every node, and how much memory the graph takes."""
    from grapheditor.compile.summary import summary as summarise
    from grapheditor.graph.arithmetic import SizeError

    graph = read_sized(given)
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
    sizes = (f"{name}={size}" for name, size in found["sizes"].items())
    said = ", ".join([f"{batch} sample{'s' if batch > 1 else ''}", *sizes])
    rows.append(("total", "", said, *totals))
    print_table(rows)
    if found["frozen"]:
        print(f"\n{found['frozen']:,} of the parameters are frozen.")


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


def export(given: argparse.Namespace) -> int:
    """Export a graph as ONNX, PyTorch source or weights, or a picture of it."""
    if given.output.suffix.lower() in ENDINGS:
        return export_picture(given)
    from grapheditor.compile import CompileError, compile_graph
    from grapheditor.compile.export import KNOWN, ExportError, Settings, check_path, takes_weights
    from grapheditor.compile.export import export as write
    from grapheditor.engine.exporter import from_run
    from grapheditor.runs.folder import latest_run
    from grapheditor.training.errors import TrainError

    if given.output.suffix.lower() not in KNOWN:
        raise VerbError(f"The name must end in {', '.join(KNOWN)}; of a picture in {', '.join(ENDINGS)}.", USAGE)
    graph = read_sized(given)
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
    print_value(given, result, f"{result['path']} written{agrees}.")
    return FINE


def weights(given: argparse.Namespace) -> int:
    """Show which tensors of a file, or of a run, are which weights of a graph; write them under the graph's names."""
    from grapheditor.compile import CompileError, compile_graph
    from grapheditor.compile.foreign import read_state
    from grapheditor.compile.matched import MatchError
    from grapheditor.compile.weights import match
    from grapheditor.graph import FileError
    from grapheditor.training.beginning import weights_at
    from grapheditor.training.errors import RunError

    if given.output is not None and given.output.suffix.lower() != ".safetensors":
        raise VerbError("The name must end in .safetensors.", USAGE, given.output)
    graph = read_sized(given)
    try:
        source = read_state(given.weights) if not given.weights.is_dir() else weights_at(given.weights).tensors
        found = match(source, compile_graph(graph), partial=True, rename=given.rename)
        if given.output is not None:
            found.write(given.output, source)
    except CompileError as error:
        raise VerbError(error.message, PROBLEMS, given.file, error.node, error.port) from error
    except MatchError as error:
        raise VerbError(error.message, USAGE) from error  # a pair that means nothing
    except (FileError, RunError) as error:
        raise VerbError(error.message, FILES, getattr(error, "path", None)) from error
    written = {} if given.output is None else {"path": str(given.output)}
    print_value(given, {**found.describe(), **written}, found.report())
    if written and not given.json:
        print(f"{given.output} written.")
    if given.keep:
        _keep_weights(given, graph)
    return PROBLEMS if found.unclear or found.unused or found.missing else FINE


def _keep_weights(given: argparse.Namespace, graph: Graph) -> None:
    """Keep the weights as a run of the graph; say which."""
    from grapheditor.training.taking import take_weights

    parent = given.run_dir or given.file.parent / "runs"
    with sentences(given.file):
        taken = take_weights(graph, given.weights, parent, stem(given.file), given.file.parent, given.rename)
    print("\n".join([*taken.notes[1:], f"{taken.folder} has them."]), file=sys.stderr if given.json else sys.stdout)


def diff(given: argparse.Namespace) -> int:
    """Say in what two graphs differ."""
    from grapheditor.edit.compare import compare

    found = compare(*(read_graph(path, trust=given.trust) for path in (given.first, given.second)))
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

    graph, conflicts = merged(*(read_graph(path, trust=given.trust) for path in (given.base, given.ours, given.theirs)))
    save_graph(graph, given.ours)
    for key in conflicts:
        print(f"{given.ours}: {key}: both changed it; ours stays.", file=sys.stderr)
    print_value(given, {"path": str(given.ours), "conflicts": conflicts}, f"{given.ours} merged.")
    return PROBLEMS if conflicts else FINE


def _inference() -> Inference:
    """Return an inference that knows what earlier processes found out."""
    from grapheditor.catalog import catalog
    from grapheditor.compile import Inference
    from grapheditor.compile.store import Store

    return Inference(catalog(), Store(state.memo()))


def _refuse_problems(path: Path, analysis: Analysis) -> None:
    for problem in analysis.problems:
        if problem.severity == "error":
            raise VerbError(problem.message, PROBLEMS, path, problem.node, problem.port)


def _nothing(part: argparse.ArgumentParser) -> None:
    """Take no arguments of its own."""


def _operators_arguments(part: argparse.ArgumentParser) -> None:
    part.add_argument("--trust", metavar="NAME.py", help="trust the content of this file of your own from now on")


def _new_arguments(part: argparse.ArgumentParser) -> None:
    part.add_argument("template", metavar="ID", help="a template, as `grapheditor templates` lists them")
    part.add_argument("-p", dest="option", action="append", default=[], metavar="NAME=VALUE", help="set an option")
    part.add_argument("-o", dest="output", type=Path, metavar="FILE", help="where to write it")
    part.add_argument("--force", action="store_true", help="write over a file that is there")


def _summary_arguments(part: argparse.ArgumentParser) -> None:
    file_argument(part)
    part.add_argument("--batch", type=whole(1, 10**9), metavar="N", help="costs for so many samples")
    sizes_argument(part)


def _export_arguments(part: argparse.ArgumentParser) -> None:
    file_argument(part)
    sizes_argument(part)
    part.add_argument(
        "-o",
        dest="output",
        type=Path,
        required=True,
        metavar="NAME",
        help="NAME.onnx, NAME.py, NAME.safetensors, or a picture: NAME.svg, .pdf, .png, .tex",
    )
    part.add_argument("--run", type=Path, metavar="DIR", help="the run whose weights to take (the latest)")
    part.add_argument("--precision", choices=("float32", "float16"), default="float32", help="what ONNX computes in")
    part.add_argument("--opset", type=whole(1, 999), metavar="N", help="the version of ONNX's operators")
    part.add_argument("--parity", action="store_true", help="compare the values of all nodes with those in ONNX")
    picture_arguments(part)


def _pair(text: str) -> tuple[str, str]:
    theirs, equals, ours = text.partition("=")
    if not (theirs and equals and ours):
        raise argparse.ArgumentTypeError(f"{text[:80]} is not a pair of beginnings, such as layers.*.a=blocks.*.query")
    return theirs, ours


def _weights_arguments(part: argparse.ArgumentParser) -> None:
    file_argument(part)
    part.add_argument(
        "weights", type=Path, metavar="WEIGHTS", help="a state dict (*.safetensors, *.pt, *.pth), or a run"
    )
    sizes_argument(part)
    part.add_argument("-o", dest="output", type=Path, metavar="NAME", help="NAME.safetensors, under the graph's names")
    part.add_argument(
        "--keep", action="store_true", help="keep them as a run of the graph, for export, predict, evaluate, the window"
    )
    part.add_argument("--run-dir", type=Path, metavar="DIR", help="the folder that gets the run (runs/ beside FILE)")
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
    trust_argument(part)


def _merge_arguments(part: argparse.ArgumentParser) -> None:
    part.add_argument("base", type=Path, metavar="BASE", help="the graph both began with (git's %%O)")
    part.add_argument("ours", type=Path, metavar="OURS", help="ours, which gets the result (%%A)")
    part.add_argument("theirs", type=Path, metavar="THEIRS", help="theirs (%%B)")
    trust_argument(part)


VERBS = (
    Verb("new", "make a graph from a template", _new_arguments, new),
    Verb("check", "say what is wrong with a graph", file_argument, check),
    Verb("summary", "print shapes, costs and memory of every node", _summary_arguments, summary),
    Verb("adapt", "bring a graph to data that it was not made for", adapt.arguments, adapt.run),
    Verb("train", "train a graph by its recipe", train.arguments, train.run),
    Verb("evaluate", "measure what a run has learned", evaluate.arguments, evaluate.run),
    Verb("predict", "say what a run's network makes of new files", predict.arguments, predict.run),
    Verb("find-lr", "find a learning rate by trying rising ones", find_lr.arguments, find_lr.run),
    Verb("overfit", "see whether a graph can learn one batch by heart", overfit.arguments, overfit.run),
    Verb("profile", "measure time and memory of every node", profile.arguments, profile.run),
    Verb("runs", "list runs, follow and steer them", runs.arguments, runs.perform),
    Verb("replay", "see again what made a run fail, and at which node", replay.arguments, replay.run),
    Verb("export", "write ONNX, PyTorch source, weights or a picture", _export_arguments, export),
    Verb(
        "weights",
        "show which tensors of a file fit a graph, and take them",
        _weights_arguments,
        weights,
    ),
    Verb("diff", "say in what two graphs differ", _diff_arguments, diff),
    Verb("merge", "merge two graphs that began as one, as git's merge driver", _merge_arguments, merge),
    Verb("data", "list, fetch and preview data to learn from", data_arguments, data),
    Verb("library", "list, keep and remove modules of your own", library.arguments, library.run),
    Verb("templates", "list the networks that ship", _nothing, templates),
    Verb("operators", "list the operators, your own too", _operators_arguments, operators),
)

"""Every template at full size, in a table: ``python benchmarks/gallery.py``, for a nightly run.

Parameters and multiply-adds are those of inference, compared with the numbers in tests/templates/figures.py; then the
lines of the source, and how far the exported network is from the module in onnxruntime. It is exported by the command
line, in a process of its own, so that native code which dies is a row that fails; ``--precision float16`` asks whether
half precision can be had of all. What has more parameters than ``--up-to`` (30 million, unless it says otherwise) is not
exported, and the table says so; ``--up-to 0`` exports nothing. Names given as arguments choose templates. Ends with 1
where a row fails, and says which and why.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "tests" / "templates"))

from figures import BROKEN, FIGURES, Figures, rounded

from grapheditor.catalog import Catalog, catalog
from grapheditor.compile import CompileError, Inference, compile_graph
from grapheditor.graph import Graph, write

UP_TO = 30_000_000
LONGEST = 900
"""Seconds that an export may take."""


@dataclass
class Row:
    """What was found out about a template with some options; ``wrong`` says why it fails."""

    title: str
    parameters: int = 0
    multiply_adds: str = ""
    lines: str = ""
    onnx: str = ""
    wrong: list[str] = field(default_factory=list)

    def __str__(self) -> str:
        text = f"{self.title:<34} {self.parameters:>18,} {self.multiply_adds:>12} {self.lines:>6}  {self.onnx:<24}"
        return f"{text} FAILS: {'; '.join(self.wrong)}" if self.wrong else f"{text} ok"


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    parser.add_argument("templates", nargs="*", help="which templates; all by default")
    parser.add_argument("--up-to", type=int, default=UP_TO, metavar="PARAMETERS", help="export no larger networks")
    parser.add_argument("--precision", choices=("float32", "float16"), default="float32", help="of the exports")
    given = parser.parse_args(arguments)
    print(f"{'template':<34} {'parameters':>18} {'G mult-adds':>12} {'lines':>6}  onnx: relative difference")
    failed = []
    for known in wanted(catalog(), given.templates):
        start = time.perf_counter()
        found = row(known, given.up_to, given.precision)
        print(f"{found} ({time.perf_counter() - start:.1f} s)", flush=True)
        failed += [found.title] if found.wrong else []
    print(f"{len(failed)} fail: {', '.join(failed)}" if failed else "every row holds")
    return 1 if failed else 0


def wanted(known: Catalog, names: list[str]) -> Iterator[Figures]:
    """Yield what has to be looked at; a template without numbers is among them."""
    numbered = {item.template for item in FIGURES}
    items = [*FIGURES, *(Figures(name, {}, 0) for name in known.templates if name not in numbered)]
    for item in items:
        if not names or item.template in names:
            yield item


def row(known: Figures, up_to: int, precision: str) -> Row:
    """Look at one template."""
    options = ", ".join(f"{name}={value}" for name, value in known.options.items())
    found = Row(f"{known.template} {options}".strip())
    if known.template not in catalog().templates:
        found.wrong.append("there is no such template")
        return found
    graph = catalog().new(known.template, known.options)
    inference = Inference(catalog())
    analysis = inference.analyse(graph)
    found.parameters = analysis.parameters
    if known.template in BROKEN:
        found.onnx = "is refused, as it must be"
        found.wrong += ["it is accepted"] if analysis.sound else []
        return found
    found.wrong += [f"{problem.node}: {problem.message}" for problem in analysis.problems]
    work = sum(map(analysis.multiply_adds, analysis.nodes))
    found.multiply_adds = f"{work / 1e9:,.3f}"
    if known.parameters != analysis.parameters:
        found.wrong.append(f"{known.parameters:,} parameters are right")
    if known.multiply_adds and rounded(work, known.multiply_adds) != known.multiply_adds:
        found.wrong.append(f"{known.multiply_adds} G multiply-adds are right")
    if analysis.sound:
        compiled(found, graph, inference, up_to, precision)
    return found


def compiled(found: Row, graph: Graph, inference: Inference, up_to: int, precision: str) -> None:
    """Print and export it."""
    try:
        program = compile_graph(graph, inference=inference)
    except CompileError as error:
        found.wrong.append(str(error))
        return
    found.lines = str(len(program.source.splitlines()))
    if found.parameters > up_to:
        found.onnx = f"skipped above {up_to / 1e6:g} M" if up_to else "skipped"
        return
    code, said = exported(graph, precision)
    if code == 0:
        found.onnx = f"{said['max_relative_difference']:.1e}"
        return
    found.onnx = "died" if code < 0 else "refused"
    found.wrong.append(said.get("error", {}).get("message", f"its process ended with {code}"))


def exported(graph: Graph, precision: str) -> tuple[int, dict[str, Any]]:
    """Export with fresh weights as people do; return the exit code and what was printed, nothing where it died."""
    with tempfile.TemporaryDirectory() as folder:
        file, target = Path(folder) / "net.graph.json", Path(folder) / "net.onnx"
        write(graph, file)
        verb = ["export", str(file), "-o", str(target), "--precision", precision, "--json"]
        command = [sys.executable, "-m", "grapheditor", *verb]
        done = subprocess.run(command, capture_output=True, text=True, timeout=LONGEST, check=False)
    return done.returncode, json.loads(done.stdout) if done.stdout.strip() else {}


if __name__ == "__main__":
    sys.exit(main())

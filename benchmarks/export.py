"""What an export to ONNX costs: ``python benchmarks/export.py``, seconds of the processor and memory of VGG16's.

Each network is exported by a process of its own, as the command line does it: import, compile, weights, the model from
torch's exporter, the file. Seconds are those of the processor, so they hold on a machine that does other things too; what
counts is the model and the file, before the file is compared with the module. Memory is the most that the process had
resident until then. (A file named onnx.py here would hide the library.) ``--past`` exports also a network whose weights are larger than a message may be, and says where
they lie. Ends with 1 where a figure does not hold.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")

SECONDS = 6.0
"""Of the processor, for the model and its file."""
TIMES, BESIDE = 1.2, 500e6
"""The most memory: so many times the weights, and so many bytes."""
PAST = {"classes": 120_000}
"""A VGG16 with 2.5 GB of weights."""


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    parser.add_argument("template", nargs="?", default="vgg16")
    parser.add_argument("--runs", type=int, default=3, metavar="N", help="how often; the fastest counts")
    parser.add_argument("--past", action="store_true", help="also a network with more than 2 GB of weights")
    parser.add_argument("--options", type=json.loads, default={}, help="the template's options, as JSON")
    parser.add_argument("--here", action="store_true", help=argparse.SUPPRESS)
    given = parser.parse_args(arguments)
    if given.here:
        print(json.dumps(exported(given.template, given.options)))
        return 0
    wrong = shown(given.template, given.options, given.runs)
    if given.past:
        wrong += shown("vgg16", PAST, 1)
    print("\n".join(wrong) or "every figure holds")
    return 1 if wrong else 0


def exported(template: str, options: dict[str, Any]) -> dict[str, Any]:
    """Export once, in this process; seconds of the processor of each part, bytes of the most memory and of the weights."""
    clock = [time.process_time()]
    from grapheditor.catalog import catalog
    from grapheditor.compile import compile_graph
    from grapheditor.compile.export import Settings, loaded
    from grapheditor.compile.onnx import drawn_up
    from grapheditor.compile.stream import write_model

    clock.append(time.process_time())
    program = compile_graph(catalog().new(template, options))
    clock.append(time.process_time())
    module = loaded(program, None)
    clock.append(time.process_time())
    model = drawn_up(program, module, Settings())
    clock.append(time.process_time())
    with tempfile.TemporaryDirectory() as folder:
        files = write_model(model, Path(folder) / "it.onnx")
        clock.append(time.process_time())
        sizes = {file.name: file.stat().st_size for file in files}
    names = ("import", "compile", "weights", "model", "file")
    return {
        "seconds": {name: clock[i + 1] - clock[i] for i, name in enumerate(names)},
        "memory": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * (1 if sys.platform == "darwin" else 1024),
        "weights": sum(value.nbytes for value in module.state_dict().values()),
        "files": sizes,
    }


def shown(template: str, options: dict[str, Any], runs: int) -> list[str]:
    """Export in processes of their own, print the figures of the fastest, and return what does not hold."""
    command = [sys.executable, __file__, template, "--options", json.dumps(options), "--here"]
    done = [json.loads(subprocess.run(command, capture_output=True, text=True, check=True).stdout) for _ in range(runs)]
    best = min(done, key=lambda row: row["seconds"]["model"] + row["seconds"]["file"])
    seconds, proper = best["seconds"], best["seconds"]["model"] + best["seconds"]["file"]
    title = " ".join([template, *(f"{name}={value}" for name, value in options.items())])
    parts = ", ".join(f"{name} {value:.1f}" for name, value in seconds.items())
    most = TIMES * best["weights"] + BESIDE
    files = ", ".join(f"{name} {size / 1e6:,.1f} MB" for name, size in best["files"].items())
    print(f"{title}: {proper:.1f} s of CPU for model and file ({parts}; all {sum(seconds.values()):.1f})")
    print(
        f"  memory {best['memory'] / 1e6:,.0f} MB, at most {most / 1e6:,.0f}; weights {best['weights'] / 1e6:,.0f} MB"
    )
    print(f"  {files}", flush=True)
    wrong = []
    if template == "vgg16" and not options and proper > SECONDS:
        wrong.append(f"{template} takes {proper:.1f} s, more than {SECONDS:g}")
    if best["memory"] > most:
        wrong.append(f"{template} takes {best['memory'] / 1e6:,.0f} MB, more than {most / 1e6:,.0f}")
    if best["weights"] > 2**31 and len(best["files"]) != 2:
        wrong.append(f"{template} has its weights in the model")
    return wrong


if __name__ == "__main__":
    sys.exit(main())

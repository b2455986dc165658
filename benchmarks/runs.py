"""How long the metrics of long runs take to read, to follow, and to draw, and how long a folder of runs takes to list.

python benchmarks/runs.py [POINTS]
"""

from __future__ import annotations

import json
import random
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from grapheditor.runs.control import Control, Server
from grapheditor.runs.folder import list_runs, make_folder
from grapheditor.runs.lease import Lease
from grapheditor.runs.metrics import METRICS, Writer
from grapheditor.runs.reader import Reader
from grapheditor.runs.record import RECORD, Record, environment

NAMES = ("loss", "accuracy", "learning_rate")


def timed(action: Callable[[], Any]) -> tuple[float, Any]:
    """Return the processor's seconds and the result."""
    begun = time.process_time()
    result = action()
    return time.process_time() - begun, result


def write(folder: Path, points: int, stretch: int) -> None:
    draw = random.Random(1)
    values = {name: [draw.random() for _ in range(points)] for name in NAMES}
    with Writer(folder, interval=0) as writer:
        for first in range(0, points, stretch):
            writer.steps(first, {name: numbers[first : first + stretch] for name, numbers in values.items()})


def main() -> None:
    points = int(sys.argv[1]) if len(sys.argv) > 1 else 1_000_000
    print(f"{points:,} steps of {len(NAMES)} series; seconds of processor")
    for stretch in (500, 100, 10, 1):
        with tempfile.TemporaryDirectory() as name:
            folder = Path(name)
            writing, _ = timed(lambda: write(folder, points, stretch))
            megabytes = (folder / METRICS).stat().st_size / 2**20
            reader = Reader(folder)
            reading, _ = timed(reader.read)
            assert len(reader.steps["loss"]) == points
            again, _ = timed(reader.read)
            thin, _ = timed(lambda: reader.steps["loss"].thin(1000))
            print(
                f"{stretch:4} steps a line: {megabytes:6.1f} MB, written {writing:5.2f}, read {reading:5.2f}, "
                f"nothing new {again * 1e6:4.0f} µs, thinned to 1,000 pixels {thin * 1e3:4.1f} ms"
            )
    with tempfile.TemporaryDirectory() as name:
        write(Path(name), points, 500)
        seconds, _ = timed(lambda: [json.loads(line) for line in (Path(name) / METRICS).open()])
        print(f"json.loads of the same lines, 500 steps each, without making arrays: {seconds:.2f}")
    with tempfile.TemporaryDirectory() as name:
        for i in range(1000):
            folder = make_folder(Path(name), "digits")
            record = Record(environment=environment({"torch": "2"}), recipe={str(i): i for i in range(50)})
            (folder / RECORD).write_text(json.dumps(record.describe(), indent=2))
            Lease(folder).release()
        seconds, entries = timed(lambda: list_runs(Path(name)))
        assert all(entry.look and entry.look.state == "died" for entry in entries)
        print(f"{len(entries):,} runs listed, each looked at whether it lives: {seconds:.2f}")
    loop(points)


def loop(points: int) -> None:
    """What a loop pays for each step: a beat, a look for requests, a number."""
    with tempfile.TemporaryDirectory() as name:
        folder = make_folder(Path(name), "digits")
        (folder / RECORD).write_text(json.dumps(Record().describe()))
        with Lease(folder) as lease, Server(folder) as server, Writer(folder) as writer:
            beating, _ = timed(lambda: [lease.beat(step) for step in range(points)])
            serving, _ = timed(lambda: [server.serve_pending() for _ in range(points)])
            writing, _ = timed(lambda: [writer.steps(step, {"loss": [0.5]}) for step in range(points)])
            asking, _ = timed(lambda: [Control(folder).status() for _ in range(100)])
    each = ", ".join(f"{name} {seconds / points * 1e6:.2f} µs" for name, seconds in
                     (("beat", beating), ("serve_pending", serving), ("one number", writing)))  # fmt: skip
    print(f"each step: {each}; a status asked and answered: {asking * 10:.2f} ms")


if __name__ == "__main__":
    main()

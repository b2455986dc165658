"""A run's folder, and other processes that hold one."""

from __future__ import annotations

import subprocess
import sys
import textwrap
from pathlib import Path

import pytest
from made import make_run


@pytest.fixture
def run(tmp_path: Path) -> Path:
    return make_run(tmp_path)


HOLD = """
import sys
from pathlib import Path
from grapheditor.runs.control import Server
from grapheditor.runs.errors import RunError
from grapheditor.runs.lease import Lease
folder = Path(sys.argv[1])
try:
    lease = Lease(folder)
except RunError as error:
    print(error.message, flush=True)
    sys.exit()
print("taken", flush=True)
"""


class Other:
    """Another process that takes the lease of a run, then does what it is told."""

    def __init__(self, run: Path, then: str = "sys.stdin.read(1)") -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-c", HOLD + textwrap.dedent(then), str(run)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def line(self) -> str:
        return self.process.stdout.readline().rstrip("\n")

    def tell(self, text: str = "\n") -> None:
        self.process.stdin.write(text)
        self.process.stdin.flush()

    def kill(self) -> None:
        self.process.kill()
        self.process.wait()

    def close(self) -> None:
        self.process.kill()
        self.process.communicate()


@pytest.fixture
def other():
    """Return what starts other processes; they are gone when the test ends."""
    started: list[Other] = []

    def start(*arguments) -> Other:
        started.append(Other(*arguments))
        return started[-1]

    yield start
    for item in started:
        item.close()

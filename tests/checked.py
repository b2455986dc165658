"""Printed sources under the tools that people have: the linter, the formatter, the strict type checker."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

TOOLS = (["ruff", "check"], ["ruff", "format", "--check"], ["mypy", "--strict", "--config-file="])


def check_sources(folder: Path, tools=TOOLS) -> None:
    """Fail with what a tool says of the sources in a test's folder. What it knows of torch is kept for all tests."""
    known = folder.parents[1 if "PYTEST_XDIST_WORKER" in os.environ else 0] / "mypy"
    for words in tools:
        more = [f"--cache-dir={known}"] if words[0] == "mypy" else []
        done = subprocess.run([sys.executable, "-m", *words, *more, "."], cwd=folder, capture_output=True, text=True)
        assert done.returncode == 0, done.stdout

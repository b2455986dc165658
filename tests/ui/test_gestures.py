"""Random gestures on the real window; the benchmark makes many more of them."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from grapheditor.catalog import catalog

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "benchmarks"))

from gestures import play


@pytest.mark.parametrize("seed", [7, 8])
def test_random_gestures_never_fail_and_undoing_all_gives_the_first_graph(drive, tmp_path, seed):
    path = tmp_path / "digits.graph.json"
    catalog().new("mnist-convnet").save(path)
    drive.window.open(path)
    drive.wait_for_analysis()
    play(drive.window, seed, 40)

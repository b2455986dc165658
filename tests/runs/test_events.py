"""TensorBoard's events, read back by TensorBoard; and what is said where it is not installed."""

from __future__ import annotations

import subprocess
import sys
from importlib.util import find_spec

import pytest

from grapheditor.runs.errors import RunError
from grapheditor.runs.events import Events

BOTH_WAYS = """
import sys, warnings
warnings.simplefilter("ignore")
from pathlib import Path
from grapheditor.runs.events import Events
assert "torch" not in sys.modules
run = Path(sys.argv[1])
events = Events(run)
events.steps(0, {"loss": [1.0, 0.5, 0.25]})
events.steps(0, {"learning_rate": [0.5, 0.25]}, every=2)
events.epoch(1, 3, {"train_loss": 2.0})
events.close()
again = Events(run, resumed=2)
again.steps(2, {"loss": [0.125]})
again.close()
from tensorboard.backend.event_processing.event_accumulator import EventAccumulator
read = EventAccumulator(str(run / "events"))
read.Reload()
print({name: [(item.step, item.value) for item in read.Scalars(name)] for name in sorted(read.Tags()["scalars"])})
"""


@pytest.mark.skipif(find_spec("tensorboard") is None, reason="needs the extra tensorboard")
def test_tensorboard_reads_what_is_written(run):
    done = subprocess.run([sys.executable, "-c", BOTH_WAYS, str(run)], capture_output=True, text=True, check=True)
    assert done.stdout.strip().splitlines()[-1] == str(
        {
            "epoch": [],
            "learning_rate": [(1, 0.5)],
            "loss": [(1, 1.0), (2, 0.5), (3, 0.125)],
            "train_loss": [],
        }
    )


def test_without_tensorboard_it_says_what_to_install(run, monkeypatch):
    monkeypatch.setitem(sys.modules, "tensorboard.compat.proto", None)
    with pytest.raises(RunError, match=r'TensorBoard is not installed: pip install "grapheditor\[tensorboard\]"'):
        Events(run)
    assert not (run / "events").exists()

"""A process that makes one export: it takes an Open and an Export, answers with Exported or Refused, and ends.

python -m grapheditor.engine.exporter
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

from grapheditor.engine.messages import Export, Exported, Message, Open, Refused
from grapheditor.engine.process import calm_threads, claim_streams
from grapheditor.graph import FileError, read_text

if TYPE_CHECKING:
    from torch import Tensor


def main() -> None:
    """Serve one export."""
    channel = claim_streams()
    calm_threads()
    opened, wanted = channel.receive(), channel.receive()
    if isinstance(opened, Open) and isinstance(wanted, Export):
        channel.send(answer(opened, wanted))


def answer(opened: Open, wanted: Export) -> Message:
    """Export, and return what to tell the window."""
    from grapheditor.compile import CompileError, compile_graph
    from grapheditor.compile.export import ExportError, Settings, export
    from grapheditor.training.errors import TrainError

    try:
        program = compile_graph(read_text(opened.text))
        weights, metadata = from_run(Path(wanted.run) if wanted.run is not None else None)
        return Exported(wanted.request, export(program, Path(wanted.path), weights, Settings(metadata=metadata)))
    except (CompileError, ExportError, TrainError) as error:
        return Refused(wanted.request, error.message, error.node)
    except FileError as error:
        return Refused(wanted.request, str(error))


def from_run(run: Path | None) -> tuple[dict[str, Tensor] | None, dict[str, str]]:
    """Return a run's best weights, and what a file that has them says of it: its name, the epoch, and the metrics then.

    Nothing of no run; TrainError where there are no weights or they are damaged.
    """
    from grapheditor.runs.folder import CHECKPOINTS
    from grapheditor.training.checkpoint import find_checkpoint
    from grapheditor.training.run import load_weights

    if run is None:
        return None, {}
    weights, best = load_weights(run), find_checkpoint(run / CHECKPOINTS, "best")
    said = {"run": run.resolve().name, "epoch": str(best.epoch), "metrics": json.dumps(best.metrics)}
    return weights, said | _data_of(run)


def _data_of(run: Path) -> dict[str, str]:
    """Return what a run keeps of its data: classes and statistics; nothing where it keeps none that can be read."""
    from grapheditor.data.description import read_description
    from grapheditor.errors import DataError
    from grapheditor.runs.folder import DATA

    try:
        data = read_description(json.loads((run / DATA).read_text("utf-8")))
    except (OSError, ValueError, RecursionError, DataError):
        return {}
    classes = next((item.classes for item in data.fields if item.classes), ())
    found = {"classes": list(classes), "data_statistics": dict(data.statistics)}
    return {name: json.dumps(value, ensure_ascii=False) for name, value in found.items() if value}


if __name__ == "__main__":
    main()

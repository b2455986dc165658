"""A process that makes one export: it takes an Open and an Export, answers with Exported or Refused, and ends.

On the way it tells where it is. When its input is closed before that, nobody wants the export any more: it ends at once
and leaves nothing behind.

python -m grapheditor.engine.exporter
"""

from __future__ import annotations

import glob
import json
import os
import shutil
import tempfile
import threading
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from grapheditor.engine.messages import Export, Exported, Exporting, Message, Open, Refused
from grapheditor.engine.process import calm_threads, claim_streams, give_way
from grapheditor.graph import FileError, read_text

if TYPE_CHECKING:
    from torch import Tensor

    from grapheditor.engine.channel import Channel


def main() -> None:
    """Serve one export."""
    channel = claim_streams()
    give_way()
    calm_threads()
    opened, wanted = channel.receive(), channel.receive()
    if isinstance(opened, Open) and isinstance(wanted, Export):
        with tempfile.TemporaryDirectory(prefix="grapheditor-export-") as folder:
            tempfile.tempdir = folder
            threading.Thread(target=_heed, args=(channel, wanted, Path(folder)), daemon=True).start()
            found = answer(opened, wanted, lambda step: channel.send(Exporting(wanted.request, step)))
        channel.send(found)


def _heed(channel: Channel, wanted: Export, folder: Path) -> None:
    """Wait until the input is closed; then remove what is half written, and end."""
    while channel.receive() is not None:
        pass
    path = Path(wanted.path)
    for draft in path.parent.glob(f".{glob.escape(path.name)}.*"):  # as replace_file calls them, .data as well
        draft.unlink(missing_ok=True)
    shutil.rmtree(folder, ignore_errors=True)
    os._exit(1)


def answer(opened: Open, wanted: Export, told: Callable[[str], object]) -> Message:
    """Export, and return what to tell the window. told: is called with each step."""
    from grapheditor.compile import CompileError, compile_graph
    from grapheditor.compile.export import ExportError, Settings, export
    from grapheditor.training.errors import TrainError

    try:
        told("compile")
        program = compile_graph(read_text(opened.text))
        weights, metadata = from_run(Path(wanted.run) if wanted.run is not None else None)
        done = export(program, Path(wanted.path), weights, Settings(metadata=metadata), told)
        return Exported(wanted.request, done)
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
    from grapheditor.training.errors import RunError
    from grapheditor.training.learned import description_of

    try:
        data = description_of(run)
    except RunError:
        return {}
    classes = next((item.classes for item in data.fields if item.classes), ())
    found = {"classes": list(classes), "data_statistics": dict(data.statistics)}
    return {name: json.dumps(value, ensure_ascii=False) for name, value in found.items() if value}


if __name__ == "__main__":
    main()

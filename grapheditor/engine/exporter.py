"""A process that makes one export: it takes an Open and an Export, answers with Exported or Refused, and ends.

python -m grapheditor.engine.exporter
"""

from __future__ import annotations

from pathlib import Path

from grapheditor.engine.messages import Export, Exported, Message, Open, Refused
from grapheditor.engine.process import calm_threads, claim_streams
from grapheditor.graph import FileError, read_text


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
    from grapheditor.compile.export import ExportError, export
    from grapheditor.training.errors import TrainError
    from grapheditor.training.run import load_weights

    try:
        program = compile_graph(read_text(opened.text))
        weights = None if wanted.run is None else load_weights(Path(wanted.run))
        return Exported(wanted.request, export(program, Path(wanted.path), weights))
    except (CompileError, ExportError, TrainError) as error:
        return Refused(wanted.request, error.message, error.node)
    except FileError as error:
        return Refused(wanted.request, str(error))


if __name__ == "__main__":
    main()

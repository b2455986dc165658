"""The process of one training: it takes a Train, tells how it goes, and ends.

    python -m grapheditor.engine.runner

Stop, a signal and the end of its input (the window is gone) all do the same: a checkpoint is written and it
ends, so that no process is left behind.
"""

from __future__ import annotations

import sys
import threading
import traceback
from pathlib import Path
from typing import TYPE_CHECKING

from grapheditor.engine.messages import Failed, Finished, Message, Stop, Train
from grapheditor.engine.process import calm_threads, claim_streams, stop_on_signals

if TYPE_CHECKING:
    from grapheditor.engine.channel import Channel


def main() -> None:
    """Serve one training."""
    channel = claim_streams()
    calm_threads()
    wanted = channel.receive()
    if not isinstance(wanted, Train):
        return
    stop = threading.Event()
    stop_on_signals(stop.set)
    threading.Thread(target=_listen, args=(channel, stop), name="listener", daemon=True).start()
    window = _Window(channel, stop)
    window.send(_train(wanted, window, stop))


class _Window:
    """The other end. Where it is gone, the training stops and nothing more is sent."""

    def __init__(self, channel: Channel, stop: threading.Event) -> None:
        self._channel = channel
        self._stop = stop
        self._gone = False

    def send(self, message: Message) -> None:
        if self._gone:
            return
        try:
            self._channel.send(message)
        except OSError as error:
            print(f"The window is gone: {error}", file=sys.stderr)
            self._gone = True
            self._stop.set()


def _listen(channel: Channel, stop: threading.Event) -> None:
    """Wait for a Stop or the end of the input."""
    try:
        while (message := channel.receive()) is not None and not isinstance(message, Stop):
            print(f"Not for a runner: {message}", file=sys.stderr)
    except (OSError, ValueError, TypeError) as error:
        print(f"The input is damaged: {error}", file=sys.stderr)
    stop.set()


def _train(wanted: Train, window: _Window, stop: threading.Event) -> Message:
    """Train, and return how it ended."""
    from grapheditor.compile import CompileError
    from grapheditor.graph import FileError, read_text
    from grapheditor.training.errors import TrainError
    from grapheditor.training.loop import train

    try:
        graph = read_text(wanted.text)
        result = train(
            graph,
            Path(wanted.folder),
            wanted.name,
            device=wanted.device,
            home=Path(wanted.home),
            send=window.send,
            stopped=stop.is_set,
        )
    except (CompileError, TrainError) as error:
        return Failed(error.message, error.node, traceback.format_exc())
    except FileError as error:
        return Failed(str(error), None, traceback.format_exc())
    except Exception as error:  # noqa: BLE001 - the window is told of every end
        text = f"The training ended by a fault of the program ({type(error).__name__})."
        return Failed(text, None, traceback.format_exc())
    return Finished(result["stopped"], result)


if __name__ == "__main__":
    main()

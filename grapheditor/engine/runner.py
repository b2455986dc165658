"""The process of one training: it takes a Train or a Resume, says where its folder is and how it ended, and ends.

How it goes on the way is told by its folder alone.

    python -m grapheditor.engine.runner

Stop, a signal and the end of its input (the window is gone) all do the same: a checkpoint is written and it
ends, so that no process is left behind. After Detach the end of the input means nothing: the run has its lease, its
folder and its socket, and whoever finds it can follow, pause and stop it.
"""

from __future__ import annotations

import os
import sys
import threading
import traceback
from pathlib import Path
from typing import TYPE_CHECKING

from grapheditor.engine.messages import Detach, Failed, Finished, Message, Resume, Started, Stop, Train
from grapheditor.engine.process import calm_threads, claim_streams, give_way, stop_on_signals
from grapheditor.runs.folder import LOG

if TYPE_CHECKING:
    from grapheditor.engine.channel import Channel


def main() -> None:
    """Serve one training."""
    channel = claim_streams()
    give_way()
    calm_threads()
    wanted = channel.receive()
    if not isinstance(wanted, Train | Resume):
        return
    stop = threading.Event()
    stop_on_signals(stop.set)
    window = _Window(channel, stop)
    threading.Thread(target=window.listen, name="listener", daemon=True).start()
    window.send(_train(wanted, window, stop))


class _Window:
    """The other end. Where it is gone, unless it has let go before, the training stops; nothing more is sent."""

    def __init__(self, channel: Channel, stop: threading.Event) -> None:
        self._channel = channel
        self._stop = stop
        self._gone = self._detached = False
        self._folder: Path | None = None

    def listen(self) -> None:
        """Wait for a Stop or the end of the input."""
        try:
            while (message := self._channel.receive()) is not None and not isinstance(message, Stop):
                if isinstance(message, Detach):
                    self._detach()
                else:
                    print(f"Not for a runner: {message}", file=sys.stderr)
        except (OSError, ValueError, TypeError) as error:
            print(f"The input is damaged: {error}", file=sys.stderr)
        else:
            if message is None and self._detached:
                return
        self._stop.set()

    def _detach(self) -> None:
        """Go on without the window, also where the terminal that it was started from is closed."""
        log = os.devnull if self._folder is None else self._folder / LOG
        descriptor = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        os.dup2(descriptor, 1)
        os.dup2(descriptor, 2)
        os.close(descriptor)
        if hasattr(os, "setsid"):
            os.setsid()
        self._detached = self._gone = True

    def tell(self, message: Message) -> None:
        """Pass on what the window cannot read in the run's folder."""
        if isinstance(message, Started):
            self._folder = Path(message.run)
            self.send(message)

    def send(self, message: Message) -> None:
        if self._gone:
            return
        try:
            self._channel.send(message)
        except OSError as error:
            print(f"The window is gone: {error}", file=sys.stderr)
            self._gone = True
            self._stop.set()


def _train(wanted: Train | Resume, window: _Window, stop: threading.Event) -> Message:
    """Train, and return how it ended."""
    from grapheditor.compile import CompileError
    from grapheditor.graph import FileError, read_text
    from grapheditor.training.errors import TrainError
    from grapheditor.training.loop import resume, train

    try:
        if isinstance(wanted, Resume):
            result = resume(
                Path(wanted.run), device=wanted.device, changes=wanted.changes, send=window.tell, stopped=stop.is_set
            )
        else:
            result = train(
                read_text(wanted.text),
                Path(wanted.folder),
                wanted.name,
                device=wanted.device,
                home=Path(wanted.home),
                again=Path(wanted.again) if wanted.again else None,
                begin=Path(wanted.begin) if wanted.begin else None,
                send=window.tell,
                stopped=stop.is_set,
            )
    except (CompileError, TrainError) as error:
        return Failed(
            error.message, error.node, traceback.format_exc(), error.remedy if isinstance(error, TrainError) else {}
        )
    except FileError as error:
        return Failed(str(error), None, traceback.format_exc())
    except Exception as error:  # noqa: BLE001 - the window is told of every end
        text = f"The training ended by a fault of the program ({type(error).__name__})."
        return Failed(text, None, traceback.format_exc())
    return Finished(result["stopped"], result)


if __name__ == "__main__":
    main()

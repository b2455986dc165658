"""What a child process does first: claim its streams, calm OpenMP, give way, mind signals. Without Qt and torch."""

from __future__ import annotations

import os
import signal
import sys
from typing import TYPE_CHECKING

from grapheditor.engine.channel import Channel
from grapheditor.engine.client import ENVIRONMENT, MARK

if TYPE_CHECKING:
    from collections.abc import Callable

BEHIND = 5
"""By so much a child's priority is below the window's: it gets a third of a processor that the window uses too."""


def claim_streams() -> Channel:
    """Return the channel to the parent, and keep everybody else off its descriptors.

    Native code prints to descriptor 1 whenever it likes, and a single byte of it would break the frames. So
    the real streams are duplicated first; from then on descriptor 1 is the log (descriptor 2) and descriptor
    0 is empty. To be called once, before torch is imported. What was printed earlier, by whatever Python runs at its
    start, stands before the mark that the parent waits for.
    """
    incoming, outgoing = os.dup(0), os.dup(1)
    if sys.platform == "win32":
        import msvcrt

        msvcrt.setmode(incoming, os.O_BINARY)
        msvcrt.setmode(outgoing, os.O_BINARY)
    sys.stdout.flush()
    os.dup2(2, 1)
    nothing = os.open(os.devnull, os.O_RDONLY)
    os.dup2(nothing, 0)
    os.close(nothing)
    sending = os.fdopen(outgoing, "wb")
    sending.write(bytes.fromhex(os.environ.pop(MARK, "")))
    sending.flush()
    return Channel(os.fdopen(incoming, "rb"), sending)


def give_way() -> None:
    """Let the window's thread run first where both want a processor: what computes here can wait, a hand cannot.

    With two processors that are busy it is what keeps the longest stall of the window below 50 ms.
    """
    if hasattr(os, "nice"):  # elsewhere the parent says so when it starts the process
        os.nice(BEHIND)


def calm_threads() -> None:
    """Have OpenMP sleep rather than spin while it waits, unless the user chose; before torch is imported."""
    for name, value in ENVIRONMENT.items():
        os.environ.setdefault(name, value)


def use_one_core() -> None:
    """Leave the other cores to whatever else the machine does; before torch is imported."""
    os.environ["OMP_NUM_THREADS"] = "1"


def stop_on_signals(stop: Callable[[], None]) -> None:
    """Call ``stop`` at Ctrl+C and at a polite request to end, instead of dying; from the main thread only."""
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda _number, _frame: stop())

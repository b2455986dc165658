"""One line on the standard error that says how far something is, how fast it goes and how long it will take."""

from __future__ import annotations

import sys
import time

WIDTH = 20
INTERVAL = 0.1
"""Seconds between two changes of the line."""


def clock(seconds: float) -> str:
    """Write a time for people: ``1:02:03``, ``2:03``."""
    minutes, rest = divmod(int(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes}:{rest:02}"


def bar(done: float, total: float) -> str:
    """Draw how much of something is done; nothing where the total is not known."""
    filled = min(WIDTH, int(WIDTH * done / total)) if total > 0 else 0
    return "█" * filled + "░" * (WIDTH - filled)


class Line:
    """A line that is rewritten on a terminal, and is not there elsewhere."""

    def __init__(self, *, quiet: bool = False) -> None:
        self.live = sys.stderr.isatty() and not quiet
        self._shown = 0.0

    def show(self, text: str, *, last: bool = False) -> None:
        """Rewrite the line, at most every so often. last: it is to be seen in any case."""
        now = time.monotonic()
        if self.live and (last or now - self._shown > INTERVAL):
            self._shown = now
            print(f"\r\x1b[K{text}", end="", file=sys.stderr, flush=True)

    def say(self, text: str) -> None:
        """Print a line of its own, which stays."""
        self.end()
        print(text, file=sys.stderr)

    def end(self) -> None:
        """Leave the line empty."""
        if self.live:
            print("\r\x1b[K", end="", file=sys.stderr, flush=True)


class Counted:
    """Progress of what is counted: a bar, the count, how many a second and the time left, all from when it began."""

    def __init__(self, total: int, unit: str, *, quiet: bool = False) -> None:
        """total: how many there will be; 0 where that is not known. unit: what is counted, such as samples."""
        self.line = Line(quiet=quiet)
        self._total = total
        self._unit = unit
        self._begun = time.monotonic()

    def __call__(self, done: int, text: str = "") -> None:
        """Take how many there are now, and what else is to be said."""
        rate = done / max(time.monotonic() - self._begun, 1e-9)
        parts = [text, f"{rate:,.0f} {self._unit}/s"]
        if self._total:
            left = max(0, self._total - done) / rate if rate > 0 else 0.0
            parts = [bar(done, self._total), *parts, f"{clock(left)} left"]
        self.line.show("  ".join(filter(None, parts)))

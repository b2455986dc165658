"""The line of progress: how far, how fast, how long."""

from __future__ import annotations

import io
import sys

from grapheditor.command import progress


class Terminal(io.StringIO):
    """A standard error that somebody looks at."""

    def isatty(self) -> bool:
        return True


def test_a_line_says_rate_and_time_left(monkeypatch) -> None:
    now = [100.0]
    monkeypatch.setattr(sys, "stderr", Terminal())
    monkeypatch.setattr(progress.time, "monotonic", lambda: now[0])
    show = progress.Counted(400, "steps")
    now[0] += 2.0
    show(100, "loss 1.5")
    now[0] += progress.INTERVAL / 2
    show(110, "too soon")
    text = sys.stderr.getvalue()
    assert "too soon" not in text
    assert text.endswith("█████░░░░░░░░░░░░░░░  loss 1.5  50 steps/s  0:06 left")
    show.line.say("a line of its own")
    assert sys.stderr.getvalue().endswith("\r\x1b[Ka line of its own\n")


def test_what_has_no_known_end_has_no_bar(monkeypatch) -> None:
    now = [100.0]
    monkeypatch.setattr(sys, "stderr", Terminal())
    monkeypatch.setattr(progress.time, "monotonic", lambda: now[0])
    show = progress.Counted(0, "samples")
    now[0] += 4.0
    show(10)
    assert sys.stderr.getvalue() == "\r\x1b[K2 samples/s"


def test_nothing_is_written_where_nobody_looks(capsys) -> None:
    show = progress.Counted(10, "steps")
    show(5)
    show.line.end()
    assert capsys.readouterr().err == ""
    assert progress.clock(3723) == "1:02:03"
    assert progress.bar(30, 20) == "█" * 20

"""The files that were open last, each with the moment it was saved and the number that says most about it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from pathlib import Path

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QVBoxLayout, QWidget

from grapheditor.engine.messages import Glanced
from grapheditor.ui.session import Session
from grapheditor.ui.texts import counted, mark, tr
from grapheditor.ui.widgets import Entry, clear, heading, short

DAYS = (
    mark("Monday"), mark("Tuesday"), mark("Wednesday"), mark("Thursday"), mark("Friday"), mark("Saturday"),
    mark("Sunday"),
)  # fmt: skip
MONTHS = (
    mark("January"), mark("February"), mark("March"), mark("April"), mark("May"), mark("June"), mark("July"),
    mark("August"), mark("September"), mark("October"), mark("November"), mark("December"),
)  # fmt: skip


class Recent(QWidget):
    """The list; empty, it takes no room."""

    chosen = Signal(Path)

    def __init__(self, session: Session) -> None:
        super().__init__()
        self.session = session
        self._rows: dict[str, Entry] = {}
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(0, 0, 0, 0)
        self._column.setSpacing(2)
        session.surveys.glanced.connect(self._show)
        session.engine.ready.connect(self._ask)

    def show_files(self, paths: list[Path]) -> None:
        """List files."""
        clear(self._column)
        self._rows.clear()
        if paths:
            self._column.addWidget(heading(tr("Recent")))
        for i, path in enumerate(paths):
            row = Entry(path.name, saved(path))
            row.setObjectName(f"recent-{i}")
            row.setToolTip(str(path))
            row.clicked.connect(lambda _checked=False, chosen=path: self.chosen.emit(chosen))
            self._rows[str(path)] = row
            self._column.addWidget(row)
        if self.session.engine.is_ready:
            self._ask()

    def _ask(self) -> None:
        for path in self._rows:
            self.session.surveys.glance(path)

    def _show(self, found: Glanced) -> None:
        row = self._rows.get(found.path)
        if row is not None:
            row.show_aside(number(found))


def number(found: Glanced) -> str:
    """Write what says most about a file: the best result of its newest run, its runs, or its parameters."""
    best = result(found.metrics)
    if best:
        return best
    if found.runs:
        return counted(found.runs, "{n} run", "{n} runs")
    return short(found.parameters) if found.parameters is not None else ""


def result(metrics: Mapping[str, float]) -> str:
    """Write an accuracy, else a loss, on the rarest samples that were measured."""
    for part in ("test", "validation", "train"):
        if f"{part}_accuracy" in metrics:
            return f"{100 * metrics[f'{part}_accuracy']:.1f} %"
        if f"{part}_loss" in metrics:
            return tr("loss {value}", value=f"{metrics[f'{part}_loss']:.3g}")
    return ""


def saved(path: Path) -> str:
    """Write when a file was saved, and nothing where that is not known."""
    try:
        return moment(datetime.fromtimestamp(path.stat().st_mtime), datetime.now())
    except (OSError, ValueError, OverflowError):
        return ""


def moment(then: datetime, now: datetime) -> str:
    """Write a moment as people say it: ``today, 14:02``, ``yesterday``, ``Monday``, ``12 November``."""
    days = (now.date() - then.date()) / timedelta(days=1)
    if days == 0:
        return tr("today, {time}", time=f"{then:%H:%M}")
    if days == 1:
        return tr("yesterday")
    if 1 < days < 7:
        return tr(DAYS[then.weekday()])
    day = tr("{day} {month}", day=then.day, month=tr(MONTHS[then.month - 1]))
    return day if then.year == now.year else f"{day} {then.year}"

"""The columns of the summary: what stands in them, how it is written, sorted and copied. Without Qt."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal

from grapheditor.engine.messages import Summary, SummaryRow
from grapheditor.ui.texts import mark
from grapheditor.ui.widgets import shape, short, size

Cost = Literal["parameters", "multiply_adds", "activation_bytes", "kept_bytes"]
UNKNOWN = "…"


@dataclass(frozen=True, slots=True)
class Column:
    """A column: of a text, or of one of the costs, or of its share of the total."""

    title: str
    width: int
    help: str
    text: Callable[[SummaryRow], str] | None = None
    cost: Cost = "parameters"
    unit: Literal["count", "short", "bytes", "share"] = "count"

    def shown(self, row: SummaryRow, summary: Summary) -> str:
        """Write what stands in a row."""
        if self.text is not None:
            return self.text(row)
        if self.unit == "share":
            share = self.share(row, summary)
            return f"{share:.1%}" if share else ""
        return self._written(row[self.cost])

    def _written(self, value: int | None) -> str:
        if value is None:
            return UNKNOWN
        if not value:
            return "–"
        return f"{value:,}" if self.unit == "count" else size(value) if self.unit == "bytes" else short(value)

    def exact(self, row: SummaryRow, summary: Summary) -> str:
        """Write it for a program that reads it, with all digits."""
        if self.text is not None:
            return self.text(row)
        value = row[self.cost]
        if self.unit == "share":
            return f"{self.share(row, summary):.6f}"
        return "" if value is None else str(value)

    def share(self, row: SummaryRow, summary: Summary) -> float:
        """Return a row's part of the total; 0 of what is not counted."""
        total = getattr(summary, self.cost)
        return (row[self.cost] or 0) / total if total and row["counted"] else 0.0

    def texts(self, summary: Summary) -> set[str]:
        """Return all that stands in it, the total among it; of shares the widest."""
        if self.text is not None:
            return {self.text(row) for row in summary.rows}
        if self.unit == "share":
            return {f"{1:.1%}"}
        values = {row[self.cost] for row in summary.rows}  # few, however many rows there are
        return {self.total(summary), *map(self._written, values)}

    def total(self, summary: Summary) -> str:
        """Write the total."""
        if self.text is not None or self.unit == "share":
            return ""
        return self._written(getattr(summary, self.cost))

    def order(self, row: SummaryRow) -> float | str:
        """Return by what rows are sorted."""
        return self.text(row) if self.text is not None else row[self.cost] or 0


def name(row: SummaryRow) -> str:
    """Return how a row is called beside those that are inside the same: ``conv1``, ``layer3 ×6``."""
    own = row["path"].rpartition(".")[2]
    if own.isdigit():
        own = ".".join(row["path"].split(".")[-2:])
    return f"{own} ×{row['count']}" if row["count"] > 1 else own


def _outputs(row: SummaryRow) -> str:
    return ", ".join(shape(item["shape"]) for item in row["outputs"])


COLUMNS = (
    Column(mark("node"), 190, mark("In the order of flow."), name),
    Column(mark("operator"), 140, mark("The operator, or the definition of the module."), lambda row: row["operator"]),
    Column(mark("output"), 130, mark("The shape of each output."), _outputs),
    Column(
        mark("parameters"),
        100,
        mark("Of all copies. Weights that nodes share count once in the total."),
        None,
        "parameters",
    ),
    Column(mark("share"), 76, mark("Of all parameters."), None, "parameters", "share"),
    Column(
        mark("multiply-adds"),
        100,
        mark("Of all copies, for one sample. Convolutions and matrix products."),
        None,
        "multiply_adds",
        "short",
    ),
    Column(mark("share"), 76, mark("Of all multiply-adds."), None, "multiply_adds", "share"),
    Column(
        mark("activations"),
        92,
        mark("Of all copies, for one sample. What the outputs take."),
        None,
        "activation_bytes",
        "bytes",
    ),
    Column(mark("kept for backward"), 128, mark("What autograd keeps for the way back."), None, "kept_bytes", "bytes"),
)


def titles(summary: Summary) -> list[str]:
    """Return the titles of the columns, each of which says alone what it is."""
    found = []
    for column in COLUMNS:
        title = column.title
        if column.unit == "share":
            title = f"share of {column.cost.replace('_', '-')}"
        elif column.unit == "bytes":
            title += f" at batch {summary.batch}, bytes" if column.cost == "kept_bytes" else ", bytes"
        found.append(title)
    return found


def as_csv(rows: Sequence[SummaryRow], summary: Summary) -> str:
    """Write rows as CSV, with whole paths and all digits."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(titles(summary))
    for row in rows:
        writer.writerow([_path(row), *(column.exact(row, summary) for column in COLUMNS[1:])])
    return text.getvalue()


def as_markdown(rows: Sequence[SummaryRow], summary: Summary, *, total: bool) -> str:
    """Write rows as a table of Markdown, as people read them; total: with the totals below."""
    lines = [[column.title for column in COLUMNS]]
    lines[0][-1] += f" at batch {summary.batch}"
    lines += [[_path(row), *(column.shown(row, summary) for column in COLUMNS[1:])] for row in rows]
    if total:
        lines.append(["**total**", *(column.total(summary) for column in COLUMNS[1:])])
    rule = ["---" if column.text is not None else "---:" for column in COLUMNS]
    written = [[cell.replace("|", "\\|") for cell in line] for line in [lines[0], rule, *lines[1:]]]
    return "\n".join(f"| {' | '.join(line)} |" for line in written) + "\n"


def _path(row: SummaryRow) -> str:
    return f"{row['path']} ×{row['count']}" if row["count"] > 1 else row["path"]

"""Problems and fixes as messages carry them."""

from __future__ import annotations

from typing import cast

from grapheditor.engine.messages import FixReport, ProblemReport
from grapheditor.graph import Fix, Problem
from grapheditor.graph.schema import encode


def report(problem: Problem) -> ProblemReport:
    """Return a problem with all that the window shows of it."""
    fixes = list(map(offer, problem.fixes))
    helper = {"helper": problem.helper} if problem.helper else {}
    file = {"file": problem.file} if problem.file else {}
    return cast(ProblemReport, {**problem.describe(), "option": problem.option, "fixes": fixes, **helper, **file})


def offer(fix: Fix) -> FixReport:
    """Return a fix with the records that it puts."""
    records = {key: None if record is None else encode(record) for key, record in fix.records.items()}
    return {"title": fix.title, "records": records}

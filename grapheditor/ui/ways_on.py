"""What can be done about a run: that begins with warnings, that stands still, that has failed."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import TYPE_CHECKING, Any

from grapheditor.engine.messages import Failed
from grapheditor.ui.telling import Choice, Notice
from grapheditor.ui.texts import counted, tr

if TYPE_CHECKING:
    from grapheditor.ui.run import Run
    from grapheditor.ui.session import Session

DOUBT = "run-in-doubt"
"""The topic of what is told of a run that begins with warnings."""


def doubted(session: Session) -> Notice | None:
    """Say of a run that begins what is doubtful about it, before anybody waits for it in vain."""
    found = [item for item in session.findings.problems if item["severity"] == "warning"]
    if not found:
        return None
    first, others = found[0], len(found) - 1
    more = counted(others, "{n} more warning is among the problems.", "{n} more warnings are among the problems.")
    text = f"{first['node'] or tr('The graph')}: {first['message']} {more if others else ''}".strip()
    choices = (Choice(tr("Stop the run"), session.training.stop),)
    return Notice(text, wrong=True, node=first["node"], choices=choices, topic=DOUBT)


def endings(run: Run) -> tuple[Choice, ...]:
    """Return how a run can be ended that does not end by itself."""
    if run.ends_here:
        return (Choice(tr("End it at once"), run.kill),)
    return (Choice(tr("Stop"), run.stop),) if run.state != "stopping" else ()


def ways_on(session: Session, run: Run, problem: Failed) -> tuple[Choice, ...]:
    """Return what can be done about a run that failed: what would have it go on, and going on as it was."""
    training, folder, remedy = session.training, run.folder, problem.remedy
    if session.fetching.why_not:
        return session.fetching.choices
    resumable = folder is not None and run.resumable
    found = []
    if run.fault is not None and session.document is not None:
        found.append(Choice(tr("Find a learning rate"), partial(session.trials.start, "find-lr")))
    if remedy:
        what = _remedy(remedy)
        if folder is not None and resumable:
            found.append(Choice(tr("Resume {how}", how=what), partial(training.resume, folder, remedy)))
        elif session.document is not None:
            found.append(Choice(tr("Train {how}", how=what), partial(training.train_with, remedy)))
    elif folder is not None and resumable:
        found.append(Choice(tr("Resume"), partial(training.resume, folder)))
    return tuple(found)


def _remedy(settings: Mapping[str, Any]) -> str:
    """Say what is different with settings that would have a run go on."""
    if "batch" in settings:
        return tr("with a batch of {batch:,}", batch=settings["batch"])
    return tr("without such samples")

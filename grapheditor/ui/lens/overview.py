"""What is known of all nodes at once as heat: the gradient that comes back, dead units, and what is not finite."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

from grapheditor.ui.canvas.overlay import Overlay
from grapheditor.ui.inspector.facts import share
from grapheditor.ui.texts import counted, tr

if TYPE_CHECKING:
    from grapheditor.runs.fault import FaultRecord
    from grapheditor.ui.lens.source import Source
    from grapheditor.ui.run import Run
    from grapheditor.ui.session import Session

DECADES = 3.0
"""So many magnitudes the heat of gradients has at least: what is smaller by a factor of two is no sign of anything."""


def gradient(session: Session) -> Overlay | None:
    """Return the norms of what comes back to each node."""
    source = session.pins.source
    if source.overview is None:
        return None
    found = source.overview["nodes"].items()
    norms = {path: norm for path, figures in found if (norm := figures.get("gradient")) is not None}
    return Overlay(
        "gradient",
        tr("Gradient"),
        with_borders(norms, min),
        lambda norm: f"{norm:.2g}",
        _seen(source),
        scale="log",
        decades=DECADES,
        ends=(tr("vanishes"), tr("explodes")),
        more=_joined(tr("Norm of what comes back."), tr("A module: the least inside it."), session),
    )


def dead(session: Session) -> Overlay | None:
    """Return the shares of units that are 0 for all samples that were looked at."""
    source = session.pins.source
    if source.overview is None:
        return None
    shares = {path: figures["dead"] for path, figures in source.overview["nodes"].items() if "dead" in figures}
    return Overlay(
        "dead",
        tr("Dead units"),
        with_borders(shares, max),
        _share,
        _seen(source),
        high=1.0,
        ends=(tr("all live"), tr("all dead")),
        more=_joined(tr("Share that is 0 throughout."), tr("A module: the most inside it."), session),
    )


def not_finite(session: Session) -> Overlay | None:
    """Return where numbers are NaN or infinite: where a run failed by that, else as the network is now."""
    run, source = session.training.run, session.pins.source
    if run is not None and run.fault is not None:
        return _failed(run, run.fault)
    if source.overview is None:
        return None
    nodes, first = source.overview["nodes"], source.overview["first"]
    shares = {
        path: 1.0 if figures.get("gradient", 0.0) is None else figures["not_finite"] for path, figures in nodes.items()
    }
    said = _said(first["node"], first["kind"]) if first is not None else ""
    return _not_finite(shares, _seen(source), said, first["node"] if first is not None else "")


def _failed(run: Run, fault: FaultRecord) -> Overlay:
    note = tr("{run} failed at step {step:,}", run=run.title, step=fault.step)
    return _not_finite({fault.node: 1.0}, note, _said(fault.node, fault.kind), fault.node)


def _not_finite(shares: Mapping[str, float], note: str, said: str, lead: str) -> Overlay:
    return Overlay(
        "not-finite",
        tr("Not finite"),
        with_borders(shares, max),
        lambda part: tr("NaN or infinity") if part >= 1 else _share(part),
        note,
        high=1.0,
        more="" if lead else tr("All numbers are finite."),
        lead=(said, lead) if lead else None,
    )


def _joined(what: str, of_modules: str, session: Session) -> str:
    """Say what is shown, and of modules only where there are some."""
    return f"{what} {of_modules}" if session.graph.modules else what


def _said(node: str, kind: str) -> str:
    if kind == "gradient":
        return tr("The first gradient, from the loss: {node}", node=node)
    return tr("The first: {node}", node=node)


def _share(part: float) -> str:
    return "0 %" if not part else share(part)


def _seen(source: Source) -> str:
    """Say of how many samples it is, and with which weights."""
    assert source.overview is not None
    samples = source.overview["samples"]
    told = counted(samples, "{n} sample", "{n} samples")
    if source.weights:
        return tr("{samples}, weights: {weights}", samples=told, weights=source.weights)
    return tr("{samples}, step {step:,}", samples=told, step=source.step or 0)


def with_borders(values: Mapping[str, float], worst: Callable[[float, float], float]) -> dict[str, float]:
    """Return numbers by path, and for each path around them, of a module or of its copies, the worst inside it."""
    found = dict(values)
    for path, value in values.items():
        parts = path.split(".")
        for end in range(1, len(parts)):
            around = ".".join(parts[:end])
            found[around] = worst(found.get(around, value), value)
    return found

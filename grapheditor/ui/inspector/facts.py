"""What nodes do, in words: shapes in and out, costs and their share of the whole."""

from __future__ import annotations

from collections.abc import Iterator

from grapheditor.authoring import Operator
from grapheditor.edit.values import count_uses
from grapheditor.engine.messages import NodeReport, WireType
from grapheditor.graph import Graph
from grapheditor.ui.session import Session
from grapheditor.ui.texts import tr
from grapheditor.ui.trials import spent
from grapheditor.ui.widgets import shape, short, size

UNKNOWN = "–"


def facts(session: Session, nodes: list[str], operator: Operator | None) -> list[tuple[str, str]]:
    """Return the rows for selected nodes: names and values."""
    if session.findings.analysis is None:
        return [(tr("shapes"), tr("the engine is starting"))]
    found = {name: info for name in nodes if (info := session.report(name)) is not None}
    known = list(found.values())
    rows: list[tuple[str, str]] = []
    if len(nodes) == 1:
        rows += _arriving(session, nodes[0], operator)
        rows += _leaving(known)
    rows += _costs(session, found)
    rows += _times(session, list(found))
    if len(nodes) == 1:
        rows += _of_module(session.graph, session.body.nodes[nodes[0]].operator)
    return rows


def _arriving(session: Session, node: str, operator: Operator | None) -> Iterator[tuple[str, str]]:
    several = operator is not None and (len(operator.inputs) > 1 or any(port.repeats for port in operator.inputs))
    for end, start in sorted(session.body.into(node).items()):
        report = session.report(start.node)
        kind = report["outputs"].get(start.port) if report else None
        number = "" if end.index is None else f" {end.index + 1}"
        yield tr("in {port}", port=f"{end.port}{number}") if several else tr("in"), _typed(kind)


def _leaving(known: list[NodeReport]) -> Iterator[tuple[str, str]]:
    if not known:
        yield tr("out"), UNKNOWN
    for info in known:
        several = len(info["outputs"]) > 1
        for port, kind in info["outputs"].items():
            yield tr("out {port}", port=port) if several else tr("out"), _typed(kind)


def _typed(kind: WireType | None) -> str:
    return f"{shape(kind['shape'])} {kind['dtype']}" if kind else UNKNOWN


def _costs(session: Session, found: dict[str, NodeReport]) -> Iterator[tuple[str, str]]:
    analysis, known = session.findings.analysis, list(found.values())
    if not known or analysis is None:
        for name in (tr("parameters"), tr("multiply-adds"), tr("activation")):
            yield name, UNKNOWN
        return
    sets = {session.body.nodes[name].weights or (name,): info["parameters"] for name, info in found.items()}
    parameters = min(sum(sets.values()), analysis.parameters)  # with ties between nodes a sum of all could be more
    work = sum(info["multiply_adds"] for info in known)
    yield tr("parameters"), f"{parameters:,}{_share(parameters, analysis.parameters)}"
    yield tr("multiply-adds"), f"{short(work)}{_share(work, analysis.multiply_adds)}"
    yield tr("activation"), f"{size(sum(info['activation_bytes'] for info in known))} × N"


def _times(session: Session, nodes: list[str]) -> Iterator[tuple[str, str]]:
    """Yield what nodes take of a step, where that was measured."""
    timing = session.trials.timing
    known = [timing.seconds(session.path_of(name)) for name in nodes] if timing is not None else []
    times = [item for item in known if item is not None]
    if timing is not None and times:
        for title, way in ((tr("forward"), 0), (tr("backward"), 1)):
            took = sum(item[way] for item in times)
            yield title, f"{spent(took)} ({share(took / timing.total)})" if timing.total else spent(took)


def _share(part: int, whole: int) -> str:
    """Say what share of the graph's something is; nothing where there is none of it."""
    return f" ({share(part / whole)})" if part and whole else ""


def share(part: float) -> str:
    """Write a share: ``3.2 %``, ``47 %``."""
    percent = 100 * part
    return tr("under 0.1 %") if percent < 0.1 else f"{percent:.1f} %" if percent < 10 else f"{percent:.0f} %"


def _of_module(graph: Graph, name: str) -> list[tuple[str, str]]:
    if name not in graph.modules:
        return []
    return [(tr("uses"), f"{count_uses(graph, name):,}"), (tr("operators inside"), f"{operators_in(graph, name):,}")]


def operators_in(graph: Graph, name: str) -> int:
    """Return how many operators a definition stands for, its ports left out; copies count where they are a number."""
    counted: dict[str, int] = {}

    def count(module: str) -> int:
        if module not in counted:
            counted[module] = 0
            counted[module] = sum(
                (node.repeat if isinstance(node.repeat, int) else 1)
                * (count(node.operator) if node.operator in graph.modules else 1)
                for node in graph.modules[module].nodes.values()
                if node.operator not in ("input", "output")
            )
        return counted[module]

    return count(name)

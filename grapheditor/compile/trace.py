"""From a computation in a printed module back to its node: of what torch raises there, and of what is computed now."""

from __future__ import annotations

import linecache
import sys
from collections.abc import Sequence
from traceback import walk_tb
from types import CodeType, FrameType
from typing import TYPE_CHECKING, NamedTuple

from torch import nn

from grapheditor.compile.page import Page, squeezed

if TYPE_CHECKING:
    from grapheditor.compile.program import Program


class _Place(NamedTuple):
    """Where a function is: its frame, the instruction, and the line (from 1)."""

    frame: FrameType
    instruction: int
    line: int


def node_of(error: BaseException, program: Program) -> str | None:
    """Return the path of the node whose computation raised an error: ``blocks.3.attention``.

    None where it was raised elsewhere, or on a line of several nodes none of which can be told from the others.
    """
    lasts = []
    trace = error.__traceback__
    while trace is not None:
        lasts.append(trace.tb_lasti)
        trace = trace.tb_next
    walked = zip(walk_tb(error.__traceback__), lasts, strict=True)
    return _found([_Place(frame, last, line) for (frame, line), last in walked], program)


def node_now(program: Program) -> str | None:
    """Return the path of the node that is computed now, by a function that this one is called from; as node_of."""
    places: list[_Place] = []
    frame: FrameType | None = sys._getframe(1)
    while frame is not None:
        places.append(_Place(frame, frame.f_lasti, frame.f_lineno))
        frame = frame.f_back
    return _found(places[::-1], program)


def _found(places: Sequence[_Place], program: Program) -> str | None:
    """Return the node of the innermost place that is ours. places: the outermost first."""
    pages = {program.kind.forward.__code__.co_filename: program.printed.page, **program.pages}
    ours = [place for place in places if place.frame.f_code.co_filename in pages]
    if not ours:
        return None
    root, last = (place.frame.f_locals.get("self") for place in (ours[0], ours[-1]))
    page = pages[ours[-1].frame.f_code.co_filename]
    node = _node(ours[-1], page, type(last).__name__, {*program.inputs, *program.objective_inputs})
    if node is None or not isinstance(root, nn.Module):
        return node
    inside = next((path for path, module in root.named_modules() if module is last), "")
    return f"{inside}.{node}" if inside else node


def _node(at: _Place, page: Page, scope: str, inputs: set[str]) -> str | None:
    """Return the node whose text the instruction has; else the only one on its line."""
    line = next((nodes for _, owner, nodes in [page.rows[at.line - 1]] if owner == scope), frozenset[str]())
    exact = page.parts.get((scope, squeezed(_segment(at.frame.f_code, at.instruction))), set()) & line
    return next((next(iter(found)) for found in (exact, line - inputs) if len(found) == 1), None)


def _segment(code: CodeType, instruction: int) -> str:
    """Return the text that an instruction was compiled from."""
    first, end, start, stop = list(code.co_positions())[instruction // 2]
    if first is None or end is None or start is None or stop is None:
        return ""
    lines = [line.encode() for line in linecache.getlines(code.co_filename)[first - 1 : end]]
    lines[-1] = lines[-1][:stop]
    lines[0] = lines[0][start:]
    return b"".join(lines).decode(errors="replace")

"""From what torch raises in a printed module back to the node that raised it."""

from __future__ import annotations

import linecache
from collections.abc import Iterator
from types import CodeType, TracebackType
from typing import TYPE_CHECKING

from torch import nn

from grapheditor.compile.page import Page, squeezed

if TYPE_CHECKING:
    from grapheditor.compile.program import Program


def node_of(error: BaseException, program: Program) -> str | None:
    """Return the path of the node whose computation raised an error: ``blocks.3.attention``.

    None where it was raised elsewhere, or on a line of several nodes none of which can be told from the others.
    """
    pages = {program.kind.forward.__code__.co_filename: program.printed.page, **program.pages}
    ours = [item for item in _walk(error.__traceback__) if item.tb_frame.f_code.co_filename in pages]
    if not ours:
        return None
    root, last = (item.tb_frame.f_locals.get("self") for item in (ours[0], ours[-1]))
    page = pages[ours[-1].tb_frame.f_code.co_filename]
    node = _node(ours[-1], page, type(last).__name__, {*program.inputs, *program.objective_inputs})
    if node is None or not isinstance(root, nn.Module):
        return node
    inside = next((path for path, module in root.named_modules() if module is last), "")
    return f"{inside}.{node}" if inside else node


def _walk(trace: TracebackType | None) -> Iterator[TracebackType]:
    while trace is not None:
        yield trace
        trace = trace.tb_next


def _node(at: TracebackType, page: Page, scope: str, inputs: set[str]) -> str | None:
    """Return the node whose text the failing instruction has; else the only one on its line."""
    code = at.tb_frame.f_code
    line = next((nodes for _, owner, nodes in [page.rows[at.tb_lineno - 1]] if owner == scope), frozenset[str]())
    exact = page.parts.get((scope, squeezed(_segment(code, at.tb_lasti))), set()) & line
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

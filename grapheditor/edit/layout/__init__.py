"""Layout: layers along the flow, each node behind what it needs, few crossings, long chains straight, room for wires
that go past other nodes.

:func:`arrange` is the one entrance; a large drawing is sent as a :class:`Task` to a process that runs :func:`solve`.
"""

from grapheditor.edit.layout.arrange import Task, arrange, solve, task_of
from grapheditor.edit.layout.sizes import AHEAD, FRAME, GAP, LOW, TALL, WIDTH, height, height_of

__all__ = [
    "AHEAD",
    "FRAME",
    "GAP",
    "LOW",
    "TALL",
    "WIDTH",
    "Task",
    "arrange",
    "height",
    "height_of",
    "solve",
    "task_of",
]

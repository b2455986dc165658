"""A process that lays out drawings: it takes an Arrange, answers with Arranged, and ends.

python -m grapheditor.engine.arranger
"""

from __future__ import annotations

from grapheditor.edit.layout import Task, solve
from grapheditor.engine.messages import Arrange, Arranged
from grapheditor.engine.process import claim_streams, give_way


def main() -> None:
    """Serve one request."""
    channel = claim_streams()
    give_way()
    wanted = channel.receive()
    if isinstance(wanted, Arrange):
        channel.send(Arranged({name: solve(Task(**task)) for name, task in wanted.tasks.items()}))


if __name__ == "__main__":
    main()

"""A process that foretells how a training would go: it takes a Foretell, answers with Planned and Foretold, and ends.

    python -m grapheditor.engine.foreteller

It takes seconds for a large network and cannot be given up in between, so whoever asked ends the process instead.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Iterator

from grapheditor.engine.messages import Foretell, Foretold, Message, Planned
from grapheditor.engine.process import calm_threads, claim_streams, give_way
from grapheditor.engine.reports import report
from grapheditor.graph import FileError, read_text


def main() -> None:
    """Serve one question; end as soon as nobody waits for the answer."""
    channel = claim_streams()
    give_way()
    calm_threads()
    asked = channel.receive()
    if isinstance(asked, Foretell):
        threading.Thread(target=lambda: channel.receive() or os._exit(0), name="listener", daemon=True).start()
        for message in answers(asked):
            channel.send(message)


def answers(asked: Foretell) -> Iterator[Message]:
    """Yield what to tell the window: what a training would refuse of the recipe, then how much memory a step takes; and
    where the device has less, what would fit.
    """
    from grapheditor import state
    from grapheditor.catalog import catalog
    from grapheditor.compile import CompileError, Inference, compile_graph
    from grapheditor.compile.store import Store
    from grapheditor.training.errors import TrainError
    from grapheditor.training.memory import measure
    from grapheditor.training.plan import crowded, refused

    batch = 0
    try:
        graph = read_text(asked.text)
        recipe, batch = graph.recipe, graph.recipe.batch
        program = compile_graph(graph, inference=Inference(catalog(), Store(state.memo())))
        problems = refused(program)
        yield Planned(asked.revision, list(map(report, problems)))
        found = measure(program, batch, precision=recipe.precision)
    except (CompileError, TrainError) as error:
        yield Foretold(asked.revision, batch, None, error.message)
    except FileError as error:
        yield Foretold(asked.revision, batch, None, str(error))
    else:
        yield Foretold(asked.revision, batch, found.training, None, dict(found.nodes))
        if recipe.objectives and (short := crowded(program, asked.device, found.training)) is not None:
            yield Planned(asked.revision, list(map(report, [*problems, short])))


if __name__ == "__main__":
    main()

"""Random edits of a document, in the graph and in its modules, with undo and redo between them."""

from __future__ import annotations

import random
import time
from collections.abc import Callable

from grapheditor.catalog import catalog
from grapheditor.edit import Change, Document, clipboard, edits, modules
from grapheditor.edit.scope import Scope
from grapheditor.graph import ConnectError, Input, Output

COUNT = 100_000
LARGEST = 120
"""Nodes in a body above which more are removed than added."""


def edits_of(document: Document, chance: random.Random) -> Change:
    """Return one random edit; ValueError where it cannot be made."""
    known = catalog()
    graph = document.graph
    scope = Scope(graph, chance.choice(["", *graph.modules]))
    names = list(scope.body.nodes)
    picked = chance.sample(names, min(len(names), chance.randint(1, 4)))
    wires = list(scope.body.wires)
    operators = ["relu", "linear", "conv2d", "add", "concatenate", "cross_entropy", "input", "output", *graph.modules]
    at = (chance.randrange(2000), chance.randrange(2000))

    def connected() -> Change:
        start, end = chance.choice(names), chance.choice(names)
        found = edits.free_input(scope, known, end)
        return edits.connect(scope, known, Output(start), found or Input(end, "x"))

    kinds: list[Callable[[], Change]] = [
        lambda: edits.add_node(scope, known, chance.choice(operators[:8]), at, chance.choice([None, *names]))[0],
        lambda: edits.remove(scope, picked, chance.sample(wires, min(1, len(wires)))),
        lambda: edits.dissolve(scope, picked),
        lambda: edits.move(scope, dict.fromkeys(picked, at)),
        lambda: edits.rename(scope, picked[0], f"node{chance.randrange(10**6)}"),
        lambda: edits.set_title(scope, picked[0], str(chance.random())),
        lambda: edits.set_option(scope, known, picked, "out_features", chance.randint(1, 99)),
        connected,
        lambda: edits.move_wire(scope, known, chance.choice(wires), chance.choice(wires)),
        lambda: clipboard.paste(scope, clipboard.excerpt(scope, picked), at)[0],
        lambda: modules.group(scope, known, picked)[0],
        lambda: modules.unpack(scope, picked[0])[0],
        lambda: modules.make_unique(scope, picked)[0],
        lambda: modules.set_repeat(scope, picked[0], chance.randint(1, 5)),
    ]
    if len(graph.nodes) + sum(len(module.nodes) for module in graph.modules.values()) > LARGEST:
        kinds = kinds[1:3]
    return chance.choice(kinds)()


def run() -> None:
    chance = random.Random(1)
    document = Document(catalog().new("resnet18"))
    states = [document.graph.copy()]
    """The document after each step that can be undone, the present one last."""
    begun = time.perf_counter()
    refused = made = 0
    for i in range(COUNT):
        if i % 10 == 9:
            back = chance.randint(1, min(8, len(states) - 1)) if len(states) > 1 else 0
            for j in range(back):
                document.undo()
                assert document.graph == states[-2 - j], f"undoing did not give what was there before edit {i}"
            for _ in range(back):
                document.redo()
            assert document.graph == states[-1], f"redoing did not give what was there after edit {i}"
            continue
        try:
            change = edits_of(document, chance)
        except (ValueError, ConnectError, IndexError):
            refused += 1
            continue
        if change:
            document.commit(change)
            states = [*states[-9:], document.graph.copy()]
            made += 1
    spent = time.perf_counter() - begun
    while document.can_undo:
        document.undo()
    assert document.graph == catalog().new("resnet18"), "undoing all did not give the first graph"
    print(f"{COUNT:,} random edits, undos and redos among them ({made:,} made, {refused:,} refused): all documents equal; "
          f"{spent:.0f} s")  # fmt: skip

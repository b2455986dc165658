"""What a language model writes after the first sample of its data: token by token, drawn by the scores it gave."""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch

from grapheditor.data.encoding import Tokens

if TYPE_CHECKING:
    from torch import Tensor

    from grapheditor.training.look import Lens
    from grapheditor.training.setup import Setup

PIECES = 160
"""So many tokens are written."""
TEMPERATURE = 0.8
"""Scores are divided by this before a token is drawn: below 1 the likely ones become likelier."""


def encoding_of(setup: Setup) -> Tokens | None:
    """Return the encoding of the text of which a network is taught what comes next; None for other networks.

    It is one whose only input takes tokens, and which is compared with another field of the same kind: the tokens one
    place on, as the sources of texts give them.
    """
    program = setup.program
    known = {item.name: item.encoding for item in setup.dataset.fields}
    encodings = {name: known.get(program.graph.recipe.field(name)) for name in program.objective_inputs}
    if len(program.inputs) != 1:
        return None
    name = program.inputs[0]
    encoding = encodings.get(name)
    if not isinstance(encoding, Tokens):
        return None
    others = [other for key, other in encodings.items() if key != name]
    return encoding if encoding in others else None


def is_scores(setup: Setup, node: str, value: Tensor, encoding: Tokens) -> bool:
    """Tell whether a node gives a score for each token at each place, in one of the two usual orders.

    What is compared with the next token may have more scores than the text has kinds of tokens: those behind them stand
    for none.
    """
    if value.ndim != 3:
        return False
    tokens = len(encoding.vocabulary)
    return tokens in value.shape[1:] or (max(value.shape[1:]) > tokens and node in _compared(setup))


def _compared(setup: Setup) -> set[str]:
    """Return the nodes that a loss compares with what is true, also those before an exchange of dimensions."""
    graph = setup.program.graph
    found = {start.node for loss in setup.program.scalars for start in graph.inputs(loss, "x")}
    turns = {name for name in found if graph.nodes[name].operator in ("transpose", "permute")}
    return found | {start.node for name in turns for start in graph.inputs(name, "x")}


def write(lens: Lens, node: str, encoding: Tokens, sample: Tensor, chance: torch.Generator) -> str:
    """Return what a network writes behind a sample, shaped (1, places), by the scores that a node gives.

    What it has written pushes the sample out, so that always as many places arrive as in training.
    """
    seen, drawn, tokens = sample.clone(), [], len(encoding.vocabulary)
    for _ in range(PIECES):
        scores = lens.values(seen, node)
        behind = scores.shape[-1] == tokens or (tokens not in scores.shape and scores.shape[1] == sample.shape[1])
        last = scores[0, -1] if behind else scores[0, :, -1]
        shares = (last[:tokens].float().cpu() / TEMPERATURE).softmax(0)
        token = torch.multinomial(shares, 1, generator=chance)
        drawn.append(int(token))
        seen = torch.cat([seen[:, 1:], token.to(seen)[None]], dim=1)
    return encoding.decode(torch.tensor(drawn).numpy())

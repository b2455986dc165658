"""What networks that read have learned, measured and shown: text that one writes, words that lie near to each other."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import torch
from torch import Tensor
from torch.nn import functional as F

if TYPE_CHECKING:
    from grapheditor.data.encoding import Tokens
    from grapheditor.training.setup import Setup

Measured = dict[str, float]
SHOWN = ("king", "he", "day", "father", "good")
"""Words whose neighbours are shown."""


def vocabulary(setup: Setup) -> Tokens:
    """Return the encoding of the text that a network learns from."""
    encoding: Any = setup.dataset.field("tokens").encoding
    return encoding


def held_out(setup: Setup, most: int = 1_000) -> Measured:
    """Return the losses and metrics of samples of the test part."""
    assert setup.test is not None
    return setup.evaluate(setup.test, torch.arange(min(setup.test.count, most)), "test", 0)


def writing(setup: Setup) -> Measured:
    """Return the bits of the test part, and print a text that the network writes, drawn with a seed of its own."""
    print(f"    writes: {written(setup)!r}", flush=True)
    return held_out(setup)


@torch.inference_mode()
def written(setup: Setup, length: int = 100) -> str:
    """Draw a text from what a network says comes next; it begins behind the end of a line."""
    encoding, net = vocabulary(setup), setup.compute.module.eval()
    context = setup.dataset.field("tokens").shape[0]
    chance = torch.Generator().manual_seed(1)
    tokens: Tensor = torch.tensor([[encoding.numbers["\n"]]])
    for _ in range(length):
        scores = net(tokens[:, -context:])[0, :, -1]
        tokens = torch.cat([tokens, torch.multinomial(F.softmax(scores, 0), 1, generator=chance)[None]], 1)
    return "".join(encoding.vocabulary[int(token)] for token in tokens[0])


def neighbours(setup: Setup) -> Measured:
    """Return the loss of the test part, and print the words that lie nearest to some by the cosine of their vectors."""
    encoding = vocabulary(setup)
    vectors = F.normalize(setup.compute.module.state_dict()["vectors.weight"])
    shown = []
    for word in SHOWN:
        if word in encoding.numbers:
            near = (vectors @ vectors[encoding.numbers[word]]).topk(6).indices[1:]
            shown.append(f"{word}: {' '.join(encoding.vocabulary[int(i)] for i in near)}")
    print(f"    neighbours: {'; '.join(shown)}", flush=True)
    return held_out(setup, 20_000)

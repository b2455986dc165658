"""Torch's own words for what does not fit, as sentences for people."""

from __future__ import annotations

import re
from collections.abc import Callable

_SENTENCES: list[tuple[str, Callable[[re.Match[str]], str]]] = [
    (
        r"The size of tensor a \(\d+\) must match|Attempting to broadcast a dimension|not broadcastable",
        lambda m: "The sizes do not go together: from the last dimension on they must be equal, or one of them 1.",
    ),
    (
        r"mat1 and mat2 shapes cannot be multiplied \((\d+)x(\d+) and (\d+)x(\d+)\)",
        lambda m: f"The matrices do not go together: {m[2]} columns meet {m[3]} rows.",
    ),
    (
        r"Expected more than 1 value per channel when training",
        lambda m: "A batch norm needs more than one value for each channel; this image has a single pixel.",
    ),
    (
        r"Storage size calculation overflowed|numel: integer multiplication overflow",
        lambda m: "The tensor has more elements than a computer can count.",
    ),
    (
        r"(?:Given input size|Calculated padded input size).*",
        lambda m: "The window does not fit into what arrives.",
    ),
]


def explain(error: Exception) -> str:
    """Return what an exception of torch's says, as a sentence."""
    text = str(error).split("\nException raised from", 1)[0].strip().split("\n", 1)[0]
    for pattern, sentence in _SENTENCES:
        found = re.search(pattern, text)
        if found:
            return sentence(found)
    return f"PyTorch cannot do this: {text.rstrip('.')}." if text else "PyTorch cannot do this."

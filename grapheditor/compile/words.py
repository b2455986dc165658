"""What the names of layers say: words with one meaning across the field, and how well two layers agree in them."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import cache

MEANINGS: Mapping[str, str] = {
    word: meaning
    for meaning, words in {
        "query": "q queries wq query",
        "key": "k keys wk key",
        "value": "v values wv value",
        "out": "o output wo out project",
        "gate": "gate gating w1",
        "up": "up w3 widen expand",
        "down": "down w2 narrow squeeze",
        "head": "head heads classifier fc logits unembed unembedding",
        "embedding": "embed embedding embeddings emb wte token tokens tok vocab",
        "position": "pos position positions positional wpe",
        "attention": "attn attention attentions att mha",
        "norm": "ln bn norm norms layernorm batchnorm groupnorm rmsnorm",
        "shortcut": "downsample shortcut skip residual",
        "memory": "cross memory crossattention encdec",
        "encoder": "enc encoder encoders",
        "decoder": "dec decoder decoders",
        "feedforward": "mlp ffn feedforward feed_forward",
        "auxiliary": "aux auxiliary",
    }.items()
    for word in words.split()
}
"""What a word of a name means. Words that are not here mean themselves."""
SILENT = frozenset(
    """
    weight bias layer layers block blocks module modules model net network linear conv convolution dense proj
    projection to c in h lm the of and stage stages stem features
    """.split()  # noqa: SIM905 - a list of thirty strings says no more
)
"""Words that tell nothing of what a layer is for."""
BESIDE = frozenset({"pre", "post", "before", "after"})
"""With one of these a name says what stands beside the layer: ``post_attention_layernorm`` is no part of attention."""
PARTS: Sequence[tuple[str, tuple[str, ...]]] = (
    (r"qkv|in_proj|c_attn|query_key_value|wqkv", ("query", "key", "value")),
    (r"gate_?up", ("gate", "up")),
    (r"(^|[._])(to_)?w?kv", ("key", "value")),
)
"""What the rows of a fused weight are for, in their order, by its name."""
_WORD = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+")


@cache
def words(name: str) -> frozenset[str]:
    """Return what the words of a name mean: ``encoder.0.self_attn.q_proj`` has encoder, self, attention, query."""
    found = set()
    for part in re.split(r"[. ]+", name):
        whole = part.lower()
        pieces = [whole] if whole in MEANINGS else [piece.lower() for piece in _WORD.findall(part)]
        if not BESIDE.isdisjoint(pieces):
            continue
        found |= {MEANINGS.get(piece, piece) for piece in pieces if piece not in SILENT}
    return frozenset(found)


def parts(name: str, count: int) -> tuple[str, ...]:
    """Return what each part of a fused weight is for; empty where its name does not say."""
    for pattern, meanings in PARTS:
        if len(meanings) == count and re.search(pattern, name.lower()):
            return meanings
    return ()


Contradicts = Callable[[int, int], int]


def contradictions(
    theirs: Sequence[frozenset[str]], ours: Sequence[frozenset[str]], alike: Iterable[tuple[list[int], list[int]]]
) -> Contradicts:
    """Return how many words speak against a pair: so many more has another layer in common with theirs.

    theirs, ours: the words of each layer. alike: the layers of each kind on both sides. A word counts where it tells
    layers of a kind apart on both sides: what all of them are called says nothing.
    """
    against: dict[tuple[int, int], int] = {}
    for some, others in alike:
        telling = _telling([theirs[i] for i in some]) & _telling([ours[i] for i in others])
        common: dict[frozenset[str], dict[frozenset[str], int]] = {}
        for one in some:
            mine = theirs[one] & telling
            if not mine:
                continue
            row = common.setdefault(mine, {})
            for other in others:
                row.setdefault(ours[other], len(mine & ours[other]))
            most = max(row.values())
            against.update({(one, other): most - row[ours[other]] for other in others if row[ours[other]] < most})
    return lambda one, other: against.get((one, other), 0)


def _telling(names: Sequence[frozenset[str]]) -> frozenset[str]:
    counts = Counter(word for name in names for word in name)
    return frozenset(word for word, count in counts.items() if count < len(names))

"""Transformers, written by hand in plain PyTorch. Nothing of the project is imported here."""

from __future__ import annotations

import math

import torch
from torch import Tensor, nn
from torch.nn import functional as F


def waves(places: int, width: int) -> Tensor:
    """Return the sinusoids of Vaswani et al. 2017, place × feature."""
    table = torch.zeros(places, width)
    for place in range(places):
        for i in range(0, width, 2):
            angle = place / 10000 ** (i / width)
            table[place, i], table[place, i + 1] = math.sin(angle), math.cos(angle)
    return table


class Heads(nn.Module):
    """Attention with linear layers of its own; the softmax is written out."""

    def __init__(self, width, heads):
        super().__init__()
        self.heads = heads
        self.query, self.key, self.value, self.project = (nn.Linear(width, width) for _ in range(4))

    def forward(self, x: Tensor, memory: Tensor, causal: bool = False) -> Tensor:
        n, places, width = x.shape
        q, k, v = (
            layer(item).view(n, -1, self.heads, width // self.heads).transpose(1, 2)
            for layer, item in ((self.query, x), (self.key, memory), (self.value, memory))
        )
        scores = q @ k.mT / math.sqrt(width // self.heads)
        if causal:
            scores = scores.masked_fill(torch.ones(places, places).triu(1).bool(), -math.inf)
        return self.project((scores.softmax(-1) @ v).transpose(1, 2).reshape(n, places, width))


class EncoderLayer(nn.Module):
    """Norms behind the sums."""

    def __init__(self, width, heads, hidden, bend=F.relu, eps=1e-5):
        super().__init__()
        self.bend = bend
        self.attention = Heads(width, heads)
        self.norm1 = nn.LayerNorm(width, eps)
        self.widen, self.narrow = nn.Linear(width, hidden), nn.Linear(hidden, width)
        self.norm2 = nn.LayerNorm(width, eps)

    def forward(self, x: Tensor) -> Tensor:
        x = self.norm1(x + self.attention(x, x))
        return self.norm2(x + self.narrow(self.bend(self.widen(x))))


class DecoderLayer(nn.Module):
    def __init__(self, width, heads, hidden):
        super().__init__()
        self.own = Heads(width, heads)
        self.norm1 = nn.LayerNorm(width)
        self.cross = Heads(width, heads)
        self.norm2 = nn.LayerNorm(width)
        self.widen, self.narrow = nn.Linear(width, hidden), nn.Linear(hidden, width)
        self.norm3 = nn.LayerNorm(width)

    def forward(self, x: Tensor, memory: Tensor) -> Tensor:
        x = self.norm1(x + self.own(x, x, causal=True))
        x = self.norm2(x + self.cross(x, memory))
        return self.norm3(x + self.narrow(F.relu(self.widen(x))))


class Transformer(nn.Module):
    """Vaswani and others: one matrix for both languages and for the scores."""

    def __init__(self, vocabulary=37_000, width=512, layers=6, heads=8, hidden=2048, half=0):
        super().__init__()
        self.half = half
        self.words = nn.Embedding(vocabulary, width)
        self.encoder = nn.ModuleList(EncoderLayer(width, heads, hidden) for _ in range(layers))
        self.decoder = nn.ModuleList(DecoderLayer(width, heads, hidden) for _ in range(layers))

    def forward(self, source: Tensor, target: Tensor) -> Tensor | tuple[Tensor, ...]:
        width = self.words.embedding_dim
        x, y = (self.words(item) * math.sqrt(width) + waves(item.shape[1], width) for item in (source, target))
        for layer in self.encoder:
            x = layer(x)
        scores = []
        for i, layer in enumerate(self.decoder):
            y = layer(y, x)
            if i + 1 in (self.half, len(self.decoder)):
                scores.insert(0, F.linear(y, self.words.weight))
        return tuple(scores) if self.half else scores[0]


class Bert(nn.Module):
    """Devlin and others, with the pooler or with the head that guesses hidden words."""

    def __init__(self, vocabulary=30_522, context=512, width=768, layers=12, heads=12, masked=False):
        super().__init__()
        self.words = nn.Embedding(vocabulary, width)
        self.sentence = nn.Embedding(2, width)
        self.positions = nn.Parameter(torch.zeros(context, width))
        self.norm = nn.LayerNorm(width, 1e-12)
        self.layers = nn.ModuleList(EncoderLayer(width, heads, 4 * width, F.gelu, 1e-12) for _ in range(layers))
        self.dense = nn.Linear(width, width)
        if masked:
            self.guess_norm = nn.LayerNorm(width, 1e-12)
            self.bias = nn.Parameter(torch.zeros(vocabulary))

    def forward(self, tokens: Tensor, segments: Tensor) -> Tensor | tuple[Tensor, ...]:
        x = self.words(tokens) + self.sentence(segments) + self.positions[: tokens.shape[1]]
        x = self.norm(x)
        for layer in self.layers:
            x = layer(x)
        if hasattr(self, "bias"):
            return F.linear(self.guess_norm(F.gelu(self.dense(x))), self.words.weight, self.bias)
        return x, torch.tanh(self.dense(x[:, 0]))


class Rms(nn.Module):
    def __init__(self, width):
        super().__init__()
        self.weight = nn.Parameter(torch.ones(width))

    def forward(self, x: Tensor) -> Tensor:
        return x / torch.sqrt(x.square().mean(-1, keepdim=True) + 1e-5) * self.weight


def turned(x: Tensor) -> Tensor:
    """Turn the first half of the features against the second, as complex numbers: batch × head × place × feature."""
    size = x.shape[-1]
    rates = 10000.0 ** (-torch.arange(0, size, 2) / size)
    angles = torch.arange(x.shape[2])[:, None] * rates
    pairs = torch.complex(x[..., : size // 2].contiguous(), x[..., size // 2 :].contiguous())
    found = pairs * torch.polar(torch.ones_like(angles), angles)
    return torch.cat([found.real, found.imag], -1)


class Gated(nn.Module):
    def __init__(self, width, hidden):
        super().__init__()
        self.gate, self.widen = (nn.Linear(width, hidden, bias=False) for _ in range(2))
        self.narrow = nn.Linear(hidden, width, bias=False)

    def forward(self, x: Tensor) -> Tensor:
        return self.narrow(F.silu(self.gate(x)) * self.widen(x))


class Mixture(nn.Module):
    """Only the chosen experts are asked, place by place."""

    def __init__(self, width, hidden, experts, chosen):
        super().__init__()
        self.chosen = chosen
        self.router = nn.Linear(width, experts, bias=False)
        self.experts = nn.ModuleList(Gated(width, hidden) for _ in range(experts))

    def forward(self, x: Tensor) -> Tensor:
        places = []
        for place in x.flatten(0, 1):
            best = self.router(place).topk(self.chosen)
            shares = best.values.softmax(0)
            said = [share * self.experts[int(i)](place) for share, i in zip(shares, best.indices, strict=True)]
            places.append(sum(said))
        return torch.stack(places).view_as(x)


class LlamaBlock(nn.Module):
    def __init__(self, width, heads, groups, hidden, experts=0, chosen=2):
        super().__init__()
        self.heads, self.groups = heads, groups
        narrow = width // heads * groups
        self.norm1 = Rms(width)
        self.query = nn.Linear(width, width, bias=False)
        self.key, self.value = (nn.Linear(width, narrow, bias=False) for _ in range(2))
        self.project = nn.Linear(width, width, bias=False)
        self.norm2 = Rms(width)
        self.feed_forward = Mixture(width, hidden, experts, chosen) if experts else Gated(width, hidden)

    def forward(self, x: Tensor) -> Tensor:
        y = self.norm1(x)
        q, k, v = (
            layer(y).unflatten(2, (-1, x.shape[2] // self.heads)) for layer in (self.query, self.key, self.value)
        )
        q, k, v = turned(q.transpose(1, 2)), turned(k.transpose(1, 2)), v.transpose(1, 2)
        every = self.heads // self.groups
        later = torch.ones(x.shape[1], x.shape[1]).triu(1).bool()
        mixed = []
        for i in range(self.heads):
            scores = q[:, i] @ k[:, i // every].mT / math.sqrt(q.shape[-1])
            mixed.append(scores.masked_fill(later, -math.inf).softmax(-1) @ v[:, i // every])
        x = x + self.project(torch.cat(mixed, -1))
        return x + self.feed_forward(self.norm2(x))


class Llama(nn.Module):
    """Touvron and others; with experts it is Mixtral."""

    def __init__(
        self, vocabulary=32_000, width=8192, layers=80, heads=64, groups=8, hidden=28_672, experts=0, chosen=2
    ):
        super().__init__()
        self.embedding = nn.Embedding(vocabulary, width)
        sizes = (width, heads, groups, hidden, experts, chosen)
        self.blocks = nn.ModuleList(LlamaBlock(*sizes) for _ in range(layers))
        self.norm = Rms(width)
        self.head = nn.Linear(width, vocabulary, bias=False)

    def forward(self, tokens: Tensor) -> Tensor:
        x = self.embedding(tokens)
        for block in self.blocks:
            x = block(x)
        return self.head(self.norm(x))


class GptBlock(nn.Module):
    def __init__(self, width, heads):
        super().__init__()
        self.norm1 = nn.LayerNorm(width)
        self.attention = Heads(width, heads)
        self.norm2 = nn.LayerNorm(width)
        self.widen, self.narrow = nn.Linear(width, 4 * width), nn.Linear(4 * width, width)

    def forward(self, x: Tensor) -> Tensor:
        y = self.norm1(x)
        x = x + self.attention(y, y, causal=True)
        return x + self.narrow(F.gelu(self.widen(self.norm2(x)), approximate="tanh"))


class Gpt(nn.Module):
    """Radford and others; the head is the embedding, if it is tied."""

    def __init__(self, vocabulary=50_257, context=1024, width=768, layers=12, heads=12, tied=True):
        super().__init__()
        self.embedding = nn.Embedding(vocabulary, width)
        self.positions = nn.Parameter(torch.zeros(context, width))
        self.blocks = nn.ModuleList(GptBlock(width, heads) for _ in range(layers))
        self.norm = nn.LayerNorm(width)
        self.head = None if tied else nn.Linear(width, vocabulary, bias=False)

    def forward(self, tokens: Tensor) -> Tensor:
        x = self.embedding(tokens) + self.positions[: tokens.shape[1]]
        for block in self.blocks:
            x = block(x)
        return F.linear(self.norm(x), self.embedding.weight) if self.head is None else self.head(self.norm(x))

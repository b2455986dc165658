"""Networks that read and write sequences, written by hand in plain PyTorch. Nothing of the project is imported here."""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional as F


class RnnNames(nn.Module):
    """Elman's network on one-hot letters; behind the end of a name the state stays."""

    def __init__(self, letters=85, width=128, classes=18):
        super().__init__()
        self.letters = letters
        self.read = nn.Linear(letters, width)
        self.remember = nn.Linear(width, width, bias=False)
        self.head = nn.Linear(width, classes)

    def forward(self, text: Tensor) -> Tensor:
        rows = []
        for name in text:
            h = torch.zeros(1, self.head.in_features)
            for letter in name[name > 0]:
                seen = torch.zeros(1, self.letters)
                seen[0, letter] = 1
                h = torch.tanh(self.read(seen) + self.remember(h))
            rows.append(self.head(h))
        return torch.cat(rows)


class Bilstm(nn.Module):
    """One layer of PyTorch's LSTM in both directions."""

    def __init__(self, vocabulary=10_000, width=128, classes=17):
        super().__init__()
        self.embedding = nn.Embedding(vocabulary, width)
        self.lstm = nn.LSTM(width, width, batch_first=True, bidirectional=True)
        self.head = nn.Linear(2 * width, classes)

    def forward(self, tokens: Tensor) -> Tensor:
        return self.head(self.lstm(self.embedding(tokens))[0]).mT


class Sentiment(nn.Module):
    """An LSTM on packed sequences; its last state gives one logit."""

    def __init__(self, vocabulary=10_000, embedded=64, width=128):
        super().__init__()
        self.embedding = nn.Embedding(vocabulary, embedded)
        self.lstm = nn.LSTM(embedded, width, batch_first=True)
        self.head = nn.Linear(width, 1)

    def forward(self, text: Tensor) -> Tensor:
        lengths = (text > 0).sum(1)
        packed = nn.utils.rnn.pack_padded_sequence(self.embedding(text), lengths, True, enforce_sorted=False)
        return self.head(self.lstm(packed)[1][0][-1])


class LstmLanguageModel(nn.Module):
    """Zaremba, Sutskever and Vinyals: dropout between layers only."""

    def __init__(self, vocabulary=10_000, width=650, layers=2, dropout=0.5):
        super().__init__()
        self.embedding = nn.Embedding(vocabulary, width)
        self.lstm = nn.LSTM(width, width, layers, batch_first=True, dropout=dropout)
        self.head = nn.Linear(width, vocabulary)
        self.dropout = nn.Dropout(dropout)

    def forward(self, tokens: Tensor) -> Tensor:
        return self.head(self.dropout(self.lstm(self.dropout(self.embedding(tokens)))[0]))


class Seq2Seq(nn.Module):
    """Sutskever, Vinyals and Le: a deep LSTM reads backwards, another one writes."""

    def __init__(self, source_words=160_000, target_words=80_000, width=1000, layers=4):
        super().__init__()
        self.source = nn.Embedding(source_words, width)
        self.reader = nn.LSTM(width, width, layers, batch_first=True)
        self.target = nn.Embedding(target_words, width)
        self.writer = nn.LSTM(width, width, layers, batch_first=True)
        self.head = nn.Linear(width, target_words)

    def forward(self, source: Tensor, target: Tensor) -> Tensor:
        _, state = self.reader(self.source(source.flip(1)))
        return self.head(self.writer(self.target(target), state)[0])


class AttentionSeq2Seq(nn.Module):
    """Bahdanau, Cho and Bengio, with GNMT's layers above the one that looks."""

    def __init__(
        self, source_words=30_000, target_words=30_000, embedded=620, width=1000, align=1000, readout=500, layers=1
    ):
        super().__init__()
        self.source = nn.Embedding(source_words, embedded)
        self.reader = nn.GRU(embedded, width, batch_first=True, bidirectional=True)
        self.second = nn.GRU(2 * width, width, batch_first=True) if layers > 1 else None
        self.deeper_reader = nn.ModuleList(nn.GRU(width, width, batch_first=True) for _ in range(layers - 2))
        noted = width if layers > 1 else 2 * width
        self.keys = nn.Linear(noted, align)
        self.ask = nn.Linear(width, align, bias=False)
        self.energy = nn.Linear(align, 1, bias=False)
        self.start = nn.Linear(width, width)
        self.target = nn.Embedding(target_words, embedded)
        self.cell = nn.GRUCell(embedded + noted, width)
        self.deeper_writer = nn.ModuleList(nn.GRU(width, width, batch_first=True) for _ in range(layers - 1))
        self.features = nn.Linear(width + noted + embedded, 2 * readout)
        self.head = nn.Linear(readout, target_words)

    def forward(self, source: Tensor, target: Tensor) -> Tensor:
        notes, last = self.reader(self.source(source))
        if self.second is not None:
            notes, _ = self.second(notes)
        for layer in self.deeper_reader:
            notes = notes + layer(notes)[0]
        h, keys, words = torch.tanh(self.start(last[1])), self.keys(notes), self.target(target)
        said, contexts = [], []
        for word in words.unbind(1):
            weights = torch.softmax(self.energy(torch.tanh(keys + self.ask(h)[:, None])).squeeze(2), 1)
            context = torch.einsum("ns,nsd->nd", weights, notes)
            h = self.cell(torch.cat([word, context], 1), h)
            said.append(h)
            contexts.append(context)
        states = torch.stack(said, 1)
        for layer in self.deeper_writer:
            states = states + layer(states)[0]
        pairs = self.features(torch.cat([states, torch.stack(contexts, 1), words], 2))
        return self.head(torch.maximum(pairs[..., ::2], pairs[..., 1::2]))


class RecursiveNet(nn.Module):
    """Socher and others, by recursion: a node is a word, or what its two children make."""

    def __init__(self, vocabulary=10_000, width=50, classes=5):
        super().__init__()
        self.words = nn.Embedding(vocabulary, width)
        self.compose = nn.Linear(2 * width, width)
        self.head = nn.Linear(width, classes)

    def forward(self, tokens: Tensor, left: Tensor, right: Tensor, parent: Tensor) -> Tensor:
        rows = []
        for i in range(len(tokens)):
            steps = zip(parent[i].tolist(), left[i].tolist(), right[i].tolist(), strict=True)
            children = {node: (first, second) for node, first, second in steps}
            words = self.words(tokens[i])
            rows.append(torch.stack([self.meaning(node, words, children) for node in range(len(words))]))
        return self.head(torch.stack(rows)).mT

    def meaning(self, node: int, words: Tensor, children: dict[int, tuple[int, int]]) -> Tensor:
        if node not in children:
            return words[node]
        return torch.tanh(self.compose(torch.cat([self.meaning(child, words, children) for child in children[node]])))


class AveragingQa(nn.Module):
    """Iyyer and others: the mean of the words' vectors, and dense layers."""

    def __init__(self, vocabulary=10_000, width=300, layers=3, classes=100):
        super().__init__()
        self.words = nn.EmbeddingBag(vocabulary, width, mode="mean", padding_idx=0)
        self.layers = nn.ModuleList(nn.Linear(width, width) for _ in range(layers))
        self.head = nn.Linear(width, classes)

    def forward(self, text: Tensor) -> Tensor:
        x = self.words(text)
        for layer in self.layers:
            x = torch.tanh(layer(x))
        return self.head(x)


class MemoryNetwork(nn.Module):
    """Kumar and others: episodes of gated reading over the states at the ends of sentences."""

    def __init__(self, vocabulary=200, width=80, words=12, passes=3):
        super().__init__()
        self.length, self.passes = words, passes
        self.words = nn.Embedding(vocabulary, width)
        self.read = nn.GRU(width, width, batch_first=True)
        self.hear = nn.GRU(width, width, batch_first=True)
        self.weigh = nn.Linear(width, width, bias=False)
        self.hidden = nn.Linear(7 * width + 2, width)
        self.score = nn.Linear(width, 1)
        self.step = nn.GRUCell(width, width)
        self.remember = nn.GRUCell(width, width)
        self.answer = nn.Linear(2 * width, vocabulary)

    def gate(self, c: Tensor, m: Tensor, q: Tensor) -> Tensor:
        products = [(c * self.weigh(item)).sum(1, keepdim=True) for item in (q, m)]
        seen = torch.cat([c, m, q, c * q, c * m, (c - q).abs(), (c - m).abs(), *products], 1)
        return torch.sigmoid(self.score(torch.tanh(self.hidden(seen))))

    def forward(self, story: Tensor, question: Tensor) -> Tensor:
        states, _ = self.read(self.words(story.flatten(1)))
        facts = states[:, self.length - 1 :: self.length]
        q = self.hear(self.words(question))[1][0]
        memory = q
        for _ in range(self.passes):
            h = torch.zeros_like(q)
            for fact in facts.unbind(1):
                g = self.gate(fact, memory, q)
                h = g * self.step(fact, h) + (1 - g) * h
            memory = self.remember(h, memory)
        return self.answer(torch.cat([memory, q], 1))


class Word2Vec(nn.Module):
    """Mikolov and others: two vectors for each word; the loss of one window with given noise."""

    def __init__(self, vocabulary=2000, width=64):
        super().__init__()
        self.vectors = nn.Embedding(vocabulary, width)
        self.contexts = nn.Embedding(vocabulary, width)

    def forward(self, middle: Tensor, around: Tensor, noise: Tensor, negatives: int) -> Tensor:
        vector = self.vectors(middle)
        found = torch.einsum("nkd,nd->nk", self.contexts(around), vector)
        others = torch.einsum("nkd,nd->nk", self.contexts(noise), vector)
        return -F.logsigmoid(found).mean() - negatives * F.logsigmoid(-others).mean()


class Cooccurrence(nn.Module):
    """Two narrow matrices whose product is to be a matrix of counts."""

    def __init__(self, vocabulary=500, width=50):
        super().__init__()
        self.vectors = nn.Parameter(torch.randn(vocabulary, width))
        self.contexts = nn.Parameter(torch.randn(vocabulary, width))

    def forward(self) -> Tensor:
        return self.vectors @ self.contexts.T

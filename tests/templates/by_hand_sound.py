"""Networks that hear and make sound, written by hand in plain PyTorch. Nothing of the project is imported here."""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional as F


class DeepSpeech(nn.Module):
    """Hannun and others: five layers, the fourth recurrent in both directions, all clipped at 20."""

    def __init__(self, frequencies=160, context=9, width=2048, letters=29):
        super().__init__()
        self.context = context
        self.first = nn.Linear((2 * context + 1) * frequencies, width)
        self.second, self.third, self.read = (nn.Linear(width, width) for _ in range(3))
        self.forwards, self.backwards = (nn.Linear(width, width, bias=False) for _ in range(2))
        self.fifth = nn.Linear(width, width)
        self.head = nn.Linear(width, letters)

    def run(self, read: Tensor, layer: nn.Linear) -> Tensor:
        h, said = torch.zeros_like(read[:, 0]), []
        for now in read.unbind(1):
            h = (now + layer(h)).clamp(0, 20)
            said.append(h)
        return torch.stack(said, 1)

    def forward(self, sound: Tensor) -> Tensor:
        near = F.pad(sound, (0, 0, self.context, self.context)).unfold(1, 2 * self.context + 1, 1)
        x = self.first(near.flatten(2)).clamp(0, 20)
        x = self.third(self.second(x).clamp(0, 20)).clamp(0, 20)
        read = self.read(x)
        x = self.run(read, self.forwards) + self.run(read.flip(1), self.backwards).flip(1)
        return self.head(self.fifth(x).clamp(0, 20)).log_softmax(-1)


class Layer(nn.Module):
    def __init__(self, arriving, width):
        super().__init__()
        self.norm = nn.BatchNorm1d(arriving)
        self.gru = nn.GRU(arriving, width, batch_first=True, bidirectional=True)

    def forward(self, x: Tensor) -> Tensor:
        both, _ = self.gru(self.norm(x.mT).mT)
        width = both.shape[2] // 2
        return both[..., :width] + both[..., width:]


class DeepSpeech2(nn.Module):
    """Amodei and others: three convolutions, recurrent layers with norms before them."""

    def __init__(self, frequencies=161, channels=32, width=1280, layers=7, letters=29):
        super().__init__()
        self.conv1 = nn.Conv2d(1, channels, (41, 11), 2, (20, 5), bias=False)
        self.conv2 = nn.Conv2d(channels, channels, (21, 11), (2, 1), (10, 5), bias=False)
        self.conv3 = nn.Conv2d(channels, 3 * channels, (21, 11), (2, 1), (10, 5), bias=False)
        self.norm1, self.norm2 = nn.BatchNorm2d(channels), nn.BatchNorm2d(channels)
        self.norm3 = nn.BatchNorm2d(3 * channels)
        left = frequencies
        for _ in range(3):
            left = (left + 1) // 2
        arriving = [3 * channels * left] + [width] * (layers - 1)
        self.layers = nn.ModuleList(Layer(size, width) for size in arriving)
        self.norm = nn.BatchNorm1d(width)
        self.head = nn.Linear(width, letters)

    def forward(self, sound: Tensor) -> Tensor:
        x = sound.mT[:, None]
        for conv, norm in ((self.conv1, self.norm1), (self.conv2, self.norm2), (self.conv3, self.norm3)):
            x = norm(conv(x)).clamp(0, 20)
        x = x.flatten(1, 2).mT
        for layer in self.layers:
            x = layer(x)
        return self.head(self.norm(x.mT).mT).log_softmax(-1)


class WaveLayer(nn.Module):
    def __init__(self, residual, skip, dilation):
        super().__init__()
        self.dilation = dilation
        self.filter, self.gate = (nn.Conv1d(residual, residual, 2, dilation=dilation) for _ in range(2))
        self.on, self.aside = nn.Conv1d(residual, residual, 1), nn.Conv1d(residual, skip, 1)

    def forward(self, x: Tensor) -> tuple[Tensor, Tensor]:
        known = F.pad(x, (self.dilation, 0))
        gated = torch.tanh(self.filter(known)) * torch.sigmoid(self.gate(known))
        return x + self.on(gated), self.aside(gated)


class WaveNet(nn.Module):
    """Van den Oord and others."""

    def __init__(self, levels=256, residual=32, skip=512, stacks=3, layers=10):
        super().__init__()
        self.levels = levels
        self.first = nn.Conv1d(levels, residual, 2)
        self.layers = nn.ModuleList(WaveLayer(residual, skip, 2**i) for _ in range(stacks) for i in range(layers))
        self.head1, self.head2 = nn.Conv1d(skip, levels, 1), nn.Conv1d(levels, levels, 1)

    def forward(self, tokens: Tensor) -> Tensor:
        x = self.first(F.pad(F.one_hot(tokens, self.levels).float().mT, (1, 0)))
        total = 0
        for layer in self.layers:
            x, aside = layer(x)
            total = total + aside
        return self.head2(F.relu(self.head1(F.relu(total))))

"""The first networks, written by hand in plain PyTorch from their papers. Nothing of the project is imported here."""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional as F


class ThresholdUnit(nn.Module):
    """Fires where the weighed sum of two inputs is above a threshold; AND, unless another one is given."""

    def __init__(self, threshold=1.5):
        super().__init__()
        self.weights = nn.Parameter(torch.ones(2))
        self.threshold = nn.Parameter(torch.tensor([threshold]))

    def forward(self, x: Tensor) -> Tensor:
        return ((x @ self.weights)[:, None] > self.threshold).float()


class Perceptron(nn.Module):
    """One unit over an image whose pixels go from 0 to 255."""

    def __init__(self, size=20):
        super().__init__()
        self.unit = nn.Linear(size * size, 1)

    def forward(self, x: Tensor) -> Tensor:
        return (self.unit(x.flatten(1) / 255) > 0).float()


class Mlp(nn.Module):
    """Two hidden layers, ReLU and tanh."""

    def __init__(self, inputs=784, first=256, second=128, classes=10):
        super().__init__()
        self.layers = nn.ModuleList(
            nn.Linear(*sizes) for sizes in ((inputs, first), (first, second), (second, classes))
        )

    def forward(self, x: Tensor) -> Tensor:
        x = self.layers[0](x.flatten(1)).relu()
        return self.layers[2](self.layers[1](x).tanh())


class Cells(nn.Module):
    """S-cells of Fukushima 1980, equation 1, without the sign of a and with the absolute of b; r is within them."""

    def __init__(self, arriving, planes):
        super().__init__()
        self.a = nn.Parameter(torch.randn(planes, arriving, 5, 5) / 5)
        self.b = nn.Parameter(torch.rand(planes, 1, 1, 1))

    def forward(self, u: Tensor) -> Tensor:
        fields = F.unfold(u, 5, padding=2)
        v = (fields.square().mean(1) + 1e-6).sqrt()  # the mean over all planes and places of a field, zeros outside
        excited = self.a.flatten(1) @ fields
        s = ((1 + excited) / (1 + self.b.abs().flatten(1) * v[:, None]) - 1).clamp(min=0)
        return s.unflatten(2, u.shape[2:])


class Neocognitron(nn.Module):
    """Three stages of S-cells and C-cells."""

    def __init__(self, planes=24, classes=10):
        super().__init__()
        self.stages = nn.ModuleList(Cells(*sizes) for sizes in ((1, planes), (planes, planes), (planes, classes)))

    def forward(self, u: Tensor) -> Tensor:
        for i, cells in enumerate(self.stages):
            u = cells(u)
            u = F.avg_pool2d(u, 5, 2, 2) if i < 2 else u.mean((2, 3), keepdim=True)
            u = u / (1 + u)
        return u.flatten(1)


class TorC(nn.Module):
    """Fields of 3×3 with shared weights at every place that meets the image, added up and judged by one unit."""

    def __init__(self, filters=8):
        super().__init__()
        self.fields = nn.Conv2d(1, filters, 3, padding=2)
        self.unit = nn.Linear(filters, 1)

    def forward(self, x: Tensor) -> Tensor:
        return self.unit(self.fields(x / 255).relu().flatten(2).sum(2))


class LeNet1989(nn.Module):
    """Written unit by unit where the paper says so: biases of units, and four maps of H2 for each choice of eight."""

    def __init__(self, classes=10):
        super().__init__()
        self.h1 = nn.Parameter(torch.randn(12, 1, 5, 5) / 5)
        self.h1_bias = nn.Parameter(torch.zeros(12, 8, 8))
        self.h2 = nn.Parameter(torch.randn(12, 8, 5, 5) / 14)
        self.h2_bias = nn.Parameter(torch.zeros(12, 4, 4))
        self.h3 = nn.Linear(192, 30)
        self.output = nn.Linear(30, classes)

    @staticmethod
    def squash(x: Tensor) -> Tensor:
        return 1.7159 * torch.tanh(2 / 3 * x)

    def forward(self, x: Tensor) -> Tensor:
        x = F.pad(x, (2, 2, 2, 2), value=-1)
        x = self.squash(F.conv2d(x, self.h1, stride=2) + self.h1_bias)
        x = F.pad(x, (2, 2, 2, 2), value=-1)
        maps = []
        for i, seen in enumerate((range(8), range(4, 12), (8, 9, 10, 11, 0, 1, 2, 3))):
            maps.append(F.conv2d(x[:, list(seen)], self.h2[4 * i : 4 * i + 4], stride=2))
        x = self.squash(torch.cat(maps, 1) + self.h2_bias)
        return self.squash(self.output(self.squash(self.h3(x.flatten(1)))))


class LeNet5(nn.Module):
    """LeNet-5 with a full C3. padding: rows of zeros around the image."""

    def __init__(self, classes=10, padding=0):
        super().__init__()
        self.c1 = nn.Conv2d(1, 6, 5, padding=padding)
        self.c3 = nn.Conv2d(6, 16, 5)
        self.c5 = nn.Conv2d(16, 120, 5)
        self.f6 = nn.Linear(120, 84)
        self.output = nn.Linear(84, classes)

    def forward(self, x: Tensor) -> Tensor:
        x = F.avg_pool2d(self.c1(x).tanh(), 2)
        x = self.c5(F.avg_pool2d(self.c3(x).tanh(), 2)).tanh()
        return self.output(self.f6(x.flatten(1)).tanh())

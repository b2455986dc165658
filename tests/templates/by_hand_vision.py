"""Networks that look at images, written by hand in plain PyTorch. Nothing of the project is imported here."""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional as F


class Bottleneck(nn.Module):
    """A residual block of three convolutions; the middle one has the stride."""

    def __init__(self, arriving, width, stride, project):
        super().__init__()
        shapes = ((arriving, width, 1, 1), (width, width, 3, stride), (width, 4 * width, 1, 1))
        parts = []
        for i, (channels, out, kernel, step) in enumerate(shapes):
            parts += [nn.Conv2d(channels, out, kernel, step, kernel // 2, bias=False), nn.BatchNorm2d(out)]
            parts += [nn.ReLU()] if i < 2 else []
        self.body = nn.Sequential(*parts)
        fit = (nn.Conv2d(arriving, 4 * width, 1, stride, bias=False), nn.BatchNorm2d(4 * width))
        self.shortcut = nn.Sequential(*fit) if project else nn.Identity()

    def forward(self, x: Tensor) -> Tensor:
        return F.relu(self.body(x) + self.shortcut(x))


class SharpMask(nn.Module):
    """A ResNet-50 up to a sixteenth of the image, a coarse mask through 8·width numbers, and four refinements."""

    def __init__(self, size=160, width=64, mask=32):
        super().__init__()
        self.first = nn.Sequential(nn.Conv2d(3, width, 7, 2, 3, bias=False), nn.BatchNorm2d(width), nn.ReLU())
        stages, arriving = [], width
        for i, count in enumerate((3, 4, 6)):
            blocks = []
            for j in range(count):
                blocks.append(Bottleneck(arriving, width * 2**i, 2 if i and not j else 1, not j))
                arriving = 4 * width * 2**i
            stages.append(nn.Sequential(*blocks))
        self.stages = nn.ModuleList(stages)
        self.side, self.mask = size // 16, mask
        self.head = nn.Sequential(
            nn.Conv2d(arriving, 2 * width, 1),
            nn.ReLU(),
            nn.Flatten(),
            nn.Linear(2 * width * self.side**2, 8 * width),
            nn.Linear(8 * width, mask * self.side**2),
        )
        self.refinements = nn.ModuleList()
        for i, channels in enumerate((16 * width, 8 * width, 4 * width, width)):
            k = mask // 2**i
            pair = (nn.Conv2d(channels, k, 3, padding=1), nn.Conv2d(2 * k, k // 2, 3, padding=1))
            self.refinements.append(nn.ModuleList(pair))
        self.pixels = nn.Conv2d(mask // 16, 1, 3, padding=1)

    def forward(self, x: Tensor) -> Tensor:
        seen = [self.first(x)]
        x = F.max_pool2d(seen[0], 3, 2, 1)
        for stage in self.stages:
            x = stage(x)
            seen.append(x)
        m = self.head(x).view(-1, self.mask, self.side, self.side)
        for (narrow, refine), features in zip(self.refinements, reversed(seen), strict=True):
            m = torch.cat([m, F.relu(narrow(features))], 1)
            m = F.interpolate(F.relu(refine(m)), scale_factor=2, mode="bilinear")
        return self.pixels(m)

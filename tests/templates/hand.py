"""Six families of networks, written by hand in plain PyTorch. Parameters are named as torchvision names them.

Nothing of the project is imported here. width scales a network as the template's option of that name does.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional as F


class Vgg(nn.Module):
    """Convolutions of 3×3 in five groups, each with a pooling behind it."""

    def __init__(self, counts, width=64, hidden=4096, classes=1000, batch_norm=False):
        super().__init__()
        layers, arriving = [], 3
        for count, times in zip(counts, (1, 2, 4, 8, 8), strict=True):
            for _ in range(count):
                layers.append(nn.Conv2d(arriving, times * width, 3, padding=1))
                arriving = times * width
                if batch_norm:
                    layers.append(nn.BatchNorm2d(arriving))
                layers.append(nn.ReLU())
            layers.append(nn.MaxPool2d(2))
        self.features = nn.Sequential(*layers)
        self.classifier = nn.Sequential(
            nn.Linear(49 * arriving, hidden),
            nn.ReLU(),
            nn.Dropout(),
            nn.Linear(hidden, hidden),
            nn.ReLU(),
            nn.Dropout(),
            nn.Linear(hidden, classes),
        )

    def forward(self, x: Tensor) -> Tensor:
        return self.classifier(F.adaptive_avg_pool2d(self.features(x), 7).flatten(1))


class Block(nn.Module):
    """A residual block of two or three convolutions. order: which parts are made first."""

    def __init__(self, sizes, kernels, stride, order="conv bn downsample"):
        super().__init__()
        strided = kernels.index(3)
        self.count = len(kernels)
        made = {"conv": [], "bn": [], "downsample": []}
        for i, kernel in enumerate(kernels):
            step = stride if i == strided else 1
            conv = nn.Conv2d(sizes[i], sizes[i + 1], kernel, step, kernel // 2, bias=False)
            made["conv"].append((f"conv{i + 1}", conv))
            made["bn"].append((f"bn{i + 1}", nn.BatchNorm2d(sizes[i + 1])))
        if stride > 1 or sizes[0] != sizes[-1]:
            fit = nn.Conv2d(sizes[0], sizes[-1], 1, stride, bias=False)
            made["downsample"].append(("downsample", nn.Sequential(fit, nn.BatchNorm2d(sizes[-1]))))
        for name, part in _ordered(made, order):
            self.add_module(name, part)

    def forward(self, x: Tensor) -> Tensor:
        y = x
        for i in range(1, self.count + 1):
            y = getattr(self, f"bn{i}")(getattr(self, f"conv{i}")(y))
            y = F.relu(y) if i < self.count else y
        return F.relu(y + (self.downsample(x) if hasattr(self, "downsample") else x))


def _ordered(made, order):
    if order == "layers apart":  # all convolutions, then all norms, then the shortcut
        return [*made["conv"], *made["bn"], *made["downsample"]]
    pairs = [item for both in zip(made["conv"], made["bn"], strict=True) for item in both]
    return [*made["downsample"], *pairs] if order == "downsample first" else [*pairs, *made["downsample"]]


class ResNet(nn.Module):
    """Four stages of residual blocks."""

    def __init__(self, counts, bottleneck, width=64, classes=1000, order=""):
        super().__init__()
        self.conv1 = nn.Conv2d(3, width, 7, 2, 3, bias=False)
        self.bn1 = nn.BatchNorm2d(width)
        arriving = width
        for stage, count in enumerate(counts):
            blocks, inner = [], width * 2**stage
            for i in range(count):
                sizes = [arriving, inner, inner, 4 * inner] if bottleneck else [arriving, inner, inner]
                kernels = [1, 3, 1] if bottleneck else [3, 3]
                blocks.append(Block(sizes, kernels, 2 if stage and i == 0 else 1, order))
                arriving = sizes[-1]
            self.add_module(f"layer{stage + 1}", nn.Sequential(*blocks))
        self.fc = nn.Linear(arriving, classes)

    def forward(self, x: Tensor) -> Tensor:
        x = F.max_pool2d(F.relu(self.bn1(self.conv1(x))), 3, 2, 1)
        x = self.layer4(self.layer3(self.layer2(self.layer1(x))))
        return self.fc(x.mean((2, 3)))


class DenseLayer(nn.Module):
    def __init__(self, arriving, growth):
        super().__init__()
        self.norm1 = nn.BatchNorm2d(arriving)
        self.conv1 = nn.Conv2d(arriving, 4 * growth, 1, bias=False)
        self.norm2 = nn.BatchNorm2d(4 * growth)
        self.conv2 = nn.Conv2d(4 * growth, growth, 3, padding=1, bias=False)

    def forward(self, x: Tensor) -> Tensor:
        y = self.conv2(F.relu(self.norm2(self.conv1(F.relu(self.norm1(x))))))
        return torch.cat([x, y], 1)


class Transition(nn.Module):
    def __init__(self, arriving, width):
        super().__init__()
        self.norm = nn.BatchNorm2d(arriving)
        self.conv = nn.Conv2d(arriving, width, 1, bias=False)

    def forward(self, x: Tensor) -> Tensor:
        return F.avg_pool2d(self.conv(F.relu(self.norm(x))), 2)


class DenseNet(nn.Module):
    """Dense blocks with transitions between them."""

    def __init__(self, counts=(6, 12, 24, 16), growth=32, classes=1000):
        super().__init__()
        width = 2 * growth
        self.features = nn.Sequential()
        self.features.add_module("conv0", nn.Conv2d(3, width, 7, 2, 3, bias=False))
        self.features.add_module("norm0", nn.BatchNorm2d(width))
        self.features.add_module("relu0", nn.ReLU())
        self.features.add_module("pool0", nn.MaxPool2d(3, 2, 1))
        for number, count in enumerate(counts, 1):
            block = nn.Sequential()
            for i in range(count):
                block.add_module(f"denselayer{i + 1}", DenseLayer(width + i * growth, growth))
            self.features.add_module(f"denseblock{number}", block)
            width += count * growth
            if number < len(counts):
                self.features.add_module(f"transition{number}", Transition(width, width // 2))
                width //= 2
        self.features.add_module("norm5", nn.BatchNorm2d(width))
        self.classifier = nn.Linear(width, classes)

    def forward(self, x: Tensor) -> Tensor:
        return self.classifier(F.relu(self.features(x)).mean((2, 3)))


def _activated(arriving, width, kernel=1, stride=1, groups=1):
    conv = nn.Conv2d(arriving, width, kernel, stride, kernel // 2, groups=groups, bias=False)
    return nn.Sequential(conv, nn.BatchNorm2d(width), nn.ReLU6())


class Inverted(nn.Module):
    def __init__(self, arriving, width, stride, expansion):
        super().__init__()
        wide = expansion * arriving
        parts = [_activated(arriving, wide)] if expansion > 1 else []
        parts += [_activated(wide, wide, 3, stride, wide), nn.Conv2d(wide, width, 1, bias=False)]
        self.conv = nn.Sequential(*parts, nn.BatchNorm2d(width))
        self.added = stride == 1 and arriving == width

    def forward(self, x: Tensor) -> Tensor:
        return x + self.conv(x) if self.added else self.conv(x)


class MobileNet(nn.Module):
    """Inverted residuals. shape: expansion, channels, count and stride of each stage."""

    def __init__(self, first, shape, last, classes=1000):
        super().__init__()
        layers, arriving = [_activated(3, first, 3, 2)], first
        for expansion, width, count, stride in shape:
            for i in range(count):
                layers.append(Inverted(arriving, width, stride if i == 0 else 1, expansion))
                arriving = width
        self.features = nn.Sequential(*layers, _activated(arriving, last))
        self.classifier = nn.Sequential(nn.Dropout(0.2), nn.Linear(last, classes))

    def forward(self, x: Tensor) -> Tensor:
        return self.classifier(self.features(x).mean((2, 3)))


class Conv(nn.Module):
    def __init__(self, arriving, width, kernel=1, stride=1):
        super().__init__()
        self.conv = nn.Conv2d(arriving, width, kernel, stride, kernel // 2, bias=False)
        self.bn = nn.BatchNorm2d(width, eps=1e-3)

    def forward(self, x: Tensor) -> Tensor:
        return F.relu(self.bn(self.conv(x)))


class Inception(nn.Module):
    """Four branches side by side. order: which is made first."""

    def __init__(self, arriving, one, narrow3, three, narrow5, five, pool, order=(1, 2, 3, 4)):
        super().__init__()
        branches = {
            1: Conv(arriving, one),
            2: nn.Sequential(Conv(arriving, narrow3), Conv(narrow3, three, 3)),
            3: nn.Sequential(Conv(arriving, narrow5), Conv(narrow5, five, 3)),
            4: nn.Sequential(nn.MaxPool2d(3, 1, 1, ceil_mode=True), Conv(arriving, pool)),
        }
        for i in order:
            self.add_module(f"branch{i}", branches[i])

    def forward(self, x: Tensor) -> Tensor:
        return torch.cat([self.branch1(x), self.branch2(x), self.branch3(x), self.branch4(x)], 1)


class Auxiliary(nn.Module):
    def __init__(self, arriving, width, hidden, classes):
        super().__init__()
        self.conv = Conv(arriving, width)
        self.fc1 = nn.Linear(16 * width, hidden)
        self.fc2 = nn.Linear(hidden, classes)
        self.dropout = nn.Dropout(0.7)

    def forward(self, x: Tensor) -> Tensor:
        x = F.relu(self.fc1(self.conv(F.adaptive_avg_pool2d(x, 4)).flatten(1)))
        return self.fc2(self.dropout(x))


CELLS = {
    "3a": (64, 96, 128, 16, 32, 32),
    "3b": (128, 128, 192, 32, 96, 64),
    "4a": (192, 96, 208, 16, 48, 64),
    "4b": (160, 112, 224, 24, 64, 64),
    "4c": (128, 128, 256, 24, 64, 64),
    "4d": (112, 144, 288, 32, 64, 64),
    "4e": (256, 160, 320, 32, 128, 128),
    "5a": (256, 160, 320, 32, 128, 128),
    "5b": (384, 192, 384, 48, 128, 128),
}


class GoogLeNet(nn.Module):
    """Nine inceptions; with auxiliary heads it gives three logits."""

    def __init__(self, width=64, classes=1000, auxiliary=False, order=(1, 2, 3, 4)):
        super().__init__()

        def of(usual):
            return usual * width // 64

        self.conv1 = Conv(3, of(64), 7, 2)
        self.conv2 = Conv(of(64), of(64))
        self.conv3 = Conv(of(64), of(192), 3)
        arriving, before = of(192), {}
        for name, sizes in CELLS.items():
            self.add_module(f"inception{name}", Inception(arriving, *map(of, sizes), order=order))
            arriving = sum(of(sizes[i]) for i in (0, 2, 4, 5))
            before[name] = arriving
        if auxiliary:
            self.aux1 = Auxiliary(before["4a"], of(128), of(1024), classes)
            self.aux2 = Auxiliary(before["4d"], of(128), of(1024), classes)
        self.dropout = nn.Dropout(0.2)
        self.fc = nn.Linear(arriving, classes)

    def forward(self, x: Tensor) -> Tensor | tuple[Tensor, ...]:
        x = F.max_pool2d(self.conv1(x), 3, 2, ceil_mode=True)
        x = F.max_pool2d(self.conv3(self.conv2(x)), 3, 2, ceil_mode=True)
        guesses = []
        for name in CELLS:
            x = getattr(self, f"inception{name}")(x)
            if name in ("4a", "4d") and hasattr(self, "aux1"):
                guesses.append(getattr(self, f"aux{len(guesses) + 1}")(x))
            if name in ("3b", "4e"):
                x = F.max_pool2d(x, 3 if name == "3b" else 2, 2, ceil_mode=True)
        scores = self.fc(self.dropout(x.mean((2, 3))))
        return (scores, *guesses) if guesses else scores


MOBILE = ((1, 16, 1, 1), (6, 24, 2, 2), (6, 32, 3, 2), (6, 64, 4, 2), (6, 96, 3, 1), (6, 160, 3, 2), (6, 320, 1, 1))


class EncoderLayer(nn.Module):
    """Attention whose query, key and value are one weight, and a feed-forward network."""

    def __init__(self, width, heads):
        super().__init__()
        self.ln_1 = nn.LayerNorm(width, eps=1e-6)
        self.self_attention = nn.MultiheadAttention(width, heads, batch_first=True)
        self.ln_2 = nn.LayerNorm(width, eps=1e-6)
        self.mlp = nn.Sequential(nn.Linear(width, 4 * width), nn.GELU(), nn.Identity(), nn.Linear(4 * width, width))

    def forward(self, x: Tensor) -> Tensor:
        y = self.ln_1(x)
        x = x + self.self_attention(y, y, y, need_weights=False)[0]
        return x + self.mlp(self.ln_2(x))


class VitEncoder(nn.Module):
    def __init__(self, places, width, count, heads):
        super().__init__()
        self.pos_embedding = nn.Parameter(torch.randn(1, places, width))
        self.layers = nn.Sequential()
        for i in range(count):
            self.layers.add_module(f"encoder_layer_{i}", EncoderLayer(width, heads))
        self.ln = nn.LayerNorm(width, eps=1e-6)

    def forward(self, x: Tensor) -> Tensor:
        return self.ln(self.layers(x + self.pos_embedding))


class Vit(nn.Module):
    """An image cut into patches, and a class token in front of them."""

    def __init__(self, size, patch, width, count, heads, classes=1000):
        super().__init__()
        self.conv_proj = nn.Conv2d(3, width, patch, patch)
        self.class_token = nn.Parameter(torch.randn(1, 1, width))
        self.encoder = VitEncoder((size // patch) ** 2 + 1, width, count, heads)
        self.heads = nn.Sequential()
        self.heads.add_module("head", nn.Linear(width, classes))

    def forward(self, x: Tensor) -> Tensor:
        x = self.conv_proj(x).flatten(2).transpose(1, 2)
        x = torch.cat([self.class_token.expand(len(x), -1, -1), x], 1)
        return self.heads(self.encoder(x)[:, 0])


def mixed(net: nn.Module) -> nn.Module:
    """Draw every weight and statistic anew, so that no two layers are alike."""
    with torch.no_grad():
        for part in net.modules():
            if isinstance(part, nn.BatchNorm2d):
                nn.init.uniform_(part.weight, 0.8, 1.2)
                nn.init.uniform_(part.bias, -0.1, 0.1)
                nn.init.uniform_(part.running_mean, -0.1, 0.1)
                nn.init.uniform_(part.running_var, 0.8, 1.2)
    return net

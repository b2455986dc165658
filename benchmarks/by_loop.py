"""The loop as one would write it, in a process of its own: ``python by_loop.py FOLDER`` trains an epoch for each line.

FOLDER has tensors.safetensors: images (uint8), labels, and initial weights of the network. A line on the standard input
is the path of an epoch's order (safetensors); the answer is JSON: seconds of processor, of wall, and the losses.
"""

from __future__ import annotations

import json
import sys
import time
from pathlib import Path

import torch
from safetensors.torch import load_file
from torch import nn
from torch.nn import functional as F


class ByHand(nn.Module):
    """The network as one would write it; its images are normalised beforehand."""

    def __init__(self) -> None:
        super().__init__()
        self.conv1, self.conv2 = nn.Conv2d(1, 32, 5), nn.Conv2d(32, 64, 5)
        self.linear1, self.linear2 = nn.Linear(256, 200), nn.Linear(200, 10)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        x = F.relu(F.max_pool2d(self.conv1(x), 3))
        x = F.relu(F.max_pool2d(self.conv2(x), 2))
        return self.linear2(F.relu(self.linear1(x.flatten(1))))


def main() -> None:
    torch.set_num_threads(1)
    given = load_file(Path(sys.argv[1]) / "tensors.safetensors")
    pixels, labels = given.pop("images").float(), given.pop("labels")
    pixels = (pixels - pixels.mean()) / pixels.std(correction=0)
    batch, rate = int(sys.argv[2]), float(sys.argv[3])
    network = ByHand()
    network.load_state_dict(given)
    optimizer = torch.optim.SGD(network.parameters(), lr=rate)
    for line in sys.stdin:
        order = load_file(line.strip())["order"]
        images, targets = pixels[order], labels[order]
        losses = []
        spent, begun = time.process_time(), time.perf_counter()
        for x, y in zip(images.split(batch), targets.split(batch), strict=True):
            loss = F.cross_entropy(network(x), y)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            losses.append(loss.detach())
        seconds = time.process_time() - spent, time.perf_counter() - begun
        print(json.dumps([*seconds, torch.stack(losses).tolist()]), flush=True)


if __name__ == "__main__":
    main()

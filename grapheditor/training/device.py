"""Where a training runs: the device that was asked for, if it is there."""

from __future__ import annotations

import torch

from grapheditor.training.errors import DeviceError


def choose_device(name: str) -> torch.device:
    """Return the device called cpu, cuda, cuda:1 or mps; DeviceError where it is not there."""
    kind, _, _number = name.partition(":")
    if name in available() or (kind == name and f"{name}:0" in available()):
        return torch.device(name)
    raise DeviceError(f"There is no device {name} here; there is: {', '.join(available())}.")


def available() -> list[str]:
    """Return the names of the devices that torch can use here."""
    graphics = [f"cuda:{i}" for i in range(torch.cuda.device_count())] if torch.cuda.is_available() else []
    return ["cpu", *graphics, *(["mps"] if torch.backends.mps.is_available() else [])]

"""State dicts from elsewhere: read from safetensors, or from what torch.save wrote, without running any of it."""

from __future__ import annotations

import zipfile
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError
from safetensors.torch import load

from grapheditor.graph.file import FileError

LARGEST = 64 * 2**30
"""Bytes of a file of weights: those of the largest network that fits one machine."""
INSIDE = ("state_dict", "model_state_dict", "model", "weights")
"""Where a checkpoint of a training keeps the weights."""
SAFE, PICKLED = ".safetensors", (".pt", ".pth")


def tensors_in(data: bytes) -> dict[str, torch.Tensor]:
    """Return the tensors in the bytes of a safetensors file, by name; SafetensorError where they are none.

    They are sorted: the format's library sorts what it writes, and hands out what it reads in an order that differs
    from call to call, so that nothing may be made of it.
    """
    return dict(sorted(load(data).items()))


def read_state(path: Path) -> dict[str, torch.Tensor]:
    """Return the tensors of a file by name; FileError says why it has none.

    A file of torch.save is read by its restricted reader, which makes tensors and nothing else: what holds other
    objects, such as a whole module, is refused.
    """
    if path.suffix.lower() not in (SAFE, *PICKLED):
        raise FileError(path, f"is no file of weights: its name must end in {SAFE}, {', '.join(PICKLED)}")
    try:
        size = path.stat().st_size
        if size > LARGEST:
            raise FileError(path, f"is larger than {LARGEST // 2**30} GB, the most that is read")
        found: Any = tensors_in(path.read_bytes()) if path.suffix.lower() == SAFE else _restricted(path)
    except OSError as error:
        raise FileError(path, f"cannot be read: {error.strerror}") from error
    except SafetensorError as error:
        raise FileError(path, f"is not a file of weights: {error}") from error
    except MemoryError as error:
        raise FileError(path, "does not fit into the memory") from error
    while isinstance(found, dict) and (inner := next((name for name in INSIDE if _holds(found.get(name))), None)):
        found = found[inner]
    if not _holds(found):
        raise FileError(path, "has no weights: a dictionary from names to tensors was expected")
    return {name: value for name, value in found.items() if isinstance(value, torch.Tensor)}


def _restricted(path: Path) -> Any:
    if not zipfile.is_zipfile(path):
        raise FileError(path, "is damaged, or not what torch.save writes since PyTorch 1.6")
    try:
        with zipfile.ZipFile(path) as archive:
            inside = sum(item.file_size for item in archive.infolist())
        if inside > path.stat().st_size:
            raise FileError(path, "is packed, which torch.save never does; it is not read")
        return torch.load(path, map_location="cpu", weights_only=True)
    except (OSError, MemoryError, FileError):
        raise
    except Exception as error:  # torch's reader raises what it comes upon
        text = "is damaged, or holds more than tensors, which could run code; save module.state_dict() as safetensors"
        raise FileError(path, text) from error


def _holds(value: Any) -> bool:
    return isinstance(value, dict) and any(
        isinstance(name, str) and isinstance(item, torch.Tensor) for name, item in value.items()
    )

"""Checkpoints: weights as safetensors, and a manifest with their SHA-256 that is written last.

A manifest is called ``last.json`` or ``best.json`` and names its file of weights, which has the step in its
name and is never changed. So at every moment each manifest leads to whole weights: the new file is on disk
before the manifest is replaced, and the old one goes afterwards.
"""

from __future__ import annotations

import hashlib
import json
import os
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any, Literal

from safetensors import SafetensorError
from safetensors.torch import load as read_tensors
from safetensors.torch import save as tensor_bytes

from grapheditor.graph.file import FileError, replace_file
from grapheditor.training.errors import RunError

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from torch import Tensor

Which = Literal["last", "best"]
LARGEST_MANIFEST = 2**20
SUFFIX = ".safetensors"


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """A manifest: which weights, when they were reached, and what they achieved.

    epoch: epochs that are complete. step: steps that were made. bytes and sha256 are those of the file.
    """

    epoch: int
    step: int
    metrics: dict[str, float]
    file: str
    bytes: int
    sha256: str


def write_weights(
    folder: Path, state: Mapping[str, Tensor], epoch: int, step: int, metrics: dict[str, float]
) -> Checkpoint:
    """Write a file of weights and return its manifest, which :func:`point` makes the last or the best."""
    data = tensor_bytes({name: tensor.detach().cpu().contiguous() for name, tensor in state.items()})
    name = f"step-{step:08}{SUFFIX}"
    _replace(folder / name, data)
    return Checkpoint(epoch, step, metrics, name, len(data), hashlib.sha256(data).hexdigest())


def point(folder: Path, which: Which, checkpoint: Checkpoint) -> None:
    """Make a checkpoint the last or the best, and remove weights that no manifest names any more."""
    text = json.dumps(asdict(checkpoint), indent=2) + "\n"
    _replace(folder / f"{which}.json", text.encode())
    kinds: tuple[Which, ...] = ("last", "best")
    named = {read_manifest(folder, kind).file for kind in kinds if has_checkpoint(folder, kind)}
    try:
        for path in folder.glob(f"*{SUFFIX}"):
            if path.name not in named:
                path.unlink(missing_ok=True)
    except OSError as error:
        raise RunError(f"{folder}: old weights cannot be removed: {error.strerror}.") from error


def has_checkpoint(folder: Path, which: Which) -> bool:
    """Whether there is a manifest of this name."""
    return (folder / f"{which}.json").is_file()


def read_manifest(folder: Path, which: Which) -> Checkpoint:
    """Read a manifest; RunError names it and says what is wrong."""
    path = folder / f"{which}.json"
    if not path.is_file():
        raise RunError(f"{folder.parent}: there is no {which} checkpoint in this run.")
    try:
        values: Any = json.loads(_read(path, LARGEST_MANIFEST))
        found = Checkpoint(**values)
        sound = all(isinstance(item, str) for item in (found.file, found.sha256)) and all(
            type(item) is int and item >= 0 for item in (found.epoch, found.step, found.bytes)
        )
    except (ValueError, TypeError, RecursionError) as error:
        raise RunError(f"{path}: is not a checkpoint's manifest.") from error
    if not sound or "/" in found.file or "\\" in found.file or not found.file.endswith(SUFFIX):
        raise RunError(f"{path}: is not a checkpoint's manifest.")
    return found


def read_weights(folder: Path, which: Which) -> dict[str, Tensor]:
    """Read the weights of a checkpoint; RunError where they are not, byte for byte, what was written.

    They are read, not mapped: a mapped file that somebody cuts short kills the process.
    """
    checkpoint = read_manifest(folder, which)
    path = folder / checkpoint.file
    try:
        data = _read(path, checkpoint.bytes)
    except RunError:
        if read_manifest(folder, which) == checkpoint:
            raise
        return read_weights(folder, which)  # a run that goes on has newer ones, and took these away
    if hashlib.sha256(data).hexdigest() != checkpoint.sha256:
        raise RunError(f"{path}: is damaged; its contents are not those that {which}.json vouches for.")
    try:
        return read_tensors(data)
    except SafetensorError as error:
        raise RunError(f"{path}: is not a file of weights: {error}.") from error


def _read(path: Path, largest: int) -> bytes:
    """Read a file whole, unless it is larger than it may be; the size is that of the disk, not of a promise."""
    try:
        with path.open("rb") as file:
            size = os.fstat(file.fileno()).st_size
            if size > largest:
                raise RunError(f"{path}: is damaged; it is larger than the {largest:,} bytes that it may have.")
            return file.read(size)
    except OSError as error:
        raise RunError(f"{path}: cannot be read: {error.strerror}.") from error


def _replace(path: Path, data: bytes) -> None:
    try:
        replace_file(path, data)
    except FileError as error:
        raise RunError(f"{error}.") from error

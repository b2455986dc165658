"""Checkpoints: tensors as safetensors, and a manifest with their SHA-256 that is written last.

00000450.json                        after 450 steps: epoch, metrics, what the training needs to go on
00000450-1a2b3c4d.weights.safetensors
00000450-5e6f7a8b.state.safetensors  optimizers, random numbers
best.json, epoch-00010.json          manifests of weights that stay

A file never gets other contents: its name has a part of its digest. So at every moment each manifest leads to whole
files, and one that does not (a disk that was cut off, a flipped byte) is told by its digest, and the one before it is
used. A manifest ends with a digest of its own, of all that stands before it in the file.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, field, replace
from typing import TYPE_CHECKING, Any, Literal

from safetensors import SafetensorError
from safetensors.torch import save as tensor_bytes

from grapheditor.compile.foreign import tensors_in
from grapheditor.graph.disk import FileError, replace_file
from grapheditor.training.errors import RunError
from grapheditor.training.tree import pack, unpack

if TYPE_CHECKING:
    from pathlib import Path

    from torch import Tensor

Which = Literal["last", "best"]
Part = Literal["weights", "average", "state"]
LARGEST_MANIFEST = 16 * 2**20
SEAL = b', "sha256": "'
"""What stands before a manifest's own digest, with which it ends."""
SUFFIX = ".safetensors"
KEPT = 2
"""So many of the newest checkpoints stay, besides the newest one that surely is on the disk."""
_NUMBERED = re.compile(r"\d{8,}\.json")
_NAMED = re.compile(r"best\.json|epoch-\d{5,}\.json")


@dataclass(frozen=True, slots=True)
class File:
    """A file of tensors: its name, its size in bytes and its digest."""

    name: str
    bytes: int
    sha256: str


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """A manifest: what was reached, when, and in which files it lies.

    epoch: epochs that are complete. step: steps that were made. values: what a training needs to go on, tensors aside.
    flushed: whether the disk surely had it when the manifest was written.
    """

    epoch: int
    step: int
    metrics: dict[str, float]
    files: dict[Part, File]
    values: dict[str, Any] = field(default_factory=dict)
    flushed: bool = True


def serialise(tensors: Mapping[str, Tensor]) -> bytes:
    """Return tensors as the bytes of a file; what happens to them later does not change it."""
    return tensor_bytes({name: tensor.detach().cpu().contiguous() for name, tensor in tensors.items()})


def write_checkpoint(folder: Path, parts: Mapping[Part, bytes], checkpoint: Checkpoint) -> Checkpoint:
    """Write the files of a checkpoint, then its manifest, and return that; older ones that nobody needs go."""
    try:
        files = {part: _write(folder, checkpoint, part, data) for part, data in parts.items()}
        written = replace(checkpoint, files=files)
        name_checkpoint(folder, f"{written.step:08}", written)
    finally:
        tidy(folder)  # also where the disk is full, which needs the room of what is not vouched for
    return written


def name_checkpoint(folder: Path, name: str, checkpoint: Checkpoint) -> None:
    """Write a manifest under a name."""
    values = {**asdict(checkpoint), "metrics": pack(checkpoint.metrics, {}, "metrics")}
    _replace(folder / f"{name}.json", sealed(values), flush=checkpoint.flushed)


def sealed(values: Mapping[str, Any]) -> bytes:
    """Return the text of a manifest, which is JSON, with its digest at the end."""
    head = json.dumps(values, allow_nan=False).removesuffix("}").encode()
    return head + SEAL + hashlib.sha256(head).hexdigest().encode() + b'"}\n'


def _unsealed(data: bytes) -> dict[str, Any]:
    """Return what :func:`sealed` took; ValueError where a byte is another."""
    head, _, digest = data.rpartition(SEAL)
    if digest != hashlib.sha256(head).hexdigest().encode() + b'"}\n':
        raise ValueError("its digest is another")
    values: dict[str, Any] = json.loads(head + b"}")
    return values


def keep_weights(folder: Path, name: str, checkpoint: Checkpoint) -> None:
    """Keep a checkpoint's weights under a name, such as best; what a training needs to go on is not kept."""
    files: dict[Part, File] = {part: file for part, file in checkpoint.files.items() if part != "state"}
    name_checkpoint(folder, name, replace(checkpoint, files=files, values={}))


def _write(folder: Path, checkpoint: Checkpoint, part: Part, data: bytes) -> File:
    sha256 = hashlib.sha256(data).hexdigest()
    name = f"{checkpoint.step:08}-{sha256[:8]}.{part}{SUFFIX}"
    _replace(folder / name, data, flush=checkpoint.flushed)
    return File(name, len(data), sha256)


def tidy(folder: Path) -> None:
    """Remove old checkpoints, and files of tensors that no manifest names any more."""
    numbered = list(_numbered(folder))
    flushed = next((path for path in numbered if _flushed(path)), None)
    needed = {*numbered[:KEPT], *([flushed] if flushed else []), *_named(folder)}
    try:
        for path in numbered:
            if path not in needed:
                path.unlink(missing_ok=True)
        files = {file.name for path in needed for file in _files(path)}
        for path in folder.glob(f"*{SUFFIX}"):
            if path.name not in files:
                path.unlink(missing_ok=True)
    except OSError as error:
        raise RunError(f"{folder}: old checkpoints cannot be removed: {error.strerror}.") from error


def forget_after(folder: Path, step: int) -> None:
    """Remove the checkpoints of later steps: they were refused and are made again, and must not pass for the newest."""
    try:
        for path in _numbered(folder):
            if int(path.stem) > step:
                path.unlink(missing_ok=True)
    except OSError as error:
        raise RunError(f"{folder}: damaged checkpoints cannot be removed: {error.strerror}.") from error


def _numbered(folder: Path) -> list[Path]:
    """Return the manifests of steps, the newest first."""
    found = [path for path in _listed(folder) if _NUMBERED.fullmatch(path.name)]
    return sorted(found, key=lambda path: int(path.stem), reverse=True)


def _named(folder: Path) -> list[Path]:
    return [path for path in _listed(folder) if _NAMED.fullmatch(path.name)]


def _listed(folder: Path) -> list[Path]:
    try:
        return list(folder.iterdir())
    except FileNotFoundError:
        return []
    except OSError as error:
        raise RunError(f"{folder}: cannot be read: {error.strerror}.") from error


def _flushed(path: Path) -> bool:
    try:
        return read_manifest(path).flushed
    except RunError:
        return False


def _files(path: Path) -> list[File]:
    try:
        return list(read_manifest(path).files.values())
    except RunError:
        return []


def has_checkpoint(folder: Path, which: Which) -> bool:
    """Whether there is a manifest of this kind."""
    return (folder / "best.json").is_file() if which == "best" else bool(_numbered(folder))


def find_checkpoint(folder: Path, which: Which = "last") -> Checkpoint:
    """Return the manifest of the best or the last checkpoint, its files unread; RunError where there is none."""
    if not has_checkpoint(folder, which):
        raise RunError(f"{folder.parent}: there is no {which} checkpoint in this run.")
    if which == "best":
        return read_manifest(folder / "best.json")
    refused = None
    for path in _numbered(folder):
        try:
            return read_manifest(path)
        except RunError as error:
            refused = refused or error
    assert refused is not None
    raise refused


def whole_checkpoints(folder: Path) -> Iterator[tuple[Checkpoint, dict[Part, dict[str, Tensor]]] | RunError]:
    """Go through the checkpoints of steps, the newest first: each with its tensors, or what is wrong with it."""
    for path in _numbered(folder):
        try:
            checkpoint = read_manifest(path)
            yield checkpoint, {part: read_file(folder, file) for part, file in checkpoint.files.items()}
        except RunError as error:
            yield error


def read_manifest(path: Path) -> Checkpoint:
    """Read a manifest; RunError names it and says what is wrong."""
    try:
        values = _unsealed(_read(path, LARGEST_MANIFEST))
        files = {part: File(**file) for part, file in values["files"].items()}
        found = Checkpoint(**{**values, "files": files, "metrics": unpack(values["metrics"], {})})
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError) as error:
        raise RunError(f"{path}: is damaged, or no checkpoint's manifest; its digest does not agree.") from error
    numbers = (found.epoch, found.step, *(file.bytes for file in found.files.values()))
    texts = [text for file in found.files.values() for text in (file.name, file.sha256)]
    sound = (
        all(type(item) is int and item >= 0 for item in numbers)
        and all(isinstance(text, str) for text in texts)
        and isinstance(found.metrics, dict)
        and isinstance(found.values, dict)
        and "weights" in found.files
    )
    names = [file.name for file in found.files.values()] if sound else []
    if not sound or any("/" in name or "\\" in name or not name.endswith(SUFFIX) for name in names):
        raise RunError(f"{path}: is no checkpoint's manifest, though its digest agrees.")
    return found


def read_file(folder: Path, file: File) -> dict[str, Tensor]:
    """Read a file of tensors; RunError where it is not, byte for byte, what was written.

    It is read, not mapped: a mapped file that somebody cuts short kills the process.
    """
    path = folder / file.name
    data = _read(path, file.bytes)
    if hashlib.sha256(data).hexdigest() != file.sha256:
        raise RunError(f"{path}: is damaged; its contents are not those that were written.")
    try:
        return tensors_in(data)
    except SafetensorError as error:
        raise RunError(f"{path}: is not a file of weights: {error}.") from error


def read_weights(folder: Path, which: Which) -> dict[str, Tensor]:
    """Return the weights of the best or the last whole checkpoint; their moving average where there is one."""
    refused = None
    for checkpoint in _candidates(folder, which) if has_checkpoint(folder, which) else ():
        if isinstance(checkpoint, RunError):
            refused = refused or checkpoint
            continue
        try:
            return read_file(folder, checkpoint.files.get("average") or checkpoint.files["weights"])
        except RunError as error:
            refused = refused or error
    raise refused or RunError(f"{folder.parent}: there is no {which} checkpoint in this run.")


def _candidates(folder: Path, which: Which) -> Iterator[Checkpoint | RunError]:
    """Go through the manifests that may serve, twice: a run that goes on replaces them meanwhile."""
    for _ in range(2):
        for path in [folder / "best.json"] if which == "best" else _numbered(folder):
            try:
                yield read_manifest(path)
            except RunError as error:
                yield error


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


def _replace(path: Path, data: bytes, *, flush: bool) -> None:
    try:
        replace_file(path, data, flush=flush)
    except FileError as error:
        raise RunError(f"{error}.") from error

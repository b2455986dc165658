"""CIFAR-10 and CIFAR-100 in their binary version (Krizhevsky, 2009): a record is its labels and 3×32×32 bytes.

Read from the archive as it was fetched, or from the folder that it was unpacked to.
"""

from __future__ import annotations

import tarfile
import zlib
from typing import TYPE_CHECKING

import numpy as np

from grapheditor.data.readers.images import read_bytes
from grapheditor.errors import DataError

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from numpy.typing import NDArray

PIXELS = 3 * 32 * 32
MOST_BYTES = 2**28


def read_records(
    path: Path, parts: Sequence[Sequence[str]], samples: Sequence[int], classes: Sequence[int]
) -> list[tuple[NDArray[np.uint8], list[NDArray[np.int64]]]]:
    """Return images shaped (samples, 3, 32, 32) and each kind of label, for each part.

    parts: the names of each part's files. samples: how many records each has in all. classes: how many there are of
    each kind of label.
    """
    names = [name for part in parts for name in part]
    contents = _from_folder(path, names) if path.is_dir() else _from_archive(path, names)
    found = []
    for part, count in zip(parts, samples, strict=True):
        data = b"".join(contents[name] for name in part)
        size = PIXELS + len(classes)
        if len(data) != count * size:
            raise DataError(
                f"{path}: {', '.join(part)}: {len(data):,} bytes; {count:,} records of {size:,} were expected."
            )
        records = np.frombuffer(bytearray(data), np.uint8).reshape(count, size)
        labels = [records[:, i].astype(np.int64) for i in range(len(classes))]
        for label, number in zip(labels, classes, strict=True):
            if label.max() >= number:
                raise DataError(
                    f"{path}: sample {int(label.argmax()):,} has the label {label.max()}; there are {number}."
                )
        found.append((records[:, len(classes) :].reshape(count, 3, 32, 32), labels))
    return found


def _from_folder(folder: Path, names: Sequence[str]) -> dict[str, bytes]:
    if not (folder / names[0]).exists():
        raise DataError(f"{folder}: has no {names[0]}." + _hint([path.name for path in folder.iterdir()]))
    return {name: read_bytes(folder / name, MOST_BYTES) for name in names}


def _from_archive(path: Path, names: Sequence[str]) -> dict[str, bytes]:
    found: dict[str, bytes] = {}
    others: list[str] = []
    try:
        with tarfile.open(path, "r:*") as archive:
            for member in archive:
                name = member.name.rpartition("/")[2]
                others.append(name)
                if name in names and member.isreg():
                    if member.size > MOST_BYTES:
                        raise DataError(f"{path}: {name} has {member.size:,} bytes; at most {MOST_BYTES:,} are read.")
                    file = archive.extractfile(member)
                    found[name] = file.read() if file else b""
                if len(found) == len(names) or len(others) > 1000:
                    break
    except (tarfile.TarError, EOFError, zlib.error, OSError) as error:
        raise DataError(f"{path}: is no sound archive: {error}.") from error
    missing = [name for name in names if name not in found]
    if missing:
        raise DataError(f"{path}: has no {missing[0]}." + _hint(others))
    return found


def _hint(names: Sequence[str]) -> str:
    pickled = {"data_batch_1", "test_batch", "meta", "batches.meta"} & set(names)
    if not pickled:
        return ""
    return " This is the version for Python, a pickle, which could run anything; take the binary version instead."

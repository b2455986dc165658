"""IDX, the format of MNIST and its kin.

Two zero bytes, the type, the number of dimensions, their sizes (big-endian), the elements. Only unsigned
bytes (type 0x08) are read, which is what all sets of images in this format hold.
Documented at the foot of LeCun, Cortes and Burges' page "The MNIST database of handwritten digits".
"""

from __future__ import annotations

import gzip
import math
import struct
import zlib
from typing import TYPE_CHECKING, BinaryIO

import numpy as np

from grapheditor.errors import DataError

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

UNSIGNED_BYTE = 0x08
MOST_DIMENSIONS = 4
MOST_BYTES = 2**31
PIECE = 2**20


def read_idx(path: Path) -> NDArray[np.uint8]:
    """Read an IDX file of unsigned bytes, plain or compressed by gzip; DataError names file and fault.

    No more is read than the header promises, and what it promises has a limit.
    """
    try:
        with path.open("rb") as file:
            compressed = file.read(2) == b"\x1f\x8b"
            file.seek(0)
            if not compressed:
                return _read(path, file)
            with gzip.GzipFile(fileobj=file) as unpacked:
                return _read(path, unpacked)
    except (zlib.error, EOFError, gzip.BadGzipFile) as error:
        raise DataError(f"{path}: the compressed data is damaged or incomplete.") from error
    except OSError as error:
        raise DataError(f"{path}: cannot be read: {error.strerror or error}.") from error


def write_idx(path: Path, array: NDArray[np.uint8]) -> None:
    """Write an IDX file compressed by gzip; equal arrays give equal files."""
    header = struct.pack(f">HBB{array.ndim}I", 0, UNSIGNED_BYTE, array.ndim, *array.shape)
    path.write_bytes(gzip.compress(header + array.tobytes(), compresslevel=9, mtime=0))


def _read(path: Path, file: BinaryIO | gzip.GzipFile) -> NDArray[np.uint8]:
    shape = _read_shape(path, file)
    total = math.prod(shape)
    if total > MOST_BYTES:
        raise DataError(f"{path}: promises {total:,} bytes; at most {MOST_BYTES:,} are read.")
    elements = bytearray()
    while len(elements) < total:
        piece = file.read(min(PIECE, total - len(elements)))
        if not piece:
            raise DataError(f"{path}: ends after {len(elements):,} of its {total:,} elements.")
        elements += piece
    if file.read(1):
        raise DataError(f"{path}: goes on after the {total:,} elements that its header promises.")
    return np.frombuffer(elements, np.uint8).reshape(shape)


def _read_shape(path: Path, file: BinaryIO | gzip.GzipFile) -> tuple[int, ...]:
    start = file.read(4)
    if len(start) < 4:
        raise DataError(f"{path}: is too short to be an IDX file.")
    zeros, kind, dimensions = struct.unpack(">HBB", start)
    if zeros != 0:
        raise DataError(f"{path}: is not an IDX file; such a file begins with two zero bytes.")
    if kind != UNSIGNED_BYTE:
        raise DataError(f"{path}: holds elements of type 0x{kind:02x}; only unsigned bytes (0x08) are read.")
    if not 1 <= dimensions <= MOST_DIMENSIONS:
        raise DataError(f"{path}: says it has {dimensions} dimensions; 1 to {MOST_DIMENSIONS} are read.")
    sizes = file.read(4 * dimensions)
    if len(sizes) < 4 * dimensions:
        raise DataError(f"{path}: ends within its header.")
    return struct.unpack(f">{dimensions}I", sizes)

"""NumPy's own files. Headers are read first, so that nothing is allocated that the file does not hold."""

from __future__ import annotations

import math
import tokenize
import warnings
import zipfile
import zlib
from typing import TYPE_CHECKING, Any, BinaryIO

import numpy as np
from numpy.lib import format as npy

from grapheditor.errors import DataError

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

MOST_BYTES = 2**36
MOST_ARRAYS = 1_000
KEPT = {"b1": "bool", "u1": "uint8", "i1": "int8", "i2": "int16", "i4": "int32", "i8": "int64",
        "f2": "float16", "f4": "float32", "f8": "float64", "u2": "int32", "u4": "int64"}  # fmt: skip
"""The types that are read, and what they are kept as; u2 and u4 have no equal in torch."""
FAULTS = (ValueError, EOFError, SyntaxError, tokenize.TokenError, TypeError, UnicodeError, zlib.error,
          zipfile.BadZipFile, RuntimeError, NotImplementedError, OverflowError, MemoryError, KeyError)  # fmt: skip


def read_npy(path: Path) -> NDArray[Any]:
    """Read a .npy file; DataError where it is damaged, too large, or holds Python objects."""
    try:
        with path.open("rb") as file:
            return _read(str(path), file, path.stat().st_size)
    except OSError as error:
        raise DataError(f"{path}: cannot be read: {error.strerror or error}.") from error


def read_npz(path: Path) -> dict[str, NDArray[Any]]:
    """Read all arrays of a .npz file by name; DataError as for :func:`read_npy`, naming the array."""
    found = {}
    try:
        with zipfile.ZipFile(path) as archive:
            members = archive.infolist()
            if len(members) > MOST_ARRAYS:
                raise DataError(f"{path}: holds {len(members):,} files; at most {MOST_ARRAYS:,} are read.")
            for member in members:
                if member.filename.endswith(".npy"):
                    with archive.open(member) as file:
                        name = member.filename.removesuffix(".npy")
                        found[name] = _read(f"{path}: {name[:60]}", file, member.file_size)
    except OSError as error:
        raise DataError(f"{path}: cannot be read: {error.strerror or error}.") from error
    except FAULTS as error:
        raise DataError(f"{path}: is no sound .npz file: {_short(error)}.") from error
    return found


def _read(place: str, file: Any, size: int) -> NDArray[Any]:
    try:
        shape, fortran, dtype = _header(file)
    except FAULTS as error:
        raise DataError(f"{place}: is no sound .npy file: {_short(error)}.") from error
    if dtype.hasobject:
        raise DataError(f"{place}: holds Python objects, which could run anything; save numbers.")
    kept = KEPT.get(f"{dtype.kind}{dtype.itemsize}") if dtype.names is None else None
    if kept is None:
        raise DataError(f"{place}: holds elements of type {dtype}; whole numbers, floats and truth values are read.")
    total = math.prod(shape) * dtype.itemsize
    if total > min(size, MOST_BYTES):
        raise DataError(
            f"{place}: promises {total:,} bytes; the file has {size:,}, and at most {MOST_BYTES:,} are read."
        )
    data = bytearray()
    try:
        while len(data) < total:
            piece = file.read(min(2**24, total - len(data)))
            if not piece:
                raise DataError(f"{place}: ends after {len(data):,} of its {total:,} bytes.")
            data += piece
    except FAULTS as error:
        raise DataError(f"{place}: is damaged: {_short(error)}.") from error
    array = np.frombuffer(data, dtype).reshape(shape, order="F" if fortran else "C")
    return array.astype(kept, copy=False)


def _header(file: BinaryIO) -> tuple[tuple[int, ...], bool, np.dtype[Any]]:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # Python 2's way of writing sizes
        version = npy.read_magic(file)
        read = {(1, 0): npy.read_array_header_1_0, (2, 0): npy.read_array_header_2_0}.get(version)
        if read is None:
            raise ValueError(f"its version {version[0]}.{version[1]} is not read")
        shape, fortran, dtype = read(file)
    if any(side < 0 for side in shape):
        raise ValueError("it has a negative size")
    return shape, fortran, dtype


def _short(error: Exception) -> str:
    return str(error).split("\n")[0][:120].rstrip(".") or type(error).__name__

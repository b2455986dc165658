"""The reader of IDX refuses each kind of damage by name."""

from __future__ import annotations

import gzip
import struct
from pathlib import Path

import numpy as np
import pytest

from grapheditor.data.readers.idx import read_idx, write_idx
from grapheditor.training.errors import DataError

IMAGES = np.arange(2 * 3 * 4, dtype=np.uint8).reshape(2, 3, 4)
HEADER = struct.pack(">HBBIII", 0, 8, 3, 2, 3, 4)
GOOD = HEADER + IMAGES.tobytes()
PACKED = gzip.compress(GOOD, mtime=0)


def test_what_is_written_is_read(tmp_path: Path) -> None:
    write_idx(tmp_path / "a.gz", IMAGES)
    assert np.array_equal(read_idx(tmp_path / "a.gz"), IMAGES)


def test_plain_files_are_read_too(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(GOOD)
    assert np.array_equal(read_idx(tmp_path / "a"), IMAGES)


def test_equal_arrays_give_equal_files(tmp_path: Path) -> None:
    for name in ("a.gz", "b.gz"):
        write_idx(tmp_path / name, IMAGES)
    first = (tmp_path / "a.gz").read_bytes()
    assert first == (tmp_path / "b.gz").read_bytes()
    assert first[4:8] == bytes(4), "the time of compression is not in the file"


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"", "too short"),
        (b"\x00\x00\x08", "too short"),
        (b"PNG\x00" + GOOD[4:], "not an IDX file"),
        (b"\x00\x00\x0d\x03" + GOOD[4:], "elements of type 0x0d"),
        (b"\x00\x00\x08\x00" + GOOD[4:], "0 dimensions"),
        (b"\x00\x00\x08\x09" + GOOD[4:], "9 dimensions"),
        (GOOD[:10], "ends within its header"),
        (GOOD[:-5], "ends after 19 of its 24 elements"),
        (GOOD + b"x", "goes on after the 24 elements"),
        (struct.pack(">HBBIII", 0, 8, 3, *[2**32 - 1] * 3), "at most 2,147,483,648 are read"),
        (struct.pack(">HBBI", 0, 8, 1, 2**31), "ends after 0 of its 2,147,483,648 elements"),
        (PACKED[:-9], "compressed data is damaged"),
        (PACKED[:-6] + bytes(6), "compressed data is damaged"),
        (PACKED + b"tail", "compressed data is damaged"),
        (PACKED[:10] + b"\xff" * 20, "compressed data is damaged"),
    ],
)
def test_damage_is_named(tmp_path: Path, data: bytes, words: str) -> None:
    path = tmp_path / "damaged-idx"
    path.write_bytes(data)
    with pytest.raises(DataError, match=words) as caught:
        read_idx(path)
    assert "damaged-idx" in caught.value.message


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"nowhere\.gz: cannot be read"):
        read_idx(tmp_path / "nowhere.gz")

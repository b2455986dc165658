"""A picture gives the graph back that was put into it; nothing else does, and none takes more room than a graph."""

from __future__ import annotations

import base64
import struct
import zlib
from pathlib import Path

import pytest

from grapheditor.catalog import catalog
from grapheditor.graph import FileError, read, write_text
from grapheditor.graph.carried import carried, carry, is_picture
from grapheditor.graph.disk import LARGEST_FILE

TEXT = write_text(catalog().new("mlp"))
SVG = b'<?xml version="1.0"?>\n<!-- drawn -->\n<svg width="3" xmlns="http://www.w3.org/2000/svg">\n<g/></svg>'
PNG = (
    b"\x89PNG\r\n\x1a\n"
    + b"".join(
        struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))
        for kind, body in (
            (b"IHDR", struct.pack(">IIBBBBB", 1, 1, 8, 0, 0, 0, 0)),
            (b"IDAT", zlib.compress(b"\x00\x00")),
            (b"IEND", b""),
        )
    )
)  # fmt: skip


@pytest.mark.parametrize("picture", [SVG, PNG, b"\xef\xbb\xbf  " + SVG], ids=["svg", "png", "svg with a mark"])
def test_what_is_put_in_comes_out(picture: bytes, tmp_path: Path) -> None:
    packed = carry(picture, TEXT)
    assert is_picture(packed)
    assert carried(packed) == TEXT
    path = tmp_path / "net.picture"
    path.write_bytes(packed)
    graph = read(path, catalog().history)
    assert graph == catalog().new("mlp")
    assert graph.path is None, "saving must not write over the picture"


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (SVG, "without a graph in it"),
        (PNG, "without a graph in it"),
        (SVG.replace(b"<g/>", b'<metadata id="grapheditor">AAAA</metadata>'), "damaged"),
        (SVG.replace(b"<g/>", b'<metadata id="grapheditor">A</metadata>'), "damaged"),
        (carry(PNG, TEXT)[:-60], "without|damaged|cut off"),
        (carry(PNG, "{}"), "is not a graph"),
    ],
)
def test_a_picture_without_a_whole_graph_is_refused(data: bytes, message: str, tmp_path: Path) -> None:
    path = tmp_path / "net.svg"
    path.write_bytes(data)
    with pytest.raises(FileError, match=message) as found:
        read(path, catalog().history)
    assert str(found.value).startswith(str(path))


def test_a_bomb_is_not_unpacked() -> None:
    bomb = zlib.compress(b" " * (LARGEST_FILE + 2), 9)
    packed = SVG.replace(b"<g/>", b'<metadata id="grapheditor">' + base64.b64encode(bomb) + b"</metadata>")
    with pytest.raises(ValueError, match="more than 16 MB"):
        carried(packed)


@pytest.mark.parametrize("data", [b"", b"{}", b"<html><svg></svg></html>", b"GIF89a", TEXT.encode()])
def test_other_files_are_no_pictures(data: bytes) -> None:
    assert not is_picture(data)
    with pytest.raises(ValueError, match="Only a PNG or an SVG"):
        carry(data, TEXT)

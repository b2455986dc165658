"""A graph inside a picture of it: its text, compressed, in a PNG's text chunk or an SVG's metadata.

Who has the picture has the graph. Reading goes through the bytes for the one place where it may stand; nothing of the
picture is decoded.
"""

from __future__ import annotations

import base64
import binascii
import re
import struct
import zlib
from collections.abc import Iterator

from grapheditor.graph.disk import LARGEST_FILE

KEYWORD = b"grapheditor"
"""Of the chunk in a PNG, and the id of the element in an SVG."""
_PNG = b"\x89PNG\r\n\x1a\n"
_SVG = re.compile(
    rb"\A(?:\xef\xbb\xbf)?\s*(?:<\?xml[^>]*\?>\s*)?(?:<!--.*?-->\s*|<!DOCTYPE[^>]*>\s*)*<svg[\s>]", re.DOTALL
)
_ELEMENT = re.compile(rb'<metadata id="grapheditor">([A-Za-z0-9+/=\s]*)</metadata>')


def is_picture(data: bytes) -> bool:
    """Tell whether a file's content is a PNG or an SVG."""
    return data.startswith(_PNG) or _SVG.match(data[:10_000]) is not None


def carry(picture: bytes, text: str) -> bytes:
    """Return a PNG or an SVG with the text of a graph in it; ValueError where it is neither."""
    packed = zlib.compress(text.encode(), 9)
    if picture.startswith(_PNG):
        end = picture.rindex(b"\x00\x00\x00\x00IEND")
        return picture[:end] + _chunk(b"zTXt", KEYWORD + b"\x00\x00" + packed) + picture[end:]
    opening = re.search(rb"<svg\b[^>]*>", picture)
    if not is_picture(picture) or opening is None:
        raise ValueError("Only a PNG or an SVG carries a graph.")
    element = b'\n<metadata id="grapheditor">' + base64.b64encode(packed) + b"</metadata>"
    return picture[: opening.end()] + element + picture[opening.end() :]


def carried(picture: bytes) -> str:
    """Return the text of the graph in a picture; ValueError with a sentence where there is none that is whole."""
    packed = next(_packed(picture), None)
    if packed is None:
        raise ValueError("is a picture without a graph in it: only those that were exported here carry one")
    unpacker = zlib.decompressobj()
    try:
        text = unpacker.decompress(packed, LARGEST_FILE + 1)
        if len(text) > LARGEST_FILE:
            raise ValueError(f"carries a graph of more than {LARGEST_FILE // 2**20} MB, the most there may be")
        if not unpacker.eof:
            raise ValueError("carries a graph that is cut off")
        return text.decode()
    except (zlib.error, UnicodeDecodeError) as error:
        raise ValueError("carries a graph that is damaged") from error


def _packed(picture: bytes) -> Iterator[bytes]:
    if not picture.startswith(_PNG):
        for found in _ELEMENT.finditer(picture):
            try:
                yield base64.b64decode(b"".join(found[1].split()), validate=True)
            except binascii.Error as error:
                raise ValueError("carries a graph that is damaged") from error
        return
    at = len(_PNG)
    while at + 8 <= len(picture):
        (length,) = struct.unpack(">I", picture[at : at + 4])
        kind, body = picture[at + 4 : at + 8], picture[at + 8 : at + 8 + length]
        if kind == b"zTXt" and body.startswith(KEYWORD + b"\x00\x00"):
            yield body[len(KEYWORD) + 2 :]
        at += 12 + length


def _chunk(kind: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))

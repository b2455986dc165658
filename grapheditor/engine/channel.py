"""Frames: four bytes of length, then JSON. Child processes send messages in them, runs requests and answers."""

from __future__ import annotations

import json
import struct
import threading
from collections.abc import Callable
from typing import IO, Any

from grapheditor.engine.messages import Message, decode, encode

LARGEST_FRAME = 256 * 2**20


def pack(value: Any) -> bytes:
    """Return JSON as a frame."""
    data = json.dumps(value).encode()
    return struct.pack(">I", len(data)) + data


def unpack(read: Callable[[int], bytes], largest: int = LARGEST_FRAME) -> Any:
    """Read a frame; None where the other end is gone, ValueError where the frame is damaged or too large.

    read: returns so many bytes, fewer only at the end. It is not asked for more than ``largest``.
    """
    header = read(4)
    if len(header) < 4:
        return None
    (length,) = struct.unpack(">I", header)
    if length > largest:
        raise ValueError(f"a frame of {length:,} bytes is too large")
    data = read(length)
    if len(data) < length:
        return None
    try:
        return json.loads(data)
    except RecursionError as error:
        raise ValueError("a frame is nested too deeply") from error


class Channel:
    """Sends and receives messages over two binary streams; sending is safe from any thread."""

    def __init__(self, incoming: IO[bytes], outgoing: IO[bytes]) -> None:
        self._incoming = incoming
        self._outgoing = outgoing
        self._lock = threading.Lock()

    def send(self, message: Message) -> None:
        """Send a message; OSError where the other end is gone."""
        data = pack(encode(message))
        with self._lock:
            self._outgoing.write(data)
            self._outgoing.flush()

    def receive(self) -> Message | None:
        """Wait for the next message; None where the other end is gone; ValueError where a frame is damaged."""
        value = unpack(self._incoming.read)
        return None if value is None else decode(value)

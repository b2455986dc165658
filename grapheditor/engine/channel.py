"""Frames: four bytes of length, then a message as JSON. Both ends of a child process's pipes use this."""

from __future__ import annotations

import json
import struct
import threading
from typing import IO

from grapheditor.engine.messages import Message, decode, encode

LARGEST_FRAME = 256 * 2**20


class Channel:
    """Sends and receives messages over two binary streams; sending is safe from any thread."""

    def __init__(self, incoming: IO[bytes], outgoing: IO[bytes]) -> None:
        self._incoming = incoming
        self._outgoing = outgoing
        self._lock = threading.Lock()

    def send(self, message: Message) -> None:
        """Send a message; OSError where the other end is gone."""
        data = json.dumps(encode(message)).encode()
        with self._lock:
            self._outgoing.write(struct.pack(">I", len(data)) + data)
            self._outgoing.flush()

    def receive(self) -> Message | None:
        """Wait for the next message; None where the other end is gone; ValueError where a frame is damaged."""
        header = self._incoming.read(4)
        if len(header) < 4:
            return None
        (length,) = struct.unpack(">I", header)
        if length > LARGEST_FRAME:
            raise ValueError(f"a frame of {length:,} bytes is too large")
        data = self._incoming.read(length)
        return decode(json.loads(data)) if len(data) == length else None

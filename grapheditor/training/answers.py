"""What a network says of a sample, for people: in the words of the data that it is compared with, and as a picture."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from grapheditor.data.encoding import Image, Mask
from grapheditor.training.pictures import activation

if TYPE_CHECKING:
    from torch import Tensor

    from grapheditor.data.encoding import Encoding
    from grapheditor.training.pictures import Picture

SIDE = 96
"""Pixels of pictures' sides, at most."""
COLOURS = (1, 3)
"""Channels of what is shown as an image."""


def is_scores(encoding: Encoding | None, said: Tensor) -> bool:
    """Tell whether what is said of a sample is a score for each class, or kind of token, at each place of a target."""
    return encoding is not None and encoding.declared == "int64" and said.ndim == len(encoding.shape) + 1


def words(value: Tensor, encoding: Encoding | None) -> str:
    """Return numbers as a field's samples are told; empty where they are too many, or a picture."""
    if encoding is not None and not isinstance(encoding, Image) and value.numel() == math.prod(encoding.shape):
        return encoding.words(value.reshape(encoding.shape).numpy())
    return f"{float(value):.6g}" if value.numel() == 1 else ""


def picture(value: Tensor, encoding: Encoding | None) -> Picture | None:
    """Return a mask, or an image of one channel or three; None of what is neither."""
    if isinstance(encoding, Mask) and value.ndim == 2:
        ends = 0.0, float(max(len(encoding.names) - 1, 1))
        return activation(value[None].float(), image=True, side=SIDE, ends=ends)
    is_image = value.ndim == 3 and value.shape[0] in COLOURS and min(value.shape[1:]) > 1
    return activation(value, image=True, side=SIDE) if is_image else None

"""Pictures as child processes send them, for Qt: bytes of brightness or colour, packed as the trainer packs them."""

from __future__ import annotations

import base64
from collections.abc import Mapping
from typing import Any

from PySide6.QtCore import Qt
from PySide6.QtGui import QImage, QPixmap


def image(picture: Mapping[str, Any]) -> QImage:
    """Return a picture, a pixel for each of its own; ValueError where it is none."""
    wide, high, channels = picture["width"], picture["height"], picture["channels"]
    data = base64.b64decode(picture["pixels"], validate=True)
    if channels not in (1, 3) or len(data) != wide * high * channels:
        raise ValueError("picture")
    kind = QImage.Format.Format_RGB888 if channels == 3 else QImage.Format.Format_Grayscale8
    return QImage(data, wide, high, wide * channels, kind).copy()  # the bytes are not Qt's


def pixmap(picture: Mapping[str, Any], side: int) -> QPixmap:
    """Return a picture whose longer side is so many pixels, without smoothing what is made larger."""
    found = image(picture)
    larger = max(found.width(), found.height()) > side
    way = Qt.TransformationMode.SmoothTransformation if larger else Qt.TransformationMode.FastTransformation
    return QPixmap.fromImage(found.scaled(side, side, Qt.AspectRatioMode.KeepAspectRatio, way))

"""Pictures as child processes send them, for Qt: bytes of brightness or colour, packed as the trainer packs them."""

from __future__ import annotations

import base64
from collections.abc import Mapping, Sequence
from typing import Any

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QImage, QPainter, QPixmap

from grapheditor.ui.canvas.painting import painting

GAP = 3
"""Pixels between pictures that stand side by side."""


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


def pixmaps(pictures: Sequence[Mapping[str, Any]], side: int) -> QPixmap:
    """Return pictures side by side, the longer side of each so many pixels."""
    parts = [pixmap(picture, side) for picture in pictures]
    if len(parts) == 1:
        return parts[0]
    wide = sum(part.width() for part in parts) + GAP * (len(parts) - 1)
    sheet = QPixmap(QSize(wide, max((part.height() for part in parts), default=0)).expandedTo(QSize(1, 1)))
    sheet.fill(Qt.GlobalColor.transparent)
    with painting(QPainter(sheet)) as painter:
        left = 0
        for part in parts:
            painter.drawPixmap(left, 0, part)
            left += part.width() + GAP
    return sheet

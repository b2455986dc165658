"""Pictures and masks through Pillow: only common formats, sizes checked before anything is decoded."""

from __future__ import annotations

import io
import struct
import zlib
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from PIL import Image as Pictures
from PIL import ImageOps, UnidentifiedImageError

from grapheditor.errors import DataError

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from grapheditor.data.encoding import Fit, Image, Mask

FORMATS = ("PNG", "JPEG", "BMP", "GIF", "WEBP", "TIFF", "PPM")
ENDINGS = (".png", ".jpg", ".jpeg", ".bmp", ".gif", ".webp", ".tif", ".tiff", ".ppm", ".pgm")
MOST_PIXELS = 2**26
MOST_BYTES = 2**29
FAULTS = (
    OSError,
    ValueError,
    SyntaxError,
    EOFError,
    KeyError,
    IndexError,
    TypeError,
    AttributeError,
    OverflowError,
    ZeroDivisionError,
    RuntimeError,
    UserWarning,
    struct.error,
    zlib.error,
    Pictures.DecompressionBombError,
    Pictures.DecompressionBombWarning,
)
"""What Pillow's decoders raise for damaged files, as found by feeding them such."""
MODES = {1: "L", 3: "RGB", 4: "RGBA"}


def encode_image(raw: Any, encoding: Image) -> NDArray[np.uint8]:
    """Return a picture shaped (channels, height, width); DataError where it is none, damaged or too large."""
    picture = _deep(_upright(_open(raw, 2 * max(encoding.height, encoding.width))))
    mode = MODES.get(encoding.channels)
    if mode is None:
        raise DataError(f"pictures have 1, 3 or 4 channels, not {encoding.channels}.")
    picture = _converted(picture, mode)
    fitted = _fitted(picture, encoding.height, encoding.width, encoding.fit, Pictures.Resampling.BILINEAR)
    array = np.asarray(fitted, np.uint8)
    return array[None] if array.ndim == 2 else array.transpose(2, 0, 1)


def encode_mask(raw: Any, encoding: Mask) -> NDArray[np.uint8]:
    """Return the class of each pixel; DataError names a value that stands for no class."""
    values = mask_values(raw)
    table = np.full(256, 255, np.int16)
    table[:] = -1
    table[list(encoding.values)] = np.arange(len(encoding.values))
    classes = table[values]
    if (classes < 0).any():
        y, x = (int(item[0]) for item in np.nonzero(classes < 0))
        known = ", ".join(map(str, encoding.values[:20]))
        raise DataError(f"the pixel in column {x}, row {y} has the value {values[y, x]}; classes have {known}.")
    picture = Pictures.fromarray(classes.astype(np.uint8))
    fitted = _fitted(picture, encoding.height, encoding.width, encoding.fit, Pictures.Resampling.NEAREST)
    return np.array(fitted, np.uint8)


def mask_values(raw: Any) -> NDArray[np.uint8]:
    """Return the grey values of a mask, or its numbers in the palette, shaped (height, width)."""
    picture = _upright(_open(raw))
    if picture.mode == "1":
        return np.asarray(_converted(picture, "L"), np.uint8)
    if picture.mode not in ("L", "P"):
        raise DataError(f"is a picture of mode {picture.mode}; a mask is grey, black and white, or has a palette.")
    return np.asarray(picture, np.uint8)


def _open(raw: Any, side: int | None = None) -> Pictures.Image:
    """Open a picture; of a JPEG no more is decoded than gives this many pixels a side."""
    if isinstance(raw, np.ndarray):
        if raw.dtype != np.uint8 or raw.ndim not in (2, 3) or not raw.size:
            raise DataError(
                "expected a picture as an array of bytes shaped (height, width) or (height, width, channels)."
            )
        array = raw[..., 0] if raw.ndim == 3 and raw.shape[-1] == 1 else raw
        try:
            return Pictures.fromarray(np.ascontiguousarray(array))
        except TypeError as error:
            raise DataError(f"an array shaped {array.shape} is no picture.") from error
    if isinstance(raw, bytes):
        data = raw
    elif isinstance(raw, str | Path):
        data = read_bytes(Path(raw), MOST_BYTES)
    else:
        raise DataError(f"expected a picture, not {type(raw).__name__}.")
    try:
        picture = Pictures.open(io.BytesIO(data), formats=FORMATS)
        width, height = picture.size
        if width * height > MOST_PIXELS:
            raise DataError(f"has {width:,}×{height:,} pixels; at most {MOST_PIXELS:,} are read.")
        if side is not None:
            picture.draft(None, (side, side))
        picture.load()
    except (Pictures.DecompressionBombError, Pictures.DecompressionBombWarning) as error:
        raise DataError(f"has too many pixels; at most {MOST_PIXELS:,} are read.") from error
    except UnidentifiedImageError as error:
        raise DataError(f"is no picture in a format that is read ({', '.join(FORMATS)}).") from error
    except FAULTS as error:
        raise DataError("is a damaged picture.") from error
    return picture


def read_bytes(path: Path, most: int) -> bytes:
    """Read a file; DataError where it cannot be read or has more bytes than the limit."""
    try:
        with path.open("rb") as file:
            data = file.read(most + 1)
    except OSError as error:
        raise DataError(f"{path}: cannot be read: {error.strerror or error}.") from error
    if len(data) > most:
        raise DataError(f"{path}: is larger than {most:,} bytes, the most that is read.")
    return data


def _upright(picture: Pictures.Image) -> Pictures.Image:
    """Turn a photograph as its camera says it was held."""
    try:
        return ImageOps.exif_transpose(picture)
    except FAULTS:
        return picture


def _deep(picture: Pictures.Image) -> Pictures.Image:
    """Bring 16 bits a pixel down to 8; Pillow's conversion would clip them."""
    if picture.mode.startswith("I"):
        return Pictures.fromarray((np.asarray(picture).astype(np.int64) >> 8).clip(0, 255).astype(np.uint8))
    return picture


def _converted(picture: Pictures.Image, mode: str) -> Pictures.Image:
    try:
        if picture.mode == "P" and "transparency" in picture.info:
            picture = picture.convert("RGBA")  # Pillow's advice for palettes with bytes of opacity
        return picture.convert(mode)
    except FAULTS as error:
        raise DataError(f"a picture of mode {picture.mode} cannot be shown as {mode}.") from error


def _fitted(picture: Pictures.Image, height: int, width: int, fit: Fit, how: Pictures.Resampling) -> Pictures.Image:
    if picture.size == (width, height):
        return picture
    if fit == "stretch":
        return picture.resize((width, height), how)
    if fit == "crop":
        return ImageOps.fit(picture, (width, height), how)
    return ImageOps.pad(picture, (width, height), how)

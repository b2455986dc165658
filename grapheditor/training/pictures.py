"""A tensor as a small picture: feature maps as tiles, sequences as rows, filters as little images; few numbers as such.

What is sent is some kilobytes, however large the tensor: bytes of brightness, and the numbers that 0 and 255 stand for.
"""

from __future__ import annotations

import base64
import math
from typing import TYPE_CHECKING, NotRequired, TypedDict

import torch
from torch.nn import functional

if TYPE_CHECKING:
    from collections.abc import Mapping

    from torch import Tensor

SIDE = 160
"""Pixels of a picture's sides, about; no tensor is shown finer."""
MOST_TILES = 64
LEAST_TILE = 5
MOST_SHOWN = 16
"""Images that are shown of a batch of them."""
CELLS = 80
"""Cells of a side of the square in which points are counted."""
FEW = 400
"""So many numbers are sent as such, too."""


class Picture(TypedDict):
    """A picture as JSON.

    pixels: rows of bytes from the top, base64; ``channels`` bytes a pixel, red, green and blue where there are three.
    low, high: the numbers that 0 and 255 stand for; low is minus high where numbers have signs. tiles: rows and columns
    of tiles, a line of pixels apart, and how many of how many parts are shown. numbers: what is shown itself, row by
    row, where it is small. half: of points of a plane, both axes go from minus this to this. behind: of these, pixels
    that show points of the data likewise.
    """

    width: int
    height: int
    channels: int
    pixels: str
    low: float
    high: float
    tiles: list[int]
    numbers: NotRequired[list[list[float]]]
    half: NotRequired[float]
    behind: NotRequired[str]


def activation(
    value: Tensor, *, image: bool = False, side: int = SIDE, ends: tuple[float, float] | None = None
) -> Picture:
    """Return what a node gives for one sample, shaped as without the batch.

    image: three channels are colours, and no numbers are sent along. side: pixels that an image has at most. ends: the
    numbers that are darkest and brightest, by default the value's own.
    """
    value = _plain(value)
    if ends is not None:
        value = value.clamp(*ends)
    if value.ndim >= 3:
        value = value.flatten(0, -3)
        if image and len(value) in (1, 3):
            return _packed(_reduced(value, side)[None], 1, ends=ends)
        return _tiled(value[:, None], ends)
    if value.ndim == 2:
        return _packed(_reduced(value[None], SIDE)[None], 1, _few(value), ends=ends)
    return _packed(_folded(value.reshape(-1))[None, None], 1, _few(value.reshape(1, -1)), ends=ends)


def generated(value: Tensor, data: Tensor | None = None) -> Picture:
    """Return what is made of samples: images as tiles, points of a plane where many lie, of all else the numbers.

    data: points as they should be, to be shown behind points that are made.
    """
    value = _plain(value)
    if value.ndim == 4 and value.shape[1] in (1, 3):
        return _tiled(value[:MOST_SHOWN])
    if _are_points(value):
        return _points(value, _plain(data) if data is not None else None)
    return activation(value[0] if value.ndim > 2 else value)


def points_of(batch: Mapping[str, Tensor]) -> Tensor | None:
    """Return the points of a plane that a batch is; None where it has anything else: then what is made are others."""
    points = [value for value in batch.values() if _are_points(value)]
    return points[0] if points and len(points) == len(batch) else None


def _are_points(value: Tensor) -> bool:
    return value.ndim == 2 and value.shape[1] == 2


def _points(made: Tensor, data: Tensor | None) -> Picture:
    both = made if data is None else torch.cat((made, data))
    half = _rounded(float(both.abs().max()) if both.numel() else 0.0)
    picture = _packed(_scattered(made, half)[None, None], 1)
    picture["half"] = half
    if data is not None:
        picture["behind"] = _packed(_scattered(data, half)[None, None], 1)["pixels"]
    return picture


def _rounded(most: float) -> float:
    """Return a power of two above a number, or three quarters of it: points that move a little keep their scale."""
    whole = 2.0 ** math.ceil(math.log2(most)) if most > 0 else 1.0
    return 0.75 * whole if 0 < most <= 0.75 * whole else whole


def _scattered(points: Tensor, half: float) -> Tensor:
    """Return how many points, shaped (points, 2), lie where: x to the right and y up, in a square around 0."""
    places = ((points / half + 1) / 2 * (CELLS - 1)).round().long().clamp(0, CELLS - 1)
    flat = (CELLS - 1 - places[:, 1]) * CELLS + places[:, 0]
    return torch.bincount(flat, minlength=CELLS * CELLS).reshape(CELLS, CELLS).float()


def weights(value: Tensor) -> Picture:
    """Return weights: filters of a convolution as tiles, a row of them for each output, in colours for three inputs."""
    value = _plain(value)
    if value.ndim < 3:
        return activation(value)
    outputs, inputs = value.shape[:2]
    value = value.flatten(2, -2) if value.ndim > 3 else value[:, :, None]
    if inputs == 3:
        return _tiled(value)
    if inputs == 1:
        return _tiled(value)
    kept = min(outputs, int(MOST_TILES**0.5)), min(inputs, int(MOST_TILES**0.5))
    found = value[: kept[0], : kept[1]].flatten(0, 1)[:, None]
    return _packed(found, kept[1], shown=(len(found), outputs * inputs))


def _plain(value: Tensor) -> Tensor:
    value = value.detach()
    value = value.abs() if value.is_complex() else value
    return torch.nan_to_num(value.to("cpu", torch.float32), nan=0.0, posinf=0.0, neginf=0.0)


def _tiled(maps: Tensor, ends: tuple[float, float] | None = None) -> Picture:
    """Lay out parts, shaped (parts, channels, height, width), in a square of tiles, each made as small as need be."""
    shown = maps[:MOST_TILES]
    columns = math.ceil(math.sqrt(len(shown)))
    side = max(SIDE // columns - 1, LEAST_TILE)
    numbers = _few(maps[0, 0]) if maps.shape[:2] == (1, 1) else None
    return _packed(_reduced(shown, side), columns, numbers, (len(shown), len(maps)), ends)


def _reduced(maps: Tensor, most: int) -> Tensor:
    """Return images no larger than ``most`` either way, by means over what falls together."""
    high, wide = maps.shape[-2:]
    share = most / max(high, wide)
    if share >= 1:
        return maps
    size = max(round(high * share), 1), max(round(wide * share), 1)
    return functional.adaptive_avg_pool2d(maps, size)


def _folded(value: Tensor) -> Tensor:
    """Return a vector as rows that are read like a text; a short one is one row."""
    if len(value) <= FEW**0.5 * 2:
        return value[None]
    if len(value) > SIDE * SIDE:
        value = functional.adaptive_avg_pool1d(value[None], SIDE * SIDE)[0]
    columns = math.ceil(math.sqrt(len(value)))
    return functional.pad(value, (0, -len(value) % columns)).reshape(-1, columns)


def _few(value: Tensor) -> list[list[float]] | None:
    return value.tolist() if value.numel() <= FEW else None


def _extent(tiles: Tensor) -> tuple[float, float]:
    """Return the numbers that are darkest and brightest: as far from 0 either way, where some are below it."""
    most = float(tiles.abs().max()) if tiles.numel() else 0.0
    return (-most if tiles.numel() and float(tiles.min()) < 0 else 0.0), most


def _packed(
    tiles: Tensor,
    columns: int,
    numbers: list[list[float]] | None = None,
    shown: tuple[int, int] = (1, 1),
    ends: tuple[float, float] | None = None,
) -> Picture:
    """Put tiles, shaped (tiles, channels, height, width), side by side. ends: as of :func:`activation`."""
    count, channels, high, wide = tiles.shape
    rows = -(-count // columns)
    low, most = ends if ends is not None else _extent(tiles)
    ground = 0.5 if low < 0 else 0.0
    sheet = torch.full((channels, rows * (high + 1) - 1, columns * (wide + 1) - 1), ground)
    for number, tile in enumerate((tiles - low) / ((most - low) or 1.0)):
        y, x = number // columns * (high + 1), number % columns * (wide + 1)
        sheet[:, y : y + high, x : x + wide] = tile
    pixels = (sheet * 255).round().to(torch.uint8).permute(1, 2, 0).contiguous()
    picture = Picture(
        width=sheet.shape[2],
        height=sheet.shape[1],
        channels=channels,
        pixels=base64.b64encode(pixels.numpy().tobytes()).decode("ascii"),
        low=low,
        high=most,
        tiles=[rows, columns, *shown],
    )
    if numbers is not None:
        picture["numbers"] = numbers
    return picture

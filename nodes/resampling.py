"""Bringing images to another size."""

from typing import Literal

from grapheditor.authoring import F, Image, Pair, Tensor, expect, operator


@operator("Image", shows=("size",))
def resize(
    x: Image,
    *,
    size: Pair = 224,
    mode: Literal["bilinear", "nearest", "nearest-exact", "bicubic", "area"] = "bilinear",
    antialias: bool = False,
) -> Tensor:
    """Bring an image to another size, by interpolation between its pixels; its proportions are not kept.

    size: Height and width of the result; one number is both.
    mode: How a pixel follows from those around its place; area takes the mean of all that it covers.
    antialias: Looks at more pixels the more the image shrinks, so that fine lines do not flicker; bilinear and bicubic.
    """
    expect(
        not antialias or mode in ("bilinear", "bicubic"),
        f"Only bilinear and bicubic interpolation look at more pixels: {mode} has no antialias.",
        option="antialias",
    )
    if antialias:
        return F.interpolate(x, size, mode=mode, antialias=True)
    return F.interpolate(x, size, mode=mode)

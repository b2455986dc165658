"""Bringing images to another size."""

import math
from typing import Literal

from grapheditor.authoring import (
    F,
    Factor,
    Floats,
    Image,
    Pair,
    Positive,
    Probability,
    Share,
    Size,
    Tensor,
    expect,
    expect_groups,
    nn,
    operator,
    torch,
    while_training,
)


@operator("Image", shows=("size",), common=True)
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


@operator("Image", shows=("scale_factor", "mode"))
def upsample(
    x: Floats,
    *,
    scale_factor: Positive = 2.0,
    mode: Literal["nearest", "linear", "bilinear", "bicubic", "trilinear"] = "nearest",
    align_corners: bool = False,
) -> Tensor:
    """Make a sequence, an image or a volume larger by a factor, by interpolation between its points.

    scale_factor: How many times as long each side becomes.
    mode: nearest repeats points; linear is for sequences, bilinear and bicubic for images, trilinear for volumes.
    align_corners: Keeps the points at the corners where they are.
    """
    wanted = {"linear": 3, "bilinear": 4, "bicubic": 4, "trilinear": 5}.get(mode, x.ndim)
    expect(3 <= x.ndim <= 5, "It takes batch × channels × length, an image or a volume.", "x")
    expect(x.ndim == wanted, f"{mode} interpolation takes {wanted} dimensions.", "x", "mode")
    expect(int(x.shape[-1] * scale_factor) > 0, f"Of {x.shape[-1]} nothing would be left.", "x", "scale_factor")
    if mode == "nearest":
        return F.interpolate(x, scale_factor=scale_factor)
    return F.interpolate(x, scale_factor=scale_factor, mode=mode, align_corners=align_corners)


@operator("Image", title="PixelShuffle", stem="shuffle", shows=("upscale_factor",))
def pixel_shuffle(x: Image, *, upscale_factor: Size = 2) -> Tensor:
    """Make an image larger by laying groups of channels side by side as pixels (Shi et al. 2016).

    upscale_factor: How many times as long each side becomes; the channels become fewer by its square.
    """
    square = upscale_factor * upscale_factor
    words = f"The {x.shape[1]} channels that arrive do not divide by {square}."
    expect(x.shape[1] % square == 0, words, "x", "upscale_factor")
    return F.pixel_shuffle(x, upscale_factor)


@operator("Image", title="PixelUnshuffle", stem="unshuffle", shows=("downscale_factor",))
def pixel_unshuffle(x: Image, *, downscale_factor: Size = 2) -> Tensor:
    """Make an image smaller by laying neighbouring pixels one behind the other as channels.

    downscale_factor: How many times as short each side becomes; the channels become more by its square.
    """
    for size in x.shape[2:]:
        expect(size % downscale_factor == 0, f"{size} does not divide by {downscale_factor}.", "x", "downscale_factor")
    return F.pixel_unshuffle(x, downscale_factor)


@operator("Image", title="ChannelShuffle", stem="shuffle", shows=("groups",))
def channel_shuffle(x: Image, *, groups: Size = 2) -> Tensor:
    """Mix the channels of groups: first one of each, then the second of each (Zhang et al. 2018).

    groups: How many there are.
    """
    expect_groups(x.shape[1], groups)
    return x.unflatten(1, (groups, -1)).transpose(1, 2).flatten(1, 2)


@operator("Image", stem="warped")
def grid_sample(
    x: Image,
    grid: Floats,
    *,
    mode: Literal["bilinear", "nearest", "bicubic"] = "bilinear",
    padding_mode: Literal["zeros", "border", "reflection"] = "zeros",
    align_corners: bool = False,
) -> Tensor:
    """Take for each pixel of the result what stands at a place that the grid names (Jaderberg et al. 2015).

    The grid is batch × height × width × 2: x and y, -1 at the left and upper edge and 1 at the opposite ones.

    mode: How a pixel follows from those around its place.
    padding_mode: What stands outside the image.
    align_corners: -1 and 1 are the middles of the pixels at the corners, not their outer edges.
    """
    fits = grid.ndim == 4 and grid.shape[3] == 2 and int(grid.shape[0]) == int(x.shape[0])
    expect(fits, "A grid is batch × height × width × 2.", "grid")
    return F.grid_sample(x, grid, mode, padding_mode, align_corners)


@operator("Image", stem="grid")
def affine_grid(theta: Floats, like: Image, *, align_corners: bool = False) -> Tensor:
    """Make the grid that turns, scales and moves an image as a matrix says, one of 2×3 for each sample.

    align_corners: -1 and 1 are the middles of the pixels at the corners, not their outer edges.
    """
    fits = theta.ndim == 3 and (int(theta.shape[1]), int(theta.shape[2])) == (2, 3)
    expect(fits, "A matrix of 2×3 is needed for each sample: batch × 2 × 3.", "theta")
    return F.affine_grid(theta, like.shape, align_corners)


@operator("Image")
def grayscale(x: Image) -> Tensor:
    """Make one channel of red, green and blue, weighed as the eye does (ITU-R BT.601)."""
    expect(x.shape[1] == 3, f"{x.shape[1]} channels arrive, and red, green and blue are 3.", "x")
    weights = nn.Buffer(torch.tensor([0.299, 0.587, 0.114]).view(1, 3, 1, 1), name="weights")
    return (x * weights).sum(1, keepdim=True)


@operator("Image", shows=("sigma",))
def gaussian_blur(x: Image, *, sigma: Positive = 1.0) -> Tensor:
    """Blur images: each pixel becomes a mean of those around it, weighed by a bell; the edge is repeated outside.

    sigma: How wide the bell is, in pixels; three times as far is looked at.
    """
    expect(sigma > 0, "A bell has a width above 0.", option="sigma")
    reach = math.ceil(3 * sigma)
    places = torch.arange(-reach, reach + 1)
    bell = torch.exp(-places * places / (2 * sigma * sigma))
    bell = nn.Buffer(bell / bell.sum(), name="bell").to(x.dtype)
    padded = F.pad(x, (reach, reach, reach, reach), "replicate").flatten(0, 1).unsqueeze(1)
    rows = F.conv2d(padded, bell.view(1, 1, 1, -1))
    return F.conv2d(rows, bell.view(1, 1, -1, 1)).squeeze(1).unflatten(0, (x.shape[0], x.shape[1]))


@operator("Image", title="Random flip", stem="flip", shows=("p",))
def random_flip(x: Image, *, p: Probability = 0.5, vertical: bool = False) -> Tensor:
    """Mirror random images of a batch while training.

    p: The share of images that are mirrored.
    vertical: Upside down, instead of left to right.
    """
    chosen = torch.rand(x.shape[0], 1, 1, 1, device=x.device) < p
    return while_training(torch.where(chosen, torch.flip(x, [2 if vertical else 3]), x), x)


@operator("Image", title="Random shift", stem="shift", shows=("share",))
def random_shift(x: Image, *, share: Share = 0.1) -> Tensor:
    """Move the images of a batch by random distances while training; zeros come in at the edges.

    share: The largest distance, as a share of a side.
    """
    moves = (torch.rand(x.shape[0], 2, device=x.device) * 2 - 1) * (2 * share)
    upright = torch.eye(2, device=x.device).expand(x.shape[0], -1, -1)
    theta = torch.cat([upright, moves.unsqueeze(-1)], 2).to(x.dtype)
    return while_training(F.grid_sample(x, F.affine_grid(theta, x.shape, False), align_corners=False), x)


@operator("Image", title="Random rotation", stem="turned", shows=("degrees",))
def random_rotation(x: Image, *, degrees: Factor = 15.0) -> Tensor:
    """Turn the images of a batch by random angles while training; zeros come in at the corners.

    degrees: The largest angle, to both sides.
    """
    angles = (torch.rand(x.shape[0], device=x.device) * 2 - 1) * math.radians(degrees)
    cosine, sine = torch.cos(angles), torch.sin(angles)
    nothing = torch.zeros_like(angles)
    aspect = x.shape[2] / x.shape[3]  # a grid counts both sides from -1 to 1
    rows = [torch.stack([cosine, -sine * aspect, nothing], 1), torch.stack([sine / aspect, cosine, nothing], 1)]
    grid = F.affine_grid(torch.stack(rows, 1).to(x.dtype), x.shape, False)
    return while_training(F.grid_sample(x, grid, align_corners=False), x)


@operator("Image", title="Random zoom", stem="zoomed", shows=("zoom",))
def random_zoom(x: Image, *, zoom: Share = 0.2) -> Tensor:
    """Make the images of a batch larger or smaller by random factors while training; zeros come in around smaller ones.

    zoom: By how much at most, as a share.
    """
    factors = 1 + zoom * (torch.rand(x.shape[0], device=x.device) * 2 - 1)
    nothing = torch.zeros_like(factors)
    rows = [torch.stack([1 / factors, nothing, nothing], 1), torch.stack([nothing, 1 / factors, nothing], 1)]
    grid = F.affine_grid(torch.stack(rows, 1).to(x.dtype), x.shape, False)
    return while_training(F.grid_sample(x, grid, align_corners=False), x)


@operator("Image", title="Random erasing", stem="erased", shows=("size",))
def random_erasing(x: Image, *, size: Share = 0.3, p: Probability = 0.5) -> Tensor:
    """Black out a square at a random place of random images while training (Zhong et al. 2020).

    size: Its side, as a share of the image's.
    p: The share of images in which there is one.
    """
    rows = torch.linspace(0, 1, x.shape[2], device=x.device).view(1, 1, -1, 1)
    columns = torch.linspace(0, 1, x.shape[3], device=x.device).view(1, 1, 1, -1)
    middle = torch.rand(2, x.shape[0], 1, 1, 1, device=x.device)
    near = ((rows - middle[0]).abs() < size / 2) & ((columns - middle[1]).abs() < size / 2)
    chosen = torch.rand(x.shape[0], 1, 1, 1, device=x.device) < p
    return while_training(torch.where(near & chosen, torch.zeros_like(x), x), x)


@operator("Image", title="Random brightness", stem="light", shows=("brightness", "contrast"))
def random_brightness(x: Image, *, brightness: Share = 0.2, contrast: Share = 0.2) -> Tensor:
    """Change brightness and contrast of the images of a batch at random while training.

    brightness: The most that is added or taken away, as a share of the whole range of 0 to 1.
    contrast: By how much the distance from the mean grows or shrinks at most, as a share.
    """
    draws = torch.rand(2, x.shape[0], 1, 1, 1, device=x.device) * 2 - 1
    mean = x.mean([1, 2, 3], keepdim=True)
    return while_training((x - mean) * (1 + contrast * draws[1]) + mean + brightness * draws[0], x)


@operator("Image", title="Random saturation", stem="colour", shows=("saturation",))
def random_saturation(x: Image, *, saturation: Share = 0.5) -> Tensor:
    """Make the colours of the images of a batch stronger or paler at random while training.

    saturation: By how much at most, as a share.
    """
    expect(x.shape[1] == 3, f"{x.shape[1]} channels arrive, and red, green and blue are 3.", "x")
    weights = nn.Buffer(torch.tensor([0.299, 0.587, 0.114]).view(1, 3, 1, 1), name="weights")
    grey = (x * weights).sum(1, keepdim=True)
    factors = 1 + saturation * (torch.rand(x.shape[0], 1, 1, 1, device=x.device) * 2 - 1)
    return while_training(grey + (x - grey) * factors, x)

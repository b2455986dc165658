"""Padding: what stands around a sequence, an image or a volume."""

from typing import Any

from grapheditor.authoring import (
    WHAT,
    Factor,
    Image,
    Margins,
    Signal,
    Tensor,
    Volume,
    expect,
    nn,
    operator,
)


@operator("Padding", title="ZeroPad1d", shows=("padding",))
def zero_pad1d(x: Signal, *, padding: Margins = (1, 1)) -> Tensor:
    """Put zeros at both ends of a sequence.

    padding: How many before it and behind it; one number for both.
    """
    return nn.ZeroPad1d(_margins(x, padding))(x)


@operator("Padding", title="ZeroPad2d", shows=("padding",))
def zero_pad2d(x: Image, *, padding: Margins = (1, 1, 1, 1)) -> Tensor:
    """Put zeros around an image.

    padding: How many at its left, right, upper and lower edge; one number for all.
    """
    return nn.ZeroPad2d(_margins(x, padding))(x)


@operator("Padding", title="ZeroPad3d", shows=("padding",))
def zero_pad3d(x: Volume, *, padding: Margins = (1, 1, 1, 1, 1, 1)) -> Tensor:
    """Put zeros around a volume.

    padding: How many at both ends of its width, its height and its depth; one number for all.
    """
    return nn.ZeroPad3d(_margins(x, padding))(x)


@operator("Padding", title="ConstantPad1d", shows=("padding", "value"))
def constant_pad1d(x: Signal, *, padding: Margins = (1, 1), value: Factor = 0.0) -> Tensor:
    """Put a number at both ends of a sequence.

    padding: How many times before it and behind it; one number for both.
    value: The number.
    """
    return nn.ConstantPad1d(_margins(x, padding), value)(x)


@operator("Padding", title="ConstantPad2d", shows=("padding", "value"))
def constant_pad2d(x: Image, *, padding: Margins = (1, 1, 1, 1), value: Factor = 0.0) -> Tensor:
    """Put a number around an image.

    padding: How many times at its left, right, upper and lower edge; one number for all.
    value: The number.
    """
    return nn.ConstantPad2d(_margins(x, padding), value)(x)


@operator("Padding", title="ConstantPad3d", shows=("padding", "value"))
def constant_pad3d(x: Volume, *, padding: Margins = (1, 1, 1, 1, 1, 1), value: Factor = 0.0) -> Tensor:
    """Put a number around a volume.

    padding: How many times at both ends of its width, its height and its depth; one number for all.
    value: The number.
    """
    return nn.ConstantPad3d(_margins(x, padding), value)(x)


@operator("Padding", title="ReflectionPad1d", shows=("padding",))
def reflection_pad1d(x: Signal, *, padding: Margins = (1, 1)) -> Tensor:
    """Continue a sequence at both ends by its mirror image, the last value not repeated.

    padding: How many before it and behind it; one number for both.
    """
    return nn.ReflectionPad1d(_margins(x, padding, 1))(x)


@operator("Padding", title="ReflectionPad2d", shows=("padding",))
def reflection_pad2d(x: Image, *, padding: Margins = (1, 1, 1, 1)) -> Tensor:
    """Continue an image by its mirror image, the edge not repeated: no dark rim, as zeros give it.

    padding: How many pixels at its left, right, upper and lower edge; one number for all.
    """
    return nn.ReflectionPad2d(_margins(x, padding, 1))(x)


@operator("Padding", title="ReflectionPad3d", shows=("padding",))
def reflection_pad3d(x: Volume, *, padding: Margins = (1, 1, 1, 1, 1, 1)) -> Tensor:
    """Continue a volume by its mirror image, the edge not repeated.

    padding: How much at both ends of its width, its height and its depth; one number for all.
    """
    return nn.ReflectionPad3d(_margins(x, padding, 1))(x)


@operator("Padding", title="ReplicationPad1d", shows=("padding",))
def replication_pad1d(x: Signal, *, padding: Margins = (1, 1)) -> Tensor:
    """Repeat the first and the last value of a sequence.

    padding: How often before it and behind it; one number for both.
    """
    return nn.ReplicationPad1d(_margins(x, padding))(x)


@operator("Padding", title="ReplicationPad2d", shows=("padding",))
def replication_pad2d(x: Image, *, padding: Margins = (1, 1, 1, 1)) -> Tensor:
    """Repeat the edge of an image.

    padding: How often at its left, right, upper and lower edge; one number for all.
    """
    return nn.ReplicationPad2d(_margins(x, padding))(x)


@operator("Padding", title="ReplicationPad3d", shows=("padding",))
def replication_pad3d(x: Volume, *, padding: Margins = (1, 1, 1, 1, 1, 1)) -> Tensor:
    """Repeat the edge of a volume.

    padding: How often at both ends of its width, its height and its depth; one number for all.
    """
    return nn.ReplicationPad3d(_margins(x, padding))(x)


@operator("Padding", title="CircularPad1d", shows=("padding",))
def circular_pad1d(x: Signal, *, padding: Margins = (1, 1)) -> Tensor:
    """Continue a sequence at each end by its other end, as if it were a ring.

    padding: How many before it and behind it; one number for both.
    """
    return nn.CircularPad1d(_margins(x, padding, 0))(x)


@operator("Padding", title="CircularPad2d", shows=("padding",))
def circular_pad2d(x: Image, *, padding: Margins = (1, 1, 1, 1)) -> Tensor:
    """Continue an image at each edge by the opposite one: for maps of the whole earth, and patterns that repeat.

    padding: How many pixels at its left, right, upper and lower edge; one number for all.
    """
    return nn.CircularPad2d(_margins(x, padding, 0))(x)


@operator("Padding", title="CircularPad3d", shows=("padding",))
def circular_pad3d(x: Volume, *, padding: Margins = (1, 1, 1, 1, 1, 1)) -> Tensor:
    """Continue a volume at each side by the opposite one.

    padding: How much at both ends of its width, its height and its depth; one number for all.
    """
    return nn.CircularPad3d(_margins(x, padding, 0))(x)


def _margins(x: Tensor, padding: tuple[int | str, ...], less: int | None = None) -> Any:
    """Return the margins as torch takes them. less: by so much less than its side something can be continued."""
    found = tuple(int(margin) for margin in padding)
    count = 2 * (x.ndim - 2)
    what = WHAT[x.ndim]
    expect(len(found) in (1, count), f"The padding of a {what} is one number or {count}.", option="padding")
    for i, margin in enumerate(found * (count // len(found))):
        size = x.shape[x.ndim - 1 - i // 2]
        fits = less is None or margin <= size - less
        expect(fits, f"{size} arrive, too few to be continued by {margin}.", "x", "padding")
    return found[0] if len(set(found)) == 1 else found

"""Elementary functions of each element."""

from grapheditor.authoring import Factor, Floats, Numbers, Tensor, expect, expect_broadcast, operator, torch


@operator("Mathematics", title="Exponential")
def exp(x: Floats) -> Tensor:
    """Raise e to the power of each value."""
    return torch.exp(x)


@operator("Mathematics", title="Logarithm")
def log(x: Floats) -> Tensor:
    """Take the natural logarithm of each value; those below zero have none."""
    return torch.log(x)


@operator("Mathematics", title="Square root")
def sqrt(x: Floats) -> Tensor:
    """Take the square root of each value; those below zero have none, and at zero its slope is infinite."""
    return torch.sqrt(x)


@operator("Mathematics", title="Absolute value")
def abs_(x: Numbers) -> Tensor:
    """Take the size of each value, without its sign."""
    return torch.abs(x)


@operator("Mathematics", title="Negative")
def neg(x: Tensor) -> Tensor:
    """Turn the sign of each value round."""
    return -x


@operator("Mathematics")
def sign(x: Tensor) -> Tensor:
    """Say of each value whether it is below zero (-1), zero, or above (1)."""
    return torch.sign(x)


@operator("Mathematics")
def square(x: Tensor) -> Tensor:
    """Multiply each value by itself."""
    return torch.square(x)


@operator("Mathematics")
def reciprocal(x: Floats) -> Tensor:
    """Divide 1 by each value."""
    return torch.reciprocal(x)


@operator("Mathematics", title="Reciprocal square root")
def rsqrt(x: Floats) -> Tensor:
    """Divide 1 by the square root of each value."""
    return torch.rsqrt(x)


@operator("Mathematics", title="Exponential minus 1")
def expm1(x: Floats) -> Tensor:
    """Raise e to the power of each value and subtract 1, exactly also near zero."""
    return torch.expm1(x)


@operator("Mathematics", title="Logarithm of 1 plus x")
def log1p(x: Floats) -> Tensor:
    """Take the natural logarithm of 1 plus each value, exactly also near zero."""
    return torch.log1p(x)


@operator("Mathematics", title="Logarithm to base 2")
def log2(x: Floats) -> Tensor:
    """Take the logarithm to base 2 of each value; those below zero have none."""
    return torch.log2(x)


@operator("Mathematics", title="Logarithm to base 10")
def log10(x: Floats) -> Tensor:
    """Take the logarithm to base 10 of each value; those below zero have none."""
    return torch.log10(x)


@operator("Mathematics", title="Sine")
def sin(x: Floats) -> Tensor:
    """Take the sine of each value, an angle in radians."""
    return torch.sin(x)


@operator("Mathematics", title="Cosine")
def cos(x: Floats) -> Tensor:
    """Take the cosine of each value, an angle in radians."""
    return torch.cos(x)


@operator("Mathematics", title="Tangent")
def tan(x: Floats) -> Tensor:
    """Take the tangent of each value, an angle in radians."""
    return torch.tan(x)


@operator("Mathematics", title="Arc sine")
def asin(x: Floats) -> Tensor:
    """Find the angle whose sine each value is; values lie between -1 and 1."""
    return torch.asin(x)


@operator("Mathematics", title="Arc cosine")
def acos(x: Floats) -> Tensor:
    """Find the angle whose cosine each value is; values lie between -1 and 1."""
    return torch.acos(x)


@operator("Mathematics", title="Arc tangent")
def atan(x: Floats) -> Tensor:
    """Find the angle whose tangent each value is."""
    return torch.atan(x)


@operator("Mathematics", title="Hyperbolic sine")
def sinh(x: Floats) -> Tensor:
    """Take the hyperbolic sine of each value."""
    return torch.sinh(x)


@operator("Mathematics", title="Hyperbolic cosine")
def cosh(x: Floats) -> Tensor:
    """Take the hyperbolic cosine of each value."""
    return torch.cosh(x)


@operator("Mathematics", title="Error function")
def erf(x: Floats) -> Tensor:
    """Take the error function of each value: how likely a normal number lies within it, times the root of 2."""
    return torch.erf(x)


@operator("Mathematics")
def logit(x: Floats) -> Tensor:
    """Find the number whose sigmoid each value is; values lie between 0 and 1."""
    return torch.logit(x)


@operator("Mathematics")
def floor(x: Floats) -> Tensor:
    """Round each value down."""
    return torch.floor(x)


@operator("Mathematics")
def ceil(x: Floats) -> Tensor:
    """Round each value up."""
    return torch.ceil(x)


@operator("Mathematics")
def round_(x: Floats) -> Tensor:
    """Round each value to the nearest whole number, halves to the even one."""
    return torch.round(x)


@operator("Mathematics", title="Truncate")
def trunc(x: Floats) -> Tensor:
    """Round each value towards zero."""
    return torch.trunc(x)


@operator("Mathematics", title="Fraction")
def frac(x: Floats) -> Tensor:
    """Keep what stands behind the point of each value, with its sign."""
    return torch.frac(x)


@operator("Mathematics")
def divide(x: Tensor, y: Tensor) -> Tensor:
    """Divide a first tensor by a second, element by element; a dimension of size 1 is stretched to fit."""
    expect_broadcast(x, y)
    return x / y


@operator("Mathematics", title="Divide and round down")
def floor_divide(x: Tensor, y: Tensor) -> Tensor:
    """Divide a first tensor by a second and round down, element by element."""
    expect_broadcast(x, y)
    return torch.div(x, y, rounding_mode="floor")


@operator("Mathematics")
def remainder(x: Numbers, y: Numbers) -> Tensor:
    """Take what is left of a first tensor when it is divided by a second; it has the second's sign."""
    expect_broadcast(x, y)
    return torch.remainder(x, y)


@operator("Mathematics")
def power(x: Numbers, y: Numbers) -> Tensor:
    """Raise a first tensor to the power of a second, element by element."""
    expect_broadcast(x, y)
    return torch.pow(x, y)


@operator("Mathematics")
def maximum(x: Tensor, y: Tensor) -> Tensor:
    """Keep the larger of two values, element by element."""
    expect_broadcast(x, y)
    return torch.maximum(x, y)


@operator("Mathematics")
def minimum(x: Tensor, y: Tensor) -> Tensor:
    """Keep the smaller of two values, element by element."""
    expect_broadcast(x, y)
    return torch.minimum(x, y)


@operator("Mathematics", title="Angle")
def atan2(x: Floats, y: Floats) -> Tensor:
    """Find the angle of the vector (y, x), between -π and π."""
    expect_broadcast(x, y)
    return torch.atan2(y, x)


@operator("Mathematics", title="Hypotenuse")
def hypot(x: Floats, y: Floats) -> Tensor:
    """Find the length of the vector (x, y): the root of the sum of the squares."""
    expect_broadcast(x, y)
    return torch.sqrt(x * x + y * y)


@operator("Mathematics", shows=("exponent",))
def pow_(x: Floats, *, exponent: Factor = 2.0) -> Tensor:
    """Raise each value to a power.

    exponent: The power; a fraction takes a root, which values below zero have not.
    """
    return torch.pow(x, exponent)


@operator("Mathematics", shows=("factor", "offset"))
def scale(x: Floats, *, factor: Factor = 1.0, offset: Factor = 0.0) -> Tensor:
    """Multiply each value by a number and add another one.

    factor: What values are multiplied by.
    offset: What is added.
    """
    return x * factor + offset if offset else x * factor


@operator("Mathematics", shows=("min", "max"))
def clamp(x: Floats, *, min: Factor = 0.0, max: Factor = 1.0) -> Tensor:
    """Keep each value between two bounds; beyond them no gradient flows.

    min: The lowest value.
    max: The highest value.
    """
    expect(min <= max, "The lowest value cannot be above the highest.", option="min")
    return torch.clamp(x, min, max)


@operator("Mathematics", title="Mix", shows=("weight",))
def lerp(x: Floats, y: Floats, *, weight: Factor = 0.5) -> Tensor:
    """Mix two tensors, element by element: x + weight · (y - x).

    weight: 0 is all of x, 1 all of y.
    """
    expect_broadcast(x, y)
    return torch.lerp(x, y, weight)


@operator("Mathematics", shows=("nan",))
def nan_to_num(x: Floats, *, nan: Factor = 0.0) -> Tensor:
    """Replace what is not a number, and make infinities the largest number that there is.

    nan: What stands in the place of what is not a number.
    """
    return torch.nan_to_num(x, nan)

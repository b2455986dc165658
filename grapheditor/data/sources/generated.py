"""Sets that are generated: the same seed gives the same samples."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any, Literal

from grapheditor.authoring import Count, Positive, Share, Size, matrix
from grapheditor.authoring.options import Limits
from grapheditor.data.dataset import Dataset, Field, from_arrays
from grapheditor.data.declare import Place, source
from grapheditor.data.encoding import Array, Category, Encoding, Image, Mask, Numbers
from grapheditor.errors import DataError

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

POINT = Field("point", Numbers(("x", "y")))
SHAPES = ("background", "circle", "square", "triangle")
Several = Annotated[int, Limits(2, 100)]
Side = Annotated[int, Limits(4, 64)]
Pixels = Annotated[int, Limits(16, 1024)]
Samples = Annotated[int, Limits(1, 10_000_000)]
MOST_NUMBERS = 2**31
DIAGONAL = "0111000; 0011100; 0001110; 0001100; 0011000; 0110000; 1100000"
"""A bent line of ones, which a diagonal filter finds."""


def _random(seed: int, purpose: str) -> np.random.Generator:
    import numpy as np

    return np.random.default_rng([seed, *purpose.encode()])


def _made(at: Place, encodings: dict[str, Encoding], train: Any, test: dict[str, NDArray[Any]]) -> Dataset:
    """Return the parts; no test part where there are so few samples that a quarter of them is none."""
    tested = all(len(values) for values in test.values())
    return from_arrays(at.source.title, {"train": train, "test": test} if tested else {"train": train}, encodings)


@source("Generated", title="Spirals", licence="none needed")
def spirals(
    at: Place,
    *,
    classes: Several = 2,
    samples: Samples = 2_000,
    turns: Positive = 1.0,
    noise: Positive = 0.05,
    seed: Count = 0,
) -> Dataset:
    """Points of a plane on spirals that wind around each other, a class each (after Lang and Witbrock, 1988).

    classes: How many spirals there are.
    samples: How many points to train with; a quarter as many are there to test.
    turns: How often each winds around the middle.
    noise: How far points stray from their spiral; the outer ends are at a distance of 1.
    seed: What the random numbers start from.
    """
    import numpy as np

    def draw(count: int, purpose: str) -> dict[str, NDArray[Any]]:
        random = _random(seed, purpose)
        label = np.arange(count) % classes
        radius = np.sqrt(random.uniform(0.01, 1.0, count))
        angle = 2 * np.pi * (turns * radius + label / classes)
        points = np.stack([radius * np.cos(angle), radius * np.sin(angle)], 1) + random.normal(0, noise, (count, 2))
        return {"point": points.astype(np.float32), "label": label}

    encodings: dict[str, Encoding] = {"point": POINT.encoding, "label": Category(tuple(map(str, range(classes))))}
    return _made(at, encodings, draw(samples, "train"), draw(max(classes, samples // 4), "test"))


@source("Generated", title="Mixture of Gaussians", licence="none needed", fields=(POINT,))
def gaussian_mixture(
    at: Place,
    *,
    components: Size = 8,
    samples: Samples = 10_000,
    radius: Positive = 2.0,
    deviation: Positive = 0.02,
    seed: Count = 0,
) -> Dataset:
    """Points of a plane around centres on a circle: what generative networks that forget some of them are known by.

    components: How many centres there are.
    samples: How many points to train with; a quarter as many are there to test.
    radius: How far the centres are from the middle.
    deviation: The standard deviation around each centre.
    seed: What the random numbers start from.
    """
    import numpy as np

    if components > samples:
        raise DataError(f"components: {components:,} centres need as many samples; there are {samples:,}.")

    def draw(count: int, purpose: str) -> dict[str, NDArray[Any]]:
        random = _random(seed, purpose)
        angle = 2 * np.pi * random.integers(0, components, count) / components
        centres = radius * np.stack([np.cos(angle), np.sin(angle)], 1)
        return {"point": (centres + random.normal(0, deviation, (count, 2))).astype(np.float32)}

    return _made(at, {"point": POINT.encoding}, draw(samples, "train"), draw(samples // 4, "test"))


@source("Generated", title="Exclusive or", licence="none needed", fields=(POINT, Field("label", Category(("0", "1")))))
def xor(at: Place, *, samples: Samples = 4, noise: Positive = 0.0, seed: Count = 0) -> Dataset:
    """The four corners of a square, of one class where just one coordinate is 1: what no single line separates.

    samples: How many points there are; the four corners in turn.
    noise: How far points stray from their corner.
    seed: What the random numbers start from.
    """
    import numpy as np

    corners = np.array([[0, 0], [0, 1], [1, 0], [1, 1]], np.float32)
    places = np.arange(samples) % 4
    points = corners[places] + _random(seed, "xor").normal(0, noise, (samples, 2)) * (noise > 0)
    label = np.array([0, 1, 1, 0])[places]
    encodings: dict[str, Encoding] = {"point": POINT.encoding, "label": Category(("0", "1"))}
    return from_arrays(at.source.title, {"train": {"point": points, "label": label}}, encodings)


@source("Generated", title="A matrix by hand", licence="none needed")
def matrix_by_hand(at: Place, *, rows: str = DIAGONAL) -> Dataset:
    """One image of numbers that you write, to see what an operator does to it.

    rows: The rows between semicolons, the numbers of a row between spaces; digits need none: 011; 101.
    """
    import numpy as np

    try:
        image = np.array([matrix(rows)], np.float32)
    except ValueError as error:
        raise DataError(f"rows: {error}.") from None
    encodings: dict[str, Encoding] = {"image": Array(image.shape)}
    return from_arrays(at.source.title, {"train": {"image": image[None]}}, encodings)


@source("Generated", title="T and C", licence="none needed")
def t_and_c(at: Place, *, size: Side = 8, test: Share = 0.0, seed: Count = 0) -> Dataset:
    """The letters T and C of five squares, in all turns and places of a field (Rumelhart, Hinton and Williams, 1986).

    size: The field's side in squares.
    test: The share that is held out for the test; 0 learns from all there are.
    seed: What the choice of the test part starts from.
    """
    import numpy as np

    from grapheditor.data.splitting import split

    letters = (np.array([[1, 1, 1], [0, 1, 0], [0, 1, 0]]), np.array([[1, 1], [1, 0], [1, 1]]))
    images, labels = [], []
    for label, letter in enumerate(letters):
        for turn in range(4):
            turned = np.rot90(letter, turn)
            height, width = turned.shape
            for y in range(size - height + 1):
                for x in range(size - width + 1):
                    image = np.zeros((1, size, size), np.uint8)
                    image[0, y : y + height, x : x + width] = 255 * turned
                    images.append(image)
                    labels.append(label)
    encodings: dict[str, Encoding] = {"image": Image(1, size, size), "label": Category(("T", "C"))}
    arrays: dict[str, NDArray[Any]] = {"image": np.stack(images), "label": np.asarray(labels, np.int64)}
    return split(from_arrays(at.source.title, {"train": arrays}, encodings), test=test, seed=seed)


@source("Generated", title="Marked cards", licence="none needed")
def marked_cards(at: Place, *, size: Side = 20, samples: Samples = 1_000, seed: Count = 0) -> Dataset:
    """Cards with a square mark on their left or on their right, as a perceptron was shown in 1958 (Rosenblatt).

    size: The side of a card in pixels.
    samples: How many cards to train with; a quarter as many are there to test.
    seed: What the random numbers start from.
    """
    import numpy as np

    half = size // 2

    def draw(count: int, purpose: str) -> dict[str, NDArray[Any]]:
        random = _random(seed, purpose)
        label = random.integers(0, 2, count)
        images = np.zeros((count, 1, size, size), np.uint8)
        for image, right in zip(images, label, strict=True):
            side = int(random.integers(1, half // 2 + 1))
            y = int(random.integers(0, size - side + 1))
            x = int(random.integers(0, half - side + 1)) + right * (size - half)
            image[0, y : y + side, x : x + side] = 255
        return {"image": images, "label": label}

    encodings: dict[str, Encoding] = {"image": Image(1, size, size), "label": Category(("left", "right"))}
    return _made(at, encodings, draw(samples, "train"), draw(samples // 4, "test"))


@source("Generated", title="Shapes with masks", licence="none needed")
def shapes(
    at: Place,
    *,
    size: Pixels = 64,
    samples: Samples = 1_000,
    colours: Literal["colour", "grey"] = "colour",
    most: Annotated[int, Limits(1, 20)] = 3,
    noise: Annotated[float, Limits(0.0, 255.0)] = 12.0,
    seed: Count = 0,
) -> Dataset:
    """Images of circles, squares and triangles on a noisy ground, with masks that say which pixel belongs to what.

    size: The side of an image in pixels.
    samples: How many images to train with; a quarter as many are there to test.
    colours: Whether images are in colour or grey.
    most: The most shapes in an image; each has at least one.
    noise: The standard deviation of the noise, in steps of brightness from 0 to 255.
    seed: What the random numbers start from.
    """
    channels = 3 if colours == "colour" else 1
    if size * size * channels * samples > MOST_NUMBERS:
        raise DataError(f"samples: {samples:,} images of {size}×{size} take more than {MOST_NUMBERS:,} bytes.")
    train = _draw_shapes(samples, size, channels, most, noise, _random(seed, "train"))
    test = _draw_shapes(samples // 4, size, channels, most, noise, _random(seed, "test"))
    encodings: dict[str, Encoding] = {
        "image": Image(channels, size, size),
        "mask": Mask(SHAPES, (0, 1, 2, 3), size, size),
    }
    return _made(at, encodings, train, test)


def _draw_shapes(
    count: int, size: int, channels: int, most: int, noise: float, random: np.random.Generator
) -> dict[str, NDArray[Any]]:
    import numpy as np

    images = np.empty((count, channels, size, size), np.uint8)
    masks = np.zeros((count, size, size), np.uint8)
    y, x = np.mgrid[0:size, 0:size]
    for image, mask in zip(images, masks, strict=True):
        canvas = np.empty((channels, size, size))
        canvas[:] = random.uniform(0, 255, (channels, 1, 1))
        for _ in range(int(random.integers(1, most + 1))):
            kind = int(random.integers(1, len(SHAPES)))
            radius = random.uniform(0.1, 0.25) * size
            down, right = random.uniform(radius, size - radius, 2)
            inside = _inside(kind, y - down, x - right, radius)
            mask[inside] = kind
            canvas[:, inside] = random.uniform(0, 255, (channels, 1))
        image[:] = (canvas + random.normal(0, noise, canvas.shape)).clip(0, 255)
    return {"image": images, "mask": masks}


def _inside(kind: int, y: NDArray[Any], x: NDArray[Any], radius: float) -> NDArray[Any]:
    import numpy as np

    found: NDArray[Any]
    match SHAPES[kind]:
        case "circle":
            found = y * y + x * x <= radius * radius
        case "square":
            found = np.maximum(abs(y), abs(x)) <= 0.8 * radius
        case _:
            found = (y <= 0.8 * radius) & (2 * abs(x) - y <= 0.8 * radius)
    return found

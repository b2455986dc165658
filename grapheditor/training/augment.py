"""Augmentation: what is done at random to a batch while training, on the device.

Each is one function of the batch and its draws; its keyword-only parameters are its options. What a sample gets is a
function of (seed, epoch, visit): of its number, and of how often the epoch came by it.
"""

from __future__ import annotations

import inspect
import math
from collections import Counter
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Any, NamedTuple, get_type_hints

import torch
from torch import Tensor
from torch.nn import functional

from grapheditor.authoring.names import meant
from grapheditor.authoring.operator import read_doc
from grapheditor.authoring.options import Count, Limits, Option, Positive, Probability, option
from grapheditor.training.chance import Draws
from grapheditor.training.errors import RecipeError

if TYPE_CHECKING:
    from grapheditor.graph import Recipe

Degrees = Annotated[float, Limits(0.0, 180.0)]
Change = Annotated[float, Limits(0.0, 1.0)]


@dataclass(frozen=True, slots=True)
class Augment:
    """An augmentation: its id, its help, its options, what it takes, and what it does.

    images: it takes images, (N, C, H, W); else anything. moves: it puts pixels elsewhere and leaves their values, so
    that it takes masks too, whole numbers shaped (N, H, W).
    """

    id: str
    doc: str
    options: tuple[Option, ...]
    images: bool
    moves: bool
    body: Callable[..., Tensor]

    @property
    def suits(self) -> Suits:
        """Which inputs it suits."""
        return Suits(IMAGES if self.images else None, MAPS if self.moves else ())


class Suits(NamedTuple):
    """How many dimensions an input may have, the batch included, None for any: of real and of whole numbers."""

    real: tuple[int, ...] | None
    whole: tuple[int, ...] | None


IMAGES, MAPS = (4,), (3, 4)

AUGMENTS: dict[str, Augment] = {}


def augment(*, images: bool = True, moves: bool = False) -> Callable[[Callable[..., Tensor]], Augment]:
    """Declare an augmentation; see :class:`Augment`."""

    def declare(function: Callable[..., Tensor]) -> Augment:
        hints = get_type_hints(function, include_extras=True)
        doc, docs = read_doc(inspect.getdoc(function) or "")
        options = tuple(
            option(item.name, hints[item.name], item.default, docs.get(item.name, ""))
            for item in inspect.signature(function).parameters.values()
            if item.kind is item.KEYWORD_ONLY
        )
        made = Augment(function.__name__, doc, options, images, moves, function)
        AUGMENTS[made.id] = made
        return made

    return declare


class Augmenter:
    """What a recipe does to the inputs of a batch.

    What moves pixels draws the same for inputs that take different fields, so that a picture and its mask, or the two
    of a pair, stay together; two inputs that take one field are two views of it, each with draws of its own.
    """

    def __init__(self, recipe: Recipe, dimensions: Mapping[str, int], whole: Collection[str] = ()) -> None:
        """dimensions: how many each input has. whole: those that hold whole numbers.

        TrainingError where an augmentation is not known or does not suit.
        """
        self._seed = recipe.seed
        self._steps: dict[str, list[_Step]] = {}
        views: Counter[str] = Counter()
        for name, steps in recipe.augment.items():
            if name not in dimensions:
                text = f"The recipe augments {name}, which is no input of the objective."
                raise RecipeError(text + meant(name, dimensions), name)
            view = views[recipe.field(name)]
            views[recipe.field(name)] += 1
            self._steps[name] = []
            for place, given in enumerate(steps):
                step, options = _checked(name, given.name, given.options)
                _check_suits(name, step, dimensions[name], whole=name in whole)
                moved = sum(other.augment.moves for other in self._steps[name])
                purpose = f"move {view} {moved} {step.id}" if step.moves else f"augment {name} {place} {step.id}"
                self._steps[name].append(_Step(step, options, purpose))

    def __call__(self, batch: Mapping[str, Tensor], visits: Tensor, epoch: int) -> dict[str, Tensor]:
        """Return the batch as it is trained on. visits: those of its samples, on its device."""
        changed = dict(batch)
        for name, steps in self._steps.items():
            for step in steps:
                draws = Draws(self._seed, f"{step.purpose} in epoch {epoch}", visits)
                x = changed[name]
                flat = step.augment.images and x.ndim == 3
                x = step.augment.body(x[:, None] if flat else x, draws, **step.options)
                changed[name] = x[:, 0] if flat else x
        return changed


class _Step(NamedTuple):
    augment: Augment
    options: dict[str, Any]
    purpose: str


def _check_suits(name: str, step: Augment, dimensions: int, *, whole: bool) -> None:
    if whole and not step.moves:
        raise RecipeError(f"{step.id} changes values; {name} holds whole numbers, such as classes.", name)
    counts = step.suits.whole if whole else step.suits.real
    if counts is not None and dimensions not in counts:
        raise RecipeError(f"{step.id} takes images, batches of 4 dimensions; {name} has {dimensions}.", name)


def _checked(name: str, wanted: str, given: Mapping[str, Any]) -> tuple[Augment, dict[str, Any]]:
    step = AUGMENTS.get(wanted)
    if step is None:
        text = f"There is no augmentation {wanted}; there is: {', '.join(AUGMENTS)}.{meant(wanted, AUGMENTS)}"
        raise RecipeError(text, name)
    known = {item.name: item for item in step.options}
    for key in given:
        if key not in known:
            names = ", ".join(known) or "none"
            raise RecipeError(f"{wanted} has no option {key}; its options are: {names}.{meant(key, known)}", name)
    try:
        return step, {key: item.check(given.get(key, item.default)) for key, item in known.items()}
    except ValueError as error:
        raise RecipeError(f"{wanted}: {error}.", name) from error


def _over(values: Tensor, x: Tensor) -> Tensor:
    """Shape one value a sample so that it meets every element of its sample."""
    return values.reshape(-1, *[1] * (x.ndim - 1))


@augment(moves=True)
def horizontal_flip(x: Tensor, draws: Draws, *, p: Probability = 0.5) -> Tensor:
    """Mirror images left to right.

    p: The share of images that are mirrored.
    """
    return torch.where(_over(draws.uniform() < p, x), x.flip(-1), x)


@augment(moves=True)
def vertical_flip(x: Tensor, draws: Draws, *, p: Probability = 0.5) -> Tensor:
    """Mirror images upside down.

    p: The share of images that are mirrored.
    """
    return torch.where(_over(draws.uniform() < p, x), x.flip(-2), x)


@augment(moves=True)
def quarter_turn(x: Tensor, draws: Draws) -> Tensor:
    """Turn square images by 0, 90, 180 or 270 degrees."""
    if x.shape[-1] != x.shape[-2]:
        raise ValueError("quarter_turn takes square images")
    turns = _over(draws.below(4), x)
    turned = x
    for count in (1, 2, 3):
        turned = torch.where(turns == count, x.rot90(count, (-2, -1)), turned)
    return turned


@augment(moves=True)
def random_crop(x: Tensor, draws: Draws, *, padding: Count = 4) -> Tensor:
    """Move images by up to so many pixels in each direction; what comes in from outside is 0.

    padding: How many pixels at most.
    """
    height, width = x.shape[-2:]
    padded = functional.pad(x, (padding,) * 4)
    rows = draws.below(2 * padding + 1)[:, None] + torch.arange(height, device=x.device)
    columns = draws.below(2 * padding + 1)[:, None] + torch.arange(width, device=x.device)
    samples = torch.arange(len(x), device=x.device)[:, None, None]
    return padded.permute(0, 2, 3, 1)[samples, rows[:, :, None], columns[:, None, :]].permute(0, 3, 1, 2)


@augment(moves=True)
def affine(
    x: Tensor, draws: Draws, *, degrees: Degrees = 10.0, shift: Change = 0.1, scale: Change = 0.1, shear: Change = 0.0
) -> Tensor:
    """Turn, move, enlarge and slant images, with bilinear interpolation (of masks the nearest); what comes
    in from outside is 0.

    degrees: The largest angle.
    shift: The largest way, as a share of the side.
    scale: The largest change of size; 0.1 is from 0.9 to 1.1 times.
    shear: The largest slant, as a share of the height.
    """
    angle = draws.between(-degrees, degrees) * (math.pi / 180)
    across, down = draws.between(-2 * shift, 2 * shift), draws.between(-2 * shift, 2 * shift)
    size, slant = draws.between(1 - scale, 1 + scale), draws.between(-shear, shear)
    aspect = x.shape[-2] / x.shape[-1]
    cosine, sine = angle.cos() / size, angle.sin() / size
    rows = torch.stack(
        [
            torch.stack([cosine, (slant * cosine - sine) * aspect, across], 1),
            torch.stack([sine / aspect, slant * sine + cosine, down], 1),
        ],
        1,
    )
    if not x.is_floating_point():
        grid = functional.affine_grid(rows, list(x.shape), align_corners=False)
        return functional.grid_sample(x.float(), grid, mode="nearest", align_corners=False).to(x.dtype)
    grid = functional.affine_grid(rows.to(x.dtype), list(x.shape), align_corners=False)
    return functional.grid_sample(x, grid, align_corners=False)


@augment()
def erase(x: Tensor, draws: Draws, *, side: Change = 0.3, p: Probability = 0.5) -> Tensor:
    """Put a square of zeros somewhere into images (DeVries and Taylor 2017).

    side: Side of the square, as a share of the image's.
    p: The share of images that get one.
    """
    height, width = x.shape[-2:]
    tall, wide = round(side * height), round(side * width)
    chosen = draws.uniform() < p
    top, left = draws.below(height - tall + 1), draws.below(width - wide + 1)
    rows = torch.arange(height, device=x.device) - top[:, None]
    columns = torch.arange(width, device=x.device) - left[:, None]
    inside = ((rows >= 0) & (rows < tall))[:, :, None] & ((columns >= 0) & (columns < wide))[:, None, :]
    return x.masked_fill((inside & chosen[:, None, None])[:, None], 0)


@augment()
def brightness(x: Tensor, draws: Draws, *, amount: Change = 0.2) -> Tensor:
    """Make images brighter or darker.

    amount: The largest change; 0.2 is from 0.8 to 1.2 times.
    """
    return x * _over(draws.between(1 - amount, 1 + amount), x).to(x.dtype)


@augment()
def contrast(x: Tensor, draws: Draws, *, amount: Change = 0.2) -> Tensor:
    """Move the pixels of images away from their mean or towards it.

    amount: The largest change; 0.2 is from 0.8 to 1.2 times.
    """
    mean = x.mean((1, 2, 3), keepdim=True)
    return mean + (x - mean) * _over(draws.between(1 - amount, 1 + amount), x).to(x.dtype)


@augment(images=False)
def noise(x: Tensor, draws: Draws, *, deviation: Positive = 0.1) -> Tensor:
    """Add normal noise to every number.

    deviation: The standard deviation of what is added.
    """
    one = x[0].numel() if len(x) else 0
    places = torch.arange(one, device=x.device)
    seeds = draws.below(2**24)[:, None] * 2**32 + places
    inner = Draws(0, "noise", seeds)
    radius = (-2 * (1 - inner.uniform()).log()).sqrt()
    return x + (deviation * radius * (2 * math.pi * inner.uniform()).cos()).reshape(x.shape).to(x.dtype)

"""Folders of images and sounds: decoded when they are needed."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

from grapheditor.authoring import Count, Folder, Pair, Share
from grapheditor.authoring.options import Limits
from grapheditor.data.columns import Column, Files, Held, Part
from grapheditor.data.dataset import Dataset, Field
from grapheditor.data.declare import Place, source
from grapheditor.data.encoding import MOST_ELEMENTS, Audio, Category, Encoding, Image, Mask
from grapheditor.data.splitting import split
from grapheditor.errors import DataError

if TYPE_CHECKING:
    from collections.abc import Mapping

Colours = Literal["colour", "grey", "opacity"]
Fits = Literal["stretch", "crop", "pad"]
Seconds = Annotated[float, Limits(0.001, 3600.0)]
Rate = Annotated[int, Limits(100, 384_000)]
CHANNELS = {"grey": 1, "colour": 3, "opacity": 4}
LARGEST_SIDE = 16_384


def _image(size: Pair, colours: Colours, fit: Fits) -> Image:
    height, width = (size, size) if isinstance(size, int) else size
    if max(height, width) > LARGEST_SIDE:
        raise DataError(f"size: an image has at most {LARGEST_SIDE:,} pixels a side.")
    return Image(CHANNELS[colours], height, width, fit)


def _of_classes(at: Place, folder: Path, name: str, encoding: Encoding, endings: tuple[str, ...]) -> Dataset:
    """Return a data set of files by class; where folders have no train/, all are training samples."""
    import numpy as np

    from grapheditor.data.readers.folders import by_class

    found = by_class(folder, endings)
    classes = tuple(found["train"])
    parts: dict[Any, Part] = {}
    for part, groups in found.items():
        paths = [path for files in groups.values() for path in files]
        numbers = [classes.index(item) for item, files in groups.items() for _ in files]
        parts[part] = Part({name: Files(paths, encoding), "label": Held(np.asarray(numbers, np.int64))})
    fields = (Field(name, encoding), Field("label", Category(classes)))
    return Dataset(at.source.title, fields, parts, _files(parts))


def _files(parts: Mapping[Any, Part]) -> tuple[Path, ...]:
    columns = [column for part in parts.values() for column in part.columns.values()]
    return tuple(path for column in columns if isinstance(column, Files) for path in column.paths)


@source("Own files", title="Images by class")
def image_folder(
    at: Place,
    *,
    folder: Folder = "",
    size: Pair = 64,
    colours: Colours = "colour",
    fit: Fits = "stretch",
    test: Share = 0.1,
    seed: Count = 0,
) -> Dataset:
    """A folder of images with a folder inside it for each class.

    Folders train/ and test/ (and validation/) are taken as the parts; otherwise a share is held out as the test part.

    folder: The folder of the classes' folders.
    size: Height and width that each image is brought to.
    colours: Whether images are read in colour, in grey, or in colour with opacity.
    fit: What becomes of an image with other proportions: stretched, its middle taken, or filled up with black.
    test: The share that is held out for the test, where there is no folder test/.
    seed: What the choice of the test part starts from.
    """
    from grapheditor.data.readers.images import ENDINGS

    place = at.directory("folder", folder)
    return split(_of_classes(at, place, "image", _image(size, colours, fit), ENDINGS), test=test, seed=seed)


@source("Own files", title="Image pairs")
def image_pairs(
    at: Place,
    *,
    first: Folder = "",
    second: Folder = "",
    size: Pair = 64,
    colours: Colours = "colour",
    target_colours: Colours = "colour",
    fit: Fits = "stretch",
    test: Share = 0.1,
    seed: Count = 0,
) -> Dataset:
    """Two folders of images that are matched by name, such as photographs and what they should become.

    first: The folder of the images that go in.
    second: The folder of the images that should come out.
    size: Height and width that each image is brought to.
    colours: Whether images that go in are read in colour, in grey, or in colour with opacity.
    target_colours: The same for those that should come out.
    fit: What becomes of an image with other proportions: stretched, its middle taken, or filled up with black.
    test: The share that is held out for the test.
    seed: What the choice of the test part starts from.
    """
    from grapheditor.data.readers.folders import matched
    from grapheditor.data.readers.images import ENDINGS

    one, other = matched(at.directory("first", first), at.directory("second", second), ENDINGS)
    fields = (Field("image", _image(size, colours, fit)), Field("target", _image(size, target_colours, fit)))
    columns: dict[str, Column] = {"image": Files(one, fields[0].encoding), "target": Files(other, fields[1].encoding)}
    dataset = Dataset(at.source.title, fields, {"train": Part(columns)}, (*one, *other))
    return split(dataset, test=test, seed=seed)


@source("Own files", title="Images with masks")
def image_masks(
    at: Place,
    *,
    images: Folder = "",
    masks: Folder = "",
    classes: str = "",
    size: Pair = 64,
    colours: Colours = "colour",
    fit: Fits = "stretch",
    test: Share = 0.1,
    seed: Count = 0,
) -> Dataset:
    """Images and, under the same names in another folder, masks whose pixels say of which class they are.

    images: The folder of the images.
    masks: The folder of the masks: grey, black and white, or with a palette.
    classes: The value of each class in the masks, as in background=0, cell=255. Empty looks at all masks.
    size: Height and width that each image and mask is brought to.
    colours: Whether images are read in colour, in grey, or in colour with opacity.
    fit: What becomes of an image with other proportions: stretched, its middle taken, or filled up with black.
    test: The share that is held out for the test.
    seed: What the choice of the test part starts from.
    """
    from grapheditor.data.readers.folders import matched
    from grapheditor.data.readers.images import ENDINGS

    pictures, found = matched(at.directory("images", images), at.directory("masks", masks), ENDINGS)
    image = _image(size, colours, fit)
    names, values = _mask_classes(classes) if classes.strip() else _values_in(found)
    mask = Mask(names, values, image.height, image.width, fit)
    columns: dict[str, Column] = {"image": Files(pictures, image), "mask": Files(found, mask)}
    notes = () if classes.strip() else (f"the masks have the values {', '.join(names)}",)
    fields = (Field("image", image), Field("mask", mask))
    dataset = Dataset(at.source.title, fields, {"train": Part(columns)}, (*pictures, *found), notes)
    return split(dataset, test=test, seed=seed)


def _mask_classes(text: str) -> tuple[tuple[str, ...], tuple[int, ...]]:
    names: list[str] = []
    values: list[int] = []
    for item in text.split(","):
        name, equals, value = (part.strip() for part in item.partition("="))
        if not (name and equals and value.isascii() and value.isdigit() and len(value) <= 3 and int(value) <= 255):
            raise DataError(f"classes: {item.strip()[:60]!r} is not name=value with a value from 0 to 255.")
        if name in names or int(value) in values:
            raise DataError(f"classes: {item.strip()[:60]!r} is named twice.")
        names.append(name)
        values.append(int(value))
    return tuple(names), tuple(values)


def _values_in(paths: list[Path]) -> tuple[tuple[str, ...], tuple[int, ...]]:
    import numpy as np

    from grapheditor.data.readers.images import mask_values
    from grapheditor.errors import SampleError

    seen = np.zeros(256, bool)
    for path in paths:
        try:
            seen[np.unique(mask_values(path))] = True
        except DataError as error:
            raise SampleError(path, error.message.removeprefix(f"{path}: ")) from error
    values = tuple(int(value) for value in np.flatnonzero(seen))
    return tuple(map(str, values)), values


@source("Own files", title="Sounds by class")
def wav_folder(
    at: Place, *, folder: Folder = "", rate: Rate = 16_000, seconds: Seconds = 1.0, test: Share = 0.1, seed: Count = 0
) -> Dataset:
    """A folder of WAV files with a folder inside it for each class; several channels become their mean.

    Folders train/ and test/ (and validation/) are taken as the parts; otherwise a share is held out as the test part.

    folder: The folder of the classes' folders.
    rate: Samples a second that each sound is brought to.
    seconds: How long a sound is; longer ones are cut, shorter ones filled with silence.
    test: The share that is held out for the test, where there is no folder test/.
    seed: What the choice of the test part starts from.
    """
    from grapheditor.data.readers.sounds import ENDINGS

    encoding = Audio(rate, max(1, round(rate * seconds)))
    if encoding.length > MOST_ELEMENTS:
        raise DataError(f"seconds: a sound has at most {MOST_ELEMENTS:,} samples, not {encoding.length:,}.")
    dataset = _of_classes(at, at.directory("folder", folder), "sound", encoding, ENDINGS)
    return split(dataset, test=test, seed=seed)

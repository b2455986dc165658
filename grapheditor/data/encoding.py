"""Encodings: the one truth for how a raw thing becomes a sample and back.

An encoding is small, immutable and JSON: a run stores it, and what is predicted later is prepared by it as it was for
training, with no data set at hand. ``encode`` takes what people have (a path, a text, a number), ``decode`` gives what
can be shown.
"""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar, Literal

from grapheditor.data.checked import Checked
from grapheditor.errors import DataError, SampleError

if TYPE_CHECKING:
    from numpy.typing import NDArray

Fit = Literal["stretch", "crop", "pad"]
Level = Literal["characters", "words", "bytes"]

MOST_CLASSES = 100_000
MOST_TOKENS = 1_000_000
LARGEST_SIDE = 65_536
MOST_ELEMENTS = 2**28
DTYPES = ("uint8", "int8", "int16", "int32", "int64", "float16", "float32", "float64", "bool")


@dataclass(frozen=True)
class Encoding(ABC):
    """Base of all: the shape and type of a sample as it is stored, and the type that an input should declare for it."""

    kind: ClassVar[str]

    @property
    def shape(self) -> tuple[int, ...]:
        """The shape of a sample, without the batch."""
        return ()

    @property
    def dtype(self) -> str:
        """The type of a sample as it is stored."""
        return "float32"

    @property
    def declared(self) -> str:
        """The type that an input declares to take it."""
        return self.dtype if self.dtype in ("float32", "float64", "bool") else "float32"

    @property
    def classes(self) -> tuple[str, ...]:
        """The names of the classes, where a sample is one of them."""
        return ()

    @property
    def kinds(self) -> int:
        """How many different numbers a sample may have, where they name something, such as classes; else 0."""
        return len(self.classes)

    @property
    def means(self) -> tuple[str, tuple[str, ...]]:
        """What the numbers of a sample stand for, and the name of each."""
        return "classes", self.classes

    @abstractmethod
    def encode(self, raw: Any) -> NDArray[Any]:
        """Return a sample; DataError with a sentence where the raw thing is not what was expected."""

    @abstractmethod
    def decode(self, sample: NDArray[Any]) -> Any:
        """Return what can be shown of a sample."""

    def words(self, sample: NDArray[Any]) -> str:
        """Say in a few words what a sample is."""
        return str(self.decode(sample))

    def describe(self) -> dict[str, Any]:
        """Return the encoding as JSON."""
        return {"kind": self.kind} | {item.name: _plain(getattr(self, item.name)) for item in fields(self)}

    @classmethod
    @abstractmethod
    def read(cls, values: Checked) -> Encoding:
        """Read what :meth:`describe` wrote."""


@dataclass(frozen=True)
class Image(Encoding):
    """A picture as bytes from 0 to 255, shaped (channels, height, width): 1 grey, 3 red green blue, 4 with opacity.

    fit: what becomes of a picture with other proportions: ``stretch`` it, ``crop`` its middle, ``pad`` it with black.
    """

    kind: ClassVar[str] = "image"
    channels: int
    height: int
    width: int
    fit: Fit = "stretch"

    @property
    def shape(self) -> tuple[int, ...]:
        return self.channels, self.height, self.width

    @property
    def dtype(self) -> str:
        return "uint8"

    def encode(self, raw: Any) -> NDArray[Any]:
        """Take the path or the bytes of a file, or an array shaped (height, width) or (height, width, channels)."""
        from grapheditor.data.readers.images import encode_image

        return encode_image(raw, self)

    def decode(self, sample: NDArray[Any]) -> NDArray[Any]:
        """Return the picture shaped (height, width), or (height, width, channels)."""
        return sample[0] if self.channels == 1 else sample.transpose(1, 2, 0)

    def words(self, sample: NDArray[Any]) -> str:
        kind = {1: "grey", 3: "colour", 4: "colour with opacity"}.get(self.channels, f"{self.channels} channels")
        return f"{self.width}×{self.height} {kind}, {sample.min()} to {sample.max()}, mean {sample.mean():.0f}"

    @classmethod
    def read(cls, values: Checked) -> Image:
        channels, height, width = (values.whole(name, 1, LARGEST_SIDE) for name in ("channels", "height", "width"))
        if channels * height * width > MOST_ELEMENTS:
            raise values.refuse("height", "the picture is too large")
        return cls(channels, height, width, values.choice("fit", ("stretch", "crop", "pad")))


@dataclass(frozen=True)
class Category(Encoding):
    """One of several classes, as its number."""

    kind: ClassVar[str] = "category"
    names: tuple[str, ...]

    @property
    def dtype(self) -> str:
        return "int64"

    @property
    def declared(self) -> str:
        return "int64"

    @property
    def classes(self) -> tuple[str, ...]:
        return self.names

    @cached_property
    def _numbers(self) -> dict[str, int]:
        return {name: i for i, name in enumerate(self.names)}

    def encode(self, raw: Any) -> NDArray[Any]:
        """Take the name of a class, or its number."""
        import numpy as np

        if isinstance(raw, str):
            if raw not in self._numbers:
                raise DataError(f"There is no class {raw[:60]!r}; there are: {_list(self.names)}.")
            return np.asarray(self._numbers[raw], np.int64)
        try:
            number = int(raw)
        except (TypeError, ValueError, OverflowError) as error:
            raise DataError(f"expected a class, not {type(raw).__name__}.") from error
        if not 0 <= number < len(self.names):
            raise DataError(f"There is no class {number}; there are {len(self.names)}, from 0.")
        return np.asarray(number, np.int64)

    def decode(self, sample: NDArray[Any]) -> str:
        return self.names[int(sample)]

    @classmethod
    def read(cls, values: Checked) -> Category:
        return cls(values.names("names", MOST_CLASSES))


@dataclass(frozen=True)
class Number(Encoding):
    """One number."""

    kind: ClassVar[str] = "number"

    def encode(self, raw: Any) -> NDArray[Any]:
        """Take a number, or a text that is one."""
        import numpy as np

        return np.asarray(number_of(raw), np.float32)

    def decode(self, sample: NDArray[Any]) -> float:
        return float(sample)

    def words(self, sample: NDArray[Any]) -> str:
        return f"{float(sample):.6g}"

    @classmethod
    def read(cls, values: Checked) -> Number:
        return cls()


@dataclass(frozen=True)
class Numbers(Encoding):
    """Several numbers with names, as the columns of a table: a vector."""

    kind: ClassVar[str] = "numbers"
    names: tuple[str, ...]

    @property
    def shape(self) -> tuple[int, ...]:
        return (len(self.names),)

    @property
    def means(self) -> tuple[str, tuple[str, ...]]:
        return "columns", self.names

    def encode(self, raw: Any) -> NDArray[Any]:
        """Take a mapping from names to numbers (others are left alone), or numbers in order, also in a text."""
        import numpy as np

        if isinstance(raw, str):
            raw = raw.split(",")

        if isinstance(raw, Mapping):
            missing = [name for name in self.names if name not in raw]
            if missing:
                raise DataError(f"There is no column {_list(missing)}.")
            raw = [raw[name] for name in self.names]
        if not hasattr(raw, "__len__"):
            raise DataError(f"expected {len(self.names)} numbers, not {type(raw).__name__}.")
        if len(raw) != len(self.names):
            raise DataError(f"There are {len(raw)} numbers; {len(self.names)} were expected: {_list(self.names)}.")
        values = [number_of(value, f"column {name!r}: ") for value, name in zip(raw, self.names, strict=True)]
        return np.asarray(values, np.float32)

    def decode(self, sample: NDArray[Any]) -> dict[str, float]:
        return {name: float(value) for name, value in zip(self.names, sample, strict=True)}

    def words(self, sample: NDArray[Any]) -> str:
        shown = [f"{name} {float(value):.4g}" for name, value in zip(self.names[:4], sample, strict=False)]
        return ", ".join(shown) + (", …" if len(self.names) > 4 else "")

    @classmethod
    def read(cls, values: Checked) -> Numbers:
        return cls(values.names("names", MOST_CLASSES))


@dataclass(frozen=True)
class Tokens(Encoding):
    """A text as numbers of its pieces: characters, words, or pairs of bytes that were joined where they are frequent.

    vocabulary: the pieces by number. length: how many pieces a sample has. merges: the pairs that are joined, the first
    first (Sennrich et al., 2016, on bytes as in GPT-2). pad: the number that fills a shorter text up; where there is
    none a shorter text stays shorter. unknown: the number of what is not in the vocabulary.
    """

    kind: ClassVar[str] = "tokens"
    level: Level
    vocabulary: tuple[str, ...]
    length: int
    merges: tuple[tuple[str, str], ...] = ()
    pad: int | None = None
    unknown: int | None = None

    @property
    def shape(self) -> tuple[int, ...]:
        return (self.length,)

    @property
    def dtype(self) -> str:
        return "uint8" if len(self.vocabulary) <= 256 else "int32"

    @property
    def declared(self) -> str:
        return "int64"

    @property
    def kinds(self) -> int:
        return len(self.vocabulary)

    @property
    def means(self) -> tuple[str, tuple[str, ...]]:
        return "pieces", (*self.vocabulary, *(f"{first}+{second}" for first, second in self.merges))

    @cached_property
    def numbers(self) -> dict[str, int]:
        """The number of each piece."""
        return {piece: i for i, piece in enumerate(self.vocabulary)}

    @cached_property
    def joiner(self) -> Any:
        """What joins pairs of bytes."""
        from grapheditor.data.readers.texts import pair_joiner

        return pair_joiner(self)

    def encode(self, raw: Any) -> NDArray[Any]:
        """Take a text: at most ``length`` pieces of it, filled up where there is a number to pad with."""
        import numpy as np

        if not isinstance(raw, str):
            raise DataError(f"expected a text, not {type(raw).__name__}.")
        found = self.tokens(raw)[: self.length]
        if self.pad is None:
            return found
        filled = np.full(self.length, self.pad, found.dtype)
        filled[: len(found)] = found
        return filled

    def tokens(self, text: str) -> NDArray[Any]:
        """Return the numbers of all pieces of a text, however long it is."""
        from grapheditor.data.readers.texts import tokens

        return tokens(text, self)

    def decode(self, sample: NDArray[Any]) -> str:
        from grapheditor.data.readers.texts import text_of

        return text_of(sample, self)

    def words(self, sample: NDArray[Any]) -> str:
        text = self.decode(sample)
        return repr(text if len(text) <= 72 else text[:71] + "…")

    @classmethod
    def read(cls, values: Checked) -> Tokens:
        vocabulary = values.names("vocabulary", MOST_TOKENS)
        merges = tuple(values.pairs("merges", MOST_TOKENS))
        level: Level = values.choice("level", ("characters", "words", "bytes"))
        pad, unknown = (values.optional(name, len(vocabulary) - 1) for name in ("pad", "unknown"))
        if level == "bytes":
            known = set(vocabulary)
            for first, second in merges:
                if not {first, second, first + second} <= known:
                    raise values.refuse("merges", f"joins {first!r} and {second!r}, which the vocabulary has not")
        elif merges:
            raise values.refuse("merges", "only pairs of bytes are joined")
        if level == "characters" and any(
            len(piece) != 1 for i, piece in enumerate(vocabulary) if i not in (pad, unknown)
        ):
            raise values.refuse("vocabulary", "a character is one character")
        return cls(level, vocabulary, values.whole("length", 1, MOST_ELEMENTS), merges, pad, unknown)


@dataclass(frozen=True)
class Mask(Encoding):
    """A class for each pixel, as numbers shaped (height, width).

    values: the grey value, or the number in the palette, that stands for each class in a file.
    """

    kind: ClassVar[str] = "mask"
    names: tuple[str, ...]
    values: tuple[int, ...]
    height: int
    width: int
    fit: Fit = "stretch"

    @property
    def means(self) -> tuple[str, tuple[str, ...]]:
        return "classes", self.names

    @property
    def shape(self) -> tuple[int, ...]:
        return self.height, self.width

    @property
    def dtype(self) -> str:
        return "uint8"

    @property
    def declared(self) -> str:
        return "int64"

    def encode(self, raw: Any) -> NDArray[Any]:
        """Take the path or the bytes of a file, or an array shaped (height, width)."""
        from grapheditor.data.readers.images import encode_mask

        return encode_mask(raw, self)

    def decode(self, sample: NDArray[Any]) -> NDArray[Any]:
        """Return the classes of the pixels, shaped (height, width)."""
        return sample

    def words(self, sample: NDArray[Any]) -> str:
        shares = [(float((sample == i).mean()), name) for i, name in enumerate(self.names)]
        shown = [f"{name} {share:.0%}" for share, name in shares if share > 0]
        return f"{self.width}×{self.height}: " + ", ".join(shown[:6])

    @classmethod
    def read(cls, values: Checked) -> Mask:
        names, numbers = values.names("names", 256), values.wholes("values", 256, 0, 255)
        if len(names) != len(numbers) or len(set(numbers)) != len(numbers):
            raise values.refuse("values", "each class has one value, and no two the same")
        height, width = (values.whole(name, 1, LARGEST_SIDE) for name in ("height", "width"))
        return cls(names, numbers, height, width, values.choice("fit", ("stretch", "crop", "pad")))


@dataclass(frozen=True)
class Array(Encoding):
    """Numbers of any shape and type."""

    kind: ClassVar[str] = "array"
    sizes: tuple[int, ...]
    type: str = "float32"

    @property
    def shape(self) -> tuple[int, ...]:
        return self.sizes

    @property
    def dtype(self) -> str:
        return self.type

    @property
    def declared(self) -> str:
        if self.type in ("float16", "float32", "uint8"):
            return "float32"
        return self.type if self.type in ("float64", "bool") else "int64"

    def encode(self, raw: Any) -> NDArray[Any]:
        """Take an array, nested lists, or the path of a .npy file."""
        import numpy as np

        if isinstance(raw, Path):
            from grapheditor.data.readers.arrays import read_npy

            raw = read_npy(raw)
        try:
            found = np.asarray(raw, self.type)
        except (ValueError, TypeError, OverflowError) as error:
            raise DataError(f"expected numbers shaped {_shape(self.sizes)}: {error}.") from error
        if found.shape != self.sizes:
            raise DataError(f"is shaped {_shape(found.shape)}; {_shape(self.sizes)} was expected.")
        return found

    def decode(self, sample: NDArray[Any]) -> Any:
        return sample

    def words(self, sample: NDArray[Any]) -> str:
        if sample.size <= 6:
            return ", ".join(f"{float(value):.4g}" for value in sample.ravel())
        return f"{_shape(sample.shape)}, {sample.min():.4g} to {sample.max():.4g}, mean {sample.mean():.4g}"

    @classmethod
    def read(cls, values: Checked) -> Array:
        sizes = values.wholes("sizes", 16, 0, MOST_ELEMENTS)
        if math.prod(sizes) > MOST_ELEMENTS:
            raise values.refuse("sizes", "the array is too large")
        return cls(sizes, values.choice("type", DTYPES))


@dataclass(frozen=True)
class Audio(Encoding):
    """A sound in one channel from -1 to 1, shaped (1, length), at a rate of samples a second.

    What is longer is cut, what is shorter is filled with silence.
    """

    kind: ClassVar[str] = "audio"
    rate: int
    length: int

    @property
    def shape(self) -> tuple[int, ...]:
        return 1, self.length

    def encode(self, raw: Any) -> NDArray[Any]:
        """Take the path of a WAV file."""
        from grapheditor.data.readers.sounds import encode_wav

        return encode_wav(raw, self)

    def decode(self, sample: NDArray[Any]) -> NDArray[Any]:
        """Return the sound, shaped (length,)."""
        sound: NDArray[Any] = sample[0]
        return sound

    def words(self, sample: NDArray[Any]) -> str:
        return f"{self.length / self.rate:.2f} s at {self.rate:,} Hz, peak {float(abs(sample).max()):.2f}"

    @classmethod
    def read(cls, values: Checked) -> Audio:
        return cls(values.whole("rate", 1, 1_000_000), values.whole("length", 1, MOST_ELEMENTS))


KINDS: dict[str, type[Encoding]] = {
    item.kind: item for item in (Image, Category, Number, Numbers, Tokens, Mask, Array, Audio)
}


def read_encoding(value: Any, place: str = "encoding") -> Encoding:
    """Read an encoding from JSON; DataError names the place and what was expected."""
    if not isinstance(value, dict) or value.get("kind") not in KINDS:
        raise DataError(f"{place}.kind: expected one of {', '.join(KINDS)}.")
    kind = KINDS[value["kind"]]
    known = {"kind", *(item.name for item in fields(kind))}
    extra = next((name for name in value if name not in known), None)
    if extra is not None:
        raise DataError(f"{place}.{str(extra)[:40]}: is not known here.")
    return kind.read(Checked(place, value))


def number_of(raw: Any, place: str = "") -> float:
    """Read a number as people write it; DataError where it is none, or not finite."""
    try:
        value = float(raw) if not isinstance(raw, str) or "_" not in raw else math.nan
    except (ValueError, TypeError, OverflowError):
        value = math.nan
    if not math.isfinite(value) or abs(value) > 3.4e38:
        raise DataError(f"{place}{str(raw)[:40]!r} is not a number.")
    return value


def encode_file(encoding: Encoding, path: Path, index: int | None = None) -> NDArray[Any]:
    """Return the sample of a file; SampleError names it where that fails. index: which sample of its column it is."""
    try:
        sample: NDArray[Any] = encoding.encode(path)
        return sample
    except SampleError as error:
        raise SampleError(path, error.what, index) from error
    except DataError as error:
        raise SampleError(path, error.message.removeprefix(f"{path}: "), index) from error


def _plain(value: Any) -> Any:
    return [_plain(item) for item in value] if isinstance(value, tuple) else value


def _shape(sizes: Sequence[int]) -> str:
    return "×".join(map(str, sizes)) or "one number"


def _list(names: Sequence[str]) -> str:
    return ", ".join(names[:10]) + (f" and {len(names) - 10:,} more" if len(names) > 10 else "")

"""How a data source is declared: a typed function whose keyword-only parameters are its options.

@source("Images", title="MNIST", licence="CC BY-SA 3.0", fields=(...), samples={...}, files=(Remote(...), ...))
def mnist(at: Place) -> Dataset:
    ...

Adding a source is adding such a function to a file of ``sources/``. It is run when the data is opened, never before.
"""

from __future__ import annotations

import importlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from functools import cache
from pathlib import Path
from typing import Any

from grapheditor import state
from grapheditor.authoring import Option
from grapheditor.authoring.names import meant
from grapheditor.authoring.operator import read_options
from grapheditor.authoring.options import Value
from grapheditor.data.dataset import Dataset, Field
from grapheditor.errors import DataError

SOURCES = Path(__file__).with_name("sources")
GROUPS = ("Images", "Texts", "Own files", "Generated", "Own Python")
"""The groups of sources, in the order in which they are listed."""


@dataclass(frozen=True)
class Remote:
    """A public file of a data set: its name in the folder of data sets, where it is, its size and its SHA-256.

    addresses: the official one first, then mirrors; all have the same content. also: where else in the folder of data
    sets people have it.
    """

    name: str
    bytes: int
    sha256: str
    addresses: tuple[str, ...]
    also: tuple[str, ...] = ()


@dataclass(frozen=True)
class Place:
    """Where a source is opened: what a relative path starts from, and where its public files lie.

    met: what options have named, as it was found.
    """

    source: Source
    folder: Path
    trust: bool = False
    met: list[Path] = field(default_factory=list)

    def path(self, option: str, text: str) -> Path:
        """Return what an option names: relative to the graph's folder, then to the folder of data sets."""
        if not text:
            text = f"{self.source.title}: say which {option} by its option {option}"
            raise DataError(f"{text} (on the command line: -p {option}=PATH).")
        try:
            given = Path(text).expanduser()
            tried = [given] if given.is_absolute() else [self.folder / given, state.data() / given]
            for path in tried:
                if path.exists():
                    self.met.append(path)
                    return path
        except (OSError, ValueError, RuntimeError) as error:
            raise DataError(f"{option}: {text[:100]!r} cannot be a path: {error}.") from error
        shown = " nor as ".join(map(str, tried))
        raise DataError(f"{self.source.title}, {option}: there is nothing at {shown}.")

    def file(self, option: str, text: str) -> Path:
        """Return the file that an option names."""
        path = self.path(option, text)
        if not path.is_file():
            raise DataError(f"{option}: {path} is no file.")
        return path

    def directory(self, option: str, text: str) -> Path:
        """Return the folder that an option names."""
        path = self.path(option, text)
        if not path.is_dir():
            raise DataError(f"{option}: {path} is no folder.")
        return path

    def fetched(self, name: str) -> Path:
        """Return a public file of the source, or another thing that it may lie as.

        DataError says how to fetch it where it is nowhere.
        """
        known = next((item.also for item in self.source.files if item.name == name), ())
        for folder in homes(self.source):
            for item in (name, name.removesuffix(".gz"), *known):
                if (folder / item).exists():
                    return folder / item
        size = sum(item.bytes for item in self.source.files)
        raise DataError(
            f"{self.source.title} is not here yet: `grapheditor data fetch {self.source.id}` downloads it "
            f"({size / 1e6:.0f} MB). It is looked for in {home(self.source)}: {name}."
        )


@dataclass(frozen=True)
class Source:
    """What is known of a data source without opening it.

    fields, samples: what every opening of it has; empty where only opening it tells.
    files: what can be fetched. bundled: the folder of its files, where they travel with the program.
    """

    id: str
    title: str
    category: str
    doc: str
    licence: str
    options: tuple[Option, ...]
    body: Callable[..., Dataset]
    fields: tuple[Field, ...] = ()
    samples: Mapping[str, int] = field(default_factory=dict)
    files: tuple[Remote, ...] = ()
    bundled: Path | None = None

    @property
    def headline(self) -> str:
        """The first sentence of the help."""
        return self.doc.split("\n", 1)[0]

    @property
    def classes(self) -> tuple[str, ...]:
        """The names of the classes, where they are known without opening it."""
        return next((item.classes for item in self.fields if item.classes), ())

    @property
    def folder(self) -> Path:
        """Where its own files lie, or will once they are fetched."""
        return self.bundled or home(self)

    def check(self, options: Mapping[str, Any]) -> dict[str, Value]:
        """Return the values of all options; DataError with a sentence where one is unknown or not allowed."""
        known = {item.name: item for item in self.options}
        for name in options:
            if name not in known:
                names = ", ".join(known) or "none"
                text = f"{self.title} has no option {name[:60]}; its options are: {names}.{meant(name, known)}"
                raise DataError(text)
        try:
            return {
                name: item.check(options[name]) if name in options else item.default for name, item in known.items()
            }
        except ValueError as error:
            raise DataError(f"{self.title}: {error}.") from error

    def open(self, options: Mapping[str, Any], folder: Path = Path(), *, trust: bool = False) -> Dataset:
        """Open the data; DataError with a sentence where an option, a file or its content is not what was expected."""
        values = self.check(options)
        place = Place(self, folder, trust)
        try:
            dataset = self.body(place, **values)
        except DataError as error:
            told = any(str(path) in error.message for path in place.met)
            if told or not place.met or error.message.partition(":")[0] in values:
                raise
            raise DataError(f"{place.met[0]}: {error.message}", error.node) from error
        set_by_hand = {item.name: values[item.name] for item in self.options if values[item.name] != item.default}
        return replace(dataset, source=self.id, options=set_by_hand)

    def describe(self) -> dict[str, Any]:
        """Return the source as the command line prints it."""
        return {
            "id": self.id,
            "title": self.title,
            "category": self.category,
            "doc": self.doc,
            "licence": self.licence,
            "options": [item.describe() for item in self.options],
            "fields": [{"name": item.name, "encoding": item.encoding.describe()} for item in self.fields],
            "samples": dict(self.samples),
            "bytes": sum(item.bytes for item in self.files),
            "here": self.here,
        }

    @property
    def here(self) -> bool:
        """Whether it can be opened without fetching anything."""
        place = Place(self, Path())
        try:
            for item in self.files:
                place.fetched(item.name)
        except DataError:
            return False
        return True


def home(source: Source) -> Path:
    """Return the folder that fetched files of a source go to."""
    return state.data() / source.id


def homes(source: Source) -> tuple[Path, ...]:
    """Return the folders in which files of a source are looked for: its own, torchvision's, and the one above them."""
    top = state.data()
    return (home(source), top / source.title.replace("-", "") / "raw", top / source.title / "raw", top)


def source(
    category: str,
    *,
    title: str,
    licence: str = "that of your files",
    fields: tuple[Field, ...] = (),
    samples: Mapping[str, int] | None = None,
    files: tuple[Remote, ...] = (),
    bundled: Path | None = None,
) -> Callable[[Callable[..., Dataset]], Source]:
    """Declare a data source: the group it is listed in, its title, its licence, and what is known before it is opened.

    The function's docstring is its help; the last lines ``name: text`` document its options. Its first parameter is
    the Place where it is opened.
    """
    if category not in GROUPS:
        raise ValueError(f"{category} is not one of {', '.join(GROUPS)}")

    def declare(function: Callable[..., Dataset]) -> Source:
        options, doc = read_options(function)
        name = function.__name__.strip("_").replace("_", "-")
        return Source(
            name, title, category, doc, licence, options, function, fields, dict(samples or {}), files, bundled
        )

    return declare


@cache
def declared() -> Mapping[str, Source]:
    """Return all sources by id, in their groups' order."""
    found: list[Source] = []
    for path in sorted(SOURCES.glob("*.py")):
        if not path.name.startswith("_"):
            module = importlib.import_module(f"grapheditor.data.sources.{path.stem}")
            found += [item for item in vars(module).values() if isinstance(item, Source)]
    found.sort(key=lambda item: GROUPS.index(item.category))
    return {item.id: item for item in found}

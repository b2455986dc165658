"""Files in folders: sorted, so that their order depends on names alone, and not without number."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

from grapheditor.errors import DataError

if TYPE_CHECKING:
    from collections.abc import Sequence

MOST_FILES = 10_000_000
MOST_CLASSES = 10_000
PART_NAMES = {"train": ("train", "training"), "validation": ("validation", "valid", "val"), "test": ("test", "testing")}


def files_in(folder: Path, endings: Sequence[str], *, deep: bool = True) -> list[Path]:
    """Return the files with these endings in a folder, and in those inside it; hidden ones are left out."""
    found: list[Path] = []
    waiting = [folder]
    seen: set[str] = set()
    try:
        while waiting:
            here = waiting.pop()
            real = os.path.realpath(here)
            if real in seen:
                continue  # a link that leads back
            seen.add(real)
            with os.scandir(here) as entries:
                for entry in entries:
                    if entry.name.startswith("."):
                        continue
                    if entry.is_dir():
                        if deep:
                            waiting.append(Path(entry.path))
                    elif entry.name.lower().endswith(tuple(endings)) and entry.is_file():
                        found.append(Path(entry.path))
            if len(found) > MOST_FILES:
                raise DataError(f"{folder}: has more than {MOST_FILES:,} files, the most that are read.")
    except OSError as error:
        raise DataError(f"{error.filename or folder}: cannot be read: {error.strerror or error}.") from error
    return sorted(found, key=lambda path: path.relative_to(folder).parts)


def folders_in(folder: Path) -> list[Path]:
    """Return the folders in a folder by name; hidden ones are left out."""
    try:
        found = sorted(path for path in folder.iterdir() if path.is_dir() and not path.name.startswith("."))
    except OSError as error:
        raise DataError(f"{folder}: cannot be read: {error.strerror or error}.") from error
    if len(found) > MOST_CLASSES:
        raise DataError(f"{folder}: has {len(found):,} folders; at most {MOST_CLASSES:,} classes are read.")
    return found


def parts_of(folder: Path) -> dict[str, Path]:
    """Return the folders of the parts, where a folder has train/ (and test/, validation/); else itself for all."""
    inside = {path.name.lower(): path for path in folders_in(folder)}
    found = {part: inside[name] for part, names in PART_NAMES.items() for name in names if name in inside}
    return found if "train" in found else {"train": folder}


def by_class(folder: Path, endings: Sequence[str]) -> dict[str, dict[str, list[Path]]]:
    """Return the files of each class of each part: a class is a folder. DataError where there are none."""
    parts = {}
    for part, place in parts_of(folder).items():
        for item in folders_in(place):
            if not item.name.isprintable():
                raise DataError(f"{place}: the folder {item.name!r} cannot be the name of a class.")
        classes = {item.name: files_in(item, endings) for item in folders_in(place)}
        parts[part] = {name: files for name, files in classes.items() if files}
        if not parts[part]:
            shown = ", ".join(endings[:5])
            raise DataError(f"{place}: has no folders with files in it ({shown}); a class is a folder of files.")
        extra = set(parts[part]) - set(parts.get("train", parts[part]))
        if extra:
            raise DataError(f"{place}: has the class {min(extra)}, which the training part has not.")
    return parts


def matched(first: Path, second: Path, endings: Sequence[str]) -> tuple[list[Path], list[Path]]:
    """Return files of two folders that have the same name, endings aside; DataError names what has no partner."""
    one, other = _by_stem(first, endings), _by_stem(second, endings)
    if not one:
        raise DataError(f"{first}: has no files with one of the endings {', '.join(endings)}.")
    for has, lacks, place in ((one, other, second), (other, one, first)):
        alone = sorted(set(has) - set(lacks))
        if alone:
            more = f" and {len(alone) - 3:,} more" if len(alone) > 3 else ""
            raise DataError(f"{place}: has no partner for {', '.join(alone[:3])}{more}.")
    names = sorted(one)
    return [one[name] for name in names], [other[name] for name in names]


def _by_stem(folder: Path, endings: Sequence[str]) -> dict[str, Path]:
    found: dict[str, Path] = {}
    for path in files_in(folder, endings):
        stem = path.relative_to(folder).with_suffix("").as_posix()
        if stem in found:
            raise DataError(f"{folder}: has {found[stem].name} and {path.name}; one name can have one partner only.")
        found[stem] = path
    return found

"""Which source opens what lies at a path: for a file or a folder that a person shows without saying what it is."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Iterator
from itertools import islice
from pathlib import Path

LOOKED_AT = 2_000
"""So many entries of a folder are looked at: enough to tell what most of them are."""
FILES = {".csv": "table", ".tsv": "table", ".npy": "numpy", ".npz": "numpy", ".txt": "text"}
IMAGES = (".png", ".jpg", ".jpeg", ".bmp", ".gif", ".webp", ".tif", ".tiff", ".ppm", ".pgm")
SOUNDS = (".wav", ".wave")


def guess(path: Path) -> tuple[str, dict[str, str]] | None:
    """Return the id of the source that opens what is at a path, and the options that name it; None where none does."""
    if path.is_dir():
        return _folder(path)
    source = FILES.get(path.suffix.lower())
    return (source, {"file": str(path)}) if source is not None and path.is_file() else None


def _folder(path: Path) -> tuple[str, dict[str, str]] | None:
    """Images and masks side by side; else by what most files are."""
    try:
        inside = {item.name.lower(): item for item in path.iterdir() if item.is_dir()}
    except OSError:
        return None
    if {"images", "masks"} <= inside.keys():
        return "image-masks", {name: str(inside[name]) for name in ("images", "masks")}
    kinds = Counter(kind for name in islice(_names(path), LOOKED_AT) if (kind := _kind(name)))
    if not kinds:
        return None
    source, _ = kinds.most_common(1)[0]
    return source, {"folder": str(path)}


def _kind(name: str) -> str | None:
    name = name.lower()
    if name.endswith(IMAGES):
        return "image-folder"
    return "wav-folder" if name.endswith(SOUNDS) else "text-classes" if name.endswith(".txt") else None


def _names(path: Path) -> Iterator[str]:
    for _, folders, files in os.walk(path):
        folders[:] = [name for name in folders if not name.startswith(".")]
        yield from (name for name in files if not name.startswith("."))

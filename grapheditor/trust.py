"""What of the user's own Python may run: files whose very content was trusted, by its SHA-256.

Trust is kept on this machine, in the user's folder for configuration; no graph file can give it. It is a text of a line
for each content: who deletes a line takes it back. A file is read once: what is shown, hashed and run are the same
bytes.
"""

from __future__ import annotations

import contextlib
import hashlib
import importlib.abc
import importlib.util
import os
import re
import stat
import sys
import traceback
from pathlib import Path
from typing import TYPE_CHECKING

from grapheditor import state
from grapheditor.errors import DataError, UntrustedError

if TYPE_CHECKING:
    from types import ModuleType

MOST_BYTES = 2**24
LINE = re.compile(r"([0-9a-f]{64})  (.*)")


def digest_of(content: bytes) -> str:
    """Return what stands for a content."""
    return hashlib.sha256(content).hexdigest()


def trusted() -> dict[str, str]:
    """Return the digests that are trusted, with the path that each content had then; a damaged line trusts nothing."""
    try:
        lines = state.trusted().read_text("utf-8", "replace").splitlines()
    except OSError:
        return {}
    return {found[1]: found[2] for found in map(LINE.fullmatch, lines) if found}


def is_trusted(content: bytes) -> bool:
    """Tell whether this content may run."""
    return digest_of(content) in trusted()


def trust(content: bytes, path: Path) -> None:
    """Trust this content from now on; DataError where that cannot be kept."""
    if is_trusted(content):
        return
    file = state.trusted()
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        with file.open("a", encoding="utf-8", errors="replace") as lines:
            lines.write(f"\n{digest_of(content)}  {str(path.resolve()).replace(chr(10), ' ')}\n")
    except OSError as error:
        raise DataError(f"{file}: cannot be written: {error.strerror or error}.") from error


def read(path: Path, *, most: int = MOST_BYTES, links: bool = True) -> bytes:
    """Return the content of a file of Python; DataError where it cannot be read, is no file, or has more bytes.

    links: whether a link to a file will do. Nothing waits: what lies there may be a pipe, or a device without an end.
    """
    flags = os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0)
    try:
        if not links and path.is_symlink():
            raise DataError(f"{path}: is a link; put the file itself here.")
        descriptor = os.open(path, flags | (0 if links else getattr(os, "O_NOFOLLOW", 0)))
        try:
            found = os.fstat(descriptor)
            if not stat.S_ISREG(found.st_mode):
                raise DataError(f"{path}: is not a file.")
            with open(descriptor, "rb", closefd=False) as file:
                content = file.read(most + 1) if found.st_size <= most else b""
        finally:
            os.close(descriptor)
    except OSError as error:
        raise DataError(f"{path}: cannot be read: {error.strerror or error}.") from error
    if found.st_size > most or len(content) > most:
        raise DataError(f"{path}: is larger than {most:,} bytes; no such Python is run.")
    return content


class _Loader(importlib.abc.SourceLoader):
    """Runs the very bytes that were trusted, whatever has become of the file since."""

    def __init__(self, path: Path, content: bytes) -> None:
        self.path = path
        self.content = content

    def get_filename(self, _name: str) -> str:
        return str(self.path)

    def get_data(self, path: str | bytes) -> bytes:
        if path != str(self.path):
            raise OSError("no compiled file is looked for")
        return self.content


def run(path: Path, content: bytes, kind: str) -> ModuleType:
    """Run the content of a file as a module, and return it; UntrustedError where that content is not trusted.

    kind: what it is, such as ``data``, for the module's name. Whatever the program raises is raised. What it prints
    goes to the standard error: the standard output may be a verb's answer.
    """
    if not is_trusted(content):
        raise UntrustedError(path, digest_of(content))
    name = f"own_{kind}_{digest_of(content)[:16]}"
    spec = importlib.util.spec_from_loader(name, _Loader(path, content))
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    try:
        with contextlib.redirect_stdout(sys.stderr):
            spec.loader.exec_module(module)
    except BaseException:
        del sys.modules[name]
        raise
    return module


def fault(path: Path, error: BaseException) -> str:
    """Say what went wrong in a file that was run, and in which of its lines."""
    if isinstance(error, SyntaxError) and error.filename == str(path):
        return f"{path}: line {error.lineno}: {type(error).__name__}: {error.msg}"
    lines = [frame.lineno for frame in traceback.extract_tb(error.__traceback__) if frame.filename == str(path)]
    return f"{path}: {f'line {lines[-1]}: ' if lines else ''}{type(error).__name__}: {error}"

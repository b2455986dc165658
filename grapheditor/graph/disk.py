"""Files as a whole: read within a limit, written so that at every moment the old or the new one is there."""

from __future__ import annotations

import contextlib
import errno
import hashlib
import os
import shutil
import tempfile
import time
from pathlib import Path

LARGEST_FILE = 16 * 2**20


class FileError(ValueError):
    """A file cannot be read or written: the file, the place in it, and a sentence."""

    def __init__(self, path: Path | None, message: str, place: str | None = None) -> None:
        where = "" if path is None else f"{path}: "
        super().__init__(f"{where}{place}: {message}" if place else f"{where}{message}")
        self.path = path
        self.place = place
        self.message = message


def load_file(path: Path) -> bytes:
    """Return the content of a file; FileError where it cannot be read or is larger than a graph may be."""
    try:
        if not path.is_file() and path.exists():
            raise FileError(path, "is not a file")
        with path.open("rb") as file:
            data = file.read(LARGEST_FILE + 1)
    except ValueError as error:
        raise error if isinstance(error, FileError) else FileError(path, "is not the name of a file") from error
    except OSError as error:
        raise FileError(path, f"cannot be read: {_reason(error)}") from error
    if len(data) > LARGEST_FILE:
        raise FileError(path, f"is larger than {LARGEST_FILE // 2**20} MB, the most a graph may have")
    return data


def digest(data: bytes) -> str:
    """Return what a content is recognised by."""
    return hashlib.sha256(data).hexdigest()


def before(path: Path) -> Path:
    """Return where the version before the present one lies."""
    return path.with_name(f"{path.name}~")


def replace_file(path: Path, data: bytes | Path, *, keep: bool = False, flush: bool = True) -> None:
    """Write a file so that at every moment the old or the new one is there, whole; a link to it stays a link.

    data: its bytes, or another file that has them. keep: the version before stays beside it, as ``NAME~``. flush: wait
    until the disk has it; without that a killed process loses nothing, a power cut may.
    """
    try:
        path = path.resolve()
        if path.exists() and not os.access(path, os.W_OK):
            raise OSError(errno.EACCES, "it may not be written")
        descriptor, name = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
    except (OSError, ValueError) as error:
        raise FileError(path, f"cannot be written: {_reason(error)}") from error
    temporary = Path(name)
    try:
        with os.fdopen(descriptor, "wb") as file:
            if isinstance(data, bytes):
                file.write(data)
            else:
                with data.open("rb") as source:
                    shutil.copyfileobj(source, file, 2**20)
            file.flush()
            if flush:
                os.fsync(file.fileno())
        _keep_mode(path, temporary)
        if keep:
            _keep_before(path, data if isinstance(data, bytes) else data.read_bytes())
        _rename(temporary, path)
        if flush:
            _flush_folder(path.parent)
    except OSError as error:
        with contextlib.suppress(OSError):
            temporary.unlink(missing_ok=True)
        raise FileError(path, f"cannot be written: {_reason(error)}") from error


def _keep_before(path: Path, data: bytes) -> None:
    """Give what is there a second name before its first one goes to the new version; what is the same is no version."""
    if not path.exists() or path.read_bytes() == data:
        return
    descriptor, name = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
    os.close(descriptor)
    second = Path(name)
    second.unlink()
    try:
        try:
            os.link(path, second)
        except OSError:  # a file system without links
            shutil.copy2(path, second)
        _rename(second, before(path))
    finally:
        second.unlink(missing_ok=True)  # renaming onto another name of the same file does nothing


def _keep_mode(path: Path, temporary: Path) -> None:
    """Mkstemp makes files that only their owner can read; a saved graph has the rights of any new file."""
    if os.name == "posix":
        mask = os.umask(0)
        os.umask(mask)
        temporary.chmod(path.stat().st_mode & 0o777 if path.exists() else 0o666 & ~mask)


def _rename(temporary: Path, path: Path) -> None:
    """On Windows a scanner may hold the old file for a moment: try again, a bounded number of times."""
    for attempt in range(10):
        try:
            temporary.replace(path)
            return
        except PermissionError:
            if os.name != "nt" or attempt == 9:
                raise
            time.sleep(0.02 * 2**attempt)


def _flush_folder(folder: Path) -> None:
    if os.name == "posix":
        descriptor = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)


def _reason(error: OSError | ValueError) -> str:
    return (error.strerror if isinstance(error, OSError) else None) or str(error)

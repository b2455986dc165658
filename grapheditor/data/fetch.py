"""Fetching public files: what arrives is whole and has the declared SHA-256, or is not there.

By urllib of the standard library: the libraries for this (pooch among them) fetch whole files anew, and resuming what
broke off is most of the work here. Proxies are those of the environment.
"""

from __future__ import annotations

import contextlib
import hashlib
import http.client
import os
import time
import urllib.error
import urllib.request
from typing import TYPE_CHECKING, BinaryIO
from urllib.parse import urlsplit

from grapheditor import __version__
from grapheditor.data.declare import Place, home
from grapheditor.errors import DataError

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from grapheditor.data.declare import Remote, Source

PIECE = 2**16
STALL = 30.0
"""Seconds without a byte after which a connection is given up."""
ATTEMPTS = 5
"""How often one address is asked without a byte more having come; each time what is there already is kept."""


class Stopped(DataError):
    """Fetching was stopped by hand; what has come is kept."""

    kind = "stopped"


def fetch(
    source: Source,
    progress: Callable[[str, int, int], None] = lambda name, done, total: None,
    stopped: Callable[[], bool] = lambda: False,
    *,
    stall: float = STALL,
) -> list[Path]:
    """Fetch what is not here yet of a source's files, and return where all of them lie.

    progress: told a file's name, how many of how many bytes are there. stopped: asked for each piece.
    DataError where a file cannot be had from any address; what came of it stays as NAME.part and is gone on with.
    """
    if not source.files:
        raise DataError(
            f"{source.title} has nothing to fetch" + (": it comes with the program." if source.bundled else ".")
        )
    found = []
    for remote in source.files:
        try:
            found.append(Place(source, home(source)).fetched(remote.name))
        except DataError:
            target = home(source) / remote.name
            download(remote, target, progress, stopped, stall=stall)
            found.append(target)
    return found


def download(
    remote: Remote,
    target: Path,
    progress: Callable[[str, int, int], None] = lambda name, done, total: None,
    stopped: Callable[[], bool] = lambda: False,
    *,
    stall: float = STALL,
) -> None:
    """Fetch one file; DataError says why no address gave it."""
    part = target.with_name(f"{target.name}.part")
    reasons = []
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        for address in remote.addresses:
            try:
                _from(address, remote, part, progress, stopped, stall)
            except _NotHere as error:
                reasons.append(f"{urlsplit(address).hostname}: {error}")
                continue
            _put(part, target)
            return
    except OSError as error:
        raise DataError(f"{target}: cannot be written: {error.strerror or error}.") from error
    raise DataError(f"{remote.name} cannot be fetched. {'; '.join(reasons)}.")


class _NotHere(Exception):
    """An address does not give the file, for this reason."""


class _Broken(Exception):
    """A connection ended before all had come; another may go on."""


def _from(
    address: str,
    remote: Remote,
    part: Path,
    progress: Callable[[str, int, int], None],
    stopped: Callable[[], bool],
    stall: float,
) -> None:
    """Get the whole file from one address, however often it breaks off; the file is checked as it lies on the disk."""
    if urlsplit(address).scheme not in ("http", "https"):
        raise _NotHere("is no address of the web")
    left = ATTEMPTS
    anew = False
    while True:
        before = _size(part)
        if before > remote.bytes:
            part.unlink()
            before = 0
        try:
            if before < remote.bytes:
                _go_on(address, remote, part, before, progress, stopped, stall)
        except _Broken as error:
            left = ATTEMPTS if _size(part) > before else left - 1
            if not left:
                raise _NotHere(str(error)) from error
            time.sleep(0.0 if _size(part) > before else min(1.0, stall) / 10)
            continue
        if _digest(part) == remote.sha256:
            return
        part.unlink()
        if before == 0 or anew:
            raise _NotHere("its content is another one than was declared (SHA-256)")
        anew = True  # what was there before may be at fault, not what came: once more from the start


def _go_on(
    address: str,
    remote: Remote,
    part: Path,
    start: int,
    progress: Callable[[str, int, int], None],
    stopped: Callable[[], bool],
    stall: float,
) -> None:
    headers = {"User-Agent": f"grapheditor/{__version__}", "Accept-Encoding": "identity"}
    if start:
        headers["Range"] = f"bytes={start}-"
    try:
        with urllib.request.urlopen(urllib.request.Request(address, headers=headers), timeout=stall) as answer:  # noqa: S310
            start = _starts_at(answer, start, remote)
            with part.open("r+b" if start else "wb") as file:
                file.seek(start)
                file.truncate()
                _copy(answer, file, start, remote, progress, stopped)
    except urllib.error.HTTPError as error:
        error.close()
        if error.code == 416 and start:
            part.unlink(missing_ok=True)
            raise _Broken("it has less than was fetched already") from error
        if error.code in (408, 429) or error.code >= 500:
            raise _Broken(f"it answers {error.code}") from error
        raise _NotHere(f"it answers {error.code}") from error
    except ValueError as error:  # where it leads to, as it came from there
        raise _NotHere(f"it leads to an address that is none ({error})") from error
    except TimeoutError as error:
        raise _Broken(f"nothing came for {stall:g} s") from error
    except (urllib.error.URLError, http.client.HTTPException, ConnectionError) as error:
        reason = getattr(error, "reason", error)
        raise _Broken(f"the connection failed: {str(reason) or type(error).__name__}") from error


def _starts_at(answer: http.client.HTTPResponse, asked: int, remote: Remote) -> int:
    """Return where what comes begins; a server that knows no ranges begins at 0. Lies about the length are refused."""
    given = answer.headers.get("Content-Range", "")
    if answer.status == 206:
        if given.replace(" ", "") not in (f"bytes{asked}-{remote.bytes - 1}/{n}" for n in (remote.bytes, "*")):
            raise _NotHere(
                f"it offers {given[:60] or 'some part'}; from {asked:,} of {remote.bytes:,} bytes was asked for"
            )
        return asked
    length = answer.headers.get("Content-Length")
    if length is not None and length.strip() != str(remote.bytes):
        raise _NotHere(f"it offers {length[:20]} bytes; {remote.bytes:,} were declared")
    return 0


def _copy(
    answer: http.client.HTTPResponse,
    file: BinaryIO,
    done: int,
    remote: Remote,
    progress: Callable[[str, int, int], None],
    stopped: Callable[[], bool],
) -> None:
    while True:
        if stopped():
            raise Stopped(f"Stopped; {done:,} of {remote.bytes:,} bytes of {remote.name} are kept.")
        piece = answer.read1(min(PIECE, remote.bytes - done + 1))
        if not piece:
            break
        done += len(piece)
        if done > remote.bytes:
            raise _NotHere(f"it goes on after the {remote.bytes:,} bytes that were declared")
        file.write(piece)
        progress(remote.name, done, remote.bytes)
    if done < remote.bytes:
        raise _Broken(f"it broke off after {done:,} of {remote.bytes:,} bytes")


def _put(part: Path, target: Path) -> None:
    with part.open("rb+") as file:
        os.fsync(file.fileno())
    part.replace(target)


def _size(path: Path) -> int:
    with contextlib.suppress(FileNotFoundError):
        return path.stat().st_size
    return 0


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()

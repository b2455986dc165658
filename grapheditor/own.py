"""Operators of the user's own: the Python files of one folder, each inert until its very content is trusted.

A file that is not trusted is read and never run: what is shown of it, its first line of help and the names of what it
declares, is found in its text. One that is trusted is run once for each content, from the bytes that were hashed.
"""

from __future__ import annotations

import ast
import importlib.util
import io
import json
import os
import re
import tokenize
import unicodedata
from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from grapheditor import state, trust
from grapheditor.authoring import Operator
from grapheditor.errors import DataError

MOST_BYTES = 2**20
MOST_FILES = 200
LONGEST_LINE = 200
"""Letters of a file's first line of help that are shown."""
PINNED = "GRAPHEDITOR_OWN"
"""The variable that tells a child process which files, of which content, its parent has taken: it takes no others."""
ID = re.compile(r"[a-z][a-z0-9_]{0,79}")
DEF = re.compile(r"def\s+(\w+)")

_taken: dict[str, str] | None = None
"""What this process has taken: the digest of each file by its name."""


def environment() -> dict[str, str]:
    """Return what a child process is to know: the files that are taken here. Nothing before any were looked for."""
    return {} if _taken is None else {PINNED: json.dumps(_taken)}


def taken() -> dict[str, str]:
    """Return the digests of the files that this process has taken, by their names."""
    return dict(_taken or {})


@dataclass(frozen=True, slots=True)
class OwnFile:
    """A file of the user's own operators.

    declares: the ids that its text seems to declare. problem: why nothing of it can be used, once it is trusted or
    where it cannot even be read. operators: what it gave when it was run; without any and without a problem it waits to
    be trusted. changed: another content of it was trusted before. late: its content is not that which the window took.
    """

    path: Path
    content: bytes = b""
    headline: str = ""
    declares: tuple[str, ...] = ()
    problem: str = ""
    operators: tuple[Operator, ...] = ()
    changed: bool = False
    late: bool = False

    @property
    def name(self) -> str:
        """The file's name."""
        return self.path.name

    @property
    def digest(self) -> str:
        """What its content is trusted by."""
        return trust.digest_of(self.content)

    @property
    def locked(self) -> bool:
        """Whether it waits to be trusted."""
        return not self.operators and not self.problem

    def why(self) -> str:
        """Say why nothing of it can be used; empty where it can."""
        if self.problem:
            return self.problem
        if self.late:
            return f"{self.path}: has changed since the window looked at it."
        if self.changed:
            return f"{self.path}: is Python of your own, and has changed since it was trusted{_HOW}."
        return "" if self.operators else f"{self.path}: is Python of your own, and is not trusted yet{_HOW}."


_HOW = " (on the command line: read it, then --trust)"


def source(content: bytes) -> str:
    """Return the text of a file for people: what no one would see in it, or what turns the order of letters, is named.

    Letters of control can make a text look like another one than Python reads (Boucher and Anderson 2021).
    """
    try:
        text = importlib.util.decode_source(content)
    except (SyntaxError, UnicodeDecodeError, LookupError):
        text = content.decode("utf-8", "replace")
    hidden = ("Cc", "Cf", "Co", "Cs", "Zl", "Zp")
    return "".join(
        letter if letter in "\n\t" or unicodedata.category(letter) not in hidden else f"<U+{ord(letter):04X}>"
        for letter in text
    )


def headline(text: str) -> str:
    """Return the first line of the docstring that a text begins with, read as a literal; empty where it has none."""
    skipped = (tokenize.ENCODING, tokenize.COMMENT, tokenize.NL, tokenize.NEWLINE)
    try:
        first = next(
            token for token in tokenize.generate_tokens(io.StringIO(text[:65536]).readline) if token.type not in skipped
        )
        found = ast.literal_eval(first.string) if first.type == tokenize.STRING else ""
    except (StopIteration, SyntaxError, ValueError, tokenize.TokenError, MemoryError, RecursionError):
        return ""
    lines = found.strip().splitlines() if isinstance(found, str) else []
    return lines[0][:LONGEST_LINE] if lines else ""


def declares(text: str) -> tuple[str, ...]:
    """Return the ids of what a text seems to declare: the names of its functions that stand behind ``@operator``."""
    found: dict[str, None] = {}
    waits = False
    for line in text.splitlines():
        named = DEF.match(line)
        if named and waits:
            found[named[1].strip("_")] = None
        waits = line.startswith("@operator") or (waits and not named and (not line or line[0] in " \t)@#"))
    return tuple(found)


class Own:
    """What the user's folder has, and what of it stands among the operators of a catalogue.

    operators: those that ship; the user's own are put in and taken out here. reserved: further ids that are taken.
    """

    def __init__(self, operators: dict[str, Operator], reserved: Collection[str] = ()) -> None:
        self.files: dict[str, OwnFile] = {}
        self.more = 0
        """Files beyond those that are looked at."""
        self._operators = operators
        self._shipped = {*operators, *reserved}
        self._seen: tuple[int, Path] | None = None
        self._pinned: Mapping[str, str] | None = None

    def look_once(self) -> None:
        """Look for files, unless this process has looked into this folder before."""
        if self._seen != (os.getpid(), state.operators()):
            self._pinned = _pinned()
            self.refresh()

    def refresh(self, pinned: Mapping[str, str] | None = None) -> bool:
        """Take in what the folder has now; tell whether anything is another than before.

        pinned: the digests of the files that may be taken, by name; from now on no others are.
        """
        global _taken
        folder = state.operators()
        known = self.files if self._seen == (os.getpid(), folder) else {}
        self._seen = os.getpid(), folder
        self._pinned = pinned if pinned is not None else self._pinned
        trusted = trust.trusted()
        paths = _paths(folder)
        self.more = max(0, len(paths) - MOST_FILES)
        ids: dict[str, str] = {}
        files: dict[str, OwnFile] = {}
        for path in paths[:MOST_FILES]:
            found = files[path.name] = self._file(path, trusted, known.get(path.name), ids)
            ids |= dict.fromkeys((item.id for item in found.operators), path.name)
        changed = files != self.files
        self.files = files
        _taken = {name: file.digest for name, file in files.items() if file.operators}
        self._put()
        return changed

    def _file(self, path: Path, trusted: Mapping[str, str], known: OwnFile | None, ids: Mapping[str, str]) -> OwnFile:
        try:
            content = trust.read(path, most=MOST_BYTES, links=False)
        except DataError as error:
            return OwnFile(path, problem=error.message)
        digest = trust.digest_of(content)
        text = source(content)
        found = OwnFile(path, content, headline(text), declares(text))
        if digest not in trusted:
            return replace(found, changed=str(path.resolve()) in trusted.values())
        if self._pinned is not None and self._pinned.get(path.name) != digest:
            return replace(found, late=True)
        if known is not None and known.content == content and known.operators:
            found = replace(found, operators=known.operators)
        else:
            found = _run(found)
        return self._refused(found, ids)

    def _refused(self, file: OwnFile, ids: Mapping[str, str]) -> OwnFile:
        """Return a file, without its operators where one of them cannot be taken."""
        why = ""
        for item in file.operators:
            if item.id in self._shipped:
                why = f"{item.id} is already an operator or a template of the program"
            elif item.id in ids:
                why = f"{ids[item.id]} has an operator {item.id} too"
            elif not ID.fullmatch(item.id) or not ID.fullmatch(item.stem):
                why = f"{item.id}: an operator's name has letters a to z, digits and _, and starts with a letter"
        return replace(file, operators=(), problem=f"{file.path}: {why}: give yours another name.") if why else file

    def _put(self) -> None:
        """Put the operators of the files in the place of those of before."""
        now = {item.id: item for file in self.files.values() for item in file.operators}
        for name in [name for name, item in self._operators.items() if item.origin and name not in now]:
            del self._operators[name]
        self._operators.update(now)

    def bringing(self, name: str) -> OwnFile | None:
        """Return the file that would bring an operator which is not there."""
        return next((file for file in self.files.values() if not file.operators and name in file.declares), None)

    def trust_for(self, names: Collection[str]) -> bool:
        """Trust the files that would bring these operators, and take them in; tell whether there were any."""
        found = {file.name: file for name in names if (file := self.bringing(name)) is not None and file.locked}
        for file in found.values():
            self.trust(file)
        return bool(found)

    def trust(self, file: OwnFile) -> OwnFile:
        """Trust a file as it was looked at, and return it as it is now; DataError where that cannot be kept."""
        trust.trust(file.content, file.path)
        self.refresh()
        return self.files.get(file.name, file)


def _pinned() -> dict[str, str] | None:
    """Return what the parent of this process has taken, None where it says nothing of that."""
    try:
        found = json.loads(os.environ.get(PINNED, "null"))
    except ValueError:
        return {}
    return {str(name): str(digest) for name, digest in found.items()} if isinstance(found, dict) else None


def _paths(folder: Path) -> list[Path]:
    """Return the files of Python in a folder, by name; those whose names begin with . or _ are left alone."""
    try:
        return sorted(path for path in folder.iterdir() if path.suffix == ".py" and path.name[0] not in "._")
    except OSError:
        return []


def _run(file: OwnFile) -> OwnFile:
    """Run a file that is trusted, and return it with its operators, or with what went wrong."""
    try:
        module = trust.run(file.path, file.content, "operators")
    except DataError as error:
        return replace(file, problem=error.message)
    except (Exception, SystemExit) as error:  # noqa: BLE001 - whatever a user's program raises
        return replace(file, problem=_sentence(trust.fault(file.path, error)))
    found = [item for item in vars(module).values() if isinstance(item, Operator)]
    if not found:
        return replace(file, problem=f"{file.path}: declares no operator.")
    unique = {item.id: replace(item, origin=str(file.path)) for item in found}
    return replace(file, operators=tuple(unique.values()))


def _sentence(text: str) -> str:
    return text if text.endswith(".") else f"{text}."

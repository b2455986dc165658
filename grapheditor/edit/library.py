"""The user's library: modules that are kept, each in a file of its own: a graph of one node, which uses the module.

So a kept module is pasted as any part of a graph is, with the modules that it holds, its options and its help. The file
is called like the module; what was there before stays as ``NAME~``.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from grapheditor.authoring import Operator
from grapheditor.catalog import interface
from grapheditor.edit.clipboard import excerpt
from grapheditor.edit.modules import rename_module, stem_of
from grapheditor.edit.scope import uses
from grapheditor.graph import FileError, Graph, Node, write_text
from grapheditor.graph.disk import before, digest, load_file, replace_file
from grapheditor.graph.file import read_data
from grapheditor.graph.migrate import History
from grapheditor.graph.names import module_refusal
from grapheditor.graph.order import used_modules

SUFFIX = ".graph.json"
MOST_BYTES = 2**22
MOST_FILES = 500
Outcome = Literal["new", "same", "replaced"]


@dataclass(frozen=True, slots=True)
class Kept:
    """A module in the library. part: a graph of one node that uses it; None where a problem says why there is none."""

    path: Path
    part: Graph | None = None
    problem: str = ""
    digest: str = ""

    @property
    def name(self) -> str:
        """What the module is called, as its file is."""
        return self.path.name.removesuffix(SUFFIX)

    @property
    def declared(self) -> Operator | None:
        """The module as its uses see it."""
        if self.part is None:
            return None
        (use,) = self.part.nodes.values()
        return interface(use.operator, self.part.modules[use.operator].head)


def part_of(graph: Graph, module: str) -> Graph:
    """Return a module of a graph as the library keeps it, with its ties; ValueError where there is no such module."""
    if module not in graph.modules:
        raise ValueError(f"There is no module {module}; there is: {', '.join(graph.modules) or 'none'}.")
    found = next(uses(graph, module), None)
    if found is None:
        part, name = Graph(), stem_of(module)
        wanted = tuple(f"modules.{item}" for item in used_modules(graph, (module,)))
        for key, record in graph.records():
            if key in wanted or key.startswith(tuple(f"{item}." for item in wanted)):
                part.put(key, record)
    else:
        scope, name = found
        part = excerpt(scope, [name])
        if scope.body.nodes[name].repeat != 1:  # each copy has paths of its own
            for path in list(part.ties):
                part.put(f"ties.{path}", None)
        if not part.ties:  # of two uses the same is kept
            part.put(f"nodes.{name}", None)
            name = stem_of(module)
    part.put(f"nodes.{name}", Node(name, module))
    return part


def keep(folder: Path, part: Graph) -> Outcome:
    """Write a module into the library; tell whether there was one of its name. FileError where it cannot be written."""
    (use,) = part.nodes.values()
    path = folder / f"{use.operator}{SUFFIX}"
    text = write_text(part).encode()
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise FileError(folder, f"cannot be made: {error.strerror or error}") from error
    there = path.exists() or path.is_symlink()
    if path.is_symlink():
        raise FileError(path, _LINK)
    if there and read(path, History()).part == part:
        return "same"
    replace_file(path, text, keep=True)
    return "replaced" if there else "new"


def rename(kept: Kept, name: str, history: History) -> Path:
    """Give a module of the library another name; ValueError, which a FileError is, says why where that cannot be."""
    why = module_refusal(name)
    if why:
        raise ValueError(f"{name!r} cannot be the name of a module: {why}.")
    fresh = read(kept.path, history)
    path = kept.path.with_name(f"{name}{SUFFIX}")
    if fresh.part is None:
        raise ValueError(fresh.problem)
    if path == kept.path:
        return path
    if path.exists():
        raise ValueError(f"There is already a module {name} in your library.")
    (use,) = fresh.part.nodes.values()
    rename_module(fresh.part, use.operator, name).apply(fresh.part)
    replace_file(path, write_text(fresh.part).encode())
    remove(kept.path)
    return path


def remove(path: Path) -> Path:
    """Take a file out of the library: it stays beside the others as ``NAME~``; FileError where that cannot be."""
    try:
        path.replace(before(path))
    except OSError as error:
        raise FileError(path, f"cannot be removed: {error.strerror or error}") from error
    return before(path)


def put_back(path: Path) -> None:
    """Take back that a file was removed; FileError where that cannot be."""
    if path.exists():
        raise FileError(path, "there is another one by now")
    try:
        before(path).replace(path)
    except OSError as error:
        raise FileError(path, f"cannot be put back: {error.strerror or error}") from error


_LINK = "is a link; put the file itself here"


def read(path: Path, history: History, known: Kept | None = None) -> Kept:
    """Read a file of the library; what is wrong with it is said in the result. known: what was read of it last."""
    try:
        if path.is_symlink():
            raise FileError(path, _LINK)
        if path.is_file() and path.stat().st_size > MOST_BYTES:
            raise FileError(path, f"is larger than {MOST_BYTES // 2**20} MB, the most a kept module may have")
        data = load_file(path)
        found = digest(data)
        if known is not None and known.digest == found:
            return known
        part = read_data(data, path, history)
        _check(path, part)
    except (FileError, OSError) as error:
        return Kept(path, problem=f"{str(error).removesuffix('.')}.")
    part.path = None
    return Kept(path, part, digest=found)


def _check(path: Path, part: Graph) -> None:
    names = [node.operator for node in part.nodes.values()]
    if len(names) != 1 or names[0] not in part.modules:
        raise FileError(path, "is not a kept module: it would have one node, which uses a module")
    if names[0] != path.name.removesuffix(SUFFIX):
        raise FileError(path, f"holds the module {names[0]}: call the file {names[0]}{SUFFIX}")


class Library:
    """What a folder has, by the modules' names, as it was when it was looked at last."""

    def __init__(self, history: History) -> None:
        self.history = history
        self.folder = Path()
        self.kept: dict[str, Kept] = {}
        self.more = 0
        """Files beyond those that are read."""

    def refresh(self, folder: Path) -> bool:
        """Read what is another than before; tell whether anything was."""
        known = self.kept if folder == self.folder else {}
        try:
            paths = sorted(path for path in folder.iterdir() if path.name.endswith(SUFFIX) and path.name[0] != ".")
        except OSError:
            paths = []
        self.more = max(0, len(paths) - MOST_FILES)
        found = {
            (item := read(path, self.history, known.get(path.name.removesuffix(SUFFIX)))).name: item
            for path in paths[:MOST_FILES]
        }
        changed = found != self.kept
        self.folder, self.kept = folder, found
        return changed

"""Texts: one long one in windows, and many short ones by class."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal

from grapheditor.authoring import Count, File, Folder, Share, Size
from grapheditor.data.columns import Column, Held, Part
from grapheditor.data.dataset import Dataset, Field, from_arrays
from grapheditor.data.declare import Place, Remote, source
from grapheditor.data.encoding import Category, Tokens
from grapheditor.data.splitting import split
from grapheditor.errors import DataError

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

Levels = Literal["characters", "words", "bytes"]
LONGEST = 2**20
MOST_LINES = 20_000_000
NAMES = (
    ("Arabic", 13190, "6f424a8dbe51cbbbabab7a57d38b617210125e4e3991f3c657cb79b8f104bafc"),
    ("Chinese", 1246, "09ba8f1f7e38dbc99372d461b26ad4433b811fc6bfa6a3ecca6fe11a9a777465"),
    ("Czech", 3916, "e17ab0ec47616a72c39cb85c783f70c3663ab64488721e5d8378f146d2226be7"),
    ("Dutch", 2351, "924f32b635170eae561f84538632138fc07d4c8bbd70ba3fb980de1ecc4d2af3"),
    ("English", 27125, "9cca037066d3d5989e24bc01801416162de506b5e28e15b7c092a47905d29bf2"),
    ("French", 2178, "81e65b36c60ed5b89a17422f6edcadbb89546f38ad69e960e64e7ba682012a95"),
    ("German", 5610, "7449cd590b97a733e18d613a4155decd77ec35dc5f8aadd7a82204dce4f051db"),
    ("Greek", 1981, "3555b5186de7f401e6d991b088e9e644ca3099116477818c25ab5793801389e6"),
    ("Irish", 1858, "cf8c7013256252a88d2503127b87282a11f21b2ff6db1bded68834c19a1ec058"),
    ("Italian", 5657, "f88414c27d0606a11a678b4859277828c2565d6cc4d9ee932deef6e94f3b35e4"),
    ("Japanese", 7622, "e0e717e114fec3e7eade4d9dabe0067c475f43147e36a22b47902ee76ad9e67f"),
    ("Korean", 423, "cd54221ccb362a6cba4c78828838cf3268a0e59744767a37cf6ec4b74036b136"),
    ("Polish", 1165, "45bab898af2f60ed3a728bbf6980e28821011a7caa53227553b5785903a40826"),
    ("Portuguese", 554, "50a8735f41f4f73757c8ce5b16cb0275cd86b2b214bcbc8c9805f508cb131c53"),
    ("Russian", 85168, "0cfe53ac18041e8f63666aa77313e0a3ff378facb132abee052d8ebdc8c3d62c"),
    ("Scottish", 752, "78d0252711d87d948ea86fe34826c51d2d794a8e52d15b5d6f7b6244d45d62dd"),
    ("Spanish", 2284, "1bcb462ed3316756a85781d68232bddae04498fdddd5d9219c53fd1fbdeba7a7"),
    ("Vietnamese", 339, "f3f9e4164ab47601178a6e45b216464a64122f49d05541f24bf18a757253281d"),
)
"""The languages of the surnames, and the size and the SHA-256 of the file of each."""


@source("Own files", title="Text")
def text(
    at: Place,
    *,
    file: File = "",
    level: Levels = "characters",
    length: Size = 64,
    vocabulary: Size = 1_000,
    step: Size = 1,
    test: Share = 0.1,
) -> Dataset:
    """Windows over one long text, for networks that say what comes next: tokens, and next, the same one place on.

    The end of the text is the test part: no window reaches from one part into the other, and no vocabulary of words or
    joined bytes is learnt from it.

    file: The text, in UTF-8.
    level: What a token is: a character, a word, or bytes that were joined where they are frequent (as in GPT-2).
    length: Tokens a window.
    vocabulary: The most tokens there are, of words or joined bytes; of characters all are kept.
    step: How far on the next window begins; 1 begins one at every token.
    test: The share of the text that is held out for the test.
    """
    return _windowed(at, at.file("file", file), level, length, vocabulary, step, test)


@source(
    "Texts",
    title="Tiny Shakespeare",
    licence="public domain",
    files=(
        Remote(
            "tinyshakespeare.txt",
            1115394,
            "86c4e6aa9db7c042ec79f339dcb96d42b0075e16b8fc2e86bf0ca57e2dc565ed",
            ("https://raw.githubusercontent.com/karpathy/char-rnn/master/data/tinyshakespeare/input.txt",),
            also=("text/tinyshakespeare.txt",),
        ),
    ),
)
def tinyshakespeare(
    at: Place,
    *,
    level: Levels = "characters",
    length: Size = 64,
    vocabulary: Size = 1_000,
    step: Size = 1,
    test: Share = 0.1,
) -> Dataset:
    """A million characters of Shakespeare in windows: tokens, and next, the same one place on (Karpathy, 2015).

    The last tenth of the text is the test part, as for any text of your own.

    level: What a token is: a character, a word, or bytes that were joined where they are frequent (as in GPT-2).
    length: Tokens a window.
    vocabulary: The most tokens there are, of words or joined bytes; of characters all are kept.
    step: How far on the next window begins; 1 begins one at every token.
    test: The share of the text that is held out for the test.
    """
    return _windowed(at, at.fetched("tinyshakespeare.txt"), level, length, vocabulary, step, test)


def _windowed(at: Place, path: Path, level: Levels, length: int, vocabulary: int, step: int, test: float) -> Dataset:
    """Return all windows of a text."""
    from grapheditor.data.readers.texts import learn_tokens, read_text, tokens

    if length > LONGEST:
        raise DataError(f"length: a window has at most {LONGEST:,} tokens.")
    whole = read_text(path)
    cut = len(whole) - round(len(whole) * test)
    learnt = whole if level == "characters" else whole[:cut]
    encoding = learn_tokens(path, [learnt], level, vocabulary, length, padded=False)
    found, held = tokens(whole[:cut], encoding), tokens(whole[cut:], encoding)
    parts: dict[Any, Part] = {"train": _windows(found, length, step)}
    if not parts["train"].count:
        raise DataError(f"{path}: has {len(found):,} tokens to train with; a window of {length:,} needs one more.")
    if len(held) > length:
        parts["test"] = _windows(held, length, length)
    fields = (Field("tokens", encoding), Field("next", encoding))
    notes = (f"{len(found) + len(held):,} tokens of {len(encoding.vocabulary):,} kinds",)
    return Dataset(at.source.title, fields, parts, (path,), notes)


def _windows(found: NDArray[Any], length: int, step: int) -> Part:
    """Return all windows as views: nothing is copied."""
    from numpy.lib.stride_tricks import sliding_window_view

    columns: dict[str, Column] = {}
    if len(found) <= length:
        return Part({"tokens": Held(found[:0].reshape(0, length)), "next": Held(found[:0].reshape(0, length))})
    for name, part in (("tokens", found[:-1]), ("next", found[1:])):
        columns[name] = Held(sliding_window_view(part, length, writeable=True)[::step])
    return Part(columns, overlap=-(-length // step))


@source("Own files", title="Texts by class")
def text_classes(
    at: Place,
    *,
    folder: Folder = "",
    level: Levels = "characters",
    length: Count = 0,
    vocabulary: Size = 1_000,
    test: Share = 0.1,
    seed: Count = 0,
) -> Dataset:
    """A folder with one text file a class and one sample a line, such as surnames by language.

    folder: The folder of the files; their names without the ending are those of the classes.
    level: What a token is: a character, a word, or a pair of bytes that was joined where it is frequent.
    length: Tokens a sample; what is longer is cut, what is shorter filled with token 0. 0 takes the longest sample's.
    vocabulary: The most tokens there are, of words or joined bytes; of characters all are kept.
    test: The share that is held out for the test.
    seed: What the choice of the test part starts from.
    """
    from grapheditor.data.readers.folders import files_in

    place = at.directory("folder", folder)
    paths = files_in(place, (".txt",), deep=False)
    if not paths:
        raise DataError(f"{place}: has no .txt files; each is a class, with one sample a line.")
    return _by_class(at, place, paths, level, length, vocabulary, test, seed)


@source(
    "Texts",
    title="Surnames",
    licence="MIT (Sean Robertson)",
    files=tuple(
        Remote(
            f"{language}.txt",
            size,
            digest,
            (f"https://raw.githubusercontent.com/spro/practical-pytorch/master/data/names/{language}.txt",),
            also=(f"text/names/{language}.txt",),
        )
        for language, size, digest in NAMES
    ),
)
def names(at: Place, *, length: Count = 0, test: Share = 0.1, seed: Count = 0) -> Dataset:
    """Twenty thousand surnames of eighteen languages, letter by letter; nearly half of them are Russian.

    length: Letters a name; what is longer is cut, what is shorter filled with token 0. 0 takes the longest name's.
    test: The share that is held out for the test.
    seed: What the choice of the test part starts from.
    """
    paths = [at.fetched(f"{language}.txt") for language, _, _ in NAMES]
    return _by_class(at, paths[0].parent, paths, "characters", length, 1, test, seed)


def _by_class(
    at: Place, place: Path, paths: list[Path], level: Levels, length: int, vocabulary: int, test: float, seed: int
) -> Dataset:
    """Return the lines of files, each of which is a class, filled up to one length."""
    import numpy as np

    from grapheditor.data.readers.texts import learn_tokens, read_text, tokens

    lines: list[str] = []
    labels: list[int] = []
    for number, path in enumerate(paths):
        found = [line.strip() for line in read_text(path).split("\n") if line.strip()]
        if not found:
            raise DataError(f"{path}: has no lines; it is a class, with one sample a line.")
        lines += found
        labels += [number] * len(found)
        if len(lines) > MOST_LINES:
            raise DataError(f"{path}: goes past {MOST_LINES:,} lines, the most that are read.")
    encoding = learn_tokens(place, lines, level, vocabulary, length or LONGEST, padded=True)
    rows = [tokens(line, encoding) for line in lines]
    longest = min(length or LONGEST, max(map(len, rows)))
    if longest * len(rows) > 2**33:
        raise DataError(f"{place}: {len(rows):,} samples of {longest:,} tokens are too many; give a length.")
    encoding = Tokens(level, encoding.vocabulary, length or longest, encoding.merges, encoding.pad, encoding.unknown)
    filled = np.zeros((len(rows), encoding.length), encoding.dtype)
    for target, row in zip(filled, rows, strict=True):
        target[: min(len(row), encoding.length)] = row[: encoding.length]
    encodings = {"text": encoding, "label": Category(tuple(path.stem for path in paths))}
    arrays = {"text": filled, "label": np.asarray(labels, np.int64)}
    return split(from_arrays(at.source.title, {"train": arrays}, encodings, files=tuple(paths)), test=test, seed=seed)

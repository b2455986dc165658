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
    import numpy as np

    from grapheditor.data.readers.folders import files_in
    from grapheditor.data.readers.texts import learn_tokens, read_text, tokens

    place = at.directory("folder", folder)
    paths = files_in(place, (".txt",), deep=False)
    if not paths:
        raise DataError(f"{place}: has no .txt files; each is a class, with one sample a line.")
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

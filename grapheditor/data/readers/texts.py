"""Texts: reading them, finding a vocabulary, and turning them into tokens and back."""

from __future__ import annotations

import codecs
import re
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from grapheditor.data.encoding import Tokens
from grapheditor.data.readers.images import read_bytes
from grapheditor.errors import DataError

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from grapheditor.data.encoding import Level

MOST_BYTES = 2**31
MOST_CHARACTERS = 50_000
PAD, UNKNOWN = "<pad>", "<unk>"
WORD = re.compile(r"\n|\w+(?:['’]\w+)*|[^\w\s]")
"""A word is letters and digits, with apostrophes inside; marks and the end of a line are words of their own."""


def read_text(path: Path) -> str:
    """Read a text in UTF-8, or in UTF-16 that says so; DataError names the line of a byte that is none."""
    data = read_bytes(path, MOST_BYTES)
    wide = data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE))
    try:
        text = data.decode("utf-16" if wide else "utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise DataError(
            f"{path}: line {line:,} is not {'UTF-16' if wide else 'UTF-8'}: byte 0x{data[error.start]:02x} at "
            f"{error.start:,}. Save it as UTF-8 (`iconv -f CP1252 -t UTF-8 OLD > NEW`, where it is of Windows)."
        ) from error
    return text.replace("\r\n", "\n").replace("\r", "\n")


def learn_tokens(path: Path, texts: list[str], level: Level, size: int, length: int, *, padded: bool) -> Tokens:
    """Return the encoding of texts: at most ``size`` pieces, found in the texts; all characters are kept."""
    special = [PAD] if padded else []
    if level == "bytes":
        vocabulary, merges = _learn_pairs(path, texts, size, special)
        return Tokens(level, vocabulary, length, merges, 0 if padded else None)
    if level == "words":
        counts = Counter(word for text in texts for word in WORD.findall(text))
        most = max(1, size - len(special) - 1)
        frequent = sorted(counts, key=lambda word: (-counts[word], word))[:most]
        vocabulary = (*special, UNKNOWN, *(word for word in frequent if word not in (PAD, UNKNOWN)))
        return Tokens(level, vocabulary, length, (), 0 if padded else None, len(special))
    characters = sorted(set().union(*texts))
    if len(characters) > MOST_CHARACTERS:
        raise DataError(f"{path}: has {len(characters):,} different characters; at most {MOST_CHARACTERS:,} are read.")
    if padded:
        characters.append(UNKNOWN)
    return Tokens(
        level, (*special, *characters), length, (), 0 if padded else None, len(characters) if padded else None
    )


def _learn_pairs(
    path: Path, texts: list[str], size: int, special: list[str]
) -> tuple[tuple[str, ...], tuple[tuple[str, str], ...]]:
    import json

    from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers

    if size < 256 + len(special):
        raise DataError(f"{path}: a vocabulary of pairs of bytes holds the 256 bytes first; {size} is too few.")
    learner = Tokenizer(models.BPE())
    learner.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    learner.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=size,
        special_tokens=special,
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
        show_progress=False,
    )
    learner.train_from_iterator(texts, trainer)
    model = json.loads(learner.to_str())["model"]
    numbers: dict[str, int] = model["vocab"]
    merges = tuple((pair[0], pair[1]) for pair in (m if isinstance(m, list) else m.split(" ") for m in model["merges"]))
    return tuple(sorted(numbers, key=numbers.__getitem__)), merges


def tokens(text: str, encoding: Tokens) -> NDArray[Any]:
    """Return the numbers of a text's pieces; DataError names a piece that is not in the vocabulary."""
    numbers = encoding.numbers
    if encoding.level == "bytes":
        return np.asarray(encoding.joiner.encode(text, add_special_tokens=False).ids, encoding.dtype)
    if encoding.level == "characters":
        return _characters(text, encoding)
    found = [numbers.get(word, encoding.unknown) for word in WORD.findall(text)]
    if None in found:
        word = WORD.findall(text)[found.index(None)]
        raise DataError(f"{word[:40]!r} is not in the vocabulary of {len(numbers):,} words.")
    return np.asarray(found, encoding.dtype)


def _characters(text: str, encoding: Tokens) -> NDArray[Any]:
    """By a table over all code points, since texts have millions of characters."""
    codes = np.frombuffer(text.encode("utf-32-le", "surrogatepass"), "<u4")
    table = np.full(int(codes.max(initial=0)) + 1, -1 if encoding.unknown is None else encoding.unknown, np.int32)
    for piece, number in encoding.numbers.items():
        if len(piece) == 1 and ord(piece) < len(table):
            table[ord(piece)] = number
    found: NDArray[Any] = table[codes]
    if (found < 0).any():
        character = text[int(np.argmax(found < 0))]
        raise DataError(f"the character {character!r} is not in the vocabulary of {len(encoding.vocabulary):,}.")
    return found.astype(encoding.dtype)


def text_of(sample: NDArray[Any], encoding: Tokens) -> str:
    """Return the text of tokens; what pads is left out."""
    ids = [int(number) for number in np.asarray(sample).ravel() if int(number) != encoding.pad]
    if encoding.level == "bytes":
        return str(encoding.joiner.decode(ids))
    pieces = [encoding.vocabulary[number] for number in ids]
    if encoding.level == "characters":
        return "".join("�" if number == encoding.unknown else piece for number, piece in zip(ids, pieces, strict=True))
    return re.sub(r" ?\n ?", "\n", re.sub(r" ([.,;:!?)\]}])", r"\1", " ".join(pieces)))


def pair_joiner(encoding: Tokens) -> Any:
    """Return the library's tokenizer of an encoding of pairs of bytes."""
    from tokenizers import Tokenizer, decoders, models, pre_tokenizers

    try:
        made = Tokenizer(models.BPE(dict(encoding.numbers), list(encoding.merges)))
    except Exception as error:  # the library has one class for all that it refuses
        raise DataError(f"The vocabulary of pairs of bytes is not sound: {error}.") from error
    made.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    made.decoder = decoders.ByteLevel()
    return made

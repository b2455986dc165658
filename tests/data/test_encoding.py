"""Encodings: back and forth, the same from JSON, and refusals in words."""

from __future__ import annotations

import json

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from grapheditor.data import (
    Array,
    Audio,
    Category,
    DataError,
    Image,
    Mask,
    Number,
    Numbers,
    Tokens,
    from_arrays,
    read_description,
    read_encoding,
    statistics,
)

CHARACTERS = Tokens("characters", tuple("<abcdef "), 5, pad=0)
EXAMPLES = [
    Image(3, 8, 10, "crop"),
    Category(("cat", "dog")),
    Number(),
    Numbers(("age", "height")),
    CHARACTERS,
    Tokens("words", ("<unk>", "a", "b"), 7, unknown=0),
    Tokens("bytes", ("a", "b", "ab"), 4, (("a", "b"),)),
    Mask(("ground", "cell"), (0, 255), 4, 5),
    Array((2, 3), "int64"),
    Audio(16_000, 400),
]


@pytest.mark.parametrize("encoding", EXAMPLES, ids=lambda item: item.kind)
def test_an_encoding_is_read_back_from_its_json(encoding):
    text = json.dumps(encoding.describe())
    assert read_encoding(json.loads(text)) == encoding


@pytest.mark.parametrize(
    ("value", "words"),
    [
        ({"kind": "pickle"}, "kind: expected one of image"),
        ([], "kind: expected one of image"),
        ({"kind": "number", "run": "x"}, r"encoding\.run: is not known"),
        ({"kind": "image", "channels": 3, "height": 0, "width": 4, "fit": "crop"}, "height: expected a whole number"),
        ({"kind": "image", "channels": 65536, "height": 65536, "width": 65536, "fit": "crop"}, "too large"),
        ({"kind": "image", "channels": 3, "height": 4, "width": 4, "fit": "melt"}, "fit: expected one of stretch"),
        ({"kind": "category", "names": []}, "names: is empty"),
        ({"kind": "category", "names": ["a", "a"]}, "something twice"),
        ({"kind": "category", "names": [1]}, "short texts"),
        ({"kind": "mask", "names": ["a"], "values": [0, 1], "height": 1, "width": 1, "fit": "pad"}, "one value"),
        ({"kind": "array", "sizes": [2**20, 2**20], "type": "uint8"}, "too large"),
        ({"kind": "array", "sizes": [2], "type": "object"}, "type: expected one of uint8"),
        ({"kind": "tokens", "level": "characters", "vocabulary": ["ab"], "length": 3}, "one character"),
        ({"kind": "tokens", "level": "bytes", "vocabulary": ["a"], "length": 3, "merges": [["a", "b"]]}, "has not"),
        ({"kind": "tokens", "level": "words", "vocabulary": ["a"], "length": 3, "merges": [["a", "a"]]}, "only pairs"),
        ({"kind": "tokens", "level": "words", "vocabulary": ["a"], "length": 3, "pad": 1}, "from 0 to 0"),
        ({"kind": "audio", "rate": True, "length": 3}, "rate: expected"),
    ],
)
def test_a_damaged_encoding_is_refused_by_its_place(value, words):
    with pytest.raises(DataError, match=words):
        read_encoding(value)


def test_a_class_is_encoded_by_name_and_by_number():
    encoding = Category(("cat", "dog"))
    assert encoding.encode("dog") == encoding.encode(1) == 1
    assert encoding.decode(np.int64(1)) == "dog"
    with pytest.raises(DataError, match="no class 'cow'; there are: cat, dog"):
        encoding.encode("cow")
    with pytest.raises(DataError, match="no class 2"):
        encoding.encode(2)
    with pytest.raises(DataError, match="expected a class"):
        encoding.encode(None)


def test_a_row_is_encoded_by_names_and_by_order():
    encoding = Numbers(("age", "height"))
    rows = [{"height": "1.5", "age": 3, "name": "x"}, ["3", 1.5], "3,1.5"]
    assert all(np.array_equal(encoding.encode(row), np.float32([3, 1.5])) for row in rows)
    assert encoding.decode(np.float32([3, 1.5])) == {"age": 3, "height": 1.5}
    with pytest.raises(DataError, match="no column height"):
        encoding.encode({"age": 3})
    with pytest.raises(DataError, match="3 numbers; 2 were expected: age, height"):
        encoding.encode([1, 2, 3])
    with pytest.raises(DataError, match="column 'height': 'tall' is not a number"):
        encoding.encode({"age": 3, "height": "tall"})


@pytest.mark.parametrize("value", ["", "x", "nan", "inf", "1e39", "1_0", None, []])
def test_what_is_no_number_is_refused(value):
    with pytest.raises(DataError, match="is not a number"):
        Number().encode(value)


def test_a_short_text_is_filled_and_a_long_one_cut():
    assert CHARACTERS.encode("ab").tolist() == [1, 2, 0, 0, 0]
    assert CHARACTERS.encode("abcdefab").tolist() == [1, 2, 3, 4, 5]
    assert CHARACTERS.decode(CHARACTERS.encode("ab")) == "ab"
    with pytest.raises(DataError, match="'x' is not in the vocabulary of 8"):
        CHARACTERS.encode("ax")
    assert Tokens("characters", ("a", "b"), 5).encode("ab").tolist() == [0, 1], "a prompt is not filled up"


def test_an_unknown_word_and_character_have_a_number_of_their_own():
    words = Tokens("words", ("<unk>", "the", "cat", "."), 9, unknown=0)
    assert words.encode("the cat, the dog.").tolist() == [1, 2, 0, 1, 0, 3]
    assert words.decode(np.array([1, 2, 3])) == "the cat."
    with pytest.raises(DataError, match="'dog' is not in the vocabulary"):
        Tokens("words", ("the",), 9).encode("the dog")


@given(st.text(max_size=60))
def test_pairs_of_bytes_say_any_text(text):
    assert BYTES.decode(BYTES.tokens(text)) == text


def _bytes() -> Tokens:
    from pathlib import Path

    from grapheditor.data.readers.texts import learn_tokens

    return learn_tokens(Path("x"), ["the cat and the dog and the hat " * 20], "bytes", 280, 8, padded=False)


BYTES = _bytes()


def test_pairs_of_bytes_are_joined_where_they_are_frequent_and_survive_json():
    assert len(BYTES.vocabulary) > 256
    assert len(BYTES.tokens("the cat and the")) < 8
    again = read_encoding(json.loads(json.dumps(BYTES.describe())))
    assert np.array_equal(again.tokens("the dog, a hat"), BYTES.tokens("the dog, a hat"))


def test_an_array_is_checked():
    encoding = Array((2, 2))
    assert encoding.encode([[1, 2], [3, 4]]).dtype == np.float32
    with pytest.raises(DataError, match="shaped 3; 2×2 was expected"):
        encoding.encode([1, 2, 3])
    with pytest.raises(DataError, match="expected numbers"):
        encoding.encode([["a"]])


def test_a_picture_fits_as_asked():
    raw = np.zeros((10, 20, 3), np.uint8)
    raw[:, :10] = (255, 0, 0)
    stretched, cropped, padded = (Image(3, 10, 10, fit).encode(raw) for fit in ("stretch", "crop", "pad"))
    assert stretched.shape == (3, 10, 10) and stretched.dtype == np.uint8
    assert stretched[0, :, 0].min() > 200 and stretched[0, :, -1].max() < 50
    assert (cropped[0, :, :5] == 255).all() and (cropped[0, :, 5:] == 0).all()
    assert (padded[:, 0] == 0).all() and padded[0, 5, 0] > 200
    grey = Image(1, 10, 20).encode(raw)
    assert grey.shape == (1, 10, 20) and grey[0, 0, 0] == 76
    assert np.array_equal(Image(3, 10, 20).decode(Image(3, 10, 20).encode(raw)), raw)


def test_a_mask_has_the_classes_of_its_values():
    encoding = Mask(("ground", "cell"), (0, 255), 2, 2)
    assert encoding.encode(np.array([[0, 255], [255, 0]], np.uint8)).tolist() == [[0, 1], [1, 0]]
    with pytest.raises(DataError, match="column 1, row 0 has the value 7; classes have 0, 255"):
        encoding.encode(np.array([[0, 7], [255, 0]], np.uint8))


def test_a_description_is_read_where_the_data_is_gone(tmp_path):
    file = tmp_path / "x.bin"
    file.write_bytes(b"abc")
    arrays = {"features": np.float32([[1, 2], [3, 4]]), "label": np.array([0, 1])}
    encodings = {"features": Numbers(("age", "height")), "label": Category(("cat", "dog"))}
    dataset = from_arrays("pets", {"train": arrays}, encodings, files=(file,))
    text = json.dumps(dataset.describe(statistics(dataset)))
    found = read_description(json.loads(text))
    assert found.field("features").encoding.encode("1,2").tolist() == [1, 2]
    assert found.field("label").classes == ("cat", "dog")
    assert found.parts == {"train": 2}
    assert found.statistics["features"]["columns"]["height"]["mean"] == 3
    assert found.statistics["label"]["balance"] == {"cat": 1, "dog": 1}
    assert found.digests["x.bin"].startswith("ba7816bf")
    with pytest.raises(DataError, match="no field age"):
        found.field("age")


def test_numbers_that_are_none_are_counted_and_left_out():
    values = np.array([[1.0, np.nan], [3.0, np.inf]], np.float32)
    found = statistics(from_arrays("x", {"train": {"x": values}}))["x"]
    assert found == {"count": 2, "of": 2, "not_finite": 2, "mean": 2.0, "deviation": 1.0, "min": 1.0, "max": 3.0}


def test_statistics_of_pieces_are_those_of_the_whole(monkeypatch):
    values = np.random.default_rng(0).normal(1e4, 1, (1000, 3))
    monkeypatch.setattr("grapheditor.data.figures.PIECE", 100)
    found = statistics(from_arrays("x", {"train": {"x": values}}, {"x": Numbers(("a", "b", "c"))}))["x"]
    kept = values.astype(np.float32).astype(float)
    assert found["mean"] == pytest.approx(kept.mean(), rel=1e-12)
    assert found["deviation"] == pytest.approx(kept.std(), rel=1e-9)
    assert found["columns"]["b"]["deviation"] == pytest.approx(kept[:, 1].std(), rel=1e-9)
    assert found["columns"]["c"]["max"] == kept[:, 2].max()


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"format": 2}, r"data\.format: 2; 1 was expected"),
        ({"fields": {}}, r"data\.fields"),
        ({"fields": [{"name": "x", "encoding": {"kind": "run"}}]}, r"data\.fields\.0\.encoding\.kind"),
        ({"fields": [{"name": 3}]}, r"data\.fields\.0"),
        ({"fields": [{"name": "x", "encoding": {"kind": "number"}}] * 2}, "twice"),
        ({"parts": {"train": -1}}, r"data\.parts\.train"),
        ({"parts": {"all": 1}}, r"data\.parts\.all"),
        ({"statistics": {"x": float("nan")}}, r"data\.statistics"),
        ({"statistics": {"x": [[[[[[[[1]]]]]]]]}}, r"data\.statistics"),
        ({"digests": {"x": 3}}, r"data\.digests"),
        ({"title": 3}, r"data\.title"),
    ],
)
def test_a_damaged_description_is_refused_by_its_place(change, words):
    good = from_arrays("x", {"train": {"x": np.zeros(3)}}).describe()
    assert read_description(good).source == ""
    with pytest.raises(DataError, match=words):
        read_description(good | change)

"""Matrices as one writes them, in an operator and in a data source."""

from __future__ import annotations

import pytest

from grapheditor.authoring import matrix
from grapheditor.data import open_data
from grapheditor.errors import DataError
from grapheditor.training.data import tensor


@pytest.mark.parametrize("text", ["101; 010", "1 0 1; 0 1 0", "1,0,1\n0, 1, 0\n", " 1 0 1 ;0 1 0; "])
def test_a_matrix_is_read_as_one_writes_it(text):
    assert matrix(text) == ((1, 0, 1), (0, 1, 0))


def test_numbers_have_signs_and_points():
    assert matrix("-1.5 2e-3; 0 10") == ((-1.5, 0.002), (0, 10))


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "1 to 64 rows"),
        ("1 2; 3", "Row 2 has 1 numbers, and the first has 2"),
        ("1 a", "'1 a' is not a row of numbers"),
        ("nan", "is not a row of numbers|too large"),
        ("1e30", "too large"),
        ("1;" * 65, "1 to 64 rows"),
        ("1" * 65, "1 to 64 rows"),
    ],
)
def test_what_is_no_matrix_is_refused_with_a_sentence(text, words):
    with pytest.raises(ValueError, match=words):
        matrix(text)


def test_a_data_source_has_it_as_its_only_image():
    parts = open_data("matrix-by-hand", {"rows": "12; 34"}).parts
    assert tensor(parts["train"].columns["image"]).tolist() == [[[[1, 2], [3, 4]]]]
    with pytest.raises(DataError, match="rows: Row 2 has 3 numbers"):
        open_data("matrix-by-hand", {"rows": "12; 345"})

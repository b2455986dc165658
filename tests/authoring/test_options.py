from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from grapheditor.authoring import Option
from grapheditor.authoring.operator import read_doc, read_options

SIZE = Option("width", "integer", 32, 1, 2**40)
PAIR = Option("padding", "pair", 0, 0, 2**40, ("same",))
SHAPE = Option("shape", "shape", ("N", 1, 28, 28), 1, 2**40)


@pytest.mark.parametrize(
    ("option", "text", "value"),
    [
        (SIZE, "64", 64),
        (PAIR, "3", 3),
        (PAIR, "3x5", (3, 5)),
        (PAIR, "3×5", (3, 5)),
        (PAIR, "3, 5", (3, 5)),
        (PAIR, "3×3", 3),
        (PAIR, "same", "same"),
        (SHAPE, "N×3×224×224", ("N", 3, 224, 224)),
        (SHAPE, "Nx3x32x32", ("N", 3, 32, 32)),
        (SHAPE, "N, 3, 32*h, 32*w", ("N", 3, "32*h", "32*w")),
        (SHAPE, "N", ("N",)),
        (SHAPE, "max", ("max",)),
        (SHAPE, "batchx3", ("batch", 3)),
        (Option("bias", "boolean", True), "off", False),
        (Option("bias", "boolean", True), "0", False),
        (Option("p", "number", 0.5, 0.0, 1.0), "1e-3", 1e-3),
    ],
)
def test_a_value_is_read_as_a_person_types_it(option, text, value):
    assert option.parse(text) == value


@pytest.mark.parametrize(
    ("option", "text", "words"),
    [
        (SIZE, "0", "at least 1"),
        (SIZE, "3.5", "a whole number"),
        (SIZE, "many", "a whole number"),
        (PAIR, "1x2x3", "or two such as 3×5"),
        (PAIR, "valid", "or same"),
        (Option("p", "number", 0.5, 0.0, 1.0), "1.5", "at most 1"),
        (Option("p", "number", 0.5, 0.0, 1.0), "nan", "a number"),
        (Option("bias", "boolean", True), "perhaps", "on or off"),
        (Option("dtype", "choice", "float32", choices=("float32", "int64")), "int8", "one of float32, int64"),
        (SHAPE, "x".join(["2"] * 17), "1 to 16 sizes"),
    ],
)
def test_a_wrong_value_is_refused_in_words(option, text, words):
    with pytest.raises(ValueError, match=words):
        option.parse(text)


def test_true_is_no_number():
    for option in (SIZE, PAIR, Option("p", "number", 0.5)):
        with pytest.raises(ValueError, match="number"):
            option.check(True)


@given(st.one_of(st.integers(0, 10**6), st.tuples(st.integers(0, 99), st.integers(0, 99))))
def test_what_is_shown_is_read_back(value):
    checked = PAIR.check(value)
    assert PAIR.parse(PAIR.show(checked)) == checked


@given(st.floats(0, 1))
def test_a_number_is_shown_with_all_its_digits(value):
    share = Option("p", "number", 0.5, 0.0, 1.0)
    assert share.parse(share.show(value)) == value


def test_a_docstring_is_split_into_prose_and_options():
    prose, docs = read_doc("First line.\n\nMore of\nit.\n\nwidth: How\n    wide.\np: Share.")
    assert prose == "First line.\n\nMore of it."
    assert docs == {"width": "How wide.", "p": "Share."}


def test_a_line_of_help_that_names_no_option_is_refused():
    def drawn(*, size: int = 1) -> None:
        """Say what it is.

        size: How large.
        network: a word at the beginning of a line is no option.
        """

    with pytest.raises(TypeError, match="drawn documents network, which it does not have"):
        read_options(drawn)

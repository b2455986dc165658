"""Ranking: what a person who types a few letters expects first."""

from __future__ import annotations

import pytest

from grapheditor.catalog import catalog
from grapheditor.ui.canvas.fitting import fitting_port
from grapheditor.ui.palette.search import ranked

OPERATORS = list(catalog().operators.values())


@pytest.mark.parametrize(
    ("query", "first"),
    [
        ("conv", "conv2d"),
        ("relu", "relu"),
        ("max", "max_pool2d"),
        ("pool", "max_pool2d"),
        ("bn", "batch_norm2d"),
        ("cat", "concatenate"),
        ("lin", "linear"),
        ("drop", "dropout"),
        ("cross", "cross_entropy"),
        ("loss", "cross_entropy"),
        ("entropy cross", "cross_entropy"),
        ("silence", "dropout"),
        ("mxp", "max_pool2d"),
        ("  ReLU ", "relu"),
    ],
)
def test_the_best_match_comes_first(query, first):
    assert ranked(query, OPERATORS)[0].id == first


def test_an_empty_query_keeps_all_in_their_order():
    assert ranked("  ", OPERATORS) == OPERATORS


def test_nonsense_finds_nothing():
    assert ranked("qqzzx", OPERATORS) == []


def test_every_word_must_match():
    assert ranked("conv zzz", OPERATORS) == []


@pytest.mark.parametrize(
    ("operator", "shape", "dtype", "port"),
    [
        ("conv2d", ["N", 3, 8, 8], "float32", "x"),
        ("conv2d", ["N", 3], "float32", None),
        ("conv2d", ["N", 3, 8, 8], "int64", None),
        ("cross_entropy", ["N"], "int64", "target"),
        ("cross_entropy", ["N", 10], "float32", "x"),
        ("add", ["N"], "int64", "x"),
        ("input", ["N"], "float32", None),
    ],
)
def test_a_wire_fits_the_port_that_takes_its_rank_and_type(operator, shape, dtype, port):
    found = fitting_port(catalog().operators[operator], {"dtype": dtype, "shape": shape})
    assert (found.name if found else None) == port

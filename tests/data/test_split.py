"""Splits are decided by the seed alone, lose nothing, and keep the shares of classes."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from grapheditor.data import Category, DataError, Held, Part, from_arrays, split, split_indices
from grapheditor.data.splitting import shuffled

seeds = st.integers(0, 2**32 - 1)


def part(count: int, overlap: int = 0) -> Part:
    return Part({"x": Held(np.arange(count))}, overlap)


@given(st.integers(1, 300), st.floats(0, 0.95), seeds)
def test_a_split_is_disjoint_complete_sorted_and_the_same_again(count, share, seed):
    stays, held = split_indices(part(count), share, seed)
    assert sorted([*stays.tolist(), *held.tolist()]) == list(range(count))
    assert len(held) == min(round(count * share), count - 1)
    assert (np.diff(stays) > 0).all() and (np.diff(held) > 0).all()
    again = split_indices(part(count), share, seed)
    assert np.array_equal(held, again[1])


@given(st.lists(st.integers(0, 4), min_size=1, max_size=300), st.floats(0, 0.9), seeds)
def test_each_class_keeps_its_share_to_one_sample(labels, share, seed):
    classes = np.array(labels)
    stays, held = split_indices(part(len(labels)), share, seed, classes)
    assert sorted([*stays.tolist(), *held.tolist()]) == list(range(len(labels)))
    share = len(held) / len(labels)
    for kind in set(labels):
        assert abs((classes[held] == kind).sum() - share * (classes == kind).sum()) <= 1


@given(st.integers(10, 200), st.integers(1, 30), st.floats(0.1, 0.5), seeds)
def test_windows_that_overlap_what_is_held_out_are_in_neither(count, overlap, share, seed):
    stays, held = split_indices(part(count, overlap), share, seed)
    assert np.array_equal(held, np.arange(count - len(held), count))
    assert len(stays) == max(1, held[0] - overlap)
    assert stays[-1] + overlap < held[0] or len(stays) == 1


def test_seeds_and_purposes_give_different_splits():
    first = split_indices(part(1000), 0.5, 0)[1]
    assert not np.array_equal(first, split_indices(part(1000), 0.5, 1)[1])
    assert not np.array_equal(first, split_indices(part(1000), 0.5, 0, purpose="test")[1])


def test_the_order_stays_the_same_for_ever():
    assert shuffled(10, 0, "split").tolist() == [3, 8, 7, 1, 9, 2, 5, 4, 6, 0]


def test_a_test_part_that_is_there_stays():
    arrays = {"x": np.arange(10.0), "label": np.arange(10) % 2}
    dataset = from_arrays("ten", {"train": arrays, "test": arrays}, {"label": Category(("a", "b"))})
    found = split(dataset, test=0.5, validation=0.2, seed=3)
    assert [found.parts[name].count for name in ("train", "validation", "test")] == [8, 2, 10]
    label = found.parts["validation"].columns["label"].take(np.arange(2))
    assert sorted(label.tolist()) == [0, 1], "one of each class"
    x = found.train.columns["x"].take(np.arange(8))
    assert np.array_equal(x.astype(int) % 2, found.train.columns["label"].take(np.arange(8))), "columns stay aligned"


def test_a_share_of_all_is_refused():
    with pytest.raises(DataError, match="below 1"):
        split_indices(part(10), 1.0, 0)


def test_fields_of_different_lengths_are_refused():
    with pytest.raises(DataError, match="x 3, y 4"):
        Part({"x": Held(np.arange(3)), "y": Held(np.arange(4))})

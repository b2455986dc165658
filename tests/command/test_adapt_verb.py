"""The verb that brings a graph to data that it was not made for; what it writes can be trained."""

from __future__ import annotations

import pytest
from learned import printed, within

from grapheditor.graph import read


@pytest.fixture
def lenet(tmp_path, capsys):
    path = tmp_path / "lenet.graph.json"
    within(capsys, "new", "lenet-5", "-o", path)
    return path


def test_it_says_what_it_does_and_the_graph_learns_then(lenet, tmp_path, capsys):
    other = tmp_path / "digits.graph.json"
    found = within(capsys, "adapt", lenet, "--data", "digits", "-o", other)
    assert found["does"] == ["image of 1×28×28", "Resize to 32×32", "loss is minimised", "Normalize"]
    assert read(lenet).recipe.data is None
    result = within(capsys, "train", other, "--epochs", "1", "--set", "epoch_batches=2")
    assert result["epochs"] == 1


def test_what_was_there_is_kept_and_what_fits_stays_as_it_is(lenet, capsys):
    before = lenet.read_bytes()
    out, _ = printed(capsys, "adapt", lenet, "--data", "digits")
    assert "image takes 1×32×32, and the data has 1×28×28." in out
    assert lenet.with_name(f"{lenet.name}~").read_bytes() == before
    adapted = lenet.read_bytes()
    out, _ = printed(capsys, "adapt", lenet)
    assert "it fits its data as it is" in out
    assert lenet.read_bytes() == adapted


def test_without_data_it_asks_for_some(lenet, capsys):
    _, said = printed(capsys, "adapt", lenet, code=2)
    assert "the recipe names no data: --data says which" in said


def test_a_text_with_more_letters_than_the_network_knows_is_learned(tmp_path, capsys):
    letters = "".join(chr(code) for code in range(33, 123)) + " "
    (tmp_path / "book.txt").write_text(letters * 60, "utf-8")
    path = tmp_path / "letters.graph.json"
    within(capsys, "new", "char-gpt", "-p", "width=16", "-p", "layers=1", "-o", path)
    book = ("--data", "text", "-p", "file=book.txt")
    _, said = printed(capsys, "train", path, *book, code=3)
    assert "embedding has 65 rows" in said
    found = within(capsys, "adapt", path, *book)
    assert found["does"] == [f"{len(letters)} rows in embedding", f"{len(letters)} pieces of text"]
    result = within(capsys, "train", path, "--set", "epochs=1", "--set", "epoch_batches=2", "--set", "batch=4")
    assert result["epochs"] == 1

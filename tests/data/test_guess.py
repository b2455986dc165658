"""What lies at a path is told by the names of files alone, and by no more of them than it takes."""

from __future__ import annotations

import pytest

from grapheditor.data.declare import declared
from grapheditor.data.guess import guess


def put(folder, *names: str) -> None:
    for name in names:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(b"")


@pytest.mark.parametrize(
    ("names", "source"),
    [
        (["a/1.png", "b/2.JPG", "notes.txt"], "image-folder"),
        (["a/1.wav", "b/2.wav"], "wav-folder"),
        (["Arabic.txt", "Dutch.txt"], "text-classes"),
        (["images/1.png", "masks/1.png"], "image-masks"),
        (["a.pdf"], None),
        ([".hidden/1.png", "a/.2.png"], None),
    ],
)
def test_a_folder_is_what_most_of_its_files_are(tmp_path, names, source):
    put(tmp_path, *names)
    found = guess(tmp_path)
    assert (found and found[0]) == source
    if found is not None:
        known = {option.name for option in declared()[found[0]].options}
        assert set(found[1]) <= known
        assert all(str(tmp_path) in path for path in found[1].values())


@pytest.mark.parametrize(
    ("name", "source"),
    [("rows.CSV", "table"), ("x.npz", "numpy"), ("book.txt", "text"), ("net.graph.json", None), ("picture.png", None)],
)
def test_a_file_is_what_its_ending_says(tmp_path, name, source):
    put(tmp_path, name)
    found = guess(tmp_path / name)
    assert found == ((source, {"file": str(tmp_path / name)}) if source else None)
    assert guess(tmp_path / "not there.csv") is None

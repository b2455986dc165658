from __future__ import annotations

import json
import os
import stat

import pytest
from hypothesis import given
from hypothesis import strategies as st

from grapheditor.graph import FileError, Graph, Input, Node, Output, disk, read, read_text, write, write_text

HEAD = '{"grapheditor": 1, "nodes": '


def graph(known, template="mnist-convnet"):
    return known.new(template)


@pytest.mark.parametrize("template", ["mnist-convnet", "mlp"])
def test_what_is_written_is_read_back(known, tmp_path, template):
    made = graph(known, template)
    made.save(tmp_path / "a.graph.json")
    found = read(tmp_path / "a.graph.json")
    assert found == made
    assert found.path == tmp_path / "a.graph.json"


def test_an_edit_shows_as_the_lines_that_changed(known):
    made = graph(known)
    before = write_text(made).splitlines()
    node = made.nodes["conv1"]
    made.put("nodes.conv1", Node("conv1", node.operator, {**node.options, "stride": 2}, node.title, node.at))
    after = write_text(made).splitlines()
    assert len(before) == len(after)
    changed = [line for old, line in zip(before, after, strict=True) if old != line]
    assert len(changed) == 1
    assert changed[0].startswith('"conv1"')


def test_the_order_of_drawing_does_not_change_the_file(known):
    made = graph(known)
    other = Graph()
    for key, record in sorted(made.records(), key=lambda item: item[0], reverse=True):
        other.put(key, record)
    assert write_text(other) == write_text(made)


names = st.from_regex(r"[a-z]{1,6}[0-9]{0,2}", fullmatch=True).filter(
    lambda name: name not in ("is", "in", "as", "or", "if", "to", "f")
)
values = st.one_of(
    st.booleans(),
    st.integers(-(2**50), 2**50),
    st.floats(allow_nan=False, allow_infinity=False),
    st.text(st.characters(exclude_categories=["Cs"]), max_size=20),
    st.lists(st.one_of(st.integers(0, 99), st.sampled_from(["N", "32*h"])), max_size=4).map(tuple),
)


@given(
    st.dictionaries(names, st.dictionaries(names, values, max_size=3), max_size=6),
    st.text(st.characters(exclude_categories=["Cs"]), max_size=30),
)
def test_any_graph_survives_its_file(nodes, title):
    made = Graph()
    for name, options in nodes.items():
        try:
            read_text(HEAD + json.dumps({name: {"operator": "relu"}}) + "}")
        except FileError:
            continue
        made.put(f"nodes.{name}", Node(name, "relu", options, title, (1.5, -2.25)))
    ids = sorted(made.nodes)
    for first, second in zip(ids, ids[1:], strict=False):
        made.put(f"wires.{Input(second, 'x')}", Output(first))
    assert read_text(write_text(made)) == made


@pytest.mark.parametrize(
    ("text", "place", "words"),
    [
        ("", "line 1", "is not JSON"),
        ("[]", "the text", "not a graph"),
        ("{}", "the text", "not a graph"),
        ('{"grapheditor": 99}', "grapheditor", "newer grapheditor"),
        ('{"grapheditor": true}', "grapheditor", "whole number"),
        ('{"grapheditor": 1, "moduls": {}}', "moduls", "is not known"),
        (HEAD + "[]}", "nodes", "object in braces"),
        (HEAD + '{"a": {"operator": "relu"}, "a": {"operator": "relu"}}}', "a", "stands twice"),
        (HEAD + '{"forward": {"operator": "relu"}}}', "nodes.forward", "every torch module"),
        (HEAD + '{"lambda": {"operator": "relu"}}}', "nodes.lambda", "Python"),
        (HEAD + '{"con v": {"operator": "relu"}}}', "nodes.con v", "an id has letters"),
        (HEAD + '{"é": {"operator": "relu"}}}', "nodes.é", "an id has letters"),
        (HEAD + '{"a": {"operator": "os.system"}}}', "nodes.a.operator", "letters, digits"),
        (HEAD + '{"a": {"operator": "conv2d", "options": {"stride": NaN}}}}', "NaN", "not a number"),
        (HEAD + '{"a": {"operator": "conv2d", "options": {"stride": 1e999}}}}', "1e999", "too large"),
        (HEAD + '{"a": {"operator": "conv2d", "options": {"stride": ' + "9" * 5000 + "}}}}", "9999", "5,000 digits"),
        (HEAD + '{"a": {"operator": "conv2d", "options": {"stride": 99999999999999999999}}}}', "nodes.a.options.stride", "too large"),
        (HEAD + '{"a": {"operator": "conv2d", "options": {"stride": {"x": 1}}}}}', "nodes.a.options.stride", "expected a number"),
        (HEAD + '{"a": {"operator": "relu", "title": "\\ud800"}}}', "title", "half a character"),
        (HEAD + '{"a": {"operator": "relu", "at": [1e300, 0]}}}', "nodes.a.at", "expected a number from"),
        (HEAD + '{"a": {"operator": "relu", "load": "x"}}}', "nodes.a.load", "is not known"),
        (HEAD + '{"a": {"operator": "relu"}}, "wires": {"a.x": "b"}}', "wires.a.x", "no node b"),
        (HEAD + '{"a": {"operator": "relu"}}, "wires": {"a": "a"}}', "wires.a", "node.port"),
        (HEAD + '{"a": {"operator": "relu"}}, "wires": {"a.x.01": "a"}}', "wires.a.x.01", "0, 1, 2"),
        (HEAD + '{"a": {"operator": "relu"}, "b": {"operator": "relu"}}, "wires": {"a.x": "b", "b.x": "a"}}', "wires", "cycle: "),
        ('{"grapheditor": 1, "recipe": {"epochs": 0}}', "recipe.epochs", "at least 1"),
        ("[" * 100_000, "the text", "nested too deeply"),
        ("[" + "[]," * 700_000 + "[]]", "the text", "more objects and lists"),
        (HEAD + r'{"a": {"operator": "input", "options": {"shape": ["N", "\ud800"]}}}}', "shape", "half a character"),
    ],
)  # fmt: skip
def test_a_damaged_file_is_refused_by_place_and_in_words(tmp_path, text, place, words):
    path = tmp_path / "bad.graph.json"
    path.write_text(text, "utf-8")
    with pytest.raises(FileError) as found:
        read(path)
    assert str(path) in str(found.value)
    assert (found.value.place or "").startswith(place)
    assert words in found.value.message


def test_a_file_that_is_too_large_is_refused_unread(tmp_path, monkeypatch):
    monkeypatch.setattr(disk, "LARGEST_FILE", 1000)
    path = tmp_path / "large.graph.json"
    path.write_bytes(b"x" * 2000)
    with pytest.raises(FileError, match="larger than"):
        read(path)


def test_bytes_that_are_no_text_are_refused(tmp_path):
    path = tmp_path / "bytes.graph.json"
    path.write_bytes(b"\xff\xfe\x00")
    with pytest.raises(FileError, match="UTF-8"):
        read(path)


def test_a_missing_file_is_named(tmp_path):
    with pytest.raises(FileError, match="cannot be read"):
        read(tmp_path / "nothing.graph.json")


def test_a_failed_write_leaves_the_old_file(known, tmp_path, monkeypatch):
    path = tmp_path / "a.graph.json"
    write(graph(known), path)
    before = path.read_text("utf-8")

    def full(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(FileError, match="No space left"):
        write(graph(known, "mlp"), path)
    assert path.read_text("utf-8") == before
    assert list(tmp_path.iterdir()) == [path]


def test_a_folder_that_is_not_there_is_said(known, tmp_path):
    with pytest.raises(FileError, match="cannot be written"):
        write(graph(known), tmp_path / "nowhere" / "a.graph.json")


@pytest.mark.skipif(os.name != "posix", reason="rights of POSIX")
def test_a_saved_file_keeps_its_rights(known, tmp_path):
    path = tmp_path / "a.graph.json"
    write(graph(known), path)
    path.chmod(0o640)
    write(graph(known, "mlp"), path)
    assert stat.S_IMODE(path.stat().st_mode) == 0o640

"""The library: modules of one's own in files of their own."""

from __future__ import annotations

from dataclasses import replace

import pytest

from grapheditor import state
from grapheditor.authoring.options import Option
from grapheditor.catalog import catalog
from grapheditor.edit import clipboard, library
from grapheditor.edit.library import Library, part_of
from grapheditor.edit.modules import group, put_option, rename_module, set_doc
from grapheditor.edit.scope import Scope
from grapheditor.graph import FileError, Graph, read
from grapheditor.graph.model import Tie


@pytest.fixture
def graph() -> Graph:
    """A graph with a module within a module, which has an option and a help."""
    made = catalog().new("mnist-convnet")
    for nodes, name in ((("conv2", "pool2"), "Inner"), (("inner1", "relu2"), "Stage")):
        group(Scope(made), catalog(), nodes, name)[0].apply(made)
    put_option(made, "Stage", Option("width", "integer", 8, 1, None)).apply(made)
    set_doc(made, "Stage", "Half as large.").apply(made)
    return made


@pytest.fixture
def shelf() -> Library:
    return Library(catalog().history)


def kept(shelf: Library) -> dict[str, library.Kept]:
    shelf.refresh(state.library())
    return shelf.kept


def test_a_module_is_kept_with_those_that_it_holds_its_options_and_its_help(graph, shelf):
    assert library.keep(state.library(), part_of(graph, "Stage")) == "new"
    path = state.library() / "Stage.graph.json"
    written = read(path, catalog().history)
    assert set(written.modules) == {"Inner", "Stage"} and [n.operator for n in written.nodes.values()] == ["Stage"]
    found = kept(shelf)["Stage"]
    assert (found.declared.title, found.declared.headline) == ("Stage", "Half as large.")
    assert [item.name for item in found.declared.options] == ["width"]
    assert not found.part.recipe.objectives


def test_what_is_equal_is_not_written_and_what_is_newer_leaves_the_one_before(graph, shelf):
    library.keep(state.library(), part_of(graph, "Stage"))
    path = state.library() / "Stage.graph.json"
    first, number = path.read_bytes(), path.stat().st_ino
    graph.put("nodes.stage2", replace(graph.nodes["stage1"], id="stage2"))
    graph.put("nodes.stage1", None)
    assert library.keep(state.library(), part_of(graph, "Stage")) == "same", "another use of the same"
    assert path.stat().st_ino == number and len(list(path.parent.iterdir())) == 1
    set_doc(graph, "Stage", "Another.").apply(graph)
    assert library.keep(state.library(), part_of(graph, "Stage")) == "replaced"
    assert path.with_name("Stage.graph.json~").read_bytes() == first
    assert kept(shelf)["Stage"].declared.headline == "Another."
    assert list(kept(shelf)) == ["Stage"], "the one before is none that is offered"


def test_it_comes_into_a_graph_as_what_is_pasted_does(graph, shelf):
    library.keep(state.library(), part_of(graph, "Stage"))
    part = kept(shelf)["Stage"].part
    change, names = clipboard.bring(Scope(graph), part, "Stage")
    assert not change and names["Stage"] == "Stage", "the same definition is used"
    set_doc(graph, "Inner", "Another one.").apply(graph)
    change, names = clipboard.bring(Scope(graph), part, "Stage")
    change.apply(graph)
    assert names == {"Inner": "Inner1", "Stage": "Stage1"}
    assert {node.operator for node in graph.modules["Stage1"].nodes.values()} >= {"Inner1"}
    change.inverse().apply(graph)
    assert "Stage1" not in graph.modules


def test_a_use_that_is_repeated_tied_and_set_is_kept_as_the_module_alone(graph, shelf):
    graph.put("ties.stage1.inner1.conv2.bias", Tie("stage1.inner1.conv2.weight"))
    part = part_of(graph, "Stage")
    assert list(part.ties) == ["stage1.inner1.conv2.bias"]
    graph.put("nodes.stage1", replace(graph.nodes["stage1"], repeat=3, title="Mine", options={"width": 99}))
    part = part_of(graph, "Stage")
    (use,) = part.nodes.values()
    assert (use.repeat, use.title, use.options, dict(part.ties)) == (1, "", {}, {})


def test_a_module_that_nothing_uses_is_kept_too_and_what_is_none_is_told(graph):
    inner = part_of(graph, "Inner")
    assert set(inner.modules) == {"Inner"}
    for key in (
        "nodes.stage1",
        *(f"wires.{end}" for end in graph.wires if "stage1" in (end.node, graph.wires[end].node)),
    ):
        graph.put(key, None)
    assert set(part_of(graph, "Stage").modules) == {"Inner", "Stage"}
    with pytest.raises(ValueError, match="There is no module Nothing; there is: Inner, Stage"):
        part_of(graph, "Nothing")


def test_it_is_renamed_inside_its_file_too(graph, shelf):
    for name in ("Stage", "Inner"):
        library.keep(state.library(), part_of(graph, name))
    found = kept(shelf)["Stage"]
    for name, words in (
        ("stage", "begins with a capital letter"),
        ("../Up", "capital letter"),
        ("Inner", "already a module Inner"),
    ):
        with pytest.raises(ValueError, match=words):
            library.rename(found, name, catalog().history)
    library.rename(found, "Halving", catalog().history)
    assert list(kept(shelf)) == ["Halving", "Inner"]
    assert set(kept(shelf)["Halving"].part.modules) == {"Inner", "Halving"}


def test_what_is_removed_can_be_put_back(graph, shelf):
    library.keep(state.library(), part_of(graph, "Stage"))
    path = kept(shelf)["Stage"].path
    library.remove(path)
    assert kept(shelf) == {}
    library.put_back(path)
    assert list(kept(shelf)) == ["Stage"]
    with pytest.raises(FileError, match="there is another one by now"):
        library.put_back(path)


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"{", "line 1"),
        (b"\xff\xfe", "not text in UTF-8"),
        (b'{"grapheditor": 1, "nodes": {"a": {"operator": "relu"}}}', "is not a kept module"),
        (b'{"grapheditor": 99}', "format"),
        (b'{"grapheditor": 1, "nodes": {"__class__": {"operator": "relu"}}}', "nodes"),
    ],
)
def test_a_broken_file_breaks_nothing_and_says_what_is_wrong(graph, shelf, content, words):
    library.keep(state.library(), part_of(graph, "Stage"))
    (state.library() / "Broken.graph.json").write_bytes(content)
    found = kept(shelf)
    assert words in found["Broken"].problem and found["Broken"].part is None and found["Broken"].declared is None
    assert found["Stage"].part is not None


def test_links_and_what_is_too_large_are_refused_in_a_sentence(graph, shelf, tmp_path):
    library.keep(state.library(), part_of(graph, "Stage"))
    (state.library() / "Link.graph.json").symlink_to(state.library() / "Stage.graph.json")
    with (state.library() / "Large.graph.json").open("wb") as file:
        file.truncate(100 * 10**6)
    (state.library() / "Folder.graph.json").mkdir()
    found = kept(shelf)
    assert "is a link" in found["Link"].problem
    assert "is larger than 4 MB" in found["Large"].problem
    assert "is not a file" in found["Folder"].problem
    outside = tmp_path / "outside"
    (state.library() / "Inner.graph.json").symlink_to(outside)
    with pytest.raises(FileError, match="is a link"):
        library.keep(state.library(), part_of(graph, "Inner"))
    assert not outside.exists()


def test_a_file_that_is_called_otherwise_than_its_module_says_so(graph, shelf):
    library.keep(state.library(), part_of(graph, "Stage"))
    path = state.library() / "Stage.graph.json"
    path.rename(path.with_name("Other.graph.json"))
    assert "holds the module Stage: call the file Stage.graph.json" in kept(shelf)["Other"].problem


def test_what_has_not_changed_is_not_read_again(graph, shelf):
    library.keep(state.library(), part_of(graph, "Stage"))
    first = kept(shelf)["Stage"]
    assert not shelf.refresh(state.library())
    assert shelf.kept["Stage"] is first
    renamed = graph.copy()
    rename_module(renamed, "Stage", "Step").apply(renamed)
    library.keep(state.library(), part_of(renamed, "Step"))
    assert shelf.refresh(state.library()) and list(shelf.kept) == ["Stage", "Step"]
    assert shelf.kept["Stage"] is first


def test_a_kept_module_is_a_graph_like_all_others(graph):
    part = part_of(graph, "Stage")
    library.keep(state.library(), part)
    again = read(state.library() / "Stage.graph.json", catalog().history)
    assert again == part
    assert library.keep(state.library(), part_of(again, "Stage")) == "same"

"""Frames: a record of their own, true to their nodes whatever is edited, in the file and in a merge."""

from __future__ import annotations

import random
from dataclasses import replace
from pathlib import Path

import pytest

from grapheditor.catalog import catalog
from grapheditor.edit import Document, clipboard, edits, frames, modules
from grapheditor.edit.compare import merge
from grapheditor.edit.scope import Scope
from grapheditor.graph import FileError, Frame, Graph, Input, Output, read_text, write_text

KNOWN = catalog()


def framed(*nodes: str, title: str = "Stem") -> Graph:
    graph = KNOWN.new("mnist-convnet")
    frames.add_frame(Scope(graph), nodes, title, 2)[0].apply(graph)
    return graph


def test_a_frame_is_a_line_of_the_file_and_comes_back() -> None:
    graph = framed("conv1", "relu1")
    text = write_text(graph)
    assert '"frame1": {"title": "Stem", "colour": 2, "nodes": ["conv1", "relu1"]}' in text
    assert read_text(text) == graph
    assert graph.fingerprint() == KNOWN.new("mnist-convnet").fingerprint()


@pytest.mark.parametrize(
    ("line", "why"),
    [
        ('{"nodes": ["gone"]}', "there is no node gone"),
        ('{"nodes": []}', "expected the ids of the nodes in it, each once"),
        ('{"nodes": ["conv1", "conv1"]}', "expected the ids of the nodes in it, each once"),
        ('{"nodes": "conv1"}', "expected the ids of the nodes in it, each once"),
        ('{"nodes": ["conv1"], "colour": -1}', "expected a whole number from 0 to 99"),
        ('{"nodes": ["conv1"], "size": 3}', "size"),
    ],
)
def test_a_wrong_frame_is_refused_by_name(line: str, why: str) -> None:
    text = write_text(framed("conv1"))
    wrong = text.replace('{"title": "Stem", "colour": 2, "nodes": ["conv1"]}', line)
    assert wrong != text
    with pytest.raises(FileError, match=why) as caught:
        read_text(wrong)
    assert "frames.frame1" in str(caught.value)


def test_what_is_removed_leaves_its_frame_and_an_empty_one_goes() -> None:
    graph = framed("conv1", "relu1")
    edits.remove(Scope(graph), ["conv1"]).apply(graph)
    assert graph.frames["frame1"].nodes == ("relu1",)
    edits.dissolve(Scope(graph), ["relu1"]).apply(graph)
    assert not graph.frames


def test_a_renamed_node_stays_in_its_frame() -> None:
    graph = framed("conv1", "relu1")
    edits.rename(Scope(graph), "relu1", "first").apply(graph)
    assert graph.frames["frame1"].nodes == ("conv1", "first")


def test_a_group_takes_a_whole_frame_along_and_stands_in_the_others() -> None:
    graph = framed("conv1", "pool1", "relu1")
    frames.add_frame(Scope(graph), ["relu1", "conv2"])[0].apply(graph)
    origin = graph.copy()
    change, use, module = modules.group(Scope(graph), KNOWN, ["conv1", "pool1", "relu1"])
    change.apply(graph)
    assert graph.modules[module].frames == {"frame1": Frame("Stem", ("conv1", "pool1", "relu1"), 2)}
    assert {name: set(frame.nodes) for name, frame in graph.frames.items()} == {"frame2": {use, "conv2"}}
    assert read_text(write_text(graph)) == graph
    modules.unpack(Scope(graph), use)[0].apply(graph)
    assert {frozenset(frame.nodes) for frame in graph.frames.values()} == {
        frozenset(frame.nodes) for frame in origin.frames.values()
    } - {frozenset({"relu1", "conv2"})} | {frozenset({"conv1", "pool1", "relu1", "conv2"})}


def test_what_is_put_into_a_wire_within_a_frame_is_in_it() -> None:
    graph = framed("conv1", "pool1")
    wire = Output("conv1"), Input("pool1", "x")
    change, name = edits.add_between(Scope(graph), KNOWN, "dropout", (0.0, 0.0), *wire)
    change.apply(graph)
    assert graph.frames["frame1"].nodes == ("conv1", "pool1", name)
    edits.add_node(Scope(graph), KNOWN, "gelu", (0.0, 0.0))[0].apply(graph)
    edits.insert(Scope(graph), KNOWN, "gelu1", Input(name, "x")).apply(graph)
    assert graph.frames["frame1"].nodes == ("conv1", "pool1", name, "gelu1")


def test_a_copied_frame_goes_around_the_copies() -> None:
    graph = framed("conv1", "relu1")
    part = clipboard.excerpt(Scope(graph), ["conv1", "relu1", "pool1"])
    change, names = clipboard.paste(Scope(graph), part, (500.0, 0.0))
    change.apply(graph)
    assert graph.frames["frame2"] == Frame("Stem", tuple(name for name in names if not name.startswith("pool")), 2)
    assert not clipboard.excerpt(Scope(graph), ["conv1"]).frames


def test_a_merge_joins_what_both_have_put_in_and_forgets_what_is_gone() -> None:
    base = framed("conv1", "relu1")
    ours, theirs = base.copy(), base.copy()
    ours.put("frames.frame1", Frame("Stem", ("conv1", "relu1", "pool1"), 2))
    theirs.put("frames.frame1", Frame("Start", ("conv1", "relu1", "conv2"), 2))
    edits.remove(Scope(theirs), ["relu1"]).apply(theirs)
    merged, conflicts = merge(base, ours, theirs)
    assert not [key for key in conflicts if key.startswith("frames")]
    assert merged.frames["frame1"] == Frame("Start", ("conv1", "pool1", "conv2"), 2)
    assert read_text(write_text(merged)) == merged


def test_a_merge_forgets_a_node_that_one_has_framed_and_the_other_removed() -> None:
    base = KNOWN.new("mnist-convnet")
    ours, theirs = base.copy(), base.copy()
    frames.add_frame(Scope(ours), ["conv1", "relu1"])[0].apply(ours)
    frames.add_frame(Scope(ours), ["relu1"])[0].apply(ours)
    edits.dissolve(Scope(theirs), ["relu1"]).apply(theirs)
    merged, _ = merge(base, ours, theirs)
    assert {name: frame.nodes for name, frame in merged.frames.items()} == {"frame1": ("conv1",)}
    assert read_text(write_text(merged)) == merged


def test_a_pasted_module_has_its_frames() -> None:
    graph = framed("conv1", "relu1")
    change, use, _ = modules.group(Scope(graph), KNOWN, ["conv1", "pool1", "relu1"])
    change.apply(graph)
    other = Graph()
    clipboard.paste(Scope(other), clipboard.excerpt(Scope(graph), [use]), (0.0, 0.0))[0].apply(other)
    assert other.modules["Block"].frames == {"frame1": Frame("Stem", ("conv1", "relu1"), 2)}


def members_exist(graph: Graph) -> bool:
    bodies = [graph, *graph.modules.values()]
    return all(frame.nodes and set(frame.nodes) <= set(body.nodes) for body in bodies for frame in body.frames.values())


KINDS = (
    "frame frame unframe remove dissolve group unpack unique rename paste linked name undo redo".split()  # noqa: SIM905
)


def step(document: Document, chance: random.Random) -> None:
    graph = document.graph
    scope = Scope(graph, chance.choice(["", *graph.modules]))
    names = list(scope.body.nodes)
    some = chance.sample(names, min(len(names), chance.randint(1, 4)))
    kind = chance.choice(KINDS) if names else "undo"
    try:
        match kind:
            case "frame":
                document.commit(frames.add_frame(scope, some)[0])
            case "unframe" if scope.body.frames:
                document.commit(frames.remove_frame(scope, chance.choice(list(scope.body.frames))))
            case "remove":
                document.commit(edits.remove(scope, some[:2]))
            case "dissolve":
                document.commit(edits.dissolve(scope, some[:1]))
            case "group":
                document.commit(modules.group(scope, KNOWN, some)[0])
            case "unpack":
                document.commit(modules.unpack(scope, some[0])[0])
            case "unique":
                document.commit(modules.make_unique(scope, some[:1])[0])
            case "rename":
                document.commit(edits.rename(scope, some[0], f"{some[0]}a"))
            case "paste":
                part = clipboard.excerpt(scope, some)
                there = Scope(graph, chance.choice(["", *graph.modules]))
                document.commit(clipboard.paste(there, part, (0.0, 0.0))[0])
            case "linked":
                document.commit(clipboard.paste_linked(scope, some, (30.0, 30.0))[0])
            case "name" if graph.modules:
                name = chance.choice(list(graph.modules))
                document.commit(modules.rename_module(graph, name, f"{name}B"))
            case "undo":
                document.undo()
            case "redo":
                document.redo()
    except ValueError:
        return


@pytest.mark.parametrize("seed", range(8))
def test_whatever_is_edited_frames_hold_nodes_that_exist(seed: int) -> None:
    chance = random.Random(seed)
    graph = KNOWN.new(chance.choice(["mnist-convnet", "resnet18", "gan-gaussians"]))
    origin = graph.copy()
    document = Document(graph)
    for _ in range(150):
        step(document, chance)
        assert members_exist(document.graph)
        if len(document.graph.nodes) > 80:
            document.undo()
    assert read_text(write_text(document.graph)) == document.graph
    while document.undo():
        pass
    assert document.graph == origin


def test_a_frame_keeps_its_node_in_another_place(tmp_path: Path) -> None:
    graph = framed("conv1")
    graph.put("nodes.conv1", replace(graph.nodes["conv1"], at=(5.0, 5.0)))
    graph.save(tmp_path / "a.graph.json")
    assert read_text((tmp_path / "a.graph.json").read_text()).frames == graph.frames

"""Comparing two graphs, merging three, and git doing it."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from grapheditor.catalog import catalog
from grapheditor.edit import edits
from grapheditor.edit.compare import compare, merge
from grapheditor.edit.scope import Scope
from grapheditor.edit.sharing import set_frozen, set_rate
from grapheditor.graph import Graph, read
from grapheditor.graph.learning import Learning

KNOWN = catalog()


def changed(graph: Graph, *makers) -> Graph:
    graph = graph.copy()
    for make in makers:
        make(graph).apply(graph)
    return graph


def option(node, name, value):
    return lambda graph: edits.set_option(Scope(graph), KNOWN, [node], name, value)


def rename(old, new):
    return lambda graph: edits.rename(Scope(graph), old, new)


def remove(*names):
    return lambda graph: edits.remove(Scope(graph), names)


BASE = KNOWN.new("mnist-convnet")


def test_equal_graphs_do_not_differ():
    assert not compare(BASE, BASE.copy())


def test_what_differs_is_named_by_record_and_field():
    other = changed(BASE, option("conv1", "kernel_size", 7), remove("accuracy"))
    found = compare(BASE, other)
    assert [(item.key, item.fields) for item in found.changed] == [("nodes.conv1", ("options.kernel_size",))]
    assert set(found.removed) == {"nodes.accuracy", "wires.accuracy.x", "wires.accuracy.target"}
    assert found.added == ()
    assert set(compare(other, BASE).added) == set(found.removed)


def test_a_renamed_node_is_one_difference():
    found = compare(BASE, changed(BASE, rename("conv1", "edges"), rename("loss", "cost")))
    assert found.renamed == (("conv1", "edges"), ("loss", "cost"))
    assert not (found.added or found.removed or found.changed)


def test_a_rename_and_an_option_are_told_apart():
    found = compare(BASE, changed(BASE, rename("conv1", "edges"), option("linear1", "out_features", 64)))
    assert found.renamed == (("conv1", "edges"),)
    assert [item.key for item in found.changed] == ["nodes.linear1"]


def test_what_only_one_changed_is_taken():
    ours = changed(BASE, option("conv1", "kernel_size", 7), lambda g: edits.move(Scope(g), {"conv2": (900.0, 900.0)}))
    theirs = changed(BASE, option("conv1", "out_channels", 16), remove("accuracy"))
    merged, conflicts = merge(BASE, ours, theirs)
    assert conflicts == []
    assert merged.nodes["conv1"].options == {"kernel_size": 7, "out_channels": 16}
    assert merged.nodes["conv2"].at == (900.0, 900.0)
    assert "accuracy" not in merged.nodes


def test_how_weights_learn_is_merged_field_by_field():
    ours = changed(BASE, lambda g: set_frozen(Scope(g), ["conv1"], True))
    theirs = changed(BASE, lambda g: set_rate(Scope(g), ["conv1"], 0.1))
    merged, conflicts = merge(BASE, ours, theirs)
    assert conflicts == [] and merged.nodes["conv1"].learning == Learning(frozen=True, rate=0.1)
    slower = changed(BASE, lambda g: set_rate(Scope(g), ["conv1"], 0.5))
    merged, conflicts = merge(BASE, slower, theirs)
    assert conflicts == ["nodes.conv1"] and merged.nodes["conv1"].learning.rate == 0.5


def test_what_both_changed_differently_is_a_conflict_and_ours_stays():
    ours, theirs = (changed(BASE, option("conv1", "kernel_size", size)) for size in (7, 3))
    merged, conflicts = merge(BASE, ours, theirs)
    assert conflicts == ["nodes.conv1"]
    assert merged.nodes["conv1"].options["kernel_size"] == 7


def test_a_wire_to_what_the_other_removed_is_a_conflict():
    ours = changed(BASE, remove("relu1"))
    theirs = changed(BASE, lambda g: edits.add_node(Scope(g), KNOWN, "tanh", (0, 0), "relu1")[0])
    merged, conflicts = merge(BASE, ours, theirs)
    assert conflicts == ["wires.tanh1.x"]
    assert "tanh1" in merged.nodes
    assert not merged.into("tanh1")


def test_recipes_are_merged_field_by_field():
    ours = changed(BASE, lambda g: edits.set_recipe(g, epochs=3))
    theirs = changed(BASE, lambda g: edits.set_recipe(g, batch=50))
    merged, conflicts = merge(BASE, ours, theirs)
    assert conflicts == []
    assert merged.recipe == replace(BASE.recipe, epochs=3, batch=50)


STEPS = [
    option("conv1", "kernel_size", 7), option("conv1", "stride", 2), option("linear1", "out_features", 64),
    rename("conv2", "second"), remove("relu2"), remove("accuracy"), lambda g: edits.set_recipe(g, epochs=2),
]  # fmt: skip


@settings(max_examples=60, deadline=None)
@given(st.lists(st.sampled_from(range(len(STEPS))), unique=True, max_size=4))
def test_merging_with_what_did_not_change_gives_the_other(chosen):
    other = changed(BASE, *(STEPS[i] for i in chosen))
    for ours, theirs in ((BASE, other), (other, BASE), (other, other)):
        merged, conflicts = merge(BASE, ours, theirs)
        assert conflicts == []
        assert merged == other
    assert bool(compare(BASE, other)) == bool(chosen)


def git(*arguments, cwd, code=0):
    settings = ["-c", "user.name=A", "-c", "user.email=a@b", "-c", "init.defaultBranch=main"]
    done = subprocess.run(["git", *settings, *arguments], cwd=cwd, capture_output=True, text=True)
    assert done.returncode == code, done.stdout + done.stderr


def test_git_merges_graphs_by_record(tmp_path):
    if subprocess.run(["git", "--version"], capture_output=True).returncode:
        pytest.skip("git is not here")
    path = tmp_path / "net.graph.json"
    git("init", "-q", cwd=tmp_path)
    git("config", "merge.grapheditor.driver", f"{sys.executable} -m grapheditor merge %O %A %B", cwd=tmp_path)
    (tmp_path / ".gitattributes").write_text("*.graph.json merge=grapheditor\n")
    BASE.copy().save(path)
    git("add", ".", cwd=tmp_path)
    git("commit", "-qm", "base", cwd=tmp_path)
    git("checkout", "-qb", "theirs", cwd=tmp_path)
    changed(BASE, option("conv1", "out_channels", 16)).save(path)
    git("commit", "-qam", "theirs", cwd=tmp_path)
    git("checkout", "-q", "main", cwd=tmp_path)
    changed(BASE, option("conv1", "kernel_size", 7)).save(path)
    git("commit", "-qam", "ours", cwd=tmp_path)
    git("merge", "-q", "theirs", "-m", "both", cwd=tmp_path)
    assert read(path).nodes["conv1"].options == {"kernel_size": 7, "out_channels": 16}

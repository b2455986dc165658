"""The rows of a summary as a tree, and what stands behind the editor's tabs: lines by key, what can be given up."""

from __future__ import annotations

import pytest

from grapheditor.catalog import catalog
from grapheditor.compile import Inference, compile_graph
from grapheditor.compile.fixes import with_fixes
from grapheditor.compile.summary import COSTS, summary, tree
from grapheditor.edit import edits
from grapheditor.edit.scope import Scope
from grapheditor.training.memory import measure

KNOWN = catalog()


@pytest.mark.parametrize("template", ["resnet18", "gpt2", "unet", "mnist-convnet"])
def test_the_tree_has_the_rows_and_the_totals_of_the_summary(template):
    graph = KNOWN.new(template)
    analysis = Inference(KNOWN).analyse(graph)
    rows, flat = tree(graph, analysis, {}), summary(graph, analysis)
    leaves = [row for row in rows if not row["module"]]
    assert [row["path"] for row in leaves] == [row["path"] for row in flat["nodes"]]
    for cost in ("multiply_adds", "activation_bytes"):
        assert sum(row[cost] for row in leaves) == flat[cost]
        assert [row[cost] for row in leaves] == [row[cost] * row["count"] for row in flat["nodes"]]
    for module in (row for row in rows if row["module"]):
        inside = [row for row in leaves if row["path"].startswith(f"{module['path']}.")]
        assert all(module[cost] == sum(row[cost] for row in inside) for cost in COSTS)
        assert module["outputs"]


def test_what_is_kept_is_told_of_modules_too():
    graph = KNOWN.new("resnet18")
    program = compile_graph(graph)
    found = measure(program, 2)
    rows = tree(graph, program.analysis, found.nodes)
    assert sum(row["kept_bytes"] for row in rows if not row["module"]) == found.kept
    assert all(row["kept_bytes"] is None for row in tree(graph, program.analysis))


def test_what_nothing_needs_is_in_the_tree_and_not_counted():
    graph = KNOWN.new("mlp")
    change, added = edits.add_node(Scope(graph), KNOWN, "relu", (0, 0), after="linear1")
    change.apply(graph)
    rows = {row["path"]: row["counted"] for row in tree(graph, Inference(KNOWN).analyse(graph))}
    assert not rows[added]
    assert rows["linear1"]


def test_lines_of_nodes_in_definitions_have_the_keys_of_their_records():
    graph = KNOWN.new("resnet18")
    printed = compile_graph(graph).printed
    keys = dict(graph.records())
    lines = printed.text.split("\n")
    inner = [key for key in printed.lines_by_key if key.startswith("modules.")]
    assert inner
    for key in inner:
        assert key in keys
        node = key.rpartition(".")[2]
        used = [lines[number - 1] for number in printed.lines_by_key[key]]
        assert used
        if f"self.{node} = " in printed.text:
            assert any(f"self.{node} = " in line for line in used)
    assert printed.lines.items() <= printed.lines_by_key.items()


def test_the_search_for_fixes_is_given_up_at_once():
    graph = KNOWN.new("broken-net")
    inference = Inference(KNOWN)
    analysis = inference.analyse(graph)
    assert not any(problem.fixes for problem in with_fixes(inference, graph, analysis, lambda: True))
    assert any(problem.fixes for problem in with_fixes(inference, graph, analysis))

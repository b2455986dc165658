"""Data in the recipe: options are checked, fields bind to inputs of any name, and nothing runs by being named."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from grapheditor.catalog import catalog
from grapheditor.data import Category, Numbers, Tokens, from_arrays
from grapheditor.edit import edits
from grapheditor.graph import Graph, Node
from grapheditor.graph.recipe import Recipe

KNOWN = catalog()


def test_inputs_are_declared_as_the_encodings_say():
    graph = Graph()
    edits.add_data(graph, KNOWN.sources["cifar-100"])[0].apply(graph)
    assert graph.recipe.data == "cifar-100"
    options = {name: node.options for name, node in graph.nodes.items()}
    assert options["image"] == {"shape": ("N", 3, 32, 32)}, "bytes arrive as float32"
    assert options["label"] == options["group"] == {"shape": ("N",), "dtype": "int64"}


def test_fields_of_any_name_are_bound_to_inputs():
    arrays = {
        "sepal length (cm)": np.zeros((3, 2), np.float32),
        "class": np.zeros(3, int),
        "ß": np.zeros((3, 4), np.uint8),
        "used": np.zeros((3, 2), np.float32),
    }
    encodings = {
        "sepal length (cm)": Numbers(("a", "b")),
        "class": Category(("x",)),
        "ß": Tokens("characters", ("a",), 4),
        "used": Numbers(("a", "b")),
    }
    dataset = from_arrays("odd", {"train": arrays}, encodings)
    graph = Graph()
    graph.put("nodes.used", Node("used", "relu"))
    options = {"file": "odd.csv"}
    change, added = edits.add_data(
        graph, KNOWN.sources["table"], options, [edits.Arriving.of(field) for field in dataset.fields]
    )
    change.apply(graph)
    assert len(added) == len(set(added)) == 4
    assert sorted(graph.recipe.field(name) for name in added) == sorted(arrays)
    assert graph.recipe.source == options
    by_field = {graph.recipe.field(name): graph.nodes[name].options for name in added}
    assert by_field["ß"] == {"shape": ("N", 4), "dtype": "int64"}, (
        "tokens are numbers of pieces, however they are stored"
    )
    assert "sepal_length_cm" in added
    change.inverse().apply(graph)
    assert set(graph.nodes) == {"used"}
    assert graph.recipe == Recipe()


def test_a_wrong_option_of_the_data_is_a_problem():
    graph = Graph()
    graph.put("recipe", replace(graph.recipe, data="table", source={"file": "x.csv", "colour": "red"}))
    assert any("no option colour" in problem.message for problem in KNOWN.check_recipe(graph))
    graph.put("recipe", replace(graph.recipe, source={"file": "x.csv", "test": 2.0}))
    assert any("test must be at most 0.9" in problem.message for problem in KNOWN.check_recipe(graph))
    graph.put("recipe", replace(graph.recipe, source={"file": "x.csv"}))
    assert not KNOWN.check_recipe(graph)


def test_python_that_a_graph_names_does_not_run_by_that(tmp_path):
    (tmp_path / "own.py").write_text("import pathlib\npathlib.Path(__file__).with_name('ran').touch()\n")
    graph = Graph()
    graph.put("recipe", replace(graph.recipe, data="python", source={"file": str(tmp_path / "own.py")}))
    KNOWN.check_recipe(graph)
    KNOWN.check_nodes(graph)
    edits.add_data(graph, KNOWN.sources["python"], graph.recipe.source)
    assert not (tmp_path / "ran").exists()

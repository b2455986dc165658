"""Networks are adapted to data that they were not made for, by one edit that can be undone."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise

import pytest

from grapheditor.catalog import catalog
from grapheditor.compile import compile_graph
from grapheditor.compile.weights import match
from grapheditor.edit import Document, edits
from grapheditor.edit.adapt import adapt
from grapheditor.edit.edits import Arriving
from grapheditor.edit.modules import group
from grapheditor.edit.scope import Scope
from grapheditor.graph import Input, Output

KNOWN = catalog()
PETS = (Arriving("image", "float32", (3, 64, 48)), Arriving("label", "int64", (), 5))
DIGITS = tuple(map(Arriving.of, KNOWN.sources["digits"].fields))
SMALL_VGG = {"width": 4, "hidden": 8}


def using(graph, fields):
    """The graph once data with these fields was chosen for it."""
    edits.add_data(graph, KNOWN.sources["image-folder"], {"folder": "pets"}, fields)[0].apply(graph)
    return graph


def sound(graph):
    return compile_graph(graph).analysis.sound


def test_vgg16_takes_pictures_of_another_size_and_tells_their_classes_apart():
    document = Document(using(KNOWN.new("vgg16", SMALL_VGG), PETS))
    before = document.graph.copy()
    found = adapt(document.graph, KNOWN, PETS)
    assert found is not None
    assert found.refused
    assert found.misfits == (
        "image takes 3×224×224, and the data has 3×64×48",
        "it tells 1,000 classes apart, and the data has 5",
        "nothing says what it is to learn",
    )
    assert found.does == ("image of 3×64×48", "Resize to 224×224", "5 classes", "loss is minimised", "Normalize")
    document.commit(found.change)
    graph = document.graph
    assert graph.nodes["image"].options["shape"] == ("N", 3, 64, 48)
    assert [graph.wires[Input(name, "x")] for name in ("normalize1", "resize1", "conv1")] == [
        Output("image"), Output("normalize1"), Output("resize1"),
    ]  # fmt: skip
    assert graph.nodes["resize1"].options == {}
    assert graph.nodes["linear3"].options["out_features"] == 5
    assert {name: graph.wires[Input(name, "target")] for name in ("loss", "accuracy")} == dict.fromkeys(
        ("loss", "accuracy"), Output("label")
    )
    assert graph.recipe.objectives[0].minimise == "loss"
    assert sound(graph)
    assert adapt(graph, KNOWN, PETS) is None
    document.undo()
    assert document.graph == before


def test_all_weights_but_the_head_still_find_their_places():
    plain = KNOWN.new("vgg16", SMALL_VGG)
    learned = compile_graph(plain).module().state_dict()
    graph = using(plain, PETS)
    adapt(graph, KNOWN, PETS).change.apply(graph)
    found = match(learned, compile_graph(graph), partial=True)
    assert found.unused == ("linear3.weight", "linear3.bias")


@pytest.mark.parametrize(
    ("template", "options"),
    [
        ("alexnet", {"hidden": 8}),
        ("lenet-5", {}),
        ("resnet18", {"width": 4}),
        ("mobilenet-v2", {}),
        ("densenet121", {}),
        ("vit-b-16", {"width": 8, "layers": 2, "heads": 2, "size": 32}),
    ],
)
def test_networks_of_the_gallery_are_adapted_to_digits(template, options):
    graph = KNOWN.new(template, options)
    edits.add_data(graph, KNOWN.sources["digits"])[0].apply(graph)
    adapt(graph, KNOWN, DIGITS).change.apply(graph)
    program = compile_graph(graph)
    assert program.analysis.sound
    said = graph.wires[Input("loss", "x")]
    assert program.analysis.nodes[said.node].outputs[said.port].shape[-1] == 10
    assert program.input_shape("image") == ("N", 1, 28, 28)
    assert adapt(graph, KNOWN, DIGITS) is None


@pytest.mark.parametrize("template", ["mnist-convnet", "mlp", "logistic-regression"])
def test_what_fits_is_left_alone(template):
    assert adapt(KNOWN.new(template), KNOWN, DIGITS) is None


def test_an_input_of_another_name_takes_the_field_of_its_kind():
    graph = KNOWN.new("vgg11", SMALL_VGG)
    edits.rename(Scope(graph), "image", "picture").apply(graph)
    using(graph, PETS)
    assert "image" in graph.nodes  # nobody took the field
    adapt(graph, KNOWN, PETS).change.apply(graph)
    assert "image" not in graph.nodes
    assert graph.recipe.field("picture") == "image"
    assert sound(graph)


def test_sizes_that_are_free_take_what_comes():
    graph = KNOWN.new("vgg11", SMALL_VGG)
    edits.set_option(Scope(graph), KNOWN, ["image"], "shape", ("N", 3, "32*h", "32*w")).apply(graph)
    using(graph, PETS)
    found = adapt(graph, KNOWN, PETS)
    assert not any("Resize" in item for item in found.does)
    assert not any("takes" in item for item in found.misfits)


def test_masks_are_not_parted_from_their_pixels():
    fields = (Arriving("image", "float32", (3, 64, 64)), Arriving("mask", "int64", (64, 64), 2))
    graph = KNOWN.new("unet", {"width": 4})
    used = {name for name, node in graph.nodes.items() if node.operator == "input" and graph.out_of(name)}
    adapt(graph, KNOWN, fields).change.apply(graph)
    (image,) = used - {name for name in used if graph.nodes[name].options.get("dtype") == "int64"}
    assert graph.nodes[image].options["shape"] == ("N", 3, 64, 64)
    assert not any(node.operator == "resize" for node in graph.nodes.values())


def test_a_trained_network_with_classes_to_spare_keeps_them():
    graph = KNOWN.new("mnist-convnet", {"classes": 12})
    assert adapt(graph, KNOWN, DIGITS) is None
    graph = KNOWN.new("mnist-convnet", {"classes": 7})
    found = adapt(graph, KNOWN, DIGITS)
    assert found.misfits[0] == "it tells 7 classes apart, and the data has 10"


def test_a_network_that_is_adapted_anyway_keeps_no_classes_to_spare():
    graph = using(KNOWN.new("mnist-convnet"), PETS)
    found = adapt(graph, KNOWN, PETS)
    assert found.refused
    assert found.misfits == (
        "image takes 1×28×28, and the data has 3×64×48",
        "it tells 10 classes apart, and the data has 5",
    )
    found.change.apply(graph)
    assert graph.nodes["linear2"].options["out_features"] == 5
    assert sound(graph)


def test_a_head_within_a_module_is_found():
    graph = using(KNOWN.new("vgg11", SMALL_VGG), PETS)
    group(Scope(graph), KNOWN, ["dropout2", "linear3"])[0].apply(graph)
    (module,) = graph.modules
    adapt(graph, KNOWN, PETS).change.apply(graph)
    assert graph.modules[module].nodes["linear3"].options["out_features"] == 5
    assert sound(graph)


def test_what_normalises_already_is_not_joined_by_another():
    graph = using(KNOWN.new("mnist-convnet", {"size": 64}), PETS)
    found = adapt(graph, KNOWN, PETS)
    found.change.apply(graph)
    assert [name for name, node in graph.nodes.items() if node.operator == "normalize"] == ["normalize"]
    assert graph.wires[Input("resize1", "x")] == Output("image")


def test_an_image_that_shrinks_keeps_its_fine_lines_apart():
    graph = using(KNOWN.new("lenet-5"), PETS)
    adapt(graph, KNOWN, PETS).change.apply(graph)
    assert graph.nodes["resize1"].options == {"size": 32, "antialias": True}


def test_what_stands_behind_makes_room():
    graph = using(KNOWN.new("vgg11", SMALL_VGG), PETS)
    before = {name: node.at for name, node in graph.nodes.items()}
    adapt(graph, KNOWN, PETS).change.apply(graph)
    assert graph.nodes["image"].at == before["image"]
    tops = [graph.nodes[name].at[1] for name in ("image", "normalize1", "resize1", "conv1")]
    assert all(b - a >= 90 for a, b in pairwise(tops))
    assert graph.nodes["label"].at == before["label"]


def test_so_it_does_where_the_flow_goes_right():
    graph = using(KNOWN.new("vgg11", SMALL_VGG), PETS)
    graph.put("info", replace(graph.info, flow="right"))
    for name, node in list(graph.nodes.items()):
        graph.put(f"nodes.{name}", node.moved(node.at[::-1]))
    adapt(graph, KNOWN, PETS).change.apply(graph)
    lefts = [graph.nodes[name].at[0] for name in ("image", "normalize1", "resize1", "conv1")]
    assert all(b - a >= 90 for a, b in pairwise(lefts))
    assert len({graph.nodes[name].at[1] for name in ("image", "normalize1", "resize1", "conv1")}) == 1


@pytest.mark.parametrize("template", ["char-gpt", "lstm-text"])
def test_a_network_of_letters_learns_all_that_a_text_is_made_of(template):
    fields = tuple(Arriving(name, "int64", (64,), pieces=82) for name in ("tokens", "next"))
    graph = KNOWN.new(template)
    found = adapt(graph, KNOWN, fields)
    assert found.refused
    assert found.misfits == (
        "embedding has 65 rows, and tokens has 82 kinds of numbers",
        "it tells 65 pieces of text apart, and the data has 82",
    )
    assert found.does == ("82 rows in embedding", "82 pieces of text")
    found.change.apply(graph)
    program = compile_graph(graph)
    assert program.analysis.sound
    said = graph.wires[Input("loss", "x")]
    assert program.analysis.nodes[said.node].outputs[said.port].shape[1] == 82
    assert adapt(graph, KNOWN, fields) is None
    fewer = tuple(item._replace(pieces=40) for item in fields)
    assert adapt(graph, KNOWN, fewer) is None

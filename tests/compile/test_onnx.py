"""What an ONNX file says of itself, its precision and opset, and which node is named where it is wrong."""

from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import onnx
import onnxruntime
import pytest
import torch
from onnx.numpy_helper import from_array, to_array

from grapheditor import __version__
from grapheditor.authoring import Drawing, Handle, Size, module, template
from grapheditor.catalog import catalog
from grapheditor.compile import Inference, compile_graph
from grapheditor.compile import onnx as exporter
from grapheditor.compile.agreement import examples
from grapheditor.compile.export import ExportError, Settings, export, loaded
from grapheditor.compile.halves import WIDE
from grapheditor.compile.stream import write_model
from grapheditor.edit.sketch import sketch

KNOWN = catalog()
INFERENCE = Inference(KNOWN)
HALF, SINGLE = onnx.TensorProto.FLOAT16, onnx.TensorProto.FLOAT


def built(body):
    graph = sketch(KNOWN, template("Vision", title="Drawn")(body), {})
    return compile_graph(graph, inference=INFERENCE)


def digits():
    graph = KNOWN.new("mnist-convnet")
    program = compile_graph(graph, inference=INFERENCE)
    torch.manual_seed(3)
    return program, {name: value.clone() for name, value in program.module().state_dict().items()}


def metadata(path) -> dict[str, str]:
    return {item.key: item.value for item in onnx.load(path).metadata_props}


def test_a_file_says_what_it_was_taught(tmp_path):
    program, weights = digits()
    weights["normalize_mean"].fill_(33.25)
    weights["normalize_std"].fill_(78.5)
    path = tmp_path / "it.onnx"
    given = {"run": "digits-003", "title": "Mine", "note": "seen"}
    export(program, path, weights, Settings(metadata=given))
    said = metadata(path)
    assert (said["run"], said["title"], said["note"]) == ("digits-003", "Mine", "seen")
    assert json.loads(said["classes"]) == list("0123456789")
    assert json.loads(said["data"])["samples"] == {"train": 10000, "test": 2000}
    assert json.loads(said["statistics"]) == {"normalize": {"mean": [33.25], "std": [78.5]}}
    assert json.loads(said["inputs"]) == {"image": {"shape": ["N", 1, 28, 28], "dtype": "float32", "field": "image"}}
    model = onnx.load(path)
    assert (model.producer_name, model.producer_version) == ("grapheditor", __version__)
    assert model.doc_string == said["doc"] == program.graph.info.doc
    session = onnxruntime.InferenceSession(path)
    assert session.get_modelmeta().custom_metadata_map == said


def test_before_a_training_there_are_no_statistics(tmp_path):
    program, weights = digits()
    export(program, tmp_path / "it.onnx", weights)
    assert "statistics" not in metadata(tmp_path / "it.onnx")
    assert metadata(tmp_path / "it.onnx")["title"] == program.graph.info.title


def test_a_file_tells_nothing_of_the_machine_that_made_it(tmp_path):
    export(built(deep), tmp_path / "it.onnx", None)
    held = (tmp_path / "it.onnx").read_bytes()
    assert str(Path(torch.__file__).parent).encode() not in held
    assert b"blocks.1.first" in held, "the module's path stays"


def test_float16_has_half_the_weights_and_takes_and_gives_what_it_did(tmp_path):
    program, weights = digits()
    path = tmp_path / "it.onnx"
    assert export(program, path, weights)["precision"] == "float32"
    whole = path.stat().st_size
    found = export(program, path, weights, Settings("float16", parity=True))
    assert found["precision"] == "float16"
    assert 1e-6 < found["max_relative_difference"] <= found["tolerance"] == 1e-2
    assert path.stat().st_size < 0.55 * whole
    onnx.checker.check_model(path, full_check=True)
    held = {item.name: item for item in onnx.load(path).graph.initializer}
    for name in ("conv1.weight", "linear2.weight", "linear2.bias"):
        assert held[name].data_type == HALF
        assert (to_array(held[name]) == weights[name].half().numpy()).all()
    session = onnxruntime.InferenceSession(path)
    assert {item.type for item in (*session.get_inputs(), *session.get_outputs())} == {"tensor(float)"}
    assert [item.name for item in session.get_outputs()] == list(program.results)


def normed(g: Drawing) -> None:
    """Numbers that half precision does not have arrive, and stand in two norms."""
    x = g.input(shape=("N", 3, 8, 8), id="x")
    x = g.normalize(x, id="normalize")
    x = g.batch_norm2d(x, id="bn")
    x = g.relu(g.conv2d(x, out_channels=4, id="conv"), id="relu")
    g.output(g.linear(g.flatten(x), out_features=2, id="score"), id="out")


def test_statistics_do_not_overflow_in_float16(tmp_path):
    program = built(normed)
    weights = {name: value.clone() for name, value in program.module().state_dict().items()}
    weights["normalize_mean"].fill_(3e5)
    weights["normalize_std"].fill_(2e-9)
    weights["bn.running_var"].fill_(2.25e28)
    path = tmp_path / "it.onnx"
    assert export(program, path, weights, Settings("float16", parity=True))["max_relative_difference"] < 1e-2
    x = (3e5 + torch.randn(2, 3, 8, 8) * 1e4).numpy()
    (given,) = onnxruntime.InferenceSession(path).run(None, {"x": x})
    with torch.inference_mode():
        wanted = loaded(program, weights)(torch.from_numpy(x)).numpy()
    assert np.isfinite(given).all()
    assert abs(given - wanted).max() < 1e-2 * abs(wanted).max()


@module
def Cell(g: Drawing, x: Handle, h: Handle, *, width: Size = 6) -> dict[str, Handle]:
    """Remembers."""
    h = g.tanh(g.add(g.linear(x, out_features=width), g.linear(h, out_features=width)), id="new")
    return {"h": h, "score": g.softmax(g.linear(h, out_features=3), id="say")}


def remembering(g: Drawing) -> None:
    x = g.input(shape=("N", "T", 4), id="x")
    cell = Cell(g, x, g.linear(g.input(shape=("N", 4), id="start"), out_features=6), width=6, scan="x", id="cell")
    g.output(cell["score"], id="scores")
    g.output(cell["h"], id="last")


def test_a_loop_computes_in_float16_too(tmp_path):
    path = tmp_path / "it.onnx"
    found = export(built(remembering), path, None, Settings("float16", parity=True))
    assert found["parity"]["nodes"] > 10
    (loop,) = (node for node in onnx.load(path).graph.node if node.op_type == "Scan")
    body = next(item.g for item in loop.attribute if item.name == "body")
    assert {value.type.tensor_type.elem_type for value in (*body.input, *body.output)} == {HALF}
    shared = {item.name: item.data_type for item in onnx.load(path).graph.initializer}
    assert HALF in shared.values()
    onnx.checker.check_model(path, full_check=True)


def test_a_linear_layer_behind_an_lstm_computes_in_float16(tmp_path):
    """onnxruntime crashes where between them is a transpose in float16, and its process with it; so another one tries."""
    path = tmp_path / "it.onnx"
    program = compile_graph(KNOWN.new("lstm-text"), inference=INFERENCE)
    write_model(exporter.drawn_up(program, loaded(program, None), Settings("float16")), path)
    code = "import sys, onnxruntime; onnxruntime.InferenceSession(sys.argv[1], providers=['CPUExecutionProvider'])"
    assert subprocess.run([sys.executable, "-c", code, str(path)], check=False).returncode == 0
    shared = {item.data_type for item in onnx.load(path).graph.initializer if item.dims}
    assert HALF in shared


def test_what_stays_in_float32_are_operators_of_onnx():
    known = {schema.name for schema in onnx.defs.get_all_schemas()}
    assert known >= WIDE


@pytest.mark.parametrize(("opset", "ir"), [(11, 6), (17, 8), (18, 8), (21, 10), (24, 12)])
def test_an_opset_is_chosen(tmp_path, opset, ir):
    program = compile_graph(KNOWN.new("resnet18", {"size": 32}), inference=INFERENCE)
    path = tmp_path / "it.onnx"
    if opset == 11:
        with pytest.raises(ExportError, match="cannot be said in opset 11: PyTorch writes 18"):
            export(program, path, None, Settings(opset=opset))
        assert not path.exists()
        return
    assert export(program, path, None, Settings(opset=opset))["opset"] == opset
    model = onnx.load(path)
    assert [(item.domain, item.version) for item in model.opset_import] == [("", opset)]
    assert model.ir_version == ir
    onnx.checker.check_model(path, full_check=True)


@pytest.mark.parametrize("opset", [1, 400])
def test_an_opset_that_nobody_knows_is_refused(tmp_path, opset):
    program, _ = digits()
    with pytest.raises(ExportError, match=f"There is no opset {opset} here: it may be 9 to") as caught:
        export(program, tmp_path / "it.onnx", None, Settings(opset=opset))
    assert caught.value.reason == "format"


@pytest.mark.parametrize("settings", [Settings("float16"), Settings(opset=18), Settings(parity=True)], ids=str)
def test_what_belongs_to_onnx_is_refused_elsewhere(tmp_path, settings):
    program, _ = digits()
    with pytest.raises(ExportError, match=r"a name that ends in \.onnx"):
        export(program, tmp_path / "it.safetensors", None, settings)
    assert not list(tmp_path.iterdir())


@module
def Block(g: Drawing, x: Handle, *, width: Size = 8, noise: bool = False) -> Handle:
    """Two layers, with noise between them where it is wanted."""
    x = g.relu(g.linear(x, out_features=width, id="first"), id="bent")
    x = g.add(x, g.random_normal(x, size=(8,), id="noise"), id="moved", when=noise)
    return g.linear(x, out_features=width, id="second")


def deep(g: Drawing) -> None:
    x = g.input(shape=("N", 8), id="x")
    x = Block(g, x, id="blocks", repeat=3)
    g.output(g.linear(x, out_features=4, id="score"), id="out")


@pytest.mark.parametrize("precision", ["float32", "float16"])
@pytest.mark.parametrize(
    "weight", ["blocks.0.second.bias", "blocks.1.first.bias", "blocks.2.second.bias", "score.bias"]
)
def test_the_first_node_that_differs_is_named(tmp_path, monkeypatch, weight, precision):
    def broken(model, path):
        files = write_model(model, path)
        proto = onnx.load(path)
        (held,) = (item for item in proto.graph.initializer if item.name == weight)
        held.CopyFrom(from_array(to_array(held) + to_array(held).dtype.type(5), weight))
        onnx.save(proto, path)
        return files

    monkeypatch.setattr(exporter, "write_model", broken)
    with pytest.raises(ExportError, match="differs from the module by") as caught:
        export(built(deep), tmp_path / "it.onnx", None, Settings(precision))
    assert caught.value.node == weight.removesuffix(".bias")
    assert f"The first node is {caught.value.node}, by" in caught.value.message
    assert not (tmp_path / "it.onnx").exists()


def test_an_operator_that_the_exporter_gets_wrong_is_named(tmp_path, monkeypatch):
    """Were it not known that label smoothing is dropped."""
    known = catalog().operators
    monkeypatch.setitem(known, "cross_entropy", replace(known["cross_entropy"], unsaid=()))

    def wrong(g: Drawing) -> None:
        x = g.linear(g.input(shape=("N", 5), id="x"), out_features=4, id="score")
        target = g.input(shape=("N",), dtype="int64", id="target")
        g.output(g.cross_entropy(x, target, label_smoothing=0.3, id="loss"), id="out")

    with pytest.raises(ExportError, match="The first node is loss") as caught:
        export(built(wrong), tmp_path / "it.onnx", None)
    assert caught.value.node == "loss"


def test_what_several_nodes_become_together_is_told_from_one_that_is_wrong(tmp_path, monkeypatch):
    def moved(model, path):
        files = write_model(model, path)
        proto = onnx.load(path)
        made = onnx.helper.make_node("Neg", ["out_before"], ["out"])
        last = next(node for node in proto.graph.node if "out" in node.output)
        last.output[0] = "out_before"
        proto.graph.node.append(made)
        onnx.save(proto, path)
        return files

    monkeypatch.setattr(exporter, "write_model", moved)
    with pytest.raises(ExportError, match="Each node agrees when all are looked at") as caught:
        export(built(deep), tmp_path / "it.onnx", None)
    assert caught.value.node is None


def test_every_node_is_compared_where_that_is_wanted(tmp_path):
    found = export(built(deep), tmp_path / "it.onnx", None, Settings(parity=True))["parity"]
    assert found["nodes"] == 3 * 3 + 1, "first, bent, second of each block, and the score"
    assert found["max_relative_difference"] < 1e-4
    assert found["worst"].partition(".")[0] in ("blocks", "score")


def test_a_node_in_a_module_that_draws_numbers_is_named(tmp_path):
    def noisy(g: Drawing) -> None:
        x = Block(g, g.input(shape=("N", 8), id="x"), id="still")
        g.output(Block(g, x, noise=True, id="blocks", repeat=2), id="out")

    with pytest.raises(ExportError, match="put an input in its place") as caught:
        export(built(noisy), tmp_path / "it.onnx", None)
    assert (caught.value.node, caught.value.reason) == ("blocks.0.noise", "graph")


def test_what_a_loss_alone_draws_is_no_obstacle(tmp_path):
    def taught(g: Drawing) -> None:
        x = g.input(shape=("N", 8), id="x")
        score = g.linear(x, out_features=8, id="score")
        g.output(score, id="out")
        target = g.input(shape=("N", 8), id="target")
        g.mse_loss(g.add(score, g.random_normal(x, size=(8,), id="noise")), target, id="loss")

    program = built(taught)
    export(program, tmp_path / "it.onnx", None)
    model = onnx.load(tmp_path / "it.onnx")
    assert [item.name for item in model.graph.input] == ["x"]
    assert [item.name for item in model.graph.output] == ["out"]
    assert not any("loss" in node.name or node.op_type.startswith("Random") for node in model.graph.node)


# What the exporter alone would get wrong


def written(body, tmp_path, **arriving):
    """Export what is drawn, and return what it gives in onnxruntime and in torch."""
    program = built(body)
    module = program.module().eval()
    export(program, tmp_path / "it.onnx", module.state_dict())
    session = onnxruntime.InferenceSession(tmp_path / "it.onnx")
    found = session.run(None, {name: value.numpy() for name, value in arriving.items()})
    return torch.from_numpy(found[0]), module(**arriving)


def test_a_number_near_zero_is_not_left_out(tmp_path):
    def body(g: Drawing) -> None:
        """What is divided by is never nothing."""
        x = g.input(shape=("N", 8), id="x")
        g.output(g.reciprocal(g.scale(x, offset=1e-9)), id="y")

    found, wanted = written(body, tmp_path, x=torch.zeros(2, 8))
    assert torch.equal(found, wanted)
    assert found.isfinite().all()


def test_the_logarithm_of_a_sigmoid_goes_on_below_minus_seventeen(tmp_path):
    def body(g: Drawing) -> None:
        """Scores that are far from sure."""
        g.output(g.log_sigmoid(g.input(shape=("N", 4), id="x")), id="y")

    found, wanted = written(body, tmp_path, x=torch.tensor([[-14.0, -20.0, -80.0, 30.0]]))
    assert torch.allclose(found, wanted)


def test_attention_that_is_causal_and_masked_agrees(tmp_path):
    def body(g: Drawing) -> None:
        """A mask that leaves the first place."""
        x = g.input(shape=("N", 6, 16), id="x")
        mask = g.input(shape=("N", 6), dtype="bool", id="mask")
        g.output(g.multihead_attention(x, x, x, mask, num_heads=4, causal=True), id="y")

    mask = torch.tensor([[True, True, True, False, False, False]])
    found, wanted = written(body, tmp_path, x=torch.randn(1, 6, 16), mask=mask)
    assert torch.allclose(found, wanted, atol=1e-5)


@pytest.mark.parametrize("operator", ["floor_divide", "remainder"])
def test_whole_numbers_are_divided_by_what_is_not_zero(tmp_path, operator):
    def body(g: Drawing) -> None:
        """How often one goes into another."""
        x, y = (g.input(shape=("N", 6), dtype="int64", id=name) for name in "xy")
        g.output(g.add(getattr(g, operator)(x, y), x, id="sum"), id="out")

    x, y = torch.tensor([[-7, 7, -7, 7, 5, -6]]), torch.tensor([[2, -2, -2, 2, 3, 3]])
    found, wanted = written(body, tmp_path, x=x, y=y)
    assert torch.equal(found, wanted)
    assert export(built(body), tmp_path / "again.onnx", None, Settings(parity=True))["parity"]["nodes"] == 2


def test_inputs_of_one_shape_get_numbers_of_their_own():
    def body(g: Drawing) -> None:
        """Which is which must be seen."""
        x, y = (g.input(shape=("N", 6), id=name) for name in "xy")
        g.output(g.subtract(x, y), id="out")

    program = built(body)
    found = examples(program, program.analysis.at(3))
    assert (found["x"] - found["y"]).abs().min() > 0
    assert all(torch.equal(value, again) for value, again in zip(
        found.values(), examples(program, program.analysis.at(3)).values(), strict=True
    ))  # fmt: skip

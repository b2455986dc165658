"""ONNX files that are written straight from the tensors, in one file or with the weights beside it."""

from __future__ import annotations

from functools import partial

import onnx
import onnxruntime
import pytest
import torch
from onnx.numpy_helper import to_array

from grapheditor.catalog import catalog
from grapheditor.compile import Inference, compile_graph
from grapheditor.compile import onnx as exporter
from grapheditor.compile.export import Settings, export, loaded
from grapheditor.compile.stream import LARGEST, write_model

INFERENCE = Inference(catalog())


@pytest.mark.parametrize("largest", [LARGEST, 100])
def test_a_file_holds_every_weight_and_runs(tmp_path, monkeypatch, largest):
    monkeypatch.setattr(exporter, "write_model", partial(write_model, largest=largest))
    program = compile_graph(catalog().new("lenet-5"), inference=INFERENCE)
    weights = {name: torch.randn_like(value) for name, value in program.module().state_dict().items()}
    module = loaded(program, weights)
    (tmp_path / "made").mkdir()
    path = tmp_path / "made" / "it.onnx"
    found = export(program, path, weights)
    names = {"it.onnx"} if largest == LARGEST else {"it.onnx", "it.onnx.data"}
    assert {item.name for item in path.parent.iterdir()} == names
    assert found.get("weights") == (None if largest == LARGEST else str(tmp_path / "made" / "it.onnx.data"))
    onnx.checker.check_model(path, full_check=True)
    held = {item.name: to_array(item) for item in onnx.load(path).graph.initializer}
    for name, value in weights.items():
        assert (held[name] == value.numpy()).all(), name
    x = torch.randn(3, 1, 32, 32)
    session = onnxruntime.InferenceSession(path)
    (given,) = session.run(None, {session.get_inputs()[0].name: x.numpy()})
    with torch.inference_mode():
        assert torch.allclose(torch.from_numpy(given), module(x), rtol=1e-3, atol=1e-4)


def test_one_file_may_be_as_long_as_is_allowed_and_no_longer(tmp_path):
    program = compile_graph(catalog().new("lenet-5"), inference=INFERENCE)
    model = exporter.drawn_up(program, loaded(program, None), Settings())
    whole = tmp_path / "whole.onnx"
    assert write_model(model, whole) == [whole]
    length = whole.stat().st_size
    assert len(onnx.load(whole).SerializeToString()) == length
    assert write_model(model, whole, length + 16) == [whole]
    assert len(write_model(model, whole, length - 1)) == 2

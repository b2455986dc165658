"""Weights of a file are kept as a run that nobody trained, and all that takes a run's weights takes these."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import onnxruntime
import pytest
import torch
from safetensors.torch import save_file
from small import small_graph

from grapheditor.catalog import catalog
from grapheditor.cli import main
from grapheditor.compile import compile_graph
from grapheditor.edit import edits
from grapheditor.edit.scope import Scope
from grapheditor.engine.messages import Probe
from grapheditor.engine.prober import Prober
from grapheditor.graph import read, write, write_text
from grapheditor.runs.folder import DATA, list_runs
from grapheditor.runs.lease import look
from grapheditor.runs.record import read_record
from grapheditor.training.errors import RunError, TrainingError
from grapheditor.training.learned import evaluate
from grapheditor.training.loop import resume
from grapheditor.training.run import load_weights
from grapheditor.training.setup import make_setup
from grapheditor.training.taking import take_weights


@pytest.fixture(scope="module")
def learned(tmp_path_factory):
    """A file of weights as another program might have written it, and the module that they are of."""
    torch.manual_seed(7)
    module = compile_graph(small_graph()).module()
    path = tmp_path_factory.mktemp("weights") / "theirs.safetensors"
    save_file({f"model.{name}": value.clone() for name, value in module.state_dict().items()}, path)
    return path, module


def test_a_run_has_the_weights_and_says_from_where(learned, tmp_path):
    path, module = learned
    taken = take_weights(small_graph(), path, tmp_path, "small")
    assert taken.folder.name == "small-001"
    assert taken.whole
    own = load_weights(taken.folder)
    assert own.keys() == module.state_dict().keys()
    learning = {name for name, _ in module.named_parameters()}
    assert all(torch.equal(own[name], module.state_dict()[name]) for name in learning)
    record = read_record(taken.folder)
    assert (record.state, record.name, record.progress.step) == ("taken", "theirs.safetensors", 0)
    assert record.begun.source == str(path)
    assert look(taken.folder).state == "taken"
    assert taken.notes[0].endswith("of theirs.safetensors carry over; nothing begins fresh.")
    (entry,) = list_runs(tmp_path)
    assert entry.problem == ""


def test_it_is_measured_as_a_run_that_learned(learned, tmp_path):
    path, _module = learned
    taken = take_weights(small_graph(), path, tmp_path, "small")
    assert (taken.folder / DATA).is_file()
    found = evaluate(small_graph(), taken.folder, "test", home=tmp_path)
    setup = make_setup(small_graph(), "cpu")
    setup.compute.module.load_state_dict(load_weights(taken.folder))
    metrics = setup.evaluate(setup.test, torch.arange(setup.test.count), "test", 0)
    assert found.metrics == pytest.approx(metrics)
    assert 0 < metrics["test_accuracy"] < 0.4


def test_a_lens_sees_them(learned, tmp_path):
    path, module = learned
    taken = take_weights(small_graph(), path, tmp_path, "small")
    asks = {"nodes": ["linear1"], "samples": 1, "closely": True}
    prober = Prober()
    one = prober.answer(Probe(1, write_text(small_graph()), str(tmp_path), str(taken.folder), asks))
    assert one.problem == ""
    assert one.fits
    weight = one.found["nodes"]["linear1"]["weights"]["weight"]
    assert weight["mean"] == pytest.approx(module.linear1.weight.mean().item(), rel=1e-4)


def test_what_the_weights_lack_is_drawn_and_told(learned, tmp_path):
    path, _module = learned
    graph = small_graph()
    edits.set_option(Scope(graph), catalog(), ["linear3"], "out_features", 12).apply(graph)
    taken = take_weights(graph, path, tmp_path, "small")
    assert not taken.whole
    assert "linear3 begins fresh" in taken.notes[0]
    assert load_weights(taken.folder)["linear3.weight"].shape[0] == 12


def test_statistics_of_the_data_are_those_of_the_file_or_else_taken(learned, tmp_path):
    graph = catalog().new("mnist-convnet")
    module = compile_graph(graph).module()
    with torch.no_grad():
        for name, value in module.named_buffers():
            value.fill_(0.25 if name.endswith("mean") else 2.0)
    whole, bare = tmp_path / "whole.safetensors", tmp_path / "bare.safetensors"
    save_file({name: value.clone() for name, value in module.state_dict().items()}, whole)
    save_file({name: value.clone() for name, value in module.named_parameters()}, bare)
    names = [name for name, _ in module.named_buffers()]
    assert names
    own = load_weights(take_weights(graph, whole, tmp_path, "net").folder)
    assert all(torch.equal(own[name], module.state_dict()[name]) for name in names)
    taken = take_weights(graph, bare, tmp_path, "net")
    own = load_weights(taken.folder)
    assert not any(torch.equal(own[name], module.state_dict()[name]) for name in names)
    assert len(taken.notes) == 1


def test_a_graph_without_data_takes_weights_and_is_exported(learned, tmp_path, capsys):
    path, _module = learned
    graph = small_graph()
    graph.put("recipe", replace(graph.recipe, data=None, objectives=()))
    file = tmp_path / "net.graph.json"
    write(graph, file)
    main(["weights", str(file), str(path), "--keep"])
    assert "net-001 has them." in capsys.readouterr().out
    assert not (tmp_path / "runs" / "net-001" / DATA).exists()
    assert main(["export", str(file), "-o", str(tmp_path / "net.onnx")]) == 0
    session = onnxruntime.InferenceSession(tmp_path / "net.onnx")
    (wanted,) = (item for item in session.get_inputs())
    images = np.random.default_rng(1).normal(size=(3, 1, 28, 28)).astype(np.float32)
    (said,) = session.run([session.get_outputs()[0].name], {wanted.name: images})
    program = compile_graph(read(file))
    own = program.module().eval()
    own.load_state_dict(load_weights(tmp_path / "runs" / "net-001"))
    with torch.no_grad():
        there = own(torch.from_numpy(images))
    there = there[0] if isinstance(there, tuple) else there
    assert np.allclose(said, there.numpy(), atol=1e-5)


def test_where_the_data_is_away_the_weights_are_there_all_the_same(learned, tmp_path):
    path, _ = learned
    graph = small_graph()
    graph.put("recipe", replace(graph.recipe, data="folder", source={"path": "gone"}))
    taken = take_weights(graph, path, tmp_path, "small", tmp_path)
    assert taken.notes[1].startswith("Its data is not here, so no files can be prepared for it: ")
    assert load_weights(taken.folder)


def test_what_fits_nowhere_and_what_is_no_file_make_no_run(learned, tmp_path):
    save_file({"other.weight": torch.zeros(3, 5, 7)}, tmp_path / "other.safetensors")
    with pytest.raises(TrainingError, match=r"Nothing of other\.safetensors carries over"):
        take_weights(small_graph(), tmp_path / "other.safetensors", tmp_path / "runs", "small")
    with pytest.raises(RunError, match="is not there"):
        take_weights(small_graph(), tmp_path / "gone.pt", tmp_path / "runs", "small")
    assert not (tmp_path / "runs").exists()


def test_nothing_can_go_on_from_it(learned, tmp_path):
    path, _ = learned
    taken = take_weights(small_graph(), path, tmp_path, "small")
    with pytest.raises(RunError, match="no checkpoint to go on from"):
        resume(taken.folder, send=lambda _: None, stopped=lambda: False)
    assert look(taken.folder).state == "taken"

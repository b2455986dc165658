"""A training begins from the weights of another run, or of a file, as far as they carry over."""

from __future__ import annotations

import shutil
from dataclasses import replace
from pathlib import Path

import pytest
import torch
from safetensors.torch import save_file
from small import small_graph, with_objective

from grapheditor.catalog import catalog
from grapheditor.compile import compile_graph
from grapheditor.edit import edits
from grapheditor.edit.scope import Scope
from grapheditor.engine.messages import Started
from grapheditor.graph.learning import Learning, Way
from grapheditor.runs.record import read_record
from grapheditor.training.beginning import carried, digest
from grapheditor.training.errors import RunError, TrainingError
from grapheditor.training.loop import resume, train
from grapheditor.training.run import load_weights
from grapheditor.training.setup import make_setup


def short(**recipe):
    return small_graph(**{"epoch_batches": 20, "batch": 50, **recipe})


class Trained:
    """A training that has ended, and what it told before it began."""

    def __init__(self, graph, folder, **how):
        self.notes = ()

        def hear(message):
            if isinstance(message, Started):
                self.notes = message.notes

        self.result = train(graph, folder, "small", send=hear, stopped=how.pop("stopped", lambda: False), **how)

    @property
    def run(self):
        return Path(self.result["run"])


@pytest.fixture(scope="module")
def learned(tmp_path_factory):
    """A run of the digits' perceptron."""
    return Trained(short(), tmp_path_factory.mktemp("runs")).run


def with_classes(graph, count):
    edits.set_option(Scope(graph), catalog(), ["linear3"], "out_features", count).apply(graph)
    return graph


def test_the_weights_are_those_of_the_other_run(learned):
    setup = make_setup(short(), "cpu", begin=learned)
    own = setup.compute.module.state_dict()
    assert all(torch.equal(own[name], value) for name, value in load_weights(learned).items())
    assert setup.begun is not None
    assert (setup.begun.tensors, setup.begun.numbers) == (1.0, 1.0)
    assert (
        setup.notes[0]
        == "100 % of the tensors and 100 % of the numbers of small-001, epoch 1 carry over; nothing begins fresh."
    )


def test_a_moving_average_begins_there_too(learned):
    setup = make_setup(short(average=0.9), "cpu", begin=learned)
    known = load_weights(learned)
    assert all(torch.equal(value, known[name]) for name, value in setup.average.state().items())


def test_after_an_edit_it_says_what_carries_over_and_draws_the_rest(learned):
    graph = with_classes(short(), 12)
    fresh = make_setup(graph, "cpu").compute.module.state_dict()
    setup = make_setup(graph, "cpu", begin=learned)
    own, known = setup.compute.module.state_dict(), load_weights(learned)
    assert torch.equal(own["linear1.weight"], known["linear1.weight"])
    assert torch.equal(own["linear3.weight"], fresh["linear3.weight"])
    assert setup.notes[0].endswith("of small-001, epoch 1 carry over; linear3 begins fresh.")


def test_only_what_is_new_learns_where_the_recipe_says_so(learned, tmp_path):
    graph = with_objective(with_classes(short(), 12), weights=("linear3",))
    run = Trained(graph, tmp_path, begin=learned).run
    own, known = load_weights(run, "last"), load_weights(learned)
    kept = ("linear1.weight", "linear2.weight", "linear1.bias", "linear2.bias")
    assert all(torch.equal(own[name], known[name]) for name in kept)
    assert not torch.equal(
        own["linear3.weight"], make_setup(graph, "cpu").compute.module.state_dict()["linear3.weight"]
    )


def test_a_file_in_other_words_is_taken(learned, tmp_path):
    words = {"linear1": "encoder.0", "linear2": "encoder.2", "linear3": "head"}
    known = {name: value for name, value in load_weights(learned).items() if "normalize" not in name}
    state = {
        ".".join((words[owner], role)): known[f"{owner}.{role}"]
        for owner, _, role in (name.partition(".") for name in known)
    }
    save_file(state, tmp_path / "theirs.safetensors")
    found = carried(compile_graph(short()), tmp_path / "theirs.safetensors")
    assert found.match.names["linear3.weight"] == "head.weight"
    assert str(found).startswith("100 % of the tensors and 100 % of the numbers of theirs.safetensors carry over")


@pytest.mark.parametrize("way", ["weight_norm", "spectral_norm"])
def test_a_weight_that_is_made_of_others_begins_as_it_was(learned, way):
    graph = short()
    for name in ("linear1", "linear3"):
        node = graph.nodes[name]
        graph.put(f"nodes.{name}", replace(node, learning=Learning(parametrized={"weight": Way(way, {})})))
    setup = make_setup(graph, "cpu", begin=learned)
    known = load_weights(learned)
    layer = setup.compute.module.eval().get_submodule("linear1")
    if way == "weight_norm":
        assert torch.allclose(layer.weight, known["linear1.weight"], atol=1e-6)
    assert torch.equal(layer.bias, known["linear1.bias"])
    assert "nothing begins fresh" in setup.notes[0]


def test_where_nothing_that_learns_carries_over_that_is_said(tmp_path):
    run = Trained(catalog().new("logistic-regression"), tmp_path).run
    other = catalog().new("logistic-regression", {"classes": 12})
    with pytest.raises(TrainingError, match=r"Nothing of .* carries over"):
        carried(compile_graph(other), run)


def test_the_record_says_what_it_began_from(learned, tmp_path):
    trained = Trained(short(), tmp_path, begin=learned)
    begun = read_record(trained.run).begun
    assert begun is not None
    assert (begun.source, begun.step) == (str(learned), 20)
    assert begun.sha256 == digest(load_weights(learned))
    assert "carry over" in trained.notes[0]


def test_it_goes_on_bit_for_bit_when_what_it_began_from_is_gone(learned, tmp_path):
    graph = short(epochs=2)
    whole = Trained(graph, tmp_path / "whole", begin=learned)
    copy = shutil.copytree(learned, tmp_path / "copy")
    steps = iter(range(1000))
    part = Trained(graph, tmp_path / "part", begin=copy, stopped=lambda: next(steps) >= 13)
    assert part.result["stopped"]
    shutil.rmtree(copy)
    resumed = resume(part.run, send=lambda _message: None, stopped=lambda: False)
    first, second = load_weights(whole.run, "last"), load_weights(part.run, "last")
    assert all(torch.equal(first[name], second[name]) for name in first)
    names = ("train_loss", "validation_loss", "test_loss")
    assert [resumed["metrics"][name] for name in names] == [whole.result["metrics"][name] for name in names]
    assert read_record(part.run).begun.source == str(copy)


def test_a_run_that_is_made_again_begins_where_it_began(learned, tmp_path):
    first = Trained(short(), tmp_path, begin=learned)
    second = Trained(short(), tmp_path, again=first.run)
    one, other = load_weights(first.run, "last"), load_weights(second.run, "last")
    assert all(torch.equal(one[name], other[name]) for name in one)
    assert read_record(second.run).begun == read_record(first.run).begun
    assert not any("another training" in note for note in second.notes)


def test_made_again_from_weights_that_are_others_now_says_so(learned, tmp_path):
    save_file(load_weights(learned), tmp_path / "w.safetensors")
    first = Trained(short(), tmp_path, begin=tmp_path / "w.safetensors")
    save_file({name: value + 1 for name, value in load_weights(learned).items()}, tmp_path / "w.safetensors")
    second = Trained(short(), tmp_path, again=first.run)
    assert "began from other weights" in " ".join(second.notes)


def test_nothing_that_carries_over_is_refused(learned):
    graph = catalog().new("resnet20")
    with pytest.raises(TrainingError, match="Nothing of small-001, epoch 1 carries over"):
        carried(compile_graph(graph), learned)


def test_weights_that_are_not_there_are_refused(tmp_path):
    with pytest.raises(RunError, match="is not there"):
        make_setup(short(), "cpu", begin=tmp_path / "gone")


def test_of_a_run_that_was_stopped_early_the_last_weights_are_taken(tmp_path):
    steps = iter(range(1000))
    part = Trained(short(), tmp_path, stopped=lambda: next(steps) >= 5)
    made = read_record(part.run).progress.step
    assert 0 < made < 20
    assert make_setup(short(), "cpu", begin=part.run).begun.step == made


def test_almost_all_is_not_all(learned):
    graph = short()
    found = carried(compile_graph(graph), learned)
    most = replace(found, match=replace(found.match, tensors=0.999, numbers=0.001))
    assert str(most).startswith("99 % of the tensors and 1 % of the numbers")

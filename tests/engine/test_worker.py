"""The engine as the window uses it: a real process, real messages."""

from __future__ import annotations

import json
import os
import queue
import signal
import subprocess
import sys
from dataclasses import replace

import pytest

from grapheditor import state
from grapheditor.catalog import catalog, shipped
from grapheditor.compile.store import Store
from grapheditor.edit import edits
from grapheditor.edit.scope import Scope
from grapheditor.engine import messages as m
from grapheditor.engine.channel import Channel
from grapheditor.engine.client import Child
from grapheditor.graph import write_text
from grapheditor.graph.recipe import Schedule
from grapheditor.graph.schema import decode, encode
from grapheditor.training.checkpoint import sealed

KNOWN = catalog()

WEIGHTS = {"name": "w.safetensors", "bytes": 1, "sha256": "0"}


class Engine:
    def __init__(self, kind="worker"):
        self.messages: queue.Queue = queue.Queue()
        self.ends: queue.Queue = queue.Queue()
        self.child = Child(kind, self.messages.put, lambda code, log: self.ends.put((code, log)))

    def expect(self, kind, **fields):
        while True:
            message = self.messages.get(timeout=90)
            if isinstance(message, kind) and all(getattr(message, key) == value for key, value in fields.items()):
                return message
            assert not isinstance(message, m.Failed), message

    def edit(self, revision, change):
        records = {key: None if after is None else encode(after) for key, (_, after) in change.differences.items()}
        self.child.send(m.Edit(revision, records))


@pytest.fixture(scope="module")
def engine():
    made = Engine()
    yield made
    made.child.close()
    assert made.ends.get(timeout=20)[0] == 0


def test_a_graph_is_analysed_edited_and_printed(engine):
    graph = KNOWN.new("mnist-convnet")
    ready = engine.expect(m.Ready)
    assert ready.devices[0]["id"] == "cpu"
    engine.child.send(m.Open(0, write_text(graph)))
    found = engine.expect(m.Analysis, revision=0)
    assert found.nodes["conv1"]["outputs"]["out"] == {"dtype": "float32", "shape": ["N", 32, 24, 24]}
    assert found.parameters == 105_506
    assert not found.problems
    change = edits.set_option(Scope(graph), KNOWN, ["pool1"], "kernel_size", 5)
    engine.edit(1, change)
    engine.child.send(m.Print(1))
    problem = engine.expect(m.Analysis, revision=1).problems[0]
    assert (problem["node"], problem["port"], problem["severity"]) == ("conv2", "x", "error")
    assert "does not fit" in engine.expect(m.Source, revision=1).problem
    engine.edit(2, change.inverse())
    engine.child.send(m.Print(2))
    source = engine.expect(m.Source, revision=2)
    assert source.problem is None
    lines = source.text.splitlines()
    assert all("self.conv1" in lines[number - 1] for number in source.lines["conv1"])


def test_what_a_training_would_refuse_follows_the_analysis(engine):
    graph = KNOWN.new("mlp")
    (objective,) = graph.recipe.objectives
    wrong = replace(objective, schedules=(Schedule("StepLR"),), weights=("relu1",))
    graph.put("recipe", replace(graph.recipe, objectives=(wrong,), monitor="acuracy"))
    engine.child.send(m.Open(5, write_text(graph)))
    assert not engine.expect(m.Analysis, revision=5).problems
    found = engine.expect(m.Planned, revision=5).problems
    assert [(item["place"], item["node"], item["severity"]) for item in found] == [
        ("monitor", None, "error"),
        ("objectives.0.weights", "relu1", "error"),
    ]
    graph.put("recipe", replace(graph.recipe, objectives=(objective,), monitor=""))
    engine.child.send(m.Edit(6, {"recipe": encode(graph.recipe)}))
    assert engine.expect(m.Planned, revision=6).problems == []


def test_a_batch_that_does_not_fit_is_told_with_one_that_does(engine):
    graph = KNOWN.new("mnist-convnet")
    graph.put("recipe", replace(graph.recipe, batch=1_000_000))
    engine.child.send(m.Open(7, write_text(graph)))
    assert engine.expect(m.Planned, revision=7).problems == []
    peak = engine.expect(m.Foretold, revision=7).peak
    assert peak > 10**11
    (problem,) = engine.expect(m.Planned, revision=7).problems
    assert problem["severity"] == "warning"
    assert problem["place"] == "batch"
    assert problem["message"].startswith("A batch of 1,000,000 takes about ")
    (fix,) = problem["fixes"]
    engine.child.send(m.Edit(8, fix["records"]))
    assert engine.expect(m.Planned, revision=8).problems == []
    found = engine.expect(m.Foretold, revision=8)
    assert found.peak < peak
    recipe = decode("recipe", fix["records"]["recipe"])
    assert recipe.batch == found.batch < 1_000_000 <= recipe.batch * recipe.accumulate


def test_removing_and_returning_a_node_keeps_its_wires(engine):
    graph = KNOWN.new("mlp")
    engine.child.send(m.Open(10, write_text(graph)))
    engine.expect(m.Analysis, revision=10)
    change = edits.remove(Scope(graph), ["linear1"])
    engine.edit(11, change)
    assert engine.expect(m.Analysis, revision=11).problems[0]["message"].startswith("Nothing is wired to relu1.x")
    engine.edit(12, change.inverse())
    assert engine.expect(m.Analysis, revision=12).parameters == 235_146


def test_the_gallery_gets_its_numbers():
    fresh = Engine()
    found = fresh.expect(m.Surveyed, template="mnist-convnet")
    assert (found.parameters, found.multiply_adds) == (105_506, 1_333_200)
    fresh.child.close()
    store, key = Store(state.memo()), ("survey", "mnist-convnet", shipped())
    assert store.numbers(key) == [105_506, 1_333_200]
    for kept, said in (([7, 8], (7, 8)), ([7], (105_506, 1_333_200))):
        store.put_numbers(key, kept)
        store.flush()
        again = Engine()
        found = again.expect(m.Surveyed, template="mnist-convnet")
        assert (found.parameters, found.multiply_adds) == said, "what was counted once is not counted again"
        again.child.close()


def test_a_run_is_found_by_folder_and_name(engine, tmp_path):
    engine.child.send(m.FindRun(str(tmp_path), "digits"))
    assert engine.expect(m.FoundRun).run is None
    folder = tmp_path / "digits-004" / "checkpoints"
    folder.mkdir(parents=True)
    (folder / "best.json").write_bytes(sealed({"epoch": 7, "step": 9, "metrics": {}, "files": {"weights": WEIGHTS}}))
    graph = KNOWN.new("mlp")
    graph.save(folder.parent / "graph.graph.json")
    engine.child.send(m.FindRun(str(tmp_path), "digits"))
    found = engine.expect(m.FoundRun)
    assert found.run == str(tmp_path / "digits-004")
    assert found.title == "digits-004, epoch 7 of 7"
    assert found.fingerprint == graph.fingerprint()
    edits.set_title(Scope(graph), "linear1", "First").apply(graph)
    assert found.fingerprint == graph.fingerprint()
    edits.set_option(Scope(graph), KNOWN, ["linear1"], "out_features", 7).apply(graph)
    assert found.fingerprint != graph.fingerprint()


def test_an_export_is_made_by_a_process_of_its_own(engine, tmp_path):
    engine.child.send(m.Open(20, write_text(KNOWN.new("mlp"))))
    engine.child.send(m.Export(7, str(tmp_path / "mlp.onnx"), None))
    engine.expect(m.Analysis, revision=20)
    done = engine.expect(m.Exported, request=7)
    assert done.result["batches"] == [1, 2, 5]
    assert (tmp_path / "mlp.onnx").stat().st_size > 900_000


def test_an_impossible_export_is_refused_in_words(engine, tmp_path):
    engine.child.send(m.Export(8, str(tmp_path / "mlp.zip"), None))
    assert "must end in" in engine.expect(m.Refused, request=8).message
    engine.child.send(m.Export(9, str(tmp_path / "mlp.onnx"), str(tmp_path / "no-run")))
    assert "no-run" in engine.expect(m.Refused, request=9).message


@pytest.mark.skipif(os.name != "posix", reason="signals of POSIX")
def test_a_killed_engine_is_noticed_and_another_takes_over():
    first = Engine()
    first.expect(m.Ready)
    os.kill(first.child.pid, signal.SIGKILL)
    assert first.ends.get(timeout=20)[0] == -signal.SIGKILL
    assert not first.child.alive
    first.child.close()


def test_every_message_survives_its_frame():
    reading, writing = os.pipe()
    with os.fdopen(reading, "rb") as incoming, os.fdopen(writing, "wb") as outgoing:
        channel = Channel(incoming, outgoing)
        examples = [
            m.Open(1, "text"),
            m.Edit(2, {"nodes.a": None}),
            m.Print(3),
            m.Refused(4, "No.", None),
            m.Failed("It failed.", "conv1", "details"),
            m.Steps(0, {"loss": [1.5, 1.25]}, 10.0, 3.0),
            m.Stop(),
        ]
        for example in examples:
            channel.send(example)
            assert channel.receive() == example


@pytest.mark.parametrize("text", ["[]", "{}", '{"kind": []}', '{"kind": "Print"}', "{", "7"])
def test_a_frame_that_is_no_message_is_refused(text):
    reading, writing = os.pipe()
    with os.fdopen(reading, "rb") as incoming, os.fdopen(writing, "wb") as outgoing:
        outgoing.write(len(text).to_bytes(4, "big") + text.encode())
        outgoing.flush()
        with pytest.raises(ValueError, match=r"."):
            Channel(incoming, outgoing).receive()


def test_a_damaged_frame_ends_the_engine():
    engine = Engine()
    engine.expect(m.Ready)
    engine.child._process.stdin.write((2).to_bytes(4, "big") + b"{}")
    engine.child._process.stdin.flush()
    code, log = engine.ends.get(timeout=20)
    assert "no message that is known" in log
    assert code == 0


@pytest.mark.usefixtures("fresh")
def test_what_lies_in_the_current_folder_is_not_run(tmp_path, monkeypatch):
    (tmp_path / "networkx.py").write_text("import pathlib; pathlib.Path('ran').touch()")
    (tmp_path / "queue.py").write_text("import pathlib; pathlib.Path('ran').touch()")
    monkeypatch.chdir(tmp_path)
    engine = Engine()
    engine.expect(m.Ready)
    engine.child.close()
    assert not (tmp_path / "ran").exists()


def test_a_damaged_frame_is_refused():
    reading, writing = os.pipe()
    with os.fdopen(reading, "rb") as incoming, os.fdopen(writing, "wb") as outgoing:
        outgoing.write(b"\xff\xff\xff\xff")
        outgoing.flush()
        with pytest.raises(ValueError, match="too large"):
            Channel(incoming, outgoing).receive()


def test_what_native_code_prints_cannot_damage_a_frame():
    code = (
        "import os; from grapheditor.engine.process import claim_streams; from grapheditor.engine.messages import Stop\n"
        "channel = claim_streams(); os.write(1, b'native noise'); print('python noise'); channel.send(Stop())"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, check=True)
    length = int.from_bytes(done.stdout[:4], "big")
    assert json.loads(done.stdout[4:]) == {"kind": "Stop"}
    assert len(done.stdout) == 4 + length
    assert b"native noise" in done.stderr

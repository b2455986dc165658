"""Child processes and the user's own operators: each takes those that its window has taken, of the same bytes."""

from __future__ import annotations

import queue

import owning
import pytest

from grapheditor import own
from grapheditor.catalog import catalog
from grapheditor.engine import messages as m
from grapheditor.engine.client import Child
from grapheditor.graph import write_text


class Process:
    """A real child process."""

    def __init__(self, kind):
        self.messages: queue.Queue = queue.Queue()
        self.child = Child(kind, self.messages.put, lambda code, log: self.messages.put((code, log)))

    def expect(self, *kinds):
        while True:
            message = self.messages.get(timeout=90)
            if isinstance(message, kinds):
                return message
            assert isinstance(message, m.Message) and not isinstance(message, m.Failed | m.Unanswered), message

    def __enter__(self):
        return self

    def __exit__(self, *_error):
        self.child.close()


def of_node(analysis):
    return [item for item in analysis.problems if item["node"] == "scale1"]


def test_the_worker_takes_what_the_window_takes_and_lets_go_of_what_it_lets_go_of():
    owning.put()
    owning.look()
    with Process("worker") as worker:
        worker.expect(m.Ready)
        worker.child.send(m.Open(0, write_text(owning.asking())))
        (problem,) = of_node(worker.expect(m.Analysis))
        assert problem["file"] == "scale.py" and "not trusted yet" in problem["message"]
        worker.child.send(m.UseOwn({"scale.py": catalog().own.files["scale.py"].digest}))
        worker.child.send(m.Open(1, write_text(owning.asking())))
        assert of_node(worker.expect(m.Analysis)), "what a message says of a file is no trust"
        assert not owning.ran()
        catalog().own.trust(catalog().own.files["scale.py"])
        assert owning.ran()
        worker.child.send(m.UseOwn(own.taken()))
        found = worker.expect(m.Analysis)
        assert not of_node(found) and found.nodes["scale1"]["outputs"]["out"]["shape"] == ["N", 784]
        assert owning.ran(), "it is run in the worker too"
        worker.child.send(m.Print(1))
        assert "* 3.0" in worker.expect(m.Source).text
        owning.put(owning.SCALE.replace("x * factor", "x.sum(1)"))
        owning.look()
        worker.child.send(m.UseOwn(own.taken()))
        (problem,) = of_node(worker.expect(m.Analysis))
        assert "has changed since it was trusted" in problem["message"]
        assert not owning.ran()
        catalog().own.trust(catalog().own.files["scale.py"])
        worker.child.send(m.UseOwn(own.taken()))
        assert worker.expect(m.Analysis).nodes["scale1"]["outputs"]["out"]["shape"] == ["N"]


def test_an_exporter_prints_it_and_refuses_other_bytes_than_those_of_the_window(tmp_path):
    owning.trusted()
    with Process("exporter") as exporter:
        exporter.child.send(m.Open(0, write_text(owning.asking())))
        exporter.child.send(m.Export(1, str(tmp_path / "net.py"), None))
        exporter.expect(m.Exported)
    assert "* 3.0" in (tmp_path / "net.py").read_text()
    owning.put(owning.SCALE.replace("x * factor", "x - factor"))
    with Process("exporter") as exporter:
        exporter.child.send(m.Open(0, write_text(owning.asking())))
        exporter.child.send(m.Export(1, str(tmp_path / "other.py"), None))
        assert "has changed since it was trusted" in exporter.expect(m.Refused).message
    first = own.environment()
    owning.trusted(owning.SCALE.replace("x * factor", "x - factor"))
    assert own.environment() != first
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(own, "environment", lambda: first)  # the window has not looked since
        with Process("exporter") as exporter:
            exporter.child.send(m.Open(0, write_text(owning.asking())))
            exporter.child.send(m.Export(1, str(tmp_path / "other.py"), None))
            assert "has changed since the window looked at it" in exporter.expect(m.Refused).message
    assert not (tmp_path / "other.py").exists()


def test_a_runner_trains_it_and_refuses_one_that_is_locked(tmp_path):
    graph = owning.asking()
    owning.put()
    for trusts in (False, True):
        if trusts:
            catalog().own.trust(owning.look()["scale.py"])
        with Process("runner") as runner:
            runner.child.send(m.Train(write_text(graph), str(tmp_path / "runs"), "own", home=str(tmp_path)))
            found = runner.expect(m.Finished) if trusts else runner.messages.get(timeout=90)
        if not trusts:
            assert (
                isinstance(found, m.Failed)
                and "scale.py: is Python of your own, and is not trusted yet" in found.message
            )
            assert not owning.ran()
    assert found.result["epochs"] == graph.recipe.epochs


def test_a_prober_an_examiner_and_a_foreteller_know_it(tmp_path):
    owning.trusted()
    text = write_text(owning.asking())
    with Process("foreteller") as foreteller:
        foreteller.child.send(m.Foretell(0, text))
        assert foreteller.expect(m.Foretold).problem is None
    with Process("examiner") as examiner:
        examiner.child.send(m.TryOut(1, "profile", text, str(tmp_path)))
        examiner.expect(m.TriedOut)
    with Process("prober") as prober:
        prober.child.send(m.Probe(1, text, str(tmp_path), "", {}))
        assert not prober.expect(m.Probed).problem

"""Each kind of process, started as the program starts it: nothing is loaded that it does not load itself."""

from __future__ import annotations

import os
import queue
import sys
import threading
from contextlib import suppress
from dataclasses import replace
from typing import get_args

import pytest

from grapheditor.catalog import catalog
from grapheditor.engine import client
from grapheditor.engine import messages as m
from grapheditor.engine.client import Child, Kind
from grapheditor.engine.process import BEHIND
from grapheditor.graph import write_text

pytestmark = pytest.mark.usefixtures("fresh")


def text() -> str:
    graph = catalog().new("mlp", {"first": 16, "second": 16})
    graph.put("recipe", replace(graph.recipe, epochs=1, batch=500))
    return write_text(graph)


WANTED = {
    "worker": ([m.Open(1, text()), m.Print(1)], m.Source),
    "exporter": ([m.Open(1, text()), m.Export(1, "{folder}/mlp.onnx", None)], m.Exported),
    "foreteller": ([m.Foretell(1, text())], m.Foretold),
    "runner": ([m.Train(text(), "{folder}", "mlp")], m.Finished),
    "arranger": ([m.Arrange({})], m.Arranged),
    "opener": ([m.OpenData("digits", {}, "")], m.OpenedData),
    "examiner": ([m.TryOut(1, "overfit", text(), "")], m.TriedOut),
    "prober": ([m.Probe(1, text(), "", "", {"nodes": ["linear1"], "samples": 4, "first": 0})], m.Probed),
}
"""What is asked of each kind, and how that is answered."""


@pytest.mark.parametrize("kind", get_args(Kind))
def test_what_it_is_asked_it_answers_and_then_it_ends(kind, tmp_path):
    asked, answer = WANTED[kind]
    said: queue.Queue = queue.Queue()
    child = Child(kind, said.put, lambda code, log: said.put((code, log)))
    for message in asked:
        match message:
            case m.Export():
                message = message.changed(path=message.path.format(folder=tmp_path))
            case m.Train():
                message = message.changed(folder=str(tmp_path))
        child.send(message)
    while not isinstance(found := said.get(timeout=120), answer):
        assert isinstance(found, m.Message), found
    assert not getattr(found, "problem", None)
    if hasattr(os, "nice"):
        with suppress(ProcessLookupError):  # some are gone as soon as they have answered
            own = os.getpriority(os.PRIO_PROCESS, 0)
            assert os.getpriority(os.PRIO_PROCESS, child.pid) == own + BEHIND, "the window runs first"
    if kind != "exporter":  # to which that would say that nobody wants the export any more
        child.leave()
    while isinstance(found, m.Message):
        found = said.get(timeout=60)
    assert found == (0, "")


def test_of_one_that_is_gone_before_anything_is_written_the_end_is_told(monkeypatch):
    begin = threading.Thread.start

    def late(thread: threading.Thread) -> None:
        if thread.name == "worker writer":
            for other in threading.enumerate():
                if other.name == "worker reader":
                    other.join(60)
        begin(thread)

    monkeypatch.setattr(threading.Thread, "start", late)
    monkeypatch.setattr(client, "command", lambda kind: [sys.executable, "-c", "raise SystemExit(9)"])
    ends: queue.Queue = queue.Queue()
    Child("worker", ends.put, lambda code, log: ends.put(code))
    assert ends.get(timeout=60) == 9

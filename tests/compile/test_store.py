"""The memo on disk: a new process knows what an earlier one inferred, and is never led astray by a file."""

from __future__ import annotations

import sqlite3
import subprocess
import sys

import pytest

from grapheditor.catalog import catalog
from grapheditor.compile import Inference, infer, store
from grapheditor.compile.emit import print_module
from grapheditor.compile.program import link
from grapheditor.compile.record import record
from grapheditor.compile.store import Store

KNOWN = catalog()
NAMES = ["lenet-5", "resnet50", "gpt2", "broken-net", "densenet121"]


def seen(analysis):
    return {
        "problems": analysis.problems,
        "parameters": analysis.parameters,
        "nodes": {
            name: (info.outputs, info.parameters, info.multiply_adds, info.activation_bytes, info.operators)
            for name, info in analysis.nodes.items()
        },
    }


@pytest.mark.parametrize("name", NAMES)
def test_what_was_inferred_once_is_not_recorded_again(name, tmp_path, monkeypatch):
    graph = KNOWN.new(name)
    first = Inference(KNOWN, Store(tmp_path / "memo.sqlite")).analyse(graph)
    assert seen(first) == seen(Inference(KNOWN).analyse(graph))

    calls = []
    with monkeypatch.context() as change:
        change.setattr(infer, "record", lambda *given: calls.append(given) or record(*given))
        again = Inference(KNOWN, Store(tmp_path / "memo.sqlite")).analyse(graph)
        assert seen(again) == seen(first)
        assert not calls
    if again.sound:
        assert print_module(link(graph, KNOWN, again)).text == print_module(link(graph, KNOWN, first)).text


def test_another_process_finds_it(tmp_path):
    path = tmp_path / "memo.sqlite"
    code = f"""
from pathlib import Path
from grapheditor.catalog import catalog
from grapheditor.compile import Inference
from grapheditor.compile.store import Store
Inference(catalog(), Store(Path({str(path)!r}))).analyse(catalog().new("resnet18"))
"""
    subprocess.run([sys.executable, "-c", code], check=True)
    kept = Store(path)
    Inference(KNOWN, kept).analyse(KNOWN.new("resnet18"))
    assert not kept._new
    Inference(KNOWN, kept).analyse(KNOWN.new("alexnet"))
    assert sqlite3.connect(path).execute("SELECT count(*) FROM memo").fetchone()[0] > 20


@pytest.mark.parametrize("harm", ["garbage", "rows", "folder", "versions", "columns"])
def test_a_file_that_cannot_be_used_is_as_if_it_were_not_there(harm, tmp_path, monkeypatch):
    path = tmp_path / "memo.sqlite"
    graph = KNOWN.new("lenet-5")
    wanted = seen(Inference(KNOWN, Store(path)).analyse(graph))
    if harm == "garbage":
        for file in tmp_path.iterdir():
            file.write_bytes(b"no data base" * 999)
    elif harm == "folder":
        path = tmp_path / "memo.sqlite" / "inner"
    elif harm == "versions":
        monkeypatch.setattr(store, "_versions", lambda: "another torch")
    else:
        change = sqlite3.connect(path)
        if harm == "columns":
            change.execute("DROP TABLE memo")
            change.execute("CREATE TABLE memo (other TEXT)")
        else:
            change.execute("UPDATE memo SET value = '{}'")
        change.commit()
        change.close()
    assert seen(Inference(KNOWN, Store(path)).analyse(graph)) == wanted
    assert seen(Inference(KNOWN, Store(path)).analyse(graph)) == wanted


def test_it_does_not_grow_without_end(tmp_path, monkeypatch):
    monkeypatch.setattr(store, "MOST_ROWS", 12)
    path = tmp_path / "memo.sqlite"
    for name in NAMES:
        Inference(KNOWN, Store(path)).analyse(KNOWN.new(name))
        small = Store(path)
        Inference(KNOWN, small).analyse(KNOWN.new("mlp"))
    assert sqlite3.connect(path).execute("SELECT count(*) FROM memo").fetchone()[0] <= 12

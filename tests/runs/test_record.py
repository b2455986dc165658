"""run.json: what is refused, what survives, and who may write at the same time."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from grapheditor.graph import disk
from grapheditor.runs.errors import RunError
from grapheditor.runs.record import (
    RECORD,
    Error,
    Parent,
    Progress,
    Record,
    environment,
    read_record,
    update_record,
    write_record,
)

FULL = Record(
    state="failed",
    name="the good one",
    star=True,
    started="2026-01-02T03:04:05+00:00",
    ended="2026-01-02T03:05:05+00:00",
    device="cuda:0",
    seed=2**63,
    graph="abc",
    environment={"versions": {"torch": "2.9"}},
    recipe={"epochs": 3},
    result={"metrics": {"train_loss": 0.5}},
    error=Error("The loss became infinite.", "loss"),
    progress=Progress(1, 3, 90, 270),
    parent=Parent("digits-001", "resumed", 45),
)


def test_a_record_comes_back_as_it_was(run):
    write_record(run, FULL)
    assert read_record(run) == FULL
    assert FULL.seconds() == 60
    assert Record().seconds() is None


def test_fields_of_other_versions_survive_a_change(run):
    path = run / RECORD
    path.write_text(json.dumps({**json.loads(path.read_text()), "mood": {"deep": [1, None]}}))
    assert read_record(run).unknown == {"mood": {"deep": [1, None]}}
    update_record(run, star=True)
    assert json.loads(path.read_text())["mood"] == {"deep": [1, None]}
    assert read_record(run).star


def test_records_before_they_had_a_number_are_read(run):
    old = {"state": "failed", "pid": 7, "started": "2026-01-01T00:00:00+00:00", "device": "cpu", "seed": 0,
           "versions": {"torch": "2.9"}, "result": None, "ended": None, "error": "It ended by OSError."}  # fmt: skip
    (run / RECORD).write_text(json.dumps(old))
    record = read_record(run)
    assert record.environment["versions"] == {"torch": "2.9"}
    assert record.error == Error("It ended by OSError.")
    assert record.unknown == {"pid": 7}


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "is not JSON"),
        ("[" * 100_000, "is not JSON"),
        ("7", "holds no object"),
        ('{"format": 2}', "newer version"),
        ('{"format": "1"}', "newer version"),
        ('{"format": 1, "state": "flying"}', "damaged: state is not as it should be"),
        ('{"format": 1, "star": 1}', "damaged: star is not"),
        ('{"format": 1, "seed": true}', "damaged: seed is not"),
        ('{"format": 1, "seed": -1}', "damaged: seed is not"),
        ('{"format": 1, "progress": {"step": "4"}}', "damaged: progress.step is not"),
        ('{"format": 1, "progress": null}', "damaged: progress is not"),
        ('{"format": 1, "error": {}}', "damaged: error lacks a part"),
        ('{"format": 1, "state": []}', "damaged: state is not"),
        ('{"format": 1, "environment": []}', "damaged: environment is not"),
        ('{"format": 1, "name": "' + "x" * 2**21 + '"}', "damaged: name is not"),
        (" " * 2**24 + "{}", "larger than 16 MB"),
    ],
)
def test_a_damaged_record_is_refused_with_the_place(run, text, words):
    (run / RECORD).write_text(text)
    with pytest.raises(RunError, match=words):
        read_record(run)


def test_no_run_says_so(tmp_path):
    with pytest.raises(RunError, match=r"is not the folder of a run; it has no run\.json"):
        read_record(tmp_path)


TEXT = st.text("ab.é\ud800", max_size=4)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | TEXT,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXT, inner, max_size=3),
    max_leaves=5,
)
NAMES = st.sampled_from([*FULL.describe(), "message", "node", "step", "x"])


@given(st.dictionaries(NAMES, JSON, max_size=5))
@settings(max_examples=300)
def test_any_object_is_a_record_or_a_sentence(tmp_path_factory, values):
    folder = tmp_path_factory.getbasetemp() / "any"
    folder.mkdir(exist_ok=True)
    (folder / RECORD).write_text(json.dumps({"format": 1, **values}))
    try:
        record = read_record(folder)
    except RunError:
        return
    write_record(folder, record)
    assert read_record(folder) == record


def test_what_cannot_be_written_leaves_the_old_one(run, monkeypatch):
    before = (run / RECORD).read_bytes()

    def full(descriptor):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(disk.os, "fsync", full)
    with pytest.raises(RunError, match=r"run\.json: cannot be written: No space left"):
        update_record(run, star=True)
    assert (run / RECORD).read_bytes() == before
    monkeypatch.undo()
    with pytest.raises(RunError, match=r"run\.json: cannot be written"):
        update_record(run, recipe={"x": object()})
    assert sorted(path.name for path in run.iterdir()) == ["checkpoints", RECORD]


def test_changes_of_several_processes_are_all_kept(run):
    program = """
import sys
from pathlib import Path
from grapheditor.runs.record import read_record, update_record
run, name = Path(sys.argv[1]), sys.argv[2]
for i in range(20):
    if name == "seed":
        update_record(run, seed=i)
    else:
        update_record(run, **{name: str(i)})
"""
    names = ("seed", "name", "device")
    started = [subprocess.Popen([sys.executable, "-c", program, str(run), name]) for name in names]
    assert [process.wait(120) for process in started] == [0, 0, 0]
    record = read_record(run)
    assert (record.seed, record.name, record.device) == (19, "19", "19")
    assert sorted(path.name for path in run.iterdir()) == ["checkpoints", RECORD]


def test_the_environment_holds_what_matters_and_no_secrets(monkeypatch):
    monkeypatch.setenv("OMP_NUM_THREADS", "1")
    monkeypatch.setenv("SECRET_TOKEN", "x")
    found = environment({"torch": "2.9"})
    assert found["versions"]["torch"] == "2.9"
    assert found["variables"]["OMP_NUM_THREADS"] == "1"
    assert "SECRET_TOKEN" not in found["variables"]
    assert found["processors"] >= 1
    json.dumps(found)

"""The command line and what is the user's own: nothing runs without --trust, and the library as a verb."""

from __future__ import annotations

import json
import subprocess
import sys

import owning
import pytest

from grapheditor import cli, state
from grapheditor.catalog import catalog
from grapheditor.edit.modules import group
from grapheditor.edit.scope import Scope

SETTINGS = ("--set", "epochs=1", "--set", "batch=500")
OPENING = {
    "check": ("check", "FILE"),
    "summary": ("summary", "FILE"),
    "adapt": ("adapt", "FILE"),
    "train": ("train", "FILE", "--epochs", "1", "--batch", "500"),
    "find-lr": ("find-lr", "FILE", "--steps", "2", "--batch", "10"),
    "overfit": ("overfit", "FILE", "--steps", "2", "--batch", "10"),
    "profile": ("profile", "FILE", "--steps", "1", "--batch", "10"),
    "export": ("export", "FILE", "-o", "net.py"),
    "picture": ("export", "FILE", "-o", "net.svg"),
    "weights": ("weights", "FILE", "w.safetensors"),
    "diff": ("diff", "FILE", "FILE"),
    "merge": ("merge", "FILE", "FILE", "FILE"),
    "library": ("library", "add", "FILE", "Kept"),
}
"""Verbs that open a graph's file, as they are called."""
SILENT = {"picture", "diff", "merge", "library", "adapt"}
"""Those of them that need to know nothing of an operator, and so say nothing of one that is not there."""


@pytest.fixture
def asking(tmp_path, monkeypatch):
    import numpy as np
    from safetensors.numpy import save_file

    graph = owning.asking()
    group(Scope(graph), catalog(), ["linear1"], "Kept")[0].apply(graph)
    graph.save(tmp_path / "own.graph.json")
    save_file({"a": np.zeros(1, np.float32)}, tmp_path / "w.safetensors")
    monkeypatch.chdir(tmp_path)
    return tmp_path / "own.graph.json"


def call(capsys, *words):
    """Run a verb in this process, which has then looked at the user's files as a new one would."""
    catalog().own.refresh()
    code = cli.main([str(word) for word in words])
    out, err = capsys.readouterr()
    return code, out + err


@pytest.mark.parametrize("verb", OPENING)
def test_without_trust_nothing_of_a_file_runs_and_it_is_named(capsys, asking, verb):
    owning.put()
    words = [str(asking) if word == "FILE" else word for word in OPENING[verb]]
    _, told = call(capsys, *words)
    assert not owning.ran()
    if verb not in SILENT:
        assert "scale.py" in told and "--trust" in told, told
    assert not state.trusted().exists()


@pytest.mark.parametrize(
    "verb", ["check", "summary", "adapt", "export", "picture", "weights", "diff", "merge", "library"]
)
def test_with_trust_the_file_that_is_needed_runs_and_no_other(capsys, asking, verb):
    owning.put()
    other = owning.SCALE.replace("scale_by", "other").replace('"ran"', '"other"')
    owning.put(other, "other.py")
    words = [str(asking) if word == "FILE" else word for word in OPENING[verb]]
    code, told = call(capsys, *words, "--trust")
    assert owning.ran() and code in (cli.FINE, cli.PROBLEMS), told
    assert "scale_by" not in told or verb == "summary"
    assert not (state.operators() / "other").exists() and "other" not in catalog().operators
    assert call(capsys, *words)[0] == code, "it is trusted from now on"


def test_a_run_of_an_own_operator_is_made_measured_and_asked_and_a_changed_byte_locks_all_of_it(capsys, asking):
    owning.put()
    train = ("train", asking, "--epochs", "1", "--batch", "500", "--json")
    code, told = call(capsys, *train, "--trust")
    assert code == cli.FINE, told
    run = json.loads(told.splitlines()[0])["run"]
    (asking.parent / "x.csv").write_text("not asked for\n")
    for words in (("evaluate", run), ("evaluate", asking), ("export", asking, "-o", "net.onnx")):
        code, told = call(capsys, *words)
        assert code == cli.FINE, told
    assert owning.ran()
    owning.put(owning.SCALE + "#")
    verbs = (
        ("evaluate", run),
        ("evaluate", asking),
        ("predict", run, "x.csv"),
        ("train", run, "--resume", "--epochs", "2"),
    )
    for words in verbs:
        code, told = call(capsys, *words)
        assert code not in (cli.FINE, cli.DEFECT) and "scale.py" in told and "has changed" in told, told
    assert not owning.ran()
    code, told = call(capsys, "train", run, "--resume", "--epochs", "2", "--trust")
    assert code == cli.FINE, told
    assert owning.ran()


def test_a_process_of_its_own_runs_what_was_trusted_by_another(asking):
    owning.put()

    def run(*words, code):
        done = subprocess.run(
            [sys.executable, "-m", "grapheditor", *words],
            capture_output=True,
            text=True,
            cwd=asking.parent,
            timeout=200,
        )
        assert done.returncode == code and "Traceback" not in done.stderr, done.stderr
        return done.stdout + done.stderr

    assert "scale.py: is Python of your own, and is not trusted yet" in run("check", asking.name, code=cli.PROBLEMS)
    assert not owning.ran()
    assert "no problems" in run("check", asking.name, "--trust", code=cli.FINE)
    assert "no problems" in run("check", asking.name, code=cli.FINE)
    owning.put(owning.SCALE.replace("factor: The", "factor: A"))
    assert "has changed since it was trusted" in run("check", asking.name, code=cli.PROBLEMS)


def test_a_file_that_declares_its_operators_by_a_loop_is_trusted_by_its_name(capsys, asking):
    text = owning.SCALE.replace('@operator("Mathematics", title="Scale by")\n', "")
    owning.put(text + '\n\nmade = operator("Mathematics")(scale_by)\n')
    code, told = call(capsys, "check", asking, "--trust")
    assert code == cli.PROBLEMS and not owning.ran() and "There is no operator scale_by" in told
    code, told = call(capsys, "operators")
    assert "scale.py" in told and "not trusted yet" in told
    assert call(capsys, "operators", "--trust", "nothing.py")[0] == cli.USAGE
    code, told = call(capsys, "operators", "--trust", "scale.py")
    assert code == cli.FINE and owning.ran() and told.rstrip().endswith("scale_by")
    assert call(capsys, "check", asking)[0] == cli.FINE
    found = json.loads(call(capsys, "operators", "--json")[1])
    assert [item["id"] for item in found if "origin" in item] == ["scale_by"]


def test_what_is_wrong_with_a_trusted_file_is_told_where_it_is_asked_for(capsys, asking):
    owning.put(owning.SCALE.replace("Mathematics", "Magic"))
    code, told = call(capsys, "check", asking, "--trust")
    assert code == cli.PROBLEMS and "scale.py: line 10: ValueError: Magic is not one of" in told
    assert "Traceback" not in told


def test_modules_are_kept_listed_and_removed(capsys, asking):
    code, told = call(capsys, "library", "list")
    assert code == cli.FINE and f"{state.library()}: 0 kept." in told
    path = state.library() / "Kept.graph.json"
    add = ("library", "add", asking, "Kept", "--json")
    assert json.loads(call(capsys, *add)[1]) == {"path": str(path), "outcome": "new"}
    assert json.loads(call(capsys, *add)[1])["outcome"] == "same"
    assert "has this very module already" in call(capsys, *add[:-1])[1]
    (state.library() / "Broken.graph.json").write_text("{")
    found = json.loads(call(capsys, "library", "list", "--json")[1])
    assert [(item["name"], item["module"] is None) for item in found] == [("Broken", True), ("Kept", False)]
    code, told = call(capsys, "library", "list")
    assert "broken: " in told and "Kept " in told
    assert call(capsys, "library", "remove", "Kept")[0] == cli.FINE
    assert not path.exists() and path.with_name("Kept.graph.json~").exists()


@pytest.mark.parametrize(
    ("words", "code", "text"),
    [
        (("library",), cli.USAGE, "list|add|remove"),
        (("library", "add", "FILE", "Nothing"), cli.USAGE, "There is no module Nothing; there is: Kept"),
        (("library", "add", "FILE", "Kep"), cli.USAGE, "Kept?"),
        (("library", "add", "none.graph.json", "Kept"), cli.FILES, "none.graph.json"),
        (("library", "remove", "Nothing"), cli.USAGE, "there is no Nothing in your library; there is: none"),
    ],
)
def test_what_cannot_be_done_with_the_library_is_told(capsys, asking, words, code, text):
    given, told = call(capsys, *(asking if word == "FILE" else word for word in words))
    assert given == code and text in told

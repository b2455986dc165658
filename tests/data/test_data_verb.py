"""The verb data, for people and as JSON."""

from __future__ import annotations

import json

import pytest

from grapheditor.cli import FILES, FINE, USAGE, main


def told(capsys, *words):
    code = main(["data", *map(str, words)])
    out, err = capsys.readouterr()
    return code, out, err


def test_sources_are_listed(capsys):
    code, out, _ = told(capsys, "list")
    assert code == FINE and "digits" in out and "(to fetch, 170 MB)" in out and "length=64" in out
    code, out, _ = told(capsys, "list", "--json")
    found = {item["id"]: item for item in json.loads(out)}
    assert found["digits"]["here"] and not found["mnist"]["here"]
    assert found["mnist"]["fields"][1]["encoding"]["names"] == list("0123456789")


def test_a_source_is_shown(capsys, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "x.csv").write_text("age,label\n" + "".join(f"{i},{'ab'[i % 2]}\n" for i in range(40)))
    code, out, _ = told(capsys, "preview", "table", "-p", "file=x.csv", "--samples", 3)
    assert code == FINE
    assert "train 36, test 4" in out and "features  N×1  float32" in out and "50.0%" in out
    assert out.count("features: age") == 3
    code, out, _ = told(capsys, "preview", "table", "-p", "file=x.csv", "--json")
    found = json.loads(out)
    assert found["parts"] == {"train": 36, "test": 4}
    assert found["statistics"]["label"]["balance"] == {"a": 18, "b": 18}
    assert found["fields"][0]["shape"] == [1] and len(found["samples"]) == 5


@pytest.mark.parametrize("name", ["digits", "spirals", "shapes", "t-and-c"])
def test_sources_that_need_no_file_are_shown(capsys, name):
    assert told(capsys, "preview", name, "--samples", 1)[0] == FINE


@pytest.mark.parametrize(
    ("words", "code", "text"),
    [
        (("preview", "nothing"), USAGE, "no data nothing"),
        (("preview", "spirals", "-p", "turns"), USAGE, "not name=value"),
        (("preview", "spirals", "-p", "turns=many"), USAGE, "turns must be a number"),
        (("preview", "spirals", "-p", "width=3"), USAGE, "no option width"),
        (("preview", "mnist"), FILES, "grapheditor data fetch mnist"),
        (("fetch", "digits"), FILES, "comes with the program"),
        (("preview", "spirals", "--samples", "-1"), USAGE, "whole number"),
        ((), USAGE, "list|fetch|preview"),
    ],
)
def test_what_cannot_be_done_is_told(capsys, words, code, text):
    given, _, err = told(capsys, *words)
    assert given == code and text in err
    given, out, _ = told(capsys, *words, "--json")
    assert given == code and text in json.loads(out)["error"]["message"]


def test_own_python_is_trusted_on_the_command_line_only(capsys, tmp_path):
    (tmp_path / "own.py").write_text("import numpy\ndef dataset():\n    return {'train': {'x': numpy.zeros((4, 2))}}\n")
    words = ("preview", "python", "-p", f"file={tmp_path / 'own.py'}")
    code, _, err = told(capsys, *words)
    assert code == FILES and "--trust" in err
    assert told(capsys, *words, "--trust")[0] == FINE
    assert told(capsys, *words)[0] == FINE

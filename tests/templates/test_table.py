"""The table of the gallery, which a nightly run prints, says which row does not hold."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest
from figures import Figures

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "benchmarks"))
import gallery


def test_rows_that_hold(capsys):
    assert gallery.main(["logistic-regression", "broken-net", "mlp", "--up-to", "10000"]) == 0
    first, *rows, last = capsys.readouterr().out.splitlines()
    assert "parameters" in first
    assert len(rows) == 3
    assert "7,850" in rows[0]
    assert float(rows[0].split(" ok ")[0].split()[-1]) < 1e-4
    assert "skipped above 0.01 M" in next(row for row in rows if row.startswith("mlp"))
    assert last == "every row holds"


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        (Figures("lenet-5", {}, 61_705), "61,705 parameters are right"),
        (Figures("lenet-5", {}, 61_706, "0.1"), "0.1 G multiply-adds are right"),
        (Figures("lenet-5", {}, 0), "0 parameters are right"),
        (Figures("lenet-6", {}, 1), "there is no such template"),
        (Figures("lenet-5", {"size": 12}, 61_706), "does not fit"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_a_row_that_does_not_hold_is_named(monkeypatch, capsys, wrong, words):
    monkeypatch.setattr(gallery, "FIGURES", [wrong])
    assert gallery.main([wrong.template, "--up-to", "0"]) == 1
    *_, row, last = capsys.readouterr().out.splitlines()
    assert "FAILS" in row
    assert words in row
    assert last.startswith(f"1 fail: {wrong.template}")


def test_a_broken_net_that_is_accepted_fails(monkeypatch):
    monkeypatch.setattr(gallery, "BROKEN", {"lenet-5"})
    assert gallery.main(["lenet-5", "--up-to", "0"]) == 1


@pytest.mark.parametrize("name", ["lstm-text", "masked-lm", "gan-gaussians"])
def test_half_precision_can_be_had_in_a_process_of_its_own(capsys, name):
    """Of one network of each kind; the whole gallery is for a nightly run."""
    assert gallery.main([name, "--precision", "float16"]) == 0
    row = capsys.readouterr().out.splitlines()[1]
    assert 1e-5 < float(row.split(" ok ")[0].split()[-1]) < 1e-2, "it is not float32"


@pytest.mark.skipif(sys.platform == "win32", reason="signals as POSIX has them")
def test_native_code_that_dies_is_a_row_that_fails(monkeypatch, capsys, tmp_path):
    killed = tmp_path / "python"
    killed.write_text("#!/bin/sh\nkill -SEGV $$\n")
    killed.chmod(0o755)
    monkeypatch.setattr(gallery.sys, "executable", str(killed))
    assert gallery.main(["lenet-5"]) == 1
    row = capsys.readouterr().out.splitlines()[1]
    assert "died" in row
    assert "its process ended with -11" in row

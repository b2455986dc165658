"""Python of the user's own runs only once its very content is trusted."""

from __future__ import annotations

import pytest

from grapheditor import state, trust
from grapheditor.data import DataError, UntrustedError, open_data

PROGRAM = """
import pathlib
import numpy
pathlib.Path(__file__).with_name("ran").write_text("yes")
def dataset(*, samples: int = 10, wide: bool = False):
    x = numpy.zeros((samples, 5 if wide else 2), "float32")
    return {"train": {"x": x, "y": x.sum(1)}, "test": {"x": x[:3], "y": x[:3].sum(1)}}
"""


@pytest.fixture
def program(tmp_path):
    path = tmp_path / "own.py"
    path.write_text(PROGRAM)
    return path


def opened(path, **more):
    settings = more.pop("settings", "")
    return open_data("python", {"file": path.name, "settings": settings}, path.parent, **more)


def test_nothing_runs_before_it_is_trusted(program):
    with pytest.raises(UntrustedError, match=r"not trusted yet.*--trust") as caught:
        opened(program)
    assert caught.value.path == program
    assert not program.with_name("ran").exists()
    trust.trust(program.read_bytes(), program)
    assert caught.value.digest in trust.trusted()
    assert opened(program).train.count == 10
    assert program.with_name("ran").exists()
    assert not list(program.parent.glob("__pycache__")), "no compiled file is left that could be changed"


def test_a_changed_byte_asks_again_and_trust_can_be_taken_back(program):
    assert opened(program, trust=True).test.count == 3
    program.write_text(PROGRAM + " ")
    with pytest.raises(UntrustedError):
        opened(program)
    program.write_text(PROGRAM)
    assert opened(program).train.count == 10
    lines = state.trusted().read_text("utf-8").splitlines()
    digest = trust.digest_of(PROGRAM.encode())
    state.trusted().write_text("\n".join(line for line in lines if digest not in line), "utf-8")
    with pytest.raises(UntrustedError):
        opened(program)


def test_a_damaged_list_of_trust_trusts_nothing(program):
    opened(program, trust=True)
    digest = trust.digest_of(PROGRAM.encode())
    for text in (digest, f"{digest[:-1]}  x", f"x{digest}  x", "\0\xff"):
        state.trusted().write_text(text)
        with pytest.raises(UntrustedError):
            opened(program)


def test_what_runs_is_what_was_trusted_not_what_lies_there_now(program, monkeypatch):
    trust.trust(PROGRAM.encode(), program)
    before = trust.is_trusted

    def swapped(content):
        program.write_text("raise SystemExit('the other one ran')")
        return before(content)

    monkeypatch.setattr(trust, "is_trusted", swapped)
    assert opened(program).train.count == 10


def test_settings_are_read_by_the_functions_annotations(program):
    dataset = opened(program, trust=True, settings="samples=4, wide=on")
    assert dataset.train.count == 4 and dataset.field("x").shape == (5,)
    with pytest.raises(DataError, match=r"'width=3' sets none of those in own\.py: samples, wide"):
        opened(program, settings="width=3")
    with pytest.raises(DataError, match="samples must be a whole number"):
        opened(program, settings="samples=many")


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("def dataset():\n    return 1 / 0", "line 2: ZeroDivisionError"),
        ("def dataset(:", "SyntaxError"),
        ("import nothing_of_that_name", "line 1: ModuleNotFoundError"),
        ("x = 1", "has no function `dataset`"),
        ("def dataset():\n    return 3", "returns arrays by part and field"),
        ("def dataset():\n    return {'all': {}}", "returns arrays by part and field"),
        ("def dataset():\n    return {'train': {'x': ['a']}}", "x in train is no array of numbers"),
        (
            "def dataset():\n    return {'train': {'x': [1], 'y': [1, 2]}}",
            r"own\.py: The fields have different numbers",
        ),
        (
            "def dataset():\n    return {'test': {'x': [1]}}",
            r"own\.py: dataset\(\) returns no part train; it returns: test",
        ),
        ("import sys\nsys.exit(0)", r"line 2: SystemExit"),
        ("import sys\ndef dataset():\n    sys.exit(0)", r"line 3: SystemExit"),
    ],
)
def test_what_goes_wrong_in_it_is_told(tmp_path, text, words):
    path = tmp_path / "own.py"
    path.write_text(text)
    with pytest.raises(DataError, match=words):
        opened(path, trust=True)

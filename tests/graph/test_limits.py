"""What no file may do to whoever opens it: each in a process of its own, whose memory is measured and bounded."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from dataclasses import dataclass

import pytest

pytestmark = pytest.mark.skipif(os.name != "posix", reason="limits of POSIX")
MOST = 512 * 2**20
GRACE = 60
"""Seconds of processor time: a hang is ended, no time is measured."""
READ = """
import sys
from pathlib import Path
from grapheditor.graph import FileError, read
try:
    graph = read(Path(sys.argv[1]))
    print(len(graph.nodes), "nodes")
except FileError as error:
    print(error)
"""
HEAD = '{"grapheditor": 1, "nodes": '
LIST = '{"grapheditor": 1, "x": ['


@dataclass(frozen=True)
class Done:
    """How a process ended, and what it said."""

    code: int
    text: str


def run(*command, **limits) -> Done:
    """Run Python under limits of the system; by default it may not have more memory than MOST."""
    import resource

    limits = {"RLIMIT_CPU": GRACE, **(limits or {"RLIMIT_AS": MOST})}

    def bound():
        for name, limit in limits.items():
            resource.setrlimit(getattr(resource, name), (limit, limit))

    command = [sys.executable, *map(str, command)]
    done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, preexec_fn=bound)
    assert "Traceback" not in done.stdout, done.stdout
    return Done(done.returncode, done.stdout.strip())


def read_in_bounds(path) -> str:
    """Read a file in a process that may not have more than MOST; return what it said."""
    done = run("-c", READ, path)
    assert done.code == 0, done.text
    return done.text


@pytest.fixture
def gigabyte(tmp_path):
    path = tmp_path / "huge.graph.json"
    with path.open("wb") as file:
        file.write(b'{"grapheditor": 1}')
        file.truncate(2**30)
    return path


def test_a_gigabyte_is_refused_by_name_and_limit(gigabyte):
    assert read_in_bounds(gigabyte) == f"{gigabyte}: is larger than 16 MB, the most a graph may have"


def test_the_command_line_refuses_a_gigabyte_before_it_loads_anything(gigabyte):
    done = run("-m", "grapheditor", "check", gigabyte)
    assert done == Done(3, f"{gigabyte}: is larger than 16 MB, the most a graph may have.")


def test_a_file_that_never_ends_is_refused():
    assert "is not a file" in read_in_bounds("/dev/zero")


def many(make, size=16 * 2**20 - 200):
    parts, total = [], 0
    while total < size:
        parts.append(make(len(parts)))
        total += len(parts[-1]) + 1
    return ",".join(parts[:-1])


HOSTILE = {
    "depth of 100,000": (lambda: "[" * 100_000 + "]" * 100_000, "is nested too deeply"),
    "depth of 100,000 objects": (lambda: '{"grapheditor":' * 100_000, "is nested too deeply"),
    "depth inside a record": (
        lambda: HEAD + '{"a": {"operator": "relu", "options": {"x": ' + "[" * 50_000 + "]" * 50_000 + "}}}}",
        "is nested too deeply",
    ),
    "duplicate keys": (lambda: HEAD + '{"a": {"operator": "relu"}, "a": {"operator": "tanh"}}}', "stands twice"),
    "a duplicate section": (lambda: '{"grapheditor": 1, "nodes": {}, "nodes": {}}', "stands twice"),
    "NaN": (lambda: HEAD + '{"a": {"operator": "relu", "at": [NaN, 0]}}}', "is not a number that a graph may hold"),
    "Infinity": (lambda: HEAD + '{"a": {"operator": "relu", "at": [-Infinity, 0]}}}', "is not a number"),
    "a lone surrogate": (lambda: HEAD + r'{"a": {"operator": "relu", "title": "\udc00x"}}}', "holds half a character"),
    "a lone surrogate as a key": (lambda: HEAD + r'{"\ud83d": {"operator": "relu"}}}', "holds half a character"),
    "a number of 5,000 digits": (
        lambda: HEAD + '{"a": {"operator": "relu", "at": [' + "9" * 5000 + ", 0]}}}",
        "is a number of 5,000 digits",
    ),
    "a number of a million digits": (lambda: HEAD + "9" * 10**6 + "}", "is a number of 1,000,000 digits"),
    "a fraction of a million digits": (
        lambda: HEAD + '{"a": {"operator": "relu", "at": [0.' + "9" * 10**6 + "e400, 0]}}}",
        "is too large for a number",
    ),
    "eight million numbers": (lambda: LIST + many(lambda i: "1") + "]}", "more values than any graph"),
    "four million texts": (lambda: LIST + many(lambda i: f'"{i:x}"') + "]}", "more values"),
    "two million keys": (lambda: HEAD + "{" + many(lambda i: f'"{i:x}":1') + "}}", "more values"),
    "a million pairs of other letters": (
        lambda: HEAD + "{" + many(lambda i: f'"é{i:x}":"ü"', 12 * 2**20) + "}}",
        "entries; at most 200,000 are read",
    ),
    "half a million objects": (
        lambda: LIST + many(lambda i: "{}") + "]}",
        "has more objects and lists than any graph",
    ),
    "half a million records": (
        lambda: HEAD + "{" + many(lambda i: f'"n{i:x}":{{"operator":"relu"}}') + "}}",
        "entries; at most 200,000 are read",
    ),
    "one text that is all of it": (
        lambda: '{"grapheditor": 1, "info": {"title": "' + "é" * (8 * 2**20 - 100) + '"}}',
        "characters; at most 20,000 are read",
    ),
    "modules within modules, 100 deep": (lambda: nested(100), "are nested more than 64 deep"),
    "modules that hold each other": (lambda: nested(8, cyclic=True), "hold themselves"),
    "a module that holds itself": (lambda: nested(1, cyclic=True), "hold themselves"),
}


def nested(depth, *, repeat=1, cyclic=False):
    """Return a text in which each module holds the next one."""
    modules = {}
    for i in range(depth):
        inner = f"M{(i + 1) % depth}" if cyclic or i + 1 < depth else "relu"
        modules |= {
            f"M{i}": {"inputs": ["x"], "outputs": {"out": "out"}},
            f"M{i}.nodes.x": {"operator": "input"},
            f"M{i}.nodes.inner": {"operator": inner, "repeat": 1 if inner == "relu" else repeat},
            f"M{i}.nodes.out": {"operator": "output"},
            f"M{i}.wires.inner.x": "x",
            f"M{i}.wires.out.x": "inner",
        }
    nodes = {
        "image": {"operator": "input", "options": {"shape": ["N", 4]}},
        "body": {"operator": "M0", "repeat": repeat},
        "result": {"operator": "output"},
    }
    wires = {"body.x": "image", "result.x": "body"}
    return json.dumps({"grapheditor": 1, "modules": modules, "nodes": nodes, "wires": wires})


@pytest.mark.parametrize("name", HOSTILE)
def test_what_is_hostile_is_refused_in_words_and_in_bounds(tmp_path, name):
    make, words = HOSTILE[name]
    path = tmp_path / "hostile.graph.json"
    path.write_text(make(), "utf-8")
    said = read_in_bounds(path)
    assert said.startswith(f"{path}: ")
    assert words in said
    assert len(said) < 400 + len(str(path))


def test_the_largest_graph_that_may_be_is_read_in_bounds(tmp_path):
    path = tmp_path / "large.graph.json"
    lines = (f'"n{i}": {{"operator": "relu", "title": "{"t" * 60}", "at": [0, {i}]}}' for i in range(120_000))
    path.write_text(HEAD + "{" + ",\n".join(lines) + "}}", "utf-8")
    assert read_in_bounds(path) == "120000 nodes"


def test_repeats_of_repeats_are_answered_in_bounds(tmp_path):
    """1000^10 copies of a layer are counted, never made."""
    path = tmp_path / "many.graph.json"
    path.write_text(nested(10, repeat=1000), "utf-8")
    assert read_in_bounds(path) == "3 nodes"
    done = run("-m", "grapheditor", "check", path, RLIMIT_DATA=4 * MOST)  # torch alone has its share
    assert done.code == 1
    assert "at most 1,000,000 are looked at" in done.text


def test_a_disk_that_fills_up_in_the_middle_leaves_the_old_file(tmp_path):
    """The limit on a file's size stands for the disk: the system itself refuses the second half."""
    path = tmp_path / "a.graph.json"
    code = (
        "import resource, sys; from pathlib import Path; from grapheditor.catalog import catalog\n"
        "from grapheditor.graph import FileError\n"
        "known = catalog(); path = Path(sys.argv[1]); known.new('mlp').save(path)\n"
        "known.new('mnist-convnet').save(path, keep=True)\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (1000, 1000))\n"
        "try: known.new('gpt2').save(path, keep=True)\n"
        "except FileError as error: print(error)\n"
    )
    assert run("-c", code, path).text == f"{path}: cannot be written: File too large"
    from grapheditor.catalog import catalog
    from grapheditor.graph import read

    assert read(path) == catalog().new("mnist-convnet")
    assert read(tmp_path / "a.graph.json~") == catalog().new("mlp")
    assert len(list(tmp_path.iterdir())) == 2

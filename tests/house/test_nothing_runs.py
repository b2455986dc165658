"""A graph file is data: reading, checking and analysing it runs nothing that came from it.

A process of its own tells of every event that Python audits (compiling, executing, importing, starting processes,
opening sockets, writing files) from the moment on at which the file's text is read.
"""

from __future__ import annotations

import json
import subprocess
import sys

import pytest

MARK = "hostile_payload"
PAYLOADS = (
    f"__import__('os').system('touch {MARK}')",
    f"{{__import__('os').system('touch {MARK}')}}",
    f"'; import os; os.system('touch {MARK}') #",
    f'"""\\nimport os; os.system("touch {MARK}")\\n"""',
    f"$(touch {MARK})`touch {MARK}`",
    f"=__import__('os').system('touch {MARK}')",
    f"=({MARK}:=1)",
    f"=[x for x in ().__class__.__base__.__subclasses__()] or {MARK}",
    f"=lambda: {MARK}",
    f"file:///{MARK}.py",
    f"../../{MARK}",
    MARK,
)
WATCH = """
import json, sys
from pathlib import Path

events, listening = [], False
NAMES = {"compile", "exec", "import", "code.__new__", "function.__new__", "marshal.loads", "marshal.load",
         "pickle.find_class", "ctypes.dlopen", "cpython.run_command", "cpython.run_file", "webbrowser.open"}
PARTS = ("os.system", "os.exec", "os.spawn", "os.posix_spawn", "os.fork", "os.forkpty", "os.startfile", "subprocess.",
         "socket.", "urllib.", "http.", "ftplib.", "smtplib.", "os.remove", "os.rename", "os.mkdir", "os.rmdir",
         "os.link", "os.symlink", "os.truncate", "os.chmod", "shutil.", "tempfile.")

def writes(args):
    path, mode, flags = args
    return (mode is None or set(mode) & set("wax+")) if flags is None else flags & 0o1103 != 0

def hook(name, args):
    global listening
    if not listening:
        return
    if name in NAMES or name.startswith(PARTS) or name == "open" and writes(args):
        listening = False
        frame, callers = sys._getframe(1), []
        while frame is not None:
            callers.append(f"{frame.f_code.co_filename}:{frame.f_code.co_name}")
            frame = frame.f_back
        events.append([name, repr(args)[:300], callers])
        listening = True

sys.addaudithook(hook)
from grapheditor.catalog import catalog
from grapheditor.compile import Inference
from grapheditor.compile.advice import advice
from grapheditor.compile.fixes import with_fixes
from grapheditor.compile.summary import summary
from grapheditor.edit.compare import compare, merge
from grapheditor.graph import FileError, read, write_text

known = catalog()
inference = Inference(known)

def look(path):
    try:
        graph = read(path, known.history)
    except FileError as error:
        return f"refused: {error.message}"
    problems = known.check_nodes(graph) + known.check_recipe(graph)
    analysis = inference.analyse(graph)
    problems += with_fixes(inference, graph, analysis) + advice(graph, known, analysis)
    if analysis.sound:
        summary(graph, analysis, None)
    compare(graph, graph)
    merge(graph, graph, graph)
    write_text(graph)
    return f"{len(graph.nodes)} nodes, {len([problem.describe() for problem in problems])} problems"

for path in sys.argv[1].split("|"):
    look(Path(path))  # what the program itself imports when it is used first
listening = True
said = {path: look(Path(path)) for path in sys.argv[2].split("|")}
exec("1")  # so that the test sees that it would have been told
listening = False
print(json.dumps([said, events]))
"""
ALLOWED = {"compile": ("ast.py:parse", "graph/arithmetic.py:parse")}
"""Python's own parser makes a tree of an expression's text, which is read by an allow-list; no code comes of it."""


def watch(tmp_path, first, then):
    """Have a process look at files, first at those that it may warm up with; return what it said and what was run."""
    command = [sys.executable, "-c", WATCH, "|".join(map(str, first)), "|".join(map(str, then))]
    done = subprocess.run(command, capture_output=True, text=True, cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    said, events = json.loads(done.stdout)
    return said, [event for event in events if not is_allowed(event)]


def is_allowed(event):
    name, _, callers = event
    wanted = ALLOWED.get(name, ("nobody",))
    return all(caller.endswith(end) for caller, end in zip(callers, wanted, strict=False))


@pytest.fixture
def shipped(known, tmp_path):
    """Files of all templates."""
    paths = []
    for template in known.templates:
        paths.append(tmp_path / f"{template}.graph.json")
        known.new(template).save(paths[-1])
    return paths


def places(payload):
    """Yield the records of a file with a payload in each place that can hold a text."""
    node = {"operator": "conv2d"}
    block = {"Block": {"inputs": ["x"], "outputs": {"out": "out"}, "doc": payload},
             "Block.nodes.x": {"operator": "input"}, "Block.nodes.out": {"operator": "output"},
             "Block.wires.out.x": "x"}  # fmt: skip
    yield "title", {"nodes": {"a": {**node, "title": payload}}, "info": {"title": payload, "doc": payload}}
    yield "id", {"nodes": {payload: node}}
    yield "operator", {"nodes": {"a": {"operator": payload}}}
    yield "option", {"nodes": {"a": {**node, "options": {"out_channels": payload, "padding": payload}}}}
    yield "option name", {"nodes": {"a": {**node, "options": {payload: 1}}}}
    yield "shape", {"nodes": {"a": {"operator": "input", "options": {"shape": ["N", payload], "dtype": payload}}}}
    yield "when", {"nodes": {"a": {**node, "when": payload.lstrip("=")}}}
    yield "repeat", {"nodes": {"a": {**node, "repeat": payload.lstrip("=")}}}
    yield "weights", {"nodes": {"a": {**node, "weights": payload}}}
    yield "wire", {"nodes": {"a": node}, "wires": {"a.x": payload}}
    yield "port", {"nodes": {"a": node, "b": node}, "wires": {f"a.{payload}": "b"}}
    yield "tie", {"nodes": {"a": node}, "ties": {"a.weight": payload}}
    yield "data", {"nodes": {"a": node}, "recipe": {"data": payload, "fields": {"a": payload}}}
    yield (
        "optimizer",
        {"recipe": {"objectives": [{"minimise": payload, "optimizer": payload, "settings": {"lr": payload}}]}},
    )
    yield "setting", {"recipe": {"objectives": [{"minimise": "a", "settings": {payload: 1}}]}}
    yield "module", {"modules": block, "nodes": {"a": {"operator": "Block", "options": {"x": payload}}}}
    yield "module name", {"modules": {payload: {}}}
    option = {"name": "width", "type": "text", "default": payload, "doc": payload, "choices": [payload]}
    yield "module option", {"modules": {**block, "Block": {**block["Block"], "options": [option]}}}
    yield "section", {payload: {}}


@pytest.fixture
def hostile(tmp_path):
    paths = []
    for number, payload in enumerate(PAYLOADS):
        for place, sections in places(payload):
            paths.append(tmp_path / f"{number}-{place}.graph.json")
            paths[-1].write_text(json.dumps({"grapheditor": 1, **sections}), "utf-8")
    return paths


def test_nothing_of_any_file_runs(shipped, hostile, tmp_path):
    before = set(tmp_path.iterdir())
    said, events = watch(tmp_path, shipped, [*shipped, *hostile])
    assert [name for name, *_ in events] == ["compile", "exec"], "but for what the process itself did at the end"
    assert [arguments[:5] for _, arguments, _ in events] == ["(b'1'", "(<cod"], events
    assert len(said) == len(shipped) + len(hostile)
    assert all(said[str(path)].endswith("problems") for path in shipped)
    assert {text.split()[0] for text in said.values()} > {"refused:"}, "some are read, and looked at to the end"
    assert set(tmp_path.iterdir()) == before

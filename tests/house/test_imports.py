"""The house rules: who may import whom, by the imports in the source and by what a process really loads."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

import pytest

import grapheditor

ROOT = Path(__file__).resolve().parents[2]
PACKAGE = ROOT / "grapheditor"
STANDARD = sys.stdlib_module_names
ALLOWED = {
    "nodes": {"authoring"},
    "templates": {"authoring"},
    "authoring": {"authoring"},
    "graph": {"authoring", "graph", "networkx"},
    "edit": {"graph", "authoring", "edit", "catalog", "numpy", "networkx"},
    "catalog.py": {"graph", "authoring", "edit", "data", "errors", "own"},
    "errors.py": set(),
    "trust.py": {"state", "errors", "grapheditor"},
    "own.py": {"authoring", "errors", "state", "trust", "grapheditor"},
    "data": {"authoring", "data", "errors", "state", "trust", "cli", "command", "numpy", "PIL", "tokenizers", "grapheditor"},
    "runs": {"runs", "errors", "graph", "engine", "cli", "command", "numpy", "tensorboard"},
    "command": {"graph", "catalog", "authoring", "compile", "command", "data", "engine", "errors", "runs", "training", "cli", "numpy",
                "edit", "state", "ui"},  # a picture is drawn by what the canvas is painted with
    "compile": {"graph", "catalog", "authoring", "compile", "torch", "numpy", "onnx", "onnxruntime", "onnxscript", "safetensors",
                "grapheditor"},
    "training": {"compile", "training", "runs", "data", "errors", "graph", "authoring", "catalog", "engine", "torch", "numpy",
                 "safetensors", "torchmetrics", "grapheditor"},
    "ui": {"ui", "edit", "runs", "catalog", "graph", "authoring", "engine", "state", "own", "errors", "PySide6", "pyqtgraph", "qtawesome", "numpy",
           "platformdirs", "shiboken6", "grapheditor"},
}  # fmt: skip


def imported(path: Path) -> set[str]:
    found = set()
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        names = []
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            assert not node.level, f"{path} imports relatively"
            names = [f"{node.module}.{alias.name}" for alias in node.names]
        for name in names:
            head, *rest = name.split(".")
            if head == "grapheditor":
                room = rest[0] if rest else ""
                inside = (PACKAGE / room).is_dir() or (PACKAGE / f"{room}.py").exists()
                found.add(room if room and inside else head)
            elif head not in STANDARD:
                found.add(head)
    return found


@pytest.mark.parametrize("room", ALLOWED)
def test_a_room_imports_only_what_it_may(room):
    folder = ROOT / room if room in ("nodes", "templates") else PACKAGE / room
    files = [folder] if folder.is_file() else sorted(folder.rglob("*.py"))
    assert files
    for path in files:
        extra = imported(path) - ALLOWED[room]
        assert not extra, f"{path.relative_to(ROOT)} imports {extra}"


def test_the_window_speaks_to_the_engine_only_through_its_client():
    for path in sorted((PACKAGE / "ui").rglob("*.py")):
        text = path.read_text("utf-8")
        for room in ("compile", "training", "engine.worker", "engine.exporter", "engine.runner", "engine.arranger"):
            assert f"grapheditor.{room}" not in text, path


@pytest.mark.parametrize(
    "module",
    [
        "authoring",
        "graph",
        "edit",
        "edit.edits",
        "edit.layout",
        "edit.journal",
        "edit.lock",
        "state",
        "catalog",
        "data",
        "data.fetch",
        "data.verb",
        "own",
        "trust",
        "engine.client",
        "engine.process",
        "runs.control",
        "runs.folder",
        "runs.reader",
        "cli",
        "verbs",
    ],
)
def test_the_light_rooms_load_neither_torch_nor_qt(module):
    code = (
        f"import sys, grapheditor.{module}; from grapheditor.catalog import catalog; catalog().new('mnist-convnet');"
        "print([name for name in ('torch', 'PySide6', 'onnx') if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_declaring_data_loads_the_standard_library_only():
    """The window's process loads the catalogue before its first paint."""
    code = (
        "import sys, grapheditor.data; from grapheditor.data.declare import declared; assert len(declared()) > 15;"
        "known = sys.stdlib_module_names | {'grapheditor'};"
        "print({name.partition('.')[0] for name in sys.modules} - known)"
    )
    done = subprocess.run([sys.executable, "-I", "-S", "-c", f"import sys; sys.path.insert(0, {str(ROOT)!r}); {code}"],
                          capture_output=True, text=True, check=True)  # fmt: skip
    assert done.stdout.strip() in ("set()", "{'__main__'}"), done.stdout


def test_the_version_is_that_of_the_changelog():
    newest = next(line for line in (ROOT / "CHANGELOG.md").read_text("utf-8").splitlines() if line.startswith("## "))
    version, _, making = newest.removeprefix("## ").partition(", ")
    assert grapheditor.__version__ == (f"{version}.dev0" if making else version)


def test_nothing_in_the_house_unpickles_or_evaluates():
    for path in [*PACKAGE.rglob("*.py"), *(ROOT / "nodes").glob("*.py"), *(ROOT / "templates").glob("*.py")]:
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
                assert node.func.id != "eval", path
                assert node.func.id != "exec" or path.name == "program.py", path
            if isinstance(node, ast.Import | ast.ImportFrom):
                names = [alias.name for alias in node.names] + [getattr(node, "module", "") or ""]
                assert not {"pickle", "marshal", "shelve"} & {name.split(".")[0] for name in names}, path

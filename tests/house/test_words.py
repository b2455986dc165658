"""Every text that the window shows can be translated: it goes through ``tr``, ``mark`` or ``counted``."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

UI = Path(__file__).resolve().parents[2] / "grapheditor" / "ui"
THROUGH = {"tr", "mark", "counted"}
SHOWS = {
    "addAction", "addItem", "addItems", "addMenu", "addTab", "button", "complain", "head", "heading", "label", "link",
    "say", "section", "setAccessibleDescription", "setAccessibleName", "setHeaderLabels", "setLabel",
    "setPlaceholderText", "setStatusTip", "setTabText", "setTabToolTip", "setText", "setTitle", "setToolTip",
    "setWhatsThis", "setWindowTitle", "tell", "Chart", "Choice", "Notice", "QAction", "QCheckBox", "QLabel", "QMenu",
    "QPushButton", "QRadioButton", "QToolButton",
}  # fmt: skip
"""What is given to these is read by people, also where it is one word."""
SAME_EVERYWHERE = {"Blender", "Houdini", "ComfyUI", "grapheditor", "lr"}
"""Names of programs, and of what the source calls so."""
NOT_SHOWN: dict[str, set[str]] = {
    "canvas/editing.py": {"_brought"},  # the name of a step
    "engine.py": {"can't allocate memory", "Cannot allocate memory"},  # read in a log
    "inspector/terms.py": {"not an option"},  # read in an error
    "runs/tab.py": {"run control"},  # the name of a thread
    "session.py": {"run control"},  # the name of a thread
    "safety.py": {"Take theirs"},  # the name of a step
    "summary/columns.py": {"titles", "as_csv", "as_markdown"},  # tables that other programs read
    "telling.py": {r" \(on the command line: [^()]*\)"},  # found in a message, and taken away
    "theme.py": {"Input and output", "Linear algebra", "JetBrains Mono"},  # a key, and a font
}
"""Of files the words, or functions whose words, are not shown."""
OTHER_LANGUAGES = {"keys.py", "style.py", "pictures/tikz.py"}
"""Files that are full of names of keys, of style, of LaTeX."""
NAMES = {"Action", "TypeError", "RuntimeError", "TypeVar", "setObjectName", "findChild", "setProperty"}
"""What is given to these is for programs and programmers; actions' titles are collected and translated as a table."""
PROSE = re.compile(r"[A-Za-z]{2,}[.,;:]? [A-Za-z(]|^[.,;:]? ?[A-Za-z]{2,} $|^ [A-Za-z]{2,}")
SHEET = re.compile(r"[\w-]+: [^;]*;|[#\w]+ \{|\{|<\w+[ >]|\(\?P<")


def places() -> list[Path]:
    return sorted(path for path in UI.rglob("*.py") if path.relative_to(UI).as_posix() not in OTHER_LANGUAGES)


def untranslated(source: str, not_shown: set[str] | None = None) -> list[str]:
    """Return the literals of a source that people read and no translator sees, each with its line."""
    reader = Reader(not_shown or set())
    reader.visit(ast.parse(source))
    return [f"{line}: {text!r}" for line, text in sorted(reader.found)]


class Reader(ast.NodeVisitor):
    """Walks through a file, past what is translated, past docstrings and what only programmers read."""

    def __init__(self, not_shown: set[str]) -> None:
        self.not_shown = not_shown
        self.found: set[tuple[int, str]] = set()
        self.function = ""

    def visit_FunctionDef(self, node: ast.FunctionDef) -> None:
        before, self.function = self.function, node.name
        for default in (*node.args.defaults, *filter(None, node.args.kw_defaults)):
            self.visit(default)
        for part in node.body:
            self.visit(part)
        self.function = before

    def visit_Expr(self, node: ast.Expr) -> None:
        if not isinstance(node.value, ast.Constant):  # else a docstring
            self.generic_visit(node)

    def visit_AnnAssign(self, node: ast.AnnAssign) -> None:
        if node.value is not None:
            self.visit(node.value)

    def visit_Assert(self, node: ast.Assert) -> None:
        pass

    def visit_Call(self, node: ast.Call) -> None:
        name = called(node)
        if name in THROUGH:
            values = node.args[1:] if name == "tr" else []
            for part in (*values, *node.keywords):
                self.visit(part)
            return
        if name in NAMES:
            return
        if name in SHOWS:
            place = 1 if name == "setTabText" else 0
            for part in node.args[place : place + 1]:
                for text in literals(part):
                    self.take(text, bare=True)
        self.generic_visit(node)

    def visit_JoinedStr(self, node: ast.JoinedStr) -> None:
        whole = "".join(str(part.value) for part in node.values if isinstance(part, ast.Constant))
        for part in node.values:
            if not isinstance(part, ast.Constant) or not SHEET.search(whole):
                self.visit(part)

    def visit_Constant(self, node: ast.Constant) -> None:
        self.take(node, bare=False)

    def take(self, node: ast.Constant, *, bare: bool) -> None:
        text = node.value
        if not isinstance(text, str) or text in SAME_EVERYWHERE | self.not_shown or self.function in self.not_shown:
            return
        words = re.search(r"[A-Za-z]{2,}", text) if bare else PROSE.search(text)
        if words and not SHEET.search(text):
            self.found.add((node.lineno, text))


def called(node: ast.Call) -> str:
    return node.func.id if isinstance(node.func, ast.Name) else getattr(node.func, "attr", "")


def literals(node: ast.expr) -> Iterator[ast.Constant]:
    """Yield the literals that may become the value of an expression, or a part of it."""
    match node:
        case ast.Constant():
            yield node
        case ast.JoinedStr():
            for part in node.values:
                yield from literals(part) if isinstance(part, ast.Constant) else ()
        case ast.IfExp():
            yield from (*literals(node.body), *literals(node.orelse))
        case ast.BoolOp() | ast.List() | ast.Tuple():
            for part in node.values if isinstance(node, ast.BoolOp) else node.elts:
                yield from literals(part)
        case ast.BinOp():
            yield from (*literals(node.left), *literals(node.right))


@pytest.mark.parametrize("path", places(), ids=lambda path: path.relative_to(UI).as_posix())
def test_what_the_window_shows_goes_through_the_translator(path):
    name = path.relative_to(UI).as_posix()
    assert untranslated(path.read_text("utf-8"), NOT_SHOWN.get(name)) == []


@pytest.mark.parametrize(
    "text",
    [
        'button.setToolTip("Undo")',
        'label("Nothing of that name.", muted=True)',
        'self.tabs.setTabText(1, f"Problems {count}" if count else title)',
        'told = f"{count} nodes selected"',
        'what = why or "The engine is starting."',
        'raise ValueError("a module has a name")',
        'Option("data", "choice", doc="What it learns from.")',
        'text += " so far"',
    ],
)
def test_a_text_that_is_not_translated_is_found(text):
    assert untranslated(text)


@pytest.mark.parametrize(
    "text",
    [
        'button.setToolTip(tr("Undo"))',
        'self.status.setText(tr("{name} written", name=path.name))',
        'widget.setObjectName("show me")',
        'self.setStyleSheet(f"color: {colour}; border: 0;")',
        '"""A docstring of a module."""',
        'button = link(tr("Copy"), "code-copy")',
    ],
)
def test_what_is_translated_or_not_shown_is_let_through(text):
    assert not untranslated(text)

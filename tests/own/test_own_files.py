"""Operators of the user's own: inert until their very content is trusted, then operators like all others."""

from __future__ import annotations

import json
import os
import re

import owning
import pytest

from grapheditor import own, state, trust
from grapheditor.catalog import catalog
from grapheditor.compile import Inference, compile_graph
from grapheditor.compile.store import Store
from grapheditor.graph import FileError, Problem, read_text, write_text


def problem() -> Problem:
    """Return what is said of the node in a graph that asks for the operator."""
    (found,) = [item for item in catalog().check_nodes(owning.asking()) if item.node == "scale1"]
    return found


def test_a_file_is_read_and_not_run_before_it_is_trusted():
    path = owning.put()
    (file,) = owning.look().values()
    assert (file.name, file.headline, file.declares) == ("scale.py", "Scales what arrives.", ("scale_by",))
    assert file.locked and not file.operators and "not trusted yet" in file.why()
    assert "scale_by" not in catalog().operators
    assert not owning.ran()
    found = problem()
    assert found.file == "scale.py" and str(path) in found.message and "--trust" in found.message
    (again,) = [catalog().own.trust(file)]
    assert owning.ran()
    assert [item.id for item in again.operators] == ["scale_by"] and not again.locked
    assert catalog().operators["scale_by"].origin == str(path)
    assert not [item for item in catalog().check_nodes(owning.asking()) if item.node == "scale1"]
    assert not list(path.parent.glob("__pycache__")), "no compiled file is left that could be changed"


def test_it_runs_once_for_a_content_and_not_each_time_it_is_looked_at():
    owning.trusted()
    assert owning.ran()
    assert not catalog().own.refresh()
    assert not owning.ran()


@pytest.mark.parametrize("at", range(0, len(owning.SCALE), 97))
def test_one_changed_byte_locks_it_again(at):
    owning.trusted()
    owning.ran()
    content = owning.SCALE.encode()
    path = owning.put(content[:at] + bytes([content[at] ^ 1]) + content[at + 1 :])
    (file,) = owning.look().values()
    assert file.locked and file.changed and "has changed since it was trusted" in file.why()
    assert "scale_by" not in catalog().operators
    assert not owning.ran()
    path.write_bytes(content)
    assert owning.look()["scale.py"].operators, "the content that was trusted still is"


def test_nodes_of_a_changed_file_say_which_it_is_and_lose_nothing():
    owning.trusted()
    text = write_text(owning.asking())
    owning.put(owning.SCALE + "#")
    owning.look()
    found = problem()
    assert found.file == "scale.py" and "has changed since it was trusted" in found.message
    assert write_text(read_text(text)) == text
    (state.operators() / "scale.py").unlink()
    assert owning.look() == {}
    assert problem().message.startswith("There is no operator scale_by.") and not problem().file
    assert write_text(read_text(text)) == text


def test_what_runs_is_what_was_hashed_not_what_lies_there_by_then(monkeypatch):
    path = owning.put()
    file = owning.look()["scale.py"]
    trust.trust(file.content, path)
    before = trust.is_trusted

    def swapped(content):
        path.write_text("raise SystemExit('the other one ran')")
        return before(content)

    monkeypatch.setattr(trust, "is_trusted", swapped)
    owning.look()
    assert "scale_by" in catalog().operators and owning.ran()
    assert catalog().own.files["scale.py"].content == file.content


def test_a_file_that_changes_while_it_is_read_by_a_person_is_not_trusted_by_their_answer():
    owning.put()
    seen = owning.look()["scale.py"]
    owning.put(owning.SCALE.replace("x * factor", "x - factor"))
    now = catalog().own.trust(seen)
    assert now.locked and now.content != seen.content
    assert "scale_by" not in catalog().operators and not owning.ran()


def test_a_process_takes_only_what_its_window_has_taken(monkeypatch):
    first = owning.trusted()
    told = own.environment()
    assert json.loads(told[own.PINNED]) == {"scale.py": first.digest}
    second = owning.trusted(owning.SCALE.replace("2.0", "4.0"))
    assert catalog().operators["scale_by"].option("factor").default == 4.0
    assert not catalog().own.refresh({"scale.py": second.digest})
    assert catalog().own.refresh({"scale.py": first.digest})
    assert "scale_by" not in catalog().operators
    assert "has changed since the window looked at it" in problem().message
    assert catalog().own.refresh({"scale.py": second.digest})
    assert catalog().own.refresh({}), "a window that has taken none"
    assert "scale_by" not in catalog().operators


def test_trust_cannot_be_given_by_what_a_parent_says(monkeypatch):
    owning.put()
    digest = trust.digest_of(owning.SCALE.encode())
    catalog().own.refresh({"scale.py": digest})
    assert "scale_by" not in catalog().operators and not owning.ran()


def test_links_pipes_folders_and_what_is_too_large_are_refused_in_a_sentence(tmp_path):
    elsewhere = tmp_path / "elsewhere.py"
    elsewhere.write_text(owning.SCALE)
    trust.trust(owning.SCALE.encode(), elsewhere)
    folder = owning.put("", "a_first.py").parent
    (folder / "link.py").symlink_to(elsewhere)
    os.mkfifo(folder / "pipe.py")
    (folder / "folder.py").mkdir()
    with (folder / "large.py").open("wb") as file:
        file.write(b'"""Large."""\n')
        file.truncate(100 * 10**6)
    owning.put("raise SystemExit", "_private.py")
    owning.put("raise SystemExit", "notes.txt")
    files = owning.look()
    assert list(files) == ["a_first.py", "folder.py", "large.py", "link.py", "pipe.py"]
    assert "is a link" in files["link.py"].problem
    assert "is not a file" in files["pipe.py"].problem and "is not a file" in files["folder.py"].problem
    assert "is larger than 1,048,576 bytes" in files["large.py"].problem
    assert not files["large.py"].content
    assert "scale_by" not in catalog().operators and not (tmp_path / "ran").exists()


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("def f(:\n", r"scale\.py: line 1: SyntaxError: invalid syntax"),
        ("x = 1\n1 / 0\n", r"scale\.py: line 2: ZeroDivisionError: division by zero"),
        ("import nothing_of_that_name\n", r"scale\.py: line 1: ModuleNotFoundError"),
        ("raise SystemExit(3)\n", r"scale\.py: line 1: SystemExit: 3"),
        ("x = 1\n", r"scale\.py: declares no operator"),
        (owning.SCALE.replace("Mathematics", "Magic"), r"line 10: ValueError: Magic is not one of Input and output"),
        (owning.SCALE.replace("factor: float", "factor"), r"line 10: KeyError: 'factor'"),
        (owning.SCALE.replace("factor: The", "gain: The"), r"line 10: TypeError: scale_by documents gain"),
        (owning.SCALE.replace("scale_by", "relu"), r"relu is already an operator or a template of the program"),
        (owning.SCALE.replace("scale_by", "mlp"), r"mlp is already an operator or a template of the program"),
        (owning.SCALE.replace("scale_by", "gré"), r"gré: an operator's name has letters a to z"),
        (b"\xff\xfe\0", r"scale\.py: line None: SyntaxError|scale\.py: .*(null bytes|utf-8)"),
    ],
)
def test_what_is_wrong_with_a_trusted_file_is_a_sentence(text, words):
    owning.put(text)
    before = dict(catalog().operators)
    file = catalog().own.trust(owning.look()["scale.py"])
    assert not file.locked and not file.operators
    assert re.search(words, file.problem), file.problem
    assert "Traceback" not in file.problem and file.problem.endswith(".")
    assert catalog().operators == before


def test_of_two_files_with_one_operator_the_second_is_refused_and_names_the_first():
    owning.trusted()
    found = owning.trusted(owning.SCALE + "#", "twice.py")
    assert "scale.py has an operator scale_by too" in found.problem
    assert catalog().operators["scale_by"].origin.endswith("/scale.py")
    (state.operators() / "scale.py").unlink()
    assert owning.look()["twice.py"].operators, "once the first is gone, the second can be taken"


def test_a_text_is_shown_as_python_reads_it_and_hidden_letters_are_named():
    assert own.source("x = 1  # \u202e\u2066 if\u2069\n".encode()) == "x = 1  # <U+202E><U+2066> if<U+2069>\n"
    assert own.source(b"# coding: latin-1\n'\xe9'\r\n") == "# coding: latin-1\n'é'\n"
    assert own.source(b"a\0b\x1b[31m") == "a<U+0000>b<U+001B>[31m"


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("# a comment\n\n'''One.\n\nTwo.'''\n", "One."),
        ("x = 1\n'''no docstring'''", ""),
        ("f'{open(1)}'", ""),
        ("b'bytes'", ""),
        ("'" + "a" * 1000 + "'", "a" * 200),
        ("'''never closed", ""),
        ("(" * 100_000, ""),
        ("'\\N{nothing of that name}'", ""),
        ("", ""),
    ],
)
def test_the_first_line_of_help_is_read_as_a_literal(text, line):
    assert own.headline(text) == line


def test_the_names_that_a_text_declares_are_found_without_running_it():
    text = "@operator(\n    'Shape',\n)\ndef first_(x): ...\n\ndef helper(): ...\n\n@operator('Image')\n@other\ndef second(): ...\n"
    assert own.declares(text) == ("first", "second")


def test_it_is_analysed_printed_and_remembered_by_its_very_text(tmp_path):
    path = owning.put()
    catalog().own.trust(owning.look()["scale.py"])
    store = tmp_path / "memo.sqlite"
    graph = owning.asking()
    analysis = Inference(catalog(), Store(store)).analyse(graph)
    assert analysis.sound and str(analysis.nodes["scale1"].outputs["out"]) == "N×784"
    assert "* 3.0" in compile_graph(graph).source
    version = catalog().operators["scale_by"].version
    path.write_text(owning.SCALE.replace("return x * factor", "return x.sum(1)"))
    assert catalog().operators["scale_by"].version == version, "nobody has looked at the file"
    catalog().own.trust(owning.look()["scale.py"])
    assert catalog().operators["scale_by"].version != version
    analysis = Inference(catalog(), Store(store)).analyse(graph)
    assert str(analysis.nodes["scale1"].outputs["out"]) == "N"


@pytest.mark.parametrize(
    ("body", "words"),
    [
        ("return undefined", r"NameError: name 'undefined' is not defined \(scale\.py, line 16\)"),
        ("return x.reshape(7)", r"\(scale\.py, line 16\)"),
        ("return 3", r"Its body gives a int, which is no tensor"),
        (
            "return nn.Linear(784, 784)(nn.Linear(784, 784)(x))",
            r'Its body makes several layers: give each a name, as in nn\.Linear\(8, 4, name="down"\)',
        ),
        ("return nn.Linear(784, 9, name='a.b')(x)", r"Its body calls a layer 'a\.b': an id has letters"),
        ("return x, x", r"Its body gives 2 results, and its declaration says 1"),
    ],
)
def test_what_its_body_does_wrong_is_a_problem_of_its_node_with_the_line(body, words):
    owning.trusted(owning.SCALE.replace("return x * factor", body).replace("Tensor, operator", "Tensor, nn, operator"))
    (found,) = [item for item in Inference(catalog()).analyse(owning.asking()).problems if item.severity == "error"]
    assert found.node == "scale1"
    assert re.search(words, found.message), found.message


def test_what_a_file_prints_is_not_what_a_verb_answers(capsys):
    owning.trusted("print('hello')\n" + owning.SCALE)
    out, err = capsys.readouterr()
    assert out == "" and err == "hello\n"


def test_a_graph_file_that_names_files_and_modules_runs_nothing():
    path = owning.put()
    graph = owning.asking()
    for name in (
        "scale_by.scale_by",
        "scale.py",
        str(path),
        "file:scale.py",
        "library:scale",
        "own_operators_scale",
        "os",
    ):
        text = write_text(graph).replace('"scale_by"', json.dumps(name))
        if name.isidentifier():
            found = Inference(catalog()).analyse(read_text(text))
            assert [item for item in found.problems if item.node == "scale1" and "There is no operator" in item.message]
        else:
            with pytest.raises(FileError, match="an operator's id has letters"):
                read_text(text)
        assert not catalog().own.trust_for({name})
    assert not owning.ran() and not trust.trusted()

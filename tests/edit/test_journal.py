"""The journal on real files: what was committed comes back, whatever is cut off, full or folded."""

from __future__ import annotations

import json
import os
import threading
from dataclasses import replace

import pytest

from grapheditor.catalog import catalog
from grapheditor.edit import Document, edits
from grapheditor.edit import journal as journal_module
from grapheditor.edit.change import between
from grapheditor.edit.journal import Head, Journal, key_of, remains
from grapheditor.edit.scope import Scope
from grapheditor.graph import FileError, Graph, read_text, write_text

KNOWN = catalog()
HISTORY = KNOWN.history


@pytest.fixture
def kept(tmp_path):
    """A document with its journal, and a list of what the journal complained about."""
    document = Document(KNOWN.new("gpt2"))
    complaints: list[str] = []
    journal = Journal(tmp_path, "unsaved-1", complaints.append)
    journal.begin(Head(None, "GPT-2", None, "abc", write_text(document.graph)))
    document.observe(journal.append)
    yield document, journal, complaints
    journal.close()


def only(folder):
    (left,) = remains(folder)
    return left


def edit(document, title):
    document.commit(edits.set_title(Scope(document.graph), "blocks", title))


def test_nothing_is_written_before_the_first_change(kept, tmp_path):
    kept[1].wait()
    assert list(tmp_path.iterdir()) == []


def test_a_change_is_written_before_it_can_be_seen(kept, tmp_path, monkeypatch):
    document, _, _ = kept
    edit(document, "One")
    write, seen = journal_module._write_all, threading.Event()

    def late(descriptor, data):
        seen.wait(0.02)  # a thread that is not scheduled at once
        write(descriptor, data)

    monkeypatch.setattr(journal_module, "_write_all", late)
    for title in ("Two", "Three"):
        edit(document, title)
        assert only(tmp_path).graph(HISTORY) == document.graph


def test_a_disk_that_does_not_answer_holds_nobody_up(kept, tmp_path, monkeypatch):
    document, journal, complaints = kept
    edit(document, "One")
    write, answers = journal_module._write_all, threading.Event()
    monkeypatch.setattr(journal_module, "_write_all", lambda *words: (answers.wait(60), write(*words)))
    for number in range(100):  # none of them can be written meanwhile
        edit(document, f"Title {number}")
    before = only(tmp_path).count
    answers.set()
    assert before == 1
    assert journal.wait()
    assert only(tmp_path).graph(HISTORY) == document.graph
    assert complaints == []


def test_every_change_comes_back(kept, tmp_path):
    document, journal, _ = kept
    edit(document, "One")
    document.commit(edits.remove(Scope(document.graph), ["norm"]))
    document.commit(edits.rename(Scope(document.graph), "blocks", "body"))
    document.undo()
    document.commit(edits.set_recipe(document.graph, epochs=3))
    journal.wait()
    left = only(tmp_path)
    assert left.graph(HISTORY) == document.graph
    assert left.base(HISTORY) == KNOWN.new("gpt2")
    assert (left.count, left.last, left.path, left.head.runs) == (5, "Set recipe", None, "abc")
    assert key_of(left) == "unsaved-1"


def test_modules_that_go_and_come_are_brought_back(kept, tmp_path):
    document, journal, _ = kept
    before = document.graph.copy()
    empty = Graph()
    document.commit(between(document.graph, empty, "Clear"))
    journal.wait()
    assert only(tmp_path).graph(HISTORY) == empty
    document.undo()
    journal.wait()
    assert only(tmp_path).graph(HISTORY) == before == document.graph


def test_half_a_last_line_costs_that_change_only(kept, tmp_path):
    document, journal, _ = kept
    edit(document, "One")
    edit(document, "Two")
    journal.wait()
    whole = journal.path.read_bytes()
    last = len(whole) - whole[:-1].rindex(b"\n") - 1
    for cut in range(1, last, 7):
        journal.path.write_bytes(whole[: len(whole) - cut])
        left = only(tmp_path)
        assert (left.count, left.graph(HISTORY).nodes["blocks"].title) == (1, "One")
    journal.path.write_bytes(whole + b'{"title": "Th')
    assert only(tmp_path).graph(HISTORY).nodes["blocks"].title == "Two"


@pytest.mark.parametrize(
    "text",
    [
        b"",
        b"{}\n{}\n",
        b"[" * 100_000,
        b'{"path": 3, "title": 1, "digest": 0, "runs": [], "base": {}}\n',
        b"\xff\x00\n",
    ],
)
def test_what_is_no_journal_is_passed_over(tmp_path, text):
    (tmp_path / "a-1.journal").write_bytes(text)
    assert list(remains(tmp_path)) == []


def test_records_that_no_graph_may_hold_are_refused_in_words(kept, tmp_path):
    document, journal, _ = kept
    edit(document, "One")
    journal.wait()
    line = json.dumps({"title": "X", "count": 1, "records": {"nodes.os system": {"operator": "relu"}}})
    journal.path.write_bytes(journal.path.read_bytes() + line.encode() + b"\n")
    with pytest.raises(FileError, match="an id has letters"):
        only(tmp_path).graph(HISTORY)


def test_a_long_journal_is_folded_and_stays_bounded(kept, tmp_path, monkeypatch):
    monkeypatch.setattr(journal_module, "MOST_BYTES", 2_000)
    document, journal, _ = kept
    for number in range(300):
        edit(document, f"Title {number}")
    journal.wait()
    left = only(tmp_path)
    assert left.count == 300
    assert left.graph(HISTORY) == document.graph
    assert journal.path.stat().st_size < len(json.dumps(left.head.base)) + 6_000


def test_a_save_begins_it_anew(kept, tmp_path):
    document, journal, _ = kept
    edit(document, "One")
    journal.begin(Head("/x.graph.json", "x", "0" * 64, "abc", write_text(document.graph)))
    journal.wait()
    assert list(tmp_path.iterdir()) == []
    edit(document, "Two")
    journal.wait()
    left = only(tmp_path)
    assert left.count == 1
    assert left.base(HISTORY).nodes["blocks"].title == "One"


def test_closing_removes_it(kept, tmp_path):
    document, journal, _ = kept
    edit(document, "One")
    journal.close()
    assert list(tmp_path.iterdir()) == []


def test_a_full_disk_is_said_once_and_made_good_when_there_is_room(kept, tmp_path, monkeypatch):
    document, journal, complaints = kept
    edit(document, "One")
    journal.wait()
    real = os.write

    def full(descriptor, data):
        real(descriptor, data[: len(data) // 2])
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "write", full)
    monkeypatch.setattr(
        journal_module, "replace_file", lambda *_, **__: (_ for _ in ()).throw(OSError(28, "No space left"))
    )
    edit(document, "Two")
    edit(document, "Three")
    journal.wait()
    assert complaints == ["No space left on device"]
    monkeypatch.undo()
    edit(document, "Four")
    document.commit(edits.set_recipe(document.graph, epochs=3))
    journal.wait()
    assert only(tmp_path).graph(HISTORY) == document.graph
    assert only(tmp_path).count == 5


def test_what_could_not_be_written_is_tried_again_without_another_change(kept, tmp_path, monkeypatch):
    document, journal, complaints = kept
    real, tries = journal_module.replace_file, []

    def full_once(*given, **how):
        tries.append(given)
        if len(tries) == 1:
            raise OSError(28, "No space left on device")
        real(*given, **how)

    monkeypatch.setattr(journal_module, "FLUSH_AFTER", 0.0)
    monkeypatch.setattr(journal_module, "replace_file", full_once)
    edit(document, "One")
    for _ in range(100):
        if journal.wait():
            break
    assert complaints == ["No space left on device"]
    assert only(tmp_path).graph(HISTORY) == document.graph


def test_a_journal_of_an_older_format_goes_through_the_migration(kept, tmp_path):
    from grapheditor.authoring import Former
    from grapheditor.graph.migrate import History

    document, journal, _ = kept
    edit(document, "One")
    journal.wait()
    gelu = replace(KNOWN.operators["layer_norm"], formerly=(Former(1, defaults={"eps": 0.5}),))
    later = History(2, {}, {"layer_norm": gelu})
    found = only(tmp_path).graph(later)
    norms = [node for _, node in found.records() if getattr(node, "operator", "") == "layer_norm"]
    assert norms
    assert all(node.options["eps"] == 0.5 for node in norms)
    assert read_text(write_text(found)) == found

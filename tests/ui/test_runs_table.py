"""The Runs tab: what tells runs apart, in its table and beside it, in a real window with real folders."""

from __future__ import annotations

from dataclasses import replace

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QAction
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QCheckBox, QLabel, QMessageBox

from grapheditor.catalog import catalog
from grapheditor.edit import edits
from grapheditor.edit.scope import Scope
from grapheditor.graph.recipe_schema import encode
from grapheditor.runs.folder import GRAPH, make_folder
from grapheditor.runs.metrics import Writer
from grapheditor.runs.record import Error, Progress, Record, now, write_record
from grapheditor.ui.engine import Engine
from grapheditor.ui.runs.differences import short_recipes

KNOWN = catalog()


@pytest.fixture
def opened(drive, monkeypatch):
    """A window with a graph; runs need no shapes."""
    monkeypatch.setattr(Engine, "start", lambda self: None)
    drive.window.new("mlp")
    return drive


def taught(graph, **settings):
    """A copy of a graph whose recipe has other settings; ``lr`` is that of its objective."""
    graph = graph.copy()
    (objective,) = graph.recipe.objectives
    if "lr" in settings:
        objective = replace(objective, settings={**objective.settings, "lr": settings.pop("lr")})
    graph.put("recipe", replace(graph.recipe, objectives=(objective,), **settings))
    return graph


def run_of(drive, graph=None, name: str | None = None, **record):
    session = drive.window.session
    graph = graph or drive.graph
    folder = make_folder(session.runs, name or session.name)
    graph.copy().save(folder / GRAPH)
    fields = {"state": "finished", "started": now(), "ended": now(), "graph": graph.fingerprint()}
    fields |= {"recipe": encode(graph.recipe), "progress": Progress(2, 2, 20, 20, 8)}
    write_record(folder, Record(**(fields | record)))
    with Writer(folder) as writer:
        writer.steps(0, {"loss": [2.0 - i / 20 for i in range(20)]})
        for epoch in (1, 2):
            metrics = {"validation_accuracy": 0.4 + epoch / 10, "validation_loss": 1 - epoch / 10}
            writer.epoch(epoch, 10 * epoch, metrics)
    return folder


def shown(drive, folder) -> dict[str, str]:
    """Return what stands in the row of a run, by column."""
    model = drive.window.editor.runs.model
    place = model.place(folder)
    titles = [model.headerData(i, Qt.Orientation.Horizontal) for i in range(model.columnCount())]
    return {title: model.index(place, i).data() or "" for i, title in enumerate(titles) if place >= 0}


def runs_tab(drive, *folders):
    drive.window.perform("show-runs")
    tab = drive.window.editor.runs
    drive.wait(lambda: all(shown(drive, folder).get("graph") for folder in folders))
    return tab


def test_runs_that_differ_in_their_recipe_alone_are_told_apart(opened):
    drive = opened
    fast, slow = (run_of(drive, taught(drive.graph, lr=lr, epochs=2)) for lr in (0.1, 0.02))
    objectives = taught(drive.graph, lr=0.02).recipe.objectives
    drive.window.session.edit(edits.set_recipe(drive.graph, objectives=objectives, epochs=2))
    drive.window.session.edit(edits.set_recipe(drive.graph, batch=50))
    runs_tab(drive, fast, slow)
    before = KNOWN.new("mlp").recipe
    rest = f"{before.objectives[0].optimizer} · batch {before.batch} · 2 epochs"
    assert shown(drive, fast)["recipe"] == f"lr 0.1 · {rest}"
    assert shown(drive, slow)["recipe"] == f"lr 0.02 · {rest}"
    assert shown(drive, fast)["graph"] == f"lr was 0.1, batch was {before.batch}"
    assert shown(drive, slow)["graph"] == f"batch was {before.batch}"
    drive.window.session.undo()
    drive.wait(lambda: shown(drive, slow)["graph"] == "as it is now")
    assert shown(drive, fast)["graph"] == "lr was 0.1"


def test_what_tells_recipes_apart_goes_first():
    graph = KNOWN.new("mlp")
    recipes = [
        encode(taught(graph, lr=0.1, epochs=5, **more).recipe) for more in ({"seed": 1}, {"seed": 2, "batch": 8})
    ]
    optimizer = graph.recipe.objectives[0].optimizer
    assert short_recipes(recipes) == [
        f"batch {graph.recipe.batch} · seed 1 · lr 0.1 · {optimizer} · 5 epochs",
        f"batch 8 · seed 2 · lr 0.1 · {optimizer} · 5 epochs",
    ]
    two = {"objectives": [{"minimise": "a", "settings": {"lr": 1}}, {"minimise": "b", "optimizer": "SGD"}]}
    assert short_recipes([two]) == ["a.lr 1 · a.optimizer AdamW · b.optimizer SGD · batch 100 · 10 epochs"]
    assert short_recipes([{"objectives": 3, "batch": None}]) == ["batch None · 10 epochs"], "whatever a record says"


def check(drive, folder) -> None:
    """Choose a run for comparing by keys alone."""
    tab = drive.window.editor.runs
    tab.table.setCurrentIndex(tab.model.index(tab.model.place(folder), 0))
    QTest.keyClick(tab.table, Qt.Key.Key_Space)


def told(drive) -> list[str]:
    """Return what stands beside the table, from the top."""
    return [text.text() for text in drive.window.editor.runs.details.findChildren(QLabel)]


def test_two_runs_that_are_compared_say_what_differs_between_them(opened):
    drive = opened
    first = run_of(drive, taught(drive.graph, lr=0.1))
    other = taught(drive.graph, lr=0.02, epochs=3)
    edits.set_option(Scope(other), KNOWN, ["linear1"], "out_features", 99).apply(other)
    edits.remove(Scope(other), ["relu1"]).apply(other)
    second = run_of(drive, other, started="2099-01-01T00:00:00+00:00")
    third = run_of(drive)
    runs_tab(drive, first, second, third)
    check(drive, second)
    assert "Compared" not in told(drive)
    check(drive, first)
    drive.wait(lambda: "Compared" in told(drive))
    said = told(drive)
    assert said[said.index("Compared") + 1] == f"{first.name} → {second.name}", "the earlier one first"
    pairs = dict(zip(said, said[1:], strict=False))
    usual = drive.graph.nodes["linear1"].options["out_features"]
    assert pairs["linear1.out_features"] == f"{usual} → 99"
    assert pairs["relu1"] == f"only in {first.name}"
    assert pairs["lr"] == "0.1 → 0.02"
    assert pairs["epochs"] == f"{drive.graph.recipe.epochs} → 3"
    check(drive, third)
    assert "Compared" not in told(drive), "of three there is no such thing"
    check(drive, second)
    drive.wait(lambda: f"{first.name} → {third.name}" in told(drive))
    assert "linear1.out_features" not in told(drive)


@pytest.mark.parametrize("size", [(1680, 1050), (1366, 768)])
def test_no_column_is_out_of_sight_in_the_usual_layout(opened, size):
    drive = opened
    folder = run_of(drive)
    drive.window.resize(*size)
    tab = runs_tab(drive, folder)
    table, header = tab.table, tab.table.header()
    assert not table.horizontalScrollBar().isVisible()
    assert header.length() <= table.viewport().width()
    widths = [header.sectionSize(i) for i in range(header.count())]
    texts = [tab.model.headerData(i, Qt.Orientation.Horizontal) for i in range(header.count())]
    names = header.fontMetrics()
    assert all(names.horizontalAdvance(text) < width for text, width in zip(texts, widths, strict=True))
    drive.window.resize(size[0] + 200, size[1])
    drive.wait(lambda: header.sectionSize(header.count() - 1) > widths[-1])
    assert header.length() <= table.viewport().width()


def test_widths_that_a_hand_has_given_stay(opened):
    drive = opened
    tab = runs_tab(drive, run_of(drive))
    header = tab.table.header()
    edge = header.sectionViewportPosition(1)
    place = QPoint(edge - 1, header.height() // 2)
    QTest.mousePress(header.viewport(), Qt.MouseButton.LeftButton, pos=place)
    QTest.mouseMove(header.viewport(), place + QPoint(60, 0))
    QTest.mouseRelease(header.viewport(), Qt.MouseButton.LeftButton, pos=place + QPoint(60, 0))
    given = header.sectionSize(0)
    assert given > edge
    drive.window.resize(1700, 900)
    drive.settle()
    assert header.sectionSize(0) == given


def test_a_graph_opened_again_shows_the_curves_of_its_newest_run(opened, tmp_path, monkeypatch):
    drive = opened
    session, training = drive.window.session, drive.window.editor.training
    path = tmp_path / "net.graph.json"
    session.save(path)
    run_of(drive)
    newest = run_of(drive)
    run_of(drive, name="another")
    drive.window.new("mlp")
    assert training.wall.isHidden()
    drive.window.open(path)
    drive.wait(lambda: "loss" in training.charts and training.charts["loss"].isVisible())
    assert session.training.run is None, "nobody makes it"
    (shown,) = training.runs()
    assert shown.sight.folder == newest
    status = drive.find("training-status", QLabel)
    drive.wait(lambda: status.text() == f"{newest.name}: 2 epochs · validation accuracy 60.0% · validation loss 0.8")
    tab = runs_tab(drive, newest)
    tab.table.setCurrentIndex(tab.model.index(tab.model.place(newest), 0))
    monkeypatch.setattr(QMessageBox, "question", lambda *_: QMessageBox.StandardButton.Yes)
    drive.find("run-delete", QAction).trigger()
    drive.wait(lambda: session.training.shown is None)
    drive.window.perform("show-training")
    drive.wait(training.wall.isHidden)


def test_a_run_that_failed_before_its_first_step_says_so_where_its_curves_would_be(opened, tmp_path):
    drive = opened
    session = drive.window.session
    path = tmp_path / "net.graph.json"
    session.save(path)
    error = Error("There is no file x.csv (on the command line: -p file=PATH).")
    failed = make_folder(session.runs, session.name)
    write_record(failed, Record("failed", started=now(), ended=now(), error=error))
    drive.window.new("mlp")
    drive.window.open(path)
    hint = drive.find("training-hint", QLabel)
    said = f"{failed.name} failed before it had curves to show. There is no file x.csv."
    drive.wait(lambda: hint.text() == said)
    assert hint.isVisible()


def test_runs_of_other_graphs_are_hidden_if_somebody_wants_that_and_it_is_kept(opened):
    drive = opened
    own, other = run_of(drive), run_of(drive, name="another")
    tab = runs_tab(drive, own, other)
    assert drive.find("runs-own", QCheckBox).text() == "Hide 1 run of other graphs"
    drive.click("runs-own")
    assert [row.folder for row in tab.model.rows] == [own]
    assert drive.window.editor.tabs.tabText(4) == "Runs 1"
    assert drive.window.keeper._timer.isActive(), "it is about to be kept"
    drive.window.keeper.keep()
    assert drive.window.settings.value("window/runs") == "own"
    tab.refresh()
    drive.wait(lambda: not tab._reading)
    assert [row.folder for row in tab.model.rows] == [own], "also when the folder is read again"
    drive.click("runs-own")
    assert {row.folder for row in tab.model.rows} == {own, other}
    drive.window.keeper.restore(drive.window.editor)
    assert [row.folder for row in tab.model.rows] == [own]

"""Public data that is not on this computer: Train says so beforehand, and the window downloads it."""

from __future__ import annotations

import socket

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QColor, QImage
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QFileDialog, QLabel, QPushButton

from grapheditor import state
from grapheditor.authoring import template
from grapheditor.catalog import catalog
from grapheditor.edit.sketch import sketch
from grapheditor.engine.messages import FetchData, FetchedData, Underway
from grapheditor.graph import write
from grapheditor.ui import fetching
from grapheditor.ui.errand import Errand

ABSENT = "Tiny Shakespeare is not on this computer yet."


@pytest.fixture
def shakespeare(drive, tmp_path, monkeypatch):
    """A window with a network that learns from what is not here; the folder of data is empty."""
    monkeypatch.setenv("GRAPHEDITOR_DATA", str(tmp_path / "data"))
    monkeypatch.setattr(fetching, "HOLDS", 0.0)
    drive.window.new("lstm-text")
    drive.wait_for_analysis()
    return drive


def notice(drive) -> str:
    return drive.find("notice-text", QLabel).text()


def press_train(drive) -> None:
    """Press Train, though it may be disabled: what lies below takes the press then, as Qt passes it on."""
    QTest.mouseClick(drive.window.topbar.train, Qt.MouseButton.LeftButton)


def test_train_says_that_data_is_not_here_and_offers_to_download_it(shakespeare, monkeypatch):
    drive, window = shakespeare, shakespeare.window
    asked = []
    monkeypatch.setattr(Errand, "ask", lambda errand, question, *rest: asked.append((errand, question, rest)))
    assert not window.topbar.train.isEnabled()
    assert window.topbar.train.toolTip() == ABSENT
    assert drive.find("training-hint", QLabel).text() == ABSENT
    assert drive.find("data-absent", QLabel).text() == ABSENT
    press_train(drive)
    assert notice(drive) == ABSENT
    button = drive.find("notice-0", QPushButton)
    assert button.text() == "Download it (1.06 MB)"
    drive.click("notice-0")

    _, question, (done, _failed, _limit, told) = asked[-1]
    assert question == FetchData("tinyshakespeare")
    told(Underway(500_000, 1_115_394))
    assert drive.find("status-told", QLabel).text() == "downloading Tiny Shakespeare (488 KB of 1.06 MB)"
    assert window.topbar.train.toolTip() == "Tiny Shakespeare is being downloaded."
    assert not drive.find("data-fetch", QPushButton).isVisibleTo(window)

    place = state.data() / "tinyshakespeare"
    place.mkdir(parents=True)
    (place / "tinyshakespeare.txt").write_text("To be, or not to be. " * 2000)
    done(FetchedData())
    assert notice(drive) == "Tiny Shakespeare is on this computer now."
    assert window.topbar.train.isEnabled()
    assert not drive.find("data-absent", QLabel).isVisibleTo(window)
    assert drive.find("status-told", QLabel).text() == ""


def test_without_a_network_it_is_said_why_and_can_be_tried_again(shakespeare, monkeypatch):
    for name in ("http_proxy", "https_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    drive, window = shakespeare, shakespeare.window
    drive.click("data-fetch")
    drive.wait(lambda: "tinyshakespeare.txt cannot be fetched" in notice(drive), 60)
    assert drive.find("notice-0", QPushButton).text() == "Download it (1.06 MB)"
    assert window.session.fetching.source is None
    assert drive.find("data-absent", QLabel).text() == ABSENT


def test_a_download_is_given_up(shakespeare, monkeypatch):
    drive, window = shakespeare, shakespeare.window
    with socket.create_server(("127.0.0.1", 0)) as silent:
        for name in ("http_proxy", "https_proxy"):
            monkeypatch.setenv(name, f"http://127.0.0.1:{silent.getsockname()[1]}")
        window.session.fetching.start()
        silent.settimeout(60)
        connection, _ = silent.accept()
        with connection:
            drive.click("status-cancel")
            connection.settimeout(60)
            while connection.recv(4096):
                pass  # until the process is gone
    assert window.session.fetching.source is None
    assert notice(drive) == "Stopped. What has come is kept, and gone on with the next time."


def test_who_chooses_what_is_not_here_is_offered_it_at_once(drive, tmp_path, monkeypatch):
    monkeypatch.setenv("GRAPHEDITOR_DATA", str(tmp_path / "data"))
    drive.window.new()
    drive.window.session.data.use(drive.window.session.catalog.sources["mnist"])
    assert notice(drive) == "MNIST is not on this computer yet."
    assert drive.find("notice-0", QPushButton).text() == "Download it (11.1 MB)"


@pytest.fixture
def pets(drive, tmp_path, monkeypatch):
    """A window with a network that learns from a folder which is not where it was."""
    monkeypatch.setattr(fetching, "HOLDS", 0.0)
    for number, name in enumerate(("cats", "dogs")):
        (tmp_path / "pets" / name).mkdir(parents=True)
        for i in range(10):
            image = QImage(8, 8, QImage.Format.Format_RGB32)
            image.fill(QColor(40 * i, 100 * number, 50))
            assert image.save(str(tmp_path / "pets" / name / f"{i}.png"))

    def draw(g):
        image, label = g.input(shape=("N", 3, 8, 8), id="image"), g.input(shape=("N",), dtype="int64", id="label")
        scores = g.linear(g.flatten(image), out_features=2, id="scores")
        g.output(scores, id="result")
        source = {"folder": "pets", "size": (8, 8), "test": 0.2}
        g.train(g.cross_entropy(scores, label, id="loss"), data="image-folder", source=source, epochs=2)

    write(sketch(catalog(), template("Where it began", title="Pets")(draw), {}), tmp_path / "pets.graph.json")
    drive.window.open(tmp_path / "pets.graph.json")
    drive.wait_for_analysis()
    assert drive.window.session.training.why_not() is None
    (tmp_path / "pets").rename(tmp_path / "animals")
    return drive


def test_a_folder_that_is_not_where_it_was_is_chosen_anew(pets, tmp_path, monkeypatch):
    drive, window = pets, pets.window
    told = f"Images by class: nothing is at {tmp_path / 'pets'}, its folder."
    assert window.session.training.why_not() == told
    window.perform("train")
    assert notice(drive) == told
    assert drive.find("notice-0", QPushButton).text() == "Choose the folder…"
    asked = []

    def choose(parent, title, start):
        asked.append(title)
        return str(tmp_path / "animals")

    monkeypatch.setattr(QFileDialog, "getExistingDirectory", choose)
    drive.click("notice-0")
    assert asked
    drive.wait(lambda: not window.session.data.opening)
    assert window.session.graph.recipe.data == "image-folder"
    assert dict(window.session.graph.recipe.source) == {"folder": "animals", "size": (8, 8), "test": 0.2}
    assert window.session.training.why_not() is None


def test_a_run_whose_data_is_gone_offers_no_going_on_without_it(pets, tmp_path):
    drive, session = pets, pets.window.session
    (tmp_path / "animals").rename(tmp_path / "pets")
    drive.wait_for_analysis()
    drive.window.perform("train")
    drive.wait(lambda: session.training.run is not None and session.training.run.resumable)
    session.training.stop()
    drive.wait(lambda: not session.training.alive)
    (tmp_path / "pets").rename(tmp_path / "animals")
    session.training.resume(session.training.run.folder)
    drive.wait(lambda: session.training.run.problem is not None and not session.training.alive)
    assert "there is nothing at" in session.training.run.problem.message
    drive.wait(lambda: "there is nothing at" in notice(drive))
    assert drive.find("notice-0", QPushButton).text() == "Choose the folder…"

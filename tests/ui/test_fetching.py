"""Public data that is not on this computer: Train says so beforehand, and the window downloads it."""

from __future__ import annotations

import socket

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QLabel, QPushButton

from grapheditor import state
from grapheditor.engine.messages import FetchData, FetchedData, Underway
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

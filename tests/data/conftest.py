"""A data folder of the test's own, and where the real data sets lie on machines that have them."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

SHARED = Path(os.environ.get("GRAPHEDITOR_DATA") or Path(__file__).resolve().parents[3] / "shared" / "data")


@pytest.fixture(autouse=True)
def data_folder(tmp_path_factory, monkeypatch):
    """Return an empty folder of data sets; no test reads or writes that of whoever runs it."""
    folder = tmp_path_factory.mktemp("data")
    monkeypatch.setenv("GRAPHEDITOR_DATA", str(folder))
    return folder


@pytest.fixture
def shared(monkeypatch):
    """Return the folder of real data sets."""
    if not SHARED.is_dir():
        pytest.skip("the real data sets are not here")
    monkeypatch.setenv("GRAPHEDITOR_DATA", str(SHARED))
    return SHARED

"""What every test starts from: an offscreen screen, a home of its own, the catalogue."""

from __future__ import annotations

import os

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
os.environ.setdefault("GOMP_SPINCOUNT", "0")
os.environ.setdefault("OMP_NUM_THREADS", "1")  # several test processes share the processors, and are forked

import forks
import homes
import pytest
from hypothesis import settings

from grapheditor import own
from grapheditor.catalog import Catalog, catalog

settings.register_profile("grapheditor", deadline=None)
settings.load_profile("grapheditor")

forks.install()


@pytest.fixture(scope="session")
def known() -> Catalog:
    return catalog()


@pytest.fixture(autouse=True)
def own_home(tmp_path_factory, monkeypatch):
    home = tmp_path_factory.mktemp("home")
    homes.settle(home, monkeypatch)
    monkeypatch.delenv(own.PINNED, raising=False)
    catalog()  # which has no operators of the user's own in this home
    return home


@pytest.fixture
def fresh(monkeypatch):
    """No process of the test is forked from one that has loaded what it needs."""
    monkeypatch.setenv(forks.ADDRESS, "")

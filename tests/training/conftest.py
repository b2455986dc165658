"""A training that several tests look at."""

from __future__ import annotations

import pytest
from small import Trained, small_graph


@pytest.fixture(scope="session")
def trained(tmp_path_factory: pytest.TempPathFactory) -> Trained:
    """Return a training of two epochs that nothing disturbed."""
    return Trained(small_graph(epochs=2), tmp_path_factory.mktemp("runs"))

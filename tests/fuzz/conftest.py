"""The inputs to begin with are gathered once for all tests here."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.fuzz.seeds import gather

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture(scope="session")
def seeds(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the folder of first inputs, with a folder in it for each target."""
    folder = tmp_path_factory.mktemp("fuzz") / "seeds"
    gather(folder)
    return folder

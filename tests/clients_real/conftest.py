"""Real clients: `make test-clients` installs and runs them; every other run leaves them out and says so."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest

IS_ASKED_FOR = os.environ.get("TOKENCLI_CLIENTS") == "1"
LEFT_OUT = "real clients are installed and run by 'make test-clients' alone"
WITH_INSTALLING_S = 1800
TRIED = pytest.StashKey[list[str]]()


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark the suite, leave it out where it was not asked for, and give it time to install."""
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker(pytest.mark.clients)
            item.add_marker(pytest.mark.timeout(WITH_INSTALLING_S))
            if not IS_ASKED_FOR:
                item.add_marker(pytest.mark.skip(reason=LEFT_OUT))


@pytest.fixture
def tried(request: pytest.FixtureRequest) -> list[str]:
    """Return what is written below the results: one line for each client that was run."""
    return request.config.stash.setdefault(TRIED, [])


def pytest_terminal_summary(terminalreporter: Any, config: pytest.Config) -> None:
    """Write which clients were run, in which version, and what came of it."""
    lines = config.stash.get(TRIED, [])
    if lines:
        terminalreporter.section("real clients")
        for line in lines:
            terminalreporter.write_line(line)

"""One chromium for the browser tests of a module: while its driver runs, no other test may run an event loop."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator

    from playwright.sync_api import Browser


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    """Return Debian's chromium, started once."""
    api = pytest.importorskip("playwright.sync_api", reason="playwright for Python is not installed")
    with api.sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path="/usr/bin/chromium", args=["--no-sandbox"])
        yield started
        started.close()

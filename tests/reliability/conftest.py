"""Every test here belongs to the reliability suite: `make torture` runs its long form, `make test` the short one."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from tests.reliability.rig import IS_LONG

LONG_S = 1800
LINUX_ONLY = "the reliability suite looks into /proc and sets limits of other processes: it runs on Linux"


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark the suite, and give the tests of the long form the time they need."""
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker(pytest.mark.torture)
            if sys.platform != "linux":
                item.add_marker(pytest.mark.skip(reason=LINUX_ONLY))
            if IS_LONG and item.get_closest_marker("timeout") is None:
                item.add_marker(pytest.mark.timeout(LONG_S))

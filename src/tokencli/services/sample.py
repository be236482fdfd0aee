"""The sample log that ships with tokencli: a month of invented traffic with the usual faults in it.

`tools/make_sample.py` makes it. Its times are local times of `SAMPLE_ZONE`, without a zone in the log.
"""

from __future__ import annotations

from importlib.resources import as_file, files
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from contextlib import AbstractContextManager
    from pathlib import Path

SAMPLE_ZONE = "Europe/Paris"
SAMPLE_SINCE, SAMPLE_UNTIL = "2026-10-19", "2026-11-18"


def sample_log() -> AbstractContextManager[Path]:
    """Return a context that holds the path of the sample log, an .xz file; it is not to be changed."""
    return as_file(files("tokencli") / "sample" / "backend.log.xz")

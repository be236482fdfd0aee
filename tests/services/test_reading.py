from __future__ import annotations

import subprocess
import sys

from tokencli.services.reading import Labels, Reading


def test_a_reading_keeps_what_it_reads_unless_it_is_dry() -> None:
    assert not Reading(zone="UTC", day=None, labels=Labels("tiny")).is_dry_run


def test_to_say_how_to_read_loads_no_reader() -> None:
    code = "import sys, tokencli.services.reading; print('tokencli.readers.cost_log' in sys.modules)"
    said = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert said.stdout == "False\n"

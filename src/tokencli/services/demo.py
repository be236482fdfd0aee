"""The demo's steps: commands as a user would type them, from the sample log to a page.

The demo runs exactly these commands, so what it shows cannot drift from what the program does.
"""

from __future__ import annotations

import shlex
from dataclasses import dataclass
from typing import TYPE_CHECKING

from tokencli.services.sample import SAMPLE_SINCE, SAMPLE_UNTIL, SAMPLE_ZONE

if TYPE_CHECKING:
    from pathlib import Path


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One command; `why` says in one line what it shows, `may_say_no` that exit code 1 is an answer and no failure."""

    why: str
    arguments: tuple[str, ...]
    may_say_no: bool = False

    @property
    def command(self) -> str:
        """Return the command as it is typed in a shell."""
        return shlex.join(("tokencli", *self.arguments))


def steps(log: Path, page: Path) -> tuple[Step, ...]:
    """Return the demo's steps over a log, the last of which writes `page`."""
    ingest = ("ingest", str(log), "--tz", SAMPLE_ZONE)
    month = ("report", "--since", SAMPLE_SINCE, "--until", SAMPLE_UNTIL, "--tz", SAMPLE_ZONE)
    return (
        Step(why="A month of an invented chat backend: every line is accounted for.", arguments=ingest),
        Step(why="The same log once more: nothing is counted twice.", arguments=ingest),
        Step(
            why="Can these figures be trusted? What is wrong, why, and what to do.",
            arguments=("check-db", "--tz", SAMPLE_ZONE),
            may_say_no=True,
        ),
        Step(
            why="What it cost by the price list, beside what the log believed.",
            arguments=(*month, "--by", "model"),
        ),
        Step(
            why="One call in full: its sum, where the price comes from, who saw it.",
            arguments=("explain", "--last", "--tz", SAMPLE_ZONE),
        ),
        Step(why="The whole month as one page that needs no network.", arguments=(*month, "--html", str(page))),
    )

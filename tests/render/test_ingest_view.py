"""The counts of an ingest, for people and programs."""

from __future__ import annotations

import io
import json
import sys
import unicodedata
from dataclasses import replace

import pytest
from rich.cells import cell_len
from rich.console import Console

from tokencli.domain.ingest import FileCounts
from tokencli.render.ingest_view import ingest_json, ingest_progress, ingest_table, size_words

LOG = FileCounts(
    path="/var/log/app/backend.log",
    format="cost-line",
    lines=1_234_567,
    recorded=123_456,
    merged=1_200,
    duplicate=3,
    other=1_109_905,
    broken=3,
    first_broken_line=17,
    bytes=173_000_000,
    broken_reason="the line has no time",
    notices=12,
    price_differences=400,
)
SMALL = FileCounts(path="x/cloud.json.gz", format="cloud-logging", lines=10, recorded=10, bytes=999)
UNCHANGED = FileCounts(path="b.log", format="cost-line", note="unchanged since it was read last")


def printed(files: list[FileCounts], width: int = 80, encoding: str = "utf-8") -> str:
    raw = io.BytesIO()
    console = Console(file=io.TextIOWrapper(raw, encoding=encoding, errors="strict"), width=width, highlight=False)
    console.print(ingest_table(files, console))
    console.file.flush()
    return raw.getvalue().decode(encoding)


def test_json_has_the_keys_of_the_interface_and_counts_that_add_up() -> None:
    told = json.loads(ingest_json([LOG, SMALL]))
    keys = [
        "path",
        "format",
        "lines",
        "recorded",
        "merged",
        "duplicate",
        "other",
        "broken",
        "first_broken_line",
        "bytes",
    ]
    assert list(told) == ["files", "totals"]
    for counts in (*told["files"], told["totals"]):
        assert list(counts) == keys
        assert sum(counts[name] for name in keys[3:8]) == counts["lines"]
    assert told["totals"]["lines"] == 1_234_577
    assert told["totals"]["path"] is None


@pytest.mark.parametrize("width", [80, 100, 160])
def test_counts_are_whole_at_any_width(width: int) -> None:
    told = printed([LOG, SMALL, UNCHANGED], width)
    for number in ("1,234,577", "123,466", "1,109,905"):
        assert number in told
    assert "…" not in told
    assert all(cell_len(line) <= width for line in told.split("\n"))


def test_even_a_very_narrow_terminal_is_told_what_was_recorded() -> None:
    assert "123,456" in printed([LOG], 30)


def test_broken_lines_are_told_with_their_place_and_reason() -> None:
    told = " ".join(printed([LOG]).split())
    assert "/var/log/app/backend.log: 3 broken lines, the first is line 17 (the line has no time)." in told
    assert "12 lines of failure" in told
    assert "400 calls cost otherwise in the log than on the price list" in told


def test_an_unchanged_file_says_so() -> None:
    assert "b.log: unchanged since it was read last." in printed([UNCHANGED])


def test_of_many_files_those_without_news_share_one_line() -> None:
    told = printed([LOG, *([SMALL] * 3), *([FileCounts(path="old.log")] * 20)])
    assert "20 files held nothing new." in told
    assert "old.log" not in told


def test_of_very_many_files_each_format_has_a_row() -> None:
    many = [replace(SMALL, path=f"{number}.json", format="claude-code", lines=11, broken=1) for number in range(50)]
    told = printed([LOG, *many])
    assert "/var/log/app/backend.log" in told
    assert "50 files" in told
    assert "1,235,117" in told
    assert "7.json " not in told
    assert "0.json: 1 broken line." in told


def test_of_many_broken_files_the_first_are_named() -> None:
    broken = [FileCounts(path=f"{number}.log", lines=1, broken=1, first_broken_line=1) for number in range(9)]
    assert "3 more files hold broken lines." in printed(broken)


def test_no_file_at_all_is_told() -> None:
    assert "No log was found" in printed([])


def test_hostile_paths_are_dead() -> None:
    bad = FileCounts(
        path="\x1b]52;c;x\x07\u202e[/x].log", format="\x1b[31m", lines=1, broken=1, broken_reason="\x9b", note="\x1b"
    )
    for width in (80, 160):
        told = printed([bad], width)
        assert {char for char in told if unicodedata.category(char) in {"Cc", "Cf", "Cs", "Co"}} == {"\n"}


def test_a_narrow_console_can_show_it() -> None:
    assert printed([LOG], encoding="ascii").isascii()


def test_sizes_have_a_unit() -> None:
    assert [size_words(size) for size in (0, 999, 1_500, 2_000_000, 3_400_000_000)] == [
        "0 B",
        "999 B",
        "1.5 kB",
        "2.0 MB",
        "3.4 GB",
    ]


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def test_progress_is_shown_on_a_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    terminal = Terminal()
    monkeypatch.setattr(sys, "stderr", terminal)
    monkeypatch.setenv("TERM", "xterm")
    with ingest_progress(100_000_000, enabled=True) as advance:
        advance(50_000_000)
    assert "50.0/100.0 MB" in terminal.getvalue()


@pytest.mark.parametrize(
    ("is_terminal", "enabled", "total"), [(False, True, 10**9), (True, False, 10**9), (True, True, 1000)]
)
def test_progress_keeps_quiet_otherwise(
    *, is_terminal: bool, enabled: bool, total: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    stream = Terminal() if is_terminal else io.StringIO()
    monkeypatch.setattr(sys, "stderr", stream)
    with ingest_progress(total, enabled=enabled) as advance:
        advance(500)
    assert stream.getvalue() == ""


def test_progress_of_unknown_length_counts_up(monkeypatch: pytest.MonkeyPatch) -> None:
    terminal = Terminal()
    monkeypatch.setattr(sys, "stderr", terminal)
    monkeypatch.setenv("TERM", "xterm")
    with ingest_progress(None, enabled=True) as advance:
        advance(7_000_000)
    assert "7.0/? MB" in terminal.getvalue()

"""The workshop: logs are made once, a ledger is removed with everything beside it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bench.workshop import Sizes, Workshop, remove_ledger

if TYPE_CHECKING:
    from pathlib import Path

SIZES = Sizes(
    mixed_lines=100,
    dense_lines=50,
    long_line_bytes=1 << 20,
    many_events=70,
    rounds=1,
    short_rounds=1,
    agent_bytes=300_000,
)


def test_log_is_made_once_and_kept(tmp_path: Path) -> None:
    shop = Workshop(sizes=SIZES, home=tmp_path, data=tmp_path / "data")
    log = shop.dense_log()
    made = log.stat().st_mtime_ns
    assert shop.dense_log() == log
    assert log.stat().st_mtime_ns == made
    assert log.read_bytes().count(b"\n") == 50
    assert shop.many_log().read_bytes().count(b"\n") == 70


def test_home_of_a_client_is_made_once_and_kept(tmp_path: Path) -> None:
    shop = Workshop(sizes=SIZES, home=tmp_path, data=tmp_path / "data")
    home = shop.agent_home()
    made = home.stat().st_mtime_ns
    assert shop.agent_home() == home
    assert home.stat().st_mtime_ns == made
    assert sum(file.stat().st_size for file in home.glob("projects/*/*.jsonl")) > 100_000


def test_commands_see_the_own_home_and_nothing_of_the_user(tmp_path: Path) -> None:
    env = Workshop(sizes=SIZES, home=tmp_path).tokencli("--version").env
    assert env["HOME"] == str(tmp_path)
    assert set(env) == {"PATH", "HOME", "LC_ALL", "TZ"}


def test_ledger_goes_with_its_neighbours(tmp_path: Path) -> None:
    for name in ("cold.db", "cold.db-wal", "cold.db.lock", "other.db"):
        (tmp_path / name).touch()
    remove_ledger(tmp_path / "cold.db")
    assert [path.name for path in tmp_path.iterdir()] == ["other.db"]

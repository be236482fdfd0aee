"""A file that changes while the program runs; the clocks are the test's own."""

from __future__ import annotations

import errno
import os
from pathlib import Path

import pytest

from tokencli.config.live import LiveSettings
from tokencli.domain.errors import ConfigError

LONG_AGO = 1_000_000_000


class Watch:
    """Live settings of two files, with clocks that move when they are told to."""

    def __init__(self, folder: Path) -> None:
        self.config = folder / "config.toml"
        self.prices = folder / "prices.toml"
        self.said: list[str] = []
        self.seconds = 0.0
        self.writes = 0

    def start(self) -> LiveSettings:
        return LiveSettings(
            self.config,
            self.prices,
            on_error=self.said.append,
            monotonic=lambda: self.seconds,
            clock=lambda: LONG_AGO + 10_000 + self.seconds,
        )

    def write(self, path: Path, text: str, *, age_s: float = 10_000) -> None:
        """Write a file that was changed so many seconds before the clock's start."""
        self.writes += 1
        path.write_text(text, encoding="utf-8")
        changed_ns = int((LONG_AGO + 10_000 - age_s) * 10**9) + self.writes
        os.utime(path, ns=(changed_ns, changed_ns))

    def wait(self) -> None:
        self.seconds += 0.25


@pytest.fixture
def watch(tmp_path: Path) -> Watch:
    made = Watch(tmp_path)
    made.write(made.config, "[server]\nport = 1001\n")
    return made


def listed(live: LiveSettings) -> list[object]:
    return [price.input_usd for price in live.own_prices[1]]


def test_a_changed_file_is_in_force_after_a_quarter_of_a_second(watch: Watch) -> None:
    live = watch.start()
    watch.write(watch.config, "[server]\nport = 1002\n")
    assert (live.current.server.port, live.generation) == (1001, 0)
    watch.wait()
    assert (live.current.server.port, live.generation) == (1002, 1)
    assert watch.said == []


def test_a_file_that_did_not_change_is_not_read_again(watch: Watch) -> None:
    live = watch.start()
    before = live.current
    watch.wait()
    assert live.current is before
    assert live.generation == 0


def test_a_file_put_in_place_of_another_is_seen_by_its_inode(watch: Watch, tmp_path: Path) -> None:
    live = watch.start()
    dated = watch.config.stat().st_mtime_ns
    other = tmp_path / "other"
    other.write_text("[server]\nport = 1003\n", encoding="utf-8")
    os.utime(other, ns=(dated, dated))
    other.replace(watch.config)
    watch.wait()
    assert live.current.server.port == 1003


def test_a_wrong_file_leaves_the_old_one_in_force_and_is_told_once(watch: Watch) -> None:
    live = watch.start()
    watch.write(watch.config, "[server]\nprot = 1\n")
    for _ in range(3):
        watch.wait()
        assert (live.current.server.port, live.generation) == (1001, 0)
    (sentence,) = watch.said
    assert sentence.startswith(f"{watch.config}, line 2: there is no key 'prot'; did you mean 'port'? What was read")
    assert sentence.endswith(" before stays in force.")
    watch.write(watch.config, "[server]\nport = 1004\n")
    watch.wait()
    assert (live.current.server.port, live.generation) == (1004, 1)
    assert len(watch.said) == 1


def test_a_deleted_file_leaves_its_settings_in_force_and_is_told_once(watch: Watch) -> None:
    live = watch.start()
    kept = watch.config.rename(watch.config.with_name("away"))
    for _ in range(3):
        watch.wait()
        assert live.current.server.port == 1001
    assert watch.said == [f"{watch.config} is gone. What was read from it before stays in force."]
    kept.rename(watch.config)
    watch.wait()
    assert (live.current.server.port, len(watch.said)) == (1001, 1)


def test_a_file_that_is_still_being_written_is_left_to_come_to_rest(watch: Watch) -> None:
    live = watch.start()
    watch.write(watch.config, "", age_s=-0.2)
    watch.wait()
    assert live.current.server.port == 1001
    watch.write(watch.config, "[server]\nport = 1005\n", age_s=-0.2)
    watch.wait()
    assert (live.current.server.port, live.generation) == (1005, 1)


def test_a_file_dated_in_the_future_is_read_all_the_same(watch: Watch) -> None:
    live = watch.start()
    watch.write(watch.config, "[server]\nport = 1006\n", age_s=-5000)
    watch.wait()
    assert live.current.server.port == 1006


def test_a_price_list_that_appears_changes_and_goes_is_followed(watch: Watch) -> None:
    live = watch.start()
    assert live.own_prices == ((), ())
    watch.write(watch.prices, '[models."a/b"]\nprice = { input = 1 }\n')
    watch.wait()
    assert (listed(live), live.generation) == ([1], 1)
    watch.write(watch.prices, '[models."a/b"]\nprice = { input = -1 }\n')
    watch.wait()
    assert (listed(live), live.generation) == ([1], 1)
    watch.prices.unlink()
    watch.wait()
    assert listed(live) == [1]
    watch.write(watch.config, "[server]\nport = 1007\n")
    watch.wait()
    assert (live.current.server.port, listed(live)) == (1007, [1])
    assert [sentence.partition(",")[0].partition(" ")[0] for sentence in watch.said] == [str(watch.prices)] * 2


def test_prices_of_the_configuration_go_first(watch: Watch) -> None:
    live = watch.start()
    watch.write(
        watch.config, '[providers.acme]\n[models.big]\nprovider = "acme"\nprice = "free"\n[server]\nport = 1008\n'
    )
    watch.wait()
    assert [[price.model for price in prices] for prices in live.own_prices] == [["big"], []]


def test_a_start_with_a_wrong_file_is_refused(watch: Watch) -> None:
    watch.write(watch.prices, "nothing = 1\n")
    with pytest.raises(ConfigError, match=r"prices\.toml, line 1: nothing is 1, but a price list holds"):
        watch.start()


def test_a_file_that_may_not_be_looked_at_leaves_the_old_one_in_force(
    watch: Watch, monkeypatch: pytest.MonkeyPatch
) -> None:
    live = watch.start()

    def refuse(self: Path, **_: object) -> None:
        raise PermissionError(errno.EACCES, os.strerror(errno.EACCES), str(self))

    monkeypatch.setattr(Path, "stat", refuse)
    monkeypatch.setattr(Path, "read_bytes", refuse)
    for _ in range(2):
        watch.wait()
        assert live.current.server.port == 1001
    assert watch.said == [
        f"{path} cannot be read: permission denied. What was read from it before stays in force."
        for path in (watch.config, watch.prices)
    ]


def test_a_changed_file_s_new_warnings_are_said_once(watch: Watch) -> None:
    live = watch.start()
    key = '[providers.mine]\ntype = "openai"\nbase_url = "https://a.example/v1"\napi_key = "sk-test-1"\n'
    for port in (1002, 1003):
        watch.wait()
        watch.write(watch.config, f"[server]\nport = {port}\n{key}")
        assert live.current.server.port == port
    assert len(watch.said) == 1
    assert "sk-test-1" not in watch.said[0]

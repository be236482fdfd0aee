from __future__ import annotations

from tokencli.store.origins import ENTRIES, LINES, PROXY, new_key


def test_kinds_of_origins_are_told_apart() -> None:
    assert len({LINES, ENTRIES, PROXY}) == 3


def test_each_origin_gets_a_name_of_its_own() -> None:
    keys = {new_key() for _ in range(100)}
    assert len(keys) == 100
    assert all(len(key) == 12 and int(key, 16) >= 0 for key in keys)

"""Logs that are taken in again: grown, moved, packed, copied, cut or joined, nothing counts twice."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.cost_logs import NOISE, PACKERS, Shop, cost, twin
from tokencli.services import log_identity
from tokencli.store.database import open_ledger

if TYPE_CHECKING:
    from pathlib import Path

    from tokencli.pricing.book import PriceBook

DAY = "2025-10-10"


def lines(first: int, last: int) -> bytes:
    return b"".join(NOISE + cost(second * 10) + twin(second * 10 + 0.05) for second in range(first, last))


def counted(shop: Shop) -> int:
    return shop.totals()[0]


def test_same_file_again_is_not_even_opened(shop: Shop) -> None:
    path = shop.write("a.log", lines(0, 5))
    shop.take(path)
    again = shop.take(path)
    assert (again.note, again.lines, again.bytes) == ("unchanged", 0, 0)


def test_same_content_with_another_time_of_change_has_nothing_new(shop: Shop) -> None:
    path = shop.write("a.log", lines(0, 5))
    shop.take(path)
    os.utime(path, (1, 1))
    again = shop.take(path)
    assert (again.lines, again.bytes, again.note) == (0, 0, f"known up to byte {path.stat().st_size}")


def test_only_the_new_part_of_a_grown_file_is_read(shop: Shop) -> None:
    path = shop.write("a.log", lines(0, 5))
    shop.take(path)
    shop.append(path, lines(5, 8))
    grown = shop.take(path)
    assert (grown.bytes, grown.recorded, grown.merged, grown.lines) == (len(lines(5, 8)), 3, 3, 9)
    assert counted(shop) == 8


def test_grown_packed_file_adds_only_what_is_new(shop: Shop) -> None:
    for name, pack in PACKERS.items():
        if name == "plain":
            continue
        base = 100 * list(PACKERS).index(name)
        path = shop.write(f"{name}.log", pack(lines(base, base + 3)))
        shop.take(path)
        path.write_bytes(pack(lines(base, base + 5)))
        grown = shop.take(path)
        assert (grown.recorded, grown.bytes) == (2, len(lines(base + 3, base + 5)))


def test_log_rotated_by_renaming_is_known_under_its_new_name(shop: Shop) -> None:
    path = shop.write("a.log", lines(0, 5))
    shop.take(path)
    shop.append(path, lines(5, 6))
    path.rename(shop.folder / "a.log.1")
    shop.write("a.log", lines(6, 8))
    old, new = (shop.take(shop.folder / name) for name in ("a.log.1", "a.log"))
    assert (old.recorded, old.bytes, new.recorded) == (1, len(lines(5, 6)), 2)
    assert old.note is not None
    assert old.note.endswith(f"from {path}")
    assert counted(shop) == 8


def test_log_rotated_by_copying_and_emptying_counts_once(shop: Shop) -> None:
    path = shop.write("a.log", lines(0, 5))
    shop.take(path)
    shop.write("a.log.1", path.read_bytes())
    path.write_bytes(b"")
    assert shop.take(shop.folder / "a.log.1", path).recorded == 0
    shop.append(path, lines(5, 7))
    assert shop.take(path, shop.folder / "a.log.1").recorded == 2
    shop.append(path, lines(7, 20))
    assert shop.take(path).bytes == len(lines(7, 20))
    assert counted(shop) == 20


@pytest.mark.parametrize("packing", PACKERS)
def test_copy_elsewhere_in_any_packing_has_nothing_new(shop: Shop, packing: str) -> None:
    shop.take(shop.write("a.log", lines(0, 5)))
    copy = shop.take(shop.write("elsewhere/b.bin", PACKERS[packing](lines(0, 5))))
    assert (copy.lines, copy.bytes) == (0, 0)
    assert counted(shop) == 5


def test_tail_of_a_file_and_the_file_count_once_in_both_orders(shop: Shop) -> None:
    whole, tail = shop.write("whole.log", lines(0, 9)), shop.write("tail.log", lines(0, 9)[-800:])
    shop.take(whole)
    assert shop.take(tail).recorded == 0
    assert counted(shop) == 9
    other = shop.write("other-tail.log", lines(20, 29)[-800:])
    shop.take(other)
    shop.take(shop.write("other.log", lines(20, 29)))
    assert counted(shop) == 18


def test_two_logs_joined_have_nothing_new(shop: Shop) -> None:
    first, second = lines(0, 5), lines(5, 9)
    shop.take(shop.write("a.log", first), shop.write("b.log", second))
    assert counted(shop) == 9
    for name, joined in (("ab", first + second), ("ba", second + first)):
        assert shop.take(shop.write(f"{name}.log", joined)).recorded == 0
    shop.append(shop.folder / "ab.log", lines(9, 10))
    shop.append(shop.folder / "a.log", lines(9, 11))
    assert shop.take(shop.folder / "ab.log", shop.folder / "a.log").recorded == 2
    assert counted(shop) == 11


def test_copies_that_went_on_in_different_ways_are_told_apart(shop: Shop) -> None:
    start = lines(0, 2)
    first = shop.write("a.log", start)
    shop.take(first)
    second = shop.write("b.log", start, lines(10, 13))
    assert shop.take(second).recorded == 3
    shop.append(first, lines(20, 24))
    assert shop.take(first).recorded == 4
    for path in (first, second):
        shop.append(path, lines(30, 31))
    assert shop.take(first, second).recorded == 1
    assert counted(shop) == 10


def test_shorter_copies_of_a_log_that_has_grown_have_nothing_new(shop: Shop) -> None:
    early = shop.write("early.log", lines(0, 3))
    shop.take(early)
    grown = shop.write("grown.log", lines(0, 9))
    assert shop.take(grown).bytes == len(lines(3, 9))
    copy = shop.take(shop.write("copy.log", lines(0, 6)))
    assert (copy.recorded, copy.duplicate, copy.bytes) == (0, 6, len(lines(3, 6)))
    assert shop.take(shop.write("early.log", lines(0, 6))).bytes == 0
    for name in ("copy.log", "early.log", "grown.log"):
        shop.take(shop.write(name, lines(0, 12)))
    assert counted(shop) == 12


def test_shorter_copy_is_read_again_for_its_lines_without_time(shop: Shop) -> None:
    content = lines(0, 2) + cost(None) + lines(2, 4)
    shop.take(shop.write("early.log", lines(0, 2)))
    shop.take(shop.write("grown.log", content))
    assert shop.take(shop.write("copy.log", content[:-30]), day=DAY).recorded == 1
    assert counted(shop) == 5


def test_half_written_last_line_is_taken_in_when_it_is_whole(shop: Shop) -> None:
    path = shop.write("a.log", cost(0), cost(1)[:70])
    assert shop.take(path).recorded == 1
    shop.append(path, cost(1)[70:])
    grown = shop.take(path)
    assert (grown.recorded, grown.lines, grown.bytes) == (1, 1, len(cost(1)))
    assert counted(shop) == 2


def test_whole_last_line_without_its_end_counts_once(shop: Shop) -> None:
    path = shop.write("a.log", cost(0), cost(1)[:-1])
    assert shop.take(path).recorded == 2
    shop.append(path, b"\n", cost(2)[:-1])
    assert shop.take(path).recorded == 1
    shop.append(path, b"\n")
    assert shop.take(path).recorded == 0
    assert counted(shop) == 3


def test_line_numbers_of_a_grown_file_go_on(shop: Shop) -> None:
    path = shop.write("a.log", NOISE * 9 + cost(0))
    shop.take(path)
    shop.append(path, NOISE + b"[OpenAI] Cost calculated: much\n")
    assert shop.take(path).first_broken_line == 12


def test_lines_without_time_are_added_once_a_day_is_given(shop: Shop) -> None:
    path = shop.write("a.log", cost(0), cost(None), cost(60), twin(60.1), cost(None), cost(None, "beta"))
    first = shop.take(path)
    assert (first.recorded, first.broken) == (2, 3)
    again = shop.take(path, day=DAY)
    assert (again.recorded, again.duplicate, again.merged, again.broken) == (3, 3, 0, 0)
    assert again.note == "read again, for its lines without time"
    assert shop.take(path, day=DAY).note == "unchanged"
    assert shop.take(path, day="2025-10-11").recorded == 0
    assert shop.take(path).recorded == 0
    shop.append(path, cost(None), cost(70))
    assert shop.take(path, day=DAY).recorded == 2
    assert counted(shop) == 7


def test_file_with_a_line_too_long_at_its_end_is_known_again(shop: Shop) -> None:
    path = shop.write("a.log", cost(0), b"x" * (1 << 20), b"y\n")
    assert shop.take(path).broken == 1
    shop.append(path, cost(1))
    assert shop.take(path).bytes == len(cost(1))


def test_small_files_with_the_same_first_line_are_not_one(shop: Shop) -> None:
    banner = b"=== backend started ===\n"
    first, second = shop.write("a.log", banner), shop.write("b.log", banner)
    shop.take(first, second)
    shop.append(first, cost(0), cost(1))
    shop.append(second, cost(2), cost(3), cost(4))
    shop.take(first, second)
    assert counted(shop) == 5


def test_content_is_known_by_its_bytes_beyond_its_head(shop: Shop) -> None:
    head = NOISE * (log_identity.HEAD_BYTES // len(NOISE) + 1)
    shop.take(shop.write("a.log", head, cost(0), cost(1)))
    assert shop.take(shop.write("b.log", head, cost(0), cost(1), cost(2))).bytes == len(cost(2))
    other = shop.take(shop.write("c.log", head, cost(7), cost(8), cost(9)))
    assert other.bytes == len(head + cost(7) * 3)


PARTS = st.lists(st.tuples(st.integers(0, 11), st.integers(1, 12)), min_size=1, max_size=7)


@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(parts=PARTS, data=st.data())
def test_any_order_and_repetition_of_the_same_logs_gives_the_same_totals(
    tmp_path_factory: pytest.TempPathFactory, book: PriceBook, parts: list[tuple[int, int]], data: st.DataObject
) -> None:
    folder = tmp_path_factory.mktemp("any-order")
    content = lines(0, 12)
    names = [f"{number}.log" for number in range(len(parts))]
    packings = data.draw(st.lists(st.sampled_from(list(PACKERS)), min_size=len(parts), max_size=len(parts)))
    whole = {second for first, last in parts for second in range(first, last)}
    order = data.draw(st.lists(st.sampled_from(names), max_size=8)) + data.draw(st.permutations(names))
    with open_ledger(folder / "ledger.db", write=True, create=True) as database:
        shop = Shop(database, book, folder)
        for name, (first, last), packing in zip(names, parts, packings, strict=True):
            begin = len(lines(0, first))
            shop.write(name, PACKERS[packing](content[begin : max(begin, len(lines(0, last)))]))
        for name in order:
            shop.take(shop.folder / name)
        amount = len(whole) * 350_000_000
        assert shop.totals() == (
            (len(whole), len(whole) * 200, len(whole) * 75, amount, amount, len(whole))
            if whole
            else (0, None, None, None, None, 0)
        )


def test_file_is_remembered_at_its_real_place(shop: Shop, tmp_path: Path) -> None:
    path = shop.write("a.log", cost(0))
    link = tmp_path / "link.log"
    link.symlink_to(path)
    shop.take(link)
    assert shop.take(path).note == "unchanged"

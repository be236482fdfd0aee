from __future__ import annotations

import json
import os
from typing import TYPE_CHECKING

import pytest

from tests.cost_logs import NOISE, PACKERS, cost
from tokencli.readers.content import UnreadableFileError
from tokencli.services import log_identity
from tokencli.services.log_identity import content_of, file_of, is_unchanged, options_of, unchanged_words
from tokencli.store import log_files

if TYPE_CHECKING:
    from pathlib import Path

    from tests.cost_logs import Shop
    from tokencli.services.log_identity import Content

NOW, WITH_DAY = options_of(None), options_of("2025-10-10")
LOG = b"".join(cost(second) for second in range(5))


def look(shop: Shop, path: Path, options: str = NOW) -> Content:
    return content_of(shop.connection, path, options)


def test_content_never_seen_is_new(shop: Shop) -> None:
    content = look(shop, shop.write("a.log", LOG))
    assert (content.known, content.start, content.origin_id, content.is_replay) == (None, 0, 0, False)
    assert (content.packing, content.is_array, content.head) == ("plain", False, LOG)


@pytest.mark.parametrize("packing", PACKERS)
def test_content_is_known_again_in_any_packing(shop: Shop, packing: str) -> None:
    shop.take(shop.write("a.log", LOG))
    content = look(shop, shop.write("b.log", PACKERS[packing](LOG + cost(9))))
    assert (content.packing, content.start, content.origin_id) == (packing, len(LOG), 1)


def test_content_that_lacks_the_end_of_what_was_read_is_new(shop: Shop) -> None:
    long = NOISE * 2000
    shop.take(shop.write("a.log", long, LOG))
    for other in (long + LOG[:-5], long + LOG.replace(b"200", b"201"), long):
        assert look(shop, shop.write("b.log", other)).known is None
        assert look(shop, shop.write("b.log.gz", PACKERS["gz"](other))).known is None
    assert look(shop, shop.write("b.log.gz", PACKERS["gz"](long + LOG)[:-20])).known is None


def test_furthest_reading_of_a_content_is_the_one_gone_on_from(shop: Shop) -> None:
    shop.take(shop.write("a.log", LOG[:500]))
    shop.take(shop.write("b.log", LOG))
    assert look(shop, shop.write("c.log", LOG + LOG)).start == len(LOG)


def test_content_that_others_went_on_with_gets_an_origin_of_its_own(shop: Shop) -> None:
    shop.take(shop.write("a.log", LOG))
    shop.take(shop.write("b.log", LOG, cost(10)))
    fork = look(shop, shop.write("c.log", LOG, cost(20)))
    assert (fork.start, fork.origin_id, fork.is_replay) == (len(LOG), 0, False)
    again = look(shop, shop.folder / "c.log", WITH_DAY)
    assert (again.start, again.origin_id, again.is_replay) == (0, 0, False)


def test_content_is_read_again_when_a_day_is_given(shop: Shop) -> None:
    path = shop.write("a.log", LOG)
    shop.take(path)
    content = look(shop, path, WITH_DAY)
    assert (content.start, content.origin_id, content.is_replay) == (0, 1, True)


def test_array_is_known_as_one(shop: Shop) -> None:
    assert look(shop, shop.write("a.json", json.dumps([{}]).encode())).is_array
    assert look(shop, shop.write("a.json.gz", PACKERS["gz"](b"[{}]"))).is_array


def test_head_is_64_kib_at_most(shop: Shop) -> None:
    assert len(look(shop, shop.write("a.log", bytes(1 << 20))).head) == log_identity.HEAD_BYTES


def test_file_is_unchanged_while_the_system_says_so(shop: Shop) -> None:
    path = shop.write("a.log", LOG)
    shop.take(path)
    known = log_files.latest_at(shop.connection, str(path))
    assert known is not None
    assert is_unchanged(known, path.stat(), NOW)
    assert not is_unchanged(known, path.stat(), WITH_DAY)
    assert not is_unchanged(None, path.stat(), NOW)
    os.utime(path, (1, 1))
    assert not is_unchanged(known, path.stat(), NOW)


def test_what_is_remembered_of_a_file_goes_on_from_what_was_known(shop: Shop) -> None:
    path = shop.write("a.log", LOG)
    new = file_of(str(path), path.stat(), look(shop, path), ("cost-line", NOW))
    assert (new.offset, new.line_count, new.origin_id, new.head_digest) == (0, 0, 0, None)
    shop.take(path)
    shop.append(path, cost(9))
    grown = file_of(str(path), path.stat(), look(shop, path), ("cost-line", NOW))
    assert (grown.offset, grown.line_count, grown.origin_id) == (len(LOG), 5, 1)
    replayed = file_of(str(path), path.stat(), look(shop, path, WITH_DAY), ("cost-line", WITH_DAY))
    assert (replayed.offset, replayed.line_count, replayed.origin_id) == (0, 0, 1)


def test_file_that_cannot_be_opened_is_named(shop: Shop) -> None:
    with pytest.raises(UnreadableFileError, match=r"gone\.log"):
        look(shop, shop.folder / "gone.log")


def test_another_zone_for_an_unchanged_file_is_said_and_changes_nothing(shop: Shop) -> None:
    path = shop.write("a.log", cost(1))
    shop.take(path)
    known = log_files.latest_at(shop.connection, str(path))
    assert known is not None
    zone = json.loads(known.options or "{}")["zone"]
    assert is_unchanged(known, path.stat(), options_of(None, "Pacific/Apia"))
    assert unchanged_words(known, options_of(None, zone)) == "unchanged"
    assert f"--tz {zone}" in unchanged_words(known, options_of(None, "Pacific/Apia"))

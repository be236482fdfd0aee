"""The ledger is read by one thread of its own, which opens it and closes it."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

import pytest

from tests.async_runs import async_test
from tokencli.domain.errors import NoLedgerError, NoSuchCallError
from tokencli.tui.eyes import Eyes

if TYPE_CHECKING:
    from tests.tui.conftest import Scene
    from tokencli.services.lookout import Lookout


@async_test
async def test_the_ledger_is_opened_once_in_a_thread_of_its_own(scene: Scene) -> None:
    threads: list[int] = []

    def opened() -> Lookout:
        threads.append(threading.get_ident())
        return scene.lookout()

    eyes = Eyes(opened)
    board = await eyes.look()
    assert board is not None
    assert len(board.calls) == 3
    assert await eyes.look() is None
    assert (await eyes.explain("abcdef012345.1")).event.request_model == "gpt-4o"
    with pytest.raises(NoSuchCallError):
        await eyes.explain("abcdef012345.1000")
    eyes.close()
    assert len(threads) == 1
    assert threads[0] != threading.get_ident()


@async_test
async def test_a_ledger_that_could_not_be_opened_is_tried_again(scene: Scene) -> None:
    scene.take_away()
    eyes = Eyes(scene.lookout)
    with pytest.raises(NoLedgerError):
        await eyes.look()
    scene.bring_back()
    assert await eyes.look() is not None
    eyes.close()


def test_eyes_that_never_looked_open_no_ledger_to_close_it(scene: Scene) -> None:
    opened: list[Lookout] = []

    def note() -> Lookout:
        opened.append(scene.lookout())
        return opened[-1]

    Eyes(note).close()
    assert opened == []

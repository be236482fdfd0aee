"""The live page over a million calls: how long a person waits for its figures, and a monitoring system for a scrape."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from contextlib import contextmanager
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING
from urllib.request import urlopen

from bench.row import Row

if TYPE_CHECKING:
    from collections.abc import Callable, Generator

    from bench.workshop import Workshop

CHROMIUM = Path("/usr/bin/chromium")
WAIT_AIM_MS = 300
_MARK = "performance.getEntriesByName('figures')[0]?.startTime"


def live_page(shop: Workshop) -> list[Row]:
    """The page's first figures in a browser, what it asks for first, and a scrape of /metrics."""
    ledger = shop.ledger_of(shop.dense_log())
    what = f"{shop.sizes.dense_lines:,} calls"
    with _served(shop, ledger) as url:
        rows = [
            _timed(f"/api/live, {what}", lambda: _asked(f"{url}/api/live"), shop.sizes.short_rounds),
            _timed(f"/metrics, {what}, after the first", lambda: _asked(f"{url}/metrics"), shop.sizes.short_rounds),
        ]
        if CHROMIUM.exists():
            rows.insert(0, _painted(f"the live page's first figures, {what}", url, shop.sizes.short_rounds))
    return rows


LIVE_SECTIONS: dict[str, Callable[[Workshop], list[Row]]] = {"live-1m": live_page}


@contextmanager
def _served(shop: Workshop, ledger: Path) -> Generator[str]:
    command = (sys.executable, "-m", "tokencli", "serve", "--port", "0", "--json", "--db", str(ledger))
    env = {"PATH": os.environ["PATH"], "HOME": str(shop.home), "LC_ALL": "C.UTF-8", "TZ": "UTC"}
    with subprocess.Popen(command, env=env, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL) as process:
        stdout = process.stdout
        if stdout is None:
            raise RuntimeError
        try:
            yield json.loads(stdout.readline())["base_urls"]["anthropic"]
        finally:
            process.terminate()


def _asked(url: str) -> None:
    with urlopen(url) as answer:  # noqa: S310 - local
        answer.read()


def _timed(what: str, work: Callable[[], None], rounds: int) -> Row:
    """Measure some work again and again; the first time is not counted, as the cache is cold then."""
    work()
    taken: list[float] = []
    for _ in range(rounds):
        begun = time.perf_counter()
        work()
        taken.append((time.perf_counter() - begun) * 1000)
    return _row(what, taken)


def _painted(what: str, url: str, rounds: int) -> Row:
    """Open the page again and again in one browser; the time is from the navigation's start to the first figures."""
    from playwright.sync_api import sync_playwright

    taken: list[float] = []
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=str(CHROMIUM), args=["--no-sandbox"])
        page = browser.new_page()
        for _ in range(rounds + 1):
            page.goto(url)
            page.wait_for_selector("body[data-ready]")
            taken.append(float(page.evaluate(_MARK)))
        browser.close()
    return _row(what, taken[1:])


def _row(what: str, taken: list[float]) -> Row:
    return Row(
        what=what,
        measured=f"{median(taken):.0f} ms ({min(taken):.0f}-{max(taken):.0f})",
        reference="",
        value=median(taken),
        unit="ms",
        aim=WAIT_AIM_MS,
    )

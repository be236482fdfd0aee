"""The comparison as a page: offline, and text from outside is dead in it."""

from __future__ import annotations

import re

from tests.reconciliations import example
from tokencli.render.reconcile_page import reconcile_page


def test_the_page_says_it_all_and_asks_nobody() -> None:
    page = reconcile_page(example())
    assert page.startswith("<!doctype html>")
    assert "<h1>explains 80.0 % of $10.00; $2.00 unexplained</h1>" in page
    assert "priced differently: unexplained: $2.00 2 times the list" in page
    assert re.findall(r"https?://", page) == []
    assert "default-src &#x27;none&#x27;" in page or "default-src 'none'" in page


def test_names_from_outside_are_text() -> None:
    page = reconcile_page(example())
    assert "<script" not in page
    assert "bill&lt;script&gt;.csv" in page

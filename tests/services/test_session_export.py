"""A session leaves call by call, with the columns its users know, and without a word of any prompt."""

from __future__ import annotations

import csv
import io
import json
from typing import TYPE_CHECKING, Any

import pytest

from tests.services.session_calls import NOON, call, keep
from tokencli.config.places import BUILTIN
from tokencli.config.settings import load_settings
from tokencli.domain.event import Finish
from tokencli.domain.usage import Basis, Estimate
from tokencli.services import sessions as service
from tokencli.services.session_errors import NoSuchSessionError
from tokencli.services.session_export import Figures, figures_of, session_csv, session_document
from tokencli.services.sessions import Wish
from tokencli.store.database import Database, open_ledger

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tokencli.pricing.book import PriceBook

SETTINGS = load_settings(BUILTIN)


@pytest.fixture
def filled(tmp_path: Path, book: PriceBook) -> Iterator[Database]:
    """Return a ledger with a session of three calls, and one call of nobody's between them."""
    with open_ledger(tmp_path / "ledger.db", write=True, create=True) as database:
        with database.transaction() as connection:
            session = service.begin(connection, SETTINGS, Wish(name="s", model="mistral/mistral-large-2411"), now=NOON)
        keep(
            database,
            book,
            call(session, 2, (300, 0), basis=Basis.ESTIMATED, finish=Finish.CANCELLED),
            call(session, 1, (67_000, 62), request_model="mistral-large-2411"),
            call(None, 1.5, (9, 9)),
            call(session, 1500, None, finish=Finish.ERROR, error_type="=cmd()"),
        )
        yield database


def table(text: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(text)))


def test_the_csv_has_the_columns_its_users_know_and_no_preview(filled: Database) -> None:
    with filled.reading() as connection:
        text = session_csv(connection, SETTINGS, "s", zone="UTC")
    assert text.split("\n")[0] == (
        "Timestamp,Tokens Total,Percentage,Preview,Prompt Tokens,Completion Tokens,Type,Source"
    )
    assert table(text) == [
        dict(zip(text.split("\n")[0].split(","), row, strict=True))
        for row in (
            ("2026-11-20T12:01:00+00:00", "67062", "51.16", "", "67000", "62", "real", "proxy"),
            ("2026-11-20T12:02:00+00:00", "300", "0.23", "", "300", "0", "estimated", "proxy"),
            ("2026-11-21T13:00:00+00:00", "", "", "", "", "", "", "proxy"),
        )
    ]


def test_the_json_has_the_session_and_its_calls_in_the_order_of_time(filled: Database) -> None:
    with filled.reading() as connection:
        document: dict[str, Any] = session_document(connection, SETTINGS, None, zone="UTC")
    assert list(document) == ["session", "calls"]
    assert document["session"]["name"] == "s"
    assert [one["occurred_at"][11:16] for one in document["calls"]] == ["12:01", "12:02", "13:00"]
    assert {one["session_id"] for one in document["calls"]} == {document["session"]["id"]}
    assert document["calls"][0]["usage"]["basis"] == "reported"
    json.dumps(document)


def test_the_sums_of_the_export_are_those_of_the_session(filled: Database) -> None:
    with filled.reading() as connection:
        view = service.view_of(connection, SETTINGS, "s")
        rows = table(session_csv(connection, SETTINGS, "s", zone="UTC"))
    assert sum(int(row["Prompt Tokens"] or 0) for row in rows) == view.input_tokens
    assert sum(int(row["Completion Tokens"]) for row in rows if row["Type"] == "real") == view.output_tokens


def test_cells_cannot_be_run_by_a_spreadsheet(filled: Database, book: PriceBook) -> None:
    with filled.reading() as connection:
        session = service.session_asked(connection, "s")
    event = call(session, 3, (1, 1))
    keep(filled, book, type(event)(**{name: getattr(event, name) for name in event.__slots__} | {"source": "=cmd()"}))
    with filled.reading() as connection:
        assert "'=cmd()" in {row["Source"] for row in table(session_csv(connection, SETTINGS, "s", zone="UTC"))}


def test_a_session_that_is_not_there_is_said(filled: Database) -> None:
    with filled.reading() as connection, pytest.raises(NoSuchSessionError):
        session_csv(connection, SETTINGS, "t", zone="UTC")


@pytest.mark.parametrize(
    ("named", "tokens", "figures"),
    [
        ({}, (5, 6), Figures(5, 6, "real")),
        ({"basis": Basis.PARTIAL}, (5, 6), Figures(5, 6, "real")),
        ({"basis": Basis.ESTIMATED}, (5, 6), Figures(5, 6, "estimated")),
        ({"estimate": Estimate(input_tokens=7)}, (5, 6), Figures(5, 6, "real")),
        ({"estimate": Estimate(input_tokens=7)}, None, Figures(7, None, "estimated")),
        ({"estimate": Estimate(output_tokens=7)}, None, Figures(None, None, "")),
        ({"estimate": Estimate(input_tokens=7), "finish": Finish.ERROR}, None, Figures(None, None, "")),
        ({}, None, Figures(None, None, "")),
    ],
)
def test_a_real_figure_wins_over_our_own_count(
    named: dict[str, Any], tokens: tuple[int, int] | None, figures: Figures
) -> None:
    assert figures_of(call("s", 0, tokens, **named)) == figures

import json

import pytest
from starlette.requests import Request

from tokencli.domain.errors import (
    ConfigError,
    LedgerLockedError,
    NetworkError,
    NoSuchCallError,
    TokencliError,
    UnknownPeriodError,
)
from tokencli.web.errors import BadBodyError, WrongTypeError, error_answer, explained


@pytest.mark.parametrize(
    ("error", "status"),
    [
        (NoSuchCallError("x"), 404),
        (UnknownPeriodError("x"), 400),
        (ConfigError("x is wrong."), 400),
        (BadBodyError("is no JSON"), 400),
        (WrongTypeError(), 415),
        (LedgerLockedError("ledger.db", 5), 503),
        (NetworkError("x failed."), 500),
    ],
)
def test_each_error_has_its_status_and_its_own_sentence(error: TokencliError, status: int) -> None:
    answer = explained(Request({"type": "http"}), error)
    assert answer.status_code == status
    assert json.loads(bytes(answer.body))["error"]["message"] == str(error)


def test_members_beside_the_error_stand_beside_it() -> None:
    assert json.loads(bytes(error_answer("no.", 404, "x", session=None).body))["session"] is None

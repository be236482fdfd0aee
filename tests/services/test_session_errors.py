"""Each says what is wrong and what to do, in one sentence."""

from __future__ import annotations

import pytest

from tokencli.domain.errors import ExitCode, TokencliError
from tokencli.services.session_errors import (
    NoActiveSessionError,
    NoSuchSessionError,
    SessionEndedError,
    SessionNameTakenError,
)


@pytest.mark.parametrize(
    ("error", "code", "words"),
    [
        (NoSuchSessionError("serach", ["search", "other"]), ExitCode.NO, "'serach': did you mean 'search'?"),
        (NoSuchSessionError("zzz", []), ExitCode.NO, "tokencli session list --all"),
        (NoActiveSessionError(), ExitCode.NO, "tokencli session new"),
        (SessionEndedError("search"), ExitCode.NO, "'search' has ended"),
        (SessionNameTakenError("search", "search"), ExitCode.INPUT, "a session 'search' already"),
        (SessionNameTakenError("Search", "search"), ExitCode.INPUT, "a session 'Search' ('search') already"),
    ],
)
def test_one_sentence_says_what_to_do(error: TokencliError, code: ExitCode, words: str) -> None:
    assert error.exit_code == code
    assert words in str(error)
    assert "\n" not in str(error)

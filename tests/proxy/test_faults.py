from __future__ import annotations

import pytest

from tokencli.proxy.faults import (
    CutAnswerError,
    NoAnswerError,
    ProviderFault,
    SilentProviderError,
    SlowConnectError,
    UnreachableError,
    UnsendableRequestError,
)


@pytest.mark.parametrize(
    ("fault", "status", "was_sent"),
    [
        (UnreachableError("api.test:443", "connection refused"), 502, False),
        (SlowConnectError("api.test:443", 10), 504, False),
        (NoAnswerError("api.test:443", "server disconnected"), 502, True),
        (SilentProviderError("api.test:443", 120), 504, True),
    ],
)
def test_a_fault_names_the_host_and_whether_the_request_may_be_billed(
    fault: ProviderFault, status: int, *, was_sent: bool
) -> None:
    assert (fault.status, fault.was_sent) == (status, was_sent)
    assert "api.test:443" in fault.sentence


def test_a_request_that_may_be_billed_is_not_to_be_retried_by_clients() -> None:
    assert NoAnswerError("api.test", "reset").is_final
    assert not UnreachableError("api.test", "refused").is_final


def test_what_the_system_said_is_shown_harmless_and_short() -> None:
    sentence = UnsendableRequestError("\x1b[31m" + "x" * 5000).sentence
    assert "\x1b" not in sentence
    assert len(sentence) < 400


def test_a_cut_says_how_it_ended() -> None:
    assert CutAnswerError("api.test", "timeout").error_type == "timeout"

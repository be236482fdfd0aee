"""A call's row has the names of the event JSON."""

from __future__ import annotations

from tokencli.domain.call import CallRow
from tokencli.domain.event import UsageEvent


def test_names_are_those_of_events() -> None:
    own = set(CallRow._fields) - {
        "input_tokens",
        "cache_read_tokens",
        "cache_write_tokens",
        "output_tokens",
        "reasoning_tokens",
        "list_cost",
        "cost_status",
    }
    assert own <= set(UsageEvent.__dataclass_fields__)

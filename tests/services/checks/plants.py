"""Faults to plant in a clean ledger, each with the code under which it must be found."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING, Final

from tests.services.checks.ledgers import NOW, event, later
from tokencli.config.values import ModelSettings, ProviderSettings, Settings
from tokencli.domain.event import Finish, UnitPrices
from tokencli.domain.money import usd
from tokencli.domain.session import Session
from tokencli.domain.usage import Basis, TokenUsage
from tokencli.store import sessions
from tokencli.store.ledger import Ledger

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.services.checks.ledgers import Bench

    Plant = Callable[[Bench], None]

FLASH = {"provider_name": "gemini", "request_model": "gemini-1.5-flash"}
HAIKU = {"provider_name": "anthropic", "request_model": "claude-3-5-haiku-20241022"}


def everything_gone(bench: Bench) -> None:
    for table in ("event", "rollup", "facet"):
        bench.change(f"DELETE FROM {table}")


def gemini_at_zero(bench: Bench) -> None:
    bench.keep(*(event(each / 3, (0, 0), reported_cost=usd(0), **FLASH) for each in range(29)))


def claude_missing(bench: Bench) -> None:
    bench.keep(*(event(each / 3, None, provider_name="anthropic", request_model="claude-3-opus") for each in range(26)))


def some_at_zero(bench: Bench) -> None:
    bench.keep(*(event(each / 9, (0, 0)) for each in range(120)))


def never_writes(bench: Bench) -> None:
    bench.keep(*(event(each / 3, (700 + each, 0), request_model="o1-mini") for each in range(9)))


def never_reads(bench: Bench) -> None:
    bench.keep(*(event(each / 3, (0, 90 + each), request_model="o1-mini") for each in range(9)))


def claude_for_nothing(bench: Bench) -> None:
    bench.change("DELETE FROM event WHERE facet_id = 2")
    bench.change("DELETE FROM rollup WHERE facet_id = 2")
    bench.keep(*(event(each / 3, (900 + each, 70), reported_cost=usd(0), **HAIKU) for each in range(26)))


def priced_too_high(bench: Bench) -> None:
    printed = UnitPrices(input_usd=usd("0.0000003"), output_usd=usd("0.0000012"))
    bench.keep(
        *(
            event(each / 3, (4000 + each, 500), reported_cost=usd("0.0018"), reported_prices=printed)
            for each in range(9)
        )
    )


def priced_too_low(bench: Bench) -> None:
    bench.keep(*(event(each / 3, (4000 + each, 500), reported_cost=usd("0.0016"), **HAIKU) for each in range(9)))


def client_says_more(bench: Bench) -> None:
    told = {"reported_cost": usd("0.0100"), "source": "proxy"}
    bench.keep(*(event(each / 3, (4000 + each, 500), **told, **HAIKU) for each in range(9)))


def free_and_paid(bench: Bench) -> None:
    bench.keep(*(event(each / 3, reported_cost=usd("0.02"), request_model="free") for each in range(9)))


def unknown_model(bench: Bench) -> None:
    bench.keep(*(event(each / 3, request_model="gpt-4.1-atelier") for each in range(9)))


def nameless(bench: Bench) -> None:
    bench.keep(*(event(each / 3, request_model=None) for each in range(9)))


def silent(bench: Bench) -> None:
    model = {"provider_name": "mistral", "request_model": "subscription"}
    bench.keep(*(event(each, (500 + round(each), 60), **model) for each in range(12, 40)))


def failing(bench: Bench) -> None:
    failed = {"finish": Finish.ERROR, "error_type": "invalid_api_key", "provider_name": "groq"}
    bench.keep(*(event(each / 9, None, **failed) for each in range(40)))


def guessed(finish: Finish, **named: object) -> Plant:
    def plant(bench: Bench) -> None:
        told = {"source": "proxy", "provider_name": "groq", "request_model": "subscription", "finish": finish, **named}
        told = {**told, "request_model": "free"}
        basis = Basis.PARTIAL if finish is Finish.TRUNCATED else Basis.ESTIMATED
        bench.keep(
            *(
                event(each / 9, (800 + each, 60), basis=basis if each % 4 == 0 else Basis.REPORTED, **told)
                for each in range(40)
            )
        )

    return plant


def usage_never_asked(bench: Bench) -> None:
    bench.settings = Settings(place="", providers={"groq": ProviderSettings(name="groq", asks_for_usage=False)})
    guessed(Finish.OK)(bench)


def failure_line(code: str) -> Plant:
    def plant(bench: Bench) -> None:
        with bench.database.transaction() as connection:
            Ledger(connection).add_notices([(7, None, code, "gemini", None)])

    return plant


def lonely_twin(bench: Bench) -> None:
    bench.keep(*(event(each, None, agent="neo", reported_cost=usd("0.001"), **HAIKU) for each in range(4)))


def contradicting(bench: Bench) -> None:
    usage = TokenUsage(input_tokens=10, cache_read_tokens=30, output_tokens=5, inconsistent=True)
    bench.keep(replace(event(1), usage=usage))


def negative(bench: Bench) -> None:
    bench.change("UPDATE event SET output_tokens = -5 WHERE id = (SELECT max(id) FROM event)")


def same_id(bench: Bench) -> None:
    one = event(2, source="proxy", response_id="chatcmpl-9xYbQeR7sT2uVw4ZpLmN")
    bench.keep(one, later(one, 3, source="claude-code"))


def logged_twice(bench: Bench) -> None:
    calls = [event(each / 20, (2000 + each, 300 + each), reported_cost=usd("0.0005")) for each in range(60)]
    bench.keep(*calls, *(later(each, 0.4) for each in calls))


def tomorrow(bench: Bench) -> None:
    bench.keep(event(-0.1))


def long_ago(bench: Bench) -> None:
    bench.keep(event(20_000))


def hole(bench: Bench) -> None:
    start = int((NOW.timestamp() - 30 * 86_400) * 1_000_000)
    end = start + 8 * 86_400_000_000
    bench.change(
        "DELETE FROM event WHERE occurred_at BETWEEN ? AND ?",
        start // 900_000_000 * 900_000_000,
        end // 900_000_000 * 900_000_000 - 1,
    )
    bench.change("DELETE FROM rollup WHERE bucket >= ? AND bucket < ?", start // 900_000_000, end // 900_000_000)


def around_the_proxy(bench: Bench) -> None:
    told = {"client": "claude-code", **HAIKU}
    through = [event(1 + each / 1440, (500 + each, 50), source="proxy", **told) for each in range(5)]
    beside = [event(1 + each / 1440, (900 + each, 90), source="claude-code", **told) for each in range(5)]
    bench.keep(*through, *beside)
    both = [each.event_id for each in through]
    for name in both:
        seq = int(name.partition(".")[2])
        bench.change(
            "INSERT INTO sighting SELECT id, id >> 40, ?, 'claude-code', occurred_at, NULL FROM event"
            " WHERE id & 1099511627775 = ? AND id >> 40 > 1",
            seq,
            seq,
        )


def absent_from_the_log(bench: Bench) -> None:
    through = [event(1 - each / 1440, source="proxy", client="codex") for each in range(5)]
    logged = [event(1 - each / 1440, (77, 88), source="codex", client="codex") for each in (0, 4)]
    bench.keep(*logged, *through)
    bench.change(
        "INSERT INTO sighting SELECT e.id, e.id >> 40, 1, 'proxy', e.occurred_at, NULL FROM event AS e"
        " JOIN facet AS f ON f.id = e.facet_id WHERE f.source = 'codex'"
    )


def lost_session(bench: Bench) -> None:
    bench.keep(event(1, session_id="s-that-is-gone", source="proxy"))


def session_of(bench: Bench, model: str) -> None:
    with bench.database.transaction() as connection:
        sessions.create(connection, Session(id="s1", name="work", created_at=NOW, model=model, provider_name="mistral"))


def model_gone(bench: Bench) -> None:
    bench.settings = settings_with(131_072)
    session_of(bench, "nowhere-7b")


def context_too_large(bench: Bench) -> None:
    bench.settings = settings_with(262_144)
    session_of(bench, "mistral/mistral-large-2411")


def settings_with(limit: int) -> Settings:
    key = "mistral/mistral-large-2411"
    entry = ModelSettings(key=key, provider="mistral", model="mistral-large-2411", context_limit_tokens=limit)
    return Settings(place="", providers={"mistral": ProviderSettings(name="mistral")}, models={key: entry})


def sums_wrong(bench: Bench) -> None:
    bench.change("UPDATE rollup SET input_tokens = input_tokens + 7 WHERE bucket = (SELECT max(bucket) FROM rollup)")


def facet_gone(bench: Bench) -> None:
    bench.database.connection.execute("PRAGMA foreign_keys = OFF")
    bench.change("INSERT INTO sighting VALUES (1, 999, 1, 'x', 1, NULL)")


def swapped_sums(bench: Bench) -> None:
    bench.change("UPDATE rollup SET input_tokens = input_tokens + 7 WHERE bucket = (SELECT max(bucket) FROM rollup)")
    bench.change("UPDATE rollup SET input_tokens = input_tokens - 7 WHERE bucket = (SELECT min(bucket) FROM rollup)")


def other_counts(bench: Bench) -> None:
    raw = json.dumps({"prompt_tokens": 1234, "completion_tokens": 321, "total_tokens": 1555})
    bench.keep(event(1, (1234, 320), source="proxy", raw_usage=raw))


def other_charge(bench: Bench) -> None:
    bench.change("UPDATE event SET list_cost_pico = list_cost_pico + 1 WHERE id = (SELECT max(id) FROM event)")
    bench.change(
        "UPDATE rollup SET list_cost_pico = list_cost_pico + 1 WHERE bucket = (SELECT max(bucket) FROM rollup)"
    )


def unreadable(bench: Bench) -> None:
    bench.keep(replace(event(1), usage=TokenUsage(input_tokens=10, output_tokens=5, audio_input_tokens=3)))
    bench.change("UPDATE event_detail SET usage = '{\"strange_tokens\": 3}'")


def marked_wrongly(bench: Bench) -> None:
    bench.keep(
        event(1, source="claude-code", response_id="msg_01"), event(2, source="claude-code", response_id="msg_02")
    )
    bench.change("UPDATE event_detail SET found_elsewhere = 1 WHERE response_id = 'msg_01'")


PLANTS: Final[dict[str, tuple[Plant, str]]] = {
    "nothing was ever recorded": (everything_gone, "no-calls"),
    "Gemini at $0": (gemini_at_zero, "no-tokens"),
    "Claude without tokens": (claude_missing, "no-tokens"),
    "every tenth call at 0 tokens": (some_at_zero, "some-no-tokens"),
    "input alone": (never_writes, "no-output-tokens"),
    "output alone": (never_reads, "no-input-tokens"),
    "Claude at $0": (claude_for_nothing, "tokens-no-cost"),
    "logged at twice the price": (priced_too_high, "price-differs"),
    "logged at a third of the price": (priced_too_low, "price-differs"),
    "a provider that says more": (client_says_more, "price-differs"),
    "dollars for a free model": (free_and_paid, "cost-though-free"),
    "a model that no list knows": (unknown_model, "unpriced"),
    "calls without a model": (nameless, "no-model"),
    "a provider that fell silent": (silent, "provider-silent"),
    "a key that is not valid any more": (failing, "calls-failing"),
    "usage never asked for": (usage_never_asked, "estimated-share"),
    "clients that leave": (guessed(Finish.CANCELLED), "estimated-share"),
    "answers that are cut": (guessed(Finish.TRUNCATED), "estimated-share"),
    "a server that was killed": (guessed(Finish.UNKNOWN), "estimated-share"),
    "a path that is not measured": (guessed(Finish.OK), "estimated-share"),
    "timeouts": (failure_line("timeout"), "log-timeout"),
    "answers without usage": (failure_line("no_usage"), "log-no-usage"),
    "input that cannot be counted": (failure_line("count_input_failed"), "log-count-input-failed"),
    "output that cannot be counted": (failure_line("count_output_failed"), "log-count-output-failed"),
    "usage that cannot be read": (failure_line("usage_read_failed"), "log-usage-read-failed"),
    "a French line alone": (lonely_twin, "twin-without-cost-line"),
    "more cached than read": (contradicting, "inconsistent-counts"),
    "tokens below zero": (negative, "negative-counts"),
    "one answer twice": (same_id, "duplicate-response-id"),
    "two handlers for one line": (logged_twice, "duplicate-calls"),
    "a clock ahead": (tomorrow, "future-calls"),
    "a clock of 1972": (long_ago, "implausible-time"),
    "a week of logs missing": (hole, "gap"),
    "a client that goes around the proxy": (around_the_proxy, "not-through-proxy"),
    "a log that tells a part": (absent_from_the_log, "not-in-client-log"),
    "a session that is gone": (lost_session, "session-lost"),
    "a session's model that is gone": (model_gone, "session-model-unknown"),
    "262144 for Mistral Large": (context_too_large, "context-limit"),
    "kept sums changed": (sums_wrong, "sums-differ"),
    "a reference to nothing": (facet_gone, "broken-references"),
}
"""What any check finds."""
DEEP_PLANTS: Final[dict[str, tuple[Plant, str]]] = {
    "kept sums swapped": (swapped_sums, "sums-differ"),
    "counts unlike their raw usage": (other_counts, "counts-differ"),
    "a cost unlike its price": (other_charge, "charge-differs"),
    "a call that no index has": (marked_wrongly, "calls-not-found"),
    "counts that cannot be read": (unreadable, "row-unreadable"),
}
"""What only a deep check finds."""

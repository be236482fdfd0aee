"""What the cases of the corpus of agents' logs expect: the peers' reports, returns and assertions as rows of sums."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from tests.readers.agent_judge import Expected, Row, Seen

if TYPE_CHECKING:
    from collections.abc import Iterator

PARTS = {
    "inputTokens": "fresh",
    "outputTokens": "output",
    "cacheCreationTokens": "cache_write",
    "cacheCreationInputTokens": "cache_write",
    "cacheReadTokens": "cache_read",
    "cacheReadInputTokens": "cache_read",
    "reasoningOutputTokens": "reasoning",
    "uncached_input": "fresh",
    "input_total": "input",
    "output_total": "output",
    "cache_read": "cache_read",
    "cache_write": "cache_write",
    "entries": "calls",
}
INCLUSIVE = {
    "input_tokens": "input",
    "cached_input_tokens": "cache_read",
    "output_tokens": "output",
    "reasoning_output_tokens": "reasoning",
}
EXCLUSIVE = {
    "input_tokens": "fresh",
    "cached_tokens": "cache_read",
    "cache_read_tokens": "cache_read",
    "cache_creation_tokens": "cache_write",
    "cache_read_input_tokens": "cache_read",
    "cache_creation_input_tokens": "cache_write",
    "output_tokens": "output",
    "reasoning_tokens": "reasoning",
}
LOADERS = {"loadDailyUsageData": "day", "loadMonthlyUsageData": "month", "loadWeeklyUsageData": "week"}
BESIDE = frozenset({"gemini", "gemini-cli", "qwen", "qwen-code", "droid"})
"""Formats of which peers leave reasoning out of what they call output."""
TOTALS = frozenset({"mistral-vibe", "droid"})
"""Formats that tell sums of sessions; their peers share them out among messages."""
READ_PROVIDERS = frozenset(
    {
        "claude",
        "codex",
        "gemini",
        "kimi",
        "omp",
        "pi",
        "cline",
        "kilo-code",
        "roo-code",
        "copilot",
        "ibm-bob",
        "mistral-vibe",
        "droid",
    }
)
"""Names by which codeburn tells whose calls they are; those of other formats are another reader's."""


def expectations(case: Row) -> list[Expected]:
    """Return everything that a case says about counts; nothing when it is about something else."""
    found = [*_reports(case), *_returns(case), *_oracles(case), *_assertions(case), *_objects(case), *_sessions(case)]
    return [item for item in found if item.rows or item.is_whole]


def _sums(row: Row, parts: dict[str, str] = PARTS) -> Row:
    return {parts[name]: number for name, number in row.items() if name in parts and isinstance(number, int)}


def _reports(case: Row) -> Iterator[Expected]:
    """Yield what a peer's program printed of the files."""
    for peer, reports in (case["peer_outputs"] or {}).items():
        daily = ((reports or {}).get("daily") or {}).get("daily")
        if daily is not None:
            yield Expected(f"{peer} by day", "day", {row["date"]: _sums(row) for row in daily})
            models = {f"{day} {name}": _sums(row) for day, name, row in _models(daily)}
            yield Expected(f"{peer} by model", "day and model", models, is_whole=False)
        sessions = ((reports or {}).get("session") or {}).get("sessions")
        if sessions is not None:
            by = "file" if case["agent"] == "codex" else "session"
            rows = {row["sessionId"].rpartition("/")[2]: _sums(row) for row in sessions if "sessionId" in row}
            yield Expected(f"{peer} by session", by, rows, is_whole=len(rows) == len(sessions))


def _models(daily: list[Row]) -> Iterator[tuple[str, str, Row]]:
    for row in daily:
        for model in row.get("modelBreakdowns", []):
            yield row["date"], model["modelName"], model
        for name, model in row.get("models", {}).items():
            yield row["date"], name, model


def _returns(case: Row) -> Iterator[Expected]:
    """Yield what a peer's functions returned of the files."""
    for call in (case["calls"] or []) if case["files"] else []:
        function, result = call["fn"], call.get("result")
        options: Row = next((arg for arg in call["args"] if isinstance(arg, dict)), {})
        if function in LOADERS:
            by = LOADERS[function]
            yield Expected(function, by, {row[_key_of(by)]: _sums(row) for row in result}, where=_within(options))
        elif function in {"loadSessionData", "loadSessionBlockData"}:
            yield _loaded(function, result, is_whole=options.keys().isdisjoint({"since", "until"}))
        elif function == "loadSessionUsageById":
            yield _by_id(call)
        elif function == "calculateContextTokens" and result:
            yield Expected(function, "last", {"last": {"input": result["inputTokens"]}}, is_whole=False)
        elif function == "detectMismatches":
            yield Expected(function, None, {"": {"calls": result["totalEntries"]}})


def _loaded(function: str, result: list[Row], *, is_whole: bool) -> Expected:
    if function == "loadSessionData":
        return Expected(function, "session", {row["sessionId"]: _sums(row) for row in result}, is_whole=is_whole)
    entries = [entry for block in result for entry in block["entries"]]
    rows = {entry["timestamp"]: _sums(entry["usage"]) for entry in entries}
    return Expected(function, "time", rows, is_whole=is_whole)


def _key_of(by: str) -> str:
    return {"day": "date"}.get(by, by)


def _by_id(call: Row) -> Expected:
    session, result = call["args"][0], call["result"]
    entries = result["entries"] if result else []
    sums = {part: sum(entry.get(name, 0) for entry in entries) for name, part in PARTS.items() if name in "inputTokens"}
    rows = {session: {**sums, "calls": len(entries)}} if entries else {}
    return Expected("loadSessionUsageById", "session", rows, where=lambda seen: seen.names["session"] == session)


def _within(options: Row) -> Any:
    since, until = options.get("since", "0"), options.get("until", "9")

    def where(seen: Seen) -> bool:
        return bool(since <= seen.names["day"].replace("-", "") <= until + "~")

    return where


def _oracles(case: Row) -> Iterator[Expected]:
    """Yield what was counted by hand, by the agent itself, or by a plain reading."""
    told = case["expected"] or {}
    if "deduplicated_by_prefix" in told:
        yield Expected("by hand", None, {"": _sums(told["deduplicated_by_prefix"], INCLUSIVE)})
    elif "model_usage_as_reported" in told:
        rows = {name.partition("[")[0]: _sums(row) for name, row in told["model_usage_as_reported"].items()}
        yield Expected("the agent itself", "model", rows)
    elif told:
        yield Expected("plain reading", None, {"": _sums(told)})


def _assertions(case: Row) -> Iterator[Expected]:
    """Yield what assertions about expressions say, such as events[0].input_tokens == 100."""
    is_guess = any("is_fallback_model" in item.get("assert", "") for item in case["assertions"] or [])
    for item in case["assertions"] or []:
        expression, value = item.get("expr", ""), item.get("expected")
        if value is None:
            continue
        if re.fullmatch(r"(events|entries|parallel_events|deduplicated)\.len\(\)", expression):
            yield Expected(expression, None, {"": {"calls": value}})
        elif expression == "context.total_input_tokens":
            yield Expected(expression, "last", {"last": {"input": value}}, is_whole=False)
        elif expression == "daily[0].models_used":
            yield Expected(expression, "model", {name: {} for name in value})
        elif expression == "assistant_msg.model" and case["expected"] is None:
            yield Expected(expression, "model", {value: {}}, is_whole=True)
        else:
            for found in _of_expression(expression, value, is_guess=is_guess):
                yield found.answering() if case["agent"] in BESIDE else found


def _of_expression(expression: str, value: Any, *, is_guess: bool) -> Iterator[Expected]:
    member = expression.rpartition(".")[2].partition("(")[0]
    if match := re.match(r"(?:events|entries|parallel_events|deduplicated)\[(\d+)\]\.", expression):
        parts = INCLUSIVE if "events" in expression else EXCLUSIVE
        if member in parts:
            yield Expected(expression, "nth", {match[1]: {parts[member]: value}}, is_whole=False)
        elif member in {"session_id", "timestamp"} or (".model" in expression and not is_guess):
            by = {"session_id": "nth and session", "timestamp": "nth and time"}.get(member, "nth and model")
            name = re.sub(r"^\[\w+\] ", "", value)
            yield Expected(expression, by, {f"{match[1]} {name}": {"calls": 1}}, is_whole=False)
    elif (match := re.match(r'groups\["(.+?)"\]\.', expression)) and member in INCLUSIVE:
        by = "day" if re.fullmatch(r"\d{4}-\d\d-\d\d", match[1]) else "file"
        yield Expected(expression, by, {match[1]: {INCLUSIVE[member]: value}}, is_whole=False)
    elif expression.startswith("group.") and member in INCLUSIVE:
        yield Expected(expression, None, {"": {INCLUSIVE[member]: value}})
    elif (match := re.match(r'report\["daily"\]\[0\]\["(\w+)"\]', expression)) and match[1] in PARTS:
        yield Expected(expression, None, {"": {PARTS[match[1]]: value}})
    elif re.match(r"assistant(_msg)?\.stats\.", expression) and member in EXCLUSIVE and value:
        yield Expected(expression, None, {"": {EXCLUSIVE[member]: value}})


def _objects(case: Row) -> Iterator[Expected]:
    """Yield the calls in the objects that assertions were made about, and the messages of one list."""
    found = max((list(_calls_in(item.get("actual"))) for item in case["assertions"] or []), key=len, default=[])
    rows: dict[str, Row] = {}
    for call in found:
        usage = call.get("usage", call)
        names = ("inputTokens", "cacheCreationInputTokens", "cacheReadInputTokens", "outputTokens")
        counts = [usage[name] for name in names]
        counts[-1] += usage["reasoningTokens"] if {case["agent"], call.get("provider")} & BESIDE else 0
        row = rows.setdefault("/".join(map(str, counts)), {"calls": 0})
        row["calls"] += 1
    if rows and {call.get("provider") for call in found} <= TOTALS:
        yield Expected("the calls", None, {"": _sums_of(found)})
    elif rows:
        yield Expected("the calls", "counts", rows)
    messages: dict[str, Row] = {}
    for item in case["assertions"] or []:
        if match := re.fullmatch(r"messages\[(\d+)\]\.stats\.(\w+)", item.get("expr", "")):
            messages.setdefault(match[1], {})[EXCLUSIVE.get(match[2], match[2])] = item.get("expected")
    for number, row in messages.items():
        parts = [row.get(name) for name in ("fresh", "cache_write", "cache_read", "output")]
        if None not in parts and any(parts):
            yield Expected(f"messages[{number}]", "counts", {"/".join(map(str, parts)): {"calls": 1}}, is_whole=False)


def _sums_of(calls: list[Row]) -> Row:
    parts = {"fresh": "inputTokens", "cache_read": "cacheReadInputTokens", "answer": "outputTokens"}
    return {part: sum(call.get("usage", call)[name] for call in calls) for part, name in parts.items()}


def _sessions(case: Row) -> Iterator[Expected]:
    """Yield the sum of the messages of a session that itself tells totals only."""
    sums: Row = {}
    for item in case["assertions"] or [] if case["agent"] == "copilot-cli" else []:
        match = re.fullmatch(r"messages\[\d+\]\.stats\.(\w+)", item.get("expr", ""))
        part = {**INCLUSIVE, "cache_read_tokens": "cache_read"}.get(match[1]) if match else None
        if part:
            sums[part] = sums.get(part, 0) + item["expected"]
    if sums:
        yield Expected("the session", None, {"": sums})


def _calls_in(value: Any) -> Iterator[Row]:
    if isinstance(value, dict):
        is_counted = not value.get("model", "").startswith("copilot-")  # a guess of peers, and so are its tokens
        if "deduplicationKey" in value and value.get("provider") in READ_PROVIDERS and is_counted:
            yield value
        value = list(value.values())
    if isinstance(value, list):
        for item in value:
            yield from _calls_in(item)

"""The proxy: does it run, of which version, and does it write the ledger that is looked at."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from tokencli.domain.checkup import CheckLine, Part, State

if TYPE_CHECKING:
    from collections.abc import Mapping


@dataclass(frozen=True, slots=True, kw_only=True)
class SeenProxy:
    """A tokencli that answers: `health` is what it says of itself, empty where it wants a token that we lack."""

    base_url: str
    is_same_ledger: bool
    needs_token: bool = False
    health: Mapping[str, Any] = field(default_factory=dict[str, Any])


def proxy_lines(seen: SeenProxy | None, usual_url: str, version: str, *, is_taken: bool) -> list[CheckLine]:
    """Return what there is to say of the proxy; `is_taken` says that another program listens where it would."""
    if seen is None and is_taken:
        words = f"another program listens at {usual_url}"
        return [_line(State.WARNING, words, "stop it, or give [server] in config.toml another port")]
    if seen is None:
        return [_line(State.SKIPPED, f"none runs at {usual_url}", "tokencli serve, or tokencli run -- CLIENT")]
    if not seen.health:
        words = f"{seen.base_url} wants a token"
        return [_line(State.WARNING, words, "set TOKENCLI_TOKEN to the one that it was started with")]
    return list(_running(seen, version))


def _running(seen: SeenProxy, version: str) -> list[CheckLine]:
    told = str(seen.health.get("version"))
    ledger = ", on this ledger" if seen.is_same_ledger else ""
    token = ", by its token" if seen.needs_token else ""
    lines = [_line(State.OK, f"runs at {seen.base_url}, version {told}{ledger}{token}")]
    if not seen.is_same_ledger:
        words = "it writes another ledger than this one"
        lines.append(_line(State.WARNING, words, "name that ledger with --db, or restart it with this one"))
    if told != version:
        lines.append(_line(State.WARNING, f"it is {told}, this is {version}", "restart tokencli serve"))
    if seen.health.get("status") == "degraded":
        words = "it holds calls in memory only, for it cannot write them"
        lines.append(_line(State.PROBLEM, words, "free the disk, or let go of the lock, before it is stopped"))
    return lines


def _line(state: State, message: str, next_step: str = "") -> CheckLine:
    return CheckLine(part=Part.PROXY, name="proxy", state=state, message=message, next_step=next_step)

"""Sessions as JSON, and what was done to one in a sentence."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from tokencli.domain.text import visible
from tokencli.services.sessions import session_values

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from tokencli.domain.session import Session
    from tokencli.services.sessions import SessionView

DEFAULT_PROXY = "http://127.0.0.1:8000"


def session_json(view: SessionView, *, zone: str) -> str:
    """Return the session object of the interface, in ASCII, without a line end."""
    return json.dumps(session_values(view, zone=zone), indent=2)


def sessions_json(views: Iterable[SessionView], *, zone: str) -> str:
    """Return {"sessions": [...]}, without a line end."""
    return json.dumps({"sessions": [session_values(view, zone=zone) for view in views]}, indent=2)


def export_json(document: Mapping[str, Any]) -> str:
    """Return an exported session, with a line end."""
    return json.dumps(document, indent=2) + "\n"


def begun_words(view: SessionView) -> str:
    """Return what a new session is, and where clients reach it while the proxy runs on its own port."""
    session = view.session
    base = f"{DEFAULT_PROXY}/s/{session.name}"
    limit = f"context {view.context_limit_tokens:,} tokens"
    return (
        f"session {visible(session.name)} is active: {model_words(session)}, {limit}.\n"
        "While 'tokencli serve' runs, clients of this session use the base URL:\n"
        f"  OpenAI style       {base}/v1\n"
        f"  Anthropic, Gemini  {base}"
    )


def switched_words(session: Session) -> str:
    """Return which session is active now."""
    return f"session {visible(session.name)} is active: calls that name no session go to it."


def renamed_words(session: Session, old: str) -> str:
    """Return both names."""
    if session.name == old:
        return f"session {visible(old)} is called so already: nothing was changed."
    return f"session {visible(old)} is now called {visible(session.name)}: its base URLs have changed with its name."


def ended_words(session: Session, active: Session | None) -> str:
    """Return which session ended, and where calls that name none go now."""
    rest = "no session is active now" if active is None else f"session {visible(active.name)} stays active"
    return f"session {visible(session.name)} has ended; {rest}."


def model_words(session: Session) -> str:
    """Return what a session was begun with: "model X at Y", "models of Y" or "any model"."""
    provider = visible(session.provider_name) if session.provider_name else None
    if session.model:
        return f"model {visible(session.model)}{f' at {provider}' if provider else ''}"
    return f"models of {provider}" if provider else "any model"

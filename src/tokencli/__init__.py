"""Where your LLM tokens and money go: exact, explainable, local."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from tokencli.notebook import load_events

__all__ = ["__version__", "load_events"]
__version__ = "0.1.0"


def __getattr__(name: str) -> Any:
    """Import `load_events` when it is asked for, so that commands do not wait for it."""
    if name == "load_events":
        from tokencli.notebook import load_events

        return load_events
    msg = f"module 'tokencli' has no attribute {name!r}"
    raise AttributeError(msg)

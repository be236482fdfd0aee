"""The configuration: which file is read, whether it is valid, what it warns of."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tokencli.domain.checkup import CheckLine, Part, State

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tokencli.config.values import Settings
    from tokencli.domain.errors import ConfigError

_STEP = "change that, and see 'tokencli config check'"


def config_lines(settings: Settings, *, is_builtin: bool) -> list[CheckLine]:
    """Return the file that is read, and its warnings."""
    return list(_lines(settings, is_builtin=is_builtin))


def wrong_config(error: ConfigError) -> CheckLine:
    """Return the line of a configuration that cannot be read."""
    return _line(State.PROBLEM, str(error).rstrip("."), _STEP)


def _lines(settings: Settings, *, is_builtin: bool) -> Iterator[CheckLine]:
    if is_builtin:
        yield _line(State.OK, "the built-in one; 'tokencli config init' makes one of your own")
    else:
        named = sum(not each.is_wellknown for each in settings.providers.values())
        counts = f"{_counted(named, 'provider')}, {_counted(len(settings.models), 'model')}"
        yield _line(State.OK, f"{settings.place}: {counts}")
    for warning in settings.warnings:
        yield _line(State.WARNING, warning.rstrip("."), _STEP)


def _counted(number: int, noun: str) -> str:
    return f"{number} {noun}{'' if number == 1 else 's'}"


def _line(state: State, message: str, next_step: str = "") -> CheckLine:
    return CheckLine(part=Part.CONFIG, name="config", state=state, message=message, next_step=next_step)

"""Where clients keep their logs: the directories, existing or not, from the environment and the user's home."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

_EDITORS: Final = ("Code", "Code - Insiders", "VSCodium", "Cursor", "Windsurf")


def nowhere(environ: Mapping[str, str], home: Path) -> list[Path]:
    """Return nothing: such files lie where somebody has put them, and are read when they are named."""
    del environ, home
    return []


def amp(environ: Mapping[str, str], home: Path) -> list[Path]:
    """Return the folders in which Amp keeps its threads."""
    told = [part.strip() for part in environ.get("AMP_DATA_DIR", "").split(",") if part.strip()]
    if told:
        return [home.joinpath(part) for part in told]
    return [home.joinpath(environ.get("XDG_DATA_HOME") or ".local/share") / "amp"]


def claude_code(environ: Mapping[str, str], home: Path) -> list[Path]:
    """Return the folders in which Claude Code, and Claude Desktop's local agents, keep their sessions."""
    told = [part.strip() for part in environ.get("CLAUDE_CONFIG_DIR", "").split(",") if part.strip()]
    if told:
        return [place.parent if place.name == "projects" else place for place in map(home.joinpath, told)]
    config = home.joinpath(environ.get("XDG_CONFIG_HOME") or ".config")
    desktop = ("local-agent-mode-sessions", "claude-code-sessions")
    apps = (
        home / "Library" / "Application Support" / "Claude",
        home / "AppData" / "Roaming" / "Claude",
        config / "Claude",
    )
    return [config / "claude", home / ".claude", *(app / name for app in apps for name in desktop)]


def cline(environ: Mapping[str, str], home: Path) -> list[Path]:
    """Return the editors' folders for what extensions keep, those that are there, and that of Cline's own program."""
    config = home.joinpath(environ.get("XDG_CONFIG_HOME") or ".config")
    places = (config, home / "Library" / "Application Support", home / "AppData" / "Roaming")
    kept = [place / editor / "User" / "globalStorage" for place in places for editor in _EDITORS]
    kept.append(home / ".vscode-server" / "data" / "User" / "globalStorage")
    return [*([place for place in kept if place.is_dir()] or kept[:1]), home / ".cline"]


def codex(environ: Mapping[str, str], home: Path) -> list[Path]:
    """Return the folders in which Codex keeps its sessions."""
    told = [part.strip() for part in environ.get("CODEX_HOME", "").split(",") if part.strip()]
    return [home.joinpath(part) for part in told] or [home / ".codex"]


def continue_dev(environ: Mapping[str, str], home: Path) -> list[Path]:
    """Return the folder in which Continue keeps its data."""
    return [home.joinpath(environ.get("CONTINUE_GLOBAL_DIR") or ".continue")]


def copilot_cli(environ: Mapping[str, str], home: Path) -> list[Path]:
    """Return the folder in which Copilot's command line keeps its sessions."""
    return [home.joinpath(environ.get("COPILOT_HOME") or ".copilot")]


def droid(environ: Mapping[str, str], home: Path) -> list[Path]:
    """Return the folder in which Droid keeps its sessions."""
    return [home.joinpath(environ.get("FACTORY_HOME") or ".factory")]


def gemini_cli(environ: Mapping[str, str], home: Path) -> list[Path]:
    """Return the folder in which Gemini CLI keeps its chats."""
    return [home.joinpath(environ.get("GEMINI_CLI_HOME") or "") / ".gemini"]


def kimi(environ: Mapping[str, str], home: Path) -> list[Path]:
    """Return the folders in which Kimi CLI and Kimi Code keep their sessions."""
    return [
        home.joinpath(environ.get("KIMI_SHARE_DIR") or ".kimi"),
        home.joinpath(environ.get("KIMI_CODE_HOME") or ".kimi-code"),
    ]


def llm_logs(environ: Mapping[str, str], home: Path) -> list[Path]:
    """Return the folders in which llm keeps its database."""
    if told := environ.get("LLM_USER_PATH"):
        return [home.joinpath(told)]
    config = home.joinpath(environ.get("XDG_CONFIG_HOME") or ".config")
    return [
        config / "io.datasette.llm",
        home / "Library" / "Application Support" / "io.datasette.llm",
        home / "AppData" / "Roaming" / "io.datasette.llm",
    ]


def mistral_vibe(environ: Mapping[str, str], home: Path) -> list[Path]:
    """Return the folder in which Vibe keeps its sessions."""
    return [home.joinpath(environ.get("VIBE_HOME") or ".vibe")]


def opencode(environ: Mapping[str, str], home: Path) -> list[Path]:
    """Return the folders in which opencode, and Kilo's command line that grew from it, keep their data."""
    told = [part.strip() for part in environ.get("OPENCODE_DATA_DIR", "").split(",") if part.strip()]
    if told:
        return [home.joinpath(part) for part in told]
    data = home.joinpath(environ.get("XDG_DATA_HOME") or ".local/share")
    return [data / "opencode", data / "kilo"]


def pi_agent(environ: Mapping[str, str], home: Path) -> list[Path]:
    """Return the folders in which pi and its kin keep their sessions."""
    own = environ.get("PI_CODING_AGENT_DIR")
    pi = home.joinpath(own).parent if own else home / ".pi"
    return [pi, home / ".omp", home / ".openclaw", home / ".clawdbot"]


def qwen_code(environ: Mapping[str, str], home: Path) -> list[Path]:
    """Return the folder in which Qwen Code keeps its chats."""
    return [home.joinpath(environ.get("QWEN_RUNTIME_DIR") or ".qwen")]

"""`tokencli serve` as a process of its own, on a free port, in front of a provider that answers from a script."""

import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

KEY = "sk-canary-of-the-provider"
CHAT = {"model": "mistral/mistral-large-2411", "messages": [{"role": "user", "content": "hello"}]}
USAGE = {"prompt_tokens": 10, "completion_tokens": 5, "total_tokens": 15}


@dataclass
class Running:
    """A server that answers, and what it said at its start."""

    process: subprocess.Popen[str]
    started: dict[str, Any]

    @property
    def base_url(self) -> str:
        """Return where Anthropic's clients are pointed."""
        return str(self.started["base_urls"]["anthropic"])

    @property
    def port(self) -> int:
        """Return the port."""
        return int(self.base_url.rpartition(":")[2])

    def ended(self) -> tuple[int, str]:
        """Wait for the end; return the exit code and what stderr said."""
        said = self.process.communicate(timeout=30)[1]
        return self.process.returncode, said


def config_for(directory: Path, provider_url: str) -> Path:
    """Write a configuration with one provider, and return its path."""
    path = directory / "config.toml"
    path.write_text(
        f'[providers.mistral]\ntype = "openai"\nbase_url = "{provider_url}/v1"\napi_key_env = "MISTRAL_API_KEY"\n'
        '[models."mistral/mistral-large-2411"]\nprovider = "mistral"\nmodel = "mistral-large-2411"\n'
        "max_context_size = 131072\n[server]\nheader_timeout_s = 2\nmax_request_mb = 1\n",
        encoding="utf-8",
    )
    return path


def command(*arguments: str) -> list[str]:
    """Return how this tokencli is started."""
    return [sys.executable, "-m", "tokencli", *arguments]


@contextmanager
def serve(config: Path, *arguments: str) -> Iterator[Running]:
    """Serve until the block ends; the environment is the test's."""
    line = command("serve", "--port", "0", "--json", "--config", str(config), *arguments)
    with subprocess.Popen(line, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout is not None
            started = process.stdout.readline()
            assert started, process.communicate()[1]
            yield Running(process, json.loads(started))
        finally:
            if process.poll() is None:
                process.kill()


def whole_answer() -> dict[str, Any]:
    """Return an answer in one piece, as Mistral gives it."""
    message = {"role": "assistant", "content": "hi"}
    choice = {"index": 0, "message": message, "finish_reason": "stop"}
    return {
        "id": "cmpl-1",
        "object": "chat.completion",
        "model": "mistral-large-2411",
        "choices": [choice],
        "usage": USAGE,
    }


def stream_events(words: int) -> list[bytes]:
    """Return the events of a streamed answer."""
    head = {"id": "cmpl-2", "object": "chat.completion.chunk", "model": "mistral-large-2411"}
    told: list[dict[str, Any]] = [
        {**head, "choices": [{"index": 0, "delta": {"content": f"word{number} "}}]} for number in range(words)
    ]
    told.append({**head, "choices": [{"index": 0, "delta": {}, "finish_reason": "stop"}], "usage": USAGE})
    return [*(f"data: {json.dumps(event)}\n\n".encode() for event in told), b"data: [DONE]\n\n"]

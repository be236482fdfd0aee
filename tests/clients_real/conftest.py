"""Real clients: `make test-clients` installs and runs them; every other run leaves them out and says so."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from tests.clients_real.cases import MODEL
from tests.clients_real.runs import KEY, LOGIN_PROVIDERS, PROVIDERS, TYPES
from tests.clients_real.talker import Talker
from tests.proxy.fake_provider import in_thread

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.proxy.fake_provider import FakeProvider

IS_ASKED_FOR = os.environ.get("TOKENCLI_CLIENTS") == "1"
LEFT_OUT = "real clients are installed and run by 'make test-clients' alone"
WITH_INSTALLING_S = 1800
TRIED = pytest.StashKey[list[str]]()


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark the suite, leave it out where it was not asked for, and give it time to install."""
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker(pytest.mark.clients)
            item.add_marker(pytest.mark.timeout(WITH_INSTALLING_S))
            if not IS_ASKED_FOR:
                item.add_marker(pytest.mark.skip(reason=LEFT_OUT))


@pytest.fixture
def talker() -> Talker:
    """Return what the provider says, and its log."""
    return Talker()


@pytest.fixture
def provider(talker: Talker) -> Iterator[FakeProvider]:
    """Return a provider that runs."""
    with in_thread() as fake:
        fake.choose = talker.choose
        yield fake


@pytest.fixture
def config(home: Path, provider: FakeProvider) -> Path:
    """Write a configuration with keys in the file: the client finds none in its environment."""
    tables = [
        f'[providers."{name}"]\ntype = "{TYPES.get(name, name)}"\nrpm = 0\n'
        f'base_url = "{provider.url}/{name}/{path}"\napi_key = "{KEY}-{name}"\n'
        for name, path in PROVIDERS.items()
    ]
    tables += [
        f'[providers.{name}]\nbase_url = "{provider.url}/{name}/{path}"\n' for name, path in LOGIN_PROVIDERS.items()
    ]
    tables.append(f'[models."{MODEL}"]\nprovider = "mistral"\nmodel = "mistral-large-2411"\n')
    place = home / "config.toml"
    place.write_text("".join(tables), encoding="utf-8")
    place.chmod(0o600)
    return place


@pytest.fixture
def tried(request: pytest.FixtureRequest) -> list[str]:
    """Return what is written below the results: one line for each client that was run."""
    return request.config.stash.setdefault(TRIED, [])


def pytest_terminal_summary(terminalreporter: Any, config: pytest.Config) -> None:
    """Write which clients were run, in which version, and what came of it."""
    lines = config.stash.get(TRIED, [])
    if lines:
        terminalreporter.section("real clients")
        for line in lines:
            terminalreporter.write_line(line)

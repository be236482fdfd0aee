"""Every meter and reader of the registries holds under hostile input.

`make test` runs a few hundred inputs of each without atheris, `make torture` a million under atheris: each target is
a process of its own; TOKENCLI_FUZZ_RUNS says how many inputs.
"""

from __future__ import annotations

import importlib.util
import os
import re
import subprocess
import sys
import time
from typing import TYPE_CHECKING

import pytest

from tests.foreign_databases import cockpit, cost_row, dashboard, make
from tests.fuzz.checks import DefectError
from tests.fuzz.harvest import LARGEST
from tests.fuzz.mutations import Mutator
from tests.fuzz.seeds import ROOT, seeds_of
from tests.fuzz.targets import Target, files_beside, targets
from tests.fuzz.words import words_of
from tokencli.domain.errors import InputError
from tokencli.readers.agents import AGENTS
from tokencli.services.foreign import ROWS

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

TARGETS = targets()
IS_LONG = os.environ.get("TOKENCLI_TORTURE") == "1"
RUNS = int(os.environ.get("TOKENCLI_FUZZ_RUNS") or 1_000_000)
INPUTS = 400
DAMAGED = 20_000 if IS_LONG else 300
LONG_S = 3 * 3600
PATIENCE_S = 20
SIGNS = (
    *(b'"', b"{", b"[", b"}", b"\\", b",", b" ", b"\n", b"\r\n", b"a", b"1", b"\xff", b"\x00", b"-", b"(", b"'", b";"),
    *(
        b"{}\n",
        b'{"a":',
        b"[{",
        b'"",',
        b'\\"',
        b"data: ",
        b"data:\n",
        b"\n\n",
        b"Cost calculated: $",
        b" pour '",
        b"[x] ",
    ),
)
NO_ATHERIS = "atheris is not here: it comes with the group 'fuzz' on Linux, x86_64"
ONLY_LONG = "a million inputs each: 'make torture' runs this"
OPENCODE = (
    "CREATE TABLE message (id TEXT PRIMARY KEY, session_id TEXT, data TEXT)",
    "CREATE TABLE session (id TEXT PRIMARY KEY, directory TEXT, version TEXT, parent_id TEXT)",
    """INSERT INTO message VALUES ('msg_1', 's', '{"role":"assistant","tokens":{"input":5,"output":7}}')""",
    "INSERT INTO session VALUES ('s', '/home/x', '1.0', NULL)",
)
RESPONSES = (
    "CREATE TABLE responses (id TEXT, model TEXT, datetime_utc TEXT, input_tokens INTEGER, output_tokens INTEGER)",
    "INSERT INTO responses VALUES ('01jk', 'gpt-4o', '2025-10-10T12:00:00', 100, 50)",
)


def changed(target: Target, pool: list[bytes], number: int) -> Iterator[bytes]:
    """Yield inputs, each changed one to four times; the same ones on every run."""
    mutator = Mutator(words_of(target.module), pool, target.separator)
    for seed in range(number):
        data = pool[seed % len(pool)]
        for again in range(1 + seed % 4):
            data = mutator.mutated(data, LARGEST, 4 * seed + again)
        yield data


@pytest.mark.torture
@pytest.mark.timeout(600)
def test_every_target_holds_under_a_few_hundred_changed_inputs(seeds: Path, tmp_path: Path) -> None:
    wrong: list[str] = []
    with files_beside():
        for name, target in TARGETS.items():
            pool = seeds_of(seeds, target)
            assert pool, f"{name}: its own tests give it no input to begin with"
            for data in (*pool, *changed(target, pool, INPUTS)):
                try:
                    target.run(data)
                except Exception as error:  # noqa: BLE001 - whatever it is, it is what is looked for
                    kept = tmp_path / f"{name}-input"
                    kept.write_bytes(data)
                    wrong.append(f"{error!r:.300}: {sys.executable} -m tests.fuzz.run {name} --input {kept}")
                    break
    assert not wrong, "\n".join(wrong)


@pytest.mark.torture
@pytest.mark.timeout(LONG_S)
@pytest.mark.parametrize("name", TARGETS if IS_LONG else ["each"])
def test_a_million_inputs_find_no_crash_and_no_hang(request: pytest.FixtureRequest, name: str) -> None:
    if not IS_LONG:
        pytest.skip(ONLY_LONG)
    if importlib.util.find_spec("atheris") is None:
        pytest.skip(NO_ATHERIS)
    seeds: Path = request.getfixturevalue("seeds")
    work = seeds / "work" / name
    command = [sys.executable, "-m", "tests.fuzz.run", name, "--seeds", str(seeds), "--work", str(work)]
    done = subprocess.run(
        [*command, "--runs", str(RUNS)], cwd=ROOT, capture_output=True, text=True, errors="replace", check=False
    )
    found = re.search(r"Test unit written to (\S+)", done.stderr)
    again = f"{sys.executable} -m tests.fuzz.run {name} --input {found[1]}" if found else "no input was written"
    assert done.returncode == 0, f"{done.stdout[-2000:]}\n{done.stderr[-3000:]}\nto see it again: {again}"
    assert f"Done {RUNS} runs" in done.stderr


@pytest.mark.torture
@pytest.mark.timeout(LONG_S)
@pytest.mark.parametrize("name", sorted(ROWS))
def test_a_damaged_database_is_read_or_refused(tmp_path: Path, name: str) -> None:
    path = tmp_path / f"{name}.db"
    makers = {
        "cost-table": lambda: cockpit(path, cost_row(), cost_row(cost="much")),
        "metrics-table": lambda: dashboard(path, (1, "2025-10-10T12:00:00", 5, 0, 3, 4)),
        "llm": lambda: make(path, *RESPONSES),
        "opencode": lambda: make(path, *OPENCODE),
    }
    makers[name]()
    whole = path.read_bytes()
    (agent,) = (agent for agent in AGENTS if agent.rows and agent.name == name)
    assert agent.rows is not None
    assert list(agent.rows().read(str(path), ROWS[name](str(path))))
    mutator, read = Mutator((), [whole], None), 0
    for seed in range(DAMAGED):
        path.write_bytes(mutator.damaged(whole, seed))
        try:
            read += bool(list(agent.rows().read(str(path), ROWS[name](str(path)))))
        except InputError:
            continue
    assert read


def test_every_reader_and_meter_of_the_registries_is_a_target() -> None:
    from tokencli.wire.registry import APIS

    assert len([name for name in TARGETS if name.startswith("wire_")]) == len({api.meter for api in APIS.values()})
    assert {name.rpartition("-")[0] for name in TARGETS} >= {agent.name for agent in AGENTS}
    assert len([name for name in TARGETS if name.endswith(("-lines", "-document", "-rows"))]) == len(AGENTS)


def test_a_broken_promise_is_found(tmp_path: Path) -> None:
    from tests.fuzz.checks import check_told, check_usage
    from tokencli.domain.usage import TokenUsage
    from tokencli.readers.told import Told

    usage = TokenUsage(input_tokens=1)
    object.__setattr__(usage, "input_tokens", -1)
    with pytest.raises(DefectError, match="negative"):
        check_usage(usage)
    with pytest.raises(DefectError, match="neither a call nor a refusal"):
        check_told([ValueError()])
    with pytest.raises(UnicodeEncodeError):
        check_told([Told(key="a", at=1, usage=None, project="\ud800")])
    with pytest.raises(DefectError, match="no key"):
        check_told([Told(key="", at=1, usage=None)])
    saved = tmp_path / "input"
    saved.write_bytes(b"{}")
    command = [sys.executable, "-m", "tests.fuzz.run", "wire_openai_chat", "--input", str(saved)]
    assert subprocess.run(command, cwd=ROOT, check=False).returncode == 0


def test_a_seed_changes_an_input_in_the_same_way_every_time() -> None:
    pool = [b'data: {"usage": {"prompt_tokens": 5}}\n\ndata: [DONE]\n\n', b"event: x\ndata: [1, 2.5]\n\n"]
    first, second = (list(changed(TARGETS["wire_openai_chat"], pool, 300)) for _ in range(2))
    assert first == second
    assert len(set(first)) > 200
    assert max(map(len, first)) <= LARGEST


def test_words_are_the_names_that_the_code_knows() -> None:
    assert {"usageMetadata", "promptTokenCount", "data: "} <= set(words_of("tokencli.wire.gemini"))
    assert {"modelID", "reasoning"} <= set(words_of("tokencli.readers.opencode"))


@pytest.mark.torture
@pytest.mark.timeout(LONG_S)
def test_a_long_input_is_no_hang(seeds: Path) -> None:
    """What is repeated is read in a time in proportion: nothing in the readers looks at the rest of it each time."""
    size = 200_000 if IS_LONG else 20_000
    slow: list[str] = []
    with files_beside():
        for name, target in TARGETS.items():
            for data in repeated(seeds_of(seeds, target)[: 4 if IS_LONG else 1], size):
                begun = time.perf_counter()
                target.run(data)
                if time.perf_counter() - begun > PATIENCE_S:
                    slow.append(f"{name}: {data[:60]!r} ... {data[-60:]!r}")
    assert not slow, "\n".join(slow)


def repeated(pool: list[bytes], size: int) -> Iterator[bytes]:
    """Yield inputs in which one sign stands very often, alone and in the middle of an example."""
    for sign in SIGNS:
        yield sign * (size // len(sign))
        for data in pool:
            middle = len(data) // 2
            yield data[:middle] + sign * (size // len(sign)) + data[middle:]
    for data in pool:
        yield data * (size // len(data))

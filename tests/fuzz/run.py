"""One target under atheris: `python -m tests.fuzz.run TARGET --seeds FOLDER`; `--input FILE` shows a defect again."""

from __future__ import annotations

import argparse
import sys
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from tests.fuzz.targets import Target

ROOT = Path(__file__).resolve().parents[2]
TIMEOUT_S = 10
MEMORY_MB = 2048
SHARED = {f"tokencli.wire.{name}" for name in ("framing", "fields", "reading", "output_text")}
ALL_TRACED = {"wire_count_tokens"}
"""The lightest meter: there the bytes between the events and the fields are what is looked at."""
BLIND, ANEW, WAYS = 0, 1, 4
"""Of four changes one is libFuzzer's own, which knows nothing of JSON, and one is made to a first input again.

libFuzzer keeps the smallest inputs that reach a place; those to begin with look like what comes in the wild.
"""


def main() -> None:
    """Fuzz a target, or run it once."""
    parser = argparse.ArgumentParser(prog="python -m tests.fuzz.run", description=__doc__)
    parser.add_argument("target")
    parser.add_argument("--input", type=Path, help="run the target once with this file, without atheris")
    parser.add_argument("--seeds", type=Path, help="the folder that tests.fuzz.seeds has gathered")
    parser.add_argument("--work", type=Path, default=Path(), help="where what is found is written")
    parser.add_argument("--runs", type=int, default=1_000_000)
    chosen = parser.parse_args()
    if chosen.input is not None:
        _once(chosen.target, chosen.input.read_bytes())
        return
    _fuzz(chosen)


def _once(name: str, data: bytes) -> None:
    from tests.fuzz.targets import files_beside, targets

    with files_beside():
        targets()[name].run(data)


def _fuzz(chosen: argparse.Namespace) -> None:
    atheris = import_module("atheris")  # it is not installed everywhere, and has no types
    hooks = import_module("atheris.import_hook")
    # Comparisons are not traced: that takes four fifths of the time, and the dictionary knows the words.
    with hooks.HookManager({"tokencli"}, untraced(chosen.target), enable_loader_override=False, trace_dataflow=False):
        from tests.fuzz.targets import files_beside, targets
    from tests.fuzz.harvest import LARGEST
    from tests.fuzz.mutations import Mutator
    from tests.fuzz.seeds import seeds_of
    from tests.fuzz.words import as_dictionary, words_of

    target = targets()[chosen.target]
    pool, words = seeds_of(chosen.seeds, target), words_of(target.module)
    found, dictionary = chosen.work / "inputs", chosen.work / "words"
    found.mkdir(parents=True, exist_ok=True)
    dictionary.write_text(as_dictionary(words), encoding="ascii")
    arguments = [
        *(sys.argv[0], str(found), *([str(chosen.seeds / (target.like or target.name))] if pool else [])),
        *(f"-runs={chosen.runs}", f"-timeout={TIMEOUT_S}", f"-rss_limit_mb={MEMORY_MB}", f"-max_len={LARGEST}"),
        *(f"-dict={dictionary}", f"-artifact_prefix={chosen.work}/", "-use_counters=0", "-len_control=0"),
        *("-print_final_stats=1", "-reload=0"),
    ]
    with files_beside():
        atheris.Setup(arguments, target.run, **_mutation(atheris, Mutator(words, pool, target.separator), pool, target))
        atheris.Fuzz()


def untraced(target: str) -> set[str]:
    """Return the modules whose branches are not counted: what nearly every target runs through, again and again."""
    room = ROOT / "src" / "tokencli"
    shared = {f"tokencli.domain.{path.stem}" for path in (room / "domain").glob("*.py")}
    return shared if target in ALL_TRACED else shared | SHARED


def _mutation(atheris: Any, mutator: Any, pool: list[bytes], target: Target) -> dict[str, Any]:
    if not target.is_text:
        return {}

    def change(data: bytes, max_size: int, seed: int) -> bytes:
        way, chance = seed % WAYS, seed // WAYS
        if way == BLIND or not pool:
            blind: bytes = atheris.Mutate(data, max_size)
            return blind
        if way == ANEW:
            data = mutator.mutated(pool[chance % len(pool)], max_size, seed + 1)
        changed: bytes = mutator.mutated(data, max_size, seed)
        return changed

    return {"custom_mutator": change}


if __name__ == "__main__":
    main()

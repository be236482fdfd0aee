"""A program: connects or disconnects a file in a child that is killed before one of its steps, for every step there is.

A step is what the interpreter tells its auditors of: a file that is opened, renamed, removed, whose mode is changed.
It prints a line of JSON for each kill.
"""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path
from typing import Any

from tokencli.clients.client import Setting
from tokencli.services.client_files import carry_out, forget_all, go_back, planned, way_back

STEPS = frozenset({"open", "os.rename", "os.remove", "os.chmod", "os.mkdir"})
KILLED = 9
OLD = b'{\n  "x": 1 // mine\n}\n'
MOST = 100


def connect(file: Path, kept: Path, session: str = "") -> None:
    """Connect, once or again."""
    carry_out(planned(file, [Setting(("env", "URL"), f"http://127.0.0.1:8000{session}")]), kept, "it")


def disconnect(kept: Path) -> None:
    """Bring the file back."""
    way = way_back(kept, "it")
    if way is None:
        forget_all(kept, "it")
    else:
        go_back(way, kept, "it")


def prepare(scenario: str, file: Path, kept: Path) -> bytes | None:
    """Bring a folder to where a scenario begins; return what the file was before it was ever connected."""
    file.parent.mkdir(parents=True)
    if scenario != "connect new":
        file.write_bytes(OLD)
    if scenario in {"connect again", "disconnect", "disconnect edited"}:
        connect(file, kept)
    if scenario == "disconnect edited":
        file.write_bytes(file.read_bytes().replace(b'"x": 1', b'"x": 2'))
        return OLD.replace(b'"x": 1', b'"x": 2')
    return None if scenario == "connect new" else OLD


def act(scenario: str, file: Path, kept: Path) -> None:
    """Do what is to be killed."""
    if scenario.startswith("connect"):
        connect(file, kept, "/s/fix" if scenario == "connect again" else "")
    else:
        disconnect(kept)


def killed_before(step: int, scenario: str, file: Path, kept: Path) -> bool:
    """Run a scenario in a child that ends at a step; say whether it came so far."""
    child = os.fork()
    if child == 0:
        seen = 0

        def audit(event: str, _: Any) -> None:
            nonlocal seen
            seen += event in STEPS
            if seen > step and event in STEPS:
                os._exit(KILLED)

        sys.addaudithook(audit)
        act(scenario, file, kept)
        os._exit(0)
    code = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    assert code in {0, KILLED}, code
    return code == KILLED


def read(file: Path) -> bytes | None:
    """Return what a file holds, None when it is not there."""
    return file.read_bytes() if file.exists() else None


def tried(step: int, scenario: str, folder: Path) -> dict[str, Any]:
    """Kill once, and say what was left and whether the way back was there."""
    file, kept = folder / str(step) / "settings.json", folder / str(step) / "kept"
    original = prepare(scenario, file, kept)
    old = read(file)
    twin = folder / f"twin-{step}" / "settings.json"
    prepare(scenario, twin, twin.parent / "kept")
    act(scenario, twin, twin.parent / "kept")
    names = {read(twin): "new", old: "old"}
    is_killed = killed_before(step, scenario, file, kept)
    left = read(file)
    is_backed_up = (kept / "it.backup").exists()
    disconnect(kept)
    return {
        "step": step,
        "is_killed": is_killed,
        "file": names.get(left, repr(left)),
        "original": names.get(original),
        "is_backed_up": is_backed_up,
        "is_back": read(file) == original,
        "left_over": sorted(each.name for each in file.parent.rglob("*") if each not in {file, kept}),
    }


if __name__ == "__main__":
    for number in range(MOST):
        told = tried(number, sys.argv[2], Path(sys.argv[1]))
        sys.stdout.write(json.dumps(told) + "\n")
        sys.stdout.flush()
        if not told["is_killed"]:
            break

from __future__ import annotations

import hashlib
import subprocess
import sys

from tokencli.readers.blake import blake2b

READ = """
import sys
from tokencli.readers import agent_scan, claude_code
print(sorted({"_hashlib", "hashlib"} & sys.modules.keys()))
"""
ELSEWHERE = """
import sys
from hashlib import blake2b as known
sys.modules["_blake2"] = None
from tokencli.readers.blake import blake2b
print(blake2b is known)
"""


def printed(program: str) -> str:
    return subprocess.run([sys.executable, "-c", program], capture_output=True, check=True, text=True).stdout.strip()


def test_digests_are_those_of_hashlib() -> None:
    for data in (b"", b"abc", bytes(range(256)) * 20):
        assert blake2b(data, digest_size=16).hexdigest() == hashlib.blake2b(data, digest_size=16).hexdigest()


def test_a_reader_of_clients_logs_loads_no_openssl() -> None:
    assert printed(READ) == "[]"


def test_where_python_has_none_of_its_own_it_is_hashlibs() -> None:
    assert printed(ELSEWHERE) == "True"

"""BLAKE2b as hashlib has it, without OpenSSL, which hashlib loads beside it: that takes longer than anything else here.

Where an interpreter has no module of that name, hashlib's is used.
"""

from __future__ import annotations

try:
    from _blake2 import blake2b
except ImportError:
    from hashlib import blake2b

__all__ = ["blake2b"]

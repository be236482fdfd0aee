"""What the official libraries have in common: clients for threads and for event loops, in one way of writing."""

from __future__ import annotations

import base64
import inspect
import json
import struct
import zlib
from contextlib import asynccontextmanager
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator

    from tests.proxy.fake_provider import Received

KINDS = pytest.mark.parametrize("kind", ["sync", "async"])


def needs(*packages: str) -> list[pytest.MarkDecorator]:
    """Return the marks of a module of tests with these libraries, which is skipped where one is missing."""
    missing = [each for each in packages if not _is_there(each)]
    reason = f"{', '.join(missing)} is not installed: 'make test' installs the test group of pyproject.toml"
    return [pytest.mark.e2e, pytest.mark.skipif(bool(missing), reason=reason)]


def _is_there(package: str) -> bool:
    try:
        return find_spec(package) is not None
    except ModuleNotFoundError:
        return False


async def done(value: Any) -> Any:
    """Return a call's answer, awaited where it has to be."""
    return await value if inspect.isawaitable(value) else value


async def each(stream: Any) -> list[Any]:
    """Return all parts of a stream."""
    return [part async for part in stream] if hasattr(stream, "__aiter__") else list(stream)


async def first(stream: Any) -> Any:
    """Return the first part of a stream."""
    return await anext(stream.__aiter__()) if hasattr(stream, "__aiter__") else next(iter(stream))


@asynccontextmanager
async def opened(manager: Any) -> AsyncGenerator[Any]:
    """Enter a client or a stream of either kind, and close it."""
    if hasattr(manager, "__aenter__"):
        async with manager as entered:
            yield entered
    else:
        with manager as entered:
            yield entered


def asked(request: Received) -> dict[str, Any]:
    """Return a request's JSON."""
    values: dict[str, Any] = json.loads(request.body)
    return values


def picture() -> bytes:
    """Return a small PNG, one red dot."""
    head = struct.pack(">IIBBBBB", 1, 1, 8, 2, 0, 0, 0)
    parts = ((b"IHDR", head), (b"IDAT", zlib.compress(b"\0\xff\0\0")), (b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data)) for kind, data in parts
    )


PICTURE = base64.b64encode(picture()).decode()

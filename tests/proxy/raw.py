"""Raw requests, byte by byte, to an echo that stands on the protocol."""

import asyncio
import json

from tests.proxy.served import Echo, serving
from tokencli.proxy.protocol import Limits

HOST = b"Host: localhost\r\n"
POST = b"POST /v1/chat/completions HTTP/1.1\r\n" + HOST
CLOSE = b"Connection: close\r\n"
SHORT = Limits(header_timeout_s=0.2, body_timeout_s=0.2, max_request_bytes=1000, max_header_bytes=2000)


def error_of(answered: bytes) -> tuple[int, str]:
    """Return status and code of an answer that is a refusal in the OpenAI shape."""
    head, _, body = answered.partition(b"\r\n\r\n")
    return int(head.split()[1]), json.loads(body)["error"]["code"]


def asked(sent: bytes, limits: Limits = SHORT) -> tuple[bytes, list[bytes | None]]:
    """Send bytes to an echo within limits; give the answer and what the app was given."""

    async def run() -> tuple[bytes, list[bytes | None]]:
        echo = Echo()
        async with serving(echo, limits) as served:
            answered = await served.asked(sent)
        assert served.bugs == []
        return answered, echo.bodies

    return asyncio.run(run())

"""The loop guard: no request leaves for this proxy itself, whatever name or address its base URL has.

A base URL that leads back would send a request round and round, and hand the provider's key to whatever stands
between. So before anything is sent: an address of this machine is refused when its port is ours or that of another
tokencli, which its beacon tells; any other host that is not on the open internet is first asked, without a key, whether
it is a tokencli. A request that has passed a tokencli before says so and is refused by the next one.
"""

from __future__ import annotations

import asyncio
import socket
from ipaddress import IPv4Address, IPv6Address, ip_address
from typing import TYPE_CHECKING, NamedTuple
from urllib.parse import urlsplit

from tokencli.domain.text import visible
from tokencli.proxy.beacon import is_lit
from tokencli.proxy.refusals import Refusal

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterable

HEALTH_PATH = "/health"
_KNOWN_FOR_S = 60.0
_PROBE_S = 2.0
_MOST_KNOWN = 256
_PORTS = {"http": 80, "https": 443}
_MOST_PREFIXES = 4
_DISCARD_PORT = 9
_NOWHERE = ""
_OTHER = "leads to another tokencli, or back to this one"


class LoopError(Refusal):
    """A request that would come back here."""

    status = 508
    code = "loop"

    def __init__(self, address: str, why: str) -> None:
        """Name the address, and what was found there."""
        super().__init__(
            f"{visible(address)} {why}: give the provider its own base_url in config.toml; nothing was sent."
        )


class PassedBeforeError(Refusal):
    """A request that a tokencli has forwarded already."""

    status = 508
    code = "loop"

    def __init__(self) -> None:
        """Say what to look at."""
        super().__init__(
            "this request comes from a tokencli and would pass another one: "
            "give the provider its own base_url in config.toml; it was not sent on."
        )


class _Verdict(NamedTuple):
    """What was found out about a URL, and when; `why` is None where requests may go."""

    found_at: float
    why: str | None


class LoopGuard:
    """Knows where this proxy listens, and remembers for a minute what it found out about other hosts.

    `probe` fetches a URL without any key and returns its x-tokencli-instance header, None when there is none or no
    answer; it must not raise.
    """

    def __init__(
        self,
        ports: Iterable[int],
        probe: Callable[[str], Awaitable[str | None]],
        monotonic: Callable[[], float],
        is_neighbour: Callable[[int], bool | None] = is_lit,
    ) -> None:
        """Take the ports that are listened on; `is_neighbour` says of other ports of this machine what is there."""
        self._ports = frozenset(ports)
        self._probe = probe
        self._monotonic = monotonic
        self._is_neighbour = is_neighbour
        self._known: dict[str, _Verdict] = {}
        self._asking: dict[str, asyncio.Lock] = {}

    async def check(self, base_url: str) -> None:
        """Do nothing when requests may go to this URL.

        Raises:
            LoopError: it leads back here, or to another tokencli.
        """
        place = base_url.partition("?")[0]
        verdict = self._remembered(place)
        if verdict is None:
            async with self._asking.setdefault(place, asyncio.Lock()):
                verdict = self._remembered(place) or await self._find_out(place)
            self._asking.pop(place, None)
        if verdict.why is not None:
            raise LoopError(place.partition("://")[2].partition("/")[0].rpartition("@")[2], verdict.why)

    def _remembered(self, place: str) -> _Verdict | None:
        known = self._known.get(place)
        return known if known and self._monotonic() - known.found_at < _KNOWN_FOR_S else None

    async def _find_out(self, place: str) -> _Verdict:
        why = await self._reason(place)
        if why == _NOWHERE:
            return _Verdict(self._monotonic(), None)  # not remembered: the next look may find this machine
        if len(self._known) >= _MOST_KNOWN:
            self._known.clear()
        verdict = self._known[place] = _Verdict(self._monotonic(), why)
        return verdict

    async def _reason(self, place: str) -> str | None:
        """Return why nothing may be sent to a URL, None when something may, _NOWHERE when its host has no address."""
        try:
            parts = urlsplit(place)
            port = parts.port or _PORTS.get(parts.scheme, 0)
        except ValueError:
            return None
        addresses = await _addresses(parts.hostname, port) if parts.hostname else []
        if not addresses:
            return _NOWHERE
        own = [is_own(address) for address in addresses]
        if any(own) and port in self._ports:
            return "is this tokencli itself"
        neighbour = self._is_neighbour(port) if any(own) else None
        if neighbour is None or not (neighbour or all(own)):
            is_public = all(_plain(address).is_global for address in addresses)
            neighbour = not is_public and await self._is_tokencli(place)
        return _OTHER if neighbour else None

    async def _is_tokencli(self, place: str) -> bool:
        for url in _health_urls(place):
            if await self._answers_as_tokencli(url):
                return True
        return False

    async def _answers_as_tokencli(self, url: str) -> bool:
        try:
            async with asyncio.timeout(_PROBE_S):
                return await self._probe(url) is not None
        except TimeoutError:
            return False


async def _addresses(host: str, port: int) -> list[str]:
    """Return the addresses of a host in any spelling; none when it has none, which connecting will tell."""
    try:
        found = await asyncio.get_running_loop().getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError):
        return []
    return list(dict.fromkeys(str(address[0]) for *_, address in found))


def is_own(address: str) -> bool:
    """Return whether an IP address is one of this machine's: what is sent there is sent from there."""
    plain = _plain(address)
    if plain.is_loopback or plain.is_unspecified:
        return True
    family, target = (socket.AF_INET, str(plain)) if isinstance(plain, IPv4Address) else (socket.AF_INET6, address)
    try:
        with socket.socket(family, socket.SOCK_DGRAM) as nobody:
            nobody.connect((target, _DISCARD_PORT))  # a datagram socket sends nothing when it connects
            return _plain(nobody.getsockname()[0]) == plain
    except OSError:
        return False


def _plain(address: str) -> IPv4Address | IPv6Address:
    """Return an address without its zone, and an IPv4 one that is written as IPv6 as what it is."""
    found = ip_address(address.partition("%")[0])
    return found.ipv4_mapped or found if isinstance(found, IPv6Address) else found


def _health_urls(base_url: str) -> list[str]:
    """Return where a tokencli behind this base URL would answer: at its root, or under each part of its path."""
    parts = urlsplit(base_url)
    path = [each for each in parts.path.split("/") if each][:_MOST_PREFIXES]
    prefixes = ["".join(f"/{each}" for each in path[:length]) for length in range(len(path) + 1)]
    return [f"{parts.scheme}://{parts.netloc}{prefix}{HEALTH_PATH}" for prefix in prefixes]

"""What can go wrong between a client and a provider, to be switched on in any stand-in."""

import asyncio
import random
import re
import zlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from functools import cache

from aiohttp import web
from aiohttp.typedefs import Handler

BOMB_BYTES = 300 * 1024 * 1024  # what a gzip bomb unfolds to
DRIP_SECONDS = 0.2  # between two bytes of a slow answer


class Kind(StrEnum):
    """How an answer goes wrong."""

    STATUS = "status"  # another status, with `body` or a text
    HTML = "html"  # 200, and a page
    TRUNCATED = "truncated"  # JSON that ends in the middle
    RESET = "reset"  # the connection is gone
    DRIP = "drip"  # one byte now and then, for ever
    BOMB = "gzip bomb"
    ENDLESS = "endless"  # a body without an end
    DEEP = "deep"  # JSON nested 100,000 times
    BIG_NUMBER = "big number"  # of 5,000 digits
    NAN = "nan"
    REDIRECT = "redirect"


@dataclass(frozen=True, slots=True)
class Fault:
    """One way of going wrong; with `after` the request is carried out first, and only its answer is spoilt."""

    kind: Kind = Kind.STATUS
    status: int = 500
    body: str = ""
    headers: Mapping[str, str] = field(default_factory=dict)
    after: bool = False


@dataclass
class _Rule:
    pattern: re.Pattern[str]
    fault: Fault
    times: int


class Faults:
    """Decides for each request whether it goes wrong, by rules first and then by chance."""

    def __init__(self) -> None:
        self._rules: list[_Rule] = []
        self._share = 0.0
        self._chance = random.Random(0)
        self._kinds: Sequence[Fault] = ()
        self.played = 0
        self.on_drip: list[Callable[[], None]] = []  # called when an answer that never ends has begun

    def add(self, pattern: str, fault: Fault, *, times: int = 1) -> None:
        """Spoil the next `times` requests whose `METHOD /path` begins as the regular expression says."""
        self._rules.append(_Rule(re.compile(pattern), fault, times))

    def clear(self) -> None:
        """Play no more faults."""
        self._rules.clear()
        self._share = 0.0

    def at_random(self, share: float, chance: random.Random, kinds: Sequence[Fault]) -> None:
        """Spoil this share of all requests by one of `kinds`, half of them after they were carried out."""
        self._share, self._chance, self._kinds = share, chance, kinds

    def drips(self) -> None:
        """Tell those who wait for an answer that never ends."""
        for call in self.on_drip:
            call()

    def next(self, request: web.Request) -> Fault | None:
        """Return what goes wrong with this request, None when nothing does."""
        name = f"{request.method} {request.path}"
        for rule in self._rules:
            if rule.times > 0 and rule.pattern.match(name):
                rule.times -= 1
                self.played += 1
                return rule.fault
        if self._share and self._chance.random() < self._share:
            self.played += 1
            return self._chance.choice(self._kinds)
        return None


@web.middleware
async def spoil(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Play the fault of this request, if it has one."""
    fault = request.app[FAULTS].next(request)
    if fault is None:
        return await handler(request)
    if fault.after:
        await handler(request)
    return await _spoilt(request, fault)


FAULTS: web.AppKey[Faults] = web.AppKey("faults", Faults)


async def _spoilt(request: web.Request, fault: Fault) -> web.StreamResponse:
    match fault.kind:
        case Kind.STATUS:
            text = fault.body or f"{fault.status}"
            kind = "application/json" if text.startswith("{") else "text/plain"
            return web.Response(status=fault.status, text=text, content_type=kind, headers=dict(fault.headers))
        case Kind.HTML:
            return web.Response(text="<html><body>One moment, please…</body></html>", content_type="text/html")
        case Kind.TRUNCATED:
            return web.Response(text='{"task_id": "0d3d', content_type="application/json")
        case Kind.DEEP:
            return web.Response(text="[" * 100_000, content_type="application/json")
        case Kind.BIG_NUMBER:
            return web.Response(text='{"number": ' + "9" * 5_000 + "}", content_type="application/json")
        case Kind.NAN:
            return web.Response(text='{"progress": NaN}', content_type="application/json")
        case Kind.REDIRECT:
            return web.Response(status=307, headers={"Location": fault.body or "http://169.254.169.254/latest/"})
        case Kind.RESET:
            assert request.transport is not None
            request.transport.abort()
            return web.Response()
        case Kind.BOMB:
            headers = {"Content-Encoding": "gzip", "Content-Type": "application/json"}
            return web.Response(body=_bomb(), headers=headers)
        case Kind.DRIP | Kind.ENDLESS:
            return await _without_end(request, fault.kind)


@cache
def _bomb() -> bytes:
    packer = zlib.compressobj(9, zlib.DEFLATED, 31)
    packed = b"".join(packer.compress(bytes(1024 * 1024)) for _ in range(BOMB_BYTES // 1024**2))
    return packed + packer.flush()


async def _without_end(request: web.Request, kind: Kind) -> web.StreamResponse:
    response = web.StreamResponse(headers={"Content-Type": "application/json"})
    await response.prepare(request)
    try:
        while True:
            await response.write(b" " if kind is Kind.DRIP else b" " * 65_536)
            if kind is Kind.DRIP:
                request.app[FAULTS].drips()
            await asyncio.sleep(DRIP_SECONDS if kind is Kind.DRIP else 0)
    except (ConnectionError, asyncio.CancelledError):
        return response

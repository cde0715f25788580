"""Sessions and sockets of the gateway, each for one client."""

import asyncio
import json
from collections import deque
from dataclasses import dataclass, field

from aiohttp import web

from playground.wire.gateway.compression import Packing
from playground.wire.gateway.events import GatewayEvent
from playground.world.json_values import Json

DISPATCH = 0
KEPT_EVENTS = 2000  # events kept per session for a resume
SENDS_PER_MINUTE = 120
ZOMBIE_BEATS = 1.5  # a client that is silent for this many intervals is dropped


class Closing(Exception):
    """Close the socket with a code."""

    def __init__(self, code: int, reason: str) -> None:
        super().__init__(reason)
        self.code = code
        self.reason = reason


@dataclass(eq=False)
class GatewaySession:
    """One identified client, kept longer than its socket so that it can be resumed."""

    id: str
    intents: int
    shard: tuple[int, int]
    sequence: int = 0
    sent: deque[tuple[int, GatewayEvent, Json]] = field(default_factory=lambda: deque(maxlen=KEPT_EVENTS))
    socket: "GatewaySocket | None" = None

    def covers(self, guild_id: int | None) -> bool:
        """Whether events of this guild go to this session's shard."""
        index, count = self.shard
        return (0 if guild_id is None else (guild_id >> 22) % count) == index

    def dispatch(self, event: GatewayEvent) -> Json | None:
        """Give the event a number, send it now or on resume, and return its data."""
        data = event.for_session(self.intents)
        if data is None:
            return None
        self.sequence += 1
        self.sent.append((self.sequence, event, data))
        if self.socket:
            self.socket.send(DISPATCH, data, name=event.name, sequence=self.sequence)
        return data


class GatewaySocket:
    """One WebSocket with its compression and its queue of outgoing payloads."""

    def __init__(self, request: web.Request, ws: web.WebSocketResponse, packer: Packing) -> None:
        self.ws = ws
        self.session: GatewaySession | None = None
        self.sends: deque[float] = deque(maxlen=SENDS_PER_MINUTE)
        self.closed_by_us = False
        self._request = request
        self._packer = packer
        self._outbox: asyncio.Queue[str | int] = asyncio.Queue()
        self._zombie: asyncio.TimerHandle | None = None

    def send(self, op: int, data: object = None, *, name: str | None = None, sequence: int | None = None) -> None:
        """Queue one payload."""
        self._outbox.put_nowait(json.dumps({"op": op, "d": data, "s": sequence, "t": name}))

    def close(self, code: int) -> None:
        """Close after everything queued has been sent."""
        self.closed_by_us = True
        self._outbox.put_nowait(code)

    def abort(self) -> None:
        """Cut the TCP connection."""
        if self._request.transport:
            self._request.transport.abort()

    def beat(self, interval: float) -> None:
        """Note a heartbeat, and close with 4009 when none follows in one and a half intervals."""
        if self._zombie:
            self._zombie.cancel()
        self._zombie = asyncio.get_running_loop().call_later(interval * ZOMBIE_BEATS, self.close, 4009)

    async def write(self) -> None:
        """Send the queue until the socket is closed."""
        while not self.ws.closed:
            item = await self._outbox.get()
            if isinstance(item, int):
                await self.ws.close(code=item)
                return
            frame = self._packer.pack(item)
            await (self.ws.send_bytes(frame) if isinstance(frame, bytes) else self.ws.send_str(frame))

    def stop(self) -> None:
        """Stop the timer of missed heartbeats."""
        if self._zombie:
            self._zombie.cancel()

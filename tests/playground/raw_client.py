"""A gateway client made of nothing but a WebSocket."""

import json
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

import aiohttp

from playground import Playground

Payload = dict[str, Any]


class RawClient:
    """A gateway client made of nothing but a WebSocket."""

    def __init__(self, socket: aiohttp.ClientWebSocketResponse, unpack: Callable[[bytes], bytes]) -> None:
        self.socket = socket
        self._unpack = unpack

    async def receive(self) -> Payload:
        frame = await self.socket.receive()
        assert frame.type in (aiohttp.WSMsgType.TEXT, aiohttp.WSMsgType.BINARY), frame
        text = frame.data if isinstance(frame.data, str) else self._unpack(frame.data)
        return dict(json.loads(text))

    async def send(self, op: int, data: object = None) -> None:
        await self.socket.send_json({"op": op, "d": data})

    async def close_code(self) -> int | None:
        async for _ in self.socket:
            pass
        return self.socket.close_code


@asynccontextmanager
async def connected(
    discord: Playground, compress: str = "", unpack: Callable[[bytes], bytes] = bytes
) -> AsyncIterator[RawClient]:
    query = {"v": "10", "encoding": "json"} | ({"compress": compress} if compress else {})
    async with aiohttp.ClientSession() as session, session.ws_connect(discord.gateway_url, params=query) as socket:
        yield RawClient(socket, unpack)


def identify(discord: Playground, **changes: object) -> Payload:
    return {"token": discord.token, "intents": 1, "properties": {"os": "", "browser": "", "device": ""}, **changes}

"""The CDN, which serves files to signed links until they expire."""

import asyncio
from collections.abc import AsyncIterator

from aiohttp import web

from playground.wire.fault_rules import FaultRules
from playground.wire.rest.front import cut
from playground.world.attachments import Attachment
from playground.world.json_values import as_id
from playground.world.state import World

CHUNK = 1 << 16
DRIP = 1 << 10
GONE = "This content is no longer available."


class Cdn:
    """Serves uploaded files."""

    def __init__(self, world: World, faults: FaultRules) -> None:
        self.downloads = 0
        self._world = world
        self._faults = faults

    def register(self, app: web.Application) -> None:
        """Add the CDN's paths to an application."""
        for start in ("/attachments", "/media/attachments", "/ephemeral-attachments"):
            app.router.add_get(start + "/{place}/{attachment_id}/{filename}", self.serve)

    async def serve(self, request: web.Request) -> web.StreamResponse:
        """Send one file, or 404 when its link has expired."""
        attachment = self._world.files.get(as_id(request.match_info["attachment_id"]))
        path = request.path.removeprefix("/media")
        if attachment is None or attachment.path != path or not self._world.links.is_good(path, dict(request.query)):
            return web.Response(status=404, text=GONE)
        self.downloads += 1
        fault = self._faults.cdn
        if fault.times > 0:
            fault.times -= 1
            if fault.status:
                return web.Response(status=fault.status, text=GONE)
            return await self._wrongly(request, attachment)
        return web.Response(body=attachment.data, headers=_headers(attachment))

    async def _wrongly(self, request: web.Request, attachment: Attachment) -> web.StreamResponse:
        fault = self._faults.cdn
        response = web.StreamResponse(headers=_headers(attachment))
        response.enable_chunked_encoding()
        await response.prepare(request)
        try:
            async for chunk in _chunks(attachment.data, fault.extra_bytes, fault.seconds_per_chunk):
                await response.write(chunk)
        except ConnectionError:
            return cut(request)  # the client has left
        await response.write_eof()
        return response


def _headers(attachment: Attachment) -> dict[str, str]:
    return {"Content-Type": attachment.content_type or "application/octet-stream"}


async def _chunks(data: bytes, extra: int, pause: float) -> AsyncIterator[bytes]:
    size = DRIP if pause else CHUNK
    for start in range(0, len(data), size):
        yield data[start : start + size]
        await asyncio.sleep(pause)
    for start in range(0, extra, size):
        yield bytes(min(size, extra - start))
        await asyncio.sleep(0)

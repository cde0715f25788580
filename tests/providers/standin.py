"""What all stand-ins share: an API and a file server on two loopback origins, faults, and a memory of it all."""

import argparse
import asyncio
import contextlib
import io
import itertools
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, ClassVar, Self

from aiohttp import web
from aiohttp.typedefs import Handler, Middleware
from PIL import Image, ImageDraw

from tests.providers.faults import FAULTS, Faults, spoil

LARGEST_REQUEST = 64 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class Seen:
    """One request that arrived: at which origin (`api` or `files`), and what it carried."""

    origin: str
    method: str
    path: str
    query: Mapping[str, str]
    headers: Mapping[str, str]
    body: bytes


@dataclass
class StoredFile:
    """A file on the file server; links to it work until `ends_at`."""

    content: bytes | None
    content_type: str
    ends_at: float


class StandIn:
    """A provider on loopback. Subclasses add their routes to `api` and say which key they take.

    Work moves one stage on at each look (`GET` of its status), so that nothing waits for a clock; `held` keeps it in
    the queue for as long as the test wants. `now` is the clock of links that expire.
    """

    name: ClassVar[str] = ""
    key: ClassVar[str] = ""

    def __init__(self, *, port: int = 0, files_port: int = 0) -> None:
        self.faults = Faults()
        self.seen: list[Seen] = []
        self.held = False  # work stays in the queue
        self.fails = False  # work that is looked at fails
        self.now: Callable[[], float] = time.time
        self.link_seconds = 600.0
        self.files: dict[str, StoredFile] = {}
        self.api = web.Application(client_max_size=LARGEST_REQUEST, middlewares=[self._remember("api"), spoil])
        self.api[FAULTS] = self.faults
        self.file_server = web.Application(client_max_size=LARGEST_REQUEST, middlewares=[self._remember("files")])
        self.file_server.router.add_route("*", "/f/{name:.+}", self._file)
        self._ports = [port, files_port]
        self._runners: list[web.AppRunner] = []
        self._numbers = itertools.count(1)
        self.routes()

    def routes(self) -> None:
        """Add the provider's routes to `api`."""
        raise NotImplementedError

    @property
    def base_url(self) -> str:
        """Return where the API is."""
        return f"http://127.0.0.1:{self._ports[0]}"

    @property
    def files_url(self) -> str:
        """Return the origin of uploads and results."""
        return f"http://127.0.0.1:{self._ports[1]}"

    def settings(self) -> dict[str, Any]:
        """Return the owner's settings that switch its backend on."""
        raise NotImplementedError

    async def __aenter__(self) -> Self:
        for place, app in enumerate((self.api, self.file_server)):
            runner = web.AppRunner(app, access_log=None, handle_signals=False, shutdown_timeout=0.2)
            await runner.setup()
            await web.TCPSite(runner, "127.0.0.1", self._ports[place]).start()
            self._ports[place] = runner.addresses[0][1]
            self._runners.append(runner)
        return self

    async def __aexit__(self, *_: object) -> None:
        for runner in self._runners:
            await runner.cleanup()

    # --- files

    def link(self, name: str, *, content: bytes | None = None, content_type: str = "") -> str:
        """Return a link that works for `link_seconds`: to put a file, or to get `content`."""
        signature = next(self._numbers)
        self.files[name] = StoredFile(content, content_type, self.now() + self.link_seconds)
        return f"{self.files_url}/f/{name}?X-Amz-Signature={signature:032x}"

    def content(self, name: str) -> bytes | None:
        """Return the bytes of a file, None when nothing was put there yet."""
        return self.files[name].content if name in self.files else None

    async def _file(self, request: web.Request) -> web.StreamResponse:
        """Take or give a file; a request that carries the provider's key here has leaked it."""
        if request.headers.get("Authorization"):
            return web.Response(status=400, text="<Error>a key has no business here</Error>")
        stored = self.files.get(request.match_info["name"])
        if stored is None:
            return web.Response(status=404, text="<Error>NoSuchKey</Error>", content_type="application/xml")
        if self.now() > stored.ends_at:
            return web.Response(status=403, text="<Error>Request has expired</Error>", content_type="application/xml")
        if request.method == "PUT":
            return await self.on_put(request, stored)
        if stored.content is None:
            return web.Response(status=404, text="<Error>NoSuchKey</Error>", content_type="application/xml")
        return web.Response(body=stored.content, content_type=stored.content_type or "application/octet-stream")

    async def on_put(self, request: web.Request, stored: StoredFile) -> web.StreamResponse:
        """Take an upload, as S3 does."""
        if request.headers.get("Transfer-Encoding") == "chunked":
            return web.Response(status=501, text="<Error>NotImplemented</Error>", content_type="application/xml")
        stored.content = await request.read()
        return web.Response()

    # --- memory

    def _remember(self, origin: str) -> Middleware:
        @web.middleware
        async def remember(request: web.Request, handler: Handler) -> web.StreamResponse:
            body = await request.read()
            self.seen.append(
                Seen(origin, request.method, request.path, dict(request.query), dict(request.headers), body)
            )
            return await handler(request)

        return remember

    def count(self, method: str, path: str) -> int:
        """Return how often the API was asked this, faults included."""
        return sum(seen.origin == "api" and (seen.method, seen.path) == (method, path) for seen in self.seen)


def is_picture(content: bytes | None) -> bool:
    """Whether the bytes are a picture that can be read."""
    try:
        Image.open(io.BytesIO(content or b"")).load()
    except Exception:  # noqa: BLE001 - whatever Pillow dislikes is no picture
        return False
    return True


def drawing(seed: int, *, width: int = 64, height: int = 64, kind: str = "PNG") -> bytes:
    """Return a picture that depends on the seed, as a provider would draw it."""
    image = Image.new("RGB", (width, height), ((seed * 53) % 256, (seed * 97) % 256, (seed * 151) % 256))
    ImageDraw.Draw(image).ellipse((width // 4, height // 4, width // 2, height // 2), fill=(255, seed % 256, 0))
    file = io.BytesIO()
    image.save(file, kind)
    return file.getvalue()


def lora_file() -> bytes:
    """Return the bytes of a safetensors file with one small tensor."""
    header = b'{"lora_unet_x.lora_down.weight":{"dtype":"F32","shape":[2,2],"data_offsets":[0,16]}}'
    header += b" " * (-len(header) % 8)
    return len(header).to_bytes(8, "little") + header + bytes(16)


def main(kind: type[StandIn]) -> None:
    """Run a stand-in by itself until Ctrl-C: `python -m tests.providers.NAME --port N`."""
    parser = argparse.ArgumentParser(description=f"A stand-in for {kind.name} on loopback.")
    parser.add_argument("--port", type=int, default=0, help="the port of the API; 0 takes a free one")
    parser.add_argument("--files-port", type=int, default=0, help="the port of uploads and results")
    arguments = parser.parse_args()

    async def serve() -> None:
        async with kind(port=arguments.port, files_port=arguments.files_port) as standin:
            print(f"base URL   {standin.base_url}")  # noqa: T201 - this is what it is started for
            print(f"files      {standin.files_url}")  # noqa: T201
            print(f"key        {kind.key}", flush=True)  # noqa: T201
            await asyncio.Event().wait()

    with contextlib.suppress(KeyboardInterrupt):
        asyncio.run(serve())

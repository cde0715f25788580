"""Downloads of attachments against a real server that may behave badly."""

import asyncio
from collections.abc import AsyncIterator

import pytest
from aiohttp import web

from bot.interactions import attachments
from bot.interactions.attachments import Downloads
from domain.datasets.pictures import RefusedPicture
from domain.datasets.refusals import MOST_BYTES, Refusal


class Cdn:
    """A server on loopback that remembers what it was asked."""

    def __init__(self) -> None:
        self.origin = ""
        self.asked: list[web.Request] = []

    async def answer(self, request: web.Request) -> web.StreamResponse:
        self.asked.append(request)
        match request.path:
            case "/ok.png":
                return web.Response(body=b"picture")
            case "/redirect":
                raise web.HTTPFound(f"{self.origin}/ok.png")
            case "/gone":
                raise web.HTTPNotFound
            case "/forbidden":
                raise web.HTTPForbidden
            case "/broken":
                raise web.HTTPInternalServerError
            case "/endless":
                return await self._endless(request)
            case "/slow":
                return await self._slow(request)
            case "/cut":
                return await self._cut(request)
            case path:
                raise LookupError(path)

    async def _endless(self, request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse()
        await response.prepare(request)
        try:
            while True:
                await response.write(bytes(1024 * 1024))
        except ConnectionError:
            return response

    async def _slow(self, request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse()
        await response.prepare(request)
        await response.write(b"a")
        await asyncio.Event().wait()
        return response

    async def _cut(self, request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse(headers={"Content-Length": "100"})
        await response.prepare(request)
        await response.write(b"a")
        assert request.transport is not None
        request.transport.abort()
        return response


@pytest.fixture
async def cdn() -> AsyncIterator[Cdn]:
    served = Cdn()
    app = web.Application()
    app.router.add_route("*", "/{tail:.*}", served.answer)
    runner = web.AppRunner(app, shutdown_timeout=0.1)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    served.origin = f"http://127.0.0.1:{runner.addresses[0][1]}"
    yield served
    await runner.cleanup()


@pytest.fixture
async def downloads(cdn: Cdn) -> AsyncIterator[Downloads]:
    async with attachments.client() as http:
        yield Downloads(http, (cdn.origin,))


async def test_the_bytes_arrive_and_nothing_of_ours_is_sent(cdn: Cdn, downloads: Downloads) -> None:
    content = await downloads.read(f"{cdn.origin}/ok.png?ex=1&hm=2", 7)

    (request,) = cdn.asked
    assert content == b"picture"
    assert request.headers["Accept-Encoding"] == "identity"
    assert "Authorization" not in request.headers
    assert "Cookie" not in request.headers


@pytest.mark.parametrize(
    ("path", "why"),
    [
        ("/gone", Refusal.LINK_EXPIRED),
        ("/forbidden", Refusal.LINK_EXPIRED),
        ("/broken", Refusal.NOT_SENT),
        ("/redirect", Refusal.NOT_SENT),
        ("/cut", Refusal.NOT_SENT),
        ("/endless", Refusal.TOO_BIG),
    ],
)
async def test_what_goes_wrong_is_known_of_that_file(cdn: Cdn, downloads: Downloads, path: str, why: Refusal) -> None:
    missed = await downloads.read(f"{cdn.origin}{path}", 7)

    assert isinstance(missed, RefusedPicture)
    assert missed.reason is why
    assert len(cdn.asked) == 1


async def test_a_declared_size_beyond_the_limit_is_not_even_asked_for(cdn: Cdn, downloads: Downloads) -> None:
    missed = await downloads.read(f"{cdn.origin}/ok.png", MOST_BYTES + 1)

    assert missed == RefusedPicture(Refusal.TOO_BIG)
    assert cdn.asked == []


async def test_a_file_that_trickles_is_given_up(cdn: Cdn, downloads: Downloads) -> None:
    impatient = Downloads(downloads.http, (cdn.origin,), seconds=0.05)

    missed = await impatient.read(f"{cdn.origin}/slow", 7)

    assert missed == RefusedPicture(Refusal.SENT_TOO_SLOWLY)


async def test_only_the_exact_origins_are_ever_asked(cdn: Cdn, downloads: Downloads) -> None:
    port = cdn.origin.rsplit(":", 1)[1]
    tricky = [
        f"http://localhost:{port}/ok.png",
        f"http://127.0.0.1:{int(port) + 1}/ok.png",
        f"https://127.0.0.1:{port}/ok.png",
        f"http://user@127.0.0.1:{port}/ok.png",
        f"http://127.0.0.1:{port}@127.0.0.2/ok.png",
        f"http://127.0.0.1.:{port}/ok.png",
        f"http://[::ffff:127.0.0.1]:{port}/ok.png",
        f"http://2130706433:{port}/ok.png",
        f"http://127.1:{port}/ok.png",
        "http://169.254.169.254/latest/meta-data",
        "file:///etc/passwd",
        "ftp://127.0.0.1/ok.png",
        "data:image/png;base64,AAAA",
        "//127.0.0.1/ok.png",
        "",
        "http://",
        "not a link",
        "http://127.0.0.1:99999/ok.png",
    ]

    for url in tricky:
        missed = await downloads.read(url, 7)

        assert missed == RefusedPicture(Refusal.FOREIGN_LINK)

    assert cdn.asked == []


@pytest.mark.parametrize(
    "url",
    [
        "https://cdn.discordapp.com.evil.example/a.png",
        "https://cdn.discordapp.com@evil.example/a.png",
        "https://evil.example/https://cdn.discordapp.com/a.png",
        "http://cdn.discordapp.com/a.png",
        "https://cdn.discordapp.com:8443/a.png",
        "https://CDN.discordapp.com.:443/a.png",
        "https://discordapp.com/a.png",
        "https://cdn.discordapp.com\\@evil.example/a.png",
    ],
)
async def test_hosts_that_only_look_like_discords_are_refused(url: str) -> None:
    async with attachments.client() as http:
        real = Downloads(http, ("https://cdn.discordapp.com", "https://media.discordapp.net"))

        missed = await real.read(url, 7)

        assert missed == RefusedPicture(Refusal.FOREIGN_LINK)

"""Downloads of what members attach, only from Discord, within a size and a deadline."""

import asyncio
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from functools import partial

import discord
import httpx

from backends.links import origin
from backends.wire import BodyRefused, BodyTooLong, body_of, certificates
from domain.datasets.pictures import RefusedPicture
from domain.datasets.refusals import MOST_BYTES, Refusal
from services.datasets.intake import IncomingFile

SECONDS = 30.0  # for one file, however slowly it trickles in
GONE = (403, 404, 410)


@dataclass(frozen=True, slots=True)
class Downloads:
    """Fetches attachments from `origins` with a client that follows no redirects."""

    http: httpx.AsyncClient
    origins: Collection[str]
    seconds: float = SECONDS

    def incoming(self, attachments: Sequence[discord.Attachment]) -> tuple[IncomingFile, ...]:
        """Return the attachments as files that can be read once there is room for them."""
        return tuple(
            IncomingFile(attachment.filename, partial(self.read, attachment.url, attachment.size))
            for attachment in attachments
        )

    async def read(self, url: str, size: int) -> bytes | RefusedPicture:
        """Return the bytes behind a link whose file should be `size` bytes, or why they can't be had."""
        if size > MOST_BYTES:
            return RefusedPicture(Refusal.TOO_BIG)
        if not self._is_allowed(url):
            return RefusedPicture(Refusal.FOREIGN_LINK)
        try:
            async with asyncio.timeout(self.seconds):
                return await self._fetch(url)
        except TimeoutError:
            return RefusedPicture(Refusal.SENT_TOO_SLOWLY)
        except BodyTooLong:
            return RefusedPicture(Refusal.TOO_BIG)
        except (httpx.HTTPError, BodyRefused) as error:
            return RefusedPicture(Refusal.NOT_SENT, cause=type(error).__name__)

    async def _fetch(self, url: str) -> bytes | RefusedPicture:
        async with self.http.stream("GET", url, headers={"Accept-Encoding": "identity"}) as response:
            if response.status_code in GONE:
                return RefusedPicture(Refusal.LINK_EXPIRED)
            if response.status_code != httpx.codes.OK:
                return RefusedPicture(Refusal.NOT_SENT)
            return await body_of(response, most=MOST_BYTES)

    def _is_allowed(self, url: str) -> bool:
        try:
            parsed = httpx.URL(url)
        except httpx.InvalidURL:
            return False
        return not parsed.userinfo and origin(parsed) in {origin(httpx.URL(own)) for own in self.origins}


def client() -> httpx.AsyncClient:
    """Return a client for downloads without redirects, cookies or settings of the environment."""
    return httpx.AsyncClient(
        verify=certificates(),
        follow_redirects=False,
        trust_env=False,
        timeout=httpx.Timeout(SECONDS, connect=10.0),
    )

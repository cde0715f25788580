"""Downloads what members attach.

Only from Discord, counted while it is read, within a deadline.
"""

import asyncio
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from functools import partial

import discord
import httpx

from backends.links import origin
from backends.wire import BodyRefused, BodyTooLong, body_of, certificates
from domain.pictures import Refusal, RefusedPicture
from domain.refusals import MOST_BYTES
from services.receiving import Arrival, NotReceived

SECONDS = 30.0  # for one file, however slowly it trickles in
GONE = (403, 404, 410)


@dataclass(frozen=True, slots=True)
class Downloads:
    """Fetches attachments from `origins` (such as `https://cdn.discordapp.com`).

    `http` follows no redirects.
    """

    http: httpx.AsyncClient
    origins: Collection[str]
    seconds: float = SECONDS

    def arrivals(self, attachments: Sequence[discord.Attachment]) -> tuple[Arrival, ...]:
        """Return the attachments as files that can be read once there is room for them."""
        return tuple(
            Arrival(attachment.filename, partial(self.read, attachment.url, attachment.size))
            for attachment in attachments
        )

    async def read(self, url: str, size: int) -> bytes:
        """Return the bytes behind a link whose file is said to be `size` bytes.

        Raises `NotReceived`.
        """
        if size > MOST_BYTES:
            raise NotReceived(RefusedPicture(Refusal.TOO_BIG).sentence)
        if not self._is_allowed(url):
            raise NotReceived("This file does not come from Discord itself, so I did not fetch it. Attach it here.")
        try:
            async with asyncio.timeout(self.seconds):
                return await self._fetch(url)
        except TimeoutError:
            raise NotReceived(
                "Discord sent this file too slowly, so I gave up. Please attach it once more."
            ) from None
        except BodyTooLong as error:
            raise NotReceived(RefusedPicture(Refusal.TOO_BIG).sentence) from error
        except (httpx.HTTPError, BodyRefused) as error:
            raise NotReceived("Discord did not give me this file just now. Please attach it once more.") from error

    async def _fetch(self, url: str) -> bytes:
        async with self.http.stream("GET", url, headers={"Accept-Encoding": "identity"}) as response:
            if response.status_code in GONE:
                raise NotReceived("Discord's link to this file has expired. Please attach the file once more.")
            if response.status_code != httpx.codes.OK:
                raise NotReceived("Discord did not give me this file just now. Please attach it once more.")
            return await body_of(response, most=MOST_BYTES)

    def _is_allowed(self, url: str) -> bool:
        try:
            parsed = httpx.URL(url)
        except httpx.InvalidURL:
            return False
        return not parsed.userinfo and origin(parsed) in {origin(httpx.URL(own)) for own in self.origins}


def client() -> httpx.AsyncClient:
    """Return the client for downloads, no redirects, no proxy or password from the environment, no cookies kept."""
    return httpx.AsyncClient(
        verify=certificates(),
        follow_redirects=False,
        trust_env=False,
        timeout=httpx.Timeout(SECONDS, connect=10.0),
    )

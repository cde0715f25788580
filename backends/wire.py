"""How bytes are sent and received, our headers, certificates, and bodies of a limited length."""

import ssl
from functools import cache

import httpx

OWN_HEADERS = {
    "User-Agent": "Atelier (Discord bot)",  # Novita's front door turns away whoever sends none
    "Accept": "*/*",
    "Accept-Encoding": "identity",
}
WAITING = {"timeout": httpx.Timeout(None, connect=10.0, pool=10.0).as_dict()}  # each call has a deadline of its own


class BodyRefused(Exception):
    """The body of an answer is not taken."""


class BodyTooLong(BodyRefused):
    """The body of an answer is longer than it may be."""


async def body_of(response: httpx.Response, *, most: int) -> bytes:
    """Return the body of a response, of at most `most` bytes.

    Raises `BodyRefused`.

    A small compressed answer could unfold into one that fills the memory, so none is taken.
    """
    if response.headers.get("content-encoding", "identity").lower() != "identity":
        raise BodyRefused("a compressed answer that was not asked for")
    body = bytearray()
    async for part in response.aiter_bytes():
        body += part
        if len(body) > most:
            raise BodyTooLong(f"an answer of more than {most} bytes")
    return bytes(body)


@cache
def certificates() -> ssl.SSLContext:
    """Return whom TLS connections trust.

    Reading that takes a twentieth of a second, so it is done once.
    """
    return httpx.create_ssl_context(trust_env=False)


def transport() -> httpx.AsyncHTTPTransport:
    """Return the transport for every provider.

    Below httpx's client, so it knows no redirect, cookie or proxy.
    """
    return httpx.AsyncHTTPTransport(
        verify=certificates(),
        trust_env=False,
        limits=httpx.Limits(max_connections=50, max_keepalive_connections=20),
    )

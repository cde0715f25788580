"""Links that providers hand out.

This says which of them are followed, and to which address exactly.
"""

import asyncio
import re
import socket
from collections.abc import Sequence
from dataclasses import dataclass

import httpx

from backends.addresses import is_public

NAME = re.compile(r"[a-z0-9-]+(\.[a-z0-9-]+)+")  # what a certificate can be for; no escapes, no empty labels


class LinkRefused(Exception):
    """A link leads somewhere that its provider has no business to send us.

    The text names the host only.
    """


@dataclass(frozen=True, slots=True)
class Hosts:
    """The hosts that a provider's files lie on.

    `suffixes` are domains such as `replicate.delivery`, reached by https at public addresses only. `origins` are
    exact origins such as `http://127.0.0.1:9000` that the owner of this bot named: they may lie anywhere.
    """

    suffixes: Sequence[str] = ()
    origins: Sequence[str] = ()


@dataclass(frozen=True, slots=True)
class Target:
    """A link that was found harmless.

    It holds the URL to ask, by address, and the name that its certificate must carry.
    """

    url: httpx.URL
    host: str  # for the Host header
    name: str | None  # None: `url` has the name in it

    @property
    def extensions(self) -> dict[str, str]:
        """Return what httpx needs so that TLS is checked against the name although the address is asked."""
        return {} if self.name is None else {"sni_hostname": self.name}


async def check(link: str, hosts: Hosts) -> Target:
    """Return where a link really leads.

    Raises `LinkRefused` unless that is one of `hosts` and, by name, public.
    """
    try:
        url = httpx.URL(link)
    except (httpx.InvalidURL, TypeError) as error:
        raise LinkRefused("not a link") from error
    if url.userinfo:
        raise LinkRefused("a link with a password in it")
    if origin(url) in {origin(httpx.URL(own)) for own in hosts.origins}:
        return Target(url, url.netloc.decode("ascii"), None)
    name = url.raw_host.decode("ascii").lower().removesuffix(".")
    if url.scheme != "https" or url.port is not None:
        raise LinkRefused(f"{url.scheme} to {name!r}")
    if not NAME.fullmatch(name):
        raise LinkRefused(f"host {name!r} is no name")
    if not any(name == suffix or name.endswith(f".{suffix}") for suffix in hosts.suffixes):
        raise LinkRefused(f"host {name!r} is not on the list")
    address = await _resolve(name)
    return Target(url.copy_with(host=address), url.netloc.decode("ascii"), name)


async def _resolve(name: str) -> str:
    """Return one address of a host, once.

    What was checked is what is connected to.
    """
    loop = asyncio.get_running_loop()
    try:
        found = await loop.getaddrinfo(name, 443, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as error:
        raise LinkRefused(f"host {name!r} has no address") from error
    addresses = [str(entry[4][0]) for entry in found]
    if not addresses or not all(is_public(address) for address in addresses):
        raise LinkRefused(f"host {name!r} is not on the public network")
    return addresses[0]


def origin(url: httpx.URL) -> tuple[str, bytes, int | None]:
    """Return what makes two addresses the same place.

    The host is as it is asked for, not decoded.
    """
    return url.scheme, url.raw_host, url.port

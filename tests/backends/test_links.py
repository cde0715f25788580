"""Which links of a provider are followed, and that what was checked is what is connected to."""

import asyncio
import datetime as dt
import ipaddress
import socket
import ssl
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from backends.http import Http
from backends.links import Hosts, LinkRefused, check
from domain.errors import BackendReplyInvalid, BackendUnavailable

OUTSIDE = "93.184.216.34"
HOSTS = Hosts(suffixes=("replicate.delivery",), origins=("http://127.0.0.1:9000", "http://[::1]:9000"))

REFUSED = [
    "",
    "replicate.delivery/a.png",
    "//replicate.delivery/a.png",
    "https:replicate.delivery/a.png",
    "https:///replicate.delivery/a.png",
    "file:///etc/passwd",
    "file://replicate.delivery/etc/passwd",
    "ftp://replicate.delivery/a.png",
    "gopher://replicate.delivery/",
    "data:image/png;base64,AAAA",
    "http://replicate.delivery/a.png",
    "https://replicate.delivery:8443/a.png",
    "https://replicate.delivery:99999/a.png",
    "https://replicate.delivery:http/a.png",
    "https://ana@replicate.delivery/a.png",
    "https://ana:secret@replicate.delivery/a.png",
    "https://replicate.delivery@evil.com/a.png",
    "https://replicate.delivery:443@evil.com/a.png",
    "https://evil.com\\@replicate.delivery/a.png",
    "https://replicate.delivery\\@evil.com/a.png",
    "https://evil.com\\.replicate.delivery/a.png",
    "https://evil.com%2f.replicate.delivery/a.png",
    "https://evil.com/.replicate.delivery",
    "https://evil.com?.replicate.delivery",
    "https://evil.com#.replicate.delivery",
    "https://evilreplicate.delivery/a.png",
    "https://replicate.delivery.evil.com/a.png",
    "https://replicate.delivery%2eevil.com/a.png",
    "https://replicate.delivery\u3002evil.com/a.png",
    "https://xn--/a.png",
    "https://xn--a.evil.com/a.png",
    "https://.replicate.delivery/a.png",
    "https://x..replicate.delivery/a.png",
    "https://replicate.delivery../a.png",
    "https://r\u0435plicate.delivery/a.png",  # a Cyrillic letter
    "https://\uff52eplicate.delivery/a.png",  # a wide one
    "https://replicate.delivery\t/a.png",
    "https://replicate.delivery\n.evil.com/a.png",
    "https://replicate.delivery\x00.evil.com/a.png",
    "https://127.0.0.1/a.png",
    "https://2130706433/a.png",
    "https://0177.0.0.1/a.png",
    "https://0x7f.1/a.png",
    "https://127.1/a.png",
    "https://[::1]/a.png",
    "https://[::ffff:169.254.169.254]/a.png",
    "https://localhost/a.png",
    "http://127.0.0.1:9001/a.png",
    "http://127.0.0.1/a.png",
    "https://127.0.0.1:9000/a.png",
    "http://ana@127.0.0.1:9000/a.png",
    "http://127.0.0.1:9000@evil.com/a.png",
    "http://localhost:9000/a.png",
    "http://2130706433:9000/a.png",
    "https://" + "a" * 100_000 + ".replicate.delivery/a.png",
]


@dataclass
class Resolver:
    """Answers look-ups from a table, and remembers them; a name that it does not know does not exist."""

    known: dict[str, Sequence[str]] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)

    async def getaddrinfo(self, host: str, port: int, **_: object) -> list[tuple[Any, ...]]:
        self.asked.append(host)
        if host not in self.known:
            raise socket.gaierror(socket.EAI_NONAME, "unknown")
        families = {4: socket.AF_INET, 6: socket.AF_INET6}
        return [
            (families[ipaddress.ip_address(address).version], socket.SOCK_STREAM, 6, "", (address, port))
            for address in self.known[host]
        ]


@pytest.fixture
async def resolver(monkeypatch: pytest.MonkeyPatch) -> Resolver:
    made = Resolver({"replicate.delivery": [OUTSIDE], "files.replicate.delivery": [OUTSIDE]})
    monkeypatch.setattr(asyncio.get_running_loop(), "getaddrinfo", made.getaddrinfo)
    return made


@pytest.mark.parametrize("link", REFUSED, ids=lambda link: ascii(link)[:60])
async def test_a_link_that_leads_elsewhere_is_refused_before_anybody_is_asked(resolver: Resolver, link: str) -> None:
    with pytest.raises(LinkRefused) as raised:
        await check(link, HOSTS)

    assert resolver.asked == []
    assert "secret" not in str(raised.value)


async def test_what_is_no_text_is_no_link(resolver: Resolver) -> None:
    with pytest.raises(LinkRefused):
        await check(None, HOSTS)  # type: ignore[arg-type]  # as a reply may have it

    assert resolver.asked == []


@pytest.mark.parametrize(
    ("link", "host", "url"),
    [
        ("https://replicate.delivery/a.png?sig=1", "replicate.delivery", f"https://{OUTSIDE}/a.png?sig=1"),
        ("https://files.replicate.delivery/a", "files.replicate.delivery", f"https://{OUTSIDE}/a"),
        ("HTTPS://Files.Replicate.Delivery/A", "files.replicate.delivery", f"https://{OUTSIDE}/A"),
        ("https://replicate.delivery:443/a", "replicate.delivery", f"https://{OUTSIDE}/a"),
        ("https://replicate.delivery./a", "replicate.delivery.", f"https://{OUTSIDE}/a"),
    ],
)
async def test_a_link_of_the_provider_leads_to_the_address_that_was_checked(
    resolver: Resolver, link: str, host: str, url: str
) -> None:
    target = await check(link, HOSTS)

    assert str(target.url) == url
    assert target.host == host
    assert target.extensions == {"sni_hostname": host.rstrip(".")}
    assert resolver.asked == [host.rstrip(".")]


@pytest.mark.parametrize("link", ["http://127.0.0.1:9000/f/a?X-Amz-Signature=1", "http://[::1]:9000/f/a"])
async def test_an_origin_that_the_owner_named_may_lie_anywhere(resolver: Resolver, link: str) -> None:
    target = await check(link, HOSTS)

    assert str(target.url) == link
    assert target.host == link.split("/")[2]
    assert target.extensions == {}
    assert resolver.asked == []


@pytest.mark.parametrize(
    "addresses",
    [
        ["127.0.0.1"],
        ["10.0.0.1"],
        ["169.254.169.254"],
        ["::1"],
        ["fec0::1"],
        ["64:ff9b::a9fe:a9fe"],
        [OUTSIDE, "10.0.0.1"],
        ["192.168.0.1", OUTSIDE],
        [OUTSIDE, "::ffff:127.0.0.1"],
        [],
    ],
    ids=str,
)
async def test_a_name_with_one_private_address_is_refused(resolver: Resolver, addresses: list[str]) -> None:
    resolver.known["files.replicate.delivery"] = addresses
    with pytest.raises(LinkRefused, match="not on the public network"):
        await check("https://files.replicate.delivery/a", HOSTS)

    assert resolver.asked == ["files.replicate.delivery"]


async def test_a_name_without_an_address_is_refused(resolver: Resolver) -> None:
    with pytest.raises(LinkRefused, match="has no address"):
        await check("https://nowhere.replicate.delivery/a", HOSTS)

    assert resolver.asked == ["nowhere.replicate.delivery"]


async def test_a_public_ipv6_address_is_asked_in_brackets(resolver: Resolver) -> None:
    resolver.known["files.replicate.delivery"] = ["2606:2800:220:1:248:1893:25c8:1946"]
    target = await check("https://files.replicate.delivery/a", HOSTS)

    assert str(target.url) == "https://[2606:2800:220:1:248:1893:25c8:1946]/a"


# --- over real TLS: a file server on loopback that the outside address leads to


def certificate(folder: Path, *names: str) -> Path:
    """Write a key with a certificate that it signs itself, for those names."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "a file server of the tests")])
    now = dt.datetime.now(dt.UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - dt.timedelta(days=1))
        .not_valid_after(now + dt.timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(each) for each in names]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    file = folder / "server.pem"
    file.write_bytes(
        key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
        + made.public_bytes(serialization.Encoding.PEM)
    )
    return file


@dataclass
class FileServer:
    """What arrived at the TLS server: the names that were asked for, the heads of requests, and who was dialled."""

    transport: httpx.AsyncBaseTransport
    names: list[str | None] = field(default_factory=list)
    heads: list[str] = field(default_factory=list)
    dialled: list[tuple[str, int]] = field(default_factory=list)

    async def answer(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.heads.append((await reader.readuntil(b"\r\n\r\n")).decode("ascii"))
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 4\r\nConnection: close\r\n\r\nfile")
        await writer.drain()
        writer.close()


@pytest.fixture
async def file_server(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[FileServer]:
    """Run a TLS server for `files.replicate.delivery` that every connection to `OUTSIDE` reaches."""
    file = certificate(tmp_path, "files.replicate.delivery")
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(file)
    trusting = ssl.create_default_context(cafile=file)
    async with httpx.AsyncHTTPTransport(verify=trusting, trust_env=False) as transport:
        made = FileServer(transport)
        context.sni_callback = lambda _, name, __: made.names.append(name)
        server = await asyncio.start_server(made.answer, "127.0.0.1", 0, ssl=context)
        port = server.sockets[0].getsockname()[1]
        loop = asyncio.get_running_loop()
        real = loop.sock_connect

        async def connect(sock: socket.socket, address: tuple[str, int]) -> None:
            made.dialled.append(address[:2])
            assert address[:2] == (OUTSIDE, 443), "nobody else is ever dialled"
            await real(sock, ("127.0.0.1", port))

        monkeypatch.setattr(loop, "sock_connect", connect)
        async with server:
            yield made


def http(transport: httpx.AsyncBaseTransport) -> Http:
    return Http(backend="stand-in", transport=transport, base_url="https://api.invalid", headers={}, hosts=HOSTS)


async def test_the_name_is_looked_up_once_and_its_certificate_is_checked_at_the_address(
    resolver: Resolver, file_server: FileServer
) -> None:
    content = await http(file_server.transport).download("https://files.replicate.delivery/a.png")

    assert content == b"file"
    assert resolver.asked == ["files.replicate.delivery"]  # a second answer could be another one
    assert file_server.dialled == [(OUTSIDE, 443)]
    assert file_server.names == ["files.replicate.delivery"]
    assert "\r\nhost: files.replicate.delivery\r\n" in file_server.heads[0].lower()


async def test_a_server_without_the_names_certificate_gets_no_request(
    resolver: Resolver, file_server: FileServer
) -> None:
    resolver.known["other.replicate.delivery"] = [OUTSIDE]
    with pytest.raises(BackendUnavailable):
        await http(file_server.transport).download("https://other.replicate.delivery/a.png")

    assert file_server.names == ["other.replicate.delivery"]
    assert file_server.heads == []


async def test_a_name_that_turns_private_is_not_dialled(resolver: Resolver, file_server: FileServer) -> None:
    resolver.known["files.replicate.delivery"] = ["127.0.0.1"]
    with pytest.raises(BackendReplyInvalid):
        await http(file_server.transport).download("https://files.replicate.delivery/a.png")
    with pytest.raises(BackendReplyInvalid):
        await http(file_server.transport).upload("https://files.replicate.delivery/a.png", b"picture")

    assert file_server.dialled == []

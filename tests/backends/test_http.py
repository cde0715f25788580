"""Every promise of the HTTP layer against a provider that answers byte for byte what a test tells it to."""

import asyncio
import gzip
import re
import socket
import struct
import tracemalloc
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Self

import httpx
import pytest

from backends.answers import Answer, Reply
from backends.http import Http, LinkGone
from backends.links import Hosts
from backends.wire import transport
from bot.interactions.fact_words import words
from domain.errors import (
    BackendAmbiguous,
    BackendError,
    BackendRejected,
    BackendReplyInvalid,
    BackendUnavailable,
    WorkUnknown,
)
from domain.money.charges import NOTHING
from domain.orders.facts import FactKind, fact

KEY = "sk-canary-0123456789abcdef"
SECONDS = 10.0  # the deadline of each call
SOON = 0.3  # the deadline of a call whose answer never ends
PATIENCE = 20.0  # far more than any call may take
MEBIBYTE = 1024 * 1024

Play = Callable[[asyncio.StreamWriter], Awaitable[None]]


class Number(Reply):
    number: float


@dataclass
class Provider:
    """Answers each request with the next of `answers`, and with the last one again and again."""

    answers: list[bytes | Play] = field(default_factory=list)
    heads: list[str] = field(default_factory=list)
    bodies: list[bytes] = field(default_factory=list)
    port: int = 0
    busy: set["asyncio.Task[None] | None"] = field(default_factory=set)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    async def __aenter__(self) -> Self:
        self.server = await asyncio.start_server(self._serve, "127.0.0.1", self.port)
        self.port = self.server.sockets[0].getsockname()[1]
        return self

    async def __aexit__(self, *_: object) -> None:
        self.server.close()
        tasks = [task for task in self.busy if task is not None]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        self.busy.add(task)
        try:
            head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
            length = re.search(r"(?i)\r\ncontent-length: (\d+)", head)
            self.heads.append(head)
            self.bodies.append(await reader.readexactly(int(length.group(1))) if length else b"")
            answer = self.answers[min(len(self.heads), len(self.answers)) - 1]
            if isinstance(answer, bytes):
                writer.write(answer)
                await writer.drain()
            else:
                await answer(writer)
        except (OSError, asyncio.CancelledError, asyncio.IncompleteReadError):
            pass  # the client has gone, or the test is over
        finally:
            self.busy.discard(task)
            writer.close()


def reply(status: int = 200, body: bytes = b'{"number": 1}', *headers: str, length: int | None = None) -> bytes:
    lines = [
        f"HTTP/1.1 {status} X",
        f"Content-Length: {len(body) if length is None else length}",
        "Connection: close",
    ]
    return "\r\n".join([*lines, *headers, "", ""]).encode("latin-1") + body


HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nConnection: close\r\n\r\n"


async def say_nothing(_: asyncio.StreamWriter) -> None:
    await asyncio.Event().wait()


async def hang_up(writer: asyncio.StreamWriter) -> None:
    writer.transport.abort()


async def reset(writer: asyncio.StreamWriter) -> None:
    own: socket.socket = writer.get_extra_info("socket")
    own.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    writer.transport.abort()


def without_end(piece: bytes, *, first: bytes = HEAD, pause: float = 0.0) -> Play:
    async def play(writer: asyncio.StreamWriter) -> None:
        writer.write(first)
        while True:
            writer.write(piece)
            await writer.drain()
            await asyncio.sleep(pause)

    return play


DRIP = without_end(b" ", pause=0.01)
ENDLESS = without_end(b" " * 65_536)
ENDLESS_HEADERS = without_end(b"X: 1\r\n", first=HEAD[:-2], pause=0.01)
GO_ON = without_end(b"HTTP/1.1 100 Continue\r\n\r\n", first=b"", pause=0.001)
HANGING = (say_nothing, DRIP, ENDLESS_HEADERS, GO_ON)  # nothing but a deadline ends these
BOMB = reply(200, gzip.compress(bytes(64 * MEBIBYTE), 9), "Content-Encoding: gzip")

U, R, A, B, K = BackendUnavailable, BackendRejected, BackendAmbiguous, BackendReplyInvalid, WorkUnknown
Error = type[BackendError]
# What happens, then what a read, a write and a paid call make of it, and how often the read is made.
MEANINGS: list[tuple[str, bytes | Play, tuple[Error, Error, Error], int]] = [
    ("silence", say_nothing, (U, U, A), 1),
    ("no answer", hang_up, (U, U, A), 3),
    ("reset", reset, (U, U, A), 3),
    ("a body cut off", reply(length=500), (U, U, A), 3),
    ("no HTTP at all", b"SSH-2.0-OpenSSH_9.2\r\n", (U, U, A), 3),
    ("a broken chunk", HEAD[:-2] + b"Transfer-Encoding: chunked\r\n\r\nzz\r\n", (U, U, A), 3),
    ("two lengths", HEAD[:-2] + b"Content-Length: 1\r\nContent-Length: 2\r\n\r\n{}", (U, U, A), 3),
    ("a header of a mebibyte", b"HTTP/1.1 200 OK\r\nX: " + b"a" * MEBIBYTE + b"\r\n\r\n", (U, U, A), 3),
    *((f"a redirect by {s}", reply(s, b"", "Location: /elsewhere"), (B, B, A), 1) for s in (301, 302, 303, 307, 308)),
    ("a redirect to a file", reply(302, b"", "Location: file:///etc/passwd"), (B, B, A), 1),
    ("a redirect to no name", reply(302, b"", "Location: http://xn--/"), (B, B, A), 1),
    ("a redirect to nothing that can be read", reply(302, b"", "Location: http://["), (B, B, A), 1),
    ("a redirect to bytes", reply(302, b"", "Location: http://\xff\xfe/"), (B, B, A), 1),
    ("304", reply(304, b""), (B, B, A), 1),
    *((str(status), reply(status), (R, R, R), 1) for status in (400, 405, 409, 413, 422, 451)),
    *((str(status), reply(status), (K, K, K), 1) for status in (404, 410)),
    *((str(status), reply(status), (U, R, R), 1) for status in (401, 402, 403)),
    *((str(status), reply(status), (U, U, A), 3) for status in (408, 425, 500, 501, 502, 503, 504, 520, 599)),
    ("429", reply(429), (U, U, U), 3),
    ("429 for a second", reply(429, b"", "Retry-After: 1"), (U, U, U), 3),
    ("429 for an hour", reply(429, b"", "Retry-After: 3600"), (U, U, U), 1),
    ("503 for an hour", reply(503, b"", "Retry-After: 3600"), (U, U, A), 1),
    ("a page", reply(200, b"<html><body>One moment, please</body></html>"), (B, B, A), 1),
    ("JSON cut off", reply(200, b'{"number": '), (B, B, A), 1),
    ("nothing", reply(200, b""), (B, B, A), 1),
    ("204", reply(204, b""), (B, B, A), 1),
    ("null", reply(200, b"null"), (B, B, A), 1),
    ("a list", reply(200, b"[1]"), (B, B, A), 1),
    ("another field", reply(200, b'{"nummer": 1}'), (B, B, A), 1),
    ("another type", reply(200, b'{"number": {}}'), (B, B, A), 1),
    ("NaN", reply(200, b'{"number": NaN}'), (B, B, A), 1),
    ("minus infinity", reply(200, b'{"number": -Infinity}'), (B, B, A), 1),
    ("a number beyond all", reply(200, b'{"number": 1e999}'), (B, B, A), 1),
    ("a number in words beyond all", reply(200, b'{"number": "inf"}'), (B, B, A), 1),
    ("5,000 digits", reply(200, b'{"number": ' + b"9" * 5_000 + b"}"), (B, B, A), 1),
    ("100,000 lists", reply(200, b"[" * 100_000), (B, B, A), 1),
    ("100,000 objects", reply(200, b'{"number":' * 100_000), (B, B, A), 1),
    ("half a letter", reply(200, b'{"number": "\xff"}'), (B, B, A), 1),
    ("a bomb", BOMB, (B, B, A), 1),
    ("brotli", reply(200, b"", "Content-Encoding: br"), (B, B, A), 1),
    ("no end", ENDLESS, (B, B, A), 1),
    ("a drip", DRIP, (U, U, A), 1),
    ("headers without end", ENDLESS_HEADERS, (U, U, A), 1),
    ("'go on' without end", GO_ON, (U, U, A), 1),
]


@pytest.fixture
async def provider() -> AsyncIterator[Provider]:
    async with Provider() as running:
        yield running


@pytest.fixture
async def web() -> AsyncIterator[httpx.AsyncHTTPTransport]:
    async with transport() as opened:
        yield opened


@dataclass
class Calls:
    """The layer under test, and the pauses that it made."""

    http: Http
    pauses: list[float] = field(default_factory=list)

    def expect(self, answer: bytes | Play) -> None:
        """Have a deadline that is soon for an answer that never ends."""
        if answer in HANGING:
            self.http = replace(self.http, seconds=SOON, file_seconds=SOON)

    async def read(self) -> Number:
        return await self.http.read("/v1/number", Number)

    async def write(self) -> Number:
        return await self.http.write("POST", "/v1/number", Number, body={"a": 1})

    async def pay(self) -> Number:
        return await self.http.pay("/v1/number", Number, body={"a": 1})


@pytest.fixture
def calls(provider: Provider, web: httpx.AsyncBaseTransport) -> Calls:
    pauses: list[float] = []

    async def sleep(seconds: float) -> None:
        pauses.append(seconds)

    http = Http(
        backend="stand-in",
        transport=web,
        base_url=provider.url,
        headers={"Authorization": f"Bearer {KEY}"},
        hosts=Hosts(origins=(provider.url,)),
        seconds=SECONDS,
        file_seconds=SECONDS,
        sleep=sleep,
    )
    return Calls(http, pauses)


@pytest.fixture
async def dialled(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, int]]:
    """Return who is dialled; beyond this machine nobody is, whatever a test does."""
    loop = asyncio.get_running_loop()
    found: list[tuple[str, int]] = []
    real = loop.sock_connect

    async def connect(sock: socket.socket, address: tuple[str, int]) -> None:
        found.append(address[:2])
        if address[0] != "127.0.0.1":
            raise ConnectionRefusedError(address)
        await real(sock, address)

    monkeypatch.setattr(loop, "sock_connect", connect)
    return found


async def raised_by(call: Callable[[], Awaitable[Any]]) -> BackendError:
    """Return the error of a call, which must come by itself and not for the test's impatience."""
    with pytest.raises(BackendError) as raised:
        async with asyncio.timeout(PATIENCE):
            await call()
    return raised.value


@pytest.mark.parametrize(("answer", "means", "reads"), [m[1:] for m in MEANINGS], ids=[m[0] for m in MEANINGS])
async def test_what_an_answer_means_to_each_kind_of_call(
    provider: Provider, calls: Calls, answer: bytes | Play, means: tuple[Error, Error, Error], reads: int
) -> None:
    provider.answers = [answer]
    calls.expect(answer)
    meant, asked = [], []
    for call in (calls.read, calls.write, calls.pay):
        before = len(provider.heads)
        meant.append(type(await raised_by(call)))
        asked.append(len(provider.heads) - before)

    assert tuple(meant) == means
    if answer in HANGING:
        assert max(asked) <= 1  # none, where the deadline was over before the request was out
    else:
        assert asked == [reads, 1, 1]


async def test_where_nobody_listens_nothing_was_sent(provider: Provider, calls: Calls) -> None:
    await provider.__aexit__()
    meant = [type(await raised_by(call)) for call in (calls.read, calls.write, calls.pay)]

    assert meant == [BackendUnavailable] * 3


async def test_a_paid_call_whose_connection_never_came_about_was_surely_not_executed(calls: Calls) -> None:
    async def refuse(request: httpx.Request) -> httpx.Response:
        raise httpx.ConnectTimeout("no handshake", request=request)

    async with httpx.MockTransport(refuse) as web:
        error = await raised_by(lambda: replace(calls.http, transport=web).pay("/v1/number", Number, body={}))

    assert type(error) is BackendUnavailable


async def test_a_good_answer_is_read_once_and_fields_that_nobody_knows_are_no_matter(
    provider: Provider, calls: Calls
) -> None:
    provider.answers = [reply(200, b'{"number": 1.5, "new": [1, {"deep": NaN}]}')]
    answers = [await call() for call in (calls.read, calls.write, calls.pay)]

    assert answers == [Number(number=1.5)] * 3
    assert len(provider.heads) == 3
    assert calls.pauses == []


@pytest.mark.parametrize("body", [b"", b"\n", b"OK"])
async def test_any_answer_will_do_where_nothing_is_expected_of_it(
    provider: Provider, calls: Calls, body: bytes
) -> None:
    provider.answers = [reply(200, body)]

    assert await calls.http.write("DELETE", "/v1/number", object) is None
    assert type(await raised_by(calls.write)) is BackendReplyInvalid


async def test_of_two_fields_with_one_name_the_last_counts(provider: Provider, calls: Calls) -> None:
    provider.answers = [reply(200, b'{"number": 1, "number": 2}')]

    assert (await calls.read()).number == 2


async def test_a_read_goes_on_where_a_moment_later_all_is_well(provider: Provider, calls: Calls) -> None:
    provider.answers = [hang_up, reply(503), reply()]

    assert await calls.read() == Number(number=1)
    assert calls.pauses == [0.5, 1.0]


async def test_a_read_waits_as_long_as_it_is_asked_but_not_for_long(provider: Provider, calls: Calls) -> None:
    provider.answers = [reply(429, b"", "Retry-After: 5"), reply(503, b"", "Retry-After: 0"), reply()]
    await calls.read()
    provider.answers = [reply(429, b"", "Retry-After: 6")]
    error = await raised_by(calls.read)

    assert calls.pauses == [5.0, 1.0]
    assert isinstance(error, BackendUnavailable)
    assert error.retry_after == 6.0


async def test_pauses_count_against_the_deadline(provider: Provider, calls: Calls) -> None:
    provider.answers = [reply(503)]
    http = replace(calls.http, sleep=asyncio.sleep, seconds=0.3)  # less than the first pause
    error = await raised_by(lambda: http.read("/v1/number", Number))

    assert "took too long" in error.detail
    assert len(provider.heads) == 1


async def test_a_provider_may_explain_its_own_errors(provider: Provider, calls: Calls) -> None:
    def complaint(answer: Answer) -> BackendError | None:
        return (
            BackendRejected("stand-in", "ours", reason=fact(FactKind.WORDS, said="It is closed."))
            if b"closed" in answer.body
            else None
        )

    http = replace(calls.http, complaint=complaint)
    provider.answers = [reply(503, b"closed")]
    read = await raised_by(lambda: http.read("/v1/number", Number))
    paid = await raised_by(lambda: http.pay("/v1/number", Number, body={}))
    provider.answers = [reply(403, b"closed")]
    refused = await raised_by(lambda: http.pay("/v1/number", Number, body={}))

    assert (type(read), words(read.reason)) == (BackendRejected, "It is closed.")
    assert type(paid) is BackendAmbiguous  # a word that came with a 503 proves nothing about money
    assert (type(refused), words(refused.reason)) == (BackendRejected, "It is closed.")
    assert len(provider.heads) == 3


@pytest.mark.parametrize(("status", "meaning"), [(401, "key"), (402, "credit"), (403, "may not do that")])
async def test_a_refused_account_is_told_in_our_own_words(
    provider: Provider, calls: Calls, status: int, meaning: str
) -> None:
    provider.answers = [reply(status, b"theirs")]
    error = await raised_by(calls.pay)

    assert meaning in words(error.reason)
    assert error.charge == NOTHING
    assert "theirs" not in words(error.reason)


# --- bodies without measure


async def test_all_hostile_answers_together_take_less_than_twenty_megabytes(provider: Provider, calls: Calls) -> None:
    provider.answers = [reply()]
    await calls.read()
    tracemalloc.start()
    try:
        for name, answer, *_ in MEANINGS:
            provider.answers = [answer]
            calls.expect(answer)
            await raised_by(calls.read)
            await raised_by(calls.pay)
            _, peak = tracemalloc.get_traced_memory()
            assert peak < 20 * MEBIBYTE, name
    finally:
        tracemalloc.stop()


async def test_the_long_addresses_that_a_provider_hands_out_are_not_kept(provider: Provider, calls: Calls) -> None:
    provider.answers = [reply()]
    await calls.read()
    tracemalloc.start()
    try:
        for number in range(200):
            await calls.http.read(f"{provider.url}/v1/number?cursor={number}{'a' * 40_000}", Number)
        provider.heads.clear()
        kept, _ = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()

    assert kept < 4 * MEBIBYTE


async def test_no_more_than_the_cap_is_read(provider: Provider, calls: Calls) -> None:
    provider.answers = [reply(200, b'{"number": 1}' + b" " * 2_000)]
    error = await raised_by(lambda: calls.http.read("/v1/number", Number, most=1_000))

    assert type(error) is BackendReplyInvalid
    assert (await calls.http.read("/v1/number", Number, most=3_000)).number == 1


async def test_nobody_is_asked_to_compress(provider: Provider, calls: Calls) -> None:
    provider.answers = [reply()]
    await calls.read()
    await calls.http.download(f"{provider.url}/f")

    assert all("\r\naccept-encoding: identity\r\n" in head.lower() for head in provider.heads)


# --- where the key goes


@pytest.mark.parametrize(
    "place",
    [
        "http://169.254.169.254/latest/meta-data/",
        "//169.254.169.254/",
        "http://[::ffff:a9fe:a9fe]/",
        "file:///etc/passwd",
        "gopher://169.254.169.254/",
        "http://127.0.0.1:{other}/",
        "HERE",
    ],
)
async def test_no_redirect_is_followed_wherever_it_leads(
    provider: Provider, calls: Calls, dialled: list[tuple[str, int]], place: str
) -> None:
    async with Provider([reply()]) as other:
        location = place.replace("{other}", str(other.port)).replace("HERE", provider.url)
        for status in (301, 302, 307):
            provider.answers = [reply(status, b"", f"Location: {location}")]
            for call in (calls.read, calls.write, calls.pay):
                await raised_by(call)
            await raised_by(lambda: calls.http.download(f"{provider.url}/f"))
            await raised_by(lambda: calls.http.upload(f"{provider.url}/f", b"picture"))

        assert set(dialled) == {("127.0.0.1", provider.port)}
        assert len(provider.heads) == 15
        assert other.heads == []


@pytest.mark.parametrize(
    "path",
    [
        "http://127.0.0.1:{other}/v1/number",
        "http://localhost:{port}/v1/number",
        "https://127.0.0.1:{port}/v1/number",
        "http://127.0.0.1/v1/number",
        "http://ana:secret@127.0.0.1:{port}/v1/number",
        "http://127.0.0.1:{port}@169.254.169.254/v1/number",
        "http://169.254.169.254/v1/number",
        "http://xn--/",
        "http://[/",
        "http://127.0.0.1:{port}/\x00",
        "@169.254.169.254/v1/number",
        ":secret@169.254.169.254/v1/number",
        "0/v1/number",
        ".evil.invalid/v1/number",
    ],
)
async def test_an_address_of_somebody_else_never_gets_the_key(
    provider: Provider, calls: Calls, dialled: list[tuple[str, int]], path: str
) -> None:
    async with Provider([reply()]) as other:
        asked = path.format(other=other.port, port=provider.port)
        for call in (
            lambda: calls.http.read(asked, Number),
            lambda: calls.http.write("POST", asked, Number),
            lambda: calls.http.pay(asked, Number, body={}),
        ):
            assert type(await raised_by(call)) is BackendReplyInvalid

        assert dialled == []
        assert other.heads == provider.heads == []


async def test_a_next_page_at_its_own_origin_is_asked_with_the_key(provider: Provider, calls: Calls) -> None:
    provider.answers = [reply()]
    await calls.http.read(f"{provider.url}/v1/number?cursor=abc", Number)

    assert provider.heads[0].startswith("GET /v1/number?cursor=abc HTTP/1.1")
    assert f"Bearer {KEY}" in provider.heads[0]


async def test_files_travel_without_the_key(provider: Provider, calls: Calls) -> None:
    provider.answers = [reply(200, b"file")]
    await calls.http.upload(f"{provider.url}/f?X-Amz-Signature=1", b"picture", content_type="image/png")
    content = await calls.http.download(f"{provider.url}/f?X-Amz-Signature=1")

    assert content == b"file"
    assert provider.bodies == [b"picture", b""]
    assert [head.split()[0] for head in provider.heads] == ["PUT", "GET"]
    assert KEY not in "".join(provider.heads)


async def test_a_file_at_the_own_origin_gets_the_key_on_demand_and_no_other_file_ever(
    provider: Provider, calls: Calls
) -> None:
    provider.answers = [reply(200, b"file")]
    async with Provider([reply(200, b"file")]) as other:
        http = replace(calls.http, hosts=Hosts(origins=(other.url,)))
        await http.download(f"{provider.url}/f", with_key=True)
        await http.download(f"{other.url}/f", with_key=True)
        assert type(await raised_by(lambda: http.download(f"{provider.url}/f"))) is BackendReplyInvalid

        assert [KEY in head for head in provider.heads] == [True]
        assert [KEY in head for head in other.heads] == [False]


async def test_no_cookie_is_ever_brought_back(provider: Provider, calls: Calls) -> None:
    provider.answers = [reply(200, b'{"number": 1}', "Set-Cookie: track=1; Path=/")]
    await calls.read()
    await calls.read()

    assert "cookie" not in "".join(provider.heads).lower()


async def test_the_environment_sends_nobody_through_a_proxy(
    provider: Provider, calls: Calls, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with Provider([reply()]) as proxy:
        monkeypatch.setenv("HTTP_PROXY", proxy.url)
        monkeypatch.setenv("ALL_PROXY", proxy.url)
        provider.answers = [reply()]
        async with transport() as web:
            await replace(calls.http, transport=web).read("/v1/number", Number)

        assert len(provider.heads) == 1
        assert proxy.heads == []


def test_nothing_shows_the_key(calls: Calls) -> None:
    assert KEY not in repr(calls.http)


@pytest.mark.parametrize("where", range(150, 205, 3))
async def test_a_page_that_shows_our_key_again_puts_not_even_half_of_it_into_the_log(
    provider: Provider, calls: Calls, where: int
) -> None:
    page = b"." * where + f"Authorization: Bearer {KEY}".encode()
    details = []
    for status in (401, 500, 404):
        provider.answers = [reply(status, page)]
        details += [(await raised_by(call)).detail for call in (calls.read, calls.write, calls.pay)]

    assert not any(KEY[:8] in detail for detail in details)


@pytest.mark.parametrize("key", [KEY, "c2stY2FuYXJ5/0123+456789=="])
@pytest.mark.parametrize("escaped", [False, True])
async def test_an_error_that_shows_our_key_again_can_be_quoted_to_members(
    provider: Provider, calls: Calls, key: str, *, escaped: bool
) -> None:
    def complaint(answer: Answer) -> BackendError | None:
        return BackendRejected("stand-in", "ours", reason=fact(FactKind.WORDS, said=f"It said: {answer.data}."))

    http = replace(calls.http, headers={"Authorization": f"Basic {key}"}, complaint=complaint)
    shown = key.replace("/", "\\/") if escaped else key
    provider.answers = [reply(400, f'{{"reason": "Authorization=Basic {shown} is odd"}}'.encode())]
    refused = await raised_by(lambda: http.pay("/v1/number", Number, body={}))

    assert words(refused.reason) == "It said: {'reason': 'Authorization=Basic [hidden] is odd'}."


async def test_a_signature_never_gets_into_an_error(provider: Provider, calls: Calls) -> None:
    provider.answers = [reply(500)]
    link = f"{provider.url}/f?X-Amz-Signature=deadbeef"
    errors = [
        await raised_by(lambda: calls.http.read("/v1/n", Number, params={"signature": "deadbeef"})),
        await raised_by(lambda: calls.http.download(link)),
        await raised_by(lambda: calls.http.upload(link, b"")),
        await raised_by(lambda: calls.http.download(link.replace("127.0.0.1", "10.0.0.1"))),
    ]

    assert not any("deadbeef" in f"{error!r} {error.__cause__!r}" for error in errors)


# --- files


@pytest.mark.parametrize(
    ("answer", "meant"),
    [
        (reply(403), LinkGone),
        (reply(404), LinkGone),
        (reply(410), LinkGone),
        (reply(500), BackendUnavailable),
        (reply(206, b"half"), BackendUnavailable),
        (reply(302, b"", "Location: /f"), BackendUnavailable),
        (reply(200, b"half", length=8), BackendUnavailable),
        (hang_up, BackendUnavailable),
        (say_nothing, BackendUnavailable),
        (DRIP, BackendUnavailable),
        (ENDLESS, BackendReplyInvalid),
        (BOMB, BackendReplyInvalid),
    ],
)
async def test_what_became_of_a_download(
    provider: Provider, calls: Calls, answer: bytes | Play, meant: Error
) -> None:
    provider.answers = [answer]
    calls.expect(answer)
    error = await raised_by(lambda: calls.http.download(f"{provider.url}/f", most=MEBIBYTE))

    assert type(error) is meant
    assert len(provider.heads) <= 1


@pytest.mark.parametrize(
    ("answer", "most"),
    [
        (reply(403), 1),
        (reply(500), 3),
        (reply(302), 1),
        (hang_up, 3),
        (say_nothing, 1),
        (DRIP, 1),
        (ENDLESS, 1),
        (BOMB, 1),
    ],
)
async def test_an_upload_that_was_not_taken_says_so(
    provider: Provider, calls: Calls, answer: bytes | Play, most: int
) -> None:
    provider.answers = [answer]
    calls.expect(answer)
    error = await raised_by(lambda: calls.http.upload(f"{provider.url}/f", b"picture"))

    assert type(error) is BackendUnavailable
    assert len(provider.heads) <= most


async def test_an_upload_goes_on_where_a_moment_later_all_is_well(provider: Provider, calls: Calls) -> None:
    provider.answers = [hang_up, reply(503, b"", "Retry-After: 3"), reply()]
    await calls.http.upload(f"{provider.url}/f", b"picture")

    assert provider.bodies == [b"picture"] * 3
    assert calls.pauses == [0.5, 3.0]


@pytest.mark.parametrize("link", ["", "http://169.254.169.254/f", "https://10.0.0.1/f", "file:///etc/passwd"])
async def test_a_link_that_leads_elsewhere_is_not_followed(
    calls: Calls, dialled: list[tuple[str, int]], link: str
) -> None:
    errors: Sequence[BackendError] = [
        await raised_by(lambda: calls.http.download(link)),
        await raised_by(lambda: calls.http.upload(link, b"picture")),
    ]

    assert [type(error) for error in errors] == [BackendReplyInvalid] * 2
    assert dialled == []


async def test_a_name_that_nobody_looks_up_in_time_is_an_outage(
    calls: Calls, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def hang(*_: object, **__: object) -> None:
        await asyncio.Event().wait()

    monkeypatch.setattr(asyncio.get_running_loop(), "getaddrinfo", hang)
    http = replace(calls.http, seconds=SOON, hosts=Hosts(suffixes=("replicate.delivery",)))
    error = await raised_by(lambda: http.download("https://replicate.delivery/f"))

    assert type(error) is BackendUnavailable


async def test_a_single_odd_reply_can_be_given_by_a_mock_transport() -> None:
    web = httpx.MockTransport(lambda _: httpx.Response(200, json={"number": 7}))
    http = Http(backend="stand-in", transport=web, base_url="http://provider.example", headers={})

    assert (await http.read("/v1/number", Number)).number == 7

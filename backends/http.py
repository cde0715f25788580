"""The HTTP manners that every hosted backend shares: deadlines, caps, retries, errors by meaning.

Three kinds of call: `read` is repeated where that can help, `write` is unpaid and made once, `pay` is made once and
its lost answer is never taken for a refusal. The provider's key goes to its own origin only; files that lie elsewhere
move over links without it.
"""

import asyncio
import math
import re
import ssl
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from functools import cache, lru_cache
from typing import Any, TypeVar

import httpx
from pydantic import BaseModel, ConfigDict, TypeAdapter, ValidationError
from pydantic_core import from_json

from backends import links
from backends.links import Hosts, LinkRefused, Target
from domain.errors import (
    BackendAmbiguous,
    BackendError,
    BackendRejected,
    BackendReplyInvalid,
    BackendUnavailable,
    NotThereYet,
    WorkUnknown,
)
from domain.facts import FactKind, fact

M = TypeVar("M")
_readers: dict[object, TypeAdapter[Any]] = {}  # made once for each kind of reply

OWN_HEADERS = {
    "User-Agent": "Atelier (Discord bot)",  # Novita's front door turns away whoever sends none
    "Accept": "*/*",
    "Accept-Encoding": "identity",
}
WAITING = {"timeout": httpx.Timeout(None, connect=10.0, pool=10.0).as_dict()}  # each call has a deadline of its own
SECONDS = 30.0  # wall clock for one call, its retries included
FILE_SECONDS = 300.0  # wall clock for one file
MOST_JSON = 1024 * 1024  # bytes
MOST_FILE = 2 * 1024 * 1024 * 1024  # bytes of a LoRA file
TRIES = 3  # of a read, or an upload
LONGEST_PAUSE = 5.0  # seconds; who asks for more is left alone until the next look
RETRY_AFTER = (1.0, 900.0)  # seconds, whatever a provider asks for
KEY = re.compile(r"[^\s:]{8,}")
AGAIN = frozenset({408, 425, 429, 500, 502, 503, 504})


class LinkGone(NotThereYet):
    """A link to a finished file has expired, or the file is gone; the next look may give a fresh link."""


# Raised before a single byte of the request went out.
NEVER_SENT = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout, httpx.UnsupportedProtocol)


class Reply(BaseModel):
    """A provider's reply: unknown fields are no matter, numbers are finite."""

    model_config = ConfigDict(extra="ignore", frozen=True, allow_inf_nan=False)


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back over the wire; the body is whole, within its cap, and of an error without our own secrets."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def data(self) -> object:
        """Return the body read as JSON, None when it is none."""
        try:
            return from_json(self.body, allow_inf_nan=False)
        except ValueError:
            return None

    @property
    def text(self) -> str:
        """Return the beginning of the body as one line, for the log."""
        return " ".join(self.body[:200].decode("utf-8", "replace").split())


# Reads a provider's error answer. Returns the error to raise, or None to go by the status alone. The reason of a
# returned error must be a sentence of ours.
Complaint = Callable[[Answer], BackendError | None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Http:
    """Calls to one provider at one base URL; `headers` carry its key and go nowhere else.

    `transport` sends what it is given and no more (see `transport()`); `hosts` are where its files lie.
    """

    backend: str
    transport: httpx.AsyncBaseTransport = field(repr=False)
    base_url: str
    headers: Mapping[str, str] = field(repr=False)
    hosts: Hosts = field(default_factory=Hosts)
    complaint: Complaint = lambda _: None
    seconds: float = SECONDS
    file_seconds: float = FILE_SECONDS
    sleep: Callable[[float], Awaitable[None]] = asyncio.sleep
    deadline: Callable[[float], asyncio.Timeout] = asyncio.timeout

    async def read(
        self, path: str, reply: type[M], *, params: Mapping[str, Any] | None = None, most: int = MOST_JSON
    ) -> M:
        """GET a reply, again after a pause where that can help.

        Raises `BackendUnavailable`, `BackendRejected` (there is no such thing), `BackendReplyInvalid`.
        """
        request = self._request("GET", path, params=params)
        try:
            async with self.deadline(self.seconds):
                answer = await self._send_again(request, most)
        except TimeoutError as error:
            raise BackendUnavailable(self.backend, f"GET {_path(request)} took too long") from error
        self._check(answer, request)
        return self._parse(answer, reply, request)

    async def write(
        self,
        method: str,
        path: str,
        reply: type[M],
        *,
        body: Mapping[str, Any] | Sequence[Any] | None = None,
        params: Mapping[str, Any] | None = None,
        files: Mapping[str, tuple[str | None, bytes, str]] | None = None,
    ) -> M:
        """Make a call that costs nothing, once.

        Raises `BackendUnavailable`, `BackendRejected`, `BackendReplyInvalid`.
        """
        request = self._request(method, path, body=body, params=params, files=files)
        seconds = self.file_seconds if files else self.seconds
        try:
            async with self.deadline(seconds):
                answer = await self._send(request, MOST_JSON)
        except (httpx.HTTPError, TimeoutError) as error:
            raise BackendUnavailable(
                self.backend, f"{method} {_path(request)} failed: {type(error).__name__}"
            ) from error
        self._check(answer, request)
        return self._parse(answer, reply, request)

    async def pay(
        self,
        path: str,
        reply: type[M],
        *,
        body: Mapping[str, Any],
        method: str = "POST",
        params: Mapping[str, Any] | None = None,
        most: int = MOST_JSON,
        seconds: float | None = None,
    ) -> M:
        """Make a call that costs money, once.

        Raises `BackendUnavailable` where it surely was not executed, `BackendRejected` where it was refused, and
        `BackendAmbiguous` in every other case.
        """
        request = self._request(method, path, body=body, params=params)
        try:
            async with self.deadline(self.seconds if seconds is None else seconds):
                answer = await self._send(request, most)
        except NEVER_SENT as error:
            raise BackendUnavailable(self.backend, f"{_path(request)} was not reached") from error
        except (httpx.HTTPError, TimeoutError, BackendReplyInvalid) as error:
            raise BackendAmbiguous(self.backend, f"{method} {_path(request)}: {type(error).__name__}") from error
        if answer.status != httpx.codes.TOO_MANY_REQUESTS and _may_pass(answer.status):
            raise BackendAmbiguous(self.backend, f"{method} {_path(request)} answered {answer.status}: {answer.text}")
        try:
            self._check(answer, request)
            return self._parse(answer, reply, request)
        except BackendReplyInvalid as error:
            raise BackendAmbiguous(self.backend, error.detail) from error

    async def upload(self, link: str, content: bytes, *, content_type: str | None = None) -> None:
        """PUT bytes to a link that the provider gave for that, without its key, and again where that can help.

        Raises `BackendUnavailable`, and `BackendReplyInvalid` for a link that leads where it must not.
        """
        target = await self._target(link)
        headers = {"Content-Type": content_type} if content_type else {}
        request = self._file_request("PUT", target, headers, content)
        try:
            async with self.deadline(self.file_seconds):
                answer = await self._send_again(request, MOST_JSON)
        except TimeoutError as error:
            raise BackendUnavailable(self.backend, "an upload took too long") from error
        except (BackendRejected, BackendReplyInvalid) as error:
            raise BackendUnavailable(self.backend, f"an upload failed: {error.detail}") from error
        if not 200 <= answer.status < 300:
            raise BackendUnavailable(self.backend, f"an upload was answered {answer.status}")

    async def download(self, link: str, *, most: int = MOST_FILE, with_key: bool = False) -> bytes:
        """Fetch a finished file of at most `most` bytes; `with_key` shows the key, to its own origin only.

        Raises `BackendUnavailable`, `LinkGone` for a link that has expired, and `BackendReplyInvalid` for a link that
        leads where it must not, or a file that is too big.
        """
        if with_key and self._is_own(link):
            request = self._request("GET", link)
        else:
            request = self._file_request("GET", await self._target(link), {}, None)
        try:
            async with self.deadline(self.file_seconds):
                answer = await self._send(request, most)
        except (httpx.HTTPError, TimeoutError) as error:
            raise BackendUnavailable(self.backend, f"a download failed: {type(error).__name__}") from error
        if answer.status in (403, 404, 410):
            raise LinkGone(self.backend, f"a download was answered {answer.status}")
        if answer.status != httpx.codes.OK:
            raise BackendUnavailable(self.backend, f"a download was answered {answer.status}")
        return answer.body

    def _request(
        self,
        method: str,
        path: str,
        *,
        body: Mapping[str, Any] | Sequence[Any] | None = None,
        params: Mapping[str, Any] | None = None,
        files: Mapping[str, tuple[str | None, bytes, str]] | None = None,
    ) -> httpx.Request:
        own = _url(self.base_url)
        try:
            url = _url(path if path.startswith(("http://", "https://")) else self.base_url + path)
        except httpx.InvalidURL as error:
            raise BackendReplyInvalid(self.backend, "an address that is none") from error
        if links.origin(url) != links.origin(own) or url.userinfo != own.userinfo:
            raise BackendReplyInvalid(self.backend, f"{url.raw_host!r} is not {self.backend}'s own host")
        headers = {**OWN_HEADERS, **self.headers}
        return httpx.Request(method, url, json=body, params=params, files=files, headers=headers, extensions=WAITING)

    def _is_own(self, link: str) -> bool:
        """Whether a link leads to the base URL's own origin."""
        try:
            return links.origin(_url(link)) == links.origin(_url(self.base_url))
        except httpx.InvalidURL:
            return False

    def _file_request(
        self, method: str, target: Target, headers: Mapping[str, str], content: bytes | None
    ) -> httpx.Request:
        return httpx.Request(
            method,
            target.url,
            content=content,
            headers={**OWN_HEADERS, "Host": target.host, **headers},
            extensions={**WAITING, **target.extensions},
        )

    async def _target(self, link: str) -> Target:
        try:
            async with self.deadline(self.seconds):
                return await links.check(link, self.hosts)
        except LinkRefused as error:
            raise BackendReplyInvalid(self.backend, f"a link was refused: {error}") from error
        except TimeoutError as error:
            raise BackendUnavailable(self.backend, "a link's host could not be looked up in time") from error

    async def _send_again(self, request: httpx.Request, most: int) -> Answer:
        """Send what changes nothing the second time until there is an answer that will stay, TRIES times at most."""
        for attempt in range(1, TRIES + 1):
            pause = 2.0 ** (attempt - 1) / 2
            failure: BackendError
            try:
                answer = await self._send(request, most)
            except httpx.HTTPError as error:
                failure = BackendUnavailable(
                    self.backend, f"{request.method} {_path(request)} failed: {type(error).__name__}"
                )
                failure.__cause__ = error
            else:
                if not _may_pass(answer.status):
                    return answer
                failure = self._failure(answer, request)
                asked = failure.retry_after if isinstance(failure, BackendUnavailable) else math.inf
                pause = pause if asked is None else asked
            if attempt == TRIES or pause > LONGEST_PAUSE:
                raise failure
            await self.sleep(pause)
        raise AssertionError("unreachable")

    async def _send(self, request: httpx.Request, most: int) -> Answer:
        response = await self.transport.handle_async_request(request)
        try:
            if response.headers.get("content-encoding", "identity").lower() != "identity":
                raise BackendReplyInvalid(self.backend, "a compressed answer that nobody asked for")
            body = bytearray()
            async for part in response.aiter_raw():
                body += part
                if len(body) > most:
                    raise BackendReplyInvalid(self.backend, f"an answer of more than {most} bytes")
        finally:
            await response.aclose()
        is_success = 200 <= response.status_code < 300
        content = bytes(body) if is_success else self._without_secrets(bytes(body))
        return Answer(response.status_code, response.headers, content)

    def _without_secrets(self, body: bytes) -> bytes:
        """Return an error's body without what is long enough in our headers to be a key, or one half of one.

        A page may show them to us again, and parts of it go into the log and into sentences for members.
        """
        for secret in (word for value in self.headers.values() for word in KEY.findall(value)):
            for spelling in {secret, secret.replace("/", "\\/")}:  # JSON may escape the slashes of base64
                body = body.replace(spelling.encode(), b"[hidden]")
        return body

    def _check(self, answer: Answer, request: httpx.Request) -> None:
        """Raise what an answer that is no success means."""
        if not 200 <= answer.status < 300:
            raise self._failure(answer, request)

    def _failure(self, answer: Answer, request: httpx.Request) -> BackendError:
        """Return what an answer that is no success means."""
        said = self.complaint(answer)
        if said is not None:
            return said
        detail = f"{request.method} {_path(request)} answered {answer.status}: {answer.text}"
        if _may_pass(answer.status):
            return BackendUnavailable(self.backend, detail, retry_after=retry_after(answer))
        if 300 <= answer.status < 400:
            return BackendReplyInvalid(self.backend, f"{detail} (redirects are not followed)")
        if request.method == "GET" and answer.status in (401, 402, 403):
            return BackendUnavailable(
                self.backend, detail
            )  # the work is there still: it is the key that is not taken
        if answer.status in (404, 410):
            return WorkUnknown(self.backend, detail)
        kind = _REASONS.get(answer.status)
        reason = fact(kind, backend=self.backend) if kind else None
        return BackendRejected(self.backend, detail, reason=reason)

    def _parse(self, answer: Answer, reply: type[M], request: httpx.Request) -> M:
        try:
            if reply is object:  # where nothing is expected anything will do: a stop may be answered with no JSON
                return _reader(reply).validate_python(answer.data)
            return _reader(reply).validate_json(answer.body)
        except ValidationError as error:
            raise BackendReplyInvalid(
                self.backend, f"{request.method} {_path(request)} answered something else than documented"
            ) from error


_REASONS = {401: FactKind.KEY_REFUSED, 402: FactKind.NO_CREDIT, 403: FactKind.NOT_ALLOWED}


@cache
def certificates() -> ssl.SSLContext:
    """Return whom TLS connections trust; reading that takes a twentieth of a second, so it is done once."""
    return httpx.create_ssl_context(trust_env=False)


def transport() -> httpx.AsyncHTTPTransport:
    """Return the transport for every provider: below httpx's client, so it knows no redirect, cookie or proxy."""
    return httpx.AsyncHTTPTransport(
        verify=certificates(),
        trust_env=False,
        limits=httpx.Limits(max_connections=50, max_keepalive_connections=20),
    )


def retry_after(answer: Answer) -> float | None:
    """Return the pause in seconds that an answer asks for, within reason; None when it asks for none.

    https://www.rfc-editor.org/rfc/rfc9110#field.retry-after: seconds, or a date.
    """
    asked = answer.headers.get("retry-after", "")
    try:
        seconds = float(asked)
    except ValueError:
        try:
            seconds = (parsedate_to_datetime(asked) - datetime.now(UTC)).total_seconds()
        except (ValueError, TypeError):
            return None
    return None if math.isnan(seconds) else min(max(seconds, RETRY_AFTER[0]), RETRY_AFTER[1])


def _url(address: str) -> httpx.URL:
    """Read an address. Polls ask the same short ones again; long ones that a provider hands out are not kept."""
    return _short_url(address) if len(address) <= 256 else httpx.URL(address)


@lru_cache(maxsize=2_048)
def _short_url(address: str) -> httpx.URL:
    return httpx.URL(address)


def _reader(reply: type[M]) -> TypeAdapter[M]:
    if reply not in _readers:
        _readers[reply] = TypeAdapter(reply)
    return _readers[reply]


def _may_pass(status: int) -> bool:
    """Whether a status tells of a trouble that may be over soon."""
    return status in AGAIN or status >= 500


def _path(request: httpx.Request) -> str:
    """Return where a request goes, without its query: that may hold a signature."""
    return request.url.path

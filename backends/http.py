"""The HTTP calls that every hosted backend makes, with deadlines, caps, retries and errors by meaning.

Three kinds of call: `read` is repeated where that can help, `write` is unpaid and made once, `pay` is made once and
its lost answer is never taken for a refusal. The provider's key goes to its own origin only; files that lie elsewhere
move over links without it.
"""

import asyncio
import math
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any, TypeVar

import httpx
from pydantic import ValidationError

from backends import links
from backends.answers import Answer, Complaint, failure_of, may_pass, parsed, without_secrets
from backends.links import Hosts, LinkRefused, Target
from backends.wire import OWN_HEADERS, WAITING, BodyRefused, body_of
from domain.backoff import pause_after
from domain.errors import (
    BackendAmbiguous,
    BackendError,
    BackendRejected,
    BackendReplyInvalid,
    BackendUnavailable,
    NotThereYet,
)

M = TypeVar("M")

SECONDS = 30.0  # wall clock for one call, its retries included
FILE_SECONDS = 300.0  # wall clock for one file
MOST_JSON = 1024 * 1024  # bytes
MOST_FILE = 2 * 1024 * 1024 * 1024  # bytes of a LoRA file
TRIES = 3  # of a read, or an upload
FIRST_PAUSE, LONGEST_PAUSE = 0.5, 5.0  # seconds; who asks for more is left alone until the next look


class LinkGone(NotThereYet):
    """A link to a finished file has expired, or the file is gone.

    The next look may give a fresh link.
    """


# Raised before a single byte of the request went out.
NEVER_SENT = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout, httpx.UnsupportedProtocol)


@dataclass(frozen=True, slots=True, kw_only=True)
class Http:
    """Calls to one provider at one base URL.

    `headers` carry its key and go nowhere else.

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
        if answer.status != httpx.codes.TOO_MANY_REQUESTS and may_pass(answer.status):
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
        """Fetch a finished file of at most `most` bytes.

        `with_key` shows the key, to its own origin only.

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
        attempt = 0
        while True:
            attempt += 1
            pause = pause_after(attempt, first=FIRST_PAUSE, longest=LONGEST_PAUSE)
            try:
                answer = await self._send(request, most)
            except httpx.HTTPError as error:
                if attempt == TRIES:
                    detail = f"{request.method} {_path(request)} failed: {type(error).__name__}"
                    raise BackendUnavailable(self.backend, detail) from error
            else:
                if not may_pass(answer.status):
                    return answer
                failure = self._failure(answer, request)
                asked = failure.retry_after if isinstance(failure, BackendUnavailable) else math.inf
                pause = pause if asked is None else asked
                if attempt == TRIES or pause > LONGEST_PAUSE:
                    raise failure
            await self.sleep(pause)

    async def _send(self, request: httpx.Request, most: int) -> Answer:
        response = await self.transport.handle_async_request(request)
        try:
            body = await body_of(response, most=most)
        except BodyRefused as error:
            raise BackendReplyInvalid(self.backend, str(error)) from error
        finally:
            await response.aclose()
        if not 200 <= response.status_code < 300:
            body = without_secrets(body, self.headers.values())
        return Answer(response.status_code, response.headers, body)

    def _check(self, answer: Answer, request: httpx.Request) -> None:
        """Raise what an answer that is no success means."""
        if not 200 <= answer.status < 300:
            raise self._failure(answer, request)

    def _failure(self, answer: Answer, request: httpx.Request) -> BackendError:
        """Return what an answer that is no success means."""
        said = self.complaint(answer)
        return said or failure_of(self.backend, answer, method=request.method, path=_path(request))

    def _parse(self, answer: Answer, reply: type[M], request: httpx.Request) -> M:
        try:
            return parsed(answer, reply)
        except ValidationError as error:
            detail = f"{request.method} {_path(request)} answered something else than documented"
            raise BackendReplyInvalid(self.backend, detail) from error


def _url(address: str) -> httpx.URL:
    """Read an address. Polls ask the same short ones again.

    Long ones that a provider hands out are not kept.
    """
    return _short_url(address) if len(address) <= 256 else httpx.URL(address)


@lru_cache(maxsize=2_048)
def _short_url(address: str) -> httpx.URL:
    return httpx.URL(address)


def _path(request: httpx.Request) -> str:
    """Return where a request goes, without its query.

    That may hold a signature.
    """
    return request.url.path

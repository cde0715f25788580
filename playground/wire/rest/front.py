"""The entry of the REST API, which applies faults and limits to each request and logs it."""

import asyncio
import json
import re
from collections.abc import Mapping
from functools import partial
from typing import cast

from aiohttp import BodyPartReader, web

from playground.wire import errors
from playground.wire.errors import ApiError
from playground.wire.fault_rules import Break, FaultRules
from playground.wire.rest.call import Call, RestAnswer, Route
from playground.wire.rest.ratelimits import RateLimits
from playground.wire.traffic import Exchange, Observer
from playground.world.attachments import Upload
from playground.world.json_values import Json
from playground.world.state import World

ROOT = "/api/v10"
LARGEST_REQUEST = 25 * 1024 * 1024
FILE_PART = re.compile(r"files?\[?(\d*)\]?")
Body = Json | list[Json] | None


class Cut(Exception):
    """Cut the connection instead of answering."""


class Front:
    """Serves all routes under /api/v10."""

    def __init__(
        self,
        world: World,
        faults: FaultRules,
        limits: RateLimits,
        routes: list[Route],
        *,
        token: str,
        observe: Observer,
    ) -> None:
        self._world = world
        self._faults = faults
        self._limits = limits
        self._routes = routes
        self._token = token
        self._observe = observe

    def register(self, app: web.Application) -> None:
        """Add the routes to an application, and 404 for all other paths."""
        for route in self._routes:
            app.router.add_route(route.method, ROOT + route.template, partial(self._serve, route))
        app.router.add_route("*", "/api/{tail:.*}", self._unknown)

    async def _serve(self, route: Route, request: web.Request) -> web.StreamResponse:
        body: Body = None
        files: dict[int, Upload] = {}
        headers: dict[str, str] = {}
        is_fault = False
        try:
            body, files = await read(request)
            self._fail(route, after=False)
            answer = self._carry_out(route, request, body, files, headers)
            self._fail(route, after=True)
        except ApiError as error:
            is_fault = error.is_injected
            answer = RestAnswer(error.status, error.body())
            headers |= error.headers
        except Cut:
            is_fault, answer, headers = True, RestAnswer(0), {}
        path, names = request.path.removeprefix(ROOT), tuple(upload.filename for upload in files.values())
        query = dict(request.query)
        exchange = (request.method, route.template, path, query, body, answer.status, answer.body, names)
        self._observe(Exchange(*exchange, is_fault, headers))
        return write(answer, headers) if answer.status else cut(request)

    def _carry_out(
        self, route: Route, request: web.Request, body: Body, files: Mapping[int, Upload], headers: dict[str, str]
    ) -> RestAnswer:
        params = dict(request.match_info)
        if not route.is_open and request.headers.get("Authorization") != f"Bot {self._token}":
            raise errors.unauthorized()
        headers |= self._limits.take(route.method, route.template, params, counts_globally=not route.is_open)
        return route.handle(Call(self._world, self._limits, params, dict(request.query), body, files))

    def _fail(self, route: Route, *, after: bool) -> None:
        rule = self._faults.find(route.method, route.template, after=after)
        if rule is None:
            return
        if isinstance(rule.effect, Break):
            raise Cut
        error = rule.effect()
        error.is_injected = True
        raise error

    async def _unknown(self, request: web.Request) -> web.StreamResponse:
        error = errors.not_found()
        path = request.path.removeprefix(ROOT)
        self._observe(Exchange(request.method, path, path, dict(request.query), None, 404, error.body()))
        return write(RestAnswer(404, error.body()), {})


def write(outcome: RestAnswer, headers: Mapping[str, str]) -> web.Response:
    """Write an answer, whose content type must be exactly application/json."""
    if outcome.body is None:
        return web.Response(status=outcome.status, headers=headers)
    content = json.dumps(outcome.body).encode()
    return web.Response(status=outcome.status, body=content, headers={"Content-Type": "application/json", **headers})


def cut(request: web.Request) -> web.Response:
    """Cut the connection, so that the returned response is never sent."""
    if request.transport:
        request.transport.abort()
    return web.Response(status=500)


async def read(request: web.Request) -> tuple[Body, dict[int, Upload]]:
    """Read JSON or multipart (payload_json and files[n]), 413/40005 when it is too large."""
    if (request.content_length or 0) > LARGEST_REQUEST:
        await _drain(request)
        raise errors.too_large()
    if request.content_type == "multipart/form-data":
        return await _read_multipart(request)
    raw = await request.read()
    return (_parse(raw) if raw else None), {}


async def _drain(request: web.Request) -> None:
    """Read the rest away, so that the client gets to see the answer."""
    async for _ in request.content.iter_chunked(1 << 16):
        await asyncio.sleep(0)


async def _read_multipart(request: web.Request) -> tuple[Body, dict[int, Upload]]:
    body: Body = {}
    files: dict[int, Upload] = {}
    total = 0
    async for part in await request.multipart():
        if not isinstance(part, BodyPartReader):
            continue
        content = bytes(await part.read())
        total += len(content)
        if total > LARGEST_REQUEST:
            await _drain(request)
            raise errors.too_large()
        if part.name == "payload_json":
            body = _parse(content)
        elif match := FILE_PART.fullmatch(part.name or ""):
            files[int(match[1] or len(files))] = Upload(part.filename or "unknown", content)
    return body, files


def _parse(raw: bytes) -> Body:
    try:
        return cast("Body", json.loads(raw))
    except ValueError as error:
        raise errors.invalid_json() from error

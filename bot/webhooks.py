"""Signed webhooks of hosted backends: each says only that it is time to look, and the look is the truth."""

import asyncio
import logging
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from functools import partial
from typing import Generic, TypeVar

from aiohttp import web

from backends.base import Backend
from backends.fal import FalBackend
from backends.fal.webhooks import is_about, verify_fal
from backends.replicate import ReplicateBackend
from backends.replicate.webhooks import verify_replicate, work_of
from domain.errors import BackendError, BackendUnavailable
from storage.training.tasks import TaskStore

log = logging.getLogger(__name__)
K = TypeVar("K")

# Below the public address of this bot; fal adds the name of the training.
REPLICATE_PATH, FAL_PATH = "/hooks/replicate", "/hooks/fal"
MOST_BODY = 1024 * 1024  # bytes
SECONDS = 10.0  # wall clock for one delivery; fal waits for 15
KEPT_SECONDS = 24 * 3600.0  # what is signed with is believed for no longer: fal says so of its keys
AGAIN_SECONDS = 300.0  # between two questions for it, however many deliveries are forged
MOST_REMEMBERED = 4096  # deliveries that are known again when they come twice

Headers = Mapping[str, str]


class Seal(Generic[K]):
    """Tells a provider's deliveries from forged ones, by keys that it asks the provider for when it needs them."""

    def __init__(
        self,
        backend: str,
        fetch: Callable[[], Awaitable[K]],
        verify: Callable[[K, Headers, bytes, float], str | None],
        *,
        now: Callable[[], float] = time.time,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._backend = backend
        self._fetch = fetch
        self._verify = verify
        self._now = now
        self._clock = clock
        self._held: tuple[K, float] | None = None  # the keys, and since when they are held
        self._asked_at: float | None = None
        self._asking = asyncio.Lock()

    async def prove(self, headers: Headers, body: bytes) -> str | None:
        """Return the id of a delivery that the provider has signed, None for any other.

        Raises `BackendUnavailable` while it can't be asked what it signs with.
        """
        proved = self._verify(await self._keys(KEPT_SECONDS), headers, body, self._now())
        if proved is None:  # the keys may have changed
            proved = self._verify(await self._keys(0.0), headers, body, self._now())
        return proved

    async def _keys(self, most_seconds: float) -> K:
        """Return the keys, so old at most where that can be had, and surely of the last day."""
        async with self._asking:
            if self._age() > most_seconds and self._may_ask():
                await self._ask()
            if self._held is None or self._age() > KEPT_SECONDS:
                raise BackendUnavailable(self._backend, "what it signs webhooks with is not known now")
            return self._held[0]

    async def _ask(self) -> None:
        self._asked_at = self._clock()
        try:
            self._held = await self._fetch(), self._asked_at
        except BackendError as error:
            log.warning("backend=%s does not say what it signs webhooks with: %s", self._backend, error)

    def _age(self) -> float:
        return float("inf") if self._held is None else self._clock() - self._held[1]

    def _may_ask(self) -> bool:
        return self._asked_at is None or self._clock() - self._asked_at >= AGAIN_SECONDS


@dataclass(frozen=True, slots=True)
class Sender:
    """A provider that sends webhooks: where to, how they are proved, and which of our tasks one is about.

    `task_of` takes the rest of the path, the delivery's id and the body of a delivery that was proved.
    """

    backend: str
    route: str
    prove: Callable[[Headers, bytes], Awaitable[str | None]]
    task_of: Callable[[str, str, bytes], Awaitable[str | None]]


class Webhooks:
    """Takes deliveries. One that is new, proved and about a task of ours has that task looked at; nothing else does.

    What is proved is always answered alike, whether or not its task is known here.
    """

    def __init__(self, senders: Sequence[Sender], hurry: Callable[[str], None]) -> None:
        self._senders = senders
        self._hurry = hurry
        self._remembered: dict[tuple[str, str], None] = {}  # in the order in which they came

    def app(self) -> web.Application:
        """Return the routes, one for each sender."""
        app = web.Application(client_max_size=MOST_BODY)
        app.add_routes([web.post(sender.route, partial(self._take, sender)) for sender in self._senders])
        return app

    async def _take(self, sender: Sender, request: web.Request) -> web.Response:
        """Answer a delivery with a mere status, whatever happens."""
        try:
            async with asyncio.timeout(SECONDS):
                return web.Response(status=await self._status(sender, request))
        except (BackendUnavailable, TimeoutError) as error:
            log.warning("backend=%s a webhook can't be looked at now: %r", sender.backend, error)
        except Exception:
            log.exception("backend=%s a webhook could not be taken", sender.backend)
        return web.Response(status=503)  # it comes again later

    async def _status(self, sender: Sender, request: web.Request) -> int:
        try:
            body = await request.read()
        except web.HTTPRequestEntityTooLarge:
            return 413
        except Exception as error:  # noqa: BLE001 - whatever breaks off or can't be read was no delivery
            log.info("backend=%s a webhook broke off: %r", sender.backend, error)
            return 400
        delivery = await sender.prove(request.headers, body)
        if delivery is None:
            return 401
        if (sender.backend, delivery) not in self._remembered:
            await self._heed(sender, request.match_info.get("name", ""), delivery, body)
        return 202

    async def _heed(self, sender: Sender, name: str, delivery: str, body: bytes) -> None:
        task_id = await sender.task_of(name, delivery, body)
        if task_id is not None:
            log.info("task=%s backend=%s has news, says its webhook", task_id, sender.backend)
            self._hurry(task_id)
        self._remembered[sender.backend, delivery] = None
        if len(self._remembered) > MOST_REMEMBERED:
            del self._remembered[next(iter(self._remembered))]


def senders(
    backends: Mapping[str, Backend],
    tasks: TaskStore,
    *,
    now: Callable[[], float] = time.time,
    clock: Callable[[], float] = time.monotonic,
) -> Sequence[Sender]:
    """Return those of the backends whose webhooks can be proved."""
    found = []
    for backend in backends.values():
        match backend:
            case ReplicateBackend(name=name):
                secret = Seal(name, backend.webhook_secret, verify_replicate, now=now, clock=clock)
                found.append(Sender(name, REPLICATE_PATH, secret.prove, partial(_task_at_replicate, tasks)))
            case FalBackend(name=name):
                keys = Seal(name, backend.webhook_keys, verify_fal, now=now, clock=clock)
                found.append(Sender(name, f"{FAL_PATH}/{{name}}", keys.prove, partial(_task_at_fal, tasks)))
            case _:
                pass
    return found


async def _task_at_replicate(tasks: TaskStore, name: str, delivery: str, body: bytes) -> str | None:
    """Return the task of the training that the body names."""
    del name, delivery
    training = work_of(body)
    task = await tasks.at_backend("replicate", training) if training else None
    return task.id if task else None


async def _task_at_fal(tasks: TaskStore, name: str, delivery: str, body: bytes) -> str | None:
    """Return the task of that name, if the delivery is about its request: only the delivery's id is signed."""
    del body
    task = await tasks.load(name.removeprefix("atelier-"))
    if (
        task is None
        or task.order.backend != "fal"
        or task.order.hand_over.remote_id is None
        or not is_about(task.order.hand_over.remote_id, delivery)
    ):
        return None
    return task.id


@asynccontextmanager
async def listening(webhooks: Webhooks, *, host: str, port: int) -> AsyncIterator[int | None]:
    """Take deliveries at a port of this machine, and yield it; None where it can't be had: polling goes on alone."""
    # A signature is over the bytes as they came, so nothing is unpacked.
    runner = web.AppRunner(
        webhooks.app(), access_log=None, handle_signals=False, auto_decompress=False, shutdown_timeout=1.0
    )
    await runner.setup()
    try:
        yield await _port(runner, host, port)
    finally:
        await runner.cleanup()


async def _port(runner: web.AppRunner, host: str, port: int) -> int | None:
    try:
        await web.TCPSite(runner, host, port).start()
    except OSError as error:
        log.error("webhooks can't be taken at %s port %d, polling goes on without: %s", host, port, error)  # noqa: TRY400
        return None
    log.info("webhooks are taken at %s port %d", host, runner.addresses[0][1])
    return int(runner.addresses[0][1])

"""Webhooks over real HTTP: only what a provider has signed, about a task of ours, has that task looked at."""

import asyncio
import base64
import gzip
import hashlib
import hmac
import json
import random
import socket
import time
from collections.abc import AsyncIterator, Callable, Collection, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import httpx
import pytest
from aiohttp import ClientSession
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from pydantic import SecretStr, ValidationError

from backends.base import Backend
from backends.http import transport
from bot.background.watcher import Watcher
from bot.settings import Settings
from bot.webhooks import AGAIN_SECONDS, KEPT_SECONDS, MOST_BODY, MOST_REMEMBERED, Webhooks, listening, senders
from domain.training.tasks import TrainingTask
from playground import Channel, Member, Playground
from services.orders.follower import OpenOrder
from tests.backends.case import Case, MemoryArrivals
from tests.backends.cases import fal as fal_cases
from tests.backends.cases import replicate as replicate_cases
from tests.domain.orders.changed import changed
from tests.providers.fal import FalStandIn
from tests.providers.faults import Fault
from tests.providers.replicate import ReplicateStandIn
from tests.providers.standin import StandIn
from tests.services.workshop import Workshop, workshop
from tests.story.hosted import card_says, collect, confirmed, quoted, running

TRAINING = "zz4ibbonubfz7carwiefibzgga"  # at Replicate
REQUEST = "764cabcf-b745-4b3e-ae38-1200304cf45b"  # at fal
Headers = Mapping[str, str]


@dataclass(frozen=True)
class Delivery:
    """What is sent to the bot."""

    path: str
    headers: Headers
    body: bytes


Change = Callable[[Delivery], Delivery]


@dataclass
class Clock:
    """Seconds since this began to count, as the test turns them."""

    now: float = 0.0

    def __call__(self) -> float:
        return self.now


class Provider:
    """A provider's stand-in, and how it would sign."""

    standin: Any
    case: Case
    fetched: tuple[str, str]  # what is asked for, to prove deliveries
    ours: str  # the remote id of the task of ours

    def signed(self, *, about: str = "", path: str = "", at: float | None = None, number: int = 0) -> Delivery:
        """Return a delivery; of each number there is one."""
        raise NotImplementedError

    def of_nobody(self) -> Delivery:
        """Return one that is signed and about work that is not ours."""
        raise NotImplementedError

    def forged(self) -> Delivery:
        """Return one that somebody else signed."""
        raise NotImplementedError

    def change_keys(self) -> None:
        """Sign with something else from now on."""
        raise NotImplementedError


class AtReplicate(Provider):
    fetched = "GET", "/v1/webhooks/default/secret"
    ours = TRAINING
    signature = "webhook-signature"

    def __init__(self, task: TrainingTask) -> None:
        del task  # its deliveries name trainings, not tasks
        self.standin, self.case = ReplicateStandIn(), replicate_cases.CASES[0]

    def signed(
        self, *, about: str = TRAINING, path: str = "/hooks/replicate", at: float | None = None, number: int = 0
    ) -> Delivery:
        return self._signed(self.standin.secret, about, path, at, number)

    def of_nobody(self) -> Delivery:
        return self.signed(about="aa4ibbonubfz7carwiefibzgga", number=77)

    def forged(self) -> Delivery:
        return self._signed("whsec_" + base64.b64encode(b"guessed").decode(), TRAINING, "/hooks/replicate", None, 0)

    def change_keys(self) -> None:
        self.standin.secret = "whsec_" + base64.b64encode(b"another one").decode()

    def _signed(self, secret: str, about: str, path: str, at: float | None, number: int) -> Delivery:
        body = json.dumps({"id": about, "status": "succeeded"}).encode()
        timestamp, delivery = str(int(time.time() if at is None else at)), f"msg_{number}"
        key = base64.b64decode(secret.removeprefix("whsec_"))
        digest = hmac.new(key, f"{delivery}.{timestamp}.".encode() + body, hashlib.sha256).digest()
        signature = "v1," + base64.b64encode(digest).decode()
        told = {"webhook-id": delivery, "webhook-timestamp": timestamp, "webhook-signature": signature}
        return Delivery(path, told, body)


class AtFal(Provider):
    fetched = "GET", "/.well-known/jwks.json"
    signature = "X-Fal-Webhook-Signature"

    def __init__(self, task: TrainingTask) -> None:
        self.standin, self.case = FalStandIn(), fal_cases.CASES[0]
        self.path = f"/hooks/fal/{task.remote_name}"
        self.ours = ticket(REQUEST)

    def signed(self, *, about: str = REQUEST, path: str = "", at: float | None = None, number: int = 0) -> Delivery:
        del number  # fal sends one for each request
        body = json.dumps({"request_id": about, "status": "OK", "payload": {}}).encode()
        told = self.standin.signed(body, about, at=int(time.time() if at is None else at))
        return Delivery(path or self.path, told, body)

    def of_nobody(self) -> Delivery:
        return self.signed(path="/hooks/fal/atelier-nobody")

    def forged(self) -> Delivery:
        theirs = FalStandIn()  # with a key of its own
        body = self.signed().body
        return Delivery(self.path, theirs.signed(body, REQUEST), body)

    def change_keys(self) -> None:
        self.standin.signer = Ed25519PrivateKey.generate()


def ticket(request_id: str) -> str:
    links = {f"{name}_url": f"https://queue.fal.run/{name}" for name in ("status", "response", "cancel")}
    return json.dumps({"request_id": request_id, "amount": 1_000, **links})


class Stage:
    """The bot's end of webhooks, the task that they may be about, and what they made it do."""

    def __init__(
        self,
        shop: Workshop,
        task: TrainingTask,
        provider: Provider,
        web: httpx.AsyncBaseTransport,
        anybody: httpx.AsyncClient,
    ) -> None:
        self.shop, self.task, self.provider = shop, task, provider
        self.hurried: list[str] = []
        self.clock = Clock()
        self.url = ""
        self.backend: Backend = provider.case.backend(provider.standin, web, MemoryArrivals())
        self.broken: Exception | None = None
        found = senders({self.backend.name: self.backend}, shop.tasks, clock=self.clock)
        self.webhooks = Webhooks(found, self._hurry)
        self._anybody = anybody

    def _hurry(self, task_id: str) -> None:
        if self.broken:
            raise self.broken
        self.hurried.append(task_id)

    async def deliver(self, delivery: Delivery) -> int:
        """Send it, and return the status of the answer, which says nothing more."""
        answer = await self._anybody.post(
            self.url + delivery.path,
            content=delivery.body,
            headers=[(name.encode(), value.encode("utf-8")) for name, value in delivery.headers.items()],
        )
        assert answer.content == b""
        return answer.status_code

    @property
    def fetches(self) -> int:
        """Return how often the provider was asked what it signs with."""
        return int(self.provider.standin.count(*self.provider.fetched))


@asynccontextmanager
async def staged(folder: Path, kind: type[Provider]) -> AsyncIterator[Stage]:
    async with AsyncExitStack() as stack:
        shop = await stack.enter_async_context(workshop(folder))
        task = await shop.started()
        provider = kind(task)  # type: ignore[call-arg]  # both kinds take it
        await stack.enter_async_context(provider.standin)
        web = await stack.enter_async_context(transport())
        anybody = await stack.enter_async_context(httpx.AsyncClient(trust_env=False))
        stage = Stage(shop, task, provider, web, anybody)
        await shop.tasks.update(
            task.id, lambda stored: changed(stored, backend=stage.backend.name, remote_id=provider.ours)
        )
        port = await stack.enter_async_context(listening(stage.webhooks, host="127.0.0.1", port=0))
        stage.url = f"http://127.0.0.1:{port}"
        yield stage


@pytest.fixture(params=[AtReplicate, AtFal])
async def stage(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Stage]:
    async with staged(tmp_path, request.param) as made:
        yield made


# --- the ten cases


async def test_what_the_provider_signed_has_its_task_looked_at(stage: Stage) -> None:
    assert await stage.deliver(stage.provider.signed()) == 202
    assert stage.hurried == [stage.task.id]


async def test_the_same_delivery_again_is_taken_and_does_nothing(stage: Stage) -> None:
    delivery = stage.provider.signed()

    assert [await stage.deliver(delivery) for _ in range(3)] == [202, 202, 202]
    assert stage.hurried == [stage.task.id]


async def test_signed_news_of_unknown_work_is_answered_like_any_other(stage: Stage) -> None:
    assert await stage.deliver(stage.provider.of_nobody()) == 202
    assert stage.hurried == []


async def test_news_that_come_before_we_stored_the_id_do_nothing(stage: Stage) -> None:
    await stage.shop.tasks.update(stage.task.id, lambda stored: changed(stored, remote_id=None))

    assert await stage.deliver(stage.provider.signed()) == 202
    assert stage.hurried == []


def unsigned(good: Delivery) -> Delivery:
    return replace(good, headers={})


def with_signature(change: Callable[[str], str]) -> Change:
    def changed(good: Delivery) -> Delivery:
        told = {name: change(value) if "signature" in name.lower() else value for name, value in good.headers.items()}
        return replace(good, headers=told)

    return changed


def as_another(good: Delivery) -> Delivery:
    """Change the id that the signature is for."""
    changed = {name: f"{value}x" if name.lower().endswith("-id") else value for name, value in good.headers.items()}
    return replace(good, headers=changed)


@pytest.mark.parametrize(
    "hostile",
    [
        pytest.param(unsigned, id="unsigned"),
        pytest.param(with_signature(lambda _: "v1,AAAA"), id="another signature"),
        pytest.param(with_signature(lambda old: old[:-4] + "üéß1"), id="not ASCII"),
        pytest.param(with_signature(lambda _: ""), id="an empty signature"),
        pytest.param(as_another, id="for another delivery"),
        pytest.param(lambda good: replace(good, body=good.body + b" "), id="another body"),
        pytest.param(lambda good: replace(good, body=b""), id="no body"),
        pytest.param(lambda good: replace(good, body=gzip.compress(good.body)), id="compressed"),
    ],
)
async def test_what_is_forged_is_refused_without_a_word(stage: Stage, hostile: Change) -> None:
    assert await stage.deliver(hostile(stage.provider.signed())) == 401
    assert stage.hurried == []


async def test_what_somebody_else_signed_is_refused(stage: Stage) -> None:
    assert await stage.deliver(stage.provider.forged()) == 401
    assert stage.hurried == []


@pytest.mark.parametrize("seconds", [-330, 330])
async def test_what_is_old_or_from_the_future_is_refused(stage: Stage, seconds: float) -> None:
    assert await stage.deliver(stage.provider.signed(at=time.time() + seconds)) == 401
    assert stage.hurried == []


async def test_the_bytes_count_also_where_they_claim_to_be_packed(stage: Stage) -> None:
    good = stage.provider.signed()
    packed = Delivery(good.path, {**good.headers, "Content-Encoding": "gzip"}, gzip.compress(good.body))

    assert await stage.deliver(packed) == 401
    assert await stage.deliver(replace(good, headers={**good.headers, "Content-Encoding": "gzip"})) == 202


async def test_more_than_a_megabyte_is_not_read(stage: Stage) -> None:
    good = stage.provider.signed()

    assert await stage.deliver(replace(good, body=b" " * (MOST_BODY + 1))) == 413
    assert stage.fetches == 0


async def test_a_body_without_an_end_is_cut_off(stage: Stage) -> None:
    async def endless() -> AsyncIterator[bytes]:
        while True:
            yield b" " * 65_536

    path = stage.url + stage.provider.signed().path
    async with ClientSession() as session, session.post(path, data=endless()) as answer:
        assert answer.status == 413


# --- what else may come


async def test_among_a_thousand_random_deliveries_only_the_true_one_does_something(stage: Stage) -> None:
    seed = random.SystemRandom().randrange(2**32)
    print("seed", seed)  # noqa: T201 - to play it again
    chance = random.Random(seed)
    good = stage.provider.signed()
    statuses = []
    for number in range(1_000):
        if number in (300, 700):  # the second is the first again
            assert await stage.deliver(good) == 202
        headers = chance.choice([good.headers, {name: _noise(chance, value) for name, value in good.headers.items()}])
        body = chance.randbytes(chance.randrange(300))
        statuses.append(await stage.deliver(Delivery(good.path, headers, body)))

    assert statuses == [401] * 1_000
    assert stage.hurried == [stage.task.id]
    assert stage.fetches == 1


def _noise(chance: random.Random, like: str) -> str:
    """Return another text of about that length that HTTP can carry."""
    letters = [chr(code) for code in range(33, 127)] + list("äß²Ω١")
    return "".join(chance.choice(letters) for _ in range(chance.randrange(1, len(like) + 8)))


async def test_what_breaks_off_in_the_middle_leaves_the_others_alone(stage: Stage) -> None:
    good = stage.provider.signed()
    port = httpx.URL(stage.url).port
    for end in (b"Content-Length: 500\r\n\r\n{", b"Transfer-Encoding: chunked\r\n\r\nzz\r\n", b"Content-Le"):
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(f"POST {good.path} HTTP/1.1\r\nHost: x\r\n".encode() + end)
        await writer.drain()
        writer.write_eof()
        writer.close()
        await writer.wait_closed()
        assert await reader.read(12) in (b"", b"HTTP/1.1 400")

    assert await stage.deliver(good) == 202


async def test_other_paths_and_methods_lead_nowhere(stage: Stage) -> None:
    async with httpx.AsyncClient() as client:
        answers = [
            await client.get(stage.url + stage.provider.signed().path),
            await client.post(stage.url + "/"),
            await client.post(stage.url + "/hooks/novita"),
            await client.post(stage.url + "/hooks/fal/"),
            await client.post(stage.url + "/hooks/fal/a/b"),
        ]

    assert [answer.status_code for answer in answers] == [405, 404, 404, 404, 404]


async def test_whatever_goes_wrong_within_is_an_answer_too(stage: Stage) -> None:
    stage.broken = RuntimeError("a bug")
    first = await stage.deliver(stage.provider.signed())
    stage.broken = None
    second = await stage.deliver(stage.provider.signed())

    assert (first, second) == (503, 202)
    assert stage.hurried == [stage.task.id]


async def test_at_fal_another_customers_webhook_says_nothing_about_our_task(tmp_path: Path) -> None:
    async with staged(tmp_path, AtFal) as stage:
        # fal's keys are the same for all who train there, and the path is not signed.
        theirs = stage.provider.signed(about="11111111-b745-4b3e-ae38-1200304cf45b")

        assert await stage.deliver(theirs) == 202
        assert stage.hurried == []


async def test_at_fal_a_name_that_is_none_is_no_matter(tmp_path: Path) -> None:
    async with staged(tmp_path, AtFal) as stage:
        for path in ("/hooks/fal/%00", "/hooks/fal/atelier-", "/hooks/fal/" + "a" * 4_000, "/hooks/fal/%ed%b2%80"):
            assert await stage.deliver(stage.provider.signed(path=path)) == 202

        assert stage.hurried == []


@pytest.mark.parametrize("body", [b"", b"[]", b"{}", b'{"id":7}', b'{"id":"../x"}', b"[" * 100_000, b"\xff"])
async def test_at_replicate_a_signed_body_that_names_nothing_is_no_matter(tmp_path: Path, body: bytes) -> None:
    async with staged(tmp_path, AtReplicate) as stage:
        timestamp = str(int(time.time()))
        key = base64.b64decode(stage.provider.standin.secret.removeprefix("whsec_"))
        digest = hmac.new(key, f"msg_1.{timestamp}.".encode() + body, hashlib.sha256).digest()
        told = {
            "webhook-id": "msg_1",
            "webhook-timestamp": timestamp,
            "webhook-signature": "v1," + base64.b64encode(digest).decode(),
        }

        assert await stage.deliver(Delivery("/hooks/replicate", told, body)) == 202
        assert stage.hurried == []


async def test_only_so_many_deliveries_are_remembered(tmp_path: Path) -> None:
    async with staged(tmp_path, AtReplicate) as stage:
        for number in range(MOST_REMEMBERED + 1):
            stage.webhooks._remembered["replicate", f"old {number}"] = None
        await stage.deliver(stage.provider.signed(number=1))

        assert len(stage.webhooks._remembered) == MOST_REMEMBERED + 1
        assert ("replicate", "msg_1") in stage.webhooks._remembered
        assert ("replicate", "old 0") not in stage.webhooks._remembered


# --- what they sign with


async def test_what_is_signed_with_is_asked_for_once_a_day(stage: Stage) -> None:
    for _ in range(5):
        await stage.deliver(stage.provider.signed())
    before = stage.fetches
    stage.clock.now += KEPT_SECONDS - 1
    await stage.deliver(stage.provider.signed())
    within = stage.fetches
    stage.clock.now += 2
    await stage.deliver(stage.provider.signed())

    assert (before, within, stage.fetches) == (1, 1, 2)


async def test_new_keys_are_asked_for_when_the_old_ones_do_not_fit_but_not_for_each_forgery(stage: Stage) -> None:
    await stage.deliver(stage.provider.signed())
    stage.provider.change_keys()
    too_soon = await stage.deliver(stage.provider.signed(number=1))
    stage.clock.now += AGAIN_SECONDS
    later = await stage.deliver(stage.provider.signed(number=2))
    for _ in range(50):
        await stage.deliver(stage.provider.forged())

    assert (too_soon, later) == (401, 202)
    assert stage.fetches == 2


async def test_while_nobody_says_what_is_signed_with_deliveries_are_asked_to_come_again(stage: Stage) -> None:
    stage.provider.standin.faults.add(f"GET {stage.provider.fetched[1]}", Fault(status=403), times=1)
    away = [await stage.deliver(stage.provider.signed()) for _ in range(3)]
    asked = stage.fetches
    stage.clock.now += AGAIN_SECONDS

    assert away == [503, 503, 503]
    assert asked == 1
    assert await stage.deliver(stage.provider.signed()) == 202
    assert stage.hurried == [stage.task.id]


async def test_keys_of_yesterday_are_not_believed_while_the_provider_is_away(stage: Stage) -> None:
    await stage.deliver(stage.provider.signed())
    stage.provider.standin.faults.add(f"GET {stage.provider.fetched[1]}", Fault(status=403), times=1)
    stage.clock.now += KEPT_SECONDS + 1

    assert await stage.deliver(stage.provider.signed(number=1)) == 503


# --- around it


async def test_a_port_that_is_taken_does_not_stop_the_bot() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        async with listening(Webhooks([], print), host="127.0.0.1", port=taken.getsockname()[1]) as port:
            assert port is None


@pytest.mark.parametrize("url", ["http://atelier.example", "atelier.example", "https://a.example/?x=1", "https://"])
def test_only_an_https_address_is_taken(url: str) -> None:
    with pytest.raises(ValidationError, match="must begin with https"):
        Settings(discord_token=SecretStr("x"), webhook_url=url)


def test_providers_are_told_where_the_internet_reaches_this_bot() -> None:
    settings = Settings(discord_token=SecretStr("x"), webhook_url="https://a.example/atelier/")

    assert settings.public("/hooks/fal") == "https://a.example/atelier/hooks/fal"
    assert Settings(discord_token=SecretStr("x")).public("/hooks/fal") is None


class Slow:
    """Open things, to be looked at every ten minutes; the gate holds the looks up."""

    def __init__(self, *names: str) -> None:
        self.names = names
        self.looks: list[str] = []
        self.begun, self.gate = asyncio.Event(), asyncio.Event()
        self.gate.set()

    async def open_orders(self) -> Sequence[OpenOrder]:
        return [OpenOrder(name) for name in self.names]

    async def refresh_listed(self, backend: str, order_ids: Collection[str], /) -> dict[str, float | None]:
        raise AssertionError(backend, order_ids)

    async def refresh(self, subject_id: str, /) -> float:
        self.looks.append(subject_id)
        self.begun.set()
        await self.gate.wait()
        return 600.0


async def test_who_is_hurried_is_looked_at_with_the_next_tick() -> None:
    things = Slow("a", "b")
    watcher = Watcher([things], clock=Clock())
    for _ in range(3):
        await watcher.look_around()
        await watcher.settled()
    before = list(things.looks)
    watcher.hurry("b")
    watcher.hurry("unknown")
    for _ in range(3):
        await watcher.look_around()
        await watcher.settled()

    assert before == ["a", "b"]
    assert things.looks == ["a", "b", "b"]


async def test_news_that_come_in_the_middle_of_a_look_get_a_look_of_their_own() -> None:
    things = Slow("a")
    watcher = Watcher([things], clock=Clock())
    things.gate.clear()
    await watcher.look_around()
    await things.begun.wait()
    watcher.hurry("a")
    await watcher.look_around()
    during = list(things.looks)
    things.gate.set()
    await watcher.settled()
    for _ in range(3):
        await watcher.look_around()
        await watcher.settled()

    assert during == ["a"]
    assert things.looks == ["a", "a"]


# --- the story


@pytest.fixture
def port(monkeypatch: pytest.MonkeyPatch) -> int:
    """Return a free port, which the bot will take deliveries at."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        number: int = free.getsockname()[1]
    monkeypatch.setenv("ATELIER_WEBHOOK_URL", f"http://127.0.0.1:{number}")
    monkeypatch.setenv("ATELIER_WEBHOOK_PORT", str(number))
    return number


@pytest.mark.usefixtures("port")
@pytest.mark.parametrize("kind", [ReplicateStandIn, FalStandIn])
async def test_a_training_that_is_looked_at_every_ten_minutes_is_done_as_soon_as_its_webhook_comes(
    kind: type[ReplicateStandIn | FalStandIn], discord: Playground, channel: Channel, ana: Member, tmp_path: Path
) -> None:
    provider = kind()
    provider.held = True
    async with running(discord, tmp_path, provider, poll_seconds=600.0) as bot:
        await collect(ana, channel)
        card = await confirmed(ana, channel, await quoted(ana, channel))
        await first_look(provider)
        waiting = [task["status"] for task in bot.tasks()]
        provider.held = False
        await train(provider)  # and tell: nobody looks for ten minutes
        done = await channel.wait_for(lambda m: "is done" in m.text)
        await card_says(channel, card, "Training · done")

    assert waiting == ["queued"]
    assert "Robo" in done.text


async def first_look(provider: StandIn) -> None:
    """Wait until the bot has asked how its training stands."""
    path = "/trainings/" if isinstance(provider, ReplicateStandIn) else "/status"
    async with asyncio.timeout(30):
        # A stand-in has no event for it.
        while not any(seen.method == "GET" and path in seen.path for seen in provider.seen):  # noqa: ASYNC110
            await asyncio.sleep(0.01)


async def train(provider: ReplicateStandIn | FalStandIn) -> None:
    """Let the provider work to the end on its own, and deliver what it was asked to."""
    match provider:
        case ReplicateStandIn():
            (work,) = provider.work.values()
            while work.status != "succeeded":
                await provider._move_on(work)
            told = [(event, status) for _, event, status in provider.deliveries]
            assert told == [("start", 202), ("completed", 202)]
        case FalStandIn():
            job = provider.job()
            while not job.is_over:
                await provider._move(job)

"""The poster over real sockets, with every way in which Discord may fail it."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

import discord as library
import pytest

from bot.background.poster import Poster, Trouble, edit_pause, trouble_of
from bot.interactions.buttons import button
from bot.interactions.cards import card
from bot.interactions.posts import Attached, Post, Posts
from domain.posts import PostKind
from playground import Channel, Member, Message, Playground
from storage import outbox
from storage.database import Database, open_database
from storage.outbox import OutboxStore, Posting

POST = "POST /channels/{channel_id}/messages"
EDIT = "PATCH /channels/{channel_id}/messages/{message_id}"
SUBJECT = "a" * 32


@dataclass
class Row:
    """Renders what the test says that the subject's row is now."""

    text: str = "first"
    owner_id: int = 0
    pings: tuple[int, ...] = ()
    is_gone: bool = False
    files: tuple[Attached, ...] = ()
    verbs: frozenset[str] = frozenset({"stop-training"})
    drawn: int = 0

    async def __call__(self, subject_id: str, *, limit: int) -> Post | None:
        assert limit == 10 * 1024 * 1024
        self.drawn += 1
        if self.is_gone:
            return None
        view = card(self.text, button("Stop", "stop-training", subject_id))
        return Post(view, owner_id=self.owner_id, pings=self.pings, files=self.files)


@dataclass
class Desk:
    """A poster with its outbox and a clock that the test turns."""

    client: library.Client
    database: Database
    row: Row
    now: float = 1_000_000.0
    edit_seconds: float = 5.0
    store: OutboxStore = field(init=False)
    poster: Poster = field(init=False)

    def __post_init__(self) -> None:
        self.store = OutboxStore(self.database)
        self.restart()

    def restart(self) -> None:
        """Take a new poster, as after a restart."""
        posts = Posts()
        posts.add(PostKind.TRAINING, self.row)
        self.poster = Poster(
            self.client,
            self.store,
            posts,
            edit_seconds=self.edit_seconds,
            now=lambda: self.now,
        )

    async def want(self, channel: Channel, parent: Channel | None = None) -> None:
        """Change the subject."""
        parent_id = parent.id if parent else None
        await self.database.transaction(
            lambda connection: outbox.want(
                connection,
                kind=PostKind.TRAINING,
                subject_id=SUBJECT,
                channel_id=channel.id,
                parent_channel_id=parent_id,
                now=self.now,
            )
        )

    async def post(self, times: int = 1, *, later: float = 0.0) -> None:
        """Let the poster look around that often, the clock going on by `later` seconds before each."""
        for _ in range(times):
            self.now += later
            await self.poster.look_around()
            await self.poster.settled()

    async def pending(self) -> list[Posting]:
        """Return what is still owed, now or later."""
        return list(await self.store.due(self.now + 3_000))


@asynccontextmanager
async def connected(discord: Playground) -> AsyncIterator[library.Client]:
    client = library.Client(intents=library.Intents(guilds=True), guild_ready_timeout=0.1)
    async with client:
        await client.login(discord.token)
        running = asyncio.create_task(client.connect())
        await client.wait_until_ready()
        yield client
        await client.close()
        await running


@pytest.fixture
async def desk(discord: Playground, channel: Channel, ana: Member, tmp_path: Path) -> AsyncIterator[Desk]:
    del channel  # it is there before the client connects
    async with open_database(tmp_path / "atelier.sqlite") as database, connected(discord) as client:
        yield Desk(client, database, Row(owner_id=ana.user.id))


def posted(channel: Channel) -> list[Message]:
    return [message for message in channel.messages if not message.deleted]


def requests(discord: Playground, route: str) -> int:
    return sum(f"{seen.method} {seen.route}" == route for seen in discord.requests)


async def test_a_message_is_posted_once_and_then_edited(desk: Desk, channel: Channel, ana: Member) -> None:
    desk.row.pings, desk.row.text = (ana.user.id,), f"<@{ana.user.id}> first"
    desk.row.files = (Attached("strip.jpg", b"\xff\xd8\xff not looked at", "four samples"),)
    await desk.want(channel)
    await desk.post(3)
    pinged = posted(channel)[0].pings
    desk.row.text = "second"
    await desk.want(channel)
    await desk.post(later=5)

    (message,) = posted(channel)
    assert "second" in message.text
    assert message.edits == 1
    assert pinged == [ana.user.id]
    assert message.attachments[0].description == "four samples"
    assert await desk.pending() == []


async def test_many_changes_are_one_edit_and_the_latest_state_wins(
    discord: Playground, desk: Desk, channel: Channel
) -> None:
    await desk.want(channel)
    await desk.post()
    for number in range(50):
        desk.row.text = f"step {number}"
        await desk.want(channel)
        await desk.post(later=0.05)
    await desk.post(later=5)

    assert "step 49" in posted(channel)[0].text
    assert requests(discord, EDIT) == 1


async def test_a_card_older_than_an_hour_is_edited_less_often(
    discord: Playground, desk: Desk, channel: Channel
) -> None:
    await desk.want(channel)
    await desk.post()
    for _ in range(10):
        await desk.want(channel)
        await desk.post(later=400)
    before = requests(discord, EDIT)
    for _ in range(30):
        await desk.want(channel)
        await desk.post(later=1)

    assert before == 10
    assert requests(discord, EDIT) - before in (1, 2)


@pytest.mark.parametrize("fault", ["server error", "reset"])
async def test_a_lost_answer_posts_nothing_twice(
    discord: Playground, desk: Desk, channel: Channel, fault: str
) -> None:
    if fault == "reset":
        discord.faults.reset(POST, after=True)
    else:
        discord.faults.server_error(POST, status=503, after=True)
    await desk.want(channel)
    await desk.post()
    desk.row.text = "second"
    await desk.want(channel)
    desk.restart()
    await desk.post(later=10)

    (message,) = posted(channel)
    assert "second" in message.text
    assert requests(discord, POST) >= 2
    assert await desk.pending() == []


async def test_a_lost_answer_older_than_the_nonce_is_found_by_its_button(
    discord: Playground, desk: Desk, channel: Channel, ana: Member
) -> None:
    discord.faults.server_error(POST, status=503, after=True)
    await desk.want(channel)
    await desk.post()
    await ana.post(channel, "something else")
    discord.advance(minutes=30)
    desk.row.text = "second"
    await desk.post(later=1_800)

    (message,) = [m for m in posted(channel) if m.author != ana.user]
    assert "second" in message.text
    assert requests(discord, POST) == 1
    assert await desk.pending() == []


async def test_a_post_that_never_arrived_is_posted_after_the_look_back(
    discord: Playground, desk: Desk, channel: Channel
) -> None:
    discord.faults.server_error(POST, status=503)
    await desk.want(channel)
    await desk.post()
    discord.advance(minutes=30)
    await desk.post(later=1_800)

    assert len(posted(channel)) == 1
    assert await desk.pending() == []


async def test_a_card_that_somebody_deleted_comes_back_once(
    discord: Playground, desk: Desk, channel: Channel
) -> None:
    await desk.want(channel)
    await desk.post()
    for _ in range(2):
        discord.faults.delete_message(posted(channel)[0])
        await desk.want(channel)
        await desk.post(3, later=6)

    assert posted(channel) == []
    assert await desk.store.is_undeliverable(PostKind.TRAINING, SUBJECT)
    assert await desk.pending() == []


async def test_a_thread_that_is_gone_sends_the_post_to_its_parent(
    discord: Playground, desk: Desk, channel: Channel, ana: Member
) -> None:
    thread = channel.add_thread("robots", owner=ana)
    discord.faults.delete_channel(thread)
    await desk.want(thread, parent=channel)
    await desk.post(2, later=1)

    assert len(posted(channel)) == 1
    assert await desk.pending() == []


async def test_a_channel_that_is_gone_sends_the_post_to_its_owner(
    discord: Playground, desk: Desk, channel: Channel, ana: Member
) -> None:
    await desk.want(channel)
    await desk.post()
    discord.faults.delete_channel(channel)
    desk.row.text = "second"
    await desk.want(channel)
    await desk.post(2, later=6)
    desk.row.text = "third"
    await desk.want(channel)
    await desk.post(later=6)

    (message,) = posted(ana.dm)
    assert "third" in message.text


async def test_what_nobody_takes_is_undeliverable_and_bothers_discord_no_more(
    discord: Playground, desk: Desk, channel: Channel, ana: Member
) -> None:
    ana.user.takes_dms = False
    discord.faults.missing_permissions(POST, times=1)
    await desk.want(channel)
    await desk.post(5, later=60)
    asked = len(discord.requests)
    await desk.want(channel)
    await desk.post(5, later=60)

    assert posted(channel) == []
    assert await desk.store.is_undeliverable(PostKind.TRAINING, SUBJECT)
    assert len(discord.requests) == asked


async def test_limits_and_outages_of_discord_only_delay(discord: Playground, desk: Desk, channel: Channel) -> None:
    discord.faults.rate_limited(POST, via=False)
    discord.faults.server_error(POST, status=503, times=2)
    discord.faults.rate_limited(POST, retry_after=0.05, scope="shared")
    await desk.want(channel)
    await desk.post(8, later=40)

    assert len(posted(channel)) == 1
    assert await desk.pending() == []


async def test_what_discord_calls_malformed_is_given_up_after_five_attempts(
    discord: Playground, desk: Desk, channel: Channel
) -> None:
    discord.faults.too_large(POST, times=100)
    await desk.want(channel)
    await desk.post(10, later=400)

    assert requests(discord, POST) == 5
    assert await desk.store.is_undeliverable(PostKind.TRAINING, SUBJECT)


async def test_a_subject_that_is_gone_is_forgotten(desk: Desk, channel: Channel) -> None:
    desk.row.is_gone = True
    await desk.want(channel)
    await desk.post(2)

    assert posted(channel) == []
    assert desk.row.drawn == 1
    assert await desk.pending() == []


async def test_a_card_that_can_not_be_drawn_now_is_tried_later(desk: Desk, channel: Channel) -> None:
    real = desk.row.verbs
    desk.row.files = (None,)  # type: ignore[assignment]  # a bug of ours, for example
    await desk.want(channel)
    await desk.post()
    desk.row.files = ()
    await desk.post(later=1)
    early = len(posted(channel))
    await desk.post(later=2)

    assert real == desk.row.verbs
    assert (early, len(posted(channel))) == (0, 1)


async def test_a_message_shown_by_an_interaction_is_taken_over(
    desk: Desk, channel: Channel, discord: Playground
) -> None:
    shown = await desk.client.get_partial_messageable(channel.id).send(view=card("by the interaction"))
    await desk.database.transaction(
        lambda connection: outbox.want(
            connection,
            kind=PostKind.TRAINING,
            subject_id=SUBJECT,
            channel_id=channel.id,
            now=desk.now,
            hold_until=desk.now + 15,
        )
    )
    await desk.post()
    await desk.store.adopt(PostKind.TRAINING, SUBJECT, shown.id, desk.now)
    await desk.want(channel)
    await desk.post()

    (message,) = posted(channel)
    assert message.id == shown.id
    assert "first" in message.text
    assert requests(discord, POST) == 1


async def test_a_message_shown_by_an_interaction_right_before_a_kill_is_found_and_not_posted_again(
    desk: Desk, channel: Channel
) -> None:
    early = card("by the interaction", button("Stop", "stop-training", SUBJECT))
    shown = await desk.client.get_partial_messageable(channel.id).send(view=early)
    await desk.database.transaction(
        lambda connection: outbox.want(
            connection,
            kind=PostKind.TRAINING,
            subject_id=SUBJECT,
            channel_id=channel.id,
            now=desk.now,
            hold_until=desk.now + 15,
        )
    )
    desk.restart()
    await desk.post(later=20)

    (message,) = posted(channel)
    assert message.id == shown.id
    assert "first" in message.text


def answer(status: int, code: int) -> library.HTTPException:
    class Response:
        reason = "because"

    response = Response()
    response.status = status  # type: ignore[attr-defined]  # as aiohttp's has it
    kind = {403: library.Forbidden, 404: library.NotFound}.get(status, library.HTTPException)
    return kind(response, {"code": code, "message": ""})  # type: ignore[arg-type]  # all that it reads


@pytest.mark.parametrize(
    ("error", "trouble"),
    [
        (answer(404, 10008), Trouble.VANISHED),
        (answer(404, 10003), Trouble.CLOSED),
        (answer(403, 50001), Trouble.CLOSED),
        (answer(403, 50013), Trouble.CLOSED),
        (answer(403, 50007), Trouble.CLOSED),
        (answer(400, 160005), Trouble.CLOSED),
        (answer(400, 50083), Trouble.LATER),
        (answer(400, 50035), Trouble.REFUSED),
        (answer(413, 40005), Trouble.REFUSED),
        (answer(429, 30046), Trouble.LATER),
        (answer(401, 0), Trouble.LATER),
        (answer(500, 0), Trouble.LATER),
        (answer(503, 0), Trouble.LATER),
        (ConnectionResetError(), Trouble.LATER),
        (TimeoutError(), Trouble.LATER),
    ],
)
def test_what_each_failure_means(error: Exception, trouble: Trouble) -> None:
    assert trouble_of(error) is trouble


@pytest.mark.parametrize(
    ("age", "edit_seconds", "pause"), [(0, 5, 5), (3_600, 5, 5), (3_601, 5, 15), (3_601, 30, 30), (10, 0, 0)]
)
def test_the_pause_between_edits(age: float, edit_seconds: float, pause: float) -> None:
    assert edit_pause(age, edit_seconds=edit_seconds) == pause

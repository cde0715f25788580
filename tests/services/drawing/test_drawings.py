import asyncio
import io
import sqlite3
from dataclasses import replace
from pathlib import Path

import pytest
from PIL import Image

from backends.base import DrawingPlan, DrawingProgress, RemoteTask
from domain.datasets.pictures import Refusal, RefusedPicture
from domain.drawing import errors
from domain.drawing.drawings import Drawing
from domain.drawing.recipes import Ratio
from domain.errors import (
    InvalidInput,
    NotAllowed,
)
from domain.models.errors import ModelNotFound
from domain.money.charges import PERHAPS
from domain.orders.facts import FactKind, fact
from domain.orders.hand_over import CannotSend
from domain.orders.progress import RemoteState
from domain.orders.states import OrderStatus
from services.caller import Caller
from services.datasets.intake import IncomingFile
from services.drawing.wishes import DrawingWish, RecipeChanges
from storage.drawing.drawings import DrawingStore
from storage.files import FileStore
from storage.outbox import OutboxStore
from storage.upkeep.purging import Purging
from tests.services.drawing.drawing_services import ANA, BEN, CLUB, OTHER, SEEN, Drawings
from tests.services.scripted_backend import HOSTED, ScriptedBackend


async def test_a_drawing_with_a_model_adds_its_trigger_word_and_uses_its_file(services: Drawings) -> None:
    lora = await services.train()
    drawn = await services.service.imagine(
        services.caller(), DrawingWish("on a beach", model=lora.id, count=3, strength=0.8)
    )
    (plan,) = services.backend.drawings.values()

    assert drawn.drawing.order.status is OrderStatus.QUEUED
    assert plan.prompt == "zorbo, on a beach"
    assert (plan.loras[0].sha256, plan.loras[0].strength) == ("a" * 64, 0.8)
    assert (plan.count, plan.width, plan.height) == (3, 64, 64)


async def test_without_a_model_the_bare_checkpoint_draws(services: Drawings) -> None:
    drawn = await services.service.imagine(services.caller(), DrawingWish("a red circle", ratio=Ratio.WIDE))
    (plan,) = services.backend.drawings.values()

    assert drawn.model == "atelier-tiny"
    assert plan.loras == ()
    assert plan.prompt == "a red circle"
    assert (plan.width, plan.height) == (88, 48)


async def test_a_model_can_be_named_as_members_name_it(services: Drawings) -> None:
    await services.train()
    newest = await services.train()
    by_name = await services.service.imagine(services.caller(), DrawingWish("hi", model="robo"))
    by_title = await services.service.imagine(services.caller(), DrawingWish("hi", model="Robo v1"))

    assert by_name.lora == newest
    assert by_title.model == "Robo v1"


@pytest.mark.parametrize(("member", "guild"), [(BEN, CLUB), (ANA, OTHER)])
async def test_somebody_elses_model_or_another_servers_is_not_found_even_by_id(
    services: Drawings, member: int, guild: int
) -> None:
    lora = await services.train()
    with pytest.raises(ModelNotFound):
        await services.service.imagine(services.caller(member, guild), DrawingWish("hi", model=lora.id))

    assert not services.backend.drawings


async def test_the_same_interaction_twice_is_one_drawing(services: Drawings) -> None:
    asked = services.caller(interaction=99)
    first = await services.service.imagine(asked, DrawingWish("hi"))
    second = await services.service.imagine(asked, DrawingWish("hi"))

    assert first.drawing.id == second.drawing.id
    assert services.backend.count("draw") == 1


async def test_a_member_has_at_most_four_drawings_waiting(services: Drawings) -> None:
    for _ in range(4):
        await services.service.imagine(services.caller(), DrawingWish("hi"))
    with pytest.raises(errors.TooManyWaiting):
        await services.service.imagine(services.caller(), DrawingWish("hi"))
    other = await services.service.imagine(services.caller(BEN), DrawingWish("hi"))

    assert other.drawing.order.status is OrderStatus.QUEUED
    assert services.backend.count("draw") == 5


async def test_a_hundred_at_once_do_not_get_past_the_cap(services: Drawings) -> None:
    results = await asyncio.gather(
        *(services.service.imagine(services.caller(), DrawingWish("hi")) for _ in range(100)), return_exceptions=True
    )

    assert sum(not isinstance(result, InvalidInput) for result in results) == 4


@pytest.mark.parametrize(
    ("wish", "error"),
    [
        (DrawingWish("x" * 5_000), InvalidInput),
        (DrawingWish("   "), InvalidInput),
        (DrawingWish("hi", strength=2.5), errors.StrengthOutOfBounds),
        (DrawingWish("hi", count=5), errors.CountOutOfBounds),
        (DrawingWish("hi", seed=-1), errors.SeedOutOfBounds),
    ],
)
async def test_a_wish_out_of_bounds_is_refused_before_anything_is_written(
    services: Drawings, wish: DrawingWish, error: type[InvalidInput]
) -> None:
    with pytest.raises(error):
        await services.service.imagine(services.caller(), wish)

    assert await services.open_ids() == []


async def test_a_re_roll_keeps_everything_but_the_seed(services: Drawings) -> None:
    lora = await services.train()
    wish = DrawingWish("hi", model=lora.id, strength=0.5, count=2, seed=5, ratio=Ratio.TALL)
    first = (await services.service.imagine(services.caller(), wish)).drawing
    second = (await services.service.reroll(services.caller(), first.id)).drawing

    assert second.recipe.seed != 5
    assert second.derived_from == first.id
    assert (second.recipe.full_prompt, second.recipe.strength, second.recipe.count) == ("zorbo, hi", 0.5, 2)
    assert (second.recipe.width, second.recipe.height) == (first.recipe.width, first.recipe.height)


async def test_an_edit_changes_what_the_member_changed_and_keeps_model_and_shape(services: Drawings) -> None:
    lora = await services.train()
    wish = DrawingWish("hi", model=lora.id, seed=5, ratio=Ratio.TALL)
    first = (await services.service.imagine(services.caller(), wish)).drawing
    changes = RecipeChanges(prompt="at night", strength=1.5, count=3, seed=6)
    second = (await services.service.edit(services.caller(), first.id, changes)).drawing

    assert second.recipe.full_prompt == "zorbo, at night"
    assert (second.recipe.strength, second.recipe.count, second.recipe.seed) == (1.5, 3, 6)
    assert (second.recipe.width, second.recipe.height) == (first.recipe.width, first.recipe.height)


async def test_others_may_re_roll_a_drawing_without_a_model_but_not_with_somebodys_model(
    services: Drawings,
) -> None:
    lora = await services.train()
    bare = await services.service.imagine(services.caller(), DrawingWish("hi"))
    hers = await services.service.imagine(services.caller(), DrawingWish("hi", model=lora.id))
    his = await services.service.reroll(services.caller(BEN), bare.drawing.id)
    with pytest.raises(errors.NotTheirModel):
        await services.service.reroll(services.caller(BEN), hers.drawing.id)
    seen = await services.service.recipe(hers.drawing.id, SEEN)

    assert his.drawing.order.owner_id == BEN
    assert seen.model == "Robo v1"


async def test_a_drawing_is_unknown_on_another_server(services: Drawings) -> None:
    drawn = await services.service.imagine(services.caller(), DrawingWish("hi"))
    with pytest.raises(errors.DrawingGone):
        await services.service.recipe(drawn.drawing.id, Caller(OTHER, 55, ANA))
    with pytest.raises(errors.DrawingGone):
        await services.service.reroll(services.caller(ANA, OTHER), drawn.drawing.id)


async def test_pictures_stay_when_their_model_is_deleted_but_a_re_roll_says_why_not(
    services: Drawings,
) -> None:
    lora = await services.train()
    services.draw_at_once()
    drawn = await services.service.imagine(services.caller(), DrawingWish("hi", model=lora.id))
    await services.models.delete(lora.id, Caller(CLUB, 1, ANA))
    shown = await services.service.shown(drawn.drawing.id)
    with pytest.raises(errors.ModelDeleted):
        await services.service.reroll(services.caller(), drawn.drawing.id)

    assert shown
    assert shown.model == "Robo v1"
    assert services.files.folder.read(shown.drawing.pictures[0])


async def test_only_the_owner_or_staff_stops_a_drawing(services: Drawings) -> None:
    drawn = await services.service.imagine(services.caller(), DrawingWish("hi"))
    with pytest.raises(NotAllowed):
        await services.service.cancel(drawn.drawing.id, Caller(CLUB, 55, BEN, is_staff=False))
    stopped = await services.service.cancel(drawn.drawing.id, Caller(CLUB, 55, ANA, is_staff=False))
    with pytest.raises(errors.DrawingOver):
        await services.service.cancel(drawn.drawing.id, Caller(CLUB, 55, ANA, is_staff=False))

    assert stopped.drawing.order.status is OrderStatus.CANCELLED


PAID = replace(HOSTED, poll_seconds=5.0)
DOLLAR = 1_000_000


class SlowToOrder(ScriptedBackend):
    """Takes an order, and answers it only when the test says so."""

    def __init__(self) -> None:
        super().__init__(abilities=PAID, drawing_price=DOLLAR)
        self.ordering, self.answers = asyncio.Event(), asyncio.Event()

    async def draw(self, plan: DrawingPlan) -> RemoteTask:
        self.ordering.set()
        await self.answers.wait()
        return await super().draw(plan)


async def test_a_stop_of_what_may_have_been_ordered_before_a_kill_counts_as_paid(services: Drawings) -> None:
    services.backend = ScriptedBackend(abilities=PAID, drawing_price=DOLLAR)
    services.backend.errors["draw"] = [asyncio.CancelledError()]  # type: ignore[list-item]  # the process dies there
    with pytest.raises(asyncio.CancelledError):
        await services.service.imagine(services.caller(), DrawingWish("hi"))
    services.restart()
    (drawing_id,) = await services.open_ids()
    stopped = (await services.service.cancel(drawing_id, Caller(CLUB, 55, ANA, is_staff=False))).drawing

    assert stopped.order.status is OrderStatus.CANCELLED
    assert stopped.order.price.charge == PERHAPS
    assert await services.charged() == DOLLAR


async def test_where_no_drawing_can_be_stopped_a_stop_says_so(services: Drawings) -> None:
    services.backend.abilities = replace(PAID, stops_drawings=False)
    drawn = await services.service.imagine(services.caller(), DrawingWish("hi"))
    with pytest.raises(errors.CannotStopDrawing):
        await services.service.cancel(drawn.drawing.id, Caller(CLUB, 55, ANA, is_staff=False))

    assert services.backend.count("cancel_drawing") == 0


async def test_an_interaction_that_comes_after_the_outbox_has_posted_shows_nothing_more(
    services: Drawings,
) -> None:
    drawn = await services.service.imagine(services.caller(), DrawingWish("hi"))
    (posting,) = await OutboxStore(services.database).due(services.now + 60)
    begun = await OutboxStore(services.database).begun(posting, services.now + 16)
    while_posting = await services.service.shown_in(drawn, 888)
    await OutboxStore(services.database).shown(posting, 777, due_at=services.now + 16)
    after = await services.service.shown_in(drawn, 888)
    the_same = await services.service.shown_in(drawn, 777)

    assert begun
    assert (while_posting, after) == (False, False)
    assert the_same  # the poster has found what the interaction showed, and keeps that


async def test_the_outbox_posts_nothing_that_an_interaction_has_shown_meanwhile(services: Drawings) -> None:
    drawn = await services.service.imagine(services.caller(), DrawingWish("hi"))
    (posting,) = await OutboxStore(services.database).due(services.now + 60)
    shown = await services.service.shown_in(drawn, 777)

    assert shown
    assert not await OutboxStore(services.database).begun(posting, services.now + 16)


async def test_deleting_removes_pictures_that_nothing_else_shows_and_nothing_is_posted_again(
    services: Drawings,
) -> None:
    services.draw_at_once()
    first = await services.service.imagine(services.caller(), DrawingWish("hi", seed=1, count=2))
    same = await services.service.imagine(services.caller(), DrawingWish("hi", seed=2, count=1))
    only_first, shared = first.drawing.pictures
    with pytest.raises(NotAllowed):
        await services.service.delete(first.drawing.id, Caller(CLUB, 55, BEN, is_staff=False))
    await services.service.delete(first.drawing.id, Caller(CLUB, 55, BEN, is_staff=True))

    assert not services.files.folder.has(only_first)
    assert services.files.folder.has(shared)
    assert await services.service.shown(first.drawing.id) is None
    assert await services.posts() == [same.drawing.id]


async def test_the_interaction_shows_a_drawing_first_and_the_outbox_takes_over(services: Drawings) -> None:
    drawn = await services.service.imagine(services.caller(), DrawingWish("hi"))
    at_once = await services.posts(later=5)
    if_it_never_shows = await services.posts(later=16)
    await services.service.shown_in(drawn, 777)
    nothing_new = await services.posts()
    services.backend.draw_answer = lambda _: DrawingProgress(RemoteState.RUNNING)
    await services.follower.refresh(drawn.drawing.id)
    no_need_to_say = await services.posts()
    services.draw_at_once()
    await services.follower.refresh(drawn.drawing.id)

    assert at_once == []
    assert if_it_never_shows == [drawn.drawing.id]
    assert nothing_new == no_need_to_say == []
    assert await services.posts(later=0) == [drawn.drawing.id]


async def test_what_changed_while_the_interaction_showed_the_card_is_shown_next(services: Drawings) -> None:
    drawn = await services.service.imagine(services.caller(), DrawingWish("hi"))
    services.draw_at_once()
    services.now += 1
    await services.follower.refresh(drawn.drawing.id)
    await services.service.shown_in(drawn, 777)

    assert await services.posts(later=0) == [drawn.drawing.id]


def picture(width: int = 128, height: int = 64, *, content: bytes | None = None) -> IncomingFile:
    """Return an attached picture; `content` is another file under its name."""
    file = io.BytesIO()
    Image.new("RGB", (width, height), (width % 256, 90, 120)).save(file, "PNG")

    async def read() -> bytes:
        return file.getvalue() if content is None else content

    return IncomingFile("start.png", read)


def start_of(drawing: Drawing) -> str:
    assert drawing.recipe.source_sha256
    return drawing.recipe.source_sha256


async def test_a_drawing_from_a_picture_hands_its_clean_copy_over_and_has_its_shape(
    services: Drawings,
) -> None:
    drawn = await services.service.imagine(services.caller(), DrawingWish("hi", source_image=picture(), change=0.3))
    (plan,) = services.backend.drawings.values()
    stored = await DrawingStore(services.database).load(drawn.drawing.id)

    assert plan.source_image
    assert plan.source_image.sha256 == start_of(drawn.drawing)
    assert Image.open(io.BytesIO(await plan.source_image.read())).size == (128, 64)
    assert plan.source_image.change == 0.3
    assert (plan.width, plan.height) == (88, 48)
    assert stored
    assert stored.recipe == drawn.drawing.recipe


async def test_a_ratio_that_was_given_is_kept_and_without_a_picture_there_is_no_start(
    services: Drawings,
) -> None:
    await services.service.imagine(services.caller(), DrawingWish("hi", source_image=picture(), ratio=Ratio.TALL))
    await services.service.imagine(services.caller(), DrawingWish("hi"))
    tall, bare = services.backend.drawings.values()

    assert (tall.width, tall.height) == (48, 88)
    assert bare.source_image is None


async def test_a_place_that_can_not_start_from_a_picture_says_so_before_anything_is_fetched_or_kept(
    services: Drawings,
) -> None:
    async def unread() -> bytes:
        raise AssertionError("it was fetched")

    services.backend.abilities = replace(services.backend.abilities, draws_from_image=False)
    with pytest.raises(errors.NoSourceImages):
        await services.service.imagine(
            services.caller(), DrawingWish("hi", source_image=IncomingFile("start.png", unread))
        )

    assert await services.posts() == []
    assert not services.backend.drawings


async def test_a_place_that_can_no_longer_start_from_a_picture_says_so_at_a_re_roll(
    services: Drawings,
) -> None:
    drawn = await services.service.imagine(services.caller(), DrawingWish("hi", source_image=picture()))
    services.backend.abilities = replace(services.backend.abilities, draws_from_image=False)
    with pytest.raises(errors.NoSourceImages):
        await services.service.reroll(services.caller(), drawn.drawing.id)

    assert services.backend.count("draw") == 1


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"<!doctype html><script>alert(1)</script>", Refusal.OTHER_FORMAT),
        (b"", Refusal.EMPTY),
        (b"\x89PNG\r\n\x1a\n" + bytes(100), Refusal.BROKEN),
    ],
)
async def test_a_file_that_is_no_picture_is_refused_as_by_intake(
    services: Drawings, content: bytes, reason: Refusal
) -> None:
    with pytest.raises(errors.SourceImageRefused) as raised:
        await services.service.imagine(services.caller(), DrawingWish("hi", source_image=picture(content=content)))

    assert (raised.value.filename, raised.value.verdict.reason) == ("start.png", reason)
    assert await services.posts() == []
    assert not services.backend.drawings


async def test_a_file_that_could_not_be_fetched_says_why(services: Drawings) -> None:
    async def read() -> RefusedPicture:
        return RefusedPicture(Refusal.LINK_EXPIRED)

    with pytest.raises(errors.SourceImageRefused) as raised:
        await services.service.imagine(
            services.caller(), DrawingWish("hi", source_image=IncomingFile("start.png", read))
        )

    assert raised.value.verdict.reason is Refusal.LINK_EXPIRED


@pytest.mark.parametrize("change", [0.0, 1.5])
async def test_a_change_out_of_bounds_is_refused(services: Drawings, change: float) -> None:
    with pytest.raises(errors.ChangeOutOfBounds):
        await services.service.imagine(services.caller(), DrawingWish("hi", source_image=picture(), change=change))

    assert await services.posts() == []


async def test_re_roll_and_edit_start_from_the_same_picture(services: Drawings) -> None:
    services.draw_at_once()
    first = (
        await services.service.imagine(services.caller(), DrawingWish("hi", source_image=picture(), change=0.3))
    ).drawing
    second = (await services.service.reroll(services.caller(), first.id)).drawing
    kept = RecipeChanges(prompt="ho", strength=1.0, count=1, seed=6)
    third = (await services.service.edit(services.caller(), second.id, kept)).drawing
    fourth = (await services.service.edit(services.caller(), second.id, replace(kept, change=0.9))).drawing
    again = (await services.service.try_again(services.caller(), fourth.id)).drawing

    assert {start_of(each) for each in (first, second, third, fourth, again)} == {start_of(first)}
    assert [each.recipe.change for each in (first, second, third, fourth, again)] == [0.3, 0.3, 0.3, 0.9, 0.9]
    assert {(each.recipe.width, each.recipe.height) for each in (second, third, fourth)} == {(88, 48)}


async def test_nobody_else_draws_from_a_picture_that_a_member_attached(services: Drawings) -> None:
    drawn = (
        await services.service.imagine(services.caller(), DrawingWish("hi", source_image=picture(), change=0.9))
    ).drawing
    less = RecipeChanges(prompt="hi", strength=1.0, count=1, seed=6, change=0.05)
    for attempt in (
        services.service.edit(services.caller(BEN), drawn.id, less),
        services.service.editable(drawn.id, Caller(CLUB, 55, BEN)),
        services.service.reroll(services.caller(BEN), drawn.id),
        services.service.try_again(services.caller(BEN), drawn.id),
    ):
        with pytest.raises(errors.NotTheirSourceImage):
            await attempt

    assert services.backend.count("draw") == 1


async def test_the_picture_goes_with_the_last_drawing_that_starts_from_it(services: Drawings) -> None:
    services.draw_at_once()
    first = (
        await services.service.imagine(services.caller(), DrawingWish("hi", seed=1, source_image=picture()))
    ).drawing
    second = (await services.service.reroll(services.caller(), first.id)).drawing
    staff = Caller(CLUB, 55, BEN, is_staff=True)
    await services.service.delete(first.id, staff)
    after_the_first = services.files.folder.has(start_of(first))
    await services.service.delete(second.id, staff)

    assert after_the_first
    assert not services.files.folder.has(start_of(first))


async def test_a_picture_that_waits_elsewhere_or_was_drawn_outlives_the_drawing_that_starts_from_it(
    services: Drawings,
) -> None:
    services.draw_at_once()
    first = (await services.service.imagine(services.caller(), DrawingWish("hi", source_image=picture()))).drawing
    await services.database.transaction(lambda connection: _pending(connection, start_of(first), at=900.0))
    await services.service.delete(first.id, Caller(CLUB, 55, ANA, is_staff=False))

    assert services.files.folder.has(start_of(first))


async def test_tidying_leaves_the_picture_that_a_drawing_starts_from(services: Drawings) -> None:
    first = (await services.service.imagine(services.caller(), DrawingWish("hi", source_image=picture()))).drawing
    other = services.files.folder.put(b"other")
    await services.database.transaction(lambda connection: _pending(connection, start_of(first), at=1.0))
    await services.database.transaction(lambda connection: _pending(connection, other, at=2.0))

    assert list(await Purging(services.database).unused(before=500.0)) == [other]


async def test_a_drawing_that_is_refused_at_the_last_moment_leaves_no_picture_behind(
    services: Drawings,
) -> None:
    kept = [
        await services.service.imagine(services.caller(), DrawingWish("hi", source_image=picture(256)))
        for _ in range(4)
    ]
    files = stored_files(services)
    for start in (picture(256), picture(200)):  # one that is used, and a new one
        with pytest.raises(errors.TooManyWaiting):
            await services.service.imagine(services.caller(), DrawingWish("hi", source_image=start))

    assert files == stored_files(services) == {start_of(kept[0].drawing)}


async def test_a_picture_that_is_gone_from_the_disk_is_said_to_be_gone(services: Drawings) -> None:
    first = (await services.service.imagine(services.caller(), DrawingWish("hi", source_image=picture()))).drawing
    (plan,) = services.backend.drawings.values()
    services.files.folder.delete(start_of(first))
    with pytest.raises(errors.SourceImageGone):
        await services.service.reroll(services.caller(), first.id)
    assert plan.source_image
    with pytest.raises(CannotSend) as raised:
        await plan.source_image.read()

    assert raised.value.reason == fact(FactKind.SOURCE_IMAGE_DAMAGED)


class SlowFiles(FileStore):
    """Stores as ever, and comes back only when the test says so."""

    def __init__(self, root: Path) -> None:
        super().__init__(root, free_floor=0)
        self.stored, self.go = asyncio.Event(), asyncio.Event()

    async def put(self, content: bytes) -> str:
        sha256 = await super().put(content)
        self.stored.set()
        await self.go.wait()
        return sha256


async def test_a_picture_that_comes_in_again_while_its_drawing_is_deleted_is_still_there(
    services: Drawings,
) -> None:
    services.draw_at_once()
    first = (await services.service.imagine(services.caller(), DrawingWish("hi", source_image=picture()))).drawing
    slow = services.files = SlowFiles(folder_of(services))
    drawing = asyncio.create_task(
        services.service.imagine(services.caller(BEN), DrawingWish("hi", source_image=picture()))
    )
    await slow.stored.wait()  # its row is not there yet
    deleting = asyncio.create_task(services.service.delete(first.id, Caller(CLUB, 55, ANA, is_staff=False)))
    for _ in range(10):
        await services.posts()  # each takes its turn on the one connection, and so would the deletion
    slow.go.set()
    await asyncio.gather(drawing, deleting)

    assert services.files.folder.has(start_of(first))


def folder_of(services: Drawings) -> Path:
    return services.files.folder.path("0" * 64).parent.parent


def stored_files(services: Drawings) -> set[str]:
    return {path.name for path in folder_of(services).rglob("*") if path.is_file()}


def _pending(connection: sqlite3.Connection, sha256: str, *, at: float) -> None:
    upload = f"upload {sha256} {at}"
    connection.execute(
        "INSERT INTO pending_uploads (id, guild_id, owner_id, contributor_id, created_at) VALUES (?, ?, ?, ?, ?)",
        (upload, CLUB, ANA, ANA, at),
    )
    connection.execute(
        "INSERT INTO pending_pictures (upload_id, position, filename, sha256, phash, width, height, size) "
        "VALUES (?, 0, 'a.png', ?, '', 64, 64, 1)",
        (upload, sha256),
    )

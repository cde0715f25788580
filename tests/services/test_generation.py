import asyncio
import io
import random
import sqlite3
import threading
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass, field, replace
from functools import cached_property
from itertools import count
from pathlib import Path

import pytest
from PIL import Image

from backends.base import DrawingPlan, DrawingProgress, RemoteTask
from domain.errors import (
    BackendAmbiguous,
    BackendRejected,
    BackendReplyInvalid,
    BackendUnavailable,
    InvalidInput,
    NotAllowed,
    NotFound,
    NotThereYet,
)
from domain.facts import FactKind, as_text, fact, from_text
from domain.generations import Generation, GenerationStatus, Ratio
from domain.loras import Lora
from domain.tasks import RemoteState
from services.drawing import DrawingDesk
from services.generation import Actor, Asked, Changes, GenerationService, Wish
from services.models import ModelService
from services.receiving import Arrival, NotReceived
from services.starting import Starts
from storage.database import Database, open_database
from storage.files import FileStore
from storage.generations import GenerationStore
from storage.loras import LoraStore
from storage.outbox import OutboxStore, PostKind
from storage.pictures.pool import PicturePool
from storage.purging import Purging
from tests.services import trained
from tests.services.scripted_backend import HOSTED, ScriptedBackend
from tests.services.workshop import CAPS

ANA, BEN = 7, 8
CLUB, OTHER = 100, 200


@dataclass
class Studio:
    """The drawing services on real storage, with a backend that plays a script."""

    database: Database
    files: FileStore
    pool: PicturePool
    storing: asyncio.Lock = field(default_factory=asyncio.Lock)
    backend: ScriptedBackend = field(default_factory=ScriptedBackend)
    now: float = 1_000.0
    numbers: Iterator[int] = field(default_factory=lambda: count(1))
    is_on: bool = True  # whether the backend is; to be changed before the first drawing, or by `restart`

    @property
    def models(self) -> ModelService:
        return ModelService(LoraStore(self.database), self.files, now=lambda: self.now)

    def restart(self) -> None:
        """Forget what only memory knows."""
        del self.desk

    @cached_property
    def desk(self) -> DrawingDesk:
        backends = {"scripted": self.backend} if self.is_on else {}
        return DrawingDesk(GenerationStore(self.database), self.models, self.files, backends, now=lambda: self.now)

    @property
    def service(self) -> GenerationService:
        return GenerationService(
            GenerationStore(self.database),
            self.models,
            self.files,
            self.desk,
            Starts(GenerationStore(self.database), self.files, self.pool, storing=self.storing),
            default_backend="scripted",
            caps=CAPS,
            now=lambda: self.now,
            chance=random.Random(1),
            new_id=lambda: f"{next(self.numbers):04x}" + "0" * 28,
        )

    def asked(self, member: int = ANA, guild: int = CLUB, interaction: int | None = None) -> Asked:
        return Asked(interaction or next(self.numbers), guild, 55, member)

    async def stored(self, generation: Generation) -> Generation:
        return (await self.service.recipe(generation.id, guild_id=CLUB)).generation

    async def charged(self) -> int:
        """Return what all drawings together cost, or are still set aside for."""
        return await self.database.read(
            lambda connection: int(connection.execute("SELECT COALESCE(SUM(micros), 0) FROM ledger").fetchone()[0])
        )

    async def train(self, name: str = "Robo", owner: int = ANA, guild: int = CLUB) -> Lora:
        lora = trained.lora(next(self.numbers), name=name, owner_id=owner, guild_id=guild)
        return await self.database.transaction(lambda connection: trained.keep(connection, lora))

    def draw_at_once(self) -> None:
        def answer(plan: DrawingPlan) -> DrawingProgress:
            pictures = tuple(self.files.put(f"{plan.prompt} {plan.seed + i}".encode()) for i in range(plan.count))
            return DrawingProgress(RemoteState.SUCCEEDED, pictures=pictures)

        self.backend.draw_answer = answer

    async def posts(self, later: float = 60.0) -> list[str]:
        due = await OutboxStore(self.database).due(self.now + later)
        return [posting.subject_id for posting in due if posting.kind is PostKind.PICTURES]


@pytest.fixture
async def studio(tmp_path: Path) -> AsyncIterator[Studio]:
    async with open_database(tmp_path / "atelier.sqlite") as database, PicturePool() as pool:
        yield Studio(database, FileStore(tmp_path / "files", free_floor=0), pool)


async def test_a_drawing_with_a_model_adds_its_trigger_word_and_uses_its_file(studio: Studio) -> None:
    lora = await studio.train()
    drawn = await studio.service.imagine(studio.asked(), Wish("on a beach", model=lora.id, count=3, strength=0.8))
    (plan,) = studio.backend.drawings.values()

    assert drawn.generation.status is GenerationStatus.QUEUED
    assert plan.prompt == "zorbo, on a beach"
    assert (plan.loras[0].sha256, plan.loras[0].strength) == ("a" * 64, 0.8)
    assert (plan.count, plan.width, plan.height) == (3, 64, 64)


async def test_without_a_model_the_bare_checkpoint_draws(studio: Studio) -> None:
    drawn = await studio.service.imagine(studio.asked(), Wish("a red circle", ratio=Ratio.WIDE))
    (plan,) = studio.backend.drawings.values()

    assert drawn.model == "atelier-tiny"
    assert plan.loras == ()
    assert plan.prompt == "a red circle"
    assert (plan.width, plan.height) == (88, 48)


async def test_a_model_can_be_named_as_members_name_it(studio: Studio) -> None:
    await studio.train()
    newest = await studio.train()
    by_name = await studio.service.imagine(studio.asked(), Wish("hi", model="robo"))
    by_title = await studio.service.imagine(studio.asked(), Wish("hi", model="Robo v1"))

    assert by_name.lora == newest
    assert by_title.model == "Robo v1"


@pytest.mark.parametrize(("member", "guild"), [(BEN, CLUB), (ANA, OTHER)])
async def test_somebody_elses_model_or_another_servers_is_not_found_even_by_id(
    studio: Studio, member: int, guild: int
) -> None:
    lora = await studio.train()
    with pytest.raises(NotFound, match="Pick one from the list"):
        await studio.service.imagine(studio.asked(member, guild), Wish("hi", model=lora.id))

    assert not studio.backend.drawings


async def test_the_same_interaction_twice_is_one_drawing(studio: Studio) -> None:
    asked = studio.asked(interaction=99)
    first = await studio.service.imagine(asked, Wish("hi"))
    second = await studio.service.imagine(asked, Wish("hi"))

    assert first.generation.id == second.generation.id
    assert studio.backend.count("draw") == 1


async def test_the_row_is_there_before_the_backend_hears_of_it(studio: Studio) -> None:
    seen: list[GenerationStatus] = []
    real = studio.backend.draw

    async def spying(plan: DrawingPlan) -> object:
        found = await GenerationStore(studio.database).get(plan.name.removeprefix("atelier-draw-"))
        assert found
        seen.append(found.status)
        return await real(plan)

    studio.backend.draw = spying  # type: ignore[method-assign, assignment]  # a spy on the one call that matters
    await studio.service.imagine(studio.asked(), Wish("hi"))

    assert seen == [GenerationStatus.SUBMITTING]


async def test_a_lost_answer_is_handed_over_again_under_the_same_name(studio: Studio) -> None:
    studio.backend.lose_answer_of["draw"] = [BackendAmbiguous("scripted", "reset")]
    drawn = await studio.service.imagine(studio.asked(), Wish("hi"))
    studio.now += 20
    studio.draw_at_once()
    await studio.desk.refresh(drawn.generation.id)
    await studio.desk.refresh(drawn.generation.id)
    after = await studio.service.recipe(drawn.generation.id, guild_id=CLUB)

    assert drawn.generation.status is GenerationStatus.SUBMITTING
    assert after.generation.status is GenerationStatus.SUCCEEDED
    assert len(studio.backend.drawings) == 1


async def test_a_drawing_that_was_cut_off_before_its_hand_over_is_handed_over_later(studio: Studio) -> None:
    studio.backend.errors["draw"] = [asyncio.CancelledError()]  # type: ignore[list-item]  # the process dies there
    with pytest.raises(asyncio.CancelledError):
        await studio.service.imagine(studio.asked(), Wish("hi"))
    (generation_id,) = await studio.desk.open_ids()
    studio.now += 20
    await studio.desk.refresh(generation_id)

    assert len(studio.backend.drawings) == 1


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (BackendUnavailable("scripted", "down"), "can't be reached right now"),
        (BackendRejected("scripted", "no"), "does not accept this drawing"),
    ],
)
async def test_a_refused_drawing_fails_with_a_reason_and_can_be_tried_again(
    studio: Studio, error: Exception, words: str
) -> None:
    studio.backend.errors["draw"] = [error]
    drawn = await studio.service.imagine(studio.asked(), Wish("hi", seed=5))
    again = await studio.service.try_again(studio.asked(), drawn.generation.id)

    assert drawn.generation.status is GenerationStatus.FAILED
    assert words in drawn.generation.reason
    assert again.generation.status is GenerationStatus.QUEUED
    assert again.generation.recipe == drawn.generation.recipe
    assert again.generation.parent_id == drawn.generation.id


async def test_a_drawing_goes_from_its_place_in_the_queue_to_stored_pictures(studio: Studio) -> None:
    studio.backend.draw_answer = lambda _: DrawingProgress(RemoteState.QUEUED, position=2)
    drawn = await studio.service.imagine(studio.asked(), Wish("hi", count=2))
    studio.backend.draw_answer = lambda _: DrawingProgress(RemoteState.RUNNING)
    pause = await studio.desk.refresh(drawn.generation.id)
    running = await studio.service.recipe(drawn.generation.id, guild_id=CLUB)
    studio.draw_at_once()
    await studio.desk.refresh(drawn.generation.id)
    done = await studio.service.recipe(drawn.generation.id, guild_id=CLUB)

    assert drawn.generation.position == 2
    assert pause == 0.05
    assert running.generation.status is GenerationStatus.RUNNING
    assert done.generation.status is GenerationStatus.SUCCEEDED
    assert len(done.generation.pictures) == 2
    assert await studio.desk.refresh(drawn.generation.id) is None
    assert await studio.desk.open_ids() == []


async def test_done_means_that_every_picture_is_there(studio: Studio) -> None:
    studio.backend.draw_answer = lambda _: DrawingProgress(RemoteState.SUCCEEDED, pictures=("b" * 64,))
    drawn = await studio.service.imagine(studio.asked(), Wish("hi"))

    assert drawn.generation.status is GenerationStatus.FAILED
    assert drawn.generation.reason == "Some of its pictures never arrived."


async def test_a_drawing_that_its_backend_lost_is_handed_over_anew_but_not_for_ever(studio: Studio) -> None:
    drawn = await studio.service.imagine(studio.asked(), Wish("hi"))
    studio.backend.drawings.clear()
    await studio.desk.refresh(drawn.generation.id)
    held_again = len(studio.backend.drawings)
    studio.backend.drawings.clear()
    studio.now += 4_000
    await studio.desk.refresh(drawn.generation.id)
    after = await studio.service.recipe(drawn.generation.id, guild_id=CLUB)

    assert held_again == 1
    assert after.generation.status is GenerationStatus.FAILED


async def test_a_member_has_at_most_four_drawings_waiting(studio: Studio) -> None:
    for _ in range(4):
        await studio.service.imagine(studio.asked(), Wish("hi"))
    with pytest.raises(InvalidInput, match="You have 4 drawings waiting"):
        await studio.service.imagine(studio.asked(), Wish("hi"))
    other = await studio.service.imagine(studio.asked(BEN), Wish("hi"))

    assert other.generation.status is GenerationStatus.QUEUED
    assert studio.backend.count("draw") == 5


async def test_a_hundred_at_once_do_not_get_past_the_cap(studio: Studio) -> None:
    results = await asyncio.gather(
        *(studio.service.imagine(studio.asked(), Wish("hi")) for _ in range(100)), return_exceptions=True
    )

    assert sum(not isinstance(result, InvalidInput) for result in results) == 4


@pytest.mark.parametrize(
    ("wish", "words"),
    [
        (Wish("x" * 5_000), "5,000 characters; I can read 1,000"),
        (Wish("   "), "prompt is empty"),
        (Wish("hi", strength=2.5), "Strength goes from 0 to 2"),
        (Wish("hi", count=5), "1 to 4 pictures"),
        (Wish("hi", seed=-1), "seed is a whole number"),
    ],
)
async def test_a_wish_out_of_bounds_is_refused_before_anything_is_written(
    studio: Studio, wish: Wish, words: str
) -> None:
    with pytest.raises(InvalidInput, match=words):
        await studio.service.imagine(studio.asked(), wish)

    assert await studio.desk.open_ids() == []


async def test_a_re_roll_keeps_everything_but_the_seed(studio: Studio) -> None:
    lora = await studio.train()
    wish = Wish("hi", model=lora.id, strength=0.5, count=2, seed=5, ratio=Ratio.TALL)
    first = (await studio.service.imagine(studio.asked(), wish)).generation
    second = (await studio.service.reroll(studio.asked(), first.id)).generation

    assert second.recipe.seed != 5
    assert second.parent_id == first.id
    assert (second.recipe.full_prompt, second.recipe.strength, second.recipe.count) == ("zorbo, hi", 0.5, 2)
    assert (second.recipe.width, second.recipe.height) == (first.recipe.width, first.recipe.height)


async def test_an_edit_changes_what_the_member_changed_and_keeps_model_and_shape(studio: Studio) -> None:
    lora = await studio.train()
    wish = Wish("hi", model=lora.id, seed=5, ratio=Ratio.TALL)
    first = (await studio.service.imagine(studio.asked(), wish)).generation
    changes = Changes(prompt="at night", strength=1.5, count=3, seed=6)
    second = (await studio.service.edit(studio.asked(), first.id, changes)).generation

    assert second.recipe.full_prompt == "zorbo, at night"
    assert (second.recipe.strength, second.recipe.count, second.recipe.seed) == (1.5, 3, 6)
    assert (second.recipe.width, second.recipe.height) == (first.recipe.width, first.recipe.height)


async def test_others_may_re_roll_a_drawing_without_a_model_but_not_with_somebodys_model(studio: Studio) -> None:
    lora = await studio.train()
    bare = await studio.service.imagine(studio.asked(), Wish("hi"))
    hers = await studio.service.imagine(studio.asked(), Wish("hi", model=lora.id))
    his = await studio.service.reroll(studio.asked(BEN), bare.generation.id)
    with pytest.raises(NotAllowed, match="somebody else's model"):
        await studio.service.reroll(studio.asked(BEN), hers.generation.id)
    seen = await studio.service.recipe(hers.generation.id, guild_id=CLUB)

    assert his.generation.owner_id == BEN
    assert seen.model == "Robo v1"


async def test_a_drawing_is_unknown_on_another_server(studio: Studio) -> None:
    drawn = await studio.service.imagine(studio.asked(), Wish("hi"))
    with pytest.raises(InvalidInput, match="drawing is gone"):
        await studio.service.recipe(drawn.generation.id, guild_id=OTHER)
    with pytest.raises(InvalidInput, match="drawing is gone"):
        await studio.service.reroll(studio.asked(ANA, OTHER), drawn.generation.id)


async def test_pictures_stay_when_their_model_is_deleted_but_a_re_roll_says_why_not(studio: Studio) -> None:
    lora = await studio.train()
    studio.draw_at_once()
    drawn = await studio.service.imagine(studio.asked(), Wish("hi", model=lora.id))
    await studio.models.delete(lora.id, guild_id=CLUB, member_id=ANA)
    shown = await studio.service.shown(drawn.generation.id)
    with pytest.raises(InvalidInput, match="model of this drawing was deleted"):
        await studio.service.reroll(studio.asked(), drawn.generation.id)

    assert shown
    assert shown.model == "Robo v1"
    assert studio.service.read(shown.generation.pictures[0])


async def test_only_the_owner_or_staff_stops_a_drawing(studio: Studio) -> None:
    drawn = await studio.service.imagine(studio.asked(), Wish("hi"))
    with pytest.raises(NotAllowed):
        await studio.service.cancel(drawn.generation.id, Actor(CLUB, BEN, is_staff=False))
    stopped = await studio.service.cancel(drawn.generation.id, Actor(CLUB, ANA, is_staff=False))
    with pytest.raises(InvalidInput, match="finished already"):
        await studio.service.cancel(drawn.generation.id, Actor(CLUB, ANA, is_staff=False))

    assert stopped.generation.status is GenerationStatus.CANCELLED


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


async def test_a_stop_while_it_is_ordered_takes_effect_once_the_order_is_through(studio: Studio) -> None:
    backend = studio.backend = SlowToOrder()
    ordering = asyncio.create_task(studio.service.imagine(studio.asked(), Wish("hi")))
    await backend.ordering.wait()
    (generation_id,) = await studio.desk.open_ids()
    meanwhile = await studio.service.cancel(generation_id, Actor(CLUB, ANA, is_staff=False))
    backend.answers.set()
    await ordering
    await studio.desk.refresh(generation_id)
    after = await studio.stored(meanwhile.generation)

    assert not meanwhile.generation.status.is_final
    assert after.status is GenerationStatus.CANCELLED
    assert backend.count("cancel_drawing") == 1
    assert await studio.charged() == DOLLAR  # it was ordered, and its place did not say that it costs nothing


async def test_a_stop_of_what_may_have_been_ordered_before_a_kill_counts_as_paid(studio: Studio) -> None:
    studio.backend = ScriptedBackend(abilities=PAID, drawing_price=DOLLAR)
    studio.backend.errors["draw"] = [asyncio.CancelledError()]  # type: ignore[list-item]  # the process dies there
    with pytest.raises(asyncio.CancelledError):
        await studio.service.imagine(studio.asked(), Wish("hi"))
    studio.restart()
    (generation_id,) = await studio.desk.open_ids()
    stopped = (await studio.service.cancel(generation_id, Actor(CLUB, ANA, is_staff=False))).generation

    assert stopped.status is GenerationStatus.CANCELLED
    assert "may have been charged" in stopped.reason
    assert await studio.charged() == DOLLAR


async def test_where_no_drawing_can_be_stopped_a_stop_says_so(studio: Studio) -> None:
    studio.backend.abilities = replace(PAID, stops_drawings=False)
    drawn = await studio.service.imagine(studio.asked(), Wish("hi"))
    with pytest.raises(InvalidInput, match="can't stop a drawing that was ordered"):
        await studio.service.cancel(drawn.generation.id, Actor(CLUB, ANA, is_staff=False))

    assert studio.backend.count("cancel_drawing") == 0


async def test_a_drawing_at_a_place_that_was_switched_off_waits_and_can_be_stopped(studio: Studio) -> None:
    studio.backend = ScriptedBackend(abilities=PAID, drawing_price=DOLLAR)
    drawn = (await studio.service.imagine(studio.asked(), Wish("hi"))).generation
    studio.is_on = False
    studio.restart()
    with pytest.raises(BackendUnavailable):
        await studio.desk.refresh(drawn.id)
    waiting = await studio.stored(drawn)
    stopped = (await studio.service.cancel(drawn.id, Actor(CLUB, ANA, is_staff=False))).generation

    assert not waiting.status.is_final
    assert stopped.status is GenerationStatus.CANCELLED
    assert await studio.charged() == DOLLAR


@pytest.mark.parametrize(
    ("odd", "words"),
    [
        (BackendRejected("scripted", "404"), "lost this drawing"),
        (BackendReplyInvalid("scripted", "html"), "gives no usable picture"),
        (NotThereYet("scripted", "403"), "gives no usable picture"),
    ],
)
async def test_a_bad_answer_about_a_paid_drawing_is_believed_after_ten_minutes_of_nothing_else(
    studio: Studio, odd: Exception, words: str
) -> None:
    studio.backend = ScriptedBackend(abilities=PAID, drawing_price=DOLLAR)
    studio.backend.errors["drawing"] = [odd] * 11
    drawn = (await studio.service.imagine(studio.asked(), Wish("hi"))).generation
    for _ in range(9):
        studio.now += 60
        with pytest.raises(type(odd)):
            await studio.desk.refresh(drawn.id)
    patient = await studio.stored(drawn)
    studio.now += 60
    await studio.desk.refresh(drawn.id)
    ended = await studio.stored(drawn)

    assert not patient.status.is_final
    assert ended.status is GenerationStatus.FAILED
    assert words in ended.reason
    assert await studio.charged() == DOLLAR


async def test_two_odd_answers_around_an_outage_lose_no_drawing(studio: Studio) -> None:
    studio.backend = ScriptedBackend(abilities=PAID, drawing_price=DOLLAR)
    odd = BackendRejected("scripted", "404")
    studio.backend.errors["drawing"] = [odd, BackendUnavailable("scripted", "503"), odd]
    drawn = (await studio.service.imagine(studio.asked(), Wish("hi"))).generation
    for _ in range(2):
        studio.now += 400
        with pytest.raises((BackendRejected, BackendUnavailable)):
            await studio.desk.refresh(drawn.id)
    await studio.desk.refresh(drawn.id)

    assert (await studio.stored(drawn)).status is GenerationStatus.QUEUED


async def test_pictures_that_came_are_shown_although_some_were_held_back(studio: Studio) -> None:
    pictures = (studio.files.put(b"one"), studio.files.put(b"two"))
    notes = (fact(FactKind.HELD_BACK, missing=2, count=4),)
    studio.backend.draw_answer = lambda _: DrawingProgress(RemoteState.SUCCEEDED, pictures=pictures, notes=notes)
    drawn = (await studio.service.imagine(studio.asked(), Wish("hi", count=4))).generation

    assert drawn.status is GenerationStatus.SUCCEEDED
    assert (drawn.pictures, from_text(drawn.reason)) == (pictures, notes)


async def test_an_interaction_that_comes_after_the_outbox_has_posted_shows_nothing_more(studio: Studio) -> None:
    drawn = await studio.service.imagine(studio.asked(), Wish("hi"))
    (posting,) = await OutboxStore(studio.database).due(studio.now + 60)
    begun = await OutboxStore(studio.database).begun(posting, studio.now + 16)
    while_posting = await studio.service.shown_in(drawn, 888)
    await OutboxStore(studio.database).shown(posting, 777, due_at=studio.now + 16)
    after = await studio.service.shown_in(drawn, 888)
    the_same = await studio.service.shown_in(drawn, 777)

    assert begun
    assert (while_posting, after) == (False, False)
    assert the_same  # the poster has found what the interaction showed, and keeps that


async def test_the_outbox_posts_nothing_that_an_interaction_has_shown_meanwhile(studio: Studio) -> None:
    drawn = await studio.service.imagine(studio.asked(), Wish("hi"))
    (posting,) = await OutboxStore(studio.database).due(studio.now + 60)
    shown = await studio.service.shown_in(drawn, 777)

    assert shown
    assert not await OutboxStore(studio.database).begun(posting, studio.now + 16)


async def test_deleting_removes_pictures_that_nothing_else_shows_and_nothing_is_posted_again(studio: Studio) -> None:
    studio.draw_at_once()
    first = await studio.service.imagine(studio.asked(), Wish("hi", seed=1, count=2))
    same = await studio.service.imagine(studio.asked(), Wish("hi", seed=2, count=1))
    only_first, shared = first.generation.pictures
    with pytest.raises(NotAllowed):
        await studio.service.delete(first.generation.id, Actor(CLUB, BEN, is_staff=False))
    await studio.service.delete(first.generation.id, Actor(CLUB, BEN, is_staff=True))

    assert not studio.files.has(only_first)
    assert studio.files.has(shared)
    assert await studio.service.shown(first.generation.id) is None
    assert await studio.posts() == [same.generation.id]


async def test_the_interaction_shows_a_drawing_first_and_the_outbox_takes_over(studio: Studio) -> None:
    drawn = await studio.service.imagine(studio.asked(), Wish("hi"))
    at_once = await studio.posts(later=5)
    if_it_never_shows = await studio.posts(later=16)
    await studio.service.shown_in(drawn, 777)
    nothing_new = await studio.posts()
    studio.backend.draw_answer = lambda _: DrawingProgress(RemoteState.RUNNING)
    await studio.desk.refresh(drawn.generation.id)
    no_need_to_say = await studio.posts()
    studio.draw_at_once()
    await studio.desk.refresh(drawn.generation.id)

    assert at_once == []
    assert if_it_never_shows == [drawn.generation.id]
    assert nothing_new == no_need_to_say == []
    assert await studio.posts(later=0) == [drawn.generation.id]


async def test_what_changed_while_the_interaction_showed_the_card_is_shown_next(studio: Studio) -> None:
    drawn = await studio.service.imagine(studio.asked(), Wish("hi"))
    studio.draw_at_once()
    studio.now += 1
    await studio.desk.refresh(drawn.generation.id)
    await studio.service.shown_in(drawn, 777)

    assert await studio.posts(later=0) == [drawn.generation.id]


def picture(width: int = 128, height: int = 64, *, content: bytes | None = None) -> Arrival:
    """Return an attached picture; `content` is another file under its name."""
    file = io.BytesIO()
    Image.new("RGB", (width, height), (width % 256, 90, 120)).save(file, "PNG")

    async def read() -> bytes:
        return file.getvalue() if content is None else content

    return Arrival("start.png", read)


def start_of(generation: Generation) -> str:
    assert generation.recipe.start_sha256
    return generation.recipe.start_sha256


async def test_a_drawing_from_a_picture_hands_its_clean_copy_over_and_has_its_shape(studio: Studio) -> None:
    drawn = await studio.service.imagine(studio.asked(), Wish("hi", start=picture(), change=0.3))
    (plan,) = studio.backend.drawings.values()
    stored = await GenerationStore(studio.database).get(drawn.generation.id)

    assert plan.source_image
    assert plan.source_image.sha256 == start_of(drawn.generation)
    assert Image.open(io.BytesIO(await plan.source_image.read())).size == (128, 64)
    assert plan.source_image.change == 0.3
    assert (plan.width, plan.height) == (88, 48)
    assert stored
    assert stored.recipe == drawn.generation.recipe


async def test_a_ratio_that_was_given_is_kept_and_without_a_picture_there_is_no_start(studio: Studio) -> None:
    await studio.service.imagine(studio.asked(), Wish("hi", start=picture(), ratio=Ratio.TALL))
    await studio.service.imagine(studio.asked(), Wish("hi"))
    tall, bare = studio.backend.drawings.values()

    assert (tall.width, tall.height) == (48, 88)
    assert bare.source_image is None


async def test_a_place_that_can_not_start_from_a_picture_says_so_before_anything_is_fetched_or_kept(
    studio: Studio,
) -> None:
    async def unread() -> bytes:
        raise AssertionError("it was fetched")

    studio.backend.abilities = replace(studio.backend.abilities, draws_from_image=False)
    with pytest.raises(InvalidInput, match=r"^scripted draws from words alone .* Nothing was drawn or charged\.$"):
        await studio.service.imagine(studio.asked(), Wish("hi", start=Arrival("start.png", unread)))

    assert await studio.posts() == []
    assert not studio.backend.drawings


async def test_a_place_that_can_no_longer_start_from_a_picture_says_so_at_a_re_roll(studio: Studio) -> None:
    drawn = await studio.service.imagine(studio.asked(), Wish("hi", start=picture()))
    studio.backend.abilities = replace(studio.backend.abilities, draws_from_image=False)
    with pytest.raises(InvalidInput, match="can't start from a picture"):
        await studio.service.reroll(studio.asked(), drawn.generation.id)

    assert studio.backend.count("draw") == 1


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"<!doctype html><script>alert(1)</script>", r"^`start\.png`: This is a web page.* Nothing was drawn"),
        (b"", r"^`start\.png`: .*empty.* Nothing was drawn"),
        (b"\x89PNG\r\n\x1a\n" + bytes(100), r"^`start\.png`: .* Nothing was drawn or charged\.$"),
    ],
)
async def test_a_file_that_is_no_picture_is_refused_in_the_words_of_intake(
    studio: Studio, content: bytes, words: str
) -> None:
    with pytest.raises(InvalidInput, match=words):
        await studio.service.imagine(studio.asked(), Wish("hi", start=picture(content=content)))

    assert await studio.posts() == []
    assert not studio.backend.drawings


async def test_a_file_that_could_not_be_fetched_says_why(studio: Studio) -> None:
    async def read() -> bytes:
        raise NotReceived("Discord's link to this file has expired.")

    with pytest.raises(NotReceived, match=r"link to this file has expired\. Nothing was drawn or charged\."):
        await studio.service.imagine(studio.asked(), Wish("hi", start=Arrival("start.png", read)))


@pytest.mark.parametrize("change", [0.0, 1.5])
async def test_a_change_out_of_bounds_is_refused(studio: Studio, change: float) -> None:
    with pytest.raises(InvalidInput, match=r"Change goes from 0\.05 to 1"):
        await studio.service.imagine(studio.asked(), Wish("hi", start=picture(), change=change))

    assert await studio.posts() == []


async def test_re_roll_and_edit_start_from_the_same_picture(studio: Studio) -> None:
    studio.draw_at_once()
    first = (await studio.service.imagine(studio.asked(), Wish("hi", start=picture(), change=0.3))).generation
    second = (await studio.service.reroll(studio.asked(), first.id)).generation
    kept = Changes(prompt="ho", strength=1.0, count=1, seed=6)
    third = (await studio.service.edit(studio.asked(), second.id, kept)).generation
    fourth = (await studio.service.edit(studio.asked(), second.id, replace(kept, change=0.9))).generation
    again = (await studio.service.try_again(studio.asked(), fourth.id)).generation

    assert {start_of(each) for each in (first, second, third, fourth, again)} == {start_of(first)}
    assert [each.recipe.change for each in (first, second, third, fourth, again)] == [0.3, 0.3, 0.3, 0.9, 0.9]
    assert {(each.recipe.width, each.recipe.height) for each in (second, third, fourth)} == {(88, 48)}


async def test_nobody_else_draws_from_a_picture_that_a_member_attached(studio: Studio) -> None:
    drawn = (await studio.service.imagine(studio.asked(), Wish("hi", start=picture(), change=0.9))).generation
    less = Changes(prompt="hi", strength=1.0, count=1, seed=6, change=0.05)
    for attempt in (
        studio.service.edit(studio.asked(BEN), drawn.id, less),
        studio.service.editable(drawn.id, guild_id=CLUB, member_id=BEN),
        studio.service.reroll(studio.asked(BEN), drawn.id),
        studio.service.try_again(studio.asked(BEN), drawn.id),
    ):
        with pytest.raises(NotAllowed, match="somebody else attached"):
            await attempt

    assert studio.backend.count("draw") == 1


async def test_the_picture_goes_with_the_last_drawing_that_starts_from_it(studio: Studio) -> None:
    studio.draw_at_once()
    first = (await studio.service.imagine(studio.asked(), Wish("hi", seed=1, start=picture()))).generation
    second = (await studio.service.reroll(studio.asked(), first.id)).generation
    staff = Actor(CLUB, BEN, is_staff=True)
    await studio.service.delete(first.id, staff)
    after_the_first = studio.files.has(start_of(first))
    await studio.service.delete(second.id, staff)

    assert after_the_first
    assert not studio.files.has(start_of(first))


async def test_a_picture_that_waits_elsewhere_or_was_drawn_outlives_the_drawing_that_starts_from_it(
    studio: Studio,
) -> None:
    studio.draw_at_once()
    first = (await studio.service.imagine(studio.asked(), Wish("hi", start=picture()))).generation
    await studio.database.transaction(lambda connection: _into_a_tray(connection, start_of(first), at=900.0))
    await studio.service.delete(first.id, Actor(CLUB, ANA, is_staff=False))

    assert studio.files.has(start_of(first))


async def test_tidying_leaves_the_picture_that_a_drawing_starts_from(studio: Studio) -> None:
    first = (await studio.service.imagine(studio.asked(), Wish("hi", start=picture()))).generation
    other = studio.files.put(b"other")
    await studio.database.transaction(lambda connection: _into_a_tray(connection, start_of(first), at=1.0))
    await studio.database.transaction(lambda connection: _into_a_tray(connection, other, at=2.0))

    assert list(await Purging(studio.database).unused(before=500.0)) == [other]


async def test_a_drawing_that_is_refused_at_the_last_moment_leaves_no_picture_behind(studio: Studio) -> None:
    kept = [await studio.service.imagine(studio.asked(), Wish("hi", start=picture(256))) for _ in range(4)]
    files = stored_files(studio)
    for start in (picture(256), picture(200)):  # one that is used, and a new one
        with pytest.raises(InvalidInput, match="You have 4 drawings waiting"):
            await studio.service.imagine(studio.asked(), Wish("hi", start=start))

    assert files == stored_files(studio) == {start_of(kept[0].generation)}


async def test_a_picture_that_is_gone_from_the_disk_is_said_to_be_gone(studio: Studio) -> None:
    first = (await studio.service.imagine(studio.asked(), Wish("hi", start=picture()))).generation
    (plan,) = studio.backend.drawings.values()
    studio.files.delete(start_of(first))
    with pytest.raises(InvalidInput, match=r"starts from is gone\. Attach it to /imagine once more"):
        await studio.service.reroll(studio.asked(), first.id)
    assert plan.source_image
    with pytest.raises(BackendRejected) as raised:
        await plan.source_image.read()

    assert "gone or damaged on this bot's disk" in as_text(raised.value.reason)


class SlowFiles(FileStore):
    """Stores as ever, and comes back only when the test says so."""

    def __init__(self, root: Path) -> None:
        super().__init__(root, free_floor=0)
        self.stored, self.go = threading.Event(), threading.Event()

    def put(self, content: bytes) -> str:
        sha256 = super().put(content)
        self.stored.set()
        assert self.go.wait(30)
        return sha256


async def test_a_picture_that_comes_in_again_while_its_drawing_is_deleted_is_still_there(studio: Studio) -> None:
    studio.draw_at_once()
    first = (await studio.service.imagine(studio.asked(), Wish("hi", start=picture()))).generation
    slow = studio.files = SlowFiles(folder_of(studio))
    drawing = asyncio.create_task(studio.service.imagine(studio.asked(BEN), Wish("hi", start=picture())))
    await asyncio.to_thread(slow.stored.wait, 30)  # its row is not there yet
    deleting = asyncio.create_task(studio.service.delete(first.id, Actor(CLUB, ANA, is_staff=False)))
    for _ in range(10):
        await studio.posts()  # each takes its turn on the one connection, and so would the deletion
    slow.go.set()
    await asyncio.gather(drawing, deleting)

    assert studio.files.has(start_of(first))


def folder_of(studio: Studio) -> Path:
    return studio.files.path("0" * 64).parent.parent


def stored_files(studio: Studio) -> set[str]:
    return {path.name for path in folder_of(studio).rglob("*") if path.is_file()}


def _into_a_tray(connection: sqlite3.Connection, sha256: str, *, at: float) -> None:
    tray = f"tray {sha256} {at}"
    connection.execute(
        "INSERT INTO trays (id, guild_id, owner_id, contributor_id, created_at) VALUES (?, ?, ?, ?, ?)",
        (tray, CLUB, ANA, ANA, at),
    )
    connection.execute(
        "INSERT INTO tray_pictures (tray_id, position, filename, sha256, phash, width, height, size) "
        "VALUES (?, 0, 'a.png', ?, '', 64, 64, 1)",
        (tray, sha256),
    )

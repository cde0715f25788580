import asyncio
import random
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path

import pytest

from backends.base import Drawing, DrawingPlan
from domain.errors import (
    BackendAmbiguous,
    BackendRejected,
    BackendUnavailable,
    InvalidInput,
    NotAllowed,
    NotFound,
)
from domain.generations import GenerationStatus, Ratio
from domain.loras import Lora
from domain.tasks import RemoteState
from services.drawing import DrawingDesk
from services.generation import Actor, Asked, Changes, GenerationService, Wish
from services.models import ModelService
from storage.database import Database, open_database
from storage.files import FileStore
from storage.generations import GenerationStore
from storage.loras import LoraStore
from storage.outbox import OutboxStore, PostKind
from tests.services import trained
from tests.services.scripted_backend import ScriptedBackend

ANA, BEN = 7, 8
CLUB, OTHER = 100, 200


@dataclass
class Studio:
    """The drawing services on real storage, with a backend that plays a script."""

    database: Database
    files: FileStore
    backend: ScriptedBackend = field(default_factory=ScriptedBackend)
    now: float = 1_000.0
    numbers: Iterator[int] = field(default_factory=lambda: count(1))

    @property
    def models(self) -> ModelService:
        return ModelService(LoraStore(self.database), self.files, now=lambda: self.now)

    @property
    def desk(self) -> DrawingDesk:
        backends = {"scripted": self.backend}
        return DrawingDesk(GenerationStore(self.database), self.models, self.files, backends, now=lambda: self.now)

    @property
    def service(self) -> GenerationService:
        return GenerationService(
            GenerationStore(self.database),
            self.models,
            self.files,
            self.desk,
            default_backend="scripted",
            now=lambda: self.now,
            chance=random.Random(1),
            new_id=lambda: f"{next(self.numbers):04x}" + "0" * 28,
        )

    def asked(self, member: int = ANA, guild: int = CLUB, interaction: int | None = None) -> Asked:
        return Asked(interaction or next(self.numbers), guild, 55, member)

    async def train(self, name: str = "Robo", owner: int = ANA, guild: int = CLUB) -> Lora:
        lora = trained.lora(next(self.numbers), name=name, owner_id=owner, guild_id=guild)
        return await self.database.transaction(lambda connection: trained.keep(connection, lora))

    def draw_at_once(self) -> None:
        def answer(plan: DrawingPlan) -> Drawing:
            pictures = tuple(self.files.put(f"{plan.prompt} {plan.seed + i}".encode()) for i in range(plan.count))
            return Drawing(RemoteState.SUCCEEDED, pictures=pictures)

        self.backend.draw_answer = answer

    async def posts(self, later: float = 60.0) -> list[str]:
        due = await OutboxStore(self.database).due(self.now + later)
        return [posting.subject_id for posting in due if posting.kind is PostKind.PICTURES]


@pytest.fixture
async def studio(tmp_path: Path) -> AsyncIterator[Studio]:
    async with open_database(tmp_path / "atelier.sqlite") as database:
        yield Studio(database, FileStore(tmp_path / "files", free_floor=0))


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
    studio.backend.draw_answer = lambda _: Drawing(RemoteState.QUEUED, position=2)
    drawn = await studio.service.imagine(studio.asked(), Wish("hi", count=2))
    studio.backend.draw_answer = lambda _: Drawing(RemoteState.RUNNING)
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
    studio.backend.draw_answer = lambda _: Drawing(RemoteState.SUCCEEDED, pictures=("b" * 64,))
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
    studio.backend.draw_answer = lambda _: Drawing(RemoteState.RUNNING)
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

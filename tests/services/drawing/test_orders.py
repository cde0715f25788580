import asyncio
from dataclasses import replace

import pytest

from backends.base import DrawingPlan, DrawingProgress, RemoteTask
from domain.errors import (
    BackendAmbiguous,
    BackendRejected,
    BackendReplyInvalid,
    BackendUnavailable,
    NotThereYet,
)
from domain.orders.facts import FactKind, fact
from domain.orders.progress import RemoteState
from domain.orders.states import OrderStatus
from services.caller import Caller
from services.drawing.wishes import DrawingWish
from storage.drawing.drawings import DrawingStore
from tests.services.drawing.drawing_services import ANA, CLUB, SEEN, Drawings
from tests.services.scripted_backend import HOSTED, ScriptedBackend


async def test_the_row_is_there_before_the_backend_hears_of_it(services: Drawings) -> None:
    seen: list[OrderStatus] = []
    real = services.backend.draw

    async def spying(plan: DrawingPlan) -> object:
        found = await DrawingStore(services.database).load(plan.name.removeprefix("atelier-draw-"))
        assert found
        seen.append(found.order.status)
        return await real(plan)

    services.backend.draw = spying  # type: ignore[method-assign, assignment]  # a spy on the one call that matters
    await services.service.imagine(services.caller(), DrawingWish("hi"))

    assert seen == [OrderStatus.SUBMITTING]


async def test_a_lost_answer_is_handed_over_again_under_the_same_name(services: Drawings) -> None:
    services.backend.lose_answer_of["draw"] = [BackendAmbiguous("scripted", "reset")]
    drawn = await services.service.imagine(services.caller(), DrawingWish("hi"))
    services.now += 20
    services.draw_at_once()
    await services.follower.refresh(drawn.drawing.id)
    await services.follower.refresh(drawn.drawing.id)
    after = await services.service.recipe(drawn.drawing.id, SEEN)

    assert drawn.drawing.order.status is OrderStatus.SUBMITTING
    assert after.drawing.order.status is OrderStatus.SUCCEEDED
    assert len(services.backend.drawings) == 1


async def test_a_drawing_that_was_cut_off_before_its_hand_over_is_handed_over_later(
    services: Drawings,
) -> None:
    services.backend.errors["draw"] = [asyncio.CancelledError()]  # type: ignore[list-item]  # the process dies there
    with pytest.raises(asyncio.CancelledError):
        await services.service.imagine(services.caller(), DrawingWish("hi"))
    (drawing_id,) = await services.open_ids()
    services.now += 20
    await services.follower.refresh(drawing_id)

    assert len(services.backend.drawings) == 1


@pytest.mark.parametrize(
    ("error", "reason"),
    [
        (BackendUnavailable("scripted", "down"), FactKind.NOT_REACHED),
        (BackendRejected("scripted", "no"), FactKind.NOT_ACCEPTED),
    ],
)
async def test_a_refused_drawing_fails_with_a_reason_and_can_be_tried_again(
    services: Drawings, error: Exception, reason: FactKind
) -> None:
    services.backend.errors["draw"] = [error]
    drawn = await services.service.imagine(services.caller(), DrawingWish("hi", seed=5))
    again = await services.service.try_again(services.caller(), drawn.drawing.id)

    assert drawn.drawing.order.status is OrderStatus.FAILED
    assert drawn.drawing.order.reason
    assert drawn.drawing.order.reason.kind is reason
    assert again.drawing.order.status is OrderStatus.QUEUED
    assert again.drawing.recipe == drawn.drawing.recipe
    assert again.drawing.derived_from == drawn.drawing.id


async def test_a_drawing_goes_from_its_place_in_the_queue_to_stored_pictures(services: Drawings) -> None:
    services.backend.draw_answer = lambda _: DrawingProgress(RemoteState.QUEUED, position=2)
    drawn = await services.service.imagine(services.caller(), DrawingWish("hi", count=2))
    services.backend.draw_answer = lambda _: DrawingProgress(RemoteState.RUNNING)
    pause = await services.follower.refresh(drawn.drawing.id)
    running = await services.service.recipe(drawn.drawing.id, SEEN)
    services.draw_at_once()
    await services.follower.refresh(drawn.drawing.id)
    done = await services.service.recipe(drawn.drawing.id, SEEN)

    assert drawn.drawing.order.progress.position == 2
    assert pause == 0.05
    assert running.drawing.order.status is OrderStatus.RUNNING
    assert done.drawing.order.status is OrderStatus.SUCCEEDED
    assert len(done.drawing.pictures) == 2
    assert await services.follower.refresh(drawn.drawing.id) is None
    assert await services.open_ids() == []


async def test_done_means_that_every_picture_is_there(services: Drawings) -> None:
    services.backend.draw_answer = lambda _: DrawingProgress(RemoteState.SUCCEEDED, pictures=("b" * 64,))
    drawn = await services.service.imagine(services.caller(), DrawingWish("hi"))

    assert drawn.drawing.order.status is OrderStatus.FAILED
    assert drawn.drawing.order.reason == fact(FactKind.PICTURES_MISSING)


async def test_a_drawing_that_its_backend_lost_is_handed_over_anew_but_not_for_ever(
    services: Drawings,
) -> None:
    drawn = await services.service.imagine(services.caller(), DrawingWish("hi"))
    services.backend.drawings.clear()
    await services.follower.refresh(drawn.drawing.id)
    held_again = len(services.backend.drawings)
    services.backend.drawings.clear()
    services.now += 4_000
    await services.follower.refresh(drawn.drawing.id)
    after = await services.service.recipe(drawn.drawing.id, SEEN)

    assert held_again == 1
    assert after.drawing.order.status is OrderStatus.FAILED


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


async def test_a_stop_while_it_is_ordered_takes_effect_once_the_order_is_through(services: Drawings) -> None:
    backend = services.backend = SlowToOrder()
    ordering = asyncio.create_task(services.service.imagine(services.caller(), DrawingWish("hi")))
    await backend.ordering.wait()
    (drawing_id,) = await services.open_ids()
    meanwhile = await services.service.cancel(drawing_id, Caller(CLUB, 55, ANA, is_staff=False))
    backend.answers.set()
    await ordering
    await services.follower.refresh(drawing_id)
    after = await services.stored(meanwhile.drawing)

    assert not meanwhile.drawing.order.status.is_final
    assert after.order.status is OrderStatus.CANCELLED
    assert backend.count("cancel_drawing") == 1
    assert await services.charged() == DOLLAR  # it was ordered, and its place did not say that it costs nothing


async def test_a_drawing_at_a_place_that_was_switched_off_waits_and_can_be_stopped(services: Drawings) -> None:
    services.backend = ScriptedBackend(abilities=PAID, drawing_price=DOLLAR)
    drawn = (await services.service.imagine(services.caller(), DrawingWish("hi"))).drawing
    services.is_on = False
    services.restart()
    with pytest.raises(BackendUnavailable):
        await services.follower.refresh(drawn.id)
    waiting = await services.stored(drawn)
    stopped = (await services.service.cancel(drawn.id, Caller(CLUB, 55, ANA, is_staff=False))).drawing

    assert not waiting.order.status.is_final
    assert stopped.order.status is OrderStatus.CANCELLED
    assert await services.charged() == DOLLAR


@pytest.mark.parametrize(
    ("odd", "reason"),
    [
        (BackendRejected("scripted", "404"), FactKind.UNKNOWN_THERE),
        (BackendReplyInvalid("scripted", "html"), FactKind.NO_RESULT),
        (NotThereYet("scripted", "403"), FactKind.NO_RESULT),
    ],
)
async def test_a_bad_answer_about_a_paid_drawing_is_believed_after_ten_minutes_of_nothing_else(
    services: Drawings, odd: Exception, reason: FactKind
) -> None:
    services.backend = ScriptedBackend(abilities=PAID, drawing_price=DOLLAR)
    services.backend.errors["drawing"] = [odd] * 11
    drawn = (await services.service.imagine(services.caller(), DrawingWish("hi"))).drawing
    for _ in range(9):
        services.now += 60
        await services.look_now(drawn.id)
    patient = await services.stored(drawn)
    services.now += 60
    await services.follower.refresh(drawn.id)
    ended = await services.stored(drawn)

    assert not patient.order.status.is_final
    assert ended.order.status is OrderStatus.FAILED
    assert ended.order.reason == fact(reason, backend="scripted")
    assert await services.charged() == DOLLAR


async def test_two_odd_answers_around_an_outage_lose_no_drawing(services: Drawings) -> None:
    services.backend = ScriptedBackend(abilities=PAID, drawing_price=DOLLAR)
    odd = BackendRejected("scripted", "404")
    services.backend.errors["drawing"] = [odd, BackendUnavailable("scripted", "503"), odd]
    drawn = (await services.service.imagine(services.caller(), DrawingWish("hi"))).drawing
    for _ in range(2):
        services.now += 400
        await services.look_now(drawn.id)
    await services.follower.refresh(drawn.id)

    assert (await services.stored(drawn)).order.status is OrderStatus.QUEUED


async def test_pictures_that_came_are_shown_although_some_were_held_back(services: Drawings) -> None:
    pictures = (services.files.folder.put(b"one"), services.files.folder.put(b"two"))
    notes = (fact(FactKind.HELD_BACK, missing=2, count=4),)
    services.backend.draw_answer = lambda _: DrawingProgress(RemoteState.SUCCEEDED, pictures=pictures, notes=notes)
    drawn = (await services.service.imagine(services.caller(), DrawingWish("hi", count=4))).drawing

    assert drawn.order.status is OrderStatus.SUCCEEDED
    assert (drawn.pictures, drawn.order.progress.notes) == (pictures, notes)

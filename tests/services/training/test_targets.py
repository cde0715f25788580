"""Where a dataset can be trained: what fits, what each place would take, and what happens when one is away."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest

from backends.base import Abilities, TrainingPlan
from domain.errors import BackendRejected, BackendUnavailable, NotFound
from domain.orders.facts import FactKind, fact
from domain.orders.states import OrderStatus
from domain.training.errors import ImageCountUnfit, TargetUnknown
from domain.training.settings import Estimate, QuoteLine
from services.training import targets
from services.training.quotes import TrainingWish
from services.training.targets import misfit
from tests.services.scripted_backend import HOSTED, TINY, ScriptedBackend
from tests.services.workshop import ANA, BEN, Workshop, workshop

BIG = replace(TINY, name="big", label="Big (1,024 px)")


@pytest.fixture
async def shop(tmp_path: Path) -> AsyncIterator[Workshop]:
    async with workshop(tmp_path) as opened:
        opened.others = {"cloud": cloud(), "sky": cloud("sky", fewest_images=20)}
        opened.restart()
        yield opened


def cloud(name: str = "cloud", *, fewest_images: int = 1) -> ScriptedBackend:
    abilities = replace(HOSTED, checkpoints=(BIG,), fewest_images=fewest_images)
    estimate = Estimate(
        2_000_000,
        0.0,
        60.0,
        "Your pictures go to Cloud.",
        (QuoteLine(fact(FactKind.WORDS, said="training"), 2_000_000),),
    )
    return ScriptedBackend(abilities=abilities, name=name, estimated=estimate)


@pytest.mark.parametrize(
    ("images", "fits"), [(3, False), (4, True), (50, True), (51, False)], ids=["few", "fewest", "most", "many"]
)
def test_a_dataset_fits_between_the_fewest_and_the_most(images: int, fits: bool) -> None:  # noqa: FBT001 - a table's column
    unfit = misfit(images, Abilities(checkpoints=(), fewest_images=4, most_images=50))

    assert (unfit is None) == fits
    assert unfit is None or (unfit.images, unfit.fewest, unfit.most) == (images, 4, 50)


async def test_a_quote_shows_every_place_with_its_price_or_why_not(shop: Workshop) -> None:
    dataset = await shop.dataset(images=6)
    quote = await shop.quotes.quote(ANA, TrainingWish(dataset.id))
    seen = {
        offer.target.key: (offer.estimate and offer.estimate.cost_micros, offer.misfit) for offer in quote.elsewhere
    }

    assert quote.task.order.backend == "scripted"
    assert seen["cloud/big"] == (2_000_000, None)
    cost, unfit = seen["sky/big"]
    assert cost is None
    assert unfit is not None
    assert (unfit.fewest, unfit.most) == (20, 200)


async def test_a_quote_moves_to_another_place_and_gets_its_price(shop: Workshop) -> None:
    task = await shop.quoted()
    moved = await shop.quotes.move(task.id, "cloud/big", ANA)
    stored = await shop.stored(task)

    assert (stored.order.backend, stored.checkpoint) == ("cloud", "big")
    assert (stored.order.price.quoted_micros, stored.order.price.ceiling_micros) == (2_000_000, 2_000_000)
    assert stored.settings.seed == task.settings.seed
    assert [offer.target.key for offer in moved.elsewhere] == ["scripted/atelier-tiny", "sky/big"]
    await shop.confirmations.confirm(task.id, ANA)
    assert shop.backend.trainings == {}
    assert len(shop.others["cloud"].trainings) == 1


async def test_a_quote_moves_nowhere_that_does_not_fit_nor_for_anybody_else(shop: Workshop) -> None:
    task = await shop.quoted()
    with pytest.raises(ImageCountUnfit):
        await shop.quotes.move(task.id, "sky/big", ANA)
    with pytest.raises(NotFound):
        await shop.quotes.move(task.id, "cloud/big", BEN)

    assert await shop.stored(task) == task


async def test_a_place_that_keeps_silent_does_not_hold_the_quote_up(
    shop: Workshop, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def silent(plan: TrainingPlan) -> Estimate:
        await asyncio.Event().wait()
        raise AssertionError(plan)

    monkeypatch.setattr(targets, "OFFER_SECONDS", 0.05)
    monkeypatch.setattr(shop.others["cloud"], "estimate", silent)
    quote = await shop.quotes.quote(ANA, TrainingWish((await shop.dataset()).id))

    assert (quote.elsewhere[0].estimate, quote.elsewhere[0].misfit) == (None, None)


async def test_when_the_usual_place_is_away_the_next_one_makes_the_quote(shop: Workshop) -> None:
    shop.backend.errors["estimate"] = [BackendUnavailable("scripted", "away")]
    quote = await shop.quotes.quote(ANA, TrainingWish((await shop.dataset()).id))

    assert quote.task.order.backend == "cloud"


async def test_a_place_that_was_asked_for_is_not_changed_behind_the_members_back(shop: Workshop) -> None:
    shop.others["cloud"].errors["estimate"] = [BackendUnavailable("cloud", "away")]
    with pytest.raises(BackendUnavailable):
        await shop.quotes.quote(ANA, TrainingWish((await shop.dataset()).id, checkpoint="cloud/big"))


async def test_what_a_place_refused_goes_elsewhere_with_a_new_quote_and_nothing_is_paid_twice(shop: Workshop) -> None:
    dataset = await shop.dataset()
    shop.others["cloud"].errors["submit"] = [
        BackendRejected("cloud", "no", reason=fact(FactKind.WORDS, said="No room."))
    ]
    quote = await shop.quotes.quote(ANA, TrainingWish(dataset.id, checkpoint="cloud/big"))
    failed = await shop.confirmations.confirm(quote.task.id, ANA)
    view = await shop.training.view(failed.id)
    again = await shop.quotes.retry_seen(failed.id, ANA, elsewhere=True)
    started = await shop.confirmations.confirm(again.task.id, ANA)

    assert (failed.order.status, failed.order.price.booked_micros) == (OrderStatus.FAILED, 0)
    assert view is not None
    assert view.can_go_elsewhere
    assert again.task.order.backend == "scripted"
    assert started.retry_of == failed.id
    assert shop.others["cloud"].trainings == {}
    assert len(shop.backend.trainings) == 1


async def test_the_same_checkpoint_name_at_two_places_is_told_apart_by_the_places_name(shop: Workshop) -> None:
    dataset = await shop.dataset(images=30)
    quote = await shop.quotes.quote(ANA, TrainingWish(dataset.id, checkpoint="sky/big"))

    assert quote.task.order.backend == "sky"
    with pytest.raises(TargetUnknown):
        await shop.quotes.quote(ANA, TrainingWish(dataset.id, checkpoint="sea/big"))

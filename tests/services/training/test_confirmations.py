"""Confirming and approving what was quoted, when its place is gone meanwhile."""

from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest

from domain.orders.states import OrderStatus
from domain.training.errors import TargetSwitchedOff
from domain.training.tasks import Approval
from services.training.quotes import TrainingWish
from tests.services.scripted_backend import HOSTED, ScriptedBackend
from tests.services.workshop import ANA, Workshop, workshop

MANAGER = replace(ANA, member_id=33, is_staff=True, is_manager=True)


@pytest.fixture
async def shop(tmp_path: Path) -> AsyncIterator[Workshop]:
    async with workshop(tmp_path) as opened:
        opened.others = {"cloud": ScriptedBackend(name="cloud", abilities=HOSTED)}
        opened.restart()
        yield opened


async def test_a_quote_whose_backend_was_switched_off_starts_nothing(shop: Workshop) -> None:
    target = shop.quotes.targets.fitting(6, but=shop.backend.name)[0].key
    quote = await shop.quotes.quote(ANA, TrainingWish((await shop.dataset()).id, checkpoint=target))
    shop.others = {}
    shop.restart()
    with pytest.raises(TargetSwitchedOff):
        await shop.confirmations.confirm(quote.task.id, ANA)

    assert (await shop.stored(quote.task)).order.status is OrderStatus.QUOTED


async def test_an_approval_whose_backend_was_switched_off_starts_nothing(shop: Workshop) -> None:
    task = await shop.quoted()
    await shop.tasks.update(task.id, lambda stored: replace(stored, approval=Approval.ASKED))
    shop.backend = ScriptedBackend(name="another")
    shop.restart()
    with pytest.raises(TargetSwitchedOff):
        await shop.confirmations.approve(task.id, MANAGER)

    assert (await shop.stored(task)).order.status is OrderStatus.QUOTED

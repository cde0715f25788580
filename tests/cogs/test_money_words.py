"""After one paid call no message may say that nothing was charged, whatever breaks right behind it."""

from collections.abc import Callable
from pathlib import Path

import pytest

from cogs.training import quote_cards
from domain.drawing.drawings import Drawing
from domain.errors import BackendUnavailable, StorageFull
from domain.orders.states import OrderStatus
from domain.training.tasks import TrainingTask
from playground import Channel, Member
from storage.drawing.drawings import DrawingStore
from storage.orders.books import Moved
from storage.training.tasks import TaskStore
from tests.services.scripted_backend import HOSTED, ScriptedBackend
from tests.services.workshop import ANA, Workshop, workshop


@pytest.fixture
def backend() -> ScriptedBackend:
    return ScriptedBackend(name="replicate", abilities=HOSTED, drawing_price=30_000)


@pytest.mark.usefixtures("bot")
async def test_a_stop_of_a_paid_drawing_while_its_backend_is_away_claims_nothing_of_the_charge(
    backend: ScriptedBackend, channel: Channel, ana: Member
) -> None:
    await ana.command(channel, "imagine", prompt="a robot")
    card = await channel.wait_for(lambda m: any(button.label == "Stop" for button in m.buttons))
    backend.errors["cancel_drawing"] = [BackendUnavailable("replicate", "connection refused")]
    said = await (await ana.press(card, "Stop")).followup(1)

    assert backend.count("draw") == 1
    assert "charged" not in said.text


@pytest.mark.usefixtures("bot")
async def test_a_full_disk_right_after_a_drawing_was_ordered_claims_nothing_of_the_charge(
    backend: ScriptedBackend, channel: Channel, ana: Member, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = DrawingStore.update

    async def full_after_the_call(
        self: DrawingStore, drawing_id: str, decide: Callable[[Drawing], Drawing]
    ) -> Moved[Drawing]:
        if backend.count("draw"):
            raise StorageFull("disk")
        return await real(self, drawing_id, decide)

    monkeypatch.setattr(DrawingStore, "update", full_after_the_call)
    said = await (await ana.command(channel, "imagine", prompt="a robot")).final()

    assert backend.count("draw") == 1
    assert "waiting" in said.text
    assert "charged" not in said.text


async def test_a_full_disk_right_after_a_training_was_ordered_claims_nothing_of_the_charge(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = TaskStore.update

    async with workshop(tmp_path) as opened:
        backend = ScriptedBackend(abilities=HOSTED)
        shop = Workshop(opened.database, opened.files, backend)
        quoted = await shop.quoted()

        async def full_after_the_call(
            self: TaskStore, task_id: str, decide: Callable[[TrainingTask], TrainingTask]
        ) -> Moved[TrainingTask]:
            if backend.count("submit"):
                raise StorageFull("disk")
            return await real(self, task_id, decide)

        monkeypatch.setattr(TaskStore, "update", full_after_the_call)
        confirmed = await shop.confirmations.confirm(quoted.id, ANA)
        monkeypatch.undo()
        shown = " ".join(str(part) for part in quote_cards.confirmed_card(confirmed).to_components())
        adopted = await shop.follow(confirmed, turns=1)

    assert backend.count("submit") == 1
    assert "charged" not in shown
    assert adopted.order.status is OrderStatus.QUEUED

"""The daily audit: planted orphans are found, known work is not, and findings go when their reason does."""

from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest

from backends.base import RemoteWork
from domain.errors import BackendAmbiguous, BackendRejected, BackendReplyInvalid, BackendUnavailable
from domain.orders.progress import RemoteState
from domain.orders.states import OrderStatus
from domain.training.settings import Estimate
from storage.upkeep.orphaned_work import OrphanedWorkStore
from tests.domain.orders.changed import changed
from tests.services.scripted_backend import ABILITIES, HOSTED, ScriptedBackend
from tests.services.workshop import Workshop, workshop

ORPHAN = RemoteWork("r1", "atelier-nobody", RemoteState.RUNNING)
SECOND = RemoteWork("r2", "atelier-nobody-either", RemoteState.SUCCEEDED)
DAY = 24 * 3600.0


@pytest.fixture
async def shop(tmp_path: Path) -> AsyncIterator[Workshop]:
    async with workshop(tmp_path) as opened:
        opened.backend.abilities = HOSTED
        opened.backend.estimated = Estimate(1_000_000, 0.0, 60.0, "Your pictures go to nobody.")
        opened.others = {"other": ScriptedBackend(abilities=HOSTED, name="other")}
        opened.restart()
        yield opened


async def found(shop: Workshop) -> list[tuple[str, str, str, str, float]]:
    findings = await OrphanedWorkStore(shop.database).all()
    return [(f.backend, f.remote_id, f.name, f.state, f.first_seen) for f in findings]


async def test_planted_orphans_are_found_and_known_work_is_not(
    shop: Workshop, caplog: pytest.LogCaptureFixture
) -> None:
    task = await shop.started()
    shop.backend.held = [RemoteWork("mine", task.remote_name, RemoteState.RUNNING), ORPHAN]
    shop.others["other"].held = [SECOND]
    count = await shop.audit.audit()

    assert count == 2
    assert sorted(await found(shop)) == [
        ("other", "r2", "atelier-nobody-either", "succeeded", shop.now),
        ("scripted", "r1", "atelier-nobody", "running", shop.now),
    ]
    assert "holds atelier-nobody (r1), which no task knows" in caplog.text


async def test_all_of_fifty_planted_orphans_among_fifty_known_ones_are_found(shop: Workshop) -> None:
    model = changed(await shop.quoted(), status=OrderStatus.SUCCEEDED)
    known = [changed(model, id=f"{number:032x}") for number in range(50)]
    for task in known:
        await shop.tasks.add(task)
    lost = [RemoteWork(f"lost-{number}", f"atelier-lost-{number}", RemoteState.SUCCEEDED) for number in range(50)]
    shop.backend.held = [
        *lost,
        *(RemoteWork(f"known-{task.id}", task.remote_name, RemoteState.SUCCEEDED) for task in known),
    ]

    assert await shop.audit.audit() == 50
    assert {name for _, _, name, _, _ in await found(shop)} == {work.name for work in lost}


async def test_work_at_one_backend_is_no_excuse_for_the_same_name_at_another(shop: Workshop) -> None:
    task = await shop.started()
    shop.others["other"].held = [RemoteWork("twin", task.remote_name, RemoteState.RUNNING)]

    assert await shop.audit.audit() == 1


async def test_a_quote_that_was_never_confirmed_excuses_nothing(shop: Workshop) -> None:
    task = await shop.quoted()
    shop.backend.held = [RemoteWork("r", task.remote_name, RemoteState.RUNNING)]

    assert await shop.audit.audit() == 1


async def test_work_whose_hand_over_is_still_unclear_is_known(shop: Workshop) -> None:
    shop.backend.lose_answer_of["submit"] = [BackendAmbiguous("scripted", "timeout")]
    task = await shop.started()
    shop.backend.held = [RemoteWork("r", task.remote_name, RemoteState.QUEUED)]

    assert await shop.audit.audit() == 0


async def test_a_finding_keeps_its_first_day_follows_its_state_and_goes_when_it_is_gone(shop: Workshop) -> None:
    first = shop.now
    shop.backend.held = [ORPHAN, SECOND]
    await shop.audit.audit()
    shop.now += DAY
    shop.backend.held = [replace(ORPHAN, state=RemoteState.FAILED)]
    await shop.audit.audit()
    second = await found(shop)
    shop.now += DAY
    shop.backend.held = []
    await shop.audit.audit()

    assert second == [("scripted", "r1", "atelier-nobody", "failed", first)]
    assert await found(shop) == []


@pytest.mark.parametrize("error", [BackendUnavailable, BackendReplyInvalid, BackendRejected])
async def test_a_backend_that_can_not_be_asked_keeps_its_findings_and_the_others_are_audited(
    shop: Workshop, error: type[BackendUnavailable]
) -> None:
    first = shop.now
    shop.backend.held = [ORPHAN]
    await shop.audit.audit()
    shop.now += DAY
    shop.backend.errors["owned"] = [error("scripted", "not now")]
    shop.others["other"].held = [SECOND]
    await shop.audit.audit()

    assert await found(shop) == [
        ("scripted", "r1", "atelier-nobody", "running", first),
        ("other", "r2", "atelier-nobody-either", "succeeded", shop.now),
    ]


async def test_an_error_of_ours_in_one_backend_does_not_keep_the_others_from_being_audited(shop: Workshop) -> None:
    shop.backend.errors["owned"] = [KeyError("a bug")]
    shop.others["other"].held = [SECOND]
    await shop.audit.audit()

    assert [finding[0] for finding in await found(shop)] == ["other"]


async def test_backends_that_cost_nothing_are_not_audited(shop: Workshop) -> None:
    shop.backend.abilities = ABILITIES
    shop.backend.held = [ORPHAN]

    assert await shop.audit.audit() == 0
    assert shop.backend.count("owned") == 0

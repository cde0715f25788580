"""The checks are checked: a change of one line that breaks a promise must be seen by the check of that promise."""

import inspect
import io
import logging
import sqlite3
import textwrap
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any, cast

import pytest

import bot.__main__
import domain.orders.hand_over
import services.orders.follower
import services.training.quotes
import storage.database
import storage.datasets.datasets
import storage.training.tasks
from backends.base import RemoteTask, TrainedLora, TrainingPlan
from bot.redaction import RedactingFormatter
from bot.settings import Settings
from domain.errors import BackendAmbiguous, UserError
from domain.money.limits import MICROS
from domain.orders.progress import Progress, RemoteState
from domain.training.settings import Estimate
from services.training.quotes import TrainingWish
from storage.database import open_database
from tests.services.hosted_truth import untruths
from tests.services.scripted_backend import HOSTED, ScriptedBackend
from tests.services.workshop import ANA, BEN, CAPS, LORA, Workshop, workshop

# Seconds: an order is paid when its grace time is nearly over, and is listed within another one.
LATE = {"upload": HOSTED.find_grace_seconds - 5, "listing": HOSTED.find_grace_seconds - 5}
SECRET = "r8_ASecretThatNobodyMayRead"  # noqa: S105 - made up


def change(monkeypatch: pytest.MonkeyPatch, where: object, name: str, lines: dict[str, str], **names: object) -> None:
    """Put a function in the place of one, with some of its lines changed; they may use further `names`."""
    function = getattr(where, name)
    source = textwrap.dedent(inspect.getsource(function))
    for old, new in lines.items():
        assert source.count(old) == 1, f"{name} has changed: it has no such line any more: {old}"
        source = source.replace(old, new)
    scope = {**function.__globals__, **names}
    exec(compile(source, inspect.getfile(function), "exec"), scope)  # noqa: S102 - the project's own source
    monkeypatch.setattr(where, name, scope[name])


class Killed(BaseException):
    """The process is gone: no code of ours may run on."""


@dataclass
class PayingBackend(ScriptedBackend):
    """Bills every order that gets through, whatever its name, and trains at once; it may take and list slowly."""

    bills: list[str] = field(default_factory=list)
    kill_after_the_bill: bool = False
    upload_seconds: float = 0.0
    list_seconds: float = 0.0
    listed_at: dict[str, float] = field(default_factory=dict)  # by remote id
    shop: Workshop | None = None  # whose clock it is

    async def submit(self, plan: TrainingPlan) -> RemoteTask:
        """Take an order."""
        assert self.shop is not None
        self.shop.now += self.upload_seconds
        self.bills.append(plan.name)
        remote_id = f"{plan.name}#{len(self.bills)}"
        self.trainings[remote_id] = plan
        self.listed_at[remote_id] = self.shop.now + self.list_seconds
        self.progress[remote_id] = Progress(RemoteState.SUCCEEDED)
        if self.kill_after_the_bill:
            self.kill_after_the_bill = False
            raise Killed
        self._end("submit")
        return RemoteTask(remote_id)

    async def find(self, name: str) -> RemoteTask | None:
        """Return the first training of that name that is listed by now."""
        assert self.shop is not None
        named = [remote for remote, plan in self.trainings.items() if plan.name == name]
        return next((RemoteTask(remote) for remote in named if self.listed_at[remote] <= self.shop.now), None)


async def an_order(folder: Path, *, kill: bool = False, upload: float = 0.0, listing: float = 0.0) -> list[str]:
    """Follow an order that is killed right after it was paid, or whose answer is lost; return what is untrue then."""
    async with workshop(folder) as opened:
        backend = PayingBackend(abilities=HOSTED, estimated=Estimate(MICROS, None, None, "Far away."))
        backend.upload_seconds, backend.list_seconds = upload, listing
        backend.trained = TrainedLora(opened.files.folder.put(LORA), len(LORA))
        backend.shop = shop = Workshop(opened.database, opened.files, backend)
        quoted = await shop.quoted()
        if kill:
            backend.kill_after_the_bill = True
            with pytest.raises(Killed):
                await shop.confirmations.confirm(quoted.id, ANA)
            shop.restart()
        else:
            backend.lose_answer_of["submit"] = [BackendAmbiguous("scripted", "the line went dead")]
        told = await shop.confirmations.confirm(quoted.id, ANA)  # after a kill the button is pressed again
        await shop.follow(told)
    return untruths(folder / "atelier.sqlite", paid=backend.bills, told={told.id: told.order.status}, caps=CAPS)


async def test_orders_are_true_as_the_code_is(tmp_path: Path) -> None:
    assert not await an_order(tmp_path / "killed", kill=True)
    assert not await an_order(tmp_path / "lost")
    assert not await an_order(tmp_path / "late", kill=True, **LATE)


async def test_an_intent_that_is_not_kept_before_the_paid_call_is_seen(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    intent = "intent = await self._update(item, partial(hand_over.intended, now=self._now()))"
    change(monkeypatch, services.orders.follower.OrderFollower, "_hand_over", {intent: "intent = item"})

    assert any("paid 2 times" in wrong for wrong in await an_order(tmp_path, kill=True))


async def test_a_lost_answer_that_is_taken_for_a_refusal_is_seen(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    change(
        monkeypatch, domain.orders.hand_over, "reply_of", {"else HandOverReply.UNCLEAR": "else HandOverReply.REFUSED"}
    )
    wrong = await an_order(tmp_path)

    assert any("told 'failed'" in each for each in wrong)
    assert any("is paid and failed" in each for each in wrong)
    assert any("the ledger" in each for each in wrong)


async def test_a_lost_answer_that_is_tried_again_at_once_is_seen(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    taken_for_lost = "return await self._not_taken(intent, error, abilities)"
    again = "remote = await self._kind.hand_over(intent)"
    change(monkeypatch, services.orders.follower.OrderFollower, "_hand_over", {taken_for_lost: again})

    assert any("paid 2 times" in wrong for wrong in await an_order(tmp_path))


async def test_a_grace_time_that_begins_with_the_intent_and_not_with_the_look_ups_is_seen(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    begins = "order.times.updated_at if order.hand_over.misses else now"
    change(monkeypatch, domain.orders.hand_over, "not_found", {begins: "order.times.updated_at"})

    assert any("paid 2 times" in wrong for wrong in await an_order(tmp_path, kill=True, **LATE))


async def durability(folder: Path) -> tuple[str, int]:
    """Return how the main database is kept: its journal, and how often that is synced (2 is FULL)."""

    def look(connection: sqlite3.Connection) -> tuple[str, int]:
        journal = connection.execute("PRAGMA journal_mode").fetchone()[0]
        return journal, connection.execute("PRAGMA synchronous").fetchone()[0]

    async with open_database(folder / "atelier.sqlite") as database:
        return await database.read(look)


async def test_commits_that_a_power_cut_could_take_back_are_seen(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert await durability(tmp_path) == ("wal", 2)

    pragmas = storage.database.PRAGMAS
    monkeypatch.setattr(storage.database, "PRAGMAS", pragmas.replace("synchronous = FULL", "synchronous = NORMAL"))
    assert await durability(tmp_path) != ("wal", 2)


async def open_doors(folder: Path) -> list[str]:
    """Return what Ben can do with what is Ana's; nothing when all is well."""
    found = []
    async with workshop(folder) as shop:
        dataset = await shop.dataset(ANA)
        task = await shop.quoted(ANA, TrainingWish(dataset.id))
        tries: dict[str, Callable[[], Any]] = {
            "train on her pictures": lambda: shop.quotes.quote(BEN, TrainingWish(dataset.id)),
            "see her quote": lambda: shop.quotes.quoted(task.id, BEN),
            "move her quote": lambda: shop.quotes.move(task.id, "atelier-tiny", BEN),
            "confirm her quote": lambda: shop.confirmations.confirm(task.id, BEN),
            "stop her training": lambda: shop.training.cancel(task.id, BEN),
        }
        for what, attempt in tries.items():
            try:
                await attempt()
            except UserError:
                continue
            found.append(what)
    return found


async def test_what_is_hers_stays_hers_as_the_code_is(tmp_path: Path) -> None:
    assert not await open_doors(tmp_path)


@pytest.mark.parametrize(
    ("module", "name", "opened"),
    [
        (storage.training.tasks, "FIND_OWN", "confirm her quote"),
        (storage.datasets.datasets, "OWN", "train on her pictures"),
    ],
    ids=["of tasks", "of datasets"],
)
async def test_an_owner_who_is_missing_in_a_where_is_seen(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, module: ModuleType, name: str, opened: str
) -> None:
    condition: str = getattr(module, name)
    assert "owner_id = ?" in condition
    monkeypatch.setattr(module, name, condition.replace("owner_id = ?", "? IS NOT NULL"))

    assert opened in await open_doors(tmp_path)


def leaked(monkeypatch: pytest.MonkeyPatch) -> bool:
    """Log an error that holds a secret, as the bot logs; return whether the log shows it."""
    handlers: list[logging.StreamHandler[Any]] = []
    with monkeypatch.context() as patch:
        patch.setattr(logging, "basicConfig", lambda **settings: handlers.extend(settings["handlers"]))
        bot.__main__._log(cast(Settings, SimpleNamespace(secrets=[SECRET], log_level="INFO")))  # all that it reads
    (handler,) = handlers
    log = io.StringIO()
    handler.setStream(log)
    for error in (None, ConnectionError(f"no answer from https://example.invalid/?key={SECRET}")):
        where = (type(error), error, None) if error else None
        text, arguments = ("it failed", ()) if error else ("asked with %s", (SECRET,))
        handler.handle(logging.LogRecord("atelier", logging.ERROR, __file__, 1, text, arguments, where))
    assert "it failed" in log.getvalue()
    assert "asked with" in log.getvalue()
    return SECRET in log.getvalue()


def in_messages_alone(handler: logging.Handler, settings: Settings) -> None:
    """Hide secrets where a filter can: in the message, before an exception's text is made."""
    formatter = RedactingFormatter("%(message)s", secrets=settings.secrets)

    def hide(record: logging.LogRecord) -> bool:
        plain = logging.makeLogRecord({"msg": record.getMessage()})
        record.msg, record.args = formatter.format(plain), ()
        return True

    handler.addFilter(hide)


def test_a_filter_in_the_place_of_the_redacting_formatter_is_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    assert not leaked(monkeypatch)

    formatter = "handler.setFormatter(RedactingFormatter(LOG_FORM, secrets=settings.secrets))"
    change(monkeypatch, bot.__main__, "_log", {formatter: "hide(handler, settings)"}, hide=in_messages_alone)
    assert leaked(monkeypatch)

"""The composition root, which builds everything that Atelier needs and closes it in reverse."""

import asyncio
import random
import signal
import time
from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from functools import partial

from backends.base import Backend, Learning
from backends.local import LocalBackend
from backends.wire import transport
from bot.background.poster import Poster
from bot.background.upkeep import tidying
from bot.background.watcher import TICK, Watcher
from bot.background.worker_process import WorkerProcess
from bot.client import Client, Services
from bot.hosted import Hosted, hosted_backends, in_order, no_hosted
from bot.interactions import attachments
from bot.interactions.attachments import Downloads
from bot.interactions.fact_words import words
from bot.settings import Settings
from domain.training.checkpoints import BUILT_IN, SD15
from services.datasets.datasets import DatasetService
from services.datasets.images import ImageService
from services.datasets.intake import IntakeService
from services.drawing.drawings import DrawingService
from services.drawing.orders import DrawingOrders
from services.drawing.source_images import SourceImages
from services.models.models import ModelService
from services.money.spending import MoneyService
from services.orders.follower import OrderFollower
from services.pictures import StoredPictures
from services.training.confirmations import ConfirmationService
from services.training.orders import TrainingOrders
from services.training.quotes import QuoteService
from services.training.targets import Targets
from services.training.tasks import TrainingService
from services.upkeep.audit import AuditService
from services.upkeep.cleanup import CleanupService
from storage.database import open_database
from storage.datasets.datasets import DatasetStore
from storage.datasets.images import ImageStore
from storage.datasets.pending_uploads import PendingUploadStore
from storage.drawing.drawings import DrawingStore
from storage.files import FileStore
from storage.ids import new_id
from storage.ledger import LedgerStore
from storage.models.loras import LoraStore
from storage.outbox import OutboxStore
from storage.pictures.pool import PicturePool
from storage.queue.sqlite import open_queue
from storage.results import ResultFiles
from storage.training.tasks import TaskStore
from storage.upkeep.orphaned_work import OrphanedWorkStore
from storage.upkeep.purging import Purging

AUDIT_SECONDS = 24 * 3600.0  # between two audits of the hosted backends
EXPIRE_SECONDS = 5.0  # between two looks for quotes whose time is over
JOBS_KEPT = 7 * 24 * 3600.0  # seconds for which the queue keeps what an ended job was about


@asynccontextmanager
async def atelier(
    settings: Settings, *, backends: Mapping[str, Backend], hosted: Hosted = no_hosted
) -> AsyncIterator[Client]:
    """Open everything that Atelier needs, in order, and close it in reverse.

    The first backend is the usual one. `hosted` makes further backends, once there is a place for what they send.
    """
    async with AsyncExitStack() as stack:
        database = await stack.enter_async_context(open_database(settings.database))
        files = FileStore(settings.files)
        pool = await stack.enter_async_context(PicturePool())
        http = await stack.enter_async_context(attachments.client())
        web = await stack.enter_async_context(transport())
        backends = in_order({**backends, **hosted(settings, web, ResultFiles(files, pool))}, settings.first_backend)
        for backend in backends.values():
            if isinstance(backend, Learning):
                await stack.enter_async_context(tidying(backend.learn))
        collection = DatasetService(DatasetStore(database), now=time.time, new_id=new_id)
        intake = IntakeService(
            PendingUploadStore(database), collection, files=files, pool=pool, now=time.time, new_id=new_id
        )
        images = ImageService(ImageStore(database), collection, files=files, pool=pool, now=time.time, new_id=new_id)
        cleanup = CleanupService(Purging(database), files=files, now=time.time)
        await stack.enter_async_context(tidying(cleanup.clean_up))
        models = ModelService(LoraStore(database), files, now=time.time)
        tasks, outbox, datasets = TaskStore(database), OutboxStore(database), DatasetStore(database)
        drawings = DrawingStore(database)
        trainings = OrderFollower(
            TrainingOrders(tasks, datasets, files, backends, now=time.time, new_id=new_id), outbox, now=time.time
        )
        drawn = OrderFollower(DrawingOrders(drawings, models, files, backends, now=time.time), outbox, now=time.time)
        watcher = Watcher((trainings, drawn), tick=min(TICK, settings.poll_seconds))
        drawing = DrawingService(
            drawings,
            models,
            files,
            SourceImages(drawings, files, pool),
            backends,
            look_now=partial(watcher.look_now, drawn),
            caps=settings.caps,
            now=time.time,
            chance=random.Random(),
            new_id=new_id,
        )
        quotes = QuoteService(
            tasks,
            datasets,
            collection,
            files,
            Targets(backends),
            now=time.time,
            chance=random.Random(),
            new_id=new_id,
        )
        look_now = partial(watcher.look_now, trainings)
        confirmations = ConfirmationService(tasks, look_now, Targets(backends), caps=settings.caps, now=time.time)
        await stack.enter_async_context(tidying(confirmations.expire, pause=EXPIRE_SECONDS))
        training = TrainingService(
            tasks=tasks,
            loras=LoraStore(database),
            outbox=outbox,
            datasets=datasets,
            backends=backends,
            look_now=look_now,
            now=time.time,
        )
        ledger, orphans = LedgerStore(database), OrphanedWorkStore(database)
        money = MoneyService(
            ledger=ledger, tasks=tasks, orphans=orphans, backends=backends, limits=settings.caps, now=time.time
        )
        audit = AuditService(orphans, backends, now=time.time)
        await stack.enter_async_context(tidying(audit.audit, pause=AUDIT_SECONDS))
        services = Services(
            drawing=drawing,
            models=models,
            datasets=collection,
            intake=intake,
            images=images,
            quotes=quotes,
            confirmations=confirmations,
            training=training,
            money=money,
            pictures=StoredPictures(files, pool),
        )
        client = Client(
            services,
            Downloads(http, settings.attachment_origins),
            data_dir=settings.data_dir,
            guild_ready_timeout=settings.guild_ready_timeout,
        )
        poster = Poster(client, outbox, client.posts, edit_seconds=settings.edit_seconds)
        client.background = (watcher.run, poster.run)
        yield await stack.enter_async_context(client)


async def serve(settings: Settings) -> None:
    """Run the bot, and its local worker when that is on, until SIGTERM or SIGINT."""
    async with AsyncExitStack() as stack:
        queue = await stack.enter_async_context(open_queue(settings.queue))
        checkpoints = {**BUILT_IN, **({SD15.name: SD15} if settings.checkpoint_sd15 else {})}
        await stack.enter_async_context(tidying(lambda: queue.purge(time.time() - JOBS_KEPT)))
        local = LocalBackend(queue, FileStore(settings.files), checkpoints=checkpoints, words=words)
        own: Mapping[str, Backend] = {local.name: local} if settings.local else {}
        client = await stack.enter_async_context(atelier(settings, backends=own, hosted=hosted_backends))
        if settings.worker and settings.local:  # only now: the data folder is surely ours
            worker = WorkerProcess(settings.data_dir, environment=settings.places, on_death=queue.disown)
            await stack.enter_async_context(worker)
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, lambda: loop.create_task(client.close()))
        await client.start(settings.discord_token.get_secret_value())

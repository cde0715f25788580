"""The composition root: builds everything that Atelier needs, and closes it in reverse."""

import asyncio
import random
import signal
import time
from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager

from backends.base import Backend, Learning
from backends.local import LocalBackend
from backends.wire import transport
from bot import attachments
from bot.approval_posts import ApprovalPosts
from bot.attachments import Downloads
from bot.client import Client, Services
from bot.hosted import Hosted, hosted_backends, in_order, no_hosted
from bot.outbox import Poster
from bot.picture_posts import PicturePosts
from bot.posts import Renderer
from bot.settings import Settings
from bot.tidying import tidying
from bot.training_posts import CompletionPosts, Strips, TrainingPosts
from bot.watcher import TICK, Watcher
from bot.worker_process import WorkerProcess
from domain.checkpoints import BUILT_IN, SD15
from services.auditing import AuditService
from services.collection import CollectionService
from services.curation import CurationService
from services.drawing import DrawingDesk
from services.following import TaskFollower
from services.generation import GenerationService
from services.handover import HandOver
from services.models import ModelService
from services.money import MoneyService
from services.places import Places
from services.quoting import QuoteService
from services.receiving import ReceivingService
from services.starting import Starts
from services.tidying import TidyingService
from services.training import TrainingService
from storage.database import open_database
from storage.datasets import DatasetStore
from storage.files import FileStore
from storage.findings import FindingStore
from storage.generations import GenerationStore
from storage.ids import new_id
from storage.images import ImageStore
from storage.ledger import LedgerStore
from storage.loras import LoraStore
from storage.outbox import OutboxStore, PostKind
from storage.pictures.pool import PicturePool
from storage.purging import Purging
from storage.queue import open_queue
from storage.results import ResultFiles
from storage.tasks import TaskStore
from storage.trays import TrayStore

AUDIT_SECONDS = 24 * 3600.0  # between two audits of the hosted backends
JOBS_KEPT = 7 * 24 * 3600.0  # seconds for which the queue keeps what an ended job was about


@asynccontextmanager
async def atelier(
    settings: Settings, *, backends: Mapping[str, Backend], hosted: Hosted = no_hosted
) -> AsyncIterator[Client]:
    """Open everything that Atelier needs, in order, and close it in reverse; the first backend is the default.

    `hosted` makes further backends, once there is a place for what they send.
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
        storing = asyncio.Lock()
        collection = CollectionService(DatasetStore(database), now=time.time, new_id=new_id)
        receiving = ReceivingService(
            TrayStore(database), collection, files=files, pool=pool, storing=storing, now=time.time, new_id=new_id
        )
        curation = CurationService(
            ImageStore(database), collection, files=files, pool=pool, now=time.time, new_id=new_id
        )
        tidy = TidyingService(Purging(database), files=files, storing=storing, now=time.time)
        await stack.enter_async_context(tidying(tidy.tidy))
        models = ModelService(LoraStore(database), files, now=time.time)
        desk = DrawingDesk(GenerationStore(database), models, files, backends, now=time.time)
        generation = GenerationService(
            GenerationStore(database),
            models,
            files,
            desk,
            Starts(GenerationStore(database), files, pool, storing=storing),
            default_backend=next(iter(backends)),
            caps=settings.caps,
            now=time.time,
            chance=random.Random(),
            new_id=new_id,
        )
        tasks, outbox, datasets = TaskStore(database), OutboxStore(database), DatasetStore(database)
        hand_over = HandOver(tasks=tasks, datasets=datasets, files=files, backends=backends, now=time.time)
        quotes = QuoteService(
            tasks=tasks,
            datasets=datasets,
            collection=collection,
            hand_over=hand_over,
            places=Places(backends),
            caps=settings.caps,
            now=time.time,
            chance=random.Random(),
            new_id=new_id,
        )
        training = TrainingService(
            tasks=tasks,
            loras=LoraStore(database),
            outbox=outbox,
            datasets=datasets,
            files=files,
            backends=backends,
            now=time.time,
        )
        follower = TaskFollower(
            tasks=tasks, outbox=outbox, files=files, hand_over=hand_over, now=time.time, new_id=new_id
        )
        ledger, findings = LedgerStore(database), FindingStore(database)
        money = MoneyService(
            ledger=ledger, tasks=tasks, findings=findings, backends=backends, caps=settings.caps, now=time.time
        )
        audit = AuditService(findings, backends, now=time.time)
        await stack.enter_async_context(tidying(audit.audit, pause=AUDIT_SECONDS))
        strips = Strips(training, pool)
        training_posts = TrainingPosts(training, strips)
        services = Services(
            generation=generation,
            models=models,
            collection=collection,
            receiving=receiving,
            curation=curation,
            quotes=quotes,
            training=training,
            money=money,
            training_posts=training_posts,
        )
        client = Client(
            services,
            Downloads(http, settings.attachment_origins),
            data_dir=settings.data_dir,
            guild_ready_timeout=settings.guild_ready_timeout,
        )
        watcher = Watcher((follower, desk), tick=min(TICK, settings.poll_seconds))
        renderers: dict[PostKind, Renderer] = {
            PostKind.TRAINING: training_posts,
            PostKind.COMPLETION: CompletionPosts(training, strips),
            PostKind.PICTURES: PicturePosts(generation, pool),
            PostKind.APPROVAL: ApprovalPosts(training),
        }
        poster = Poster(client, outbox, renderers, edit_seconds=settings.edit_seconds)
        client.background = (watcher.run, poster.run)
        yield await stack.enter_async_context(client)


async def serve(settings: Settings) -> None:
    """Run the bot, and its local worker when that is on, until SIGTERM or SIGINT."""
    async with AsyncExitStack() as stack:
        queue = await stack.enter_async_context(open_queue(settings.queue))
        checkpoints = {**BUILT_IN, **({SD15.name: SD15} if settings.checkpoint_sd15 else {})}
        await stack.enter_async_context(tidying(lambda: queue.purge(time.time() - JOBS_KEPT)))
        local = LocalBackend(queue, FileStore(settings.files), checkpoints=checkpoints)
        own: Mapping[str, Backend] = {local.name: local} if settings.local else {}
        client = await stack.enter_async_context(atelier(settings, backends=own, hosted=hosted_backends))
        if settings.worker and settings.local:  # only now: the data folder is surely ours
            worker = WorkerProcess(settings.data_dir, environment=settings.places, on_death=queue.disown)
            await stack.enter_async_context(worker)
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, lambda: loop.create_task(client.close()))
        await client.start(settings.discord_token.get_secret_value())

"""Everything that a backend needs to train a task."""

from functools import partial

from backends.base import PlanImage, TrainingPlan
from domain.datasets.captions import training_caption
from domain.datasets.dataset import DatasetVersion
from domain.orders.facts import FactKind
from domain.orders.hand_over import CannotSend
from domain.training.tasks import TrainingTask
from storage.files import FileStore


def plan_of(task: TrainingTask, version: DatasetVersion, files: FileStore) -> TrainingPlan:
    """Return the plan of a task, whose images are those of its version."""
    return TrainingPlan(
        name=task.remote_name,
        member=str(task.order.owner_id),
        checkpoint=task.checkpoint,
        kind=task.kind,
        trigger_word=task.trigger_word,
        settings=task.settings,
        images=tuple(
            PlanImage(
                sha256=image.sha256,
                size=image.size,
                caption=training_caption(image.caption, trigger_word=task.trigger_word, kind=task.kind),
                held_out=image.held_out,
                read=partial(_read, files, image.sha256, task.order.backend),
            )
            for image in version.images
        ),
    )


async def _read(files: FileStore, sha256: str, backend: str) -> bytes:
    try:
        return await files.read(sha256)
    except OSError as error:  # it will not come back by being looked up: this can't be handed over
        detail = f"the picture {sha256} is gone or damaged"
        raise CannotSend(backend, detail, why=FactKind.IMAGE_DAMAGED) from error

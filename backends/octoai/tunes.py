"""Trainings ("tunes") as an OctoAI-compatible server orders and tells them.

Source: https://github.com/octoml/fern-config (fine-tuning).
"""

import logging
from collections.abc import Sequence

from backends.answers import Reply
from backends.base import TrainingPlan
from backends.octoai.settings import NAME
from domain.orders.facts import Fact, FactKind, fact
from domain.orders.progress import Progress, RemoteState
from domain.text import shown

log = logging.getLogger(__name__)


class TuneResult(Reply):
    """What became of a training's pictures."""

    output_assets: tuple[str, ...] | None = None
    rejected_assets: tuple[str, ...] | None = None
    unready_assets: tuple[str, ...] | None = None


class Tune(Reply):
    """A training as the server tells it."""

    id: str
    name: str
    status: str
    status_details: str | None = None
    output_lora_ids: tuple[str, ...] | None = None
    result: TuneResult | None = None


class Tunes(Reply):
    """One page of trainings."""

    data: list[Tune]
    has_more: bool


def state_of(tune: Tune) -> RemoteState:
    """Translate a training's status.

    One that nobody documented is no end.
    """
    match tune.status:
        case "pending":
            return RemoteState.QUEUED
        case "running":
            return RemoteState.RUNNING
        case "succeeded":
            return RemoteState.SUCCEEDED
        case "failed":
            return RemoteState.FAILED
        case "cancelled":
            return RemoteState.CANCELLED
        case unknown:
            log.warning("tune=%s has the unknown status %r", tune.id, unknown[:40])
            return RemoteState.RUNNING


def progress_of(tune: Tune, *, notes: tuple[Fact, ...] = ()) -> Progress:
    """Return how a training stands.

    The server tells no step and no price.
    """
    state = state_of(tune)
    match state:
        case RemoteState.FAILED:
            said = {"said": shown(tune.status_details)} if tune.status_details else {}
            message: Fact | None = fact(FactKind.FAILED, backend=NAME, **said)
        case RemoteState.CANCELLED:
            message = fact(FactKind.STOPPED)
        case _:
            message = None
    return Progress(state, message=message, notes=notes)


def left_out(tune: Tune) -> bool:
    """Whether a training had to do without some of its pictures."""
    return tune.result is not None and bool(tune.result.rejected_assets or tune.result.unready_assets)


def tune_order(plan: TrainingPlan, *, checkpoint: str, files: Sequence[str]) -> dict[str, object]:
    """Return the order for a training of these uploaded pictures."""
    return {
        "name": plan.name,
        "description": "",
        "continue_on_rejection": True,  # otherwise one picture that is judged unsafe fails them all
        "details": {
            "tune_type": "lora_tune",
            "base_checkpoint": {"checkpoint_id": checkpoint},
            "files": [
                {"file_id": file, "caption": image.caption} for file, image in zip(files, plan.images, strict=True)
            ],
            "trigger_words": [plan.trigger_word],  # a list, of which only one word is supported
            "steps": plan.settings.steps,
            "seed": plan.settings.seed,
            "resize_images": True,
        },
    }

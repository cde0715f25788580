"""The replies of fal, and how its queue's words say where work stands.

https://fal.ai/docs/documentation/model-apis/inference/queue
"""

import re
from collections.abc import Sequence

from pydantic import Field

from backends.answers import Reply
from backends.fal.orders import MOST_PICTURES
from backends.fal.settings import NAME
from domain.orders.facts import FactKind, fact
from domain.orders.progress import Progress, RemoteState


class UploadTarget(Reply):
    """Where a file is to be put, and where it is afterwards."""

    upload_url: str
    file_url: str


class Token(Reply):
    """A token for the file server.

    Its coming is all that matters here.
    """

    token_type: str


class Accepted(Reply):
    """Work in the queue.

    These URLs hold only two parts of the endpoint's name, so they are used as they came.
    """

    request_id: str
    status_url: str
    response_url: str
    cancel_url: str


class Ticket(Accepted):
    """What must be known to follow work.

    With how many steps or pictures were ordered, it is our remote id.
    """

    amount: int


class LogLine(Reply):
    """A line that a model wrote."""

    message: str | None = None


class Status(Reply):
    """How work stands. Failed work is COMPLETED too, with an `error`, or with an error for its result."""

    status: str
    queue_position: int | None = None
    logs: Sequence[LogLine] | None = None
    error: object = None
    error_type: str | None = None


class File(Reply):
    """A file that a model made."""

    url: str


class Trained(Reply):
    """The result of a training."""

    diffusers_lora_file: File


class Drawn(Reply):
    """The result of a drawing.

    A picture with an NSFW flag is black.
    """

    images: Sequence[File] = Field(max_length=MOST_PICTURES)
    has_nsfw_concepts: Sequence[bool] | None = None


def progress_of(said: Status, steps: int) -> Progress:
    """Return how work stands that is not completed.

    A status that nobody documented is no end.
    """
    match said.status:
        case "IN_QUEUE":
            ahead = None if said.queue_position is None else max(0, said.queue_position)
            return Progress(RemoteState.QUEUED, of=steps, position=ahead)
        case _:
            done = steps_done([line.message or "" for line in said.logs or ()], steps)
            return Progress(
                RemoteState.RUNNING,
                step=done,
                of=steps,
                message=None if done else fact(FactKind.PREPARING_PICTURES, backend=NAME),
            )


def seen(result: Drawn) -> tuple[Sequence[str], int]:
    """Return the links of the pictures that can be seen, and how many are black.

    One without a flag is not.
    """
    flags = (*(result.has_nsfw_concepts or ()), *[False] * len(result.images))
    links = [image.url for image, is_black in zip(result.images, flags, strict=False) if not is_black]
    return links, len(result.images) - len(links)


def steps_done(messages: Sequence[str], steps: int) -> int:
    """Return the steps that the last progress bar shows, 0 without one.

    Captions and masks have bars of their own, so only those count whose total is the steps that were ordered:
    ` 42%|████▏     | 420/1000 [01:10<01:37,  5.9it/s]`
    """
    bars = re.findall(rf"\b(\d{{1,7}})/{steps} \[", "\n".join(messages))
    return min(int(bars[-1]), steps) if bars else 0

"""What the contract suite needs to know of a hosted backend; each file in `cases/` lists its own as `CASES`."""

import hashlib
import io
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

import httpx
from PIL import Image

from backends.base import Arrivals, Backend, DrawingPlan, LoraUse, PlanImage, StartPicture, TrainingPlan
from domain.datasets.dataset import Kind
from domain.errors import Unusable
from domain.training.settings import Preset
from tests.providers.standin import StandIn


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """One training route of one provider, its stand-in, and where its paid and read calls go.

    `paid` and `polled` are regular expressions for `METHOD /path`, as `Faults.add` takes them; `trainings` returns
    the names under which the stand-in holds (and bills) trainings, one for each that was paid.
    """

    name: str
    kind: Kind
    standin: Callable[[], Any]  # a subclass of StandIn
    backend: Callable[[Any, httpx.AsyncBaseTransport, Arrivals], Backend]
    paid: str
    polled: str
    trainings: Callable[[Any], Sequence[str]]
    unknown_status: Callable[[Any], None]  # let the stand-in say a status that nobody documented
    unknown_id: str = "nothing"  # a remote id of the right form that the provider does not know
    checkpoint: str | None = None  # the first of the abilities when None
    images: int = 5


@dataclass
class MemoryArrivals:
    """Keeps what arrives in memory, after the simplest of checks."""

    kept: dict[str, bytes] = field(default_factory=dict)

    async def picture(self, content: bytes) -> str:
        """Keep a picture that Pillow can read."""
        try:
            Image.open(io.BytesIO(content)).load()
        except Exception as error:
            raise Unusable("no picture") from error
        return self._keep(content)

    async def lora(self, content: bytes) -> str:
        """Keep what looks like a safetensors file."""
        if content[8:9] != b"{":
            raise Unusable("no safetensors file")
        return self._keep(content)

    def _keep(self, content: bytes) -> str:
        sha256 = hashlib.sha256(content).hexdigest()
        self.kept[sha256] = content
        return sha256


def training_plan(case: Case, backend: Backend, *, name: str = "atelier-1") -> TrainingPlan:
    """Return a plan for the case's checkpoint, with its usual settings."""
    known = backend.abilities.checkpoints
    checkpoint = next(c for c in known if case.checkpoint in (None, c.name))
    settings = checkpoint.settings(Preset.FAST, kind=case.kind, seed=7)
    return TrainingPlan(
        name=name,
        member="7",
        checkpoint=checkpoint.name,
        kind=case.kind,
        trigger_word="zorbo",
        settings=settings,
        images=tuple(_image(number) for number in range(1, case.images + 1)),
    )


def drawing_plan(
    plan: TrainingPlan, lora: LoraUse | None, *, name: str = "atelier-draw-1", count: int = 2, side: int = 512
) -> DrawingPlan:
    """Return a plan to draw with what was trained."""
    return DrawingPlan(
        name=name,
        member=plan.member,
        checkpoint=plan.checkpoint,
        prompt="zorbo at the sea",
        loras=(lora,) if lora else (),
        count=count,
        seed=11,
        width=side,
        height=side,
    )


def start_picture(number: int = 1, *, change: float = 0.35) -> StartPicture:
    """Return a picture to start from: a JPEG when the number is odd, else a PNG."""
    image = _image(number)
    return StartPicture(image.sha256, change, image.read)


_KINDS = ("PNG", "JPEG")


def _image(number: int) -> PlanImage:
    file = io.BytesIO()
    Image.new("RGB", (512, 512), (number * 40 % 256, number * 90 % 256, 100)).save(file, _KINDS[number % 2])
    content = file.getvalue()

    async def read() -> bytes:
        return content

    return PlanImage(
        hashlib.sha256(content).hexdigest(), len(content), f"zorbo number {number}", held_out=False, read=read
    )


Read = Callable[[], Awaitable[bytes]]
__all__ = ["Case", "MemoryArrivals", "StandIn", "drawing_plan", "start_picture", "training_plan"]

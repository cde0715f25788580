"""What the contract suite needs to know of a hosted backend; each file in `cases/` lists its own as `CASES`."""

import asyncio
import contextlib
import hashlib
import io
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any, Protocol

import httpx
from PIL import Image

from backends.base import (
    Backend,
    DrawingPlan,
    DrawingProgress,
    LoraUse,
    PlanImage,
    ResultStore,
    SourceImage,
    TrainingPlan,
)
from backends.provider import Context
from backends.registry import HOSTED
from bot.interactions.fact_words import words
from domain.datasets.dataset import Kind
from domain.errors import Unusable
from domain.orders.progress import Progress
from domain.training.settings import Preset
from tests.providers.standin import StandIn


class StandInAddress(Protocol):
    """As much of a stand-in as its backend needs."""

    @property
    def name(self) -> str:
        """The name of its provider."""

    @property
    def files_url(self) -> str:
        """Where its files lie."""

    def settings(self) -> Mapping[str, Any]:
        """Return the owner's settings that switch its backend on."""

    @property
    def now(self) -> Callable[[], float]:
        """The stand-in's clock, which a test may replace."""


PATIENCE = 60.0  # seconds for a call that should end by itself


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """One training route of one provider, its stand-in, and where its paid and read calls go.

    `paid` and `polled` are regular expressions for `METHOD /path`, as `Faults.add` takes them; `trainings` returns
    the names under which the stand-in holds (and bills) trainings, one for each that was paid.
    """

    name: str
    kind: Kind
    standin: Callable[[], Any]  # a subclass of StandIn
    paid: str
    polled: str
    trainings: Callable[[Any], Sequence[str]]
    unknown_status: Callable[[Any], None]  # let the stand-in say a status that nobody documented
    unknown_id: str = "nothing"  # a remote id of the right form that the provider does not know
    checkpoint: str | None = None  # the first of the abilities when None
    images: int = 5
    gives_file: bool = False  # the file of the LoRA comes back
    settings: Mapping[str, Any] = field(default_factory=dict)  # besides those that switch it on

    def backend(
        self,
        standin: StandInAddress,
        transport: httpx.AsyncBaseTransport,
        store: ResultStore,
        **context: Any,  # noqa: ANN401 - values of a Context
    ) -> Any:  # noqa: ANN401 - each provider has a class of its own
        """Return the backend at its stand-in."""
        return made(standin, transport, store, settings=self.settings, **context)


async def at_once(_: float) -> None:
    """Sleep without waiting."""


def made(
    standin: StandInAddress,
    transport: httpx.AsyncBaseTransport,
    store: ResultStore,
    *,
    settings: Mapping[str, Any] = MappingProxyType({}),
    **context: Any,  # noqa: ANN401 - values of a Context
) -> Any:  # noqa: ANN401 - each provider has a class of its own
    """Return the backend of a stand-in as the bot makes it, with the stand-in's clock and without real pauses."""
    provider = HOSTED[standin.name]
    shared = Context(
        transport=transport,
        store=store,
        origins=(standin.files_url,),
        **{"now": lambda: standin.now(), "sleep": at_once, **context},  # noqa: PLW0108 - a test may replace the clock
    )
    return provider.create(provider.settings(_env_file=None, **{**standin.settings(), **settings}), shared)


def ends_with_the_drip(standin: StandIn) -> Callable[[float], asyncio.Timeout]:
    """Return deadlines that pass when an answer that never ends has begun, and not before."""
    running: list[asyncio.Timeout] = []

    def deadline(_: float) -> asyncio.Timeout:
        running.append(asyncio.timeout(PATIENCE))
        return running[-1]

    def passed() -> None:
        for each in running:
            with contextlib.suppress(RuntimeError):  # it is over already
                each.reschedule(asyncio.get_running_loop().time())

    standin.faults.on_drip.append(passed)
    return deadline


@dataclass
class MemoryResults:
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


def source_image(number: int = 1, *, change: float = 0.35) -> SourceImage:
    """Return a picture to start from: a JPEG when the number is odd, else a PNG."""
    image = _image(number)
    return SourceImage(image.sha256, change, image.read)


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


def worded(answer: Progress | DrawingProgress) -> str:
    """Return the words of all that a backend says beside how far it is."""
    return " ".join(words(each) for each in (answer.message, *answer.notes) if each)

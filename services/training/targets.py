"""Where a dataset can be trained, and what it would cost there."""

import asyncio
import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from backends.base import Abilities, TrainingBackend, TrainingPlan
from domain.backend_names import spoken
from domain.errors import BackendError
from domain.training.errors import ImageCountUnfit, NoOtherTarget, TargetUnknown
from domain.training.settings import CheckpointInfo, Estimate, TrainingSettings

log = logging.getLogger(__name__)

OFFER_SECONDS = 5.0  # how long another target may take to name its price, before the quote is shown without it
MOST_OFFERS = 8


@dataclass(frozen=True, slots=True)
class Target:
    """A checkpoint at a backend."""

    backend: TrainingBackend
    checkpoint: CheckpointInfo

    @property
    def key(self) -> str:
        """Return the name by which members' commands and buttons call it."""
        return f"{self.backend.name}/{self.checkpoint.name}"

    @property
    def label(self) -> str:
        """Return the name that members read."""
        return f"{self.checkpoint.label} · {spoken(self.backend.name)}"


@dataclass(frozen=True, slots=True)
class TargetOffer:
    """What a target would take for a training, without an estimate where it does not fit or does not answer."""

    target: Target
    estimate: Estimate | None = None
    misfit: ImageCountUnfit | None = None


class Targets:
    """Every checkpoint of every backend, the usual one first."""

    def __init__(self, backends: Mapping[str, TrainingBackend]) -> None:
        self._backends = backends

    def all(self) -> Sequence[Target]:
        """Return every target."""
        return [
            Target(backend, checkpoint)
            for backend in self._backends.values()
            for checkpoint in backend.abilities.checkpoints
        ]

    def named(self, typed: str) -> Target:
        """Return the target that a member typed or picked, by key, name or label. Raises `TargetUnknown`."""
        wanted = typed.casefold().strip()
        for target in self.all():
            known = target.checkpoint
            if wanted in (name.casefold() for name in (target.key, known.name, known.label, target.label)):
                return target
        raise TargetUnknown([target.checkpoint.name for target in self.all()])

    def known(self, backend: str, checkpoint: str) -> Target | None:
        """Return the target of a stored task, None when it was switched off since."""
        found = self._backends.get(backend)
        info = found.abilities.checkpoint(checkpoint) if found else None
        return Target(found, info) if found and info else None

    def fitting(self, images: int, *, but: str = "") -> Sequence[Target]:
        """Return the usual target of each backend that takes so many images, not of the backend `but`.

        Raises `NoOtherTarget`, or `ImageCountUnfit` when none takes so many.
        """
        others = self._usual(but)
        found = [target for target in others if misfit(images, target.backend.abilities) is None]
        if found:
            return found
        if not others:
            raise NoOtherTarget
        raise misfit(images, others[0].backend.abilities) or NoOtherTarget

    async def offers(
        self, plan: TrainingPlan, settings: Mapping[str, TrainingSettings], *, but: str
    ) -> Sequence[TargetOffer]:
        """Ask every backend but one what it would take for its usual checkpoint, all at once.

        `settings` are those for each target, by key. One that does not answer in time is offered without a price.
        """
        return await asyncio.gather(
            *(
                _offer(target, replace(plan, checkpoint=target.checkpoint.name, settings=settings[target.key]))
                for target in self._usual(but)[:MOST_OFFERS]
            )
        )

    def _usual(self, but: str) -> Sequence[Target]:
        others = [backend for backend in self._backends.values() if backend.name != but]
        return [Target(other, other.abilities.checkpoints[0]) for other in others if other.abilities.checkpoints]


def misfit(images: int, abilities: Abilities) -> ImageCountUnfit | None:
    """Return why a dataset of so many images does not fit a backend, None when it does."""
    if abilities.fewest_images <= images <= abilities.most_images:
        return None
    return ImageCountUnfit(images, abilities.fewest_images, abilities.most_images)


async def _offer(target: Target, plan: TrainingPlan) -> TargetOffer:
    unfit = misfit(len(plan.images), target.backend.abilities)
    if unfit:
        return TargetOffer(target, misfit=unfit)
    try:
        async with asyncio.timeout(OFFER_SECONDS):
            return TargetOffer(target, await target.backend.estimate(plan))
    except (BackendError, TimeoutError) as error:
        log.warning("backend=%s names no price now: %r", target.backend.name, error)
        return TargetOffer(target)

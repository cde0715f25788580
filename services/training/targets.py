"""Where a dataset can be trained: every checkpoint of every backend that is on, what fits, and what it would cost."""

import asyncio
import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from backends.base import Abilities, TrainingBackend, TrainingPlan
from domain import text
from domain.backend_names import spoken
from domain.errors import BackendError, InvalidInput
from domain.training.settings import CheckpointInfo, Estimate, TrainingSettings

log = logging.getLogger(__name__)

OFFER_SECONDS = 5.0  # how long another place may take to name its price, before the quote is shown without it
MOST_OFFERS = 8


@dataclass(frozen=True, slots=True)
class Place:
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
class Offer:
    """What a place would take for a training, or why it can't do it."""

    place: Place
    estimate: Estimate | None
    why_not: str = ""


class Places:
    """Every checkpoint of every backend, the usual one first."""

    def __init__(self, backends: Mapping[str, TrainingBackend]) -> None:
        self._backends = backends

    def all(self) -> Sequence[Place]:
        """Return every place."""
        return [
            Place(backend, checkpoint)
            for backend in self._backends.values()
            for checkpoint in backend.abilities.checkpoints
        ]

    def named(self, typed: str) -> Place:
        """Return the place that a member typed or picked: by key, name or label. Raises `InvalidInput`."""
        wanted = typed.casefold().strip()
        for place in self.all():
            known = place.checkpoint
            if wanted in (
                place.key.casefold(),
                known.name.casefold(),
                known.label.casefold(),
                place.label.casefold(),
            ):
                return place
        names = ", ".join(text.shown(place.checkpoint.name) for place in self.all()[:20])
        raise InvalidInput(f"I don't have that checkpoint here. You can choose from: {names}. Nothing was charged.")

    def known(self, backend: str, checkpoint: str) -> Place | None:
        """Return the place of a stored task; None when it was switched off since."""
        found = self._backends.get(backend)
        info = found.abilities.checkpoint(checkpoint) if found else None
        return Place(found, info) if found and info else None

    def fitting(self, images: int, *, but: str = "") -> Sequence[Place]:
        """Return the usual place of each backend that takes so many images, not of the backend `but`.

        Raises `InvalidInput` with why when there is none.
        """
        others = [b for b in self._backends.values() if b.name != but and b.abilities.checkpoints]
        found = [Place(b, b.abilities.checkpoints[0]) for b in others if not why_not(images, b.abilities)]
        if found:
            return found
        if not others:
            raise InvalidInput("There is no other place here to train at. Nothing was started or charged.")
        raise InvalidInput(f"{why_not(images, others[0].abilities)} Nothing was started or charged.")

    async def offers(
        self, plan: TrainingPlan, settings: Mapping[str, TrainingSettings], *, but: str
    ) -> Sequence[Offer]:
        """Ask every backend but one what it would take for its usual checkpoint, all at once.

        `settings` are those for each place, by key. One that does not answer in time is offered without a price.
        """
        places = [
            Place(backend, backend.abilities.checkpoints[0])
            for backend in self._backends.values()
            if backend.name != but and backend.abilities.checkpoints
        ][:MOST_OFFERS]
        return await asyncio.gather(
            *(
                _offer(place, replace(plan, checkpoint=place.checkpoint.name, settings=settings[place.key]))
                for place in places
            )
        )


def why_not(images: int, abilities: Abilities) -> str:
    """Return the sentence that says why a dataset of so many images does not fit a backend; empty when it does."""
    if abilities.fewest_images <= images <= abilities.most_images:
        return ""
    return (
        f"This dataset has {images} pictures; this checkpoint takes {abilities.fewest_images} to "
        f"{abilities.most_images}. Add or remove some with /dataset add or /dataset remove."
    )


async def _offer(place: Place, plan: TrainingPlan) -> Offer:
    why = why_not(len(plan.images), place.backend.abilities)
    if why:
        return Offer(place, None, why)
    try:
        async with asyncio.timeout(OFFER_SECONDS):
            return Offer(place, await place.backend.estimate(plan))
    except (BackendError, TimeoutError) as error:
        log.warning("backend=%s names no price now: %r", place.backend.name, error)
        return Offer(place, None, "It does not answer right now.")

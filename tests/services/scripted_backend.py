"""A backend that plays a script: what it holds is what it was really asked, under the names it was asked by."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from backends.base import Abilities, DrawingPlan, DrawingProgress, RemoteTask, RemoteWork, TrainedLora, TrainingPlan
from domain.errors import BackendRejected
from domain.orders.progress import NOTHING_YET, Progress, RemoteState
from domain.training.settings import CheckpointInfo, Estimate, Preset, TrainingSettings

SETTINGS = TrainingSettings(steps=60, learning_rate=1e-3, rank=16, resolution=64)
TINY = CheckpointInfo(
    name="atelier-tiny",
    label="Atelier tiny (64 px)",
    family="tiny",
    resolution=64,
    presets={
        Preset.FAST: SETTINGS,
        Preset.BALANCED: replace(SETTINGS, steps=120),
        Preset.BEST: replace(SETTINGS, steps=240),
    },
)
ABILITIES = Abilities(
    checkpoints=(TINY,),
    poll_seconds=0.05,
    find_grace_seconds=30.0,
    is_free=True,
    draws_by_name=True,
    draws_from_image=True,
)
# As a hosted backend: it wants money, and a drawing handed over twice is two drawings.
HOSTED = replace(ABILITIES, is_free=False, draws_by_name=False)


@dataclass
class ScriptedBackend:
    """Holds what it is given and says what the test tells it to; an error in `errors` is raised once, by method.

    `lose_answer_of` names methods that do their work and then raise, as when the answer gets lost.
    """

    abilities: Abilities = ABILITIES
    name: str = "scripted"
    estimated: Estimate = field(
        default_factory=lambda: Estimate(0, 0.0, 60.0, "The pictures stay on the machine that runs this bot.")
    )
    trainings: dict[str, TrainingPlan] = field(default_factory=dict)  # by remote id
    drawings: dict[str, DrawingPlan] = field(default_factory=dict)
    progress: dict[str, Progress] = field(default_factory=dict)
    drawn: dict[str, DrawingProgress] = field(default_factory=dict)
    draw_answer: Callable[[DrawingPlan], DrawingProgress] | None = None  # for drawings that `drawn` does not name
    trained: TrainedLora | None = None
    drawing_price: int | None = 0
    held: list[RemoteWork] = field(default_factory=list)  # what `owned` tells
    errors: dict[str, list[Exception]] = field(default_factory=dict)
    lose_answer_of: dict[str, list[Exception]] = field(default_factory=dict)
    calls: list[tuple[str, str]] = field(default_factory=list)  # method, name or id

    async def health(self) -> str:
        """Say that all is well."""
        self._begin("health", self.name)
        return "All is well."

    async def owned(self) -> Sequence[RemoteWork]:
        """Say what the test put into `held`."""
        self._begin("owned", self.name)
        return self.held

    async def poll_many(self, remotes: Sequence[RemoteTask]) -> Mapping[str, Progress]:
        """Say nothing: this place has no list."""
        del remotes
        return {}

    def price_of_drawing(self, plan: DrawingPlan) -> int | None:
        """Return what the test decided."""
        del plan
        return self.drawing_price

    async def estimate(self, plan: TrainingPlan) -> Estimate:
        """Say what the test decided."""
        self._begin("estimate", plan.name)
        return self.estimated

    async def submit(self, plan: TrainingPlan) -> RemoteTask:
        """Hold the training; each call that gets through is one paid training, unless its name is known."""
        self._begin("submit", plan.name)
        remote_id = f"remote-{plan.name}"
        self.trainings.setdefault(remote_id, plan)
        self._end("submit")
        return RemoteTask(remote_id)

    async def find(self, name: str) -> RemoteTask | None:
        """Say whether a training of that name is held."""
        self._begin("find", name)
        remote_id = f"remote-{name}"
        return RemoteTask(remote_id) if remote_id in self.trainings else None

    async def poll(self, remote: RemoteTask) -> Progress:
        """Say what the test put into `progress`."""
        self._begin("poll", remote.id)
        if remote.id not in self.trainings:
            raise BackendRejected(self.name, f"no training {remote.id}")
        return self.progress.get(remote.id, NOTHING_YET)

    async def cancel(self, remote: RemoteTask) -> None:
        """End the training as cancelled."""
        self._begin("cancel", remote.id)
        now = self.progress.get(remote.id, NOTHING_YET)
        self.progress[remote.id] = replace(now, state=RemoteState.CANCELLED)
        self._end("cancel")

    async def fetch(self, remote: RemoteTask) -> TrainedLora:
        """Give the file that the test stored."""
        self._begin("fetch", remote.id)
        if self.trained is None:
            raise BackendRejected(self.name, "nothing was trained")
        return self.trained

    async def draw(self, plan: DrawingPlan) -> RemoteTask:
        """Hold the drawing; the same name twice is the same drawing."""
        self._begin("draw", plan.name)
        remote_id = f"drawing-{plan.name}"
        self.drawings.setdefault(remote_id, plan)
        self._end("draw")
        return RemoteTask(remote_id)

    async def drawing(self, remote: RemoteTask) -> DrawingProgress:
        """Say what the test put into `drawn`, or what `draw_answer` makes of the plan; else it waits."""
        self._begin("drawing", remote.id)
        if remote.id not in self.drawings:
            raise BackendRejected(self.name, f"no drawing {remote.id}")
        if remote.id in self.drawn:
            return self.drawn[remote.id]
        if self.draw_answer is not None:
            return self.draw_answer(self.drawings[remote.id])
        return DrawingProgress(RemoteState.QUEUED, position=0)

    async def cancel_drawing(self, remote: RemoteTask) -> None:
        """End the drawing as cancelled."""
        self._begin("cancel_drawing", remote.id)
        self.drawn[remote.id] = DrawingProgress(RemoteState.CANCELLED)

    def count(self, method: str) -> int:
        """Return how often a method was called."""
        return sum(1 for called, _ in self.calls if called == method)

    def only_training(self) -> str:
        """Return the remote id of the one training that is held."""
        (remote_id,) = self.trainings
        return remote_id

    def _begin(self, method: str, what: str) -> None:
        self.calls.append((method, what))
        if self.errors.get(method):
            raise self.errors[method].pop(0)

    def _end(self, method: str) -> None:
        if self.lose_answer_of.get(method):
            raise self.lose_answer_of[method].pop(0)

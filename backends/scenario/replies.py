"""What Scenario answers, read as leniently as can be."""

from typing import Annotated, Self

from pydantic import AliasChoices, ConfigDict, Field, JsonValue, StringConstraints, model_validator
from pydantic.alias_generators import to_camel

from backends.answers import Reply
from domain.text import one_line

# Ids go into paths; all that were ever seen look like `model_YQrES2iPys22nYwh3YhVfMh8` or `model_bfl-flux-1-dev`.
Id = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9][A-Za-z0-9_.-]{0,99}$")]


class Camel(Reply):
    """A reply whose fields Scenario writes in camel case."""

    model_config = ConfigDict(alias_generator=to_camel)


class TrainingImage(Camel):
    """A picture of a model.

    Its id is an asset's.
    """

    id: Id
    name: str | None = None
    description: str | None = None  # what is trained on
    automatic_captioning: str | None = None

    @property
    def has_caption_of_scenario(self) -> bool:
        """Whether it is trained on what Scenario wrote, alone or behind the trigger word."""
        written = self.automatic_captioning
        return bool(written) and (self.description or "").endswith(written or "")


class TrainingProgress(Camel):
    """How a training stands.

    All of it is missing while none runs.
    """

    stage: str | None = None
    progress: float | None = None
    position: float | None = None
    remaining_time_ms: float | None = None


class TrainedWith(Camel):
    """Those parameters of a training that say how many steps it takes."""

    nb_epochs: float | None = None
    nb_repeats: float | None = None
    batch_size: float | None = None
    max_train_steps: float | None = None


class Input(Camel):
    """An input of a base model."""

    name: str
    model_types: tuple[str, ...] | None = None
    required: JsonValue = None

    @property
    def types(self) -> tuple[str, ...]:
        """Return the types of LoRA that may be given here."""
        return self.model_types or ()

    @property
    def is_required(self) -> bool:
        """Whether nothing is drawn without it."""
        return isinstance(self.required, dict) and bool(self.required.get("always"))


class Model(Camel):
    """A model, at first an empty shell, then pictures, then a training, then a LoRA."""

    id: Id
    name: str | None = None
    type: str | None = None
    status: str | None = None
    training_images: tuple[TrainingImage, ...] | None = None
    training_images_number: float | None = None
    training_progress: TrainingProgress | None = None
    parameters: TrainedWith | None = None
    inputs: tuple[Input, ...] | None = None
    job_id: Id | None = None
    updated_at: str | None = None

    @property
    def is_shell(self) -> bool:
        """Whether no training was ever started on it."""
        return self.status in ("new", "draft")  # the guide says draft, the reference new

    @property
    def images(self) -> tuple[TrainingImage, ...]:
        """Return its pictures.

        A list gives the first three only.
        """
        return self.training_images or ()


class ModelReply(Camel):
    """One model."""

    model: Model


class ModelPage(Camel):
    """A page of models."""

    models: tuple[Model, ...]
    next_pagination_token: str | None = None


class TrainingImageReply(Camel):
    """A picture that was added."""

    training_image: TrainingImage


class Billing(Camel):
    """What a job costs, in compute units.

    A discount is not taken off: whether it is in there, nobody says.
    """

    cu_cost: float | None = Field(default=None, ge=0)
    disable_refund: bool | None = None


class JobMetadata(Camel):
    """What a job has left behind."""

    asset_ids: tuple[Id, ...] | None = None
    error: JsonValue = None
    hint: JsonValue = None


class Job(Camel):
    """A job, the reference calls its id `jobId`, the guide `id`."""

    job_id: Id = Field(validation_alias=AliasChoices("jobId", "id"))
    status: str | None = None
    metadata: JobMetadata | None = None
    billing: Billing | None = None

    @property
    def failure(self) -> str:
        """Return why it failed, as far as Scenario says it."""
        said = self.metadata or JobMetadata()
        words = [one_line(text) for text in (said.error, said.hint) if isinstance(text, str)]
        return " ".join(word for word in words if word)

    @property
    def assets(self) -> tuple[str, ...]:
        """Return the pictures that it made."""
        return (self.metadata.asset_ids if self.metadata else None) or ()

    @property
    def units(self) -> float | None:
        """Return what it costs in compute units, None when that is not said."""
        return None if self.billing is None else self.billing.cu_cost

    @property
    def units_of_failure(self) -> float | None:
        """Return what it costs although it failed.

        Scenario refunds, unless it says otherwise.
        """
        if self.billing is None:
            return None
        return self.billing.cu_cost if self.billing.disable_refund else 0.0


class JobReply(Camel):
    """One job, or the order that made it."""

    job: Job


class Started(Camel):
    """The answer to the start of a training, a job, a model, or both."""

    job: Job | None = None
    model: Model | None = None

    @property
    def job_id(self) -> str | None:
        """Return the training's job, None when only its model tells of it."""
        if self.job is not None:
            return self.job.job_id
        return self.model.job_id if self.model is not None else None

    @model_validator(mode="after")
    def _names_something(self) -> Self:
        if self.job is None and self.model is None:
            raise ValueError("neither a job nor a model")
        return self


class GuideUnits(Camel):
    """The guide's way to say what an order costs."""

    estimated_creative_units: float = Field(ge=0)


class Price(Camel):
    """The answer to a dry run.

    With a job in it, it was none.
    """

    creative_units_cost: float | None = Field(default=None, ge=0)
    creative_units: GuideUnits | None = None
    job: JsonValue = None

    @property
    def units(self) -> float:
        """Return the price in compute units."""
        if self.creative_units_cost is not None:
            return self.creative_units_cost
        return self.creative_units.estimated_creative_units if self.creative_units else 0.0

    @model_validator(mode="after")
    def _is_one(self) -> Self:
        if self.creative_units_cost is None and self.creative_units is None:
            raise ValueError("no price")
        return self


class Asset(Camel):
    """A picture that was drawn."""

    id: Id
    url: str
    status: str | None = None
    nsfw: tuple[str, ...] | None = None


class AssetReply(Camel):
    """One asset."""

    asset: Asset


class UploadPart(Camel):
    """Where a part of a big file goes."""

    url: str


class Upload(Camel):
    """A big file on its way in.

    `entity_id` is its asset in the end.
    """

    id: Id
    status: str | None = None
    parts: tuple[UploadPart, ...] | None = None
    entity_id: Id | None = None


class UploadReply(Camel):
    """One upload."""

    upload: Upload


class Complained(Camel):
    """An error answer.

    The API says `reason`, its gateway `message`.
    """

    reason: str | None = None
    message: str | None = None
    trace_id: str | None = Field(default=None, validation_alias="trace_id")
    remaining_seconds: float | None = None
    action: str | None = None
    action_limit: int | None = None

    @property
    def text(self) -> str:
        """Return what it says, on one line."""
        return one_line(self.reason or self.message or "")

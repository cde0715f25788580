"""Training one LoRA, from pictures to a proved file."""

import hashlib
import time
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import torch
from torch import Tensor
from torch.optim import AdamW

from domain.errors import NothingToTrain
from domain.orders.facts import FactKind
from worker.drawing import DrawRequest, LoraFile, draw
from worker.job_control import Drained
from worker.lora import file as lora_file
from worker.lora.layers import TrainableLora, trainable_lora
from worker.memory import named_when_full
from worker.models.unet import UnetModel
from worker.training import state as training_state
from worker.training.augmentations import augmentations
from worker.training.events import Prepared, Preparing, Sampled, Stepped, TrainEvent, TrainOutcome, Validated
from worker.training.latents import EncodedPictures, encode
from worker.training.request import TrainRequest
from worker.training.samples import batches_per_epoch, step_sample
from worker.training.schedule import has_peaked, learning_rate, sample_due, validation_due
from worker.training.settings import (
    CAPTION_DROPOUT,
    GRADIENT_LIMIT,
    LOSSES_AVERAGED,
    REPORT_EVERY,
    SHIFT,
    WEIGHT_DECAY,
    TrainerSettings,
)
from worker.training.state import TrainingState
from worker.training.validation import ValidationBatch, validation_batches, validation_loss


@dataclass(slots=True)
class Run:
    """A training under way."""

    model: UnetModel
    request: TrainRequest
    lora: TrainableLora
    optimizer: AdamW
    state: TrainingState
    best: Tensor  # the weights of `state.best_step`
    workdir: Path
    belongs_to: str
    on_event: Callable[[TrainEvent], None]
    steps_per_second: float = 0.0

    def sign_of_life(self) -> Stepped:
        """Return where this training stands."""
        return Stepped(self.state.step, self.request.settings.steps, self.state.loss, self.steps_per_second)

    def save(self) -> None:
        """Write the state from which this training can continue."""
        training_state.write(
            self.workdir,
            self.state,
            weights=self.lora.weights,
            best=self.best,
            optimizer=self.optimizer,
            belongs_to=self.belongs_to,
        )


def train(
    model: UnetModel,
    request: TrainRequest,
    *,
    out: Path,
    workdir: Path,
    on_event: Callable[[TrainEvent], None],
    clock: Callable[[], float] = time.time,
) -> TrainOutcome:
    """Train a LoRA, write it to `out` and prove the file.

    `workdir` keeps the state and the samples of one job. Called again with the same request and workdir it continues
    from the saved state, to the same result. Raises `TrainingError` and what `on_event` raises, and then the model is
    as it was before.
    """
    settings = request.settings
    resolution = settings.resolution or model.resolution
    learned, held_out = request.captioned(held_out=False), request.captioned(held_out=True)
    if not learned:
        raise NothingToTrain(FactKind.NO_PICTURES)
    (workdir / "samples").mkdir(parents=True, exist_ok=True)

    with named_when_full():
        pictures = encode(
            model,
            learned,
            resolution=resolution,
            augmentations=augmentations(
                settings.augmentations, shift=SHIFT, may_flip=settings.may_flip, seed=settings.seed
            ),
            on_picture=lambda done, of: on_event(Preparing(done, of)),
        )
        validation = validation_batches(
            model, held_out, resolution=resolution, noise_levels=settings.noise_levels, seed=settings.seed
        )

        layers = model.family.layers
        with trainable_lora(model.unet, rank=settings.rank, layers=layers, seed=settings.seed) as lora:
            run = _start(model, request, lora, workdir=workdir, on_event=on_event, now=clock())
            on_event(Prepared(len(learned), len(held_out), run.state.step))
            try:
                _loop(run, pictures, validation, clock)
            except Drained:
                run.save()
                raise
            with torch.no_grad():
                lora.weights.copy_(run.best)
            trained = lora_file.rounded(lora.layers)

        epochs = run.state.best_step // batches_per_epoch(pictures.sizes, settings.batch)
        about = _about(run, resolution=resolution, pictures=len(learned), epochs=epochs)
        written = lora_file.write(out, trained, about, reader=model.pipeline)
        _sample(run, run.state.best_step, lora=written.path)
    return _outcome(run, written, seconds=clock() - run.state.started_at)


def _loop(
    run: Run, pictures: EncodedPictures, validation: Sequence[ValidationBatch], clock: Callable[[], float]
) -> None:
    """Take steps until the last one, or until the held-out loss only gets worse.

    What is due at a step (validation, samples, state) is done before the next step begins and noted in the state. So
    a training that was stopped anywhere does exactly what is left when it continues.
    """
    settings, state = run.request.settings, run.state
    losses: deque[Tensor] = deque(maxlen=LOSSES_AVERAGED)
    busy, first = 0.0, state.step
    while True:
        if validation and validation_due(state.step, settings) and state.step not in state.validation:
            _validate(run, validation)
        if not validation:
            _keep_as_best(run)
        if sample_due(state.step, settings) and state.step not in state.samples:
            _sample(run, state.step)
        if state.step >= settings.steps or has_peaked(state, settings):
            break
        if state.step > first and state.step % settings.save_every == 0:
            run.save()

        began = clock()
        losses.append(take_step(run.model, run.lora, run.optimizer, pictures, settings, step=state.step + 1))
        state.step += 1
        if state.step % REPORT_EVERY == 0 or state.loss is None:
            state.loss = float(torch.stack(list(losses)).mean())
        busy += clock() - began
        run.steps_per_second = (state.step - first) / max(busy, 1e-9)
        run.on_event(run.sign_of_life())


def take_step(
    model: UnetModel,
    lora: TrainableLora,
    optimizer: AdamW,
    pictures: EncodedPictures,
    settings: TrainerSettings,
    *,
    step: int,
) -> Tensor:
    """Take training step `step` (from 1) and return its loss, without waiting for a GPU."""
    sample = step_sample(
        step,
        sizes=pictures.sizes,
        latents=pictures.latents,
        augmentations=settings.augmentations,
        batch=settings.batch,
        caption_dropout=CAPTION_DROPOUT,
        seed=settings.seed,
    ).to(model.device)
    latents, embeddings = pictures.batch(sample)

    timesteps = model.objective.timesteps(sample.uniform)
    noisy = model.objective.noisy(latents, sample.noise, timesteps)
    target = model.objective.target(latents, sample.noise, timesteps)
    loss = model.objective.loss(model.predict(noisy, timesteps, embeddings), target, timesteps)
    loss.backward()

    lora.take_gradient()
    torch.nn.utils.clip_grad_norm_([lora.weights], GRADIENT_LIMIT)
    optimizer.param_groups[0]["lr"] = learning_rate(step - 1, settings)
    optimizer.step()
    optimizer.zero_grad(set_to_none=False)  # the layers' gradients are views into the flat one
    lora.sync_to_unet()
    return loss.detach()


def _validate(run: Run, validation: Sequence[ValidationBatch]) -> None:
    state = run.state
    loss = validation_loss(run.model, validation)
    state.validation[state.step] = loss
    if state.step > 0 and (state.best_loss is None or loss < state.best_loss):
        _keep_as_best(run)
    run.on_event(Validated(state.step, loss, state.validation[0], state.best_loss, state.best_step))


def _keep_as_best(run: Run) -> None:
    run.state.best_step = run.state.step
    run.best.copy_(run.lora.weights.detach())


def _sample(run: Run, step: int, *, lora: Path | None = None) -> None:
    """Draw the samples of a step, with the LoRA in training or from its finished file."""
    run.state.samples.pop(step, None)
    paths = []
    for number, prompt in enumerate(run.request.sample_prompts()):
        request = DrawRequest(
            prompt, seeds=(run.request.settings.seed + number,), loras=() if lora is None else (LoraFile(lora),)
        )
        (picture,) = draw(run.model, request, on_step=lambda _done, _of: run.on_event(run.sign_of_life()))
        paths.append(run.workdir / "samples" / f"step-{step:05d}-{number}.png")
        picture.save(paths[-1])
    run.state.samples[step] = [path.name for path in paths]
    run.on_event(Sampled(step, tuple(paths)))


def _start(
    model: UnetModel,
    request: TrainRequest,
    lora: TrainableLora,
    *,
    workdir: Path,
    on_event: Callable[[TrainEvent], None],
    now: float,
) -> Run:
    """Begin a training, or continue from the state in `workdir`."""
    settings = request.settings
    optimizer = AdamW([lora.weights], lr=settings.learning_rate, weight_decay=WEIGHT_DECAY, fused=True)
    best = lora.weights.detach().clone()
    contents = [hashlib.sha256(picture.path.read_bytes()).hexdigest() for picture in request.pictures]
    captions = [(picture.caption, picture.held_out) for picture in request.pictures]
    belongs_to = training_state.fingerprint(
        model.name, settings, request.trigger_word, request.kind, request.prompts, contents, captions
    )
    saved = training_state.restore(
        workdir, weights=lora.weights, best=best, optimizer=optimizer, belongs_to=belongs_to
    )
    lora.sync_to_unet()
    return Run(
        model=model,
        request=request,
        lora=lora,
        optimizer=optimizer,
        state=saved or TrainingState(started_at=now),
        best=best,
        workdir=workdir,
        belongs_to=belongs_to,
        on_event=on_event,
    )


def _outcome(run: Run, written: lora_file.Written, *, seconds: float) -> TrainOutcome:
    state = run.state
    return TrainOutcome(
        lora=written.path,
        sha256=written.sha256,
        size=written.size,
        base_loss=state.validation.get(0),
        best_loss=state.best_loss,
        best_step=state.best_step,
        steps=state.step,
        stopped_early=state.step < run.request.settings.steps,
        samples=tuple(
            Sampled(step, tuple(run.workdir / "samples" / name for name in names))
            for step, names in sorted(state.samples.items())
        ),
        seconds=seconds,
    )


def _about(run: Run, *, resolution: int, pictures: int, epochs: int) -> lora_file.About:
    request, settings = run.request, run.request.settings
    return lora_file.About(
        title=request.title or request.trigger_word,
        trigger_word=request.trigger_word,
        checkpoint=run.model.public_name,
        base_model_version=run.model.family.base_model_version,
        architecture=run.model.family.architecture,
        prediction=run.model.objective.prediction.value,
        rank=settings.rank,
        resolution=resolution,
        pictures=pictures,
        steps=run.state.best_step,
        epochs=epochs,
        learning_rate=settings.learning_rate,
        seed=settings.seed,
        started_at=run.state.started_at,
    )

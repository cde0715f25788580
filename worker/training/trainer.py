"""Training one LoRA, from pictures to a proved file: settings, then prepare → loop → save, readable downwards."""

import hashlib
import math
import time
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import torch
from torch import Tensor
from torch.optim import AdamW

from domain.datasets.captions import training_caption
from domain.datasets.dataset import Kind
from domain.errors import NothingToTrain, TrainingError
from domain.training.checkpoints import ATELIER_TINY, SD15
from domain.training.settings import CheckpointInfo, Preset
from worker.drawing import DrawRequest, LoraUse, draw
from worker.lora import file as lora_file
from worker.lora.layers import TrainableLora, trainable_lora
from worker.memory import named_when_full
from worker.models.unet import UnetModel
from worker.training import state as training_state
from worker.training.augmentations import variants
from worker.training.events import Drained, Measured, Prepared, Preparing, Sampled, Stepped, TrainEvent, TrainOutcome
from worker.training.latents import Encoded, encode
from worker.training.samples import batches_per_epoch, draws
from worker.training.state import Journal
from worker.training.validation import Question, measure, questions

LOSSES_AVERAGED = 20  # training losses in the running mean that members see


@dataclass(frozen=True, slots=True)
class Settings:
    """How a LoRA is trained; the defaults are for the built-in checkpoint on two CPU cores."""

    steps: int = 160  # optimizer steps at most; early stopping usually ends sooner
    learning_rate: float = 2e-3  # AdamW; a small UNet wants twenty times what SD 1.5 wants
    rank: int = 16  # width of each LoRA layer; alpha = rank, so strength 1 means "as trained"
    batch: int = 8  # pictures per step
    resolution: int | None = (
        None  # pixels, side of the square of a bucket's area; None: what the checkpoint was made for
    )
    seed: int = 1  # decides everything that chance decides, samples included
    warmup: int = 10  # steps over which the learning rate rises; AdamW's first steps are its wildest
    final_rate: float = 0.1  # share of the learning rate that is left at the last step (cosine in between)
    weight_decay: float = 0.01  # AdamW's; pulls B·A towards nothing
    gradient_limit: float = 1.0  # norm; one odd batch must not undo a hundred good ones
    variants: int = 8  # cached ways to show each picture: the plain one, and shifted ones
    shift: float = 0.12  # largest share by which a picture is enlarged before it is cut somewhere
    may_flip: bool = True  # every second variant mirrored; off for subjects with a left and a right, or with writing
    caption_dropout: float = 0.1  # share of captions left empty, which keeps guidance working
    measure_every: int = 10  # steps between exams on the held-out pictures
    exam_draws: int = 12  # noise levels per held-out picture and exam; more is steadier and slower
    patience: int = 8  # exams without a better score before training stops
    samples: int = 2  # how often samples are drawn between the base model's and the finished LoRA's
    save_every: int = 25  # steps of work that a kill may cost
    report_every: int = 5  # steps between two readings of the loss, each of which makes a GPU wait


def _preset(checkpoint: CheckpointInfo, preset: Preset, **more: int) -> Settings:
    """Return what members are offered under that preset, as the trainer's settings."""
    offered = checkpoint.presets[preset]
    return replace(
        Settings(steps=offered.steps, learning_rate=offered.learning_rate, rank=offered.rank),
        **more,  # type: ignore[arg-type] # names of whole-number fields
    )


PRESETS: dict[tuple[str, str], Settings] = {
    ("tiny", "fast"): _preset(ATELIER_TINY, Preset.FAST),
    ("tiny", "balanced"): _preset(ATELIER_TINY, Preset.BALANCED),
    ("tiny", "best"): _preset(ATELIER_TINY, Preset.BEST),
    ("sd15", "fast"): _preset(SD15, Preset.FAST, batch=2, measure_every=50, save_every=50),
    ("sd15", "balanced"): _preset(SD15, Preset.BALANCED, batch=2, measure_every=50, save_every=50),
    ("sd15", "best"): _preset(SD15, Preset.BEST, batch=2, measure_every=100, save_every=50),
}


def settings_for(family: str, preset: str) -> Settings:
    """Return a preset (fast, balanced or best) of a family (tiny or sd15); raise `TrainingError` for another name."""
    try:
        return PRESETS[family, preset]
    except KeyError:
        raise TrainingError(f"There is no preset `{preset}` for {family}; choose fast, balanced or best.") from None


@dataclass(frozen=True, slots=True)
class TrainPicture:
    """One training image as a file, and its caption; a held-out one is only ever measured."""

    path: Path
    caption: str = ""
    held_out: bool = False


@dataclass(frozen=True, slots=True)
class TrainRequest:
    """Everything that decides a training's result, besides the checkpoint."""

    pictures: tuple[TrainPicture, ...]
    trigger_word: str
    settings: Settings
    kind: Kind = Kind.CHARACTER
    title: str = ""  # shown by other programs; the trigger word when empty
    prompts: tuple[str, ...] = ()  # of the samples; chosen from the captions when empty


@dataclass(slots=True)
class Run:
    """A training under way: what it works on, and where it stands."""

    model: UnetModel
    request: TrainRequest
    lora: TrainableLora
    optimizer: AdamW
    journal: Journal
    best: Tensor  # the weights of `journal.best_step`
    workdir: Path
    belongs_to: str
    on_event: Callable[[TrainEvent], None]
    steps_per_second: float = 0.0

    def sign_of_life(self) -> Stepped:
        """Return where this training stands."""
        return Stepped(self.journal.step, self.request.settings.steps, self.journal.loss, self.steps_per_second)

    def save(self) -> None:
        """Write the state from which this training can continue."""
        training_state.keep(
            self.workdir,
            self.journal,
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
    """Train a LoRA, write it to `out` and prove the file; `workdir` keeps the state and the samples of one job.

    Called again with the same request and workdir it continues where the state was saved, to the same result.
    Raises `TrainingError`s with a sentence, and whatever `on_event` raises; the model is then as it was before.
    """
    settings = request.settings
    resolution = settings.resolution or model.resolution
    learning, examined = _captioned(request, held_out=False), _captioned(request, held_out=True)
    if not learning:
        raise NothingToTrain("There is no picture to train on. Add some pictures and start again.")
    (workdir / "samples").mkdir(parents=True, exist_ok=True)

    with named_when_full():
        encoded = encode(
            model,
            learning,
            resolution=resolution,
            ways=variants(settings.variants, shift=settings.shift, may_flip=settings.may_flip, seed=settings.seed),
            on_picture=lambda done, of: on_event(Preparing(done, of)),
        )
        exam = questions(model, examined, resolution=resolution, draws=settings.exam_draws, seed=settings.seed)

        layers = model.family.layers
        with trainable_lora(model.unet, rank=settings.rank, layers=layers, seed=settings.seed) as lora:
            run = _start(model, request, lora, workdir=workdir, on_event=on_event, now=clock())
            on_event(Prepared(len(learning), len(examined), run.journal.step))
            try:
                _learn(run, encoded, exam, clock)
            except Drained:
                run.save()
                raise
            with torch.no_grad():
                lora.weights.copy_(run.best)
            trained = lora_file.rounded(lora.layers)

        about = _about(
            run,
            resolution=resolution,
            pictures=len(learning),
            epochs=run.journal.best_step // batches_per_epoch(encoded.sizes, settings.batch),
        )
        written = lora_file.write(out, trained, about, reader=model.pipeline)
        _sample(run, run.journal.best_step, lora=written.path)

    journal = run.journal
    return TrainOutcome(
        lora=written.path,
        sha256=written.sha256,
        size=written.size,
        base_loss=journal.measured.get(0),
        best_loss=journal.best_loss,
        best_step=journal.best_step,
        steps=journal.step,
        stopped_early=journal.step < settings.steps,
        samples=tuple(
            Sampled(step, tuple(workdir / "samples" / name for name in names))
            for step, names in sorted(journal.sampled.items())
        ),
        seconds=clock() - journal.started_at,
    )


def _learn(run: Run, encoded: Encoded, exam: Sequence[Question], clock: Callable[[], float]) -> None:
    """Step until the last step, or until the exam says that it only gets worse.

    What is due at a step (exam, samples, state) is done before the next step begins, and noted in the journal: so a
    training that was stopped anywhere does, when it continues, exactly what is left.
    """
    settings, journal = run.request.settings, run.journal
    recent: deque[Tensor] = deque(maxlen=LOSSES_AVERAGED)
    busy, first = 0.0, journal.step
    while True:
        if exam and exam_due(journal.step, settings) and journal.step not in journal.measured:
            _examine(run, exam)
        if not exam:
            _keep_as_best(run)
        if sample_due(journal.step, settings) and journal.step not in journal.sampled:
            _sample(run, journal.step)
        if journal.step >= settings.steps or has_peaked(journal, settings):
            break
        if journal.step > first and journal.step % settings.save_every == 0:
            run.save()

        began = clock()
        recent.append(take_step(run.model, run.lora, run.optimizer, encoded, settings, step=journal.step + 1))
        journal.step += 1
        if journal.step % settings.report_every == 0 or journal.loss is None:
            journal.loss = float(torch.stack(list(recent)).mean())
        busy += clock() - began
        run.steps_per_second = (journal.step - first) / max(busy, 1e-9)
        run.on_event(run.sign_of_life())


def take_step(
    model: UnetModel, lora: TrainableLora, optimizer: AdamW, encoded: Encoded, settings: Settings, *, step: int
) -> Tensor:
    """Take training step `step` (from 1) and return its loss, which nobody waits for."""
    drawn = draws(
        step,
        sizes=encoded.sizes,
        latents=encoded.latents,
        variants=settings.variants,
        batch=settings.batch,
        caption_dropout=settings.caption_dropout,
        seed=settings.seed,
    ).to(model.device)
    latents, embeddings = encoded.batch(drawn)
    loss = model.loss(latents, drawn.noise, drawn.chance, embeddings)
    loss.backward()

    lora.take_gradient()
    optimizer.param_groups[0]["lr"] = learning_rate(step - 1, settings)
    torch.nn.utils.clip_grad_norm_([lora.weights], settings.gradient_limit)
    optimizer.step()
    optimizer.zero_grad(set_to_none=False)  # the layers' gradients are views into the flat one
    lora.show()
    return loss.detach()


def learning_rate(step: int, settings: Settings) -> float:
    """Return the rate for the step after `step`: a straight rise, then a cosine down to `final_rate`."""
    rise = min(1.0, (step + 1) / max(1, settings.warmup))
    gone = min(1.0, step / settings.steps)
    fall = settings.final_rate + (1 - settings.final_rate) * (1 + math.cos(math.pi * gone)) / 2
    return settings.learning_rate * rise * fall


def exam_due(step: int, settings: Settings) -> bool:
    """Say whether the held-out loss is measured after `step`: at the start, regularly, and at the end."""
    return step % settings.measure_every == 0 or step == settings.steps


def sample_due(step: int, settings: Settings) -> bool:
    """Say whether samples are drawn after `step`: of the base model, then evenly; the kept weights come last."""
    return step in {round(settings.steps * n / (settings.samples + 1)) for n in range(settings.samples + 1)}


def has_peaked(journal: Journal, settings: Settings) -> bool:
    """Say whether the last `patience` exams were all worse than the best one."""
    after = sum(step > journal.best_step for step in journal.measured)
    return journal.best_step > 0 and after >= settings.patience


def _examine(run: Run, exam: Sequence[Question]) -> None:
    journal = run.journal
    loss = measure(run.model, exam)
    journal.measured[journal.step] = loss
    if journal.step > 0 and (journal.best_loss is None or loss < journal.best_loss):
        _keep_as_best(run)
    run.on_event(Measured(journal.step, loss, journal.measured[0], journal.best_loss, journal.best_step))


def _keep_as_best(run: Run) -> None:
    run.journal.best_step = run.journal.step
    run.best.copy_(run.lora.weights.detach())


def _sample(run: Run, step: int, *, lora: Path | None = None) -> None:
    """Draw the samples of a step: with the LoRA in training, or from its finished file."""
    run.journal.sampled.pop(step, None)
    paths = []
    for number, prompt in enumerate(run.request.prompts or _prompts(run.request)):
        request = DrawRequest(
            prompt, seeds=(run.request.settings.seed + number,), loras=() if lora is None else (LoraUse(lora),)
        )
        (picture,) = draw(run.model, request, on_step=lambda _done, _of: run.on_event(run.sign_of_life()))
        paths.append(run.workdir / "samples" / f"step-{step:05d}-{number}.png")
        picture.save(paths[-1])
    run.journal.sampled[step] = [path.name for path in paths]
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
    """Set a training up at its beginning, or where the state in `workdir` left it."""
    settings = request.settings
    optimizer = AdamW([lora.weights], lr=settings.learning_rate, weight_decay=settings.weight_decay, fused=True)
    best = lora.weights.detach().clone()
    contents = [hashlib.sha256(picture.path.read_bytes()).hexdigest() for picture in request.pictures]
    captions = [(picture.caption, picture.held_out) for picture in request.pictures]
    belongs_to = training_state.fingerprint(
        model.name, settings, request.trigger_word, request.kind, request.prompts, contents, captions
    )
    saved = training_state.restore(
        workdir, weights=lora.weights, best=best, optimizer=optimizer, belongs_to=belongs_to
    )
    lora.show()
    return Run(
        model=model,
        request=request,
        lora=lora,
        optimizer=optimizer,
        journal=saved or Journal(started_at=now),
        best=best,
        workdir=workdir,
        belongs_to=belongs_to,
        on_event=on_event,
    )


def _captioned(request: TrainRequest, *, held_out: bool) -> list[tuple[Path, str]]:
    """Return the files to train on, or those to measure on, with captions that hold the trigger word."""
    return [
        (picture.path, training_caption(picture.caption, trigger_word=request.trigger_word, kind=request.kind))
        for picture in request.pictures
        if picture.held_out is held_out
    ]


def _prompts(request: TrainRequest) -> tuple[str, ...]:
    """Choose what the samples show: the subject alone, and the first caption that was not trained on."""
    alone = training_caption("", trigger_word=request.trigger_word, kind=request.kind)
    captions = [caption for _, caption in _captioned(request, held_out=True) or _captioned(request, held_out=False)]
    return tuple(dict.fromkeys((alone, captions[0])))


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
        steps=run.journal.best_step,
        epochs=epochs,
        learning_rate=settings.learning_rate,
        seed=settings.seed,
        started_at=run.journal.started_at,
    )

"""What bench (c) compares with, the loop of diffusers' LoRA example in peft and accelerate."""

from collections.abc import Generator, Sequence
from pathlib import Path

import torch
from accelerate import Accelerator
from diffusers import StableDiffusionPipeline
from peft import LoraConfig
from torch import Tensor
from torch.nn import functional
from torch.optim import AdamW
from torch.optim.lr_scheduler import LambdaLR
from torch.utils.data import DataLoader, Dataset

from worker.models.unet import UnetModel
from worker.training.augmentations import Augmentation, open_picture, pixels
from worker.training.buckets import Shape
from worker.training.samples import StepSample
from worker.training.schedule import learning_rate
from worker.training.settings import GRADIENT_LIMIT, WEIGHT_DECAY, TrainerSettings

Example = dict[str, Tensor]


class Steps(Dataset[Example]):
    """One batch per step, its pictures opened, fitted and varied each time, its captions tokenised."""

    def __init__(
        self,
        files: Sequence[tuple[Path, str]],
        samples: Sequence[StepSample],
        shape: Shape,
        augmentations: Sequence[Augmentation],
        model: UnetModel,
    ) -> None:
        self._files, self._samples, self._shape, self._augmentations = files, samples, shape, augmentations
        self._tokenizer = model.pipeline.tokenizer

    def __len__(self) -> int:
        return len(self._samples)

    def __getitem__(self, step: int) -> Example:
        sample = self._samples[step]
        places = list(zip(sample.rows.tolist(), sample.augmentations.tolist(), sample.dropped.tolist(), strict=True))
        tokens = self._tokenizer(
            ["" if dropped else self._files[row][1] for row, _, dropped in places],
            padding="max_length", truncation=True, max_length=self._tokenizer.model_max_length, return_tensors="pt",
        )  # fmt: skip
        shown = [
            pixels(open_picture(self._files[row][0]), self._shape, self._augmentations[number])
            for row, number, _ in places
        ]
        return {
            "pixels": torch.stack(shown), "tokens": tokens.input_ids,
            "latent_noise": sample.latent_noise, "noise": sample.noise, "uniform": sample.uniform,
        }  # fmt: skip


def plain_loop(model: UnetModel, batches: Steps, settings: TrainerSettings) -> Generator[float]:
    """Train a LoRA on the model's UNet and yield the loss of each step."""
    accelerator = Accelerator(cpu=True)
    pipeline: StableDiffusionPipeline = model.pipeline
    torch.manual_seed(settings.seed)
    model.unet.add_adapter(
        LoraConfig(
            r=settings.rank,
            lora_alpha=settings.rank,
            target_modules=model.family.layers,
            init_lora_weights="gaussian",
        )
    )
    weights = [weight for weight in model.unet.parameters() if weight.requires_grad]
    optimizer = AdamW(weights, lr=settings.learning_rate, weight_decay=WEIGHT_DECAY)
    schedule = LambdaLR(optimizer, lambda step: learning_rate(step, settings) / settings.learning_rate)
    unet, optimizer, loader, schedule = accelerator.prepare(
        model.unet, optimizer, DataLoader(batches, batch_size=None), schedule
    )
    for batch in loader:
        with accelerator.accumulate(unet):
            moments = pipeline.vae.encode(batch["pixels"]).latent_dist
            latents = (moments.mean + moments.std * batch["latent_noise"]) * pipeline.vae.config.scaling_factor
            embeddings = pipeline.text_encoder(batch["tokens"])[0]
            timesteps = model.objective.timesteps(batch["uniform"])
            noisy = model.objective.noisy(latents, batch["noise"], timesteps)
            target = model.objective.target(latents, batch["noise"], timesteps)
            answer = unet(noisy, timesteps, embeddings, return_dict=False)[0]
            loss = functional.mse_loss(answer.float(), target.float(), reduction="mean")
            mean = accelerator.gather(loss.repeat(settings.batch)).mean()
            accelerator.backward(loss)
            if accelerator.sync_gradients:
                accelerator.clip_grad_norm_(weights, GRADIENT_LIMIT)
            optimizer.step()
            schedule.step()
            optimizer.zero_grad()
        yield mean.item()

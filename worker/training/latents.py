"""The training pictures and captions, encoded once."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import torch
from torch import Tensor

from worker.models.unet import UnetModel
from worker.training.augmentations import Augmentation, open_picture, pixels
from worker.training.buckets import Shape, nearest, shapes
from worker.training.samples import StepSample


@dataclass(frozen=True, slots=True)
class Bucket:
    """The n pictures of one shape."""

    shape: Shape
    mean: Tensor  # [n, augmentations, c, h, w], of the latents
    std: Tensor  # of the same shape
    captions: Tensor  # [n], rows of the embeddings


@dataclass(frozen=True, slots=True)
class EncodedPictures:
    """All pictures in their buckets, and the embeddings of their captions.

    `embeddings` is [captions, tokens, width], and its first row is the empty caption.
    """

    buckets: tuple[Bucket, ...]
    embeddings: Tensor

    @property
    def sizes(self) -> list[int]:
        """Return how many pictures each bucket holds."""
        return [len(bucket.captions) for bucket in self.buckets]

    @property
    def latents(self) -> list[torch.Size]:
        """Return the shape [c, h, w] of one latent of each bucket."""
        return [bucket.mean.shape[2:] for bucket in self.buckets]

    def batch(self, sample: StepSample) -> tuple[Tensor, Tensor]:
        """Return the latents [n, c, h, w] and embeddings [n, tokens, width] of one step."""
        bucket = self.buckets[sample.bucket]
        mean = bucket.mean[sample.rows, sample.augmentations]
        std = bucket.std[sample.rows, sample.augmentations]
        captions = bucket.captions[sample.rows].masked_fill(sample.dropped, 0)
        return mean + std * sample.latent_noise, self.embeddings[captions]


def encode(
    model: UnetModel,
    pictures: Sequence[tuple[Path, str]],
    *,
    resolution: int,
    augmentations: Sequence[Augmentation],
    on_picture: Callable[[int, int], None],
) -> EncodedPictures:
    """Encode pictures (file, caption) with every augmentation.

    `on_picture(done, of)` follows each picture and may raise. Raises `TrainingError` for a picture that can't be
    read.
    """
    allowed = shapes(resolution, model.quantum)
    texts = ["", *dict.fromkeys(caption for _, caption in pictures if caption)]
    rows: dict[Shape, list[tuple[Tensor, Tensor, int]]] = {}
    for done, (path, caption) in enumerate(pictures, start=1):
        opened = open_picture(path)
        shape = nearest(opened.width, opened.height, allowed)
        mean, std = model.encode_pictures(torch.stack([pixels(opened, shape, each) for each in augmentations]))
        rows.setdefault(shape, []).append((mean, std, texts.index(caption)))
        on_picture(done, len(pictures))
    return EncodedPictures(tuple(_bucket(shape, rows[shape]) for shape in sorted(rows)), model.encode_captions(texts))


def _bucket(shape: Shape, rows: list[tuple[Tensor, Tensor, int]]) -> Bucket:
    means, stds, captions = zip(*rows, strict=True)
    return Bucket(shape, torch.stack(means), torch.stack(stds), torch.tensor(captions, device=means[0].device))

"""The training pictures encoded once: latent moments of every variant, and caption embeddings."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import torch
from torch import Tensor

from worker.models.unet import UnetModel
from worker.training.augmentations import Variant, open_picture, pixels
from worker.training.buckets import Shape, nearest, shapes
from worker.training.samples import Draws


@dataclass(frozen=True, slots=True)
class Bucket:
    """The pictures of one shape: moments [n, variants, c, h, w] and which caption each one has [n]."""

    shape: Shape
    mean: Tensor
    spread: Tensor
    captions: Tensor


@dataclass(frozen=True, slots=True)
class Encoded:
    """All pictures in their buckets, and the embeddings [captions, tokens, width]; the first is the empty caption."""

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

    def batch(self, drawn: Draws) -> tuple[Tensor, Tensor]:
        """Return the latents [n, c, h, w] and embeddings [n, tokens, width] of one step."""
        bucket = self.buckets[drawn.bucket]
        mean = bucket.mean[drawn.rows, drawn.variants]
        spread = bucket.spread[drawn.rows, drawn.variants]
        captions = bucket.captions[drawn.rows].masked_fill(drawn.dropped, 0)
        return mean + spread * drawn.sampling, self.embeddings[captions]


def encode(
    model: UnetModel,
    pictures: Sequence[tuple[Path, str]],
    *,
    resolution: int,
    ways: Sequence[Variant],
    on_picture: Callable[[int, int], None],
) -> Encoded:
    """Encode pictures (file, caption) in every variant; `on_picture(done, of)` follows each and may raise.

    Raises `TrainingError` for a picture that can't be read.
    """
    allowed = shapes(resolution, model.quantum)
    texts = ["", *dict.fromkeys(caption for _, caption in pictures if caption)]
    kept: dict[Shape, list[tuple[Tensor, Tensor, int]]] = {}
    for done, (path, caption) in enumerate(pictures, start=1):
        opened = open_picture(path)
        shape = nearest(opened.width, opened.height, allowed)
        mean, spread = model.encode_pictures(torch.stack([pixels(opened, shape, way) for way in ways]))
        kept.setdefault(shape, []).append((mean, spread, texts.index(caption)))
        on_picture(done, len(pictures))
    return Encoded(tuple(_bucket(shape, kept[shape]) for shape in sorted(kept)), model.encode_captions(texts))


def _bucket(shape: Shape, rows: list[tuple[Tensor, Tensor, int]]) -> Bucket:
    means, spreads, captions = zip(*rows, strict=True)
    return Bucket(shape, torch.stack(means), torch.stack(spreads), torch.tensor(captions, device=means[0].device))

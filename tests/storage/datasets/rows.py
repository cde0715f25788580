"""Datasets and pictures that tests of the stores begin with."""

from collections.abc import Iterator, Sequence

from domain.datasets.dataset import Dataset, Kind, TrainingImage
from domain.datasets.pending_uploads import PendingUpload, ReceivedPicture
from storage.datasets.images import ImageStore
from storage.datasets.pending_uploads import PendingUploadStore

ANA, BEN, GUILD, OTHER_GUILD = 11, 22, 100, 200
HERE = {"guild_id": GUILD, "owner_id": ANA}
STRANGERS = [
    {"guild_id": GUILD, "owner_id": BEN},
    {"guild_id": OTHER_GUILD, "owner_id": ANA},
    {"guild_id": OTHER_GUILD, "owner_id": BEN},
]


def dataset(name: str = "Robo", *, word: str = "robo", owner: int = ANA, guild: int = GUILD) -> Dataset:
    return Dataset(f"id of {name}", guild, owner, name, Kind.CHARACTER, word, created_at=1_000.0)


def pictures(count: int, first: int = 1) -> list[ReceivedPicture]:
    # Each hash has its own half of ones, so that none looks like another.
    return [
        ReceivedPicture(f"{n}.png", f"{n:064x}", f"{n * 0x123456789ABCDEF % 2**256:064x}", 64, 64, 1_000 + n)
        for n in range(first, first + count)
    ]


NUMBERS: Iterator[int] = iter(range(1, 1_000_000))


async def filled(
    uploads: PendingUploadStore, target: Dataset, received: Sequence[ReceivedPicture], *, at: float = 2_000.0
) -> tuple[object, ...]:
    upload = PendingUpload(f"upload {next(NUMBERS)}", target.guild_id, target.owner_id, target.owner_id, at)
    await uploads.add(upload, source_id=None)
    for position, picture in enumerate(received):
        await uploads.keep(upload.id, picture, position=position)
    ids = tuple(f"image {next(NUMBERS)}" for _ in received)
    moved = await uploads.move(
        upload.id, target.id, guild_id=target.guild_id, owner_id=target.owner_id, ids=ids, now=at
    )
    assert moved is not None
    return moved[1]


async def held(images: ImageStore, target: Dataset) -> tuple[TrainingImage, ...]:
    sheet = await images.of_dataset(target.id, guild_id=target.guild_id, owner_id=target.owner_id)
    assert sheet is not None
    return sheet[1]

"""The services of datasets on real storage with the real picture reader."""

from dataclasses import dataclass

from domain.datasets.dataset import Dataset, Kind
from domain.datasets.pictures import RefusedPicture
from services.caller import Caller
from services.datasets.datasets import DatasetService
from services.datasets.images import ImageService
from services.datasets.intake import IncomingFile, IntakeService
from services.upkeep.cleanup import CleanupService
from storage.database import Database
from storage.files import FileStore
from tests.pictures import drawn

ANA, BEN, GUILD = 11, 22, 100


@dataclass
class Clock:
    at: float = 1_000_000.0

    def __call__(self) -> float:
        return self.at


@dataclass
class DatasetServices:
    database: Database
    files: FileStore
    clock: Clock
    datasets: DatasetService
    intake: IntakeService
    images: ImageService
    cleanup: CleanupService


def caller(member_id: int, guild_id: int = GUILD) -> Caller:
    return Caller(guild_id, channel_id=1, member_id=member_id)


def incoming(name: str, content: bytes | RefusedPicture) -> IncomingFile:
    async def read() -> bytes | RefusedPicture:
        return content

    return IncomingFile(name, read)


def drawings(*numbers: int) -> list[IncomingFile]:
    return [incoming(f"{number}.png", drawn(number).data) for number in numbers]


async def robo(services: DatasetServices, *numbers: int, member: int = ANA, name: str = "Robo") -> Dataset:
    await services.datasets.new(name, Kind.CHARACTER, caller=caller(member))
    if numbers:
        await services.intake.add(name, drawings(*numbers), caller=caller(member))
    return await services.datasets.find(name, caller=caller(member))


def files_on_disk(services: DatasetServices) -> int:
    return sum(1 for path in services.files.folder.path("0" * 64).parents[1].rglob("*") if path.is_file())

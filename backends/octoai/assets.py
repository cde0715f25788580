"""A training's pictures in the asset library of an OctoAI-compatible server, until they can be trained on.

Source: https://github.com/octoml/fern-config (asset-library).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import quote

from backends.answers import Reply
from backends.base import PlanImage, TrainingPlan
from backends.http import Http
from backends.octoai.refusals import NameTaken
from backends.octoai.settings import NAME
from domain.datasets.file_kinds import FileKind, recognise
from domain.datasets.picture_numbers import listed
from domain.errors import BackendRejected, BackendReplyInvalid, BackendUnavailable
from domain.orders.facts import FactKind, fact
from domain.text import shown

FEWEST = 3  # usable pictures: "at least 3-6 images" (release notes)
PAUSE = 2.0  # seconds between two looks at pictures that are still being checked
LOOKS = 60  # at the pictures of one training, before the order is put off


class Asset(Reply):
    """One thing in the library, a picture, a LoRA, a checkpoint."""

    id: str
    name: str
    status: str
    status_details: str | None = None


class Transfer(Reply):
    """How its bytes move.

    Only links that are signed beforehand are of use to us.
    """

    type: str
    put_url: str | None = None
    get_url: str | None = None


class Placed(Reply):
    """An asset and how to move its bytes."""

    asset: Asset
    transfer_api: Transfer


class Completed(Reply):
    """The end of an upload.

    A failure comes in this field, with status 200.
    """

    error: str | None = None


@dataclass(frozen=True, slots=True)
class AssetLibrary:
    """The asset library.

    `http` must raise `NameTaken` where a name is taken.
    """

    http: Http

    async def get(self, key: str) -> Placed:
        """Return the asset of an id or a name.

        The name may have its owner in front, as in `owner:name`. Raises `BackendRejected` when there is none.
        """
        return await self.http.read(f"/v1/assets/{quote(key, safe=':')}", Placed)

    async def upload(self, plan: TrainingPlan) -> list[str]:
        """Bring all pictures there, and return their ids once each is ready, or rejected and not needed.

        A second try under the same name finds what the first one left. Raises `BackendError`; nothing is paid here.
        """
        assets = [await self._upload(plan.name, number, image) for number, image in enumerate(plan.images, 1)]
        self._check(await self._settled(assets))
        return [asset.id for asset in assets]

    async def _upload(self, name: str, number: int, image: PlanImage) -> Asset:
        content = await image.read()
        placed = await self._create(_asset_name(name, number), self._format(number, content))
        if placed.asset.status not in ("ready_to_upload", "uploading"):
            return placed.asset
        if placed.transfer_api.type != "presigned-url" or not placed.transfer_api.put_url:
            raise BackendReplyInvalid(NAME, f"no link to upload to, but {placed.transfer_api.type!r}")
        await self.http.upload(placed.transfer_api.put_url, content)
        path = f"/v1/assets/{quote(placed.asset.id, safe='')}/complete-upload"
        done = await self.http.write("POST", path, Completed, body={})
        if done.error:
            raise self._useless([number], done.error)
        return placed.asset

    async def _create(self, name: str, file_format: str) -> Placed:
        body = {
            "asset_type": "file",
            "name": name,
            "description": "training picture",
            "data": {"asset_type": "file", "file_format": file_format},
        }
        try:
            return await self.http.write("POST", "/v1/assets", Placed, body=body)
        except NameTaken as error:
            try:
                return await self.get(name)
            except BackendRejected:  # it isn't there: the refusal meant something else
                raise error from None

    def _format(self, number: int, content: bytes) -> str:
        match recognise(content):
            case FileKind.JPEG:
                return "jpeg"
            case FileKind.PNG:
                return "png"
            case kind:
                raise BackendRejected(
                    NAME,
                    f"picture {number} is of kind {kind}",
                    reason=fact(FactKind.PICTURE_KIND, backend=NAME, number=number),
                )

    async def _settled(self, assets: Sequence[Asset]) -> list[Asset]:
        """Look until the server has made up its mind about every picture, LOOKS times at most."""
        settled = {asset.id: asset for asset in assets if _is_settled(asset)}
        for _ in range(LOOKS):
            for asset in assets:
                if asset.id not in settled and _is_settled(now := (await self.get(asset.id)).asset):
                    settled[asset.id] = now
            if len(settled) == len(assets):
                return [settled[asset.id] for asset in assets]
            await self.http.sleep(PAUSE)
        late = [number for number, asset in enumerate(assets, 1) if asset.id not in settled]
        raise BackendUnavailable(
            NAME,
            f"pictures {listed(late)} did not become ready",
            reason=fact(FactKind.STILL_CHECKING, backend=NAME, numbers=listed(late)),
        )

    def _check(self, assets: Sequence[Asset]) -> None:
        """Raise `BackendRejected` where training on these pictures can't be what the member wants."""
        broken = [n for n, asset in enumerate(assets, 1) if asset.status in ("error", "deleted")]
        if broken:
            raise self._useless(broken, assets[broken[0] - 1].status_details or "")
        rejected = [n for n, asset in enumerate(assets, 1) if asset.status == "rejected"]
        if len(assets) - len(rejected) < FEWEST:
            raise BackendRejected(
                NAME,
                f"pictures {listed(rejected)} were rejected",
                reason=fact(FactKind.PICTURES_UNSAFE, backend=NAME, numbers=listed(rejected), fewest=FEWEST),
            )

    def _useless(self, numbers: Sequence[int], said: str) -> BackendRejected:
        words = shown(said) if said else ""
        return BackendRejected(
            NAME,
            f"pictures {listed(numbers)} failed: {said[:200]}",
            reason=fact(FactKind.PICTURES_USELESS, backend=NAME, numbers=listed(numbers), said=words),
        )


def number_of(asset: Asset) -> int | None:
    """Return the number of a picture that was uploaded here, from its name.

    It is None for anything else.
    """
    number = asset.name.rpartition("-")[2]
    return int(number) if number.isdecimal() else None


def _asset_name(name: str, number: int) -> str:
    """Return a name that is free for each training, made of letters, digits, `_` and `-`, with the number in it."""
    return f"{name}-{number:03d}"


def _is_settled(asset: Asset) -> bool:
    # A status that nobody documented is no end.
    return asset.status in ("ready", "rejected", "error", "deleted")

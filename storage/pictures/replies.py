"""The answers of a child, checked because a picture may have taken it over."""

import hashlib
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError

from domain.datasets.file_kinds import FileKind, recognise
from domain.datasets.pictures import CleanPicture, Refusal, RefusedPicture
from storage.pictures.frames import FrameInvalid

Count = Annotated[int, Field(ge=0, lt=2**32)]  # pixels or frames: as much as any file can promise


class _Reply(BaseModel):
    model_config = ConfigDict(extra="forbid")


class Ready(_Reply):
    """The child is warm and has given up its rights."""

    state: Literal["ready"] = Field(alias="is")


class Clean(_Reply):
    """The picture's new bytes follow."""

    state: Literal["clean"] = Field(alias="is")
    sha256: str = Field(pattern="^[0-9a-f]{64}$")
    phash: str = Field(pattern="^[0-9a-f]{64}$")
    kind: Literal[FileKind.JPEG, FileKind.PNG]
    width: Count
    height: Count
    content: None
    arrived_as: FileKind


class Refused(_Reply):
    """The picture was refused."""

    state: Literal["refused"] = Field(alias="is")
    reason: Refusal
    kind: FileKind
    width: Count
    height: Count
    count: Count
    cause: str = Field(max_length=500)


class Drawn(_Reply):
    """A sheet follows, as a JPEG."""

    state: Literal["drawn"] = Field(alias="is")


class Failed(_Reply):
    """The child could not do what it was asked."""

    state: Literal["failed"] = Field(alias="is")
    cause: str = Field(max_length=500)


Reply = Ready | Clean | Refused | Drawn | Failed
_REPLY: TypeAdapter[Reply] = TypeAdapter(Annotated[Reply, Field(discriminator="state")])


def parse(fields: dict[str, object]) -> Reply:
    """Return a child's answer. Raises `FrameInvalid` when it is none."""
    try:
        return _REPLY.validate_python(fields)
    except ValidationError as error:
        raise FrameInvalid("no reply that we know") from error


def verdict(reply: Reply, parts: list[bytes]) -> CleanPicture | RefusedPicture:
    """Return what became of a picture. Raises `FrameInvalid` when the answer contradicts itself."""
    match reply, parts:
        case Clean(), [content]:
            if hashlib.sha256(content).hexdigest() != reply.sha256 or recognise(content) is not reply.kind:
                raise FrameInvalid("the picture is not what the reply says")
            return CleanPicture(
                sha256=reply.sha256,
                phash=reply.phash,
                kind=reply.kind,
                width=reply.width,
                height=reply.height,
                content=content,
                arrived_as=reply.arrived_as,
            )
        case Refused(), []:
            return RefusedPicture(reply.reason, reply.kind, reply.width, reply.height, reply.count, reply.cause)
        case Failed(), []:
            return RefusedPicture(Refusal.DECODER_DIED, cause=reply.cause)
        case _:
            raise FrameInvalid("not an answer to a picture")


def drawing(reply: Reply, parts: list[bytes]) -> bytes | Failed:
    """Return the JPEG that was drawn, or why there is none. Raises `FrameInvalid` for any other answer."""
    match reply, parts:
        case Drawn(), [drawn] if recognise(drawn) is FileKind.JPEG:
            return drawn
        case Failed(), []:
            return reply
        case _:
            raise FrameInvalid("not an answer to a sheet")

"""Files as Discord keeps them, with the sizes of pictures and signed links."""

import io
import mimetypes
import warnings
from collections.abc import Callable
from dataclasses import dataclass, field

from PIL import Image

from playground.world.json_values import Json, optional


@dataclass(frozen=True, slots=True)
class Upload:
    """A file that a member or the bot sends."""

    filename: str
    data: bytes = field(repr=False)
    description: str | None = None
    content_type: str | None = None


@dataclass(eq=False, slots=True)
class Attachment:
    """A stored file; `url` is signed afresh each time it is read."""

    id: int
    filename: str
    data: bytes = field(repr=False)
    folder: str
    sign: Callable[["Attachment"], str] = field(repr=False)
    content_type: str | None = None
    description: str | None = None
    width: int | None = None
    height: int | None = None
    ephemeral: bool = False

    @property
    def size(self) -> int:
        """Bytes in the file."""
        return len(self.data)

    @property
    def url(self) -> str:
        """A link that works until it expires."""
        return self.sign(self)

    @property
    def path(self) -> str:
        """Where the file lies on the CDN."""
        return f"/{self.folder}/{self.id}/{self.filename}"

    def payload(self) -> Json:
        """Write the attachment as Discord's JSON."""
        url = self.url
        return {
            "id": str(self.id),
            "filename": self.filename,
            "size": self.size,
            "url": url,
            "proxy_url": url.replace("/attachments/", "/media/attachments/", 1),
            **optional(
                content_type=self.content_type,
                description=self.description,
                width=self.width,
                height=self.height,
                ephemeral=self.ephemeral or None,
            ),
        }


def measure(data: bytes) -> tuple[int, int] | None:
    """Read a picture's width and height in pixels from its header; None when it is no picture."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", Image.DecompressionBombWarning)
            with Image.open(io.BytesIO(data), formats=["JPEG", "PNG", "WEBP", "GIF"]) as picture:
                return picture.size
    except Exception:  # noqa: BLE001 - whatever is wrong with hostile bytes, they are no picture
        return None


def guess_type(filename: str) -> str | None:
    """Guess the media type by the file's name, as Discord does."""
    found, _ = mimetypes.guess_type(filename)
    return f"{found}; charset=utf-8" if found and found.startswith("text/") else found

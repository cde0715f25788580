"""Files as Discord keeps them, with the sizes of pictures and signed links."""

import io
import mimetypes
import re
import warnings
from collections.abc import Callable
from dataclasses import dataclass, field

from PIL import Image


@dataclass(frozen=True, slots=True)
class Upload:
    """A file that a member or the bot sends."""

    filename: str
    data: bytes = field(repr=False)
    description: str | None = None
    content_type: str | None = None


@dataclass(eq=False, slots=True)
class Attachment:
    """A stored file, whose `url` is signed again each time it is read."""

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

    @property
    def proxy_url(self) -> str:
        """The same link through Discord's media proxy."""
        return self.url.replace("/attachments/", "/media/attachments/", 1)


def measure(data: bytes) -> tuple[int, int] | None:
    """Read a picture's width and height in pixels from its header, None when it is no picture."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", Image.DecompressionBombWarning)
            with Image.open(io.BytesIO(data), formats=["JPEG", "PNG", "WEBP", "GIF"]) as picture:
                return picture.size
    except Exception:  # noqa: BLE001 - hostile bytes can raise anything and are then no picture
        return None


def guess_type(filename: str) -> str | None:
    """Guess the media type by the file's name, as Discord does."""
    found, _ = mimetypes.guess_type(filename)
    return f"{found}; charset=utf-8" if found and found.startswith("text/") else found


def clean_name(name: str) -> str:
    """Rewrite a file's name as Discord does, with underscores for spaces and odd characters."""
    return re.sub(r"[^\w.\-]+", "_", name).strip("_") or "unknown"

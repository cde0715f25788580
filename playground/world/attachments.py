"""Files as Discord keeps them, behind signed links that expire."""

import hashlib
import hmac
import io
import mimetypes
import re
import secrets
import warnings
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from urllib.parse import quote

from PIL import Image

from playground.world.clock import Clock


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


class Links:
    """Signs links with ?ex=&is=&hm= and checks them."""

    def __init__(self, clock: Clock, lifetime: timedelta = timedelta(hours=24)) -> None:
        self.origin = ""
        self.lifetime = lifetime
        self._clock = clock
        self._key = secrets.token_bytes(32)

    def sign(self, attachment: Attachment) -> str:
        """Write a link that works for `lifetime` from now."""
        issued = int(self._clock.now().timestamp())
        expires = issued + int(self.lifetime.total_seconds())
        mark = self._mark(attachment.path, expires, issued)
        return f"{self.origin}{quote(attachment.path)}?ex={expires:x}&is={issued:x}&hm={mark}"

    def is_good(self, path: str, query: dict[str, str]) -> bool:
        """Check signature and expiry of a link's path and query."""
        try:
            expires, issued = int(query["ex"], 16), int(query["is"], 16)
        except (KeyError, ValueError):
            return False
        mark = self._mark(path, expires, issued)
        return hmac.compare_digest(mark, query.get("hm", "")) and self._clock.now() < self._moment(expires)

    def _mark(self, path: str, expires: int, issued: int) -> str:
        return hmac.new(self._key, f"{path}|{expires}|{issued}".encode(), hashlib.sha256).hexdigest()

    def _moment(self, stamp: int) -> datetime:
        return datetime.fromtimestamp(stamp, tz=self._clock.now().tzinfo)


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

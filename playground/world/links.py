"""Signed links to files, which expire as Discord's do."""

import hashlib
import hmac
import secrets
from datetime import datetime, timedelta
from urllib.parse import quote

from playground.world.attachments import Attachment
from playground.world.clock import Clock


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

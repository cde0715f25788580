"""Rate limits per route and place, over all requests, and for edits of old messages."""

import hashlib
from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta

from playground.wire.errors import ApiError
from playground.world.clock import Clock

Headers = dict[str, str]
GLOBAL_PER_SECOND = 50
OLD_MESSAGE = timedelta(hours=1)
OLD_EDITS, OLD_SECONDS = 3, 6.0
VIA = {"Via": "1.1 google"}
UNLIMITED = ("/interactions/", "/gateway")  # by beginning of the template: no bucket headers

LIMITS: dict[str, tuple[int, float]] = {
    "POST /channels/{channel_id}/messages": (5, 5.0),
    "PATCH /channels/{channel_id}/messages/{message_id}": (5, 5.0),
    "DELETE /channels/{channel_id}/messages/{message_id}": (5, 1.0),
    "POST /webhooks/{webhook_id}/{webhook_token}": (5, 2.0),
    "PATCH /webhooks/{webhook_id}/{webhook_token}/messages/{message_id}": (5, 2.0),
}
OTHERS = (50, 1.0)
MAJOR = ("channel_id", "guild_id", "webhook_token", "application_id")


@dataclass(slots=True)
class RateBucket:
    """A window that opens with its first request and allows `limit` until it ends."""

    limit: int
    seconds: float
    used: int = 0
    ends: float = 0.0

    def take(self, now: float) -> bool:
        """Use one request, False when none is left in this window."""
        if now >= self.ends:
            self.used, self.ends = 0, now + self.seconds
        self.used += 1
        return self.used <= self.limit


@dataclass
class RateLimits:
    """All limits of one playground, which still send headers when they are switched off."""

    clock: Clock
    enabled: bool = True
    limits: dict[str, tuple[int, float]] = field(default_factory=lambda: dict(LIMITS))
    _buckets: dict[tuple[str, str], RateBucket] = field(default_factory=dict)
    _recent: deque[float] = field(default_factory=deque)
    _old: dict[int, deque[float]] = field(default_factory=dict)

    def set(self, route: str, limit: int, seconds: float) -> None:
        """Allow `limit` requests per `seconds` on "METHOD /template" from now on."""
        self.limits[route] = (limit, seconds)
        for key in [key for key in self._buckets if key[0] == route]:
            del self._buckets[key]

    def take(self, method: str, template: str, params: Mapping[str, str], *, counts_globally: bool) -> Headers:
        """Count one request and return its headers, or raise 429 when there were too many."""
        if counts_globally and self.enabled:
            self._take_global()
        if template.startswith(UNLIMITED):
            return {}
        route = f"{method} {template}"
        major = next((params[name] for name in MAJOR if name in params), "")
        bucket = self._bucket(route, major)
        now = self.clock.seconds()
        allowed = bucket.take(now)
        headers = self._headers(route, bucket, now)
        if not allowed and self.enabled:
            refused = self.refused(max(0.001, bucket.ends - now), scope="user")
            refused.headers |= headers
            raise refused
        return headers

    def take_old_edit(self, channel_id: int) -> None:
        """Count one edit of a message older than an hour, or raise 429/30046 when there were too many."""
        now = self.clock.seconds()
        recent = self._old.setdefault(channel_id, deque())
        while recent and now - recent[0] >= OLD_SECONDS:
            recent.popleft()
        if len(recent) >= OLD_EDITS and self.enabled:
            raise self.old_edits_refused(OLD_SECONDS - (now - recent[0]))
        recent.append(now)

    def refused(self, retry_after: float, *, scope: str, via: bool = True) -> ApiError:
        """Write a 429."""
        headers = {"Retry-After": str(max(1, round(retry_after))), "X-RateLimit-Scope": scope}
        if scope == "global":
            headers["X-RateLimit-Global"] = "true"
        extra = {"retry_after": round(retry_after, 3), "global": scope == "global"}
        return ApiError(429, 0, "You are being rate limited.", headers=headers | (VIA if via else {}), extra=extra)

    def old_edits_refused(self, retry_after: float) -> ApiError:
        """Write the 429 of too many edits of old messages."""
        error = self.refused(retry_after, scope="shared")
        text = "Maximum number of edits to messages older than 1 hour reached. Try again later"
        return ApiError(429, 30046, text, headers=error.headers, extra=error.extra)

    def _take_global(self) -> None:
        now = self.clock.seconds()
        while self._recent and now - self._recent[0] >= 1:
            self._recent.popleft()
        if len(self._recent) >= GLOBAL_PER_SECOND:
            raise self.refused(1 - (now - self._recent[0]), scope="global")
        self._recent.append(now)

    def _bucket(self, route: str, major: str) -> RateBucket:
        limit, seconds = self.limits.get(route, OTHERS)
        return self._buckets.setdefault((route, major), RateBucket(limit, seconds))

    def _headers(self, route: str, bucket: RateBucket, now: float) -> Headers:
        left = max(0.0, bucket.ends - now)
        remaining = max(0, bucket.limit - bucket.used) if self.enabled else bucket.limit
        return {
            "X-RateLimit-Limit": str(bucket.limit),
            "X-RateLimit-Remaining": str(remaining),
            "X-RateLimit-Reset": f"{self.clock.now().timestamp() + left:.3f}",
            "X-RateLimit-Reset-After": f"{left:.3f}",
            "X-RateLimit-Bucket": hashlib.md5(route.encode(), usedforsecurity=False).hexdigest(),
        }

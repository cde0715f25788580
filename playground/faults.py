"""Faults that can be switched on: refusals, lost answers, broken sockets, dead links, vanished places."""

from collections.abc import Callable
from dataclasses import dataclass, field
from enum import Enum, auto
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING

from playground.wire import errors
from playground.wire.errors import ApiError

if TYPE_CHECKING:
    from playground.wire.gateway.sockets import Gateway
    from playground.wire.rest.ratelimits import RateLimits
    from playground.world.channels import Channel
    from playground.world.guilds import Guild
    from playground.world.messages import Message
    from playground.world.state import World

MESSAGES = "POST /channels/{channel_id}/messages"
EDITS = "PATCH /channels/{channel_id}/messages/{message_id}"
CHANNEL = "* /channels/{channel_id}*"
CALLBACK = "POST /interactions/*"
WEBHOOKS = "* /webhooks/*"
ANY = "*"


class Break(Enum):
    """Ways to answer that are no answer."""

    RESET = auto()


@dataclass(eq=False)
class Rule:
    """One fault for the requests that match "METHOD /template" (shell wildcards)."""

    pattern: str
    effect: Callable[[], ApiError] | Break
    times: int
    after: bool = False
    used: int = 0

    def takes(self, method: str, template: str, *, after: bool) -> bool:
        """Whether this rule applies now; counts the use."""
        if (
            self.after is not after
            or self.used >= self.times
            or not fnmatchcase(f"{method} {template}", self.pattern)
        ):
            return False
        self.used += 1
        return True


@dataclass
class CdnFaults:
    """What is wrong with the CDN at the moment."""

    status: int | None = None
    seconds_per_chunk: float = 0.0
    extra_bytes: int = 0
    times: int = 0


@dataclass
class Faults:
    """Switches for everything that can go wrong; each lasts for `times` requests (or until cleared)."""

    world: "World"
    gateway: "Gateway"
    limits: "RateLimits"
    rules: list[Rule] = field(default_factory=list)
    cdn: CdnFaults = field(default_factory=CdnFaults)

    def clear(self) -> None:
        """Switch everything off."""
        self.rules.clear()
        self.cdn = CdnFaults()
        self.gateway.is_away = False
        self.gateway.refused_resumes = 0

    def find(self, method: str, template: str, *, after: bool) -> Rule | None:
        """Find the first rule that wants this request."""
        return next((rule for rule in self.rules if rule.takes(method, template, after=after)), None)

    # --- REST

    def refuse(self, route: str, error: Callable[[], ApiError], *, times: int = 1, after: bool = False) -> Rule:
        """Refuse matching requests; with `after` they are carried out first and only the answer is lost."""
        rule = Rule(route, error, times, after)
        self.rules.append(rule)
        return rule

    def unknown_interaction(self, *, times: int = 1) -> Rule:
        """10062: the first answer came too late."""
        return self.refuse(CALLBACK, errors.unknown_interaction, times=times)

    def already_acknowledged(self, *, times: int = 1) -> Rule:
        """40060: the interaction has been answered."""
        return self.refuse(CALLBACK, errors.already_acknowledged, times=times)

    def token_expired(self, *, times: int = 1) -> Rule:
        """50027: the interaction token is dead."""
        return self.refuse(WEBHOOKS, errors.token_expired, times=times)

    def too_large(self, route: str = MESSAGES, *, times: int = 1) -> Rule:
        """40005 (413): the files are too large."""
        return self.refuse(route, errors.too_large, times=times)

    def missing_permissions(self, route: str = MESSAGES, *, times: int = 1) -> Rule:
        """50013: not allowed there."""
        return self.refuse(route, errors.missing_permissions, times=times)

    def missing_access(self, route: str = CHANNEL, *, times: int = 1) -> Rule:
        """50001: the channel is not visible."""
        return self.refuse(route, errors.missing_access, times=times)

    def unknown_message(self, route: str = EDITS, *, times: int = 1) -> Rule:
        """10008: the message is gone."""
        return self.refuse(route, errors.unknown_message, times=times)

    def unknown_channel(self, route: str = CHANNEL, *, times: int = 1) -> Rule:
        """10003: the channel is gone."""
        return self.refuse(route, errors.unknown_channel, times=times)

    def closed_to_messages(self, *, times: int = 1) -> Rule:
        """50007: the user takes no direct messages."""
        return self.refuse(MESSAGES, errors.closed_to_messages, times=times)

    def rate_limited(
        self, route: str = ANY, *, retry_after: float = 0.05, scope: str = "user", via: bool = True, times: int = 1
    ) -> Rule:
        """429 with scope user, shared or global; without `via` it looks like Cloudflare's ban."""
        return self.refuse(route, lambda: self.limits.refused(retry_after, scope=scope, via=via), times=times)

    def server_error(self, route: str = ANY, *, status: int = 500, times: int = 1, after: bool = False) -> Rule:
        """5xx; with `after` the request is carried out and the answer lost."""
        return self.refuse(route, lambda: ApiError(status, 0, f"{status}: Server Error"), times=times, after=after)

    def reset(self, route: str = ANY, *, times: int = 1, after: bool = False) -> Rule:
        """Cut the connection instead of answering."""
        rule = Rule(route, Break.RESET, times, after)
        self.rules.append(rule)
        return rule

    # --- gateway

    def reconnect(self) -> None:
        """Op 7: ask all clients to reconnect and resume."""
        for socket in self.gateway.sockets:
            socket.send(7)

    def invalid_session(self, *, resumable: bool = False) -> None:
        """Op 9; not resumable means that the session is forgotten."""
        if not resumable:
            self.gateway.forget_sessions()
        for socket in self.gateway.sockets:
            socket.send(9, data=resumable)

    def close_gateway(self, code: int = 4000) -> None:
        """Close all sockets with a code (4000, 4004, 4009, 4014, …)."""
        for socket in self.gateway.sockets:
            socket.close(code)

    def abort_gateway(self) -> None:
        """Cut all sockets' TCP connections."""
        for socket in self.gateway.sockets:
            socket.abort()

    def gateway_absent(self) -> None:
        """Drop connections before they are sockets, until start_gateway() or clear()."""
        self.gateway.is_away = True

    def refuse_resume(self, *, times: int = 1) -> None:
        """Answer the next resumes with op 9."""
        self.gateway.refused_resumes = times

    def replay_after_resume(self, event: str = "INTERACTION_CREATE") -> None:
        """On the next resume send all events of that name once more, with their old numbers."""
        self.gateway.replayed = lambda sent: sent.name == event

    # --- CDN

    def dead_links(self, status: int = 404, *, times: int = 1_000_000) -> None:
        """Answer downloads with 403 or 404."""
        self.cdn = CdnFaults(status=status, times=times)

    def slow_cdn(self, seconds_per_chunk: float, *, times: int = 1_000_000) -> None:
        """Let downloads drip, 1 KiB per chunk."""
        self.cdn = CdnFaults(seconds_per_chunk=seconds_per_chunk, times=times)

    def oversize_cdn(self, extra_bytes: int, *, times: int = 1_000_000) -> None:
        """Send more bytes than the attachment's size says."""
        self.cdn = CdnFaults(extra_bytes=extra_bytes, times=times)

    # --- the world

    def delete_message(self, message: "Message") -> None:
        """Let a moderator delete a message."""
        self.world.delete_message(message)

    def delete_channel(self, channel: "Channel") -> None:
        """Let a moderator delete a channel."""
        self.world.delete_channel(channel)

    def kick_bot(self, guild: "Guild") -> None:
        """Let the bot be removed from a guild."""
        self.world.member_left(guild.members[self.world.bot.id])

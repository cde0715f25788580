"""Faults that a test switches on, such as refusals, lost answers, broken sockets and expired links."""

from collections.abc import Callable
from dataclasses import dataclass

from playground.wire import errors
from playground.wire.errors import ApiError
from playground.wire.fault_rules import Break, CdnFaults, FaultRule, FaultRules
from playground.wire.gateway.server import Gateway
from playground.wire.rest.ratelimits import RateLimits
from playground.world.channels import Channel, Message
from playground.world.guilds import GuildState
from playground.world.state import World

MESSAGES = "POST /channels/{channel_id}/messages"
EDITS = "PATCH /channels/{channel_id}/messages/{message_id}"
CHANNEL = "* /channels/{channel_id}*"
CALLBACK = "POST /interactions/*"
WEBHOOKS = "* /webhooks/*"
ANY = "*"


@dataclass
class Faults:
    """Switches for everything that can go wrong, each for `times` requests or until clear()."""

    world: World
    gateway: Gateway
    limits: RateLimits
    rules: FaultRules

    def clear(self) -> None:
        """Switch everything off."""
        self.rules.rules.clear()
        self.rules.cdn = CdnFaults()
        self.gateway.is_away = False
        self.gateway.refused_resumes = 0

    # --- REST

    def refuse(self, route: str, error: Callable[[], ApiError], *, times: int = 1, after: bool = False) -> FaultRule:
        """Refuse matching requests, which with `after` are carried out first so that only the answer is lost."""
        rule = FaultRule(route, error, times, after)
        self.rules.rules.append(rule)
        return rule

    def unknown_interaction(self, *, times: int = 1) -> FaultRule:
        """Refuse a first answer as too late (10062)."""
        return self.refuse(CALLBACK, errors.unknown_interaction, times=times)

    def already_acknowledged(self, *, times: int = 1) -> FaultRule:
        """Refuse a first answer as the second one (40060)."""
        return self.refuse(CALLBACK, errors.already_acknowledged, times=times)

    def token_expired(self, *, times: int = 1) -> FaultRule:
        """Refuse a follow-up as its token has expired (50027)."""
        return self.refuse(WEBHOOKS, errors.token_expired, times=times)

    def too_large(self, route: str = MESSAGES, *, times: int = 1) -> FaultRule:
        """Refuse files as too large (413, 40005)."""
        return self.refuse(route, errors.too_large, times=times)

    def missing_permissions(self, route: str = MESSAGES, *, times: int = 1) -> FaultRule:
        """Refuse for a missing permission (50013)."""
        return self.refuse(route, errors.missing_permissions, times=times)

    def missing_access(self, route: str = CHANNEL, *, times: int = 1) -> FaultRule:
        """Refuse as the channel is not visible (50001)."""
        return self.refuse(route, errors.missing_access, times=times)

    def unknown_message(self, route: str = EDITS, *, times: int = 1) -> FaultRule:
        """Refuse as the message is gone (10008)."""
        return self.refuse(route, errors.unknown_message, times=times)

    def unknown_channel(self, route: str = CHANNEL, *, times: int = 1) -> FaultRule:
        """Refuse as the channel is gone (10003)."""
        return self.refuse(route, errors.unknown_channel, times=times)

    def closed_to_messages(self, *, times: int = 1) -> FaultRule:
        """Refuse as the user takes no direct messages (50007)."""
        return self.refuse(MESSAGES, errors.closed_to_messages, times=times)

    def rate_limited(
        self, route: str = ANY, *, retry_after: float = 0.05, scope: str = "user", via: bool = True, times: int = 1
    ) -> FaultRule:
        """Answer 429 with scope user, shared or global, and without `via` as Cloudflare's ban does."""
        return self.refuse(route, lambda: self.limits.refused(retry_after, scope=scope, via=via), times=times)

    def server_error(self, route: str = ANY, *, status: int = 500, times: int = 1, after: bool = False) -> FaultRule:
        """Answer 5xx, with `after` once the request has been carried out."""
        return self.refuse(route, lambda: ApiError(status, 0, f"{status}: Server Error"), times=times, after=after)

    def reset(self, route: str = ANY, *, times: int = 1, after: bool = False) -> FaultRule:
        """Cut the connection instead of answering."""
        rule = FaultRule(route, Break.RESET, times, after)
        self.rules.rules.append(rule)
        return rule

    # --- gateway

    def reconnect(self) -> None:
        """Ask all clients to reconnect and resume (op 7)."""
        for socket in self.gateway.sockets:
            socket.send(7)

    def invalid_session(self, *, resumable: bool = False) -> None:
        """Declare the session invalid (op 9), and forget it unless it is resumable."""
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
        self.rules.cdn = CdnFaults(status=status, times=times)

    def slow_cdn(self, seconds_per_chunk: float, *, times: int = 1_000_000) -> None:
        """Send downloads slowly, 1 KiB per chunk."""
        self.rules.cdn = CdnFaults(seconds_per_chunk=seconds_per_chunk, times=times)

    def oversize_cdn(self, extra_bytes: int, *, times: int = 1_000_000) -> None:
        """Send more bytes than the attachment's size says."""
        self.rules.cdn = CdnFaults(extra_bytes=extra_bytes, times=times)

    # --- the world

    def delete_message(self, message: Message) -> None:
        """Let a moderator delete a message."""
        message.delete()

    def delete_channel(self, channel: Channel) -> None:
        """Let a moderator delete a channel."""
        self.world.delete_channel(channel)

    def kick_bot(self, guild: GuildState) -> None:
        """Let the bot be removed from a guild."""
        guild.members[self.world.bot.id].leave()

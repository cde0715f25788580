"""The playground itself: one loopback port with gateway, REST and CDN, and the handles that tests hold."""

import secrets
from base64 import urlsafe_b64encode
from collections.abc import Callable
from typing import ClassVar, Self

from aiohttp import web

from playground.faults import Faults
from playground.wire.cdn import Cdn
from playground.wire.gateway.events import PRIVILEGED, Intent
from playground.wire.gateway.sockets import Gateway
from playground.wire.rest import channels, definitions, interactions, messages, people
from playground.wire.rest.front import LARGEST_REQUEST, Front
from playground.wire.rest.ratelimits import RateLimits
from playground.wire.traffic import Dispatched, Exchange, Observer, Seen
from playground.world.clock import Clock
from playground.world.guilds import Guild
from playground.world.json_values import Json
from playground.world.permissions import EVERYONE, Permission
from playground.world.state import World

BOT_PERMISSIONS = int(EVERYONE | Permission.MANAGE_MESSAGES)


class Playground:
    """A Discord on loopback; enter it to start, leave it to stop."""

    everywhere: ClassVar[list[Callable[["Playground", Seen], None]]] = []  # observers of all playgrounds

    def __init__(
        self,
        *,
        host: str = "127.0.0.1",
        port: int = 0,
        bot_name: str = "Atelier",
        message_content: bool = False,
        privileged: int = 0,
        seconds_to_answer: float = 3.0,
        heartbeat_interval: float = 41.25,
        identify_gap: float = 0.0,
        rate_limits: bool = True,
        clock: Clock | None = None,
    ) -> None:
        self.clock = clock or Clock()
        self.world = World(
            self.clock, bot_name=bot_name, message_content=message_content, seconds_to_answer=seconds_to_answer
        )
        self.token = make_token(self.world.bot.id)
        self.requests: list[Exchange] = []
        self.events: list[Dispatched] = []
        self.observers: list[Observer] = []
        self.limits = RateLimits(self.clock, enabled=rate_limits)
        self.gateway = Gateway(
            self.world,
            token=self.token,
            heartbeat_interval=heartbeat_interval,
            identify_gap=identify_gap,
            allowed_privileged=privileged | (Intent.MESSAGE_CONTENT if message_content else 0),
            observe=self._observe,
        )
        self.faults = Faults(self.world, self.gateway, self.limits)
        self.cdn = Cdn(self.world, self.faults)
        self._host = host
        self._port = port
        self._runner: web.AppRunner | None = None

    # --- start and stop

    async def __aenter__(self) -> Self:
        app = web.Application(client_max_size=LARGEST_REQUEST)
        self._front().register(app)
        self.cdn.register(app)
        app.router.add_get("/", self.gateway.accept)
        self._runner = web.AppRunner(app, access_log=None, handle_signals=False, shutdown_timeout=1.0)
        await self._runner.setup()
        site = web.TCPSite(self._runner, self._host, self._port)
        await site.start()
        self._port = self._runner.addresses[0][1]
        self.world.links.origin = self.cdn_url
        self.gateway.url = self.gateway_url
        return self

    async def __aexit__(self, *_: object) -> None:
        self.clock.stop()
        self.faults.abort_gateway()
        if self._runner:
            await self._runner.cleanup()

    def _front(self) -> Front:
        gateway = people.gateway_routes(lambda: self.gateway_url, lambda: self.gateway.identifies_left)
        routes = [
            *gateway,
            *people.ROUTES,
            *definitions.ROUTES,
            *messages.ROUTES,
            *channels.ROUTES,
            *interactions.ROUTES,
        ]
        return Front(self.world, self.faults, self.limits, routes, token=self.token, observe=self._observe)

    # --- addresses

    @property
    def cdn_url(self) -> str:
        """Where attachment links point to."""
        return f"http://{self._host}:{self._port}"

    @property
    def api_url(self) -> str:
        """What discord.http.Route.BASE has to be."""
        return f"{self.cdn_url}/api/v10"

    @property
    def gateway_url(self) -> str:
        """What discord.gateway.DiscordWebSocket.DEFAULT_GATEWAY has to be."""
        return f"ws://{self._host}:{self._port}/"

    @property
    def environment(self) -> dict[str, str]:
        """The environment variables that playground.point reads."""
        return {"PLAYGROUND_API": self.api_url, "PLAYGROUND_GATEWAY": self.gateway_url}

    # --- the world

    def add_guild(self, name: str, *, bot_permissions: int = BOT_PERMISSIONS, tier: int = 0) -> Guild:
        """Found a guild with the bot in it."""
        return self.world.add_guild(name, bot_permissions=bot_permissions, tier=tier)

    @property
    def commands(self) -> list[Json]:
        """The commands that the bot has registered."""
        return list(self.world.commands.values())

    @property
    def invalid_requests(self) -> int:
        """How many requests were answered 401, 403 or 429; 10,000 in ten minutes would be a ban."""
        return sum(seen.status in (401, 403, 429) for seen in self.requests)

    def advance(self, *, seconds: float = 0, minutes: float = 0, hours: float = 0, days: float = 0) -> None:
        """Let time pass in the playground without waiting."""
        self.clock.advance(seconds=seconds, minutes=minutes, hours=hours, days=days)

    # --- the bot

    async def bot_ready(self, session: int = 1, *, timeout: float = 60.0) -> None:
        """Wait until the n-th session since the start is identified and commands are registered."""
        await self.world.changes.until(
            lambda: self.gateway.ready_count >= session and self.world.syncs > 0,
            timeout=timeout,
            what=f"session {session}; so far {self.gateway.ready_count}, commands synced {self.world.syncs} times",
        )

    async def bot_gone(self, *, timeout: float = 30.0) -> None:
        """Wait until no socket is open."""
        await self.world.changes.until(lambda: not self.gateway.sockets, timeout=timeout, what="the bot's departure")

    async def bot_resumed(self, times: int = 1, *, timeout: float = 30.0) -> None:
        """Wait for the n-th RESUME since the start."""
        what = f"resume {times} (so far {self.gateway.resumes})"
        await self.world.changes.until(lambda: self.gateway.resumes >= times, timeout=timeout, what=what)

    async def until(self, claim: Callable[[], bool], *, timeout: float = 30.0, what: str = "the claim") -> None:
        """Wait until a claim about the playground holds; looked at after each change."""
        await self.world.changes.until(claim, timeout=timeout, what=what)

    def stop_gateway(self) -> None:
        """Take the gateway away: sockets are cut, new ones refused."""
        self.gateway.is_away = True
        self.faults.abort_gateway()

    def start_gateway(self) -> None:
        """Bring the gateway back; sessions can be resumed."""
        self.gateway.is_away = False

    async def restart_gateway(self) -> None:
        """Cut all sockets; clients may come back and resume at once."""
        self.stop_gateway()
        await self.bot_gone()
        self.start_gateway()

    def _observe(self, seen: Seen) -> None:
        match seen:
            case Exchange():
                self.requests.append(seen)
                self.world.changes.notify()
            case Dispatched():
                self.events.append(seen)
            case _:
                pass
        for observer in self.observers:
            observer(seen)
        for everywhere in self.everywhere:
            everywhere(self, seen)


def make_token(user_id: int) -> str:
    """Make a bot token of Discord's shape: user id in base64, six and 38 characters."""
    head = urlsafe_b64encode(str(user_id).encode()).decode().rstrip("=")
    return f"{head}.{secrets.token_urlsafe(8)[:6]}.{secrets.token_urlsafe(40)[:38]}"


__all__ = ["PRIVILEGED", "Playground"]

"""The playground itself, which serves gateway, REST and CDN on one loopback port."""

import secrets
from base64 import urlsafe_b64encode
from collections.abc import Callable
from typing import ClassVar, Self

from aiohttp import web

from playground.acts.guilds import Guild, found_guild
from playground.faults import Faults
from playground.wire.cdn import Cdn
from playground.wire.fault_rules import FaultRules
from playground.wire.gateway.events import Intent
from playground.wire.gateway.server import Gateway
from playground.wire.rest import channels, definitions, interactions, messages, people, webhooks
from playground.wire.rest.front import LARGEST_REQUEST, Front
from playground.wire.rest.ratelimits import RateLimits
from playground.wire.traffic import Dispatched, Exchange, Observer, Seen
from playground.world.changes import PATIENCE
from playground.world.clock import Clock
from playground.world.json_values import Json
from playground.world.permissions import EVERYONE, Permission
from playground.world.state import World

HOST, BOT_NAME = "127.0.0.1", "Atelier"
BOT_PERMISSIONS = int(EVERYONE | Permission.MANAGE_MESSAGES)


class Playground:
    """A Discord on loopback that starts when it is entered and stops when it is left."""

    everywhere: ClassVar[list[Callable[["Playground", Seen], None]]] = []  # observers of all playgrounds

    def __init__(
        self,
        *,
        port: int = 0,
        message_content: bool = False,
        heartbeat_interval: float = 41.25,
        identify_gap: float = 0.0,
        rate_limits: bool = True,
        clock: Clock | None = None,
    ) -> None:
        self.clock = clock or Clock()
        self.world = World(self.clock, bot_name=BOT_NAME, message_content=message_content)
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
            allowed_privileged=Intent.MESSAGE_CONTENT if message_content else 0,
            observe=self._observe,
        )
        self._rules = FaultRules()
        self.faults = Faults(self.world, self.gateway, self.limits, self._rules)
        self.cdn = Cdn(self.world, self._rules)
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
        site = web.TCPSite(self._runner, HOST, self._port)
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
            *webhooks.ROUTES,
        ]
        return Front(self.world, self._rules, self.limits, routes, token=self.token, observe=self._observe)

    # --- addresses

    @property
    def cdn_url(self) -> str:
        """Where attachment links point to."""
        return f"http://{HOST}:{self._port}"

    @property
    def api_url(self) -> str:
        """What discord.http.Route.BASE has to be."""
        return f"{self.cdn_url}/api/v10"

    @property
    def gateway_url(self) -> str:
        """What discord.gateway.DiscordWebSocket.DEFAULT_GATEWAY has to be."""
        return f"ws://{HOST}:{self._port}/"

    @property
    def environment(self) -> dict[str, str]:
        """The environment variables that playground.point reads."""
        return {"PLAYGROUND_API": self.api_url, "PLAYGROUND_GATEWAY": self.gateway_url}

    # --- the world

    def add_guild(
        self, name: str, *, bot_permissions: int = BOT_PERMISSIONS, tier: int = 0, guild_id: int | None = None
    ) -> Guild:
        """Found a guild with the bot in it, under a new id or a given one."""
        return found_guild(self.world, name, bot_permissions=bot_permissions, tier=tier, guild_id=guild_id)

    @property
    def commands(self) -> list[Json]:
        """The commands that the bot has registered."""
        return list(self.world.commands.values())

    @property
    def invalid_requests(self) -> int:
        """How many requests were answered 401, 403 or 429, where 10,000 in ten minutes would be a ban."""
        return sum(seen.status in (401, 403, 429) for seen in self.requests)

    def advance(self, *, seconds: float = 0, minutes: float = 0, hours: float = 0, days: float = 0) -> None:
        """Let time pass in the playground without waiting."""
        self.clock.advance(seconds=seconds, minutes=minutes, hours=hours, days=days)

    # --- the bot

    async def bot_ready(self, session: int = 1, *, timeout: float = PATIENCE) -> None:
        """Wait until the n-th session since the start is identified and commands are registered."""
        await self.world.changes.until(
            lambda: self.gateway.ready_count >= session and self.world.syncs > 0,
            timeout=timeout,
            what=f"session {session}; so far {self.gateway.ready_count}, commands synced {self.world.syncs} times",
        )

    async def bot_gone(self, *, timeout: float = PATIENCE) -> None:
        """Wait until no socket is open."""
        await self.world.changes.until(lambda: not self.gateway.sockets, timeout=timeout, what="no open socket")

    async def bot_resumed(self, times: int = 1, *, timeout: float = PATIENCE) -> None:
        """Wait for the n-th RESUME since the start."""
        what = f"resume {times} (so far {self.gateway.resumes})"
        await self.world.changes.until(lambda: self.gateway.resumes >= times, timeout=timeout, what=what)

    async def until(self, claim: Callable[[], bool], *, timeout: float = PATIENCE, what: str = "the claim") -> None:
        """Wait until a claim about the playground holds, looked at after each change."""
        await self.world.changes.until(claim, timeout=timeout, what=what)

    def stop_gateway(self) -> None:
        """Take the gateway away, so that sockets are cut and new ones refused."""
        self.gateway.is_away = True
        self.faults.abort_gateway()

    def start_gateway(self) -> None:
        """Bring the gateway back, with its sessions."""
        self.gateway.is_away = False

    async def restart_gateway(self) -> None:
        """Cut all sockets, so that clients may come back and resume at once."""
        self.stop_gateway()
        await self.bot_gone()
        self.start_gateway()

    def _observe(self, seen: Seen) -> None:
        if isinstance(seen, Exchange):
            self.requests.append(seen)
            self.world.changes.notify()
        elif isinstance(seen, Dispatched):
            self.events.append(seen)
        for observer in self.observers:
            observer(seen)
        for everywhere in self.everywhere:
            everywhere(self, seen)


def make_token(user_id: int) -> str:
    """Make a bot token of Discord's shape, which is the user id in base64, six and 38 characters."""
    head = urlsafe_b64encode(str(user_id).encode()).decode().rstrip("=")
    return f"{head}.{secrets.token_urlsafe(8)[:6]}.{secrets.token_urlsafe(40)[:38]}"

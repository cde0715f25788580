"""The gateway of the playground."""

import asyncio
import json
import secrets
from collections.abc import Callable

from aiohttp import WSMsgType, web

from playground.wire import payloads
from playground.wire.gateway.compression import packing
from playground.wire.gateway.events import ALL_INTENTS, PRIVILEGED, GatewayEvent, event_of, guild_create, plain_event
from playground.wire.gateway.sessions import DISPATCH, SENDS_PER_MINUTE, Closing, GatewaySession, GatewaySocket
from playground.wire.traffic import Dispatched, Observer, Received
from playground.world.guilds import GuildState
from playground.world.json_values import Json
from playground.world.state import World

INVALID, HELLO, ACK = 9, 10, 11  # op codes that the server sends
LARGEST_COMMAND = 4096  # bytes in a payload from the bot
API_VERSIONS = {"9", "10"}


class Gateway:
    """Accepts sockets and hands the world's events to the sessions."""

    def __init__(
        self,
        world: World,
        *,
        token: str,
        allowed_privileged: int,
        heartbeat_interval: float,
        identify_gap: float,
        observe: Observer,
    ) -> None:
        self.url = ""
        self.sessions: dict[str, GatewaySession] = {}
        self.ready_count = 0
        self.identify_times: list[float] = []
        self.resumes = 0
        self.identifies_left = 1000
        self.is_away = False
        self.refused_resumes = 0
        self.replayed: Callable[[GatewayEvent], bool] | None = None
        self._world = world
        self._token = token
        self._allowed = allowed_privileged
        self._interval = heartbeat_interval
        self._gap = identify_gap
        self._observe = observe
        self._sockets: set[GatewaySocket] = set()
        world.emit = self.emit

    @property
    def sockets(self) -> list[GatewaySocket]:
        """The sockets that are open now."""
        return list(self._sockets)

    def emit(self, name: str, subject: object) -> None:
        """Hand an event of the world to all sessions that want it."""
        event = event_of(self._world, name, subject)
        if event is None:
            return
        for session in list(self.sessions.values()):
            if session.covers(event.guild_id):
                self._dispatch(session, event)

    def forget_sessions(self) -> None:
        """Make all sessions unknown, so that none can be resumed."""
        self.sessions.clear()

    # --- one socket

    async def accept(self, request: web.Request) -> web.WebSocketResponse:
        """Serve one socket from HELLO to its end."""
        ws = web.WebSocketResponse(max_msg_size=0, autoping=True)
        if self.is_away:
            if request.transport:
                request.transport.abort()
            return ws
        await ws.prepare(request)
        socket = GatewaySocket(request, ws, packing(request.query.get("compress")))
        self._sockets.add(socket)
        writer = asyncio.create_task(socket.write())
        try:
            await self._converse(socket, request)
        finally:
            await self._end(socket, writer)
        return ws

    async def _converse(self, socket: GatewaySocket, request: web.Request) -> None:
        if request.query.get("v", "10") not in API_VERSIONS:
            socket.close(4012)
        elif request.query.get("encoding", "json") != "json":
            socket.close(4002)
        else:
            socket.send(HELLO, {"heartbeat_interval": int(self._interval * 1000)})
            socket.beat(self._interval)
        async for frame in socket.ws:
            if frame.type not in (WSMsgType.TEXT, WSMsgType.BINARY):
                continue
            try:
                self._obey(socket, frame.data)
            except Closing as closing:
                socket.close(closing.code)

    async def _end(self, socket: GatewaySocket, writer: asyncio.Task[None]) -> None:
        self._sockets.discard(socket)
        socket.stop()
        writer.cancel()
        await asyncio.gather(writer, return_exceptions=True)
        session = socket.session
        if session and session.socket is socket:
            session.socket = None
            if socket.ws.close_code in (1000, 1001) and not socket.closed_by_us:
                self.sessions.pop(session.id, None)
        self._world.changes.notify()

    # --- commands from the bot

    def _obey(self, socket: GatewaySocket, raw: str | bytes) -> None:
        op, data = self._read(socket, raw)
        self._observe(Received(op, data))
        match op:
            case 1:
                socket.beat(self._interval)
                socket.send(ACK)
            case 2:
                self._identify(socket, data)
            case 6:
                self._resume(socket, data)
            case _ if socket.session is None:
                raise Closing(4003, "Not authenticated")
            case 3 | 4:
                pass
            case 8:
                self._send_members(socket.session, data)
            case _:
                raise Closing(4001, "Unknown opcode")

    def _read(self, socket: GatewaySocket, raw: str | bytes) -> tuple[int, Json]:
        now = self._world.clock.seconds()
        if len(socket.sends) == SENDS_PER_MINUTE and now - socket.sends[0] < 60:
            raise Closing(4008, "Rate limited")
        socket.sends.append(now)
        if len(raw) > LARGEST_COMMAND:
            raise Closing(4002, "Payload too large")
        try:
            command = json.loads(raw)
            op, data = command["op"], command.get("d")
        except (ValueError, TypeError, KeyError) as error:
            raise Closing(4002, "Decode error") from error
        return int(op), data if isinstance(data, dict) else {}

    def _identify(self, socket: GatewaySocket, data: Json) -> None:
        if socket.session:
            raise Closing(4005, "Already authenticated")
        if str(data.get("token", "")).removeprefix("Bot ") != self._token or not self.identifies_left:
            raise Closing(4004, "Authentication failed")
        now = self._world.clock.seconds()
        if self.identify_times and now - self.identify_times[-1] < self._gap:
            socket.send(INVALID, data=False)
            return
        session = GatewaySession(secrets.token_hex(16), _intents(data, self._allowed), _shard(data), socket=socket)
        self.identify_times.append(now)
        self.identifies_left -= 1
        self.sessions[session.id] = socket.session = session
        self._greet(session)

    def _greet(self, session: GatewaySession) -> None:
        guilds = [g for g in self._world.guilds.values() if g.has_bot and session.covers(g.id)]
        self._dispatch(session, plain_event("READY", self._ready(session, guilds)))
        for guild in guilds:
            self._dispatch(session, guild_create(self._world, guild))
        self.ready_count += 1
        self._world.changes.notify()

    def _dispatch(self, session: GatewaySession, event: GatewayEvent) -> None:
        data = session.dispatch(event)
        if data is not None:
            self._observe(Dispatched(event.name, data))

    def _ready(self, session: GatewaySession, guilds: list[GuildState]) -> Json:
        return {
            "v": 10,
            "user": payloads.own_user(self._world.bot),
            "guilds": [{"id": str(g.id), "unavailable": True} for g in guilds],
            "session_id": session.id,
            "session_type": "normal",
            "resume_gateway_url": self.url,
            "shard": list(session.shard),
            "application": {"id": str(self._world.application_id), "flags": 0, "flags_new": "0"},
            "private_channels": [],
            "relationships": [],
            "presences": [],
        }

    def _resume(self, socket: GatewaySocket, data: Json) -> None:
        if str(data.get("token", "")).removeprefix("Bot ") != self._token:
            raise Closing(4004, "Authentication failed")
        session = self.sessions.get(str(data.get("session_id")))
        if session is None or self.refused_resumes:
            self.refused_resumes = max(0, self.refused_resumes - 1)
            socket.send(INVALID, data=False)
            return
        last = data.get("seq")
        if not isinstance(last, int) or last > session.sequence:
            raise Closing(4007, "Invalid seq")
        socket.session, session.socket = session, socket
        self._catch_up(session, socket, last)
        self.resumes += 1
        self._world.changes.notify()

    def _catch_up(self, session: GatewaySession, socket: GatewaySocket, last: int) -> None:
        again = self.replayed
        for sequence, event, data in session.sent:
            if sequence > last or (again and again(event)):
                socket.send(DISPATCH, data, name=event.name, sequence=sequence)
        self.replayed = None
        self._dispatch(session, plain_event("RESUMED", {"_trace": []}))

    def _send_members(self, session: GatewaySession, data: Json) -> None:
        guild = self._world.guilds.get(int(data.get("guild_id", 0)))
        if guild is None:
            return
        wanted = {str(user_id) for user_id in data.get("user_ids") or ()}
        query = str(data.get("query") or "").lower()
        found = [
            m
            for m in guild.members.values()
            if str(m.id) in wanted or (not wanted and m.name.lower().startswith(query))
        ]
        chunk: Json = {
            "guild_id": str(guild.id),
            "members": [payloads.member(m) for m in found],
            "chunk_index": 0,
            "chunk_count": 1,
            "not_found": sorted(wanted - {str(m.id) for m in found}),
        }
        nonce = {"nonce": data["nonce"]} if "nonce" in data else {}
        self._dispatch(session, plain_event("GUILD_MEMBERS_CHUNK", {**chunk, **nonce}, guild=guild))


def _intents(data: Json, allowed: int) -> int:
    intents = data.get("intents")
    if not isinstance(intents, int) or intents & ~ALL_INTENTS:
        raise Closing(4013, "Invalid intents")
    if intents & PRIVILEGED & ~allowed:
        raise Closing(4014, "Disallowed intents")
    return intents


def _shard(data: Json) -> tuple[int, int]:
    shard = data.get("shard", [0, 1])
    try:
        index, count = (int(part) for part in shard)
    except (TypeError, ValueError) as error:
        raise Closing(4010, "Invalid shard") from error
    if not 0 <= index < count:
        raise Closing(4010, "Invalid shard")
    return index, count

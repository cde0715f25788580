"""Secrets as canaries: after trainings, drawings and failures at every hosted backend, none has flown anywhere."""

import asyncio
import base64
import importlib
import json
import logging
import re
from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from contextlib import AsyncExitStack, suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import httpx
import pytest
from pydantic import SecretStr

from backends.base import Backend, ResultStore
from bot.__main__ import LOG_FORM
from bot.background import watcher
from bot.client import Client
from bot.composition import atelier
from bot.hosted import hosted_backends
from bot.redaction import RedactingFormatter
from bot.settings import Settings
from playground import Channel, Guild, Member, Message, Permission, Playground
from tests.pictures import drawn
from tests.providers.fal import FalStandIn
from tests.providers.faults import Fault, Kind
from tests.providers.krea import Krea
from tests.providers.novita import Novita
from tests.providers.octoai import OctoAI
from tests.providers.replicate import ReplicateStandIn
from tests.providers.scenario import Scenario
from tests.providers.standin import StandIn

CANARIES: Mapping[type[StandIn], Mapping[str, str]] = {
    Novita: {"novita_key": "sk_canary-novita-5d2f8a"},
    Scenario: {"scenario_key": "api_canary-scenario-91bc", "scenario_secret": "canary-scenario-secret-7e"},
    OctoAI: {"octoai_token": "canary.octoai.token.44ff01"},
    ReplicateStandIn: {"replicate_token": "r8_CanaryReplicate0000000000000000000000"},
    FalStandIn: {"fal_key": "canary-fal-id-1:canary-fal-secret-9f2c"},
    Krea: {"krea_key": "canary-krea-id:canary-krea-secret-03"},
}
KEYS = {kind: ":".join(values.values()) for kind, values in CANARIES.items()}
SECRETS = [value for values in CANARIES.values() for value in values.values()]
# Every form in which a secret could be written down.
FORMS = {
    *SECRETS,
    *(half for value in SECRETS for half in value.split(":")),
    base64.b64encode(KEYS[Scenario].encode()).decode(),
}
PATIENCE = 60.0
Spoil = Callable[[], None]


def nothing() -> None:
    """Spoil nothing."""


@dataclass
class Everything:
    """The bot with all hosted backends on, their stand-ins by name, and what it logs."""

    client: Client
    standins: Mapping[str, Any]
    settings: Settings
    log: Path
    discord: Playground


def echo(standin: StandIn) -> str:
    """Return the page of a gateway that shows a request's headers to whoever made it."""
    heard = [seen.headers["Authorization"] for seen in standin.seen if "Authorization" in seen.headers]
    line = heard[-1] if heard else f"Bearer {standin.key}"
    return f"<html><body><pre>GET / HTTP/1.1\nAuthorization: {line}\n\nkey={line.split()[1]}</pre></body></html>"


def told(key: str) -> str:
    """Return an error that quotes the key in every field in which a provider says something to people."""
    words = f"the key {key} may not do that"
    fields = ("message", "detail", "error", "title", "reason", "apiError", "msg", "description", "metadata")
    return json.dumps(dict.fromkeys(fields, words) | {"code": 400})


@pytest.fixture
def logged(discord: Playground, tmp_path: Path) -> Iterator[Path]:
    """Write everything that anybody logs into a file, through the formatter that the bot uses."""
    file = tmp_path / "bot.log"
    handler = logging.FileHandler(file)
    handler.setFormatter(RedactingFormatter(LOG_FORM, secrets=(*SECRETS, discord.token)))
    root = logging.getLogger()
    level = root.level
    root.addHandler(handler)
    root.setLevel(logging.DEBUG)
    yield file
    root.removeHandler(handler)
    root.setLevel(level)
    handler.close()


def quick(settings: Settings, web: httpx.AsyncBaseTransport, store: ResultStore) -> Mapping[str, Backend]:
    """Return the hosted backends as the bot makes them, looked at as often as a test likes."""
    made = hosted_backends(settings, web, store)
    for backend in made.values():
        backend.abilities = replace(backend.abilities, poll_seconds=0.05)
    return made


@pytest.fixture
async def everything(
    discord: Playground, guild: Guild, tmp_path: Path, logged: Path, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[Everything]:
    del guild  # it is there before the bot connects
    monkeypatch.setattr(watcher, "pause_after", lambda *_, **__: 0.05)
    async with AsyncExitStack() as stack:
        running = {
            kind: await stack.enter_async_context(type(kind.__name__, (kind,), {"key": key})())
            for kind, key in KEYS.items()
        }
        for standin in running.values():  # already the audit at the start meets a page that shows the key
            standin.faults.add("GET .*", Fault(status=401, body=echo(standin)))
        values = {
            name: value
            for kind, standin in running.items()
            for name, value in {**standin.settings(), **CANARIES[kind]}.items()
        }
        settings = Settings(
            discord_token=SecretStr(discord.token),
            data_dir=tmp_path / "data",
            attachment_origins=(discord.cdn_url,),
            guild_ready_timeout=0.1,
            worker=False,
            local=False,
            poll_seconds=0.05,
            edit_seconds=0.0,
            file_origins=tuple(standin.files_url for standin in running.values()),
            cap_bot=1_000.0,
            cap_server=1_000.0,
            cap_member=1_000.0,
            approval_above=1_000.0,
            **values,
        )
        client = await stack.enter_async_context(atelier(settings, backends={}, hosted=quick))
        connected = asyncio.create_task(client.start(discord.token))
        await discord.bot_ready(session=1)
        by_name = {standin.name: standin for standin in running.values()}
        yield Everything(client, by_name, settings, logged, discord)
        await client.close()
        await asyncio.wait({connected}, timeout=10)
        await asyncio.gather(connected, return_exceptions=True)


async def order(
    ana: Member, channel: Channel, place: str, name: str, *, first: Spoil = nothing, then: Spoil = nothing
) -> Message:
    """Order a training; return the message that says how it ended, or that its owner must decide.

    `first` spoils things once there is a quote, `then` once the training is handed over.
    """
    started = await ana.command(channel, "train start", dataset="Robo", preset="fast", checkpoint=place, name=name)
    quote = await started.final()
    assert quote.buttons, quote.text
    first()
    await (await ana.press(quote, "Confirm")).final()
    then()
    return await channel.wait_for(
        lambda m: (
            f"`{name} v1` is done" in m.text
            or (f"`{name}`" in m.text and any(f"Training · {end}" in m.text for end in ("failed", "interrupted")))
        ),
        seen_by=ana,
        timeout=PATIENCE,
    )


async def draw(ana: Member, channel: Channel, model: str) -> Message:
    """Order a picture, and return the message that shows it or says why not."""
    reply = await ana.command(channel, "imagine", prompt="at the sea", model=model)
    first = await reply.final()
    return await channel.wait_for(
        lambda m: m.id == first.id and ("Re-roll" in m.text or "failed" in m.text.lower()),
        seen_by=ana,
        timeout=PATIENCE,
    )


def places(everything: Everything) -> dict[str, str]:
    """Return a checkpoint of each backend, as a member names it."""
    found = everything.client.services.quotes.places()
    return {name: next(place.key for place in found if place.backend.name == name) for name in everything.standins}


async def live(everything: Everything, ana: Member, channel: Channel, name: str, place: str) -> None:
    """Let a training be refused, be lost, and come to its end through broken answers; then draw with it."""
    standin = everything.standins[name]
    case = importlib.import_module(f"tests.backends.cases.{name}").CASES[0]
    paid = "(POST|PUT) .*" if name in ("novita", "scenario") else case.paid
    page, words = echo(standin), told(standin.key)

    def spoil(pattern: str, *faults: Fault) -> Spoil:
        def play() -> None:
            for fault in faults:
                standin.faults.add(pattern, fault)
            standin.held = False

        return play

    for number, fault in enumerate((Fault(status=401, body=page), Fault(status=403, body=words)), start=1):
        card = await order(ana, channel, place, f"{name} refused {number}", first=spoil(paid, fault))
        assert "failed" in card.text
    lost = Fault(status=200, body=page, after=True)
    await order(ana, channel, place, f"{name} lost", first=spoil(case.paid, lost))
    broken = (
        Fault(status=401, body=page),
        Fault(status=500, body=words),
        Fault(status=200, body=page),
        Fault(status=403, body=words),
        Fault(Kind.RESET),
        Fault(status=302, headers={"Location": f"http://127.0.0.1:9/?key={standin.key}"}),
    )
    standin.held = True
    card = await order(ana, channel, place, f"{name} good", then=spoil(case.polled, *broken))
    assert "is done" in card.text
    assert (await draw(ana, channel, f"{name} good v1")).attachments
    standin.faults.add("POST .*", Fault(status=401, body=words), times=3)
    assert not (await draw(ana, channel, f"{name} good v1")).attachments
    standin.faults.clear()


@pytest.mark.slow
@pytest.mark.timeout(300)
async def test_no_secret_is_found_in_a_log_a_message_the_database_or_anybody_elses_request(
    everything: Everything, discord: Playground, guild: Guild, channel: Channel, ana: Member
) -> None:
    manager = guild.add_member("Mo", permissions=int(Permission.MANAGE_GUILD))
    await (await ana.command(channel, "dataset new", name="Robo", kind="character")).final()
    files: dict[str, Any] = {f"image{n}": drawn(n, side=512) for n in range(1, 7)}
    await ana.command(channel, "dataset add", dataset="Robo", **files)
    await channel.wait_for(lambda m: "Added 6 pictures" in m.text, seen_by=ana)

    for name, place in places(everything).items():
        await live(everything, ana, channel, name, place)
    for standin in everything.standins.values():
        standin.faults.add(".*", Fault(status=401, body=told(standin.key)))
    status = await (await manager.command(channel, "admin status")).final()
    kept = b"".join(file.read_bytes() for file in sorted(everything.settings.data_dir.glob("*.sqlite*")))
    log = everything.log.read_text()

    assert len(status.text.splitlines()) > 5
    assert len(kept) > 100_000
    check_requests(everything)
    secrets = {*FORMS, discord.token}
    assert not {secret for secret in secrets if secret in log}
    assert not re.findall(r"(?i)(?:signature|x-amz-credential)=(?!\[hidden\])[^\s&\"']+", log)
    assert not {secret for secret in secrets if secret.encode() in kept}
    assert not {secret for secret in secrets if secret in seen_by_discord(discord, channel)}
    assert "[hidden]" in log  # a secret did come by
    fields = {name for name, field in Settings.model_fields.items() if "Secret" in str(field.annotation)}
    assert {name for values in CANARIES.values() for name in values} == fields - {"discord_token"}


def seen_by_discord(discord: Playground, channel: Channel) -> str:
    """Return everything that the bot ever told Discord, and every version of every message."""
    told_by_rest = [(seen.path, seen.query, seen.request, seen.files) for seen in discord.requests]
    shown = [(m.text, m.embeds, m.components, m.history) for m in channel.messages]
    return f"{told_by_rest} {shown} {discord.events}"


def check_requests(everything: Everything) -> None:
    """Whether each provider heard its own key, in the header that is for it and nowhere else."""
    for name, standin in everything.standins.items():
        own = {standin.key, base64.b64encode(standin.key.encode()).decode()}
        heard = 0
        for seen in standin.seen:
            headers = dict(seen.headers)
            authorization = headers.pop("Authorization", "")
            if authorization:
                assert seen.origin != "files", f"{name}: the key went to {seen.path}"
                assert authorization.split()[1] in own
                heard += 1
            with suppress(UnicodeDecodeError):
                rest = f"{seen.path} {seen.query} {headers} {seen.body.decode()}"
                assert not {form for form in FORMS if form in rest}, f"{name}: {seen.method} {seen.path}"
            assert not {form for form in FORMS if form.encode() in seen.body}
        assert heard > 10, name

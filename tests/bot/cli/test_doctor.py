"""`atelier doctor` tells how everything is that the settings switch on, and tells no secret."""

import asyncio
import importlib.util
import io
import json
import shutil
from collections.abc import Mapping, Sequence
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any

import pytest
from pydantic import SecretStr
from rich.console import Console
from typer.testing import CliRunner

from backends.registry import HOSTED
from backends.wire import transport
from bot import __main__ as command_line
from bot.cli.doctor import DoctorSettings, doctor
from bot.hosted import hosted_backends
from bot.settings import Settings
from storage.files import FREE_FLOOR
from tests.backends.case import MemoryResults
from tests.providers.fal import FalStandIn
from tests.providers.faults import Fault, Kind
from tests.providers.novita import Novita
from tests.providers.octoai import OctoAI
from tests.providers.replicate import ReplicateStandIn
from tests.providers.scenario import Scenario
from tests.providers.standin import StandIn

STANDINS: Sequence[type[StandIn]] = (Novita, Scenario, OctoAI, ReplicateStandIn, FalStandIn)
TOKEN = "a-token-of-discord"  # noqa: S105 - it opens nothing
Told = Mapping[str, Mapping[str, Any]]


def settings(folder: Path, **values: Any) -> Settings:  # noqa: ANN401 - whatever settings take
    given: dict[str, Any] = {"discord_token": TOKEN, "data_dir": folder, "local": False, **values}
    return DoctorSettings(_env_file=None, **given)


async def told(given: Settings, *, seconds: float = 20.0) -> tuple[int, Told]:
    """Return what the doctor says of each thing, and its exit code."""
    code, said = await asyncio.to_thread(_said, given, as_json=True, seconds=seconds)
    return code, {finding["what"]: finding for finding in json.loads(said)}


async def table(given: Settings) -> str:
    return (await asyncio.to_thread(_said, given, as_json=False, seconds=20.0))[1]


def _said(given: Settings, *, as_json: bool, seconds: float) -> tuple[int, str]:
    out = io.StringIO()
    code = doctor(given, as_json=as_json, console=Console(file=out, width=2_000), seconds=seconds)
    return code, out.getvalue()


# --- hosted backends


async def test_backends_that_are_on_and_well_are_told_so_and_nothing_is_spent(tmp_path: Path) -> None:
    async with AsyncExitStack() as stack:
        standins = [await stack.enter_async_context(kind()) for kind in STANDINS]
        known = {standin.name: standin.settings() for standin in standins}
        given = settings(tmp_path, **{name: value for values in known.values() for name, value in values.items()})
        code, said = await told(given)
        shown = await table(given)

    assert code == 0
    assert {name: said[name]["state"] for name in known} == dict.fromkeys(known, "well")
    assert all(said[name]["words"].startswith("On. ") for name in known)
    assert shown.count("✓ well") == 3 + len(known)  # and Discord, the data folder, SQLite
    assert not [secret for secret in given.secrets if secret in shown + json.dumps(said)]
    asked = [(seen.method, seen.path) for standin in standins for seen in standin.seen]
    assert [path for method, path in asked if method != "GET"] == ["/storage/auth/token"] * 2  # fal has no look


@pytest.mark.parametrize("kind", STANDINS)
async def test_a_key_that_is_refused_is_wrong_and_not_repeated(kind: type[StandIn], tmp_path: Path) -> None:
    async with kind() as standin:
        name, values = standin.name, standin.settings()
        given = settings(tmp_path, **values)
        halves = [half for secret in given.secrets if secret != TOKEN for half in (secret, *secret.split(":"))]
        body = json.dumps({"detail": f"these do not open: {' '.join(halves)} ?token=abc"})
        standin.faults.add(".*", Fault(status=401, body=body), times=50)
        code, said = await told(given)
        shown = await table(given)

    assert code == 1
    assert said[name]["state"] == "wrong"
    assert "401" in said[name]["words"]
    assert "✗ wrong" in shown
    assert not [half for half in halves if half in shown + json.dumps(said)]


@pytest.mark.parametrize("kind", STANDINS)
async def test_a_backend_that_never_ends_its_answer_is_waited_for_only_so_long(
    kind: type[StandIn], tmp_path: Path
) -> None:
    async with kind() as standin:
        name, values = standin.name, standin.settings()
        standin.faults.add(".*", Fault(Kind.DRIP), times=50)
        code, said = await told(settings(tmp_path, **values), seconds=0.3)

    assert code == 1
    assert "did not answer within 0.3 seconds" in said[name]["words"]


@pytest.mark.parametrize("kind", STANDINS)
async def test_a_backend_that_nobody_is_at_is_wrong_and_the_others_are_not(
    kind: type[StandIn], tmp_path: Path
) -> None:
    async with FalStandIn() as other:
        async with kind() as standin:
            name, values = standin.name, standin.settings()
            known = {**other.settings(), **values}
        code, said = await told(settings(tmp_path, **known))

    assert code == 1
    assert said[name]["state"] == "wrong"
    assert said["fal"]["state"] == ("wrong" if kind is FalStandIn else "well")


async def test_an_address_that_is_none_is_wrong_without_a_crash(tmp_path: Path) -> None:
    for url in ("nonsense", "http://["):
        code, said = await told(settings(tmp_path, novita_key="sk_123456789", novita_url=url))

        assert code == 1
        assert said["novita"]["state"] == "wrong"


async def test_terminal_codes_of_a_provider_are_not_printed(tmp_path: Path) -> None:
    async with Novita() as standin:
        standin.faults.add(".*", Fault(status=400, body="\x1b[31m[red]red[/red]\x07"), times=50)
        shown = await table(settings(tmp_path, **standin.settings()))

    assert "\x1b" not in shown
    assert "[red]red[/red]" in shown


@pytest.mark.parametrize("name", HOSTED)
async def test_what_is_off_says_which_settings_it_lacks(name: str, tmp_path: Path) -> None:
    wanted = [f"ATELIER_{setting.upper()}" for setting in HOSTED[name].needs]
    code, said = await told(settings(tmp_path))

    assert code == 0
    assert said[name]["state"] == "off"
    assert said[name]["missing"] == wanted
    assert all(setting in said[name]["words"] for setting in wanted)


@pytest.mark.parametrize(("name", "setting"), [(name, setting) for name in HOSTED for setting in HOSTED[name].needs])
async def test_what_the_doctor_calls_missing_is_what_keeps_a_backend_off(
    name: str, setting: str, tmp_path: Path
) -> None:
    full = {
        each: "http://127.0.0.1:9" if each.endswith("url") else "some-key:and-secret" for each in HOSTED[name].needs
    }
    without = {each: value for each, value in full.items() if each != setting}
    async with transport() as web:
        on = hosted_backends(settings(tmp_path, **full), web, MemoryResults())
        off = hosted_backends(settings(tmp_path, **without), web, MemoryResults())

    assert name in on
    assert name not in off
    assert HOSTED[name].missing(settings(tmp_path, **full)) == []
    assert HOSTED[name].missing(settings(tmp_path, **without)) == [setting]


async def test_octoai_is_told_plainly_to_be_closed(tmp_path: Path) -> None:
    for values in ({}, {"octoai_token": "a-token"}, {"octoai_token": "a-token", "octoai_url": "http://127.0.0.1:9"}):
        code, said = await told(settings(tmp_path, **values))

        assert code == 0
        assert said["octoai"]["state"] == ("note" if values else "off")
        assert "The public OctoAI service closed in October 2024" in said["octoai"]["words"]
        assert "ATELIER_OCTOAI_URL and ATELIER_OCTOAI_IMAGE_URL must both be" in said["octoai"]["words"]


# --- the bot's own things


async def test_without_a_token_the_bot_is_not_well(tmp_path: Path) -> None:
    code, said = await told(settings(tmp_path, discord_token=""))

    assert code == 1
    assert said["Discord"]["state"] == "wrong"
    assert said["Discord"]["missing"] == ["ATELIER_DISCORD_TOKEN"]


async def test_a_data_folder_that_is_not_there_yet_is_not_made(tmp_path: Path) -> None:
    code, said = await told(settings(tmp_path / "a" / "b"))

    assert code == 0
    assert "is not there yet and can be made" in said["data folder"]["words"]
    assert list(tmp_path.iterdir()) == []  # noqa: ASYNC240 - nothing else runs here


async def test_a_data_folder_that_takes_nothing_is_wrong(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in its place")
    code, said = await told(settings(tmp_path / "file" / "data"))

    assert code == 1
    assert "Nothing can be written to" in said["data folder"]["words"]


@pytest.mark.parametrize(("free", "state"), [(FREE_FLOOR - 1, "wrong"), (FREE_FLOOR, "well")])
async def test_too_little_room_is_wrong(
    free: int, state: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(shutil, "disk_usage", lambda _: shutil._ntuple_diskusage(1, 1, free))
    _, said = await told(settings(tmp_path))

    assert said["data folder"]["state"] == state


@pytest.mark.parametrize(
    ("version", "local", "state"),
    [
        ("3.6.23", True, "well"),
        ("3.7.0", True, "note"),
        ("3.40.1", True, "note"),
        ("3.40.1", False, "well"),  # then nothing but the bot writes
        ("3.51.2", True, "note"),
        ("3.51.3", True, "well"),
        ("3.100.0", True, "well"),
    ],
)
async def test_a_sqlite_with_the_bug_is_told_where_several_write(
    version: str, state: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, *, local: bool
) -> None:
    monkeypatch.setattr("sqlite3.sqlite_version", version)
    code, said = await told(settings(tmp_path, local=local))

    assert code == 0
    assert said["SQLite"]["state"] == state
    assert version in said["SQLite"]["words"]


async def test_the_local_worker_is_told_on_or_off(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    off = (await told(settings(tmp_path)))[1]["local worker"]
    on = (await told(settings(tmp_path, local=True, checkpoint_sd15="/models/sd15")))[1]["local worker"]
    by_hand = (await told(settings(tmp_path, local=True, worker=False)))[1]["local worker"]
    monkeypatch.setattr(importlib.util, "find_spec", lambda _: None)
    code, said = await told(settings(tmp_path, local=True))

    assert (off["state"], on["state"], by_hand["state"]) == ("off", "well", "well")
    assert "/models/sd15" in on["words"]
    assert "by hand" in by_hand["words"]
    assert (code, said["local worker"]["state"]) == (1, "wrong")


# --- the command


@pytest.fixture
def _nothing_set(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for name in Settings.model_fields:
        monkeypatch.delenv(f"ATELIER_{name.upper()}", raising=False)
    monkeypatch.chdir(tmp_path)


@pytest.mark.usefixtures("_nothing_set")
def test_the_command_reads_the_env_file_and_needs_no_token_to_speak(tmp_path: Path) -> None:
    (tmp_path / ".env").write_text("ATELIER_DISCORD_TOKEN=\nATELIER_FAL_KEY=\nATELIER_LOCAL=false\n")
    without = CliRunner().invoke(command_line.app, ["doctor", "--json"], catch_exceptions=False)
    (tmp_path / ".env").write_text(f"ATELIER_DISCORD_TOKEN={TOKEN}\nATELIER_LOCAL=false\n")
    plain = CliRunner().invoke(command_line.app, ["doctor"], catch_exceptions=False)
    findings = {finding["what"]: finding["state"] for finding in json.loads(without.stdout)}

    assert (without.exit_code, plain.exit_code) == (1, 0)
    assert findings["Discord"] == "wrong"
    assert findings["fal"] == "off"  # an empty line in .env sets nothing
    assert "✓ well" in plain.stdout
    assert TOKEN not in plain.stdout


@pytest.mark.usefixtures("_nothing_set")
def test_a_setting_that_can_not_be_read_is_named(tmp_path: Path) -> None:
    (tmp_path / ".env").write_text("ATELIER_CAP_BOT=much\n")
    result = CliRunner().invoke(command_line.app, ["doctor"])

    assert result.exit_code == command_line.EX_CONFIG
    assert "ATELIER_CAP_BOT" in result.output


def test_the_bot_itself_needs_its_token() -> None:
    assert Settings.model_fields["discord_token"].is_required()
    assert DoctorSettings(_env_file=None).discord_token == SecretStr("")

"""What a provider's folder brings, and what it gets to make its backend."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Generic, TypeVar

import httpx
from pydantic import SecretStr
from pydantic_settings import BaseSettings, SettingsConfigDict

from backends.answers import Complaint
from backends.base import Backend, ResultStore
from backends.http import SECONDS, Http
from backends.links import Hosts
from domain.money.prices import PriceList


class OwnerSettings(BaseSettings):
    """Values that the bot's owner sets in the environment or in `.env`, with the prefix `ATELIER_`."""

    model_config = SettingsConfigDict(env_prefix="ATELIER_", env_file=".env", extra="ignore", env_ignore_empty=True)

    @property
    def secrets(self) -> tuple[str, ...]:
        """Return everything that must never be read in a log."""
        values = (getattr(self, name) for name in type(self).model_fields)
        return tuple(value.get_secret_value() for value in values if isinstance(value, SecretStr) and value)


@dataclass(frozen=True, slots=True, kw_only=True)
class Context:
    """What all providers share.

    `origins` are further origins of their files, `seconds` the deadline of a call.
    """

    transport: httpx.AsyncBaseTransport
    store: ResultStore
    prices: PriceList = field(default_factory=PriceList)  # the owner's corrections
    origins: Sequence[str] = ()
    seconds: float = SECONDS
    sleep: Callable[[float], Awaitable[None]] = asyncio.sleep
    deadline: Callable[[float], asyncio.Timeout] = asyncio.timeout
    now: Callable[[], float] = time.time  # UNIX seconds

    def http(
        self,
        backend: str,
        base_url: str,
        headers: Mapping[str, str],
        *,
        hosts: Sequence[str] = (),
        complaint: Complaint = lambda _: None,
    ) -> Http:
        """Return the calls to a provider, whose files lie at `hosts` and their subdomains."""
        return Http(
            backend=backend,
            transport=self.transport,
            base_url=base_url,
            headers=headers,
            hosts=Hosts(suffixes=hosts, origins=self.origins),
            complaint=complaint,
            seconds=self.seconds,
            sleep=self.sleep,
            deadline=self.deadline,
        )


def opened(secret: SecretStr | None) -> str:
    """Return a secret as it is sent, empty where there is none."""
    return secret.get_secret_value() if secret else ""


S = TypeVar("S", bound=OwnerSettings)


@dataclass(frozen=True, slots=True)
class Provider(Generic[S]):
    """A provider of trainings and drawings.

    `spoken` is its name in a sentence, `note` what the doctor adds to it.

    A setting whose default is None is needed: without it the provider is off.
    """

    name: str
    spoken: str
    settings: type[S]
    create: Callable[[S, Context], Backend]
    note: str = ""

    @property
    def needs(self) -> Sequence[str]:
        """Return the names of the settings that it can't do without."""
        return [name for name, field in self.settings.model_fields.items() if field.default is None]

    def missing(self, settings: OwnerSettings) -> Sequence[str]:
        """Return the names of the settings that it still needs to be on."""
        return [name for name in self.needs if not getattr(settings, name)]

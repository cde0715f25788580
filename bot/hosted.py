"""Which hosted backends are on, each made from the settings that switch it on."""

from collections.abc import Callable, Mapping

import httpx

from backends.base import Backend, ResultStore
from backends.provider import Context
from backends.registry import HOSTED
from bot.settings import Settings
from domain import backend_names

Hosted = Callable[[Settings, httpx.AsyncBaseTransport, ResultStore], Mapping[str, Backend]]

backend_names.introduce({provider.name: provider.spoken for provider in HOSTED.values()})


def hosted_backends(
    settings: Settings, transport: httpx.AsyncBaseTransport, store: ResultStore
) -> Mapping[str, Backend]:
    """Return the hosted backends that the settings switch on, by name."""
    context = context_of(settings, transport, store)
    on = (provider for provider in HOSTED.values() if not provider.missing(settings))
    return {provider.name: provider.create(settings, context) for provider in on}


def context_of(settings: Settings, transport: httpx.AsyncBaseTransport, store: ResultStore) -> Context:
    """Return what the settings say to all providers."""
    return Context(transport=transport, store=store, prices=settings.price_list, origins=settings.file_origins)


def no_hosted(settings: Settings, transport: httpx.AsyncBaseTransport, store: ResultStore) -> Mapping[str, Backend]:
    """Return no backends."""
    del settings, transport, store
    return {}


def in_order(backends: Mapping[str, Backend], first: str) -> Mapping[str, Backend]:
    """Return the backends with the named one first, the others as they were."""
    return dict(sorted(backends.items(), key=lambda item: item[0] != first))

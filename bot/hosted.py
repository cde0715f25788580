"""Which hosted backends are on: each is built from the settings that switch it on."""

from collections.abc import Awaitable, Callable, Mapping, Sequence

import httpx
from pydantic import SecretStr

from backends import fal, krea, novita, octoai, replicate, scenario
from backends.base import Backend, ResultStore
from backends.scenario import ScenarioBackend
from bot.settings import Settings

Hosted = Callable[[Settings, httpx.AsyncBaseTransport, ResultStore], Mapping[str, Backend]]
Factory = Callable[[Settings, httpx.AsyncBaseTransport, ResultStore], Backend | None]


def hosted_backends(
    settings: Settings, transport: httpx.AsyncBaseTransport, store: ResultStore
) -> Mapping[str, Backend]:
    """Return the hosted backends that the settings switch on, by name."""
    made = {name: factory(settings, transport, store) for name, factory in HOSTED.items()}
    return {name: backend for name, backend in made.items() if backend is not None}


def no_hosted(settings: Settings, transport: httpx.AsyncBaseTransport, store: ResultStore) -> Mapping[str, Backend]:
    """Return nothing, whatever the settings say."""
    del settings, transport, store
    return {}


def learning(backends: Mapping[str, Backend]) -> Sequence[Callable[[], Awaitable[None]]]:
    """Return what has some of the backends learn, from time to time, what they can train by now."""
    return [backend.learn for backend in backends.values() if isinstance(backend, ScenarioBackend)]


def in_order(backends: Mapping[str, Backend], first: str) -> Mapping[str, Backend]:
    """Return the backends with the named one first, the others as they were."""
    return dict(sorted(backends.items(), key=lambda item: item[0] != first))


def _novita(settings: Settings, transport: httpx.AsyncBaseTransport, store: ResultStore) -> Backend | None:
    if settings.novita_key is None:
        return None
    return novita.create(
        transport,
        store,
        api_key=_open(settings.novita_key),
        base_url=settings.novita_url,
        origins=settings.file_origins,
        prices=settings.price_list,
    )


def _scenario(settings: Settings, transport: httpx.AsyncBaseTransport, store: ResultStore) -> Backend | None:
    if settings.scenario_key is None or settings.scenario_secret is None:
        return None
    return scenario.create(
        transport,
        store,
        key=_open(settings.scenario_key),
        secret=_open(settings.scenario_secret),
        base_url=settings.scenario_url,
        project_id=settings.scenario_project,
        origins=settings.file_origins,
        legacy=settings.scenario_legacy,
        prices=settings.price_list,
    )


def _octoai(settings: Settings, transport: httpx.AsyncBaseTransport, store: ResultStore) -> Backend | None:
    if settings.octoai_token is None or not settings.octoai_url or not settings.octoai_image_url:
        return None
    return octoai.create(
        transport,
        store,
        token=_open(settings.octoai_token),
        base_url=settings.octoai_url,
        image_url=settings.octoai_image_url,
        origins=settings.file_origins,
        prices=settings.price_list,
    )


def _replicate(settings: Settings, transport: httpx.AsyncBaseTransport, store: ResultStore) -> Backend | None:
    if settings.replicate_token is None:
        return None
    return replicate.create(
        transport,
        store,
        token=_open(settings.replicate_token),
        base_url=settings.replicate_url,
        destination=settings.replicate_destination,
        origins=settings.file_origins,
        prices=settings.price_list,
    )


def _fal(settings: Settings, transport: httpx.AsyncBaseTransport, store: ResultStore) -> Backend | None:
    if settings.fal_key is None:
        return None
    return fal.create(
        transport,
        store,
        key=_open(settings.fal_key),
        queue_url=settings.fal_queue_url,
        rest_url=settings.fal_rest_url,
        origins=settings.file_origins,
        prices=settings.price_list,
    )


def _krea(settings: Settings, transport: httpx.AsyncBaseTransport, store: ResultStore) -> Backend | None:
    if settings.krea_key is None:
        return None
    return krea.create(
        transport,
        store,
        key=_open(settings.krea_key),
        base_url=settings.krea_url,
        origins=settings.file_origins,
        prices=settings.price_list,
    )


def _open(secret: SecretStr) -> str:
    return secret.get_secret_value()


def missing(settings: Settings, name: str) -> Sequence[str]:
    """Return the settings that a backend would still need to be on."""
    return [setting for setting in NEEDS[name] if not getattr(settings, setting)]


# A backend is one line here: its name, and what makes it from the settings (None when they leave it off).
HOSTED: Mapping[str, Factory] = {
    "novita": _novita,
    "scenario": _scenario,
    "octoai": _octoai,
    "replicate": _replicate,
    "fal": _fal,
    "krea": _krea,
}
# And one here: the settings without which it is off.
NEEDS: Mapping[str, Sequence[str]] = {
    "novita": ("novita_key",),
    "scenario": ("scenario_key", "scenario_secret"),
    "octoai": ("octoai_token", "octoai_url", "octoai_image_url"),
    "replicate": ("replicate_token",),
    "fal": ("fal_key",),
    "krea": ("krea_key",),
}

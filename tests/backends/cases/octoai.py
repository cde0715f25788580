"""The training route of OctoAI-compatible servers."""

import httpx

from backends import octoai
from backends.base import Arrivals, Backend
from domain.datasets.dataset import Kind
from domain.money.prices import PriceList
from tests.backends.case import Case
from tests.providers.octoai import OctoAI


async def at_once(_: float) -> None:
    """Sleep without waiting."""


def backend(standin: OctoAI, http: httpx.AsyncBaseTransport, arrivals: Arrivals) -> Backend:
    """Return a backend that has both addresses of the stand-in."""
    return octoai.create(
        http,
        arrivals,
        token=standin.key,
        base_url=standin.base_url,
        image_url=standin.image_url,
        origins=(standin.files_url,),
        prices=PriceList(),
        seconds=1.0,
        draw_seconds=1.0,
        sleep=at_once,
    )


def claim_something_new(standin: OctoAI) -> None:
    """Let trainings be in a state that is not documented."""
    standin.unknown_status = "defragmenting"


CASES = [
    Case(
        name="octoai",
        kind=Kind.CHARACTER,
        standin=OctoAI,
        backend=backend,
        paid=r"POST /v1/tune$",
        polled=r"GET /v1/tune/",
        trainings=lambda standin: tuple(standin.paid),
        unknown_status=claim_something_new,
        unknown_id="tune_01j8z4a1b2c3d4e5f6g7h8j9k0",
    )
]

"""fal's trainers in the contract suite."""

import httpx

from backends.base import Arrivals, Backend
from backends.fal import create
from domain.datasets.dataset import Kind
from domain.money.prices import PriceList
from tests.backends.case import Case
from tests.providers.fal import FalStandIn


def backend(standin: FalStandIn, web: httpx.AsyncBaseTransport, arrivals: Arrivals) -> Backend:
    return create(
        web,
        arrivals,
        key=standin.key,
        prices=PriceList(),
        queue_url=standin.base_url,
        rest_url=standin.base_url,
        origins=(standin.files_url,),
        seconds=1.0,
    )


def say_something_odd(standin: FalStandIn) -> None:
    standin.odd_status = "REHEATING"


def trainings(standin: FalStandIn) -> list[str]:
    return standin.trainings


CASES = [
    Case(
        name=f"fal-{kind}",
        kind=kind,
        standin=FalStandIn,
        backend=backend,
        paid="POST /fal-ai/flux-lora-fast-training",
        polled="GET .*/status",
        trainings=trainings,
        unknown_status=say_something_odd,
    )
    for kind in (Kind.CHARACTER, Kind.STYLE)
]

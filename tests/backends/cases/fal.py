"""fal's trainers in the contract suite."""

import httpx

from backends.base import Backend, ResultStore
from backends.fal import create
from domain.datasets import Kind
from domain.prices import PriceList
from tests.backends.case import Case
from tests.providers.fal import FalStandIn


def backend(standin: FalStandIn, web: httpx.AsyncBaseTransport, store: ResultStore) -> Backend:
    return create(
        web,
        store,
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

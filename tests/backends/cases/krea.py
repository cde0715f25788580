"""Krea in the contract suite."""

import httpx

from backends import krea
from backends.base import Arrivals, Backend
from domain.datasets.dataset import Kind
from domain.money.prices import PriceList
from tests.backends.case import Case
from tests.providers.krea import Krea


def backend(standin: Krea, web: httpx.AsyncBaseTransport, arrivals: Arrivals) -> Backend:
    return krea.create(
        web,
        arrivals,
        key=standin.key,
        base_url=standin.base_url,
        origins=(standin.files_url,),
        prices=PriceList(),
        seconds=1.0,
    )


def say_something_odd(standin: Krea) -> None:
    standin.odd_status = "daydreaming"


CASES = [
    Case(
        name="krea",
        kind=Kind.CHARACTER,
        standin=Krea,
        backend=backend,
        paid="POST /styles/train$",
        polled="GET /jobs/[^/]+$",
        trainings=lambda standin: standin.trainings,
        unknown_status=say_something_odd,
        unknown_id="4dd4aefd-2ad8-4a1e-8156-ecd10dabdd20",
    )
]

"""Replicate in the contract suite: both of its trainers."""

from collections.abc import Sequence

import httpx

from backends import replicate
from backends.base import Arrivals
from backends.replicate import ReplicateBackend
from domain.datasets.dataset import Kind
from domain.money.prices import PriceList
from tests.backends.case import Case
from tests.providers.replicate import ReplicateStandIn


def backend(standin: ReplicateStandIn, web: httpx.AsyncBaseTransport, arrivals: Arrivals) -> ReplicateBackend:
    """Return the backend at its stand-in, with the stand-in's clock, whatever it is set to."""

    def now() -> float:
        return standin.now()

    return replicate.create(
        web,
        arrivals,
        token=standin.key,
        base_url=standin.base_url,
        origins=(standin.files_url,),
        prices=PriceList(),
        seconds=1.0,
        now=now,
    )


def _trainings(standin: ReplicateStandIn) -> Sequence[str]:
    return standin.paid


def _odd(standin: ReplicateStandIn) -> None:
    standin.odd_status = "hibernating"


def _case(name: str, kind: Kind, checkpoint: str) -> Case:
    return Case(
        name=name,
        kind=kind,
        standin=ReplicateStandIn,
        backend=backend,
        paid=r"POST /v1/models/[^/]+/[^/]+/versions/[0-9a-f]{64}/trainings$",
        polled=r"GET /v1/trainings/[^/]+$",
        trainings=_trainings,
        unknown_status=_odd,
        unknown_id="zz4ibbonubfz7carwiefibzgga",
        checkpoint=checkpoint,
    )


CASES = [
    _case("replicate-standard", Kind.CHARACTER, "flux-dev"),
    _case("replicate-fast", Kind.STYLE, "flux-dev-fast"),
]

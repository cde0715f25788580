"""Scenario for the contract suite: a trainer of today, and FLUX.1's, which counts steps."""

from collections.abc import Callable

import httpx

from backends import scenario
from backends.base import Arrivals
from backends.scenario import ScenarioBackend
from domain.datasets.dataset import Kind
from domain.money.prices import PriceList
from tests.backends.case import Case
from tests.providers.scenario import KEY, SECRET, Scenario


def backend(*, legacy: bool = False) -> Callable[[Scenario, httpx.AsyncBaseTransport, Arrivals], ScenarioBackend]:
    def made(standin: Scenario, web: httpx.AsyncBaseTransport, arrivals: Arrivals) -> ScenarioBackend:
        return scenario.create(
            web,
            arrivals,
            key=KEY,
            secret=SECRET,
            prices=PriceList(),
            base_url=standin.base_url,
            origins=(standin.files_url,),
            legacy=legacy,
            seconds=1.0,
        )

    return made


def case(name: str, checkpoint: str, kind: Kind, *, legacy: bool = False) -> Case:
    return Case(
        name=name,
        kind=kind,
        standin=Scenario,
        backend=backend(legacy=legacy),
        paid=r"PUT /v1/models/[^/]+/train$",
        polled=r"GET /v1/models/[^/]+$",
        trainings=lambda standin: list(standin.paid),
        unknown_status=lambda standin: setattr(standin, "odd_status", "calibrating"),
        checkpoint=checkpoint,
    )


CASES = [
    case("scenario Z-Image", "zimage", Kind.CHARACTER),
    case("scenario FLUX.1", "flux.1", Kind.STYLE, legacy=True),
]

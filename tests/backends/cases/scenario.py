"""Scenario for the contract suite: a trainer of today, and FLUX.1's, which counts steps."""

from domain.datasets.dataset import Kind
from tests.backends.case import Case
from tests.providers.scenario import Scenario


def case(name: str, checkpoint: str, kind: Kind, *, legacy: bool = False) -> Case:
    return Case(
        name=name,
        kind=kind,
        standin=Scenario,
        settings={"scenario_legacy": legacy},
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

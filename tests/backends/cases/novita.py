"""Novita in the contract suite: its two ways of training."""

from domain.datasets.dataset import Kind
from tests.backends.case import Case
from tests.providers.novita import Novita


def _unknown_status(standin: Novita) -> None:
    standin.says = "REHEARSING"


def _case(method: str, kind: Kind, checkpoint: str) -> Case:
    return Case(
        name=f"novita-{method}",
        kind=kind,
        standin=Novita,
        paid=f"POST /v3/training/{method}$",
        polled=f"GET /v3/training/{method}$",
        trainings=lambda standin: list(standin.paid),
        unknown_status=_unknown_status,
        unknown_id=f"{method}:0d3d3b1e-6a53-4d1e-9d0c-6f5b1f6f0a11",
        checkpoint=checkpoint,
    )


CASES = [
    _case("subject", Kind.CHARACTER, "sdxl-base-1.0"),
    _case("style", Kind.STYLE, "sd-1.5"),
]

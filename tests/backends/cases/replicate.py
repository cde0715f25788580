"""Replicate in the contract suite: both of its trainers."""

from collections.abc import Sequence

from domain.datasets.dataset import Kind
from tests.backends.case import Case
from tests.providers.replicate import ReplicateStandIn


def _trainings(standin: ReplicateStandIn) -> Sequence[str]:
    return standin.paid


def _odd(standin: ReplicateStandIn) -> None:
    standin.odd_status = "hibernating"


def _case(name: str, kind: Kind, checkpoint: str) -> Case:
    return Case(
        name=name,
        kind=kind,
        standin=ReplicateStandIn,
        gives_file=True,
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

"""fal's trainers in the contract suite."""

from domain.datasets.dataset import Kind
from tests.backends.case import Case
from tests.providers.fal import FalStandIn


def say_something_odd(standin: FalStandIn) -> None:
    standin.odd_status = "REHEATING"


def trainings(standin: FalStandIn) -> list[str]:
    return standin.trainings


CASES = [
    Case(
        name=f"fal-{kind}",
        kind=kind,
        standin=FalStandIn,
        gives_file=True,
        paid="POST /fal-ai/flux-lora-fast-training",
        polled="GET .*/status",
        trainings=trainings,
        unknown_status=say_something_odd,
    )
    for kind in (Kind.CHARACTER, Kind.STYLE)
]

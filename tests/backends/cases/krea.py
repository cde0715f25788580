"""Krea in the contract suite."""

from domain.datasets.dataset import Kind
from tests.backends.case import Case
from tests.providers.krea import Krea


def say_something_odd(standin: Krea) -> None:
    standin.odd_status = "daydreaming"


CASES = [
    Case(
        name="krea",
        kind=Kind.CHARACTER,
        standin=Krea,
        paid="POST /styles/train$",
        polled="GET /jobs/[^/]+$",
        trainings=lambda standin: standin.trainings,
        unknown_status=say_something_odd,
        unknown_id="4dd4aefd-2ad8-4a1e-8156-ecd10dabdd20",
    )
]

"""The training route of OctoAI-compatible servers."""

from domain.datasets.dataset import Kind
from tests.backends.case import Case
from tests.providers.octoai import OctoAI


def claim_something_new(standin: OctoAI) -> None:
    """Let trainings be in a state that is not documented."""
    standin.unknown_status = "defragmenting"


CASES = [
    Case(
        name="octoai",
        kind=Kind.CHARACTER,
        standin=OctoAI,
        gives_file=True,
        paid=r"POST /v1/tune$",
        polled=r"GET /v1/tune/",
        trainings=lambda standin: tuple(standin.paid),
        unknown_status=claim_something_new,
        unknown_id="tune_01j8z4a1b2c3d4e5f6g7h8j9k0",
    )
]

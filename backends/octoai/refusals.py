"""What the refusals of an OctoAI-compatible server mean.

Source: https://github.com/octoml/fern-config (fine-tuning, asset-library, image-gen).
"""

import httpx
from pydantic import TypeAdapter, ValidationError

from backends.answers import Answer, Reply
from backends.octoai.settings import NAME
from domain.errors import BackendAmbiguous, BackendError, BackendRejected
from domain.orders.facts import FactKind, fact
from domain.text import shown

# That a second use of a name fails is documented; its status is not.
TAKEN = frozenset({400, 409})


class NameTaken(BackendRejected):
    """The library has something of that name.

    An earlier try of ours put it there.
    """


class Violation(Reply):
    """What is wrong with one field of a request."""

    loc: tuple[str | int, ...]
    msg: str


class Violations(Reply):
    """Why a request was refused with status 422, on all three APIs."""

    detail: list[Violation]


def asset_complaint(answer: Answer) -> BackendError | None:
    """Read a refusal of the asset library."""
    if answer.status in TAKEN:
        return NameTaken(NAME, f"answered {answer.status}: {answer.text}")
    return violation(answer)


def tune_complaint(answer: Answer) -> BackendError | None:
    """Read a refusal of a training. A name that is taken is our own earlier order.

    It arrived, and is looked up.
    """
    if answer.status in TAKEN:
        return BackendAmbiguous(NAME, f"a tune of that name may be there: {answer.status} {answer.text}")
    return violation(answer)


def drawing_complaint(answer: Answer) -> BackendError | None:
    """Read a refusal of a drawing.

    400 is the prompt filter.
    """
    if answer.status == httpx.codes.BAD_REQUEST:
        reason = fact(FactKind.PROMPT_REFUSED, backend=NAME)
        return BackendRejected(NAME, f"a prompt was refused: {answer.text}", reason=reason)
    return violation(answer)


def violation(answer: Answer) -> BackendRejected | None:
    """Read what a 422 says about the first field that is wrong."""
    if answer.status != httpx.codes.UNPROCESSABLE_ENTITY:
        return None
    try:
        first = TypeAdapter(Violations).validate_python(answer.data).detail[0]
    except (ValidationError, IndexError):
        return None
    said = f"{'.'.join(str(part) for part in first.loc)}: {first.msg}"
    reason = fact(FactKind.REFUSED, backend=NAME, said=shown(said))
    return BackendRejected(NAME, f"refused: {said[:200]}", reason=reason)

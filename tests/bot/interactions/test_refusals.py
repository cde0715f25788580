"""Why a picture was not taken, in words."""

import pytest

from bot.interactions.refusals import refusal
from domain.datasets.file_kinds import FileKind
from domain.datasets.pictures import RefusedPicture
from domain.datasets.refusals import Refusal


@pytest.mark.parametrize("reason", list(Refusal))
@pytest.mark.parametrize("kind", list(FileKind))
def test_every_refusal_says_what_why_and_what_to_do(reason: Refusal, kind: FileKind) -> None:
    said = refusal(RefusedPicture(reason, kind, 30_000, 30_000, 8))

    assert said.startswith(("This ", "Reading this ", "Discord", "I take 10 files"))
    assert said.endswith(".")
    assert any(verb in said for verb in ("ttach", "Open it", "Save", "send it again"))
    assert 60 < len(said) < 300
    assert "Refusal" not in said


def test_a_refusal_names_the_format_and_the_size() -> None:
    heic = RefusedPicture(Refusal.OTHER_FORMAT, FileKind.HEIC)
    huge = RefusedPicture(Refusal.TOO_MANY_PIXELS, FileKind.PNG, 30_000, 30_000)

    assert "HEIC" in refusal(heic)
    assert "iPhone" in refusal(heic)
    assert "30,000 × 30,000 pixels (900 megapixels)" in refusal(huge)
    assert "has more than the 40 megapixels" in refusal(RefusedPicture(Refusal.TOO_MANY_PIXELS))

"""What everybody may read about pictures that a member brought by a mention."""

import pytest

from cogs.datasets import mention_texts
from domain.datasets.dataset import Dataset, Kind
from domain.datasets.pending_uploads import Added, Duplicate, NoRoom, Placement, ReceivedPicture, Refused
from domain.datasets.pictures import RefusedPicture
from domain.datasets.refusals import Refusal
from services.datasets.intake import Report

CAT = Dataset("d", 1, 2, "Secret cat", Kind.CHARACTER, "zorbo", created_at=0.0, images=117)
PICTURE = ReceivedPicture("a.png", "a", "0", 64, 64, 1_000)
LAST = "/dataset view shows what is in it, to you alone."


@pytest.mark.parametrize(
    ("words", "first"),
    [
        ("look", "✅ Added 1 picture to your dataset."),
        ("a cat, secret", "✅ Added 1 picture to your dataset."),
        ("for SECRET CAT!", "✅ Added 1 picture to `Secret cat`."),
    ],
)
def test_a_dataset_is_named_only_when_the_message_does(words: str, first: str) -> None:
    assert mention_texts.report(Report(CAT, (Added(PICTURE, 117),)), words=words) == f"{first}\n{LAST}"


@pytest.mark.parametrize(
    ("placement", "note"),
    [
        (Duplicate(PICTURE, 31), "♻️ Already there, so not added again: `a.png`."),
        (
            NoRoom(PICTURE),
            "📦 No room for `a.png`: a dataset holds 200 pictures. Remove some first, then send them again.",
        ),
    ],
)
def test_what_was_not_added_says_why_and_nothing_of_what_is_there(placement: Placement, note: str) -> None:
    report = Report(CAT, (placement,), (Refused("x.txt", RefusedPicture(Refusal.NOT_SENT)),))

    assert mention_texts.report(report, words="").splitlines() == [
        "⚠️ Nothing new was added to your dataset.",
        note,
        "⚠️ 1 file left out:",
        "• `x.txt`: Discord did not give me this file just now. Please attach it once more.",
        LAST,
    ]

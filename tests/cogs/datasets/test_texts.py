"""What members read about datasets."""

from dataclasses import replace

from bot.interactions.refusals import refusal
from cogs.datasets import texts as dataset_texts
from domain.datasets.dataset import Dataset, Kind
from domain.datasets.file_kinds import FileKind
from domain.datasets.pending_uploads import Added, Duplicate, NoRoom, PendingUpload, ReceivedPicture, Refused
from domain.datasets.pictures import RefusedPicture
from domain.datasets.refusals import Refusal
from services.datasets.images import Removal
from services.datasets.intake import Report

EXPIRED = RefusedPicture(Refusal.LINK_EXPIRED)
ROBO = Dataset("d", 1, 2, "Robo", Kind.CHARACTER, "robo", created_at=1_700_000_000.0, images=12)


def picture(name: str) -> ReceivedPicture:
    return ReceivedPicture(name, "a", "0", 64, 64, 1_000)


def test_a_smooth_add_is_two_lines() -> None:
    text = dataset_texts.report(Report(ROBO, (Added(picture("a.png"), 12),)))

    assert text == (
        "✅ Added 1 picture to `Robo`; it has 12 pictures now.\n/dataset view to see them, /train start when ready."
    )


def test_every_file_of_a_mixed_add_is_accounted_for() -> None:
    text = dataset_texts.report(
        Report(
            ROBO,
            (
                Added(picture("a.png"), 11),
                Added(picture("b.png"), 12, alike=3),
                Duplicate(picture("c.png"), 4),
                NoRoom(picture("d.png")),
            ),
            (Refused("e.png", EXPIRED), Refused("`f`.png", EXPIRED)),
        )
    )

    assert text == (
        "✅ Added 2 pictures to `Robo`; it has 12 pictures now.\n"
        "👀 Almost the same: 12 and 3. All are kept; /dataset remove takes out what you don't want twice.\n"
        "♻️ Already there, so not added again: `c.png` (picture 4).\n"
        "📦 No room for `d.png`: a dataset holds 200 pictures. Remove some first, then send them again.\n"
        "⚠️ 2 files left out:\n"
        "• `e.png`: Discord's link to this file has expired. Please attach the file once more.\n"
        "• `ˋfˋ.png`: Discord's link to this file has expired. Please attach the file once more.\n"
        "/dataset view to see them, /train start when ready."
    )


def test_an_add_of_nothing_does_not_claim_success() -> None:
    text = dataset_texts.report(Report(replace(ROBO, images=2), (), (Refused("e.png", EXPIRED),)))

    assert text.startswith("⚠️ Nothing new was added to `Robo`; it has 2 pictures now.")
    assert text.endswith("Add at least 2 more to train (10 or more work better). /dataset view shows them.")


def test_a_full_report_fits_one_card() -> None:
    longest = max(
        (RefusedPicture(reason, FileKind.JPEG_2000, 30_000, 30_000, 1_000) for reason in Refusal), key=_length
    )
    text = dataset_texts.report(Report(ROBO, (), tuple(Refused("n" * 300, longest) for _ in range(10))))

    assert len(text) < 3_900


def _length(refused: RefusedPicture) -> int:
    return len(refusal(refused))


def test_the_longest_list_fits_one_card_and_says_what_is_missing() -> None:
    many = [replace(ROBO, name="N" * 40, trigger_word="w" * 16, images=200) for _ in range(50)]

    text = dataset_texts.listing(many)

    assert len(text) < 3_900
    assert text.startswith("**Your 50 datasets** on this server")
    assert text.endswith("… and 25 older: type a part of the name in /dataset view to find it.")


def test_more_than_25_datasets_say_where_the_others_are() -> None:
    upload = PendingUpload("t", 1, 2, 2, 0.0, (picture("a.png"),))

    text = dataset_texts.pick(upload, [ROBO] * 30)

    assert "I have 1 picture from you. Which dataset do they belong to?" in text
    assert "The list shows the 25 that grew last; use /dataset add for the others." in text


def test_a_removal_names_runs_of_numbers() -> None:
    text = dataset_texts.removed(Removal("r", ROBO, (3, 5, 6, 7)))

    assert text == (
        "🗑️ Removed 4 pictures (3, 5–7) from `Robo`; it has 12 pictures now, with new numbers. "
        "You can undo this for 24 hours."
    )


def test_the_question_before_a_delete_says_what_stays() -> None:
    asked = dataset_texts.delete_question(ROBO)
    trained = dataset_texts.delete_question(replace(ROBO, is_trained=True))

    assert asked == (
        "Delete the dataset `Robo` with 12 pictures and their captions? Models that were trained on it stay. "
        "You can undo this for 24 hours; after that it is gone for good."
    )
    assert trained == f"{asked} Pictures that a training learned from are kept with that training."


def test_an_undo_that_brings_nothing_back_says_why() -> None:
    assert dataset_texts.put_back(ROBO, 0) == (
        "Nothing came back: the removed pictures are in `Robo` already, or it is full (200 pictures)."
    )

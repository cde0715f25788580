"""What members read when something can't be done with datasets."""

import pytest

from cogs.datasets.error_texts import explain
from domain.datasets import errors
from domain.datasets.errors import Clash, WordFault
from domain.datasets.pictures import RefusedPicture
from domain.datasets.refusals import Refusal
from domain.errors import UserError


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (
            errors.DatasetNotFound(),
            (
                "I can't find that dataset among yours on this server. "
                "Pick one from the list while you type, or see /dataset list."
            ),
        ),
        (
            errors.TooFewPictures(3),
            (
                "This dataset has 3 pictures; training needs at least 4, and 10 or more work better. "
                "Add some with /dataset add. Nothing was charged."
            ),
        ),
        (
            errors.TriggerWordRefused(WordFault.SHAPE, "ro bo", "robo"),
            (
                "A trigger word is 3 to 16 letters and digits, starting with a letter, without spaces. "
                "How about `robo`? No dataset was made yet."
            ),
        ),
        (
            errors.NoSuchPicture(7, 3),
            "There is no picture 7. This dataset has pictures 1 to 3; /dataset view shows them. Nothing was changed.",
        ),
        (errors.NoSuchPicture(7, 0), "There is no picture 7. This dataset has no pictures. Nothing was changed."),
        (
            errors.UndeleteClash(Clash.TRIGGER_WORD, "Robo", "robo", "Blip"),
            (
                "Your dataset `Blip` has the trigger word `robo` now; pictures would mix, so I can't bring `Robo` "
                "back as well. Delete `Blip` with /dataset delete first, then press Undo here again."
            ),
        ),
        (
            errors.UndeleteClash(Clash.TOO_MANY, "Robo", "robo", None),
            (
                "You have 50 datasets on this server, which is the most for one member. Delete one that you no "
                "longer need with /dataset delete first, then press Undo here again."
            ),
        ),
        (
            errors.SourcePictureRefused("`a`.png", RefusedPicture(Refusal.LINK_EXPIRED)),
            (
                "`ˋaˋ.png`: Discord's link to this file has expired. Please attach the file once more. "
                "Nothing was drawn or charged."
            ),
        ),
    ],
)
def test_an_error_says_what_happened_and_what_to_do(error: UserError, words: str) -> None:
    assert explain(error) == words


@pytest.mark.parametrize("clash", list(Clash))
def test_no_name_of_a_dataset_breaks_out_of_its_code_span(clash: Clash) -> None:
    for error in (
        errors.DatasetClash(clash, "@everyone `", "robo"),
        errors.UndeleteClash(clash, "@everyone `", "robo", "@here `"),
    ):
        said = explain(error)

        assert said is not None
        assert said.count("`") % 2 == 0


def test_errors_of_other_features_are_not_worded_here() -> None:
    assert explain(UserError()) is None

import pytest

from bot.interactions import backend_words, fact_words
from cogs.drawing import texts as drawing_texts
from cogs.training import texts
from domain.errors import InvalidInput, OrderRefused, UserError
from domain.money.charges import NOTHING, PERHAPS, UNKNOWN, Charge, amount
from domain.orders.facts import Fact, FactKind, fact
from domain.orders.orders import OrderPrice
from domain.training import errors
from tests.domain.orders.changed import changed
from tests.domain.training.some_task import ORDER


def every(kind: type[UserError]) -> list[type[UserError]]:
    return [kind, *(one for below in kind.__subclasses__() for one in every(below))]


CASES = [
    (errors.SettingOutOfBounds("Rank", 2, 128, 1), "Rank must be between 2 and 128; you gave 1."),
    (errors.ResolutionUneven(8, 65), "Resolution must be a multiple of 8; 65 is not."),
    (errors.LearningRateUnknown((1e-4, 2e-4), 1.0), "one of 0.0001, 0.0002; you gave 1."),
    (errors.MethodUnknown(("subject", "style")), "must be one of subject, style."),
    (errors.TargetUnknown(("atelier-tiny",)), "You can choose from: `atelier-tiny`."),
    (errors.NoOtherTarget(), "no other place here to train at"),
    (errors.ImageCountUnfit(3, 4, 50), "has 3 pictures; this checkpoint takes 4 to 50."),
    (errors.TargetSwitchedOff(), "was switched off here"),
    (errors.QuoteOver(), "is over. Nothing was started or charged."),
    (errors.ApprovalPending(), "it waits for a moderator's approval"),
    (errors.QuoteCancelled(), "was cancelled"),
    (errors.AlreadyStarted(), "has started already"),
    (errors.StillOpen(), "still on its way"),
    (errors.ImagesDeleted(), "were deleted for good"),
    (errors.ApprovalOver(), "was decided already"),
    (errors.NotAModerator(), "who may manage this server"),
    (errors.TooManyOpen(3), "You already have 3 trainings"),
    (errors.TrainingOver(), "over already"),
    (errors.BeingSaved(), "has just finished"),
    (errors.CannotStop("novita"), "Novita can't stop a training"),
    (errors.TrainingNotFound(), "I can't find that training"),
    (errors.NotTheirTraining(staff_may=True), "so only they or the moderators can do that"),
    (errors.TrainingPriceUnknown(), "Nobody can say what this would cost, so I don't start it."),
]


@pytest.mark.parametrize(("error", "said"), CASES)
def test_every_error_has_its_sentence(error: UserError, said: str) -> None:
    assert said in (texts.explain(error) or "")


def test_a_moderator_reads_about_the_member_who_asked() -> None:
    refusal = errors.TooManyOpen(3)
    refusal.for_moderator = True

    assert "The member who asked already has 3 trainings" in (texts.explain(refusal) or "")


def test_no_error_of_a_training_is_left_without_words() -> None:
    mine = {kind for kind in every(UserError) if kind.__module__ == errors.__name__}

    assert mine == {type(error) for error, _ in CASES}


def test_errors_of_other_features_are_left_to_them() -> None:
    assert texts.explain(InvalidInput("something else")) is None
    assert issubclass(errors.TooManyOpen, OrderRefused)


SHARED = {*fact_words.SENTENCES, *backend_words.SPECIAL}
ONLY_IN_A_TERMINAL = {
    FactKind.PRESET_UNKNOWN,
    FactKind.FOLDER_MISSING,
    FactKind.FOLDER_EMPTY,
    FactKind.CAPTION_UNREADABLE,
}


@pytest.mark.parametrize("kind", sorted(set(FactKind) - SHARED - ONLY_IN_A_TERMINAL - {FactKind.WORDS}))
def test_every_reason_has_words_in_one_feature_or_in_both(kind: FactKind) -> None:
    reason = fact(kind, backend="novita")

    assert texts.why(reason) or drawing_texts.why(reason)


@pytest.mark.parametrize(
    ("reason", "said"),
    [
        (None, ""),
        (fact(FactKind.WORDS, said="Out of memory."), "Out of memory."),
        (
            Fact(FactKind.NOT_ACCEPTED, {"backend": "fal"}, fact(FactKind.WORDS, said="No credit.")),
            "fal does not accept this training, so it was not started. No credit.",
        ),
        (
            Fact(FactKind.SWITCHED_OFF, {"backend": "novita"}, fact(FactKind.STOPPED_BY_OWNER)),
            "Novita is switched off here, so its model can't be fetched. You stopped it.",
        ),
    ],
)
def test_a_reason_is_told_with_its_cause(reason: Fact | None, said: str) -> None:
    assert texts.why(reason) == said


@pytest.mark.parametrize(
    ("charge", "booked", "said"),
    [
        (NOTHING, 0, "Nothing was charged. The $3.00 set aside for it is free again."),
        (amount(1_500_000), 1_500_000, "$1.50 was charged by fal (quoted: $2.00)."),
        (PERHAPS, None, "It may have been charged."),
        (PERHAPS, 2_000_000, "It may have been charged, so it counts as $2.00."),
        (UNKNOWN, 2_000_000, "It counts as $2.00, as quoted: fal does not say what it charges."),
    ],
)
def test_the_charge_is_told_as_far_as_it_is_known(charge: Charge, booked: int | None, said: str) -> None:
    price = OrderPrice(quoted_micros=2_000_000, ceiling_micros=3_000_000, charge=charge, booked_micros=booked)

    assert texts.charge_words(changed(ORDER, backend="fal", price=price)) == said

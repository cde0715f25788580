import pytest

from cogs.drawing import texts
from domain.datasets.pictures import Refusal, RefusedPicture
from domain.drawing import errors
from domain.errors import UserError
from domain.money.charges import NOTHING, PERHAPS, UNKNOWN, Charge, amount
from domain.orders.facts import Fact, FactKind, fact
from domain.orders.orders import OrderPrice
from tests.domain.orders.changed import changed
from tests.domain.training.some_task import ORDER

CASES = [
    (errors.StrengthOutOfBounds(2.5), "Strength goes from 0 to 2; you gave 2.5."),
    (errors.CountOutOfBounds(5), "I draw 1 to 4 pictures at a time; you asked for 5."),
    (errors.SeedOutOfBounds(), "A seed is a whole number"),
    (errors.ChangeOutOfBounds(1.5), "Change goes from 0.05 to 1; you gave 1.5. Nothing was drawn or charged."),
    (errors.TooManyWaiting(4), "You have 4 drawings waiting already"),
    (errors.NoSourceImages("novita"), "Novita draws from words alone and can't start from a picture."),
    (errors.CheckpointGone("flux"), "the checkpoint flux, which this bot does not run any more"),
    (errors.BackendSwitchedOff("fal"), "fal, which made that, is switched off here."),
    (errors.DrawingGone(), "That drawing is gone"),
    (errors.DrawingOver(), "finished already"),
    (errors.DrawingOpen(), "still under way"),
    (errors.CannotStopDrawing("novita"), "Novita can't stop a drawing that was ordered."),
    (errors.NotTheirDrawing(), "or the server's staff, can do that"),
    (errors.NotTheirSourceImage(), "that somebody else attached"),
    (errors.NotTheirModel(), "with somebody else's model"),
    (errors.ModelDeleted(), "The model of this drawing was deleted."),
    (errors.SourceImageGone(), "is gone. Attach it to /imagine once more."),
    (errors.SourceImageRefused("a.png", RefusedPicture(Refusal.EMPTY)), "`a.png`: "),
    (errors.DrawingPriceUnknown(), "Nobody can say what this would cost, so I don't draw it."),
]


def every(kind: type[UserError]) -> list[type[UserError]]:
    return [kind, *(one for below in kind.__subclasses__() for one in every(below))]


@pytest.mark.parametrize(("error", "said"), CASES)
def test_every_error_has_its_sentence(error: UserError, said: str) -> None:
    assert said in (texts.explain(error) or "")


def test_no_error_of_a_drawing_is_left_without_words() -> None:
    mine = {kind for kind in every(UserError) if kind.__module__ == errors.__name__}

    assert mine == {type(error) for error, _ in CASES}


def test_errors_of_other_features_are_left_to_them() -> None:
    assert texts.explain(UserError("something else")) is None


@pytest.mark.parametrize(
    ("reason", "said"),
    [
        (None, ""),
        (fact(FactKind.UNKNOWN_THERE, backend="fal"), "fal lost this drawing."),
        (
            Fact(FactKind.NOT_ACCEPTED, {"backend": "fal"}, fact(FactKind.SOURCE_IMAGE_DAMAGED)),
            (
                "fal does not accept this drawing. The picture that it starts from is gone or damaged on this bot's "
                "disk. Attach it to /imagine once more."
            ),
        ),
    ],
)
def test_a_reason_is_told_with_its_cause(reason: Fact | None, said: str) -> None:
    assert texts.why(reason) == said


@pytest.mark.parametrize(
    ("charge", "said"),
    [
        (NOTHING, "Nothing was charged."),
        (amount(60_000), "$0.06 was charged by fal."),
        (PERHAPS, "It may have been charged, so it counts as $0.06."),
        (UNKNOWN, "It counts as $0.06, as fal does not say what it charges."),
    ],
)
def test_the_charge_is_told_as_far_as_it_is_known(charge: Charge, said: str) -> None:
    price = OrderPrice(ceiling_micros=60_000, charge=charge, booked_micros=60_000)

    assert texts.charge_words(changed(ORDER, backend="fal", price=price)) == said

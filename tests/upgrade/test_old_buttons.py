"""Every button, menu and form that commit c394d22 posted still answers."""

import io
from collections.abc import Sequence

import pytest
from PIL import Image

from backends.base import DrawingPlan, DrawingProgress
from domain.orders.progress import RemoteState
from storage.files import FileFolder
from tests.cogs.running_bot import Bot
from tests.pictures import drawn
from tests.services.scripted_backend import ScriptedBackend
from tests.upgrade.old_data import words
from tests.upgrade.old_discord import OldDiscord
from tests.upgrade.presses import Press, Submit, check, verb_of

# All that cogs/ of that commit gave to `buttons.add` and `forms.add`.
BUTTONS = {
    *("sheet", "caption", "apply-change", "remove", "put-back", "delete-dataset", "keep-dataset", "undelete-dataset"),
    *("choose-where", "place", "new-for"),
    *("confirm-training", "advanced", "drop-quote", "quote-at", "train-elsewhere", "approve-training"),
    *("decline-training", "stop-training", "retry-training", "train-again", "was-charged", "was-not-charged"),
    *(
        "try",
        "reroll",
        "draw-again",
        "edit-drawing",
        "recipe",
        "stop-drawing",
        "delete-drawing",
        "delete-drawing-now",
    ),
    *("models", "delete-model", "delete-model-now", "undo-model"),
}
FORMS = {"caption", "caption-of", "remove", "upload", "new-for", "advanced", "try", "edit-drawing"}
NOT_YOURS = "belongs to somebody else"

DATASETS = (
    Press("a change", "apply-change", "Ana", "Changed 2 captions in `Album`."),
    Submit("a caption", "Ana", "Caption of picture 2 of `Album`: `at sea`", {"caption": "at sea"}),
    Submit(
        "a caption from the sheet",
        "Ana",
        "Caption of picture 3 of `Album`: `a tree`",
        {"Picture": "Picture 3", "caption": "a tree"},
    ),
    Submit("pictures to remove", "Ana", "Removed 1 picture (14) from `Album`", {"Which numbers?": "14"}),
    Press("a sheet", "caption", "Ana", "Caption a picture"),
    Press("a sheet", "remove", "Ana", "Remove pictures"),
    Press("a sheet", "sheet", "Ana", "page 2 of 2"),
    Submit("an upload", "Ana", "Added 1 picture to `Album`", {"pictures": [drawn(901, side=96)]}),
    Press("a removal", "put-back", "Ana", "1 picture is back in `Fox`; it has 6 pictures now."),
    Press("a question about a dataset", "keep-dataset", "Ana", "Kept `Spare`; nothing was deleted."),
    Press("a second question about a dataset", "delete-dataset", "Ana", "Deleted `Spare` with 2 pictures."),
    Press("a deleted dataset", "undelete-dataset", "Ana", "`Gone` is back with 3 pictures."),
    Press("pictures of a mention", "choose-where", "Ben", "I can't find that set of pictures among yours"),
    Press("pictures of a mention", "choose-where", "Ana", "Which dataset do they belong to?"),
    Press("an offer", "place", "Ana", "Added 1 picture to `Fox`", pick="Fox"),
    Press("a second offer", "new-for", "Ana", "New dataset"),
    Submit("a new dataset", "Ana", "Added 1 picture to `Newt`", {"Name": "Newt", "What it shows": "Style"}),
)
TRAINING = (
    Press("a quote", "confirm-training", "Ana", "Started."),
    Press("a quote to change", "advanced", "Ana", "Advanced settings"),
    Submit("advanced settings", "Ana", "30 steps", {"Steps": "30"}),
    Press("a quote to move", "quote-at", "Ana", "`Quote four`** · about 10 min · about $0.40, at most $0.50"),
    Press("a quote to drop", "drop-quote", "Ana", "Quote cancelled."),
    Press("an expired quote", "confirm-training", "Ana", "This quote was valid for ten minutes and is over."),
    Press("a failed training", "retry-training", "Ben", NOT_YOURS),
    Press("a failed training", "retry-training", "Ana", "Quote · train `Broken`"),
    Press("a cancelled training", "retry-training", "Ana", "Quote · train `Halted`"),
    Press("a refused training", "train-elsewhere", "Ben", NOT_YOURS),
    Press("a refused training", "train-elsewhere", "Ana", "Quote · train `Refused`"),
    Press("a finished training", "train-again", "Ben", NOT_YOURS),
    Press("a finished training", "train-again", "Ana", "Quote · train `Foxy`"),
    Press("the card of a finished training", "retry-training", "Ana", "Quote · train `Foxy`"),
    Press("a training in a thread", "stop-training", "Ben", NOT_YOURS),
    Press("a training in a thread", "stop-training", "Boss", "`Threaded`"),
    Press("a running training", "stop-training", "Ana", "`Halted`"),
    Press("a hand-over to repeat", "stop-training", "Ben", "`Cat again` is stopped."),
)
MONEY = (
    Press("an interrupted training, Owl one", "was-charged", "Ben", NOT_YOURS),
    Press("an interrupted training, Owl one", "was-charged", "Dan", "It counts as $0.40, as quoted"),
    Press("an interrupted training, Owl two", "was-not-charged", "Dan", "The $0.50 set aside for it is free again."),
    Press("a question to approve", "approve-training", "Dan", "Only members who may manage this server"),
    Press("a question to approve", "approve-training", "Boss", "Approval · given"),
    Press("a question to decline", "decline-training", "Eva", "Only members who may manage this server"),
    Press("a question to decline", "decline-training", "Boss", "Approval · declined"),
)
STOPS = (
    Press("a waiting drawing", "stop-drawing", "Ben", "Only the member who asked for this drawing"),
    Press("a waiting drawing", "stop-drawing", "Ana", "This drawing was stopped."),
    Press("a second waiting drawing", "stop-drawing", "Boss", "This drawing was stopped."),
)
DRAWING = (
    Press("a finished training", "try", "Ben", "Only its owner can draw with this model."),
    Press("a finished training", "try", "Ana", "Draw with Foxy v1"),
    Submit("a drawing to try", "Ana", "`foxxo, at night`", {"prompt": "at night"}),
    Press("a drawing", "reroll", "Ben", "drawn with somebody else's model"),
    Press("a drawing", "reroll", "Ana", "Foxy v1"),
    Press("a drawing from a picture", "reroll", "Ben", "drawn from a picture that somebody else attached"),
    Press("a drawing from a picture", "reroll", "Ana", "change 0.4"),
    Press("a failed drawing", "draw-again", "Ben", "seed 13"),
    Press("a stopped drawing", "draw-again", "Ana", "seed 15"),
    Press("a drawing with a lost answer", "draw-again", "Ana", "seed 14"),
    Press("a drawing", "edit-drawing", "Ana", "Edit and draw again"),
    Submit("a recipe to edit", "Ana", "`foxxo, on a hill`", {"Prompt": "on a hill"}),
    Press("a drawing", "recipe", "Ben", "/imagine prompt:on a beach model:Foxy v1 strength:0.8 count:2 seed:5"),
    Press("a drawing to delete", "delete-drawing", "Ben", "Only the member who asked for this drawing"),
    Press("a drawing to delete", "delete-drawing", "Ana", "Delete the picture for everybody?"),
    Press("a question about a drawing", "delete-drawing-now", "Ana", "Deleted 1 picture."),
)
MODELS = (
    Press("a model", "try", "Ana", "Draw with Foxy v1"),
    Press("a model", "delete-model", "Ana", "Delete `Foxy v1`?"),
    Press("a question about a model", "delete-model-now", "Ana", "Deleted `Foxy v1`."),
    Press("a deleted model", "undo-model", "Ana", "`Foxy v6` is back"),
    Press("a list of models", "models", "Ana", "page 2 of 2"),
)


async def test_every_verb_of_that_version_is_in_these_tables(old: OldDiscord) -> None:
    acts = (*DATASETS, *TRAINING, *MONEY, *STOPS, *DRAWING, *MODELS)

    assert {act.verb for act in acts if isinstance(act, Press)} == BUTTONS
    assert {verb_of(old.forms[act.form].custom_id) for act in acts if isinstance(act, Submit)} == FORMS


@pytest.mark.usefixtures("bot")
@pytest.mark.parametrize("acts", [DATASETS, TRAINING, MONEY, MODELS], ids=["datasets", "training", "money", "models"])
async def test_old_buttons_and_forms_answer(old: OldDiscord, acts: Sequence[Press | Submit]) -> None:
    for act in acts:
        await check(old, act)


async def test_old_buttons_and_forms_of_drawings_answer(
    bot: Bot, old: OldDiscord, own_machine: ScriptedBackend, replicate: ScriptedBackend
) -> None:
    files = FileFolder(bot.settings.files, free_floor=0)
    for stop in STOPS:
        await check(old, stop)

    def finish(plan: DrawingPlan) -> DrawingProgress:
        return DrawingProgress(RemoteState.SUCCEEDED, pictures=tuple(files.put(_png(n)) for n in range(plan.count)))

    own_machine.draw_answer = replicate.draw_answer = finish
    replicate.drawn = {held: DrawingProgress(RemoteState.FAILED, message=words("No.")) for held in replicate.drawn}
    for each in DRAWING:
        await check(old, each)

    deleted = old.messages["a drawing to delete"]
    assert deleted.deleted


def _png(number: int) -> bytes:
    file = io.BytesIO()
    Image.new("RGB", (64, 64), (number, 90, 120)).save(file, "PNG")
    return file.getvalue()

"""What members read when something can't be done with datasets."""

from bot.interactions.refusals import refusal
from domain.datasets import errors
from domain.datasets.dataset import FEWEST_TO_TRAIN, MOST_DATASETS
from domain.datasets.errors import Clash, WordFault
from domain.errors import NotFound, UserError
from domain.text import shown


def explain(error: UserError) -> str | None:
    """Return what happened, why and what to do, or None for errors of other features."""
    match error:
        case NotFound():
            return _not_found(error)
        case errors.DatasetClash():
            return _clash(error)
        case errors.UndeleteClash():
            return _undelete_clash(error)
        case errors.TriggerWordRefused():
            return f"{_word_fault(error)} How about `{error.suggestion}`? No dataset was made yet."
        case errors.TooFewPictures(pictures=have):
            return (
                f"This dataset has {have} picture{'' if have == 1 else 's'}; training needs at least "
                f"{FEWEST_TO_TRAIN}, and 10 or more work better. Add some with /dataset add. Nothing was charged."
            )
        case errors.DatasetChanged(dataset=name, pictures=pictures):
            return (
                f"{shown(name)} no longer holds the {pictures} pictures that you were asked about, "
                "so I did not delete it. Use /dataset delete again to see what is in it now."
            )
        case errors.SourcePictureRefused(filename=filename, refusal=refused):
            return f"{shown(filename)}: {refusal(refused)} Nothing was drawn or charged."
        case _:
            return _about_pictures(error)


def _not_found(error: NotFound) -> str | None:
    match error:
        case errors.DatasetNotFound():
            what, hint = "dataset", "Pick one from the list while you type, or see /dataset list."
        case errors.DatasetGone():
            what, hint = "dataset", "See /dataset list, then send the pictures again."
        case errors.DeletedDatasetNotFound():
            what, hint = "deleted dataset", "It is back already, or it was deleted more than 24 hours ago."
        case errors.PictureNotFound():
            what, hint = "picture", "It may have been removed. See /dataset view. No caption was changed."
        case errors.PlannedChangeNotFound():
            what = "planned change"
            hint = "It may be done already, or older than a day. Use /dataset caption again."
        case errors.RemovalNotFound():
            what, hint = "removal", "The pictures are back already, or were removed more than 24 hours ago."
        case errors.UploadNotFound():
            what = "set of pictures"
            hint = "Only the member who sent them can place them, within a day. Send your own with /dataset add."
        case _:
            return None
    return f"I can't find that {what} among yours on this server. {hint}"


def _about_pictures(error: UserError) -> str | None:
    match error:
        case errors.FilesMissing():
            return "There are no files on that message, so there was nothing to add."
        case errors.AlreadyPlaced():
            return "These pictures are in a dataset already. /dataset view shows them."
        case errors.WordsMissing():
            return (
                "Give me a picture's number to write its caption, or words to find and what to put in their place. "
                "No caption was changed."
            )
        case errors.CaptionsChanged():
            return (
                "The captions changed since you saw that count, so I left them all as they are. "
                "Use /dataset caption again to see what would change now."
            )
        case errors.NumbersChanged():
            return (
                "The pictures have new numbers since you opened that sheet, so I removed nothing. "
                "Use /dataset view again and pick from the fresh one."
            )
        case errors.PicturesChanged():
            return "These pictures were changed at the same moment. Nothing was removed; try again."
        case errors.NumbersUnreadable():
            return "Write picture numbers such as `3, 5-7`, as on the contact sheet. Nothing was removed."
        case errors.NoSuchPicture(number=number, highest=highest):
            have = f"has pictures 1 to {highest}; /dataset view shows them" if highest else "has no pictures"
            return f"There is no picture {number}. This dataset {have}. Nothing was changed."
        case errors.NoPictures(dataset=name):
            return (
                f"There are no pictures in {shown(name)} any more, so no caption was changed. "
                "Add some with /dataset add."
            )
        case _:
            return None


def _word_fault(error: errors.TriggerWordRefused) -> str:
    match error.fault:
        case WordFault.SHAPE:
            return "A trigger word is 3 to 16 letters and digits, starting with a letter, without spaces."
        case WordFault.COMMON:
            return (
                f"`{error.word}` is an everyday word that the checkpoint already draws in its own way. "
                "A made-up word works better."
            )
        case WordFault.TAKEN:
            return (
                f"`{error.word}` is already the trigger word of another dataset on this server, or of one that was "
                "deleted in the last 24 hours and may come back; pictures would mix."
            )


def _clash(error: errors.DatasetClash) -> str:
    match error.clash:
        case Clash.NAME:
            return (
                f"You already have a dataset called {shown(error.name)} on this server. "
                "Give this one another name, or delete that one first."
            )
        case Clash.TRIGGER_WORD:
            return (
                f"The trigger word `{error.trigger_word}` now belongs to another dataset on this server; pictures "
                "would mix. Choose another word, or make a new dataset under another name."
            )
        case Clash.TOO_MANY:
            return f"{_TOO_MANY} first."


def _undelete_clash(error: errors.UndeleteClash) -> str:
    name = shown(error.name)
    match error.clash:
        case Clash.NAME:
            return (
                f"You already have a dataset called {name} on this server again, so I can't bring this one back "
                "as well. Delete that one with /dataset delete first, then press Undo here again."
            )
        case Clash.TRIGGER_WORD if error.holder is not None:
            holder = shown(error.holder)
            return (
                f"Your dataset {holder} has the trigger word `{error.trigger_word}` now; pictures would mix, so I "
                f"can't bring {name} back as well. Delete {holder} with /dataset delete first, then press Undo here "
                "again."
            )
        case Clash.TRIGGER_WORD:
            return (
                f"Another member's dataset on this server has the trigger word `{error.trigger_word}` now; pictures "
                f"would mix, so I can't bring {name} back as long as they keep theirs."
            )
        case Clash.TOO_MANY:
            return f"{_TOO_MANY} first, then press Undo here again."


_TOO_MANY = (
    f"You have {MOST_DATASETS} datasets on this server, which is the most for one member. "
    "Delete one that you no longer need with /dataset delete"
)

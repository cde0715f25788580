"""What members read about datasets."""

from collections.abc import Sequence

from bot.interactions.refusals import refusal
from bot.interactions.texts import count
from domain.datasets import picture_numbers
from domain.datasets.dataset import FEWEST_TO_TRAIN, MOST_IMAGES, Dataset, TrainingImage
from domain.datasets.pending_uploads import Added, Duplicate, NoRoom, PendingUpload, Placement, Refused
from domain.text import shown
from services.datasets.images import Change, Page, Removal
from services.datasets.intake import Report

GOOD_NUMBER = 10  # pictures from which on a training usually works well
EXAMPLES = 3  # changed captions shown before a replace
FILENAME_LONGEST = 60
MOST_LISTED = 25  # datasets, so that the list fits one card


def created(dataset: Dataset) -> str:
    """Say what was made and what comes next."""
    return (
        f"🆕 Made the dataset {shown(dataset.name)} ({dataset.kind.label}). "
        f"Its trigger word is `{dataset.trigger_word}`: the made-up word that will call it up in prompts.\n"
        f"Next: `/dataset add` with your pictures. {FEWEST_TO_TRAIN} are enough to try it, "
        f"{GOOD_NUMBER} to 20 work well."
    )


def report(report: Report) -> str:
    """Say what became of each file of an add, and what comes next."""
    added = [p for p in report.placements if isinstance(p, Added)]
    total = f"it has {count(report.dataset.images, 'picture')} now"
    name = shown(report.dataset.name)
    first = (
        f"✅ Added {count(len(added), 'picture')} to {name}; {total}."
        if added
        else (f"⚠️ Nothing new was added to {name}; {total}.")
    )
    parts = [first, *_notes(report.placements), *refusals(report.refused), next_step(report.dataset)]
    return "\n".join(parts)


def next_step(dataset: Dataset) -> str:
    """Say what a member does next with a dataset of that size."""
    if dataset.images < FEWEST_TO_TRAIN:
        missing = FEWEST_TO_TRAIN - dataset.images
        return f"Add at least {missing} more to train ({GOOD_NUMBER} or more work better). /dataset view shows them."
    return "/dataset view to see them, /train start when ready."


def refusals_only(refused: Sequence[Refused]) -> str:
    """Say that none of the files could be used."""
    which = "this file" if len(refused) == 1 else "any of these files"
    return "\n".join([f"⚠️ I could not use {which}, so nothing was added.", *_refusal_lines(refused)])


def pick(upload: PendingUpload, datasets: Sequence[Dataset], *, most: int = 25) -> str:
    """Ask which dataset received pictures belong to."""
    have = "I have 1 picture" if len(upload.pictures) == 1 else f"I have {len(upload.pictures)} pictures"
    if not datasets:
        ask = (
            f"📥 {have} from you, but you have no dataset on this server yet. "
            "Make one, and they go straight in; I keep them for a day."
        )
    else:
        ask = f"📥 {have} from you. Which dataset do they belong to? I keep them for a day."
    more = len(datasets) - most
    rest = f"The list shows the {most} that grew last; use /dataset add for the others." if more > 0 else ""
    return "\n".join([ask, *([rest] if rest else []), *refusals(upload.refused)])


def page(page: Page) -> str:
    """Say what a page of the contact sheet shows, with the captions under their numbers."""
    dataset = page.dataset
    first = f"**Dataset** {shown(dataset.name)} · {count(dataset.images, 'picture')}"
    if page.of > 1:
        first += f" · page {page.number} of {page.of}"
    about = f"{dataset.kind.label} · trigger word `{dataset.trigger_word}`"
    if not page.images:
        return f"{first}\n{about}\nThere are no pictures yet. Add up to 10 at a time with /dataset add."
    captioned = [f"{image.number}. {shown(image.caption, longest=80)}" for image in page.images if image.caption]
    captions = captioned or ["No captions on this page; that is fine, the trigger word is trained by itself."]
    return "\n".join([first, about, *captions])


def sheet_alt(page: Page) -> str:
    """Describe a contact sheet to a member who can't see it."""
    first, last = page.images[0].number, page.images[-1].number
    captions = "; ".join(f"{image.number}: {image.caption}" for image in page.images if image.caption)
    told = f"Contact sheet of {page.dataset.name}, page {page.number} of {page.of}, pictures {first} to {last}"
    return f"{told}. {captions}"[:1_000] if captions else told


def captioned(dataset: Dataset, image: TrainingImage) -> str:
    """Say what a picture's caption is now."""
    where = f"picture {image.number} of {shown(dataset.name)}"
    return f"✏️ Caption of {where}: {shown(image.caption)}" if image.caption else f"✏️ Removed the caption of {where}."


def change(change: Change) -> str:
    """Say how many captions a find and replace would change, with examples."""
    if not change.changes:
        return (
            f"None of the captions in {shown(change.dataset.name)} holds those words (capital letters count), so "
            "there is nothing to change. /dataset view shows the captions."
        )
    examples = [
        f"{each.image.number}. {shown(each.image.caption, longest=80)} → {shown(each.after, longest=80)}"
        for each in change.changes[:EXAMPLES]
    ]
    more = len(change.changes) - EXAMPLES
    rest = [f"… and {more} more."] if more > 0 else []
    return "\n".join(
        [
            f"🔎 This would change {count(len(change.changes), 'caption')} in {shown(change.dataset.name)}:",
            *examples,
            *rest,
            "Nothing is changed until you press Apply.",
        ]
    )


def changed(dataset: Dataset, number: int) -> str:
    """Say how many captions a replace changed."""
    return f"✏️ Changed {count(number, 'caption')} in {shown(dataset.name)}."


def removed(removal: Removal) -> str:
    """Say what was taken out and how to get it back."""
    return (
        f"🗑️ Removed {count(len(removal.numbers), 'picture')} ({picture_numbers.listed(removal.numbers)}) from "
        f"{shown(removal.dataset.name)}; it has {count(removal.dataset.images, 'picture')} now, with new numbers. "
        "You can undo this for 24 hours."
    )


def put_back(dataset: Dataset, number: int) -> str:
    """Say what came back."""
    if not number:
        return (
            f"Nothing came back: the removed pictures are in {shown(dataset.name)} already, or it is full "
            f"({MOST_IMAGES} pictures)."
        )
    back = f"{count(number, 'picture')} {'is' if number == 1 else 'are'} back in {shown(dataset.name)}"
    return f"↩️ {back}; it has {count(dataset.images, 'picture')} now."


def delete_question(dataset: Dataset) -> str:
    """Ask before a dataset is deleted, with the exact count."""
    learned = " Pictures that a training learned from are kept with that training." if dataset.is_trained else ""
    return (
        f"Delete the dataset {shown(dataset.name)} with {count(dataset.images, 'picture')} and their captions? "
        "Models that were trained on it stay. You can undo this for 24 hours; after that it is gone for good."
        f"{learned}"
    )


def deleted(dataset: Dataset) -> str:
    """Say what was deleted and how to get it back."""
    return f"🗑️ Deleted {shown(dataset.name)} with {count(dataset.images, 'picture')}. You can undo this for 24 hours."


def undeleted(dataset: Dataset) -> str:
    """Say that a dataset is back."""
    return f"↩️ {shown(dataset.name)} is back with {count(dataset.images, 'picture')}."


def kept(dataset: Dataset) -> str:
    """Say that nothing was deleted."""
    return f"Kept {shown(dataset.name)}; nothing was deleted."


def listing(datasets: Sequence[Dataset]) -> str:
    """List a member's datasets."""
    if not datasets:
        return (
            "You have no datasets on this server yet. "
            "Make one with /dataset new: a name and what it shows are enough."
        )
    lines = [
        f"• {shown(each.name)} · {each.kind.label} · {count(each.images, 'picture')} · trigger word "
        f"`{each.trigger_word}` · since <t:{int(each.created_at)}:d>"
        for each in datasets[:MOST_LISTED]
    ]
    first = f"**Your {count(len(datasets), 'dataset')}** on this server, the one that grew last first"
    more = len(datasets) - MOST_LISTED
    rest = [f"… and {more} older: type a part of the name in /dataset view to find it."] if more > 0 else []
    return "\n".join([first, *lines, *rest])


def _notes(placements: Sequence[Placement]) -> list[str]:
    alike = [f"{p.number} and {p.alike}" for p in placements if isinstance(p, Added) and p.alike]
    same = [f"{filename(p.picture.filename)} (picture {p.number})" for p in placements if isinstance(p, Duplicate)]
    notes = []
    if alike:
        notes.append(
            f"👀 Almost the same: {', '.join(alike)}. All are kept; "
            "/dataset remove takes out what you don't want twice."
        )
    return [*notes, *already_there(same), *no_room(placements)]


def already_there(names: Sequence[str]) -> list[str]:
    """Say which files were not added again, in a line if there are any."""
    return [f"♻️ Already there, so not added again: {', '.join(names)}."] if names else []


def no_room(placements: Sequence[Placement]) -> list[str]:
    """Say which files found no room, in a line if there are any."""
    full = ", ".join(filename(p.picture.filename) for p in placements if isinstance(p, NoRoom))
    return (
        [f"📦 No room for {full}: a dataset holds {MOST_IMAGES} pictures. Remove some first, then send them again."]
        if full
        else []
    )


def refusals(refused: Sequence[Refused]) -> list[str]:
    """Name each file that was left out and why, in lines if there are any."""
    return [f"⚠️ {count(len(refused), 'file')} left out:", *_refusal_lines(refused)] if refused else []


def _refusal_lines(refused: Sequence[Refused]) -> list[str]:
    return [f"• {filename(each.filename)}: {refusal(each.refusal)}" for each in refused]


def filename(name: str) -> str:
    """Return the name of a file for reading."""
    return shown(name, longest=FILENAME_LONGEST)

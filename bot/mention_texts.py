"""What everybody reads below a message that brought pictures by a mention: nothing of a member's datasets."""

from collections.abc import Sequence

from bot.dataset_texts import FILENAME_LONGEST
from bot.words import count
from domain.datasets import MOST_IMAGES
from domain.search import named_in
from domain.text import shown
from domain.trays import Added, Duplicate, NoRoom, Placement, Refused, Tray
from services.receiving import Report


def report(report: Report, *, words: str) -> str:
    """Say what became of each file; the dataset is named only when the message's own `words` do."""
    named = named_in(words, [report.dataset], name=lambda dataset: dataset.name)
    where = shown(named.name) if named else "your dataset"
    added = sum(isinstance(placement, Added) for placement in report.placements)
    first = f"✅ Added {count(added, 'picture')} to {where}." if added else f"⚠️ Nothing new was added to {where}."
    last = "/dataset view shows what is in it, to you alone."
    return "\n".join([first, *_notes(report.placements), *_refusals(report.refused), last])


def waiting(tray: Tray) -> str:
    """Say that pictures wait for their member to choose a dataset."""
    have = count(len(tray.pictures), "picture")
    first = f"📥 I have {have} from you, kept for a day. Choose the dataset; only you see yours."
    return "\n".join([first, *_refusals(tray.refused)])


def _notes(placements: Sequence[Placement]) -> list[str]:
    alike = sum(isinstance(placement, Added) and bool(placement.alike) for placement in placements)
    same = [_file(placement.picture.filename) for placement in placements if isinstance(placement, Duplicate)]
    full = [_file(placement.picture.filename) for placement in placements if isinstance(placement, NoRoom)]
    notes = []
    if alike:
        notes.append(f"👀 Almost the same as another: {count(alike, 'picture')}. All are kept.")
    if same:
        notes.append(f"♻️ Already there, so not added again: {', '.join(same)}.")
    if full:
        notes.append(
            f"📦 No room for {', '.join(full)}: a dataset holds {MOST_IMAGES} pictures. "
            "Remove some first, then send them again."
        )
    return notes


def _refusals(refused: Sequence[Refused]) -> list[str]:
    if not refused:
        return []
    lines = [f"• {_file(each.filename)}: {each.sentence}" for each in refused]
    return [f"⚠️ {count(len(refused), 'file')} left out:", *lines]


def _file(filename: str) -> str:
    return shown(filename, longest=FILENAME_LONGEST)

"""What everybody reads below a message that brought pictures.

It shows nothing of the member's datasets.
"""

from collections.abc import Sequence

from bot.interactions.texts import count
from cogs.datasets.texts import already_there, filename, no_room, refusals
from domain.datasets.pending_uploads import Added, Duplicate, PendingUpload, Placement
from domain.models.search import named_in
from domain.text import shown
from services.datasets.intake import Report


def report(report: Report, *, words: str) -> str:
    """Say what became of each file, and name the dataset only when the message's own `words` do."""
    named = named_in(words, [report.dataset], name=lambda dataset: dataset.name)
    where = shown(named.name) if named else "your dataset"
    added = sum(isinstance(placement, Added) for placement in report.placements)
    first = f"✅ Added {count(added, 'picture')} to {where}." if added else f"⚠️ Nothing new was added to {where}."
    last = "/dataset view shows what is in it, to you alone."
    return "\n".join([first, *_notes(report.placements), *refusals(report.refused), last])


def waiting(upload: PendingUpload) -> str:
    """Say that pictures wait for their member to choose a dataset."""
    have = count(len(upload.pictures), "picture")
    first = f"📥 I have {have} from you, kept for a day. Choose the dataset; only you see yours."
    return "\n".join([first, *refusals(upload.refused)])


def _notes(placements: Sequence[Placement]) -> list[str]:
    alike = sum(isinstance(placement, Added) and bool(placement.alike) for placement in placements)
    same = [filename(placement.picture.filename) for placement in placements if isinstance(placement, Duplicate)]
    notes = [f"👀 Almost the same as another: {count(alike, 'picture')}. All are kept."] if alike else []
    return [*notes, *already_there(same), *no_room(placements)]

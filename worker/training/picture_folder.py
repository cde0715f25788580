"""Training pictures from a folder, with captions in text files of the same name."""

from pathlib import Path

from domain.errors import NothingToTrain, TrainingError
from domain.orders.facts import FactKind

ENDINGS = frozenset({".png", ".jpg", ".jpeg", ".webp"})
CAPTION_LONGEST = 2_000  # characters that are read of a caption file; far more than a text encoder takes in


def pictures_in(folder: Path) -> list[tuple[Path, str]]:
    """Return the pictures of a folder in the order of their names, each with its caption.

    A caption is empty without a text file. Raises `NothingToTrain` when there is no picture, `TrainingError` when a
    caption is not text.
    """
    if not folder.is_dir():
        raise NothingToTrain(FactKind.FOLDER_MISSING, folder=str(folder))
    found = sorted(path for path in folder.iterdir() if path.suffix.lower() in ENDINGS and path.is_file())
    if not found:
        raise NothingToTrain(FactKind.FOLDER_EMPTY, folder=str(folder))
    return [(path, _caption(path.with_suffix(".txt"))) for path in found]


def _caption(path: Path) -> str:
    try:
        return " ".join(path.read_text(encoding="utf-8")[:CAPTION_LONGEST].split())
    except FileNotFoundError:
        return ""
    except UnicodeDecodeError as error:
        raise TrainingError(FactKind.CAPTION_UNREADABLE, name=path.name) from error

"""A folder of pictures, with captions in text files of the same name, as training pictures."""

from pathlib import Path

from domain.errors import NothingToTrain, TrainingError

ENDINGS = frozenset({".png", ".jpg", ".jpeg", ".webp"})
CAPTION_LONGEST = 2_000  # characters that are read of a caption file; far more than a text encoder takes in


def pictures_in(folder: Path) -> list[tuple[Path, str]]:
    """Return the pictures of a folder in the order of their names, each with its caption (empty without a text file).

    Raises `NothingToTrain` when there is no picture, `TrainingError` when a caption is not text.
    """
    if not folder.is_dir():
        raise NothingToTrain(f"There is no folder {folder}. Give one that holds your pictures.")
    found = sorted(path for path in folder.iterdir() if path.suffix.lower() in ENDINGS and path.is_file())
    if not found:
        raise NothingToTrain(f"There are no pictures in {folder}. Put some PNG, JPEG or WebP files there.")
    return [(path, _caption(path.with_suffix(".txt"))) for path in found]


def _caption(path: Path) -> str:
    try:
        return " ".join(path.read_text(encoding="utf-8")[:CAPTION_LONGEST].split())
    except FileNotFoundError:
        return ""
    except UnicodeDecodeError as error:
        raise TrainingError(
            f"The caption file {path.name} is not text in UTF-8. Save it again as plain text."
        ) from error

"""What becomes of pictures that come into a dataset."""

from domain.datasets.dataset import MOST_IMAGES, TrainingImage
from domain.datasets.pending_uploads import Added, Duplicate, NoRoom, ReceivedPicture, place


def image(number: int, sha256: str, phash: str) -> TrainingImage:
    return TrainingImage(
        id=f"image {number}",
        dataset_id="d",
        number=number,
        sha256=sha256,
        phash=phash,
        width=64,
        height=64,
        size=1_000,
        contributor_id=1,
        caption="",
        captioned_by=None,
        added_at=0.0,
    )


def picture(sha256: str, phash: str) -> ReceivedPicture:
    return ReceivedPicture(f"{sha256}.png", sha256, phash, 64, 64, 1_000)


BLACK, WHITE = "0" * 64, "f" * 64
ALMOST_BLACK = "0" * 56 + "ffffffff"  # 32 bits away: the most that still counts as alike
LESS_BLACK = "0" * 55 + "1ffffffff"


def test_new_pictures_get_the_next_numbers() -> None:
    placements = place([image(1, "a", BLACK)], [picture("b", WHITE)])

    assert placements == (Added(picture("b", WHITE), 2, None),)


def test_the_same_content_is_a_duplicate_of_its_number_also_within_one_batch() -> None:
    placements = place([image(1, "a", BLACK)], [picture("a", BLACK), picture("b", WHITE), picture("b", WHITE)])

    assert placements == (
        Duplicate(picture("a", BLACK), 1),
        Added(picture("b", WHITE), 2),
        Duplicate(picture("b", WHITE), 2),
    )


def test_a_picture_that_looks_almost_the_same_is_kept_and_told() -> None:
    placements = place([image(1, "a", BLACK)], [picture("b", ALMOST_BLACK), picture("c", LESS_BLACK)])

    assert placements == (Added(picture("b", ALMOST_BLACK), 2, alike=1), Added(picture("c", LESS_BLACK), 3, alike=2))


def test_what_is_beyond_the_limit_finds_no_room() -> None:
    have = [image(n, f"{n}", BLACK) for n in range(1, MOST_IMAGES)]

    placements = place(have, [picture("x", WHITE), picture("1", BLACK), picture("y", WHITE)])

    assert placements == (
        Added(picture("x", WHITE), 200),
        Duplicate(picture("1", BLACK), 1),
        NoRoom(picture("y", WHITE)),
    )

import pytest

from domain.backend_names import spoken


@pytest.mark.parametrize(
    ("backend", "first", "words"),
    [
        ("local", True, "My own worker"),
        ("local", False, "my own worker"),
        ("replicate", True, "Replicate"),
        ("fal", True, "fal"),
    ],
)
def test_members_never_read_that_something_is_local(backend: str, first: bool, words: str) -> None:  # noqa: FBT001 - a table's column
    assert spoken(backend, first=first) == words

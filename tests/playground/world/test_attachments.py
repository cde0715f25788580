"""Files have a type, a size and links that expire and cannot be forged."""

from datetime import timedelta
from urllib.parse import parse_qsl, urlsplit

import pytest

from playground import Attachment, Playground, Upload
from playground.world.attachments import clean_name, guess_type, measure
from tests.playground.sample_bot import picture


def stored(discord: Playground, upload: Upload) -> Attachment:
    return discord.world.store_file(upload, "attachments/1")


def test_a_picture_is_measured_and_other_bytes_are_no_picture() -> None:
    assert measure(picture(8, 6)) == (8, 6)
    assert measure(b"no picture") is None


@pytest.mark.parametrize(
    ("name", "cleaned"),
    [("a b.png", "a_b.png"), ("über/ß?.jpg", "über_ß_.jpg"), ("___", "unknown"), ("plain-1.txt", "plain-1.txt")],
)
def test_names_are_cleaned_as_discord_does(name: str, cleaned: str) -> None:
    assert clean_name(name) == cleaned


def test_types_follow_the_name_and_texts_have_a_charset() -> None:
    assert [guess_type(name) for name in ("a.png", "a.txt", "a")] == ["image/png", "text/plain; charset=utf-8", None]


def test_a_stored_file_keeps_what_was_sent_and_can_be_found_by_its_id() -> None:
    discord = Playground()
    file = stored(discord, Upload("a.png", picture(8, 6), description="Red"))

    assert (file.size, file.width, file.height, file.description) == (len(picture(8, 6)), 8, 6, "Red")
    assert discord.world.files[file.id] is file
    assert file.proxy_url.startswith(f"/media/attachments/1/{file.id}/a.png?ex=")


def test_a_link_is_good_until_its_lifetime_has_passed_and_only_with_its_own_signature() -> None:
    discord = Playground()
    links = discord.world.links
    url = urlsplit(stored(discord, Upload("a.txt", b"x")).url)
    query = dict(parse_qsl(url.query))
    good_at_first = links.is_good(url.path, query)
    forged = [{**query, "ex": "f" + query["ex"]}, {**query, "hm": "0"}, {"ex": "no number"}, {}]
    discord.advance(seconds=(links.lifetime - timedelta(minutes=1)).total_seconds())
    good_later = links.is_good(url.path, query)
    discord.advance(minutes=2)

    assert (good_at_first, good_later, links.is_good(url.path, query)) == (True, True, False)
    assert [links.is_good(url.path, wrong) for wrong in forged] == [False] * 4

"""Members' text made safe to show and to keep."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from domain import text
from domain.errors import InvalidInput

HOSTILE = [
    "@everyone",
    "@here",
    "<@1>",
    "<@!1>",
    "<@&1>",
    "<#1>",
    "</dataset delete:1>",
    "<t:0:R>",
    "<id:guide>",
    "<:smile:1>",
    "https://evil.example",
    "[click](https://evil.example)",
    "**bold** _it_ ~~no~~ ||spoiler||",
    "# heading",
    "> quote",
    "- list",
    "```code```",
    "`",
    "``",
    "`` ` ``",
    "a`b``c```d",
    "one\ntwo\r\nthree\u2028four",
    "\u202eright to left",
    "\u200bzero\u200dwidth\ufeff",
    "\x00\x07\x1b[31m",
    "\uff40\uff40\uff40 full-width backticks",
    "\ud800 lone surrogate",
    "z" + "\u0301" * 500,
]


def check_code_span(shown: str) -> None:
    assert shown.startswith("`")
    assert shown.endswith("`")
    assert shown.count("`") == 2
    assert 2 < len(shown) <= 202
    assert shown.isprintable()


@pytest.mark.parametrize("hostile", HOSTILE)
def test_nothing_breaks_out_of_the_code_span(hostile: str) -> None:
    check_code_span(text.shown(hostile))


@settings(deadline=None)
@given(st.text(max_size=300))
def test_no_text_at_all_breaks_out_of_the_code_span(anything: str) -> None:
    check_code_span(text.shown(anything))


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("  Robo  ", "Robo"),
        ("Robo\nthe\tFirst", "Robo the First"),
        ("\uff32obo", "Robo"),
        ("Ro\u200bbo", "Robo"),
        ("🤖", "🤖"),
        ("x" * 40, "x" * 40),
    ],
)
def test_a_name_is_kept_tidy(typed: str, kept: str) -> None:
    assert text.name(typed, what="dataset") == kept


@pytest.mark.parametrize("typed", ["", "   ", "\u200b\u200b", "\n", "x" * 41])
def test_a_name_that_is_empty_or_too_long_is_refused(typed: str) -> None:
    with pytest.raises(InvalidInput):
        text.name(typed, what="dataset")


def test_a_prompt_of_5000_characters_is_refused_with_its_length() -> None:
    with pytest.raises(text.PromptTooLong, match="5000"):
        text.prompt("x" * 5_000)


def test_an_empty_prompt_is_refused() -> None:
    with pytest.raises(text.PromptMissing):
        text.prompt(" \n ")


def test_a_caption_may_be_empty() -> None:
    assert text.caption("  ") == ""
